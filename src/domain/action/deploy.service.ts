import { z } from 'zod';
import { readableAutomations } from '#domain/automation/automation.policy';
import { type Noun, type AutomationPlace, holdAutomation, lockAutomation } from '#domain/automation/automation.service';
import { ConflictError, NotFoundError } from '#domain/errors';
import { keyInput, parseInput } from '#domain/input';
import { copySecrets } from '#domain/secret/secret.service';
import { audit } from '#domain/tenant/tenant.audit';
import { productionKey } from '#domain/tenant/workspace.service';
import { type Viewer, systemActor } from '#domain/tenant/viewer';
import type { Work } from '#domain/work';
import { publish, publishDraft, specOf } from './publish.service.js';
import { keepReferences } from './action.references.js';
import type { ActionSpec } from './action.spec.js';

const action: Noun = { kind: 'ACTION', type: 'Action', noun: 'action' };

const deployInput = z.strictObject({ environment: keyInput.nullish() });
const rollBackInput = z.strictObject({ environment: keyInput.nullish(), updateDraft: z.boolean().nullish() });

/**
 * Makes the draft of an action live as a new version; when nothing has changed since the last one, that stays. Answers the action's id.
 * Throws ConflictError when there is no draft, when it is not built (BUILDING) or cannot be (BUILD_FAILED), or when it lacks what its integration needs (INCOMPLETE).
 */
export async function deployAction(work: Work, place: AutomationPlace, raw: z.input<typeof deployInput>): Promise<string> {
  const { environment } = parseInput(deployInput, raw);
  const automation = await lockAutomation(work, action, place, 'automation.write');
  const { id, workspaceId } = automation;
  const draft = await work.tx.automationDraft.findUnique({ where: { automationId: id }, include: { build: true } });
  if (draft === null) throw new ConflictError('There is no draft: what was saved is live.', 'NO_DRAFT');
  assertBuilt(draft.build);
  await keepReferences(work, workspaceId, specOf(draft));
  const environmentKey = environment ?? productionKey;
  const number = await publishDraft(work, automation, draft, environmentKey);
  if (number === null) return id;
  await work.tx.automationDraft.update({ where: { automationId: id }, data: { deployWhenBuilt: false, updatedAt: draft.updatedAt } });
  await audit(work, {
    workspaceId,
    operation: 'deployAction',
    subjectType: action.type,
    subjectId: id,
    change: { version: number, environment: environmentKey },
  });
  return id;
}

/** Throws ConflictError: BUILDING, or BUILD_FAILED with the first of its errors. */
export function assertBuilt(build: { readonly status: string; readonly errors: unknown } | null): void {
  if (build === null || build.status === 'BUILT') return;
  if (build.status !== 'FAILED') throw new ConflictError(`The draft is still being built (${build.status}).`, 'BUILDING');
  const [first] = build.errors as readonly { readonly message: string; readonly line: number | null }[];
  const where = first?.line == null ? '' : ` (line ${first.line})`;
  throw new ConflictError(`The draft cannot be built: ${first?.message ?? 'see its errors'}${where}`, 'BUILD_FAILED');
}

/**
 * Makes a new version equal to an earlier one, live at once, with the secrets that it had; with `updateDraft` the draft, too. Answers the
 * action's id.
 */
export async function rollBackAction(work: Work, versionId: string, raw: z.input<typeof rollBackInput>): Promise<string> {
  const { environment, updateDraft } = parseInput(rollBackInput, raw);
  const found = await work.tx.automationVersion.findFirst({
    where: { id: versionId, automation: readableAutomations(work.viewer) },
    select: { automationId: true },
  });
  if (found === null) throw new NotFoundError('No such version.');
  const automation = await lockAutomation(work, action, { id: found.automationId }, 'automation.write');
  const { id, workspaceId, publishPolicy } = automation;
  const version = await work.tx.automationVersion.findUnique({ where: { id: versionId } });
  if (version === null) throw new NotFoundError('No such version.');
  const spec = version.spec as unknown as ActionSpec;
  await keepReferences(work, workspaceId, spec);
  const { number } = await publish(work, automation, spec, version.buildHash, {
    ...(environment == null ? {} : { environmentKey: environment }),
    always: true,
    secretsFrom: versionId,
  });
  const back = updateDraft === true && publishPolicy === 'MANUAL';
  // What was waiting for its build would undo it.
  if (publishPolicy === 'AUTO') await work.tx.automationDraft.deleteMany({ where: { automationId: id } });
  if (back) {
    const draft = { spec: version.spec as object, buildHash: version.buildHash, deployWhenBuilt: false };
    await work.tx.automationDraft.update({
      where: { automationId: id },
      data: { ...draft, updatedAt: work.now, updatedById: work.viewer.actor.id },
    });
    await copySecrets(work, versionId, { workspaceId, owner: 'AUTOMATION', ownerId: id });
  }
  const installed = back ? { releaseId: spec.integrationReleaseId ?? null } : {};
  await work.tx.automation.update({ where: { id }, data: { ...installed, updatedAt: work.now } });
  await audit(work, {
    workspaceId,
    operation: 'rollBackAction',
    subjectType: action.type,
    subjectId: id,
    change: { version: number, equals: version.number },
  });
  return id;
}

/** Who deploys what waited for its build. */
export const builderViewer: Viewer = { actor: systemActor, tokenId: null, roles: new Map(), expiresAt: null };

/** The automations whose drafts wait for a build that is there by now. */
export async function findDeployable(prisma: Pick<Work['tx'], 'automationDraft'>): Promise<readonly string[]> {
  const drafts = await prisma.automationDraft.findMany({
    where: { deployWhenBuilt: true, build: { status: 'BUILT' }, automation: { deletedAt: null } },
    orderBy: { automationId: 'asc' },
    take: 50,
    select: { automationId: true },
  });
  return drafts.map(({ automationId }) => automationId);
}

/** Deploys the draft of an automation that waited for its build; nothing when it does not any more. */
export async function deployBuilt(work: Work, automationId: string): Promise<void> {
  await holdAutomation(work, automationId);
  const automation = await work.tx.automation.findUnique({
    where: { id: automationId, deletedAt: null },
    include: { draft: { include: { build: { select: { status: true } } } } },
  });
  const draft = automation?.draft;
  if (automation == null || draft?.build?.status !== 'BUILT' || !draft.deployWhenBuilt) return;
  const { workspaceId, publishPolicy } = automation;
  if (!(await hasReferences(work, workspaceId, specOf(draft)))) {
    // It stays a draft: whoever deploys it is told what is gone.
    await work.tx.automationDraft.update({ where: { automationId }, data: { deployWhenBuilt: false, updatedAt: draft.updatedAt } });
    return;
  }
  const { number } = await publish(work, automation, specOf(draft), draft.buildHash, { always: publishPolicy === 'MANUAL' });
  if (publishPolicy === 'AUTO') await work.tx.automationDraft.delete({ where: { automationId } });
  else await work.tx.automationDraft.update({ where: { automationId }, data: { deployWhenBuilt: false, updatedAt: draft.updatedAt } });
  await audit(work, {
    workspaceId,
    operation: 'deployAction',
    subjectType: action.type,
    subjectId: automationId,
    change: { version: number },
  });
}

async function hasReferences(work: Work, workspaceId: string, spec: ActionSpec): Promise<boolean> {
  try {
    await keepReferences(work, workspaceId, spec);
    return true;
  } catch (error) {
    if (error instanceof NotFoundError) return false;
    throw error;
  }
}
