import { type Redriven, redriveDeliveries, redriveDelivery } from '#domain/notification/delivery.service';
import { transact } from '#platform/work/work';
import { builder } from '#schema/builder';
import { mutation } from '#schema/mutation';
import { decodeId } from '#schema/node';
import { type Made, readBack } from '#schema/tenant/read-back';
import { Delivery, loadDelivery } from './delivery.js';

const RedriveDeliveryInput = builder.inputType('RedriveDeliveryInput', {
  description: 'What to send again.',
  fields: (t) => ({ id: t.id({ required: true, description: "The delivery's id." }) }),
});

const RedriveDeliveriesInput = builder.inputType('RedriveDeliveriesInput', {
  description: 'What to send again. Exactly one of `group` and `recipient` is given.',
  fields: (t) => ({
    group: t.id({ description: 'What the recipients of this group did not get. Disabled ones are left out.' }),
    recipient: t.id({ description: 'What this recipient did not get.' }),
    since: t.field({ type: 'DateTime', required: true, description: 'What was made at this moment or later.' }),
  }),
});

mutation<typeof RedriveDeliveryInput.$inferInput, Made>('redriveDelivery', {
  description:
    'Sends a delivery that has ended again, at once and with the same `webhook-id`; if that fails, it is retried as a new one is.',
  input: RedriveDeliveryInput,
  success: 'The delivery is on its way again.',
  fields: (t) => ({
    delivery: t.field({
      type: Delivery,
      description: 'The delivery.',
      resolve: ({ id }, _args, context) => readBack(loadDelivery, context, id),
    }),
  }),
  run: async ({ id }, { app, viewer }) => ({
    id: await transact(app, viewer, (work) => redriveDelivery(work, decodeId('Delivery', id))),
  }),
});

mutation<typeof RedriveDeliveriesInput.$inferInput, Redriven>('redriveDeliveries', {
  description: 'Sends again what was given up, at most 1000 deliveries a call, the oldest first.',
  input: RedriveDeliveriesInput,
  success: 'They are on their way again.',
  fields: (t) => ({
    count: t.exposeInt('count', { description: 'How many are sent again.' }),
    more: t.exposeBoolean('more', { description: 'Whether there are more, for another call.' }),
  }),
  run: ({ group, recipient, since }, { app, viewer }) =>
    transact(app, viewer, (work) =>
      redriveDeliveries(work, {
        groupId: group == null ? null : decodeId('NotificationGroup', group, ['group']),
        recipientId: recipient == null ? null : decodeId('Recipient', recipient, ['recipient']),
        since,
      }),
    ),
});
