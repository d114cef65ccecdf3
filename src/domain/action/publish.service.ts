import type { Automation, AutomationDraft, Build } from '#platform/db/generated/prisma/client';
import type { Json } from '#plan/plan';
import { renewChainsOf } from '#domain/point/chain.service';
import type { Point } from '#domain/point/point.policy';
import { copySecrets } from '#domain/secret/secret.service';
import { productionKey } from '#domain/tenant/workspace.service';
import { type Published, publishVersion, sameSpec, type VersionContent } from '#domain/automation/version.service';
import type { Work } from '#domain/work';
import { buildOf, pointOf, type Publishing } from './action.build.js';
import { assertComplete } from './action.installed.js';
import { compileAction, stepKindOf } from './action.compile.js';
import type { ActionSpec } from './action.spec.js';

export type Publishable = Publishing & Pick<Automation, 'id' | 'workspaceId'>;

/** With what decides whether it is complete. */
type Deployable = Publishable & Pick<Automation, 'releaseId'>;

export interface Saved {
  /** The number of the version that is live by this save; null: it is a draft, or was live before. */
  readonly version: number | null;
  readonly build: Build | null;
}

function contentOf(spec: ActionSpec, { id, publishPolicy }: Publishable, buildHash: string | null, point: Point | null): VersionContent {
  return {
    spec: { ...spec } as unknown as Json,
    plan: (version) =>
      compileAction(
        spec,
        buildHash === null ? null : { build: buildHash, version, secrets: publishPolicy === 'MANUAL' ? version : id },
        point,
      ),
    stepKind: stepKindOf(spec),
    maxAttempts: spec.retry.maxRetries + 1,
    priority: spec.priority,
    endpointId: spec.endpointId ?? null,
    namespaceId: spec.namespaceId ?? null,
    buildHash,
    threadMode: spec.thread?.mode ?? 'NEW_EACH_RUN',
  };
}

/** Makes a spec live, with a copy of the action's secrets where the policy is MANUAL. */
export async function publish(
  work: Work,
  automation: Publishable,
  spec: ActionSpec,
  buildHash: string | null,
  options: { readonly environmentKey?: string; readonly always?: boolean; readonly secretsFrom?: string } = {},
): Promise<Published> {
  const { id, workspaceId, publishPolicy } = automation;
  const published = await publishVersion(
    work,
    automation,
    contentOf(spec, automation, buildHash, await pointOf(work, automation)),
    options,
  );
  if (published.made && publishPolicy === 'MANUAL')
    await copySecrets(work, options.secretsFrom ?? id, { workspaceId, owner: 'VERSION', ownerId: published.id });
  if (published.made) await renewChainsOf(work, id);
  return published;
}

/**
 * Makes a draft live that is built, and answers the number of its version; null when it is live as it is, secrets included. Throws
 * ConflictError (INCOMPLETE) for one that lacks what its integration needs.
 */
export async function publishDraft(
  work: Work,
  automation: Deployable,
  draft: Pick<AutomationDraft, 'spec' | 'buildHash'>,
  environmentKey: string,
): Promise<number | null> {
  await assertComplete(work, automation);
  if (await isDeployed(work, automation.id, environmentKey)) return null;
  return (await publish(work, automation, specOf(draft), draft.buildHash, { environmentKey, always: true })).number;
}

/** Whether an environment has the draft of an automation as it is, its secrets included. */
async function isDeployed(work: Pick<Work, 'tx'>, automationId: string, environmentKey: string): Promise<boolean> {
  const draft = await work.tx.automationDraft.findUnique({ where: { automationId } });
  const live = await work.tx.deployment.findFirst({
    where: { automationId, environment: { key: environmentKey } },
    include: { version: { select: { id: true, spec: true, buildHash: true } } },
  });
  if (live === null) return false;
  if (draft === null) return true;
  if (draft.buildHash !== live.version.buildHash || !sameSpec(draft.spec, live.version.spec)) return false;
  const [own, copied] = await Promise.all([automationId, live.version.id].map((ownerId) => secretMarks(work, ownerId)));
  return own === copied;
}

async function secretMarks(work: Pick<Work, 'tx'>, ownerId: string): Promise<string> {
  const rows = await work.tx.secret.findMany({ where: { ownerId }, orderBy: { name: 'asc' }, select: { name: true, updatedAt: true } });
  return rows.map(({ name, updatedAt }) => `${name} ${updatedAt.toISOString()}`).join('\n');
}

/**
 * Saves what an action does: live at once when its policy is AUTO and it is built, else as its draft, which is deployed as soon as it is
 * built when the policy is AUTO or `deploy` asks for it.
 */
export async function saveSpec(work: Work, automation: Deployable, spec: ActionSpec, deploy = false): Promise<Saved> {
  const build = await buildOf(work, automation, spec);
  const { id: automationId, publishPolicy } = automation;
  const built = build === null || build.status === 'BUILT';
  if (publishPolicy === 'AUTO' && built) {
    await work.tx.automationDraft.deleteMany({ where: { automationId } });
    return { version: (await publish(work, automation, spec, build?.hash ?? null)).number, build };
  }
  const deployWhenBuilt = publishPolicy === 'AUTO' || (deploy && build?.status !== 'FAILED');
  const draft = { spec: { ...spec } as object, buildHash: build?.hash ?? null, deployWhenBuilt: deployWhenBuilt && !built };
  await work.tx.automationDraft.upsert({
    where: { automationId },
    create: { automationId, ...draft, createdAt: work.now, updatedAt: work.now, updatedById: work.viewer.actor.id },
    update: { ...draft, updatedAt: work.now, updatedById: work.viewer.actor.id },
  });
  return { version: deploy && built ? await publishDraft(work, automation, draft, productionKey) : null, build };
}

export function specOf({ spec }: Pick<AutomationDraft, 'spec'>): ActionSpec {
  // Written by this service, in this form.
  return spec as unknown as ActionSpec;
}
