import type { Automation } from '#platform/db/generated/prisma/client';
import type { AutomationKind, PublishPolicy } from '#platform/db/generated/prisma/enums';
import { newId } from '#platform/ids';
import { ConflictError, NotFoundError } from '#domain/errors';
import { takeKey } from '#domain/key';
import { dropSecrets } from '#domain/secret/secret.service';
import { type Permission, permitted } from '#domain/tenant/permission';
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
  readonly publishPolicy: PublishPolicy;
  readonly triggerPoint: string | null;
  /** The release of an integration that it comes from. */
  readonly releaseId: string | null;
}

/** Where an automation is looked up: by its id, or by its key in a workspace. */
export type AutomationPlace = { readonly id: string } | { readonly workspaceId: string; readonly key: string };

/** Inserts an automation without a version; the person who makes it owns it. Throws AlreadyExistsError for a key that is taken. */
export async function insertAutomation(
  work: Work,
  kind: AutomationKind,
  wanted: NewAutomation,
): Promise<Pick<Automation, 'id' | 'key' | 'workspaceId' | 'publishPolicy' | 'triggerPoint' | 'releaseId'>> {
  const id = newId();
  const { workspaceId, publishPolicy, triggerPoint, releaseId } = wanted;
  const key = await takeKey(wanted, async (free) => {
    const data = rowOf(work, kind, id, free, wanted);
    return (await work.tx.automation.createMany({ data, skipDuplicates: true })).count === 1;
  });
  return { id, key, workspaceId, publishPolicy, triggerPoint, releaseId };
}

function rowOf({ viewer: { actor }, now }: Work, kind: AutomationKind, id: string, key: string, wanted: NewAutomation) {
  return {
    ...wanted,
    id,
    kind,
    key,
    labels: [...wanted.labels],
    ownerId: actor.kind === 'USER' ? actor.id : null,
    createdAt: now,
    updatedAt: now,
  };
}

/**
 * The same for many of one workspace, with few statements. Throws AlreadyExistsError for a key that is taken, and ConflictError (KEY_TAKEN)
 * when somebody else takes one meanwhile.
 */
export async function insertAutomations(
  work: Work,
  kind: AutomationKind,
  workspaceId: string,
  wanted: readonly NewAutomation[],
): Promise<readonly { readonly id: string; readonly key: string }[]> {
  const rows = await work.tx.automation.findMany({ where: { workspaceId, deletedAt: null }, select: { key: true } });
  const taken = new Set(rows.map(({ key }) => key));
  const data = [];
  for (const one of wanted) {
    const key = await takeKey(one, (free) => Promise.resolve(!taken.has(free)));
    taken.add(key);
    data.push(rowOf(work, kind, newId(), key, one));
  }
  const { count } = await work.tx.automation.createMany({ data, skipDuplicates: true });
  if (count < data.length) throw new ConflictError('Somebody took one of the keys meanwhile: try again.', 'KEY_TAKEN');
  return data.map(({ id, key }) => ({ id, key }));
}

/**
 * The automation, locked until the end of the work, so that two saves follow each other. Throws NotFoundError when it is not there,
 * deleted, of another kind or not visible, and ForbiddenError when the viewer may only look at it.
 */
export async function lockAutomation(work: Work, { kind, noun }: Noun, place: AutomationPlace, change: Permission): Promise<Automation> {
  const found = await findAutomation(work, kind, place);
  const { id } = permitted(work.viewer, found, { see: 'automation.read', change, noun });
  await holdAutomation(work, id);
  const locked = await findAutomation(work, kind, { id });
  if (locked === null) throw new NotFoundError(`No such ${noun}.`);
  return locked;
}

/** The automations of a kind that are still there, locked in the order of their ids. Rights are the caller's. */
export async function lockAutomations(work: Work, kind: AutomationKind, ids: readonly string[]): Promise<readonly Automation[]> {
  if (ids.length === 0) return [];
  await work.sql.query(
    { name: 'automation.lock-all', text: 'SELECT id FROM "Automation" WHERE id = ANY($1::uuid[]) ORDER BY id FOR NO KEY UPDATE' },
    [ids],
  );
  return work.tx.automation.findMany({ where: { id: { in: [...ids] }, kind, deletedAt: null } });
}

/** Keeps others from saving the automation until the end of the work. */
export async function holdAutomation(work: Work, id: string): Promise<void> {
  await work.sql.query({ name: 'automation.lock', text: 'SELECT id FROM "Automation" WHERE id = $1::uuid FOR NO KEY UPDATE' }, [id]);
}

export function findAutomation(work: Work, kind: AutomationKind, place: AutomationPlace): Promise<Automation | null> {
  return work.tx.automation.findFirst({ where: { ...place, kind, deletedAt: null } });
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
  const versions = await work.tx.automationVersion.findMany({ where: { automationId }, select: { id: true } });
  await work.tx.secret.deleteMany({ where: { ownerId: { in: versions.map((version) => version.id) } } });
  await work.tx.automationDraft.deleteMany({ where: { automationId } });
}

/** The person who is to own an automation. Throws NotFoundError for one who is no member. */
export async function findOwner(work: Work, workspaceId: string, userId: string | null | undefined): Promise<string | null | undefined> {
  if (userId === null || userId === undefined) return userId;
  const membership = await work.tx.membership.findUnique({ where: { workspaceId_userId: { workspaceId, userId } }, select: { id: true } });
  if (membership === null) throw new NotFoundError('There is no such member in the workspace.');
  return userId;
}
