import { knownPoints } from '#domain/point/point.catalogue';
import { createPoint, deletePoint, updatePoint } from '#domain/point/point.service';
import { builder } from '#schema/builder';
import { PointMode, PointStatus } from '#schema/enums';
import { mutation } from '#schema/mutation';
import { workspaceOf } from '#schema/scope';
import { type Written, write, writtenField } from '#schema/written';
import { CommandEffect, TriggerPoint, loadOwnPoint } from './trigger-point.js';

const TriggerPointCommandInput = builder.inputType('TriggerPointCommandInput', {
  description: 'What an action can ask for at a trigger point.',
  fields: (t) => ({
    name: t.string({
      required: true,
      description: 'As actions call it at `api`: up to 5 names with points between them, such as `order.hold`.',
    }),
    description: t.string({ description: 'What it asks for.' }),
    effect: t.field({ type: CommandEffect, description: 'What it does to the execution; COMMAND when absent.' }),
    target: t.string({ description: 'The place of the event that a command of a name and a value sets for later actions.' }),
    arguments: t.field({
      type: 'JSONObject',
      description:
        'JSON Schema 2020-12 of the list of its arguments; any when absent. The title `reason` marks why it refuses, `url` where it redirects to; without, the first text does.',
    }),
  }),
});

/** What a point is made of, in both inputs. */
function pointFields(t: Parameters<NonNullable<Parameters<typeof builder.inputType>[1]['fields']>>[0]) {
  return {
    description: t.string({ description: 'When it is fired.' }),
    version: t.string({ description: 'Version of its event and its commands: a text of yours, `v1` when absent.' }),
    status: t.field({ type: PointStatus, description: 'Where it stands; CURRENT when absent.' }),
    mode: t.field({ type: PointMode, description: 'Whether whoever fires it needs what the actions decide; SYNCHRONOUS when absent.' }),
    handler: t.string({ description: 'The export that is called; made of the key when absent: `order-placed` is `onExecuteOrderPlaced`.' }),
    resume: t.string({ description: 'The export that is called after a redirect; needed where a command redirects.' }),
    eventSchema: t.field({ type: 'JSONObject', description: 'JSON Schema 2020-12 of the event; any when absent.' }),
    commands: t.field({ type: [TriggerPointCommandInput], description: 'What its actions can ask for, at most 100.' }),
    compatible: t.stringList({ description: 'Keys of trigger points whose actions may be bound here, too, at most 20.' }),
  };
}

const CreateTriggerPointInput = builder.inputType('CreateTriggerPointInput', {
  description: 'A new trigger point.',
  fields: (t) => ({
    workspace: t.id({ description: 'Where it belongs; not needed when the viewer belongs to one workspace.' }),
    key: t.string({
      description:
        'The name that programs use: 1 to 128 characters of a-z, 0-9, _, . and -. Derived from the name when absent. Those of the well-known ones are taken.',
    }),
    name: t.string({ required: true, description: 'The name that people read, of 1 to 128 characters.' }),
    ...pointFields(t),
    idempotencyKey: t.string({ description: 'A repeat with the same key within 24 hours answers the same trigger point.' }),
  }),
});

/** Points are named by their keys: the well-known ones have no ids. */
const where = { workspace: 'Where it is; not needed when the viewer belongs to one workspace.', key: 'Its key. A key never changes.' };

const UpdateTriggerPointInput = builder.inputType('UpdateTriggerPointInput', {
  description: 'Changes of a trigger point that the workspace made. What is absent stays as it is; null is the default.',
  fields: (t) => ({
    workspace: t.id({ description: where.workspace }),
    key: t.string({ required: true, description: where.key }),
    name: t.string({ description: 'The name that people read, of 1 to 128 characters.' }),
    ...pointFields(t),
  }),
});

const DeleteTriggerPointInput = builder.inputType('DeleteTriggerPointInput', {
  description: 'Which trigger point to delete.',
  fields: (t) => ({
    workspace: t.id({ description: where.workspace }),
    key: t.string({ required: true, description: where.key }),
  }),
});

const pointField = (description: string) => writtenField('triggerPoint', TriggerPoint, loadOwnPoint, description);

mutation<typeof CreateTriggerPointInput.$inferInput, Written>('createTriggerPoint', {
  description: `Makes a trigger point beside the ${String(knownPoints.length)} well-known ones.`,
  input: CreateTriggerPointInput,
  errors: ['ALREADY_EXISTS', 'IDEMPOTENCY_CONFLICT'],
  success: 'The trigger point is there.',
  fields: pointField('The new trigger point.'),
  run: ({ workspace, ...input }, context) =>
    write(context, (work) => createPoint(work, { ...input, workspaceId: workspaceOf(context, workspace) })),
});

mutation<typeof UpdateTriggerPointInput.$inferInput, Written>('updateTriggerPoint', {
  description: 'Changes a trigger point that the workspace made, from the next firing on.',
  input: UpdateTriggerPointInput,
  success: 'The trigger point is changed.',
  fields: pointField('The trigger point as it is now.'),
  run: ({ workspace, key, ...changes }, context) =>
    write(context, (work) => updatePoint(work, { workspaceId: workspaceOf(context, workspace), key }, changes)),
});

interface Deleted extends Written {
  readonly key: string;
}

mutation<typeof DeleteTriggerPointInput.$inferInput, Deleted>('deleteTriggerPoint', {
  description: 'Deletes a trigger point that the workspace made. Refused while actions are bound to it.',
  input: DeleteTriggerPointInput,
  success: 'The trigger point is deleted.',
  fields: (t) => ({ deletedKey: t.string({ description: 'The key of what was deleted.', resolve: ({ key }) => key }) }),
  run: async ({ workspace, key }, context) => {
    const { id } = await write(context, (work) => deletePoint(work, { workspaceId: workspaceOf(context, workspace), key }));
    return { id, key };
  },
});
