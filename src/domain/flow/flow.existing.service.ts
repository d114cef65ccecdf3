import { newId } from '#platform/ids';
import type { Prisma } from '#platform/db/generated/prisma/client';
import { planHash } from '#plan/hash';
import { insertNewRuns } from '#domain/run/run.insert';
import { assertCan } from '#domain/tenant/permission';
import { productionKey } from '#domain/tenant/workspace.service';
import type { Work } from '#domain/work';
import { existingPlan } from './flow.existing.js';
import type { FlowSpec } from './flow.spec.js';

/**
 * Queues one run that starts a flow that was just saved once for each record that is there and meets its triggers. Answers its id; null: nothing
 * of the flow looks at records, or it is switched off.
 */
export async function startForExisting(
  work: Work,
  { id: automationId, workspaceId, key }: { readonly id: string; readonly workspaceId: string; readonly key: string },
  spec: FlowSpec,
): Promise<string | null> {
  assertCan(work.viewer, workspaceId, 'automation.trigger');
  const plan = existingPlan(key, spec);
  if (plan === null) return null;
  const hash = planHash(plan);
  const document = plan as unknown as Prisma.InputJsonObject;
  await work.tx.plan.createMany({ data: { hash, document, createdAt: work.now }, skipDuplicates: true });
  const id = newId();
  const { actor, tokenId } = work.viewer;
  const inserted = await insertNewRuns(work.sql, [
    {
      id,
      workspaceId,
      automationId,
      automationKey: null,
      versionId: null,
      environmentKey: productionKey,
      input: null,
      priority: null,
      idempotencyKey: null,
      trigger: tokenId === null ? 'MANUAL' : 'API',
      kind: 'FLOW',
      actorKind: actor.kind,
      actorId: actor.id,
      actorName: actor.name,
      scheduleId: null,
      retriedFromId: null,
      planHash: hash,
      dispatched: true,
    },
  ]);
  const row = inserted.get(id);
  if (row === undefined || row.disabled || row.versionId === null) return null;
  work.enqueue([id]);
  work.wake('batch', []);
  return id;
}

/** The run that a flow was made with; null: it was made with none. */
export async function findFirstRun(work: Work, automationId: string): Promise<string | null> {
  const select = { id: true, planHash: true, versionId: true };
  const run = await work.tx.run.findFirst({ where: { automationId }, orderBy: { id: 'asc' }, select });
  if (run?.versionId == null) return null;
  const version = await work.tx.automationVersion.findUnique({ where: { id: run.versionId }, select: { planHash: true } });
  // The first run of a flow that executes anything but the flow is the one that was committed with it.
  return version === null || version.planHash === run.planHash ? null : run.id;
}
