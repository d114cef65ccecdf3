import type { InputFieldBuilder } from '@pothos/core';
import {
  type Written,
  createWebhook,
  deleteWebhook,
  rotateWebhookSecret,
  rotateWebhookToken,
  updateWebhook,
} from '#domain/trigger/trigger.service';
import { invalid } from '#domain/input';
import { transact } from '#platform/work/work';
import { type GraphTypes, builder } from '#schema/builder';
import { SignatureEncoding, WebhookFormat, WebhookVerification } from '#schema/enums';
import { type Fields, mutation } from '#schema/mutation';
import { automationNames, decodeId, encodeId } from '#schema/node';
import { workspaceOf } from '#schema/scope';
import { readBack } from '#schema/tenant/read-back';
import { Webhook, loadWebhook } from './webhook.js';

/** What can be given when a webhook is made and when it is changed. `otherwise`: what an absent one means when it is made. */
function settings(
  t: InputFieldBuilder<PothosSchemaTypes.ExtendDefaultTypes<GraphTypes>, 'InputObject'>,
  otherwise: (text: string) => string,
) {
  return {
    environment: t.string({
      description: `The key of the environment in which its runs run when the address names none${otherwise('`production`')}.`,
    }),
    header: t.string({ description: 'The header with the signature: required for HMAC_SHA256, and only there.' }),
    encoding: t.field({ type: SignatureEncoding, description: `How an HMAC is written${otherwise('HEX')}.` }),
    tolerance: t.field({
      type: 'Duration',
      description: `How far the timestamp of Standard Webhooks may be from now, PT1S to P1D${otherwise('PT5M')}.`,
    }),
    idHeader: t.string({
      description:
        'The header in which every request has its id, by which repeats are known; a request without it is refused. Null: `webhook-id`, where there is one. Not for STANDARD_WEBHOOKS, which signs that one.',
    }),
    responseStatus: t.int({ description: `The status of its answer: 200, 201, 202 or 204${otherwise('202')}.` }),
    responseBody: t.string({
      description:
        'The body of its answer, sent as it is, up to 10000 characters. Null: `{"run":"run_…"}` or `{"event":"evt_…"}` where the format is JSON, else empty.',
    }),
    responseFormat: t.field({ type: WebhookFormat, description: `As what its answer is sent${otherwise('JSON')}.` }),
    enabled: t.boolean({ description: `Whether it takes requests${otherwise('true')}.` }),
  };
}

const CreateWebhookInput = builder.inputType('CreateWebhookInput', {
  description: 'A new webhook.',
  fields: (t) => ({
    automation: t.id({ description: 'The id of what it triggers. Give exactly one of automation, automationKey and emits.' }),
    automationKey: t.string({ description: 'The key of what it triggers.' }),
    emits: t.string({
      description:
        'Instead of triggering an automation, it emits an event of this type: words of a-z, 0-9 and _ with dots between them, such as `order.paid`. Not of those that Millrace emits: `entity.`, `note.`, `link.`, `rule.`.',
    }),
    workspace: t.id({ description: 'Where the key is looked for, or the event is emitted; your only workspace when absent.' }),
    name: t.string({ required: true, description: 'The name that people read, in 1 to 128 characters.' }),
    verification: t.field({
      type: WebhookVerification,
      required: true,
      description: "How it tells that a request is its sender's.",
    }),
    secret: t.string({
      description:
        'What requests are signed with, where the sender chose it: `whsec_` and 24 to 64 bytes in base64 for STANDARD_WEBHOOKS, 16 characters or more for HMAC_SHA256. A new one is made when absent.',
    }),
    ...settings(t, (text) => `; ${text} when absent`),
    idempotencyKey: t.string({
      description: 'A repeat with the same key within 24 hours answers the same webhook, without its secret.',
    }),
  }),
});

const UpdateWebhookInput = builder.inputType('UpdateWebhookInput', {
  description: 'Changes of a webhook. What is absent stays as it is.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Its id.' }),
    name: t.string({ description: 'The name that people read, in 1 to 128 characters.' }),
    emits: t.string({ description: 'The type of the event that it emits; not for one that triggers an automation.' }),
    verification: t.field({
      type: WebhookVerification,
      description: 'Another verification begins with a new secret, and what belonged to the one before is forgotten.',
    }),
    secret: t.string({ description: 'The secret for another verification; a new one is made when absent.' }),
    ...settings(t, () => ''),
  }),
});

const DeleteWebhookInput = builder.inputType('DeleteWebhookInput', {
  description: 'Which webhook to delete.',
  fields: (t) => ({ id: t.id({ required: true, description: 'Its id.' }) }),
});

