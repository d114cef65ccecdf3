import type { Build, Prisma } from '#platform/db/generated/prisma/client';
import type { ThreadMode } from '#platform/db/generated/prisma/enums';
import type { Statement } from '#platform/db/database';
import { newId } from '#platform/ids';
import { canonicalJson, planHash } from '#plan/hash';
import type { Json, Plan } from '#plan/plan';
import { invalid } from '#domain/input';
import { productionKey } from '#domain/tenant/workspace.service';
import type { Work } from '#domain/work';

export interface VersionContent {
  /** The authored form. */
  readonly spec: Json;
  /** The plan may name the version whose it is. */
  readonly plan: (versionId: string) => Plan;
  readonly stepKind: string;
  readonly maxAttempts: number;
  readonly priority: number;
  /** What the spec refers to, as rows can be asked for it. */
  readonly endpointId: string | null;
  readonly namespaceId: string | null;
  readonly buildHash: string | null;
  readonly threadMode: ThreadMode;
  /** Whether its runs wait for an approval before they begin; absent: they do not. */
  readonly needsApproval?: boolean;
  /** Whether whoever starts a run may approve it; absent: no. */
  readonly selfReview?: boolean;
}

interface PublishOptions {
  /** `production` when absent. */
  readonly environmentKey?: string;
  /** Also makes a version when the newest one is the same, and live. */
  readonly always?: boolean;
}

export interface Published {
  readonly id: string;
  readonly number: number;
  /** False: the newest version has the same content, and is live. */
  readonly made: boolean;
}

/** As many as the product whose actions move here keeps; what is live is kept beyond them. */
const mostVersions = 50;

/** The authored form as it was last saved: of the draft, else of the newest version; null when there is none. */
export async function savedSpec(work: Work, automationId: string): Promise<Prisma.JsonValue> {
  const draft = await work.tx.automationDraft.findUnique({ where: { automationId }, select: { spec: true } });
  if (draft !== null) return draft.spec;
  const newest = await work.tx.automationVersion.findFirst({
    where: { automationId },
    orderBy: { number: 'desc' },
    select: { spec: true },
  });
  return newest?.spec ?? null;
}

/** The build of what was last saved, as `savedSpec` finds it; null when it needs none, or nothing was saved. */
export async function savedBuild(work: Work, automationId: string): Promise<Build | null> {
  const draft = await work.tx.automationDraft.findUnique({ where: { automationId }, select: { build: true } });
  if (draft !== null) return draft.build;
  const newest = await work.tx.automationVersion.findFirst({
    where: { automationId },
    orderBy: { number: 'desc' },
    select: { build: true },
  });
  return newest?.build ?? null;
}

/** Whether two authored forms say the same. */
export function sameSpec(one: Prisma.JsonValue, other: Prisma.JsonValue): boolean {
  return canonicalJson(one as Json) === canonicalJson(other as Json);
}

/** Saves a version and deploys it. The automation is locked or new. Throws InvalidInputError (`environment`). */
export async function publishVersion(
  work: Work,
  automation: { readonly id: string; readonly workspaceId: string },
  content: VersionContent,
  { environmentKey = productionKey, always = false }: PublishOptions = {},
): Promise<Published> {
  const { id: automationId, workspaceId } = automation;
  const environment = await work.tx.environment.findUnique({
    where: { workspaceId_key: { workspaceId, key: environmentKey } },
    select: { id: true },
  });
  if (environment === null) throw invalid(['environment'], 'There is no such environment in the workspace.', 'UNKNOWN_ENVIRONMENT');
  const newest = await work.tx.automationVersion.findFirst({
    where: { automationId },
    orderBy: { number: 'desc' },
    select: { id: true, number: true, spec: true, buildHash: true },
  });
  const same = newest !== null && newest.buildHash === content.buildHash && sameSpec(newest.spec, content.spec as Prisma.JsonValue);
  if (same && !always && (await isLive(work, automationId, environment.id, newest.id)))
    return { id: newest.id, number: newest.number, made: false };
  const version = { id: newId(), number: (newest?.number ?? 0) + 1 };
  await insertVersions(work, [{ ...version, automationId, content }]);
  await deployVersion(work, automationId, environment.id, version.id);
  await dropOldVersions(work, automationId);
  return { ...version, made: true };
}

/** The newest version may be live elsewhere only: one that was gone back to in another environment. */
async function isLive(work: Work, automationId: string, environmentId: string, versionId: string): Promise<boolean> {
  const where = { automationId_environmentId: { automationId, environmentId } };
  return (await work.tx.deployment.findUnique({ where, select: { versionId: true } }))?.versionId === versionId;
}

/** A version that is about to be inserted. */
interface NewVersion {
  readonly id: string;
  readonly automationId: string;
  readonly number: number;
  readonly content: VersionContent;
}

