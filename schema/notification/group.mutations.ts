import { invalid } from '#domain/input';
import type { Place } from '#domain/notification/notification.input';
import { createNotificationGroup, deleteNotificationGroup, updateNotificationGroup } from '#domain/notification/notification.service';
import { transact } from '#platform/work/work';
import { builder } from '#schema/builder';
import { NotificationEvent } from '#schema/enums';
import { type Fields, mutation } from '#schema/mutation';
import { automationNames, decodeId, encodeId, type NodeName } from '#schema/node';
import { workspaceOf } from '#schema/scope';
import { type Made, readBack } from '#schema/tenant/read-back';
import { NotificationGroup, loadGroup } from './group.js';

const CreateNotificationGroupInput = builder.inputType('CreateNotificationGroupInput', {
  description: 'A new notification group. Recipients are added to it afterwards.',
  fields: (t) => ({
    workspace: t.id({ description: 'Where it belongs; not needed when the viewer belongs to one workspace.' }),
    key: t.string({
      description:
        'The name that programs use, unique in the workspace: 1 to 128 characters of a-z, 0-9, _, . and -. Made of the name when absent.',
    }),
    name: t.string({ required: true, description: 'The name that people read, at most 128 characters.' }),
    description: t.string({ description: 'What it is for.' }),
    events: t.field({ type: [NotificationEvent], required: true, description: 'What it is told of: one or more.' }),
    app: t.id({ description: 'It is told of runs of the actions of this app only.' }),
    appKey: t.string({ description: 'The same by the key of the app.' }),
    automation: t.id({ description: 'It is told of runs of this action, flow or rule only.' }),
    automationKey: t.string({ description: 'The same by its key.' }),
    enabled: t.boolean({ description: 'Whether it is told of anything; true when absent.' }),
    idempotencyKey: t.string({ description: 'A repeat with the same key within 24 hours answers the same group.' }),
  }),
});

const UpdateNotificationGroupInput = builder.inputType('UpdateNotificationGroupInput', {
  description: 'Changes of a notification group. What is absent stays as it is.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Its id.' }),
    name: t.string({ description: 'The name that people read, at most 128 characters.' }),
    description: t.string({ description: 'What it is for.' }),
    events: t.field({ type: [NotificationEvent], description: 'All that it is told of: one or more.' }),
    app: t.id({ description: 'It is told of runs of the actions of this app only; null: of all.' }),
    appKey: t.string({ description: 'The same by the key of the app.' }),
    automation: t.id({ description: 'It is told of runs of this action, flow or rule only; null: of all.' }),
    automationKey: t.string({ description: 'The same by its key.' }),
    enabled: t.boolean({ description: 'Whether it is told of anything.' }),
  }),
});

const DeleteNotificationGroupInput = builder.inputType('DeleteNotificationGroupInput', {
  description: 'Which notification group to delete.',
  fields: (t) => ({ id: t.id({ required: true, description: 'Its id.' }) }),
});

function groupField(description: string): Fields<Made> {
  return (t) => ({
    group: t.field({ type: NotificationGroup, description, resolve: ({ id }, _args, context) => readBack(loadGroup, context, id) }),
  });
}

interface Narrowing {
  readonly app?: string | null | undefined;
  readonly appKey?: string | null | undefined;
  readonly automation?: string | null | undefined;
  readonly automationKey?: string | null | undefined;
}

/** Of the inputs that narrow a group, what the service takes: undefined stays, null lifts. */
function narrowed({ app, appKey, automation, automationKey }: Narrowing): { app?: Place | null; automation?: Place | null } {
  const byApp = place('App', 'app', app, appKey);
  const byAutomation = place(automationNames, 'automation', automation, automationKey);
  return { ...(byApp === undefined ? {} : { app: byApp }), ...(byAutomation === undefined ? {} : { automation: byAutomation }) };
}

function place(
  name: NodeName | readonly NodeName[],
  field: string,
  id: string | null | undefined,
  key: string | null | undefined,
): Place | null | undefined {
  if (typeof id === 'string' && typeof key === 'string') throw invalid([field], 'Give one of the id and the key.', 'ONE_OF');
  if (typeof id === 'string') return { id: decodeId(name, id, [field]) };
  if (typeof key === 'string') return { key };
  return id === null || key === null ? null : undefined;
}

mutation<typeof CreateNotificationGroupInput.$inferInput, Made>('createNotificationGroup', {
  description: 'Makes a notification group: a choice of events of runs. At most 50 of a workspace.',
  input: CreateNotificationGroupInput,
  errors: ['ALREADY_EXISTS', 'IDEMPOTENCY_CONFLICT'],
  success: 'The group is there.',
  fields: groupField('The new group.'),
  run: async ({ workspace, app, appKey, automation, automationKey, ...input }, context) => ({
    id: await transact(context.app, context.viewer, (work) =>
      createNotificationGroup(work, {
        ...input,
        ...narrowed({ app, appKey, automation, automationKey }),
        workspaceId: workspaceOf(context, workspace),
      }),
    ),
  }),
});

mutation<typeof UpdateNotificationGroupInput.$inferInput, Made>('updateNotificationGroup', {
  description: 'Changes a notification group, for runs that end from now on.',
  input: UpdateNotificationGroupInput,
  success: 'The group is changed.',
  fields: groupField('The group as it is now.'),
  run: async ({ id, app, appKey, automation, automationKey, ...changes }, context) => ({
    id: await transact(context.app, context.viewer, (work) =>
      updateNotificationGroup(work, decodeId('NotificationGroup', id), {
        ...changes,
        ...narrowed({ app, appKey, automation, automationKey }),
      }),
    ),
  }),
});

mutation<typeof DeleteNotificationGroupInput.$inferInput, Made>('deleteNotificationGroup', {
  description: 'Deletes a notification group with its recipients and their deliveries.',
  input: DeleteNotificationGroupInput,
  success: 'The group is deleted.',
  fields: (t) => ({
    deletedId: t.id({ description: 'The id of the deleted group.', resolve: ({ id }) => encodeId('NotificationGroup', id) }),
  }),
  run: async ({ id }, { app, viewer }) => ({
    id: await transact(app, viewer, (work) => deleteNotificationGroup(work, decodeId('NotificationGroup', id))),
  }),
});
