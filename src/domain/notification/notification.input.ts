import { z } from 'zod';
import { NotificationEvent, RecipientFormat } from '#platform/db/generated/prisma/enums';
import { emailInput, keyInput, nameInput, wellFormed } from '#domain/input';
import { webhookSecretInput as secret, webhookUrlInput as webhook } from '#domain/webhook-url';

/** What a group is narrowed to, by its id or by its key in the workspace. */
const place = z.union([z.strictObject({ id: z.uuid() }), z.strictObject({ key: z.string() })]);
export type Place = z.input<typeof place>;

const description = wellFormed(z.string().max(2_000));
const events = z
  .array(z.enum(NotificationEvent))
  .min(1, 'A group is told of at least one event.')
  .transform((given) => [...new Set(given)]);

export const createGroupInput = z.strictObject({
  workspaceId: z.uuid(),
  key: keyInput.nullish(),
  name: nameInput,
  description: description.nullish(),
  events,
  app: place.nullish(),
  automation: place.nullish(),
  enabled: z.boolean().nullish(),
  idempotencyKey: z.string().nullish(),
});
export type CreateGroupInput = z.input<typeof createGroupInput>;

/** What is absent stays; null lifts a restriction. */
export const updateGroupInput = z.strictObject({
  name: nameInput.nullish(),
  description: description.nullish(),
  events: events.nullish(),
  app: place.nullish(),
  automation: place.nullish(),
  enabled: z.boolean().nullish(),
});
export type UpdateGroupInput = z.input<typeof updateGroupInput>;

export const addRecipientInput = z.strictObject({
  groupId: z.uuid(),
  email: emailInput.nullish(),
  webhook: webhook.nullish(),
  format: z.enum(RecipientFormat).nullish(),
  secret: secret.nullish(),
  idempotencyKey: z.string().nullish(),
});
export type AddRecipientInput = z.input<typeof addRecipientInput>;

export const updateRecipientInput = z.strictObject({
  email: emailInput.nullish(),
  webhook: webhook.nullish(),
  enabled: z.boolean().nullish(),
});
export type UpdateRecipientInput = z.input<typeof updateRecipientInput>;

export const rotateInput = z.strictObject({ secret: secret.nullish() });
