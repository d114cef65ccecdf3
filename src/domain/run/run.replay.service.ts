import type { Statement } from '#platform/db/database';
import type { Run } from '#platform/db/generated/prisma/client';
import type { ReplayEffects } from '#platform/db/generated/prisma/enums';
import { newId } from '#platform/ids';
import type { Plan, PlanStep } from '#plan/plan';
import { ConflictError, NotFoundError } from '#domain/errors';
import { invalid } from '#domain/input';
import { once } from '#domain/tenant/idempotency';
import { audit } from '#domain/tenant/tenant.audit';
import type { Work } from '#domain/work';
import { insertNewRuns, readGivenOf } from './run.insert.js';
import { ownRun } from './run.service.js';
import { isFinal } from './run.status.js';
import { readPlanDocument } from './run.write.js';

export interface ReplayInput {
  readonly runId: string;
  /** Path of the first step that is done again; null: of all. */
  readonly from: string | null;
  /** Of the same automation; null: the version that ran. */
  readonly versionId: string | null;
  readonly effects: ReplayEffects;
  readonly idempotencyKey: string | null;
}

/**
 * Does a final run again, as a new run with the same input that is linked by `replayedFrom`: steps before `from` are taken over as they were.
 * Throws NotFoundError, ForbiddenError, InvalidInputError (`from`), or ConflictError for a run that is not final, or that cannot be done again.
 */
export async function replayRun(work: Work, { idempotencyKey, ...input }: ReplayInput): Promise<string> {
  const run = await ownRun(work, input.runId, 'run.retry');
  const find = (id: string) => work.tx.run.findUnique({ where: { id }, select: { id: true } });
  const asked = { workspaceId: run.workspaceId, operation: 'replayRun', key: idempotencyKey, body: input, find };
  return once(work, asked, () => replay(work, run, input));
}

async function replay(work: Work, run: Run, { from, versionId, effects }: Omit<ReplayInput, 'idempotencyKey'>): Promise<string> {
  const { workspaceId, automationId } = run;
  if (!isFinal(run.status)) throw new ConflictError(`Only a final run can be done again; this one is ${run.status}.`, run.status);
  const automation =
    automationId === null ? null : await work.tx.automation.findUnique({ where: { id: automationId }, select: { kind: true } });
  if (automation?.kind === 'RULE') throw new ConflictError('A rule is not replayed: backtestRule tries it on what happened.', 'RULE');
  if (automationId === null || run.triggerPoint !== null)
    throw new ConflictError('An execution of a trigger point is not replayed: fire it again.', 'TRIGGER_POINT');
  const wanted = versionId ?? run.versionId;
  const version =
    wanted === null
      ? null
      : await work.tx.automationVersion.findFirst({ where: { id: wanted, automationId }, select: { id: true, planHash: true } });
  if (version === null && versionId !== null) throw new NotFoundError('The automation of the run has no such version.');
  if (version === null) throw new ConflictError('The version of this run is no longer there.', 'VERSION_DELETED');
  const kept = from === null ? [] : await stepsBefore(work, run, from, version.planHash);
  const environment = await work.tx.environment.findUniqueOrThrow({ where: { id: run.environmentId } });
  const id = newId();
  const { input, resolvedPayload } = await readGivenOf(work.sql, run.id);
  const inserted = await insertNewRuns(work.sql, [
    {
      id,
      workspaceId,
      automationId,
      automationKey: null,
      versionId: version.id,
      environmentKey: environment.key,
      input,
      // What another version makes of the input is its own.
      resolvedPayload: version.id === run.versionId ? resolvedPayload : null,
      threadKey: run.threadKey,
      priority: run.priority,
      idempotencyKey: null,
      trigger: 'REPLAY',
      actorKind: work.viewer.actor.kind,
      actorId: work.viewer.actor.id,
      actorName: work.viewer.actor.name,
      scheduleId: null,
      retriedFromId: null,
      eventId: run.eventId,
      entityId: run.entityId,
      depth: run.depth,
      // Nothing is asked of a person for what does nothing outside.
      planHash: effects === 'RECORDED' ? version.planHash : null,
      dispatched: true,
    },
  ]);
  const row = inserted.get(id);
  if (row?.versionId == null) throw new ConflictError('The automation of this run is no longer there.', 'DELETED');
  if (run.threadKey !== null && row.namespaceId === null)
    throw new ConflictError('The namespace of its thread is no longer there.', 'NAMESPACE_DELETED');
  await work.sql.query(link, [id, run.id, effects]);
  if (kept.length > 0) await work.sql.query(copySteps, [id, run.id, kept]);
  await audit(work, { workspaceId, operation: 'replayRun', subjectType: 'Run', subjectId: id, change: { replayedFrom: run.id, effects } });
  if (row.waits) work.wake('thread', [id]);
  else if (!row.asks) work.enqueue([id]);
  work.wake('batch', []);
  return id;
}

const link: Statement = {
  name: 'run.replay.link',
  // Whoever claims it finds steps of a worker before him, and reads them.
  text: `UPDATE "Run" SET "replayedFromId" = $2::uuid, "replayEffects" = $3::"ReplayEffects", epoch = 1 WHERE id = $1::uuid`,
};

const copySteps: Statement = {
  name: 'run.replay.steps',
  text: `
INSERT INTO "StepRun" ("runId", path, ordinal, kind, name, "versionId", status, output, "errorCode", "errorMessage", "errorDetail", wait, "argsHash", attempts, "startedAt", "finishedAt")
SELECT $1::uuid, path, ordinal, kind, name, "versionId", status, output, "errorCode", "errorMessage", "errorDetail", wait, "argsHash", attempts, "startedAt", "finishedAt"
FROM "StepRun" WHERE "runId" = $2::uuid AND path = ANY($3::text[])`,
};

const over: ReadonlySet<string> = new Set(['SUCCEEDED', 'SKIPPED', 'FAILED', 'TIMED_OUT']);

/** Paths of the steps that had ended before another one began, but for those in which that one stands, and those that the plan does not have. */
async function stepsBefore({ tx, sql }: Work, run: Run, from: string, planHash: string): Promise<readonly string[]> {
  const select = { path: true, ordinal: true, kind: true, status: true } as const;
  const steps = await tx.stepRun.findMany({ where: { runId: run.id }, select });
  const first = steps.find(({ path }) => path === from);
  if (first === undefined) throw invalid(['from'], 'The run has no such step: its steps tell their paths.', 'UNKNOWN_STEP');
  const kinds = kindsIn(((await readPlanDocument(sql, planHash)) as Plan).steps);
  return steps.flatMap(({ path, ordinal, kind, status }) => {
    const holds = from.startsWith(`${path}.`) || from.startsWith(`${path}[`);
    return ordinal < first.ordinal && !holds && over.has(status) && kinds.get(idOf(path)) === kind ? [path] : [];
  });
}

/** Ids are unique in a flow, at any depth. */
const idOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

function kindsIn(steps: readonly PlanStep[]): ReadonlyMap<string, string> {
  const inner = (step: PlanStep) => [...(step.ways ?? []).flatMap((way) => way.steps), ...(step.steps ?? []), ...(step.catch ?? [])];
  return new Map(steps.flatMap((step) => [[step.id, step.kind] as const, ...kindsIn(inner(step))]));
}