const RotateWebhookTokenInput = builder.inputType('RotateWebhookTokenInput', {
  description: 'Which webhook gets a new address.',
  fields: (t) => ({ id: t.id({ required: true, description: 'Its id.' }) }),
});

const RotateWebhookSecretInput = builder.inputType('RotateWebhookSecretInput', {
  description: 'Which webhook gets a new secret.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Its id.' }),
    secret: t.string({ description: 'The new secret, where the sender chose it; one is made when absent.' }),
    keepPrevious: t.boolean({
      required: true,
      defaultValue: true,
      description: 'Whether the secret before stays valid for 24 hours beside the new one; false when it is known to others.',
    }),
  }),
});

function webhookField(description: string): Fields<Pick<Written, 'id'>> {
  return (t) => ({
    webhook: t.field({ type: Webhook, description, resolve: ({ id }, _args, context) => readBack(loadWebhook, context, id) }),
  });
}

function withSecret(description: string, about: string): Fields<Written> {
  return (t) => ({
    webhook: t.field({ type: Webhook, description, resolve: ({ id }, _args, context) => readBack(loadWebhook, context, id) }),
    secret: t.string({ nullable: true, description: about, resolve: ({ secret }) => secret }),
  });
}

mutation<typeof CreateWebhookInput.$inferInput, Written>('createWebhook', {
  description: 'Makes an address that triggers an automation, or emits an event, when another program sends a request to it.',
  input: CreateWebhookInput,
  errors: ['IDEMPOTENCY_CONFLICT'],
  success: 'The address takes requests.',
  fields: withSecret(
    'The new webhook.',
    'What requests are to be signed with. Shown this once; null where nothing is verified, and when an idempotency key answered an earlier call.',
  ),
  run: ({ automation, automationKey, emits, workspace, environment, ...input }, context) => {
    if ([automation, automationKey, emits].filter((given) => given != null).length !== 1)
      throw invalid(['automation'], 'Give exactly one of automation, automationKey and emits.', 'ONE_OF');
    const target =
      automation != null
        ? { automation: { id: decodeId(automationNames, automation, ['automation']) } }
        : automationKey != null
          ? { automation: { workspaceId: workspaceOf(context, workspace), key: automationKey } }
          : { emits, workspaceId: workspaceOf(context, workspace) };
    return transact(context.app, context.viewer, (work) => createWebhook(work, { ...input, ...target, environmentKey: environment }));
  },
});

mutation<typeof UpdateWebhookInput.$inferInput, Written>('updateWebhook', {
  description: 'Changes a webhook, from the next request on.',
  input: UpdateWebhookInput,
  success: 'The webhook is changed.',
  fields: withSecret(
    'The webhook as it is now.',
    'The new secret, when the verification became another one. Shown this once; null when the secret stayed.',
  ),
  run: ({ id, environment, ...changes }, { app, viewer }) =>
    transact(app, viewer, (work) => updateWebhook(work, decodeId('Webhook', id), { ...changes, environmentKey: environment })),
});

mutation<typeof DeleteWebhookInput.$inferInput, Pick<Written, 'id'>>('deleteWebhook', {
  description: 'Deletes a webhook with its log. Its runs and events stay.',
  input: DeleteWebhookInput,
  success: 'The webhook is deleted.',
  fields: (t) => ({ deletedId: t.id({ description: 'The id of the deleted webhook.', resolve: ({ id }) => encodeId('Webhook', id) }) }),
  run: async ({ id }, { app, viewer }) => ({ id: await transact(app, viewer, (work) => deleteWebhook(work, decodeId('Webhook', id))) }),
});

mutation<typeof RotateWebhookTokenInput.$inferInput, Pick<Written, 'id'>>('rotateWebhookToken', {
  description: 'Gives a webhook a new address. The old one is gone at once.',
  input: RotateWebhookTokenInput,
  success: 'The webhook has a new address.',
  fields: webhookField('The webhook with its new `url`.'),
  run: async ({ id }, { app, viewer }) => ({
    id: await transact(app, viewer, (work) => rotateWebhookToken(work, decodeId('Webhook', id))),
  }),
});

mutation<typeof RotateWebhookSecretInput.$inferInput, Written>('rotateWebhookSecret', {
  description: 'Gives a webhook a new secret. The one before stays valid for 24 hours unless told otherwise; what was before that ends.',
  input: RotateWebhookSecretInput,
  success: 'The webhook has a new secret.',
  fields: withSecret('The webhook.', 'What requests are to be signed with from now on. Shown this once.'),
  run: ({ id, ...input }, { app, viewer }) => transact(app, viewer, (work) => rotateWebhookSecret(work, decodeId('Webhook', id), input)),
});