async function insertVersions(work: Work, versions: readonly NewVersion[]): Promise<void> {
  const planned = versions.map((version) => {
    const plan = version.content.plan(version.id);
    return { ...version, plan, hash: planHash(plan) };
  });
  await work.tx.plan.createMany({
    data: planned.map(({ hash, plan }) => ({ hash, document: plan as unknown as Prisma.InputJsonObject, createdAt: work.now })),
    skipDuplicates: true,
  });
  await work.tx.automationVersion.createMany({
    data: planned.map(({ id, automationId, number, hash, content }) => ({
      id,
      automationId,
      number,
      status: 'DEPLOYED' as const,
      spec: content.spec as Prisma.InputJsonValue,
      stepKind: content.stepKind,
      planHash: hash,
      maxAttempts: content.maxAttempts,
      priority: content.priority,
      endpointId: content.endpointId,
      namespaceId: content.namespaceId,
      buildHash: content.buildHash,
      threadMode: content.threadMode,
      needsApproval: content.needsApproval ?? false,
      selfReview: content.selfReview ?? false,
      createdAt: work.now,
      createdById: work.viewer.actor.id,
      deployedAt: work.now,
    })),
  });
}

/** Saves the first versions of new automations of one workspace and deploys them to `production`. */
export async function publishFirst(
  work: Work,
  workspaceId: string,
  automations: readonly { readonly id: string; readonly content: VersionContent }[],
): Promise<void> {
  const environment = await work.tx.environment.findUniqueOrThrow({
    where: { workspaceId_key: { workspaceId, key: productionKey } },
    select: { id: true },
  });
  const versions = automations.map(({ id, content }): NewVersion => ({ id: newId(), automationId: id, number: 1, content }));
  await insertVersions(work, versions);
  await work.tx.deployment.createMany({
    data: versions.map(({ id, automationId }) => ({
      id: newId(),
      automationId,
      environmentId: environment.id,
      versionId: id,
      deployedAt: work.now,
      deployedById: work.viewer.actor.id,
    })),
  });
}

const deployAll: Statement = {
  name: 'version.deploy-all',
  text: `
INSERT INTO "Deployment" (id, "automationId", "environmentId", "versionId", "deployedAt", "deployedById")
SELECT t.id, t.automation, $4::uuid, t.version, $5::timestamptz, $6::uuid FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS t(id, automation, version)
ON CONFLICT ("automationId", "environmentId") DO UPDATE
SET "versionId" = EXCLUDED."versionId", "deployedAt" = EXCLUDED."deployedAt", "deployedById" = EXCLUDED."deployedById"`,
};

/** Saves the next versions of locked automations of one workspace, whose contents are new, and deploys them to `production`. Answers their numbers. */
export async function publishNext(
  work: Work,
  workspaceId: string,
  automations: readonly { readonly id: string; readonly content: VersionContent }[],
): Promise<ReadonlyMap<string, number>> {
  if (automations.length === 0) return new Map();
  const environment = await work.tx.environment.findUniqueOrThrow({
    where: { workspaceId_key: { workspaceId, key: productionKey } },
    select: { id: true },
  });
  const automationIds = automations.map(({ id }) => id);
  const newest = await work.tx.automationVersion.groupBy({
    by: ['automationId'],
    where: { automationId: { in: automationIds } },
    _max: { number: true },
  });
  const last = new Map(newest.map(({ automationId, _max }) => [automationId, _max.number ?? 0]));
  const versions = automations.map(
    ({ id, content }): NewVersion => ({ id: newId(), automationId: id, number: (last.get(id) ?? 0) + 1, content }),
  );
  await insertVersions(work, versions);
  await work.sql.query(deployAll, [
    versions.map(() => newId()),
    versions.map(({ automationId }) => automationId),
    versions.map(({ id }) => id),
    environment.id,
    work.now,
    work.viewer.actor.id,
  ]);
  await work.tx.automationVersion.updateMany({
    where: { automationId: { in: automationIds }, status: 'DEPLOYED', deployments: { none: {} } },
    data: { status: 'INACTIVE' },
  });
  for (const { automationId, number } of versions) if (number > mostVersions) await dropOldVersions(work, automationId);
  return new Map(versions.map(({ automationId, number }) => [automationId, number]));
}

async function deployVersion(work: Work, automationId: string, environmentId: string, versionId: string): Promise<void> {
  const live = { versionId, deployedAt: work.now, deployedById: work.viewer.actor.id };
  await work.tx.deployment.upsert({
    where: { automationId_environmentId: { automationId, environmentId } },
    create: { id: newId(), automationId, environmentId, ...live },
    update: live,
  });
  await work.tx.automationVersion.updateMany({
    where: { automationId, status: 'DEPLOYED', deployments: { none: {} } },
    data: { status: 'INACTIVE' },
  });
}

/** The oldest ones go, but for what is live. Their runs keep their plans. */
async function dropOldVersions(work: Work, automationId: string): Promise<void> {
  const old = await work.tx.automationVersion.findMany({
    where: { automationId },
    orderBy: { number: 'desc' },
    skip: mostVersions,
    select: { id: true, status: true },
  });
  const ids = old.flatMap(({ id, status }) => (status === 'DEPLOYED' ? [] : [id]));
  if (ids.length === 0) return;
  await work.tx.secret.deleteMany({ where: { ownerId: { in: ids } } });
  await work.tx.automationVersion.deleteMany({ where: { id: { in: ids } } });
}
