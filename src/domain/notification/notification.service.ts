import type { NotificationGroup } from '#platform/db/generated/prisma/client';
import { newId } from '#platform/ids';
import { LimitExceededError, NotFoundError } from '#domain/errors';
import { invalid, keyPattern, parseInput } from '#domain/input';
import { takeKey } from '#domain/key';
import { dropSecrets } from '#domain/secret/secret.service';
import { once } from '#domain/tenant/idempotency';
import { assertCan, permitted } from '#domain/tenant/permission';
import { audit, differences } from '#domain/tenant/tenant.audit';
import type { Work } from '#domain/work';
import { type CreateGroupInput, type Place, type UpdateGroupInput, createGroupInput, updateGroupInput } from './notification.input.js';

const needs = { see: 'notification.read', change: 'notification.write', noun: 'notification group' } as const;

/** Groups of one workspace: each end of a run is held against all of them. */
export const mostGroups = 50;

/** Makes a group without recipients and answers its id. */
export async function createNotificationGroup(work: Work, raw: CreateGroupInput): Promise<string> {
  const { idempotencyKey, ...input } = parseInput(createGroupInput, raw);
  const { workspaceId } = input;
  assertCan(work.viewer, workspaceId, 'notification.write');
  const find = (id: string) => work.tx.notificationGroup.findUnique({ where: { id }, select: { id: true } });
  return once(work, { workspaceId, operation: 'createNotificationGroup', key: idempotencyKey, body: input, find }, async () => {
    // Two that are made at once count each other.
    await work.sql.query({ name: 'notification.workspace', text: 'SELECT id FROM "Workspace" WHERE id = $1::uuid FOR NO KEY UPDATE' }, [
      workspaceId,
    ]);
    if ((await work.tx.notificationGroup.count({ where: { workspaceId } })) >= mostGroups)
      throw new LimitExceededError(`A workspace has at most ${mostGroups} notification groups.`, mostGroups);
    const appId = await findApp(work, workspaceId, input.app);
    const automationId = await findAutomation(work, workspaceId, input.automation);
    const id = newId();
    const { name, events } = input;
    const key = await takeKey(input, async (free) => {
      const data = {
        id,
        workspaceId,
        key: free,
        name,
        description: input.description ?? '',
        enabled: input.enabled ?? true,
        events,
        appId,
        automationId,
        createdAt: work.now,
        updatedAt: work.now,
      };
      return (await work.tx.notificationGroup.createMany({ data, skipDuplicates: true })).count === 1;
    });
    await audit(work, {
      workspaceId,
      operation: 'createNotificationGroup',
      subjectType: 'NotificationGroup',
      subjectId: id,
      change: { key, name, events, appId, automationId },
    });
    return id;
  });
}

/** Changes what is given, for runs that end from now on. Answers the id. */
export async function updateNotificationGroup(work: Work, groupId: string, raw: UpdateGroupInput): Promise<string> {
  const input = parseInput(updateGroupInput, raw);
  const before = await lockGroup(work, groupId);
  const { workspaceId } = before;
  const after = {
    name: input.name ?? before.name,
    description: input.description ?? before.description,
    events: input.events ?? before.events,
    enabled: input.enabled ?? before.enabled,
    appId: input.app === undefined ? before.appId : await findApp(work, workspaceId, input.app),
    automationId: input.automation === undefined ? before.automationId : await findAutomation(work, workspaceId, input.automation),
  };
  await work.tx.notificationGroup.update({ where: { id: groupId }, data: { ...after, updatedAt: work.now } });
  const compared = ({ name, description, events, enabled, appId, automationId }: typeof after) => ({
    name,
    description,
    events: [...events].sort().join(' '),
    enabled,
    appId,
    automationId,
  });
  await audit(work, {
    workspaceId,
    operation: 'updateNotificationGroup',
    subjectType: 'NotificationGroup',
    subjectId: groupId,
    change: differences(compared(before), compared(after)),
  });
  return groupId;
}

/** Deletes a group with its recipients and their deliveries, and answers the id. */
export async function deleteNotificationGroup(work: Work, groupId: string): Promise<string> {
  const { workspaceId, key, name } = await lockGroup(work, groupId);
  const recipients = await work.tx.recipient.findMany({ where: { groupId }, select: { id: true } });
  for (const { id } of recipients) await dropSecrets(work, id);
  // Before their recipients, as outcomes of attempts lock them.
  await work.tx.delivery.deleteMany({ where: { recipient: { groupId } } });
  await work.tx.notificationGroup.delete({ where: { id: groupId } });
  await audit(work, {
    workspaceId,
    operation: 'deleteNotificationGroup',
    subjectType: 'NotificationGroup',
    subjectId: groupId,
    change: { key, name, recipients: recipients.length },
  });
  return groupId;
}

/** The group, locked until the end of the work, so that changes of it and of its recipients follow each other. */
export async function lockGroup(work: Work, groupId: string): Promise<NotificationGroup> {
  permitted(work.viewer, await work.tx.notificationGroup.findUnique({ where: { id: groupId } }), needs);
  await work.sql.query({ name: 'notification.group', text: 'SELECT id FROM "NotificationGroup" WHERE id = $1::uuid FOR NO KEY UPDATE' }, [
    groupId,
  ]);
  const group = await work.tx.notificationGroup.findUnique({ where: { id: groupId } });
  if (group === null) throw new NotFoundError('No such notification group.');
  return group;
}

/** No key that was ever taken: some of these the database could not even look for. */
function unknowable(place: Place): boolean {
  return 'key' in place && !keyPattern.test(place.key);
}

/** As whoever asks has named it. */
const fieldOf = (name: 'app' | 'automation', place: Place): string => ('key' in place ? `${name}Key` : name);

async function findApp(work: Work, workspaceId: string, place: Place | null | undefined): Promise<string | null> {
  if (place === null || place === undefined) return null;
  const app = unknowable(place) ? null : await work.tx.app.findFirst({ where: { ...place, workspaceId }, select: { id: true } });
  if (app === null) throw invalid([fieldOf('app', place)], 'There is no such app in the workspace.', 'UNKNOWN_APP');
  return app.id;
}

async function findAutomation(work: Work, workspaceId: string, place: Place | null | undefined): Promise<string | null> {
  if (place === null || place === undefined) return null;
  const automation = unknowable(place)
    ? null
    : await work.tx.automation.findFirst({ where: { ...place, workspaceId, deletedAt: null }, select: { id: true } });
  if (automation === null)
    throw invalid([fieldOf('automation', place)], 'There is no such automation in the workspace.', 'UNKNOWN_AUTOMATION');
  return automation.id;
}
