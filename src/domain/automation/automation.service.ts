import type { Automation, Prisma } from '#platform/db/generated/prisma/client';
import type { AutomationKind, ThreadMode } from '#platform/db/generated/prisma/enums';
import { newId } from '#platform/ids';
import { canonicalJson, planHash } from '#plan/hash';
import type { Json, Plan } from '#plan/plan';
import { NotFoundError } from '#domain/errors';
import { takeKey } from '#domain/key';
import { dropSecrets } from '#domain/secret/secret.service';
import { type Permission, permitted } from '#domain/tenant/permission';
import { productionKey } from '#domain/tenant/workspace.service';
import type { Work } from '#domain/work';

/** How the kinds of automation are called in the graph, in errors and in the audit log. */
export interface Noun {
  readonly kind: AutomationKind;
  readonly type: string;
  readonly noun: string;
}

export interface NewAutomation {
  readonly workspaceId: string;
  /** Derived from the name when absent. */
  readonly key?: string | null | undefined;
  readonly name: string;
  readonly description: string;
  readonly enabled: boolean;
  readonly labels: readonly string[];
  readonly appId: string | null;
  readonly notifyOwner: boolean;
}

/** Where an automation is looked up: by its id, or by its key in a workspace. */
export type AutomationPlace = { readonly id: string } | { readonly workspaceId: string; readonly key: string };

/** Inserts an automation without a version; the person who makes it owns it. Throws AlreadyExistsError for a key that is taken. */
export async function insertAutomation(
  work: Work,
  kind: AutomationKind,
  wanted: NewAutomation,
): Promise<{ readonly id: string; readonly key: string }> {
  const id = newId();
  const { workspaceId, name, description, enabled, appId, notifyOwner } = wanted;
  const { actor } = work.viewer;
  const key = await takeKey(wanted, async (free) => {
    const data = {
      id,
      workspaceId,
      kind,
      key: free,
      name,
      description,
      enabled,
      labels: [...wanted.labels],
      appId,
      ownerId: actor.kind === 'USER' ? actor.id : null,
      notifyOwner,
      createdAt: work.now,
      updatedAt: work.now,
    };
    return (await work.tx.automation.createMany({ data, skipDuplicates: true })).count === 1;
  });
  return { id, key };
}

/**
 * The automation, locked until the end of the work, so that two saves follow each other. Throws NotFoundError when it is not there,
 * deleted, of another kind or not visible, and ForbiddenError when the viewer may only look at it.
 */
export async function lockAutomation(work: Work, { kind, noun }: Noun, place: AutomationPlace, change: Permission): Promise<Automation> {
  const found = await findAutomation(work, kind, place);
  const { id } = permitted(work.viewer, found, { see: 'automation.read', change, noun });
  await work.sql.query({ name: 'automation.lock', text: 'SELECT id FROM "Automation" WHERE id = $1::uuid FOR NO KEY UPDATE' }, [id]);
  const locked = await findAutomation(work, kind, { id });
  if (locked === null) throw new NotFoundError(`No such ${noun}.`);
  return locked;
}

export function findAutomation(work: Work, kind: AutomationKind, place: AutomationPlace): Promise<Automation | null> {
  return work.tx.automation.findFirst({ where: { ...place, kind, deletedAt: null } });
}

export interface VersionContent {
  /** The authored form. */
  readonly spec: Json;
  readonly plan: Plan;
  readonly stepKind: string;
  readonly maxAttempts: number;
  readonly priority: number;
  /** What the spec refers to, as rows can be asked for it. */
  readonly endpointId: string | null;
  readonly namespaceId: string | null;
  readonly threadMode: ThreadMode;
}

/** The authored form of the newest version; null when there is none. */
export async function newestSpec(work: Work, automationId: string): Promise<Prisma.JsonValue> {
  const newest = await work.tx.automationVersion.findFirst({
    where: { automationId },
    orderBy: { number: 'desc' },
    select: { spec: true },
  });
  return newest?.spec ?? null;
}

/**
 * Saves a version and deploys it to `production`. The automation is locked or new. A spec that is the same as the newest version's
 * makes none. Answers the number of the version that is live.
 */
export async function publishVersion(
  work: Work,
  automation: { readonly id: string; readonly workspaceId: string },
  content: VersionContent,
): Promise<number> {
  const { id: automationId, workspaceId } = automation;
  const newest = await work.tx.automationVersion.findFirst({
    where: { automationId },
    orderBy: { number: 'desc' },
    select: { number: true, spec: true },
  });
  if (newest !== null && canonicalJson(newest.spec as Json) === canonicalJson(content.spec)) return newest.number;
  const { id: actorId } = work.viewer.actor;
  const hash = planHash(content.plan);
  await work.tx.plan.createMany({
    data: { hash, document: content.plan as unknown as Prisma.InputJsonObject, createdAt: work.now },
    skipDuplicates: true,
  });
  const version = {
    id: newId(),
    automationId,
    number: (newest?.number ?? 0) + 1,
    status: 'DEPLOYED' as const,
    spec: content.spec as Prisma.InputJsonValue,
    stepKind: content.stepKind,
    planHash: hash,
    maxAttempts: content.maxAttempts,
    priority: content.priority,
    endpointId: content.endpointId,
    namespaceId: content.namespaceId,
    threadMode: content.threadMode,
    createdAt: work.now,
    createdById: actorId,
    deployedAt: work.now,
  };
  await work.tx.automationVersion.create({ data: version });
  const { id: environmentId } = await work.tx.environment.findUniqueOrThrow({
    where: { workspaceId_key: { workspaceId, key: productionKey } },
    select: { id: true },
  });
  const live = { versionId: version.id, deployedAt: work.now, deployedById: actorId };
  await work.tx.deployment.upsert({
    where: { automationId_environmentId: { automationId, environmentId } },
    create: { id: newId(), automationId, environmentId, ...live },
    update: live,
  });
  await work.tx.automationVersion.updateMany({
    where: { automationId, status: 'DEPLOYED', deployments: { none: {} } },
    data: { status: 'INACTIVE' },
  });
  return version.number;
}

/** Marks a locked automation as deleted and stops its schedules and webhooks, and forgets its secrets. Runs that are under way end as they would have. */
export async function removeAutomation(work: Work, automationId: string): Promise<void> {
  await work.tx.automation.update({ where: { id: automationId }, data: { deletedAt: work.now, enabled: false, updatedAt: work.now } });
  await work.tx.schedule.updateMany({
    where: { automationId },
    data: { enabled: false, nextFireAt: null, nextNominalAt: null, updatedAt: work.now },
  });
  await work.tx.webhook.updateMany({ where: { automationId }, data: { enabled: false, updatedAt: work.now } });
  await dropSecrets(work, automationId);
}
