import {
  type Signing,
  addRecipient,
  removeRecipient,
  rotateRecipientSecret,
  sendTestNotification,
  updateRecipient,
} from '#domain/notification/recipient.service';
import { transact } from '#platform/work/work';
import { builder } from '#schema/builder';
import { RecipientFormat } from '#schema/enums';
import { type Fields, mutation } from '#schema/mutation';
import { decodeId, encodeId } from '#schema/node';
import { type Made, readBack } from '#schema/tenant/read-back';
import { Delivery, loadDelivery } from './delivery.js';
import { Recipient, loadRecipient } from './recipient.js';

const AddRecipientInput = builder.inputType('AddRecipientInput', {
  description: 'Who shall hear of a group. Exactly one of `email` and `webhook` is given.',
  fields: (t) => ({
    group: t.id({ required: true, description: 'The group.' }),
    email: t.string({ description: 'An e-mail address.' }),
    webhook: t.string({
      description:
        'An http or https URL, without credentials. It gets signed POST requests (Standard Webhooks), unless `format` says otherwise.',
    }),
    format: t.field({ type: RecipientFormat, description: 'What the webhook gets; STANDARD when absent. It stays as it is.' }),
    secret: t.string({ description: 'What the requests are signed with: `whsec_` and 24 to 64 bytes in base64. A new one when absent.' }),
    idempotencyKey: t.string({ description: 'A repeat with the same key within 24 hours answers the same recipient, without its secret.' }),
  }),
});

const UpdateRecipientInput = builder.inputType('UpdateRecipientInput', {
  description: 'Changes of a recipient. What is absent stays as it is.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Its id.' }),
    email: t.string({ description: 'Another address, of a recipient that is reached by e-mail. What waits goes there, too.' }),
    webhook: t.string({ description: 'Another URL, of a recipient that is reached by a webhook. What waits goes there, too.' }),
    enabled: t.boolean({
      description: 'Whether anything is sent to it. Enabling forgets earlier failures; disabling gives up what waits.',
    }),
  }),
});

const RemoveRecipientInput = builder.inputType('RemoveRecipientInput', {
  description: 'Which recipient to remove.',
  fields: (t) => ({ id: t.id({ required: true, description: 'Its id.' }) }),
});

const RotateRecipientSecretInput = builder.inputType('RotateRecipientSecretInput', {
  description: 'Whose secret to replace.',
  fields: (t) => ({
    id: t.id({ required: true, description: "The recipient's id." }),
    secret: t.string({ description: 'The new secret: `whsec_` and 24 to 64 bytes in base64. Made when absent.' }),
  }),
});

const SendTestNotificationInput = builder.inputType('SendTestNotificationInput', {
  description: 'Who shall get a sample.',
  fields: (t) => ({ recipient: t.id({ required: true, description: "The recipient's id." }) }),
});

function recipientField<Shape extends Made>(description: string): Fields<Shape> {
  return (t) => ({
    recipient: t.field({ type: Recipient, description, resolve: ({ id }, _args, context) => readBack(loadRecipient, context, id) }),
  });
}

mutation<typeof AddRecipientInput.$inferInput, Signing>('addRecipient', {
  description:
    'Adds a recipient to a group, at most 20 of each. An e-mail address is refused (`NO_MAIL_SERVER`) where no mail server is configured.',
  input: AddRecipientInput,
  errors: ['IDEMPOTENCY_CONFLICT'],
  success: 'The recipient hears of what comes.',
  fields: (t) => ({
    ...recipientField<Signing>('The new recipient.')(t),
    secret: t.string({
      nullable: true,
      description:
        'What its requests are signed with. Shown this once; null for an e-mail address or a chat, and when an idempotency key answered an earlier call.',
      resolve: ({ secret }) => secret,
    }),
  }),
  run: ({ group, ...input }, { app, viewer }) =>
    transact(app, viewer, (work) => addRecipient(work, { ...input, groupId: decodeId('NotificationGroup', group, ['group']) })),
});

mutation<typeof UpdateRecipientInput.$inferInput, Made>('updateRecipient', {
  description: 'Changes the address of a recipient, enables or disables it.',
  input: UpdateRecipientInput,
  success: 'The recipient is changed.',
  fields: recipientField('The recipient as it is now.'),
  run: async ({ id, ...changes }, { app, viewer }) => ({
    id: await transact(app, viewer, (work) => updateRecipient(work, decodeId('Recipient', id), changes)),
  }),
});

mutation<typeof RemoveRecipientInput.$inferInput, Made>('removeRecipient', {
  description: 'Removes a recipient with its deliveries.',
  input: RemoveRecipientInput,
  success: 'The recipient is removed.',
  fields: (t) => ({
    removedId: t.id({ description: 'The id of the removed recipient.', resolve: ({ id }) => encodeId('Recipient', id) }),
  }),
  run: async ({ id }, { app, viewer }) => ({
    id: await transact(app, viewer, (work) => removeRecipient(work, decodeId('Recipient', id))),
  }),
});

mutation<typeof RotateRecipientSecretInput.$inferInput, Signing>('rotateRecipientSecret', {
  description:
    'Replaces what the requests to a webhook are signed with; messages to chats are not signed (`CHAT`). For 24 hours both the old and the new secret sign.',
  input: RotateRecipientSecretInput,
  success: 'The new secret signs.',
  fields: (t) => ({
    ...recipientField<Signing>('The recipient.')(t),
    secret: t.string({ nullable: true, description: 'The new secret. Shown this once.', resolve: ({ secret }) => secret }),
  }),
  run: ({ id, ...input }, { app, viewer }) =>
    transact(app, viewer, (work) => rotateRecipientSecret(work, decodeId('Recipient', id), input)),
});

mutation<typeof SendTestNotificationInput.$inferInput, Made>('sendTestNotification', {
  description: 'Sends a sample to a recipient. The delivery tells what came of it.',
  input: SendTestNotificationInput,
  success: 'The sample is on its way.',
  fields: (t) => ({
    delivery: t.field({
      type: Delivery,
      description: 'The sample.',
      resolve: ({ id }, _args, context) => readBack(loadDelivery, context, id),
    }),
  }),
  run: async ({ recipient }, { app, viewer }) => ({
    id: await transact(app, viewer, (work) => sendTestNotification(work, decodeId('Recipient', recipient, ['recipient']))),
  }),
});
