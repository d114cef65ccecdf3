import { builder } from '#schema/builder';
import type { SignedIn } from '#schema/context';
import { mostItems, mutation, mutationOfSeveral } from '#schema/mutation';
import { decodeId } from '#schema/node';
import { workspaceOf } from '#schema/scope';
import { type Written, writtenField } from '#schema/written';
import { Event, loadEvent } from './event.js';

const EmitEventInput = builder.inputType('EmitEventInput', {
  description: 'An event of your own.',
  fields: (t) => ({
    workspace: t.id({ description: 'Where it happened; not needed when the viewer belongs to one workspace.' }),
    type: t.string({
      required: true,
      description:
        'Words of a-z, 0-9 and _ with dots between them, such as `order.paid`. Not of those that Millrace emits: `entity.`, `note.`, `link.`, `rule.`.',
    }),
    entity: t.id({ description: 'The id of the record that it is about.' }),
    data: t.field({ type: 'JSON', description: 'What it tells, up to `INPUT_BYTES` bytes; `{}` when absent.' }),
    idempotencyKey: t.string({ description: 'A repeat with the same key within 24 hours answers the same event.' }),
  }),
});

async function emit(context: SignedIn, { workspace, entity, ...input }: typeof EmitEventInput.$inferInput): Promise<Written> {
  const { app, viewer } = context;
  const id = await app.emits.emit(viewer, {
    ...input,
    workspaceId: workspaceOf(context, workspace),
    entityId: entity == null ? null : decodeId('Entity', entity, ['entity']),
  });
  return { id };
}

const EmitEventResult = mutation<typeof EmitEventInput.$inferInput, Written>('emitEvent', {
  description: 'Tells that something happened. Whoever follows the feed of events hears of it.',
  input: EmitEventInput,
  errors: ['IDEMPOTENCY_CONFLICT'],
  success: 'The event is there.',
  fields: writtenField('event', Event, loadEvent, 'The event.'),
  run: (input, context) => emit(context, input),
});

const EmitEventsInput = builder.inputType('EmitEventsInput', {
  description: 'Several events at once.',
  fields: (t) => ({
    items: t.field({
      type: [EmitEventInput],
      required: true,
      description: `The events, at most ${mostItems}. Each one succeeds or is refused by itself, and they have no order.`,
    }),
  }),
});

mutationOfSeveral('emitEvents', {
  description: 'Tells of several things at once. Each one succeeds or is refused by itself.',
  input: EmitEventsInput,
  items: 'events',
  success: 'Every event was tried.',
  result: EmitEventResult,
  run: (item, context) => emit(context, item),
});
