import { emitEvent } from '#domain/event/event.service';
import { builder } from '#schema/builder';
import { mutation } from '#schema/mutation';
import { decodeId } from '#schema/node';
import { workspaceOf } from '#schema/scope';
import { type Written, write, writtenField } from '#schema/written';
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

mutation<typeof EmitEventInput.$inferInput, Written>('emitEvent', {
  description: 'Tells that something happened. Whoever follows the feed of events hears of it.',
  input: EmitEventInput,
  errors: ['IDEMPOTENCY_CONFLICT'],
  success: 'The event is there.',
  fields: writtenField('event', Event, loadEvent, 'The event.'),
  run: ({ workspace, entity, ...input }, context) =>
    write(context, (work) =>
      emitEvent(work, {
        ...input,
        workspaceId: workspaceOf(context, workspace),
        entityId: entity == null ? null : decodeId('Entity', entity, ['entity']),
      }),
    ),
});
