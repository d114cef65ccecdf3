import { z } from 'zod';
import { NotificationEvent } from '#platform/db/generated/prisma/enums';
import { isWebhookSecret } from '#platform/secrets/webhook-signature';
import { emailInput, keyInput, nameInput, wellFormed } from '#domain/input';

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

/** Longest URL, in characters: what browsers and servers of all kinds take. */
const longestUrl = 2_048;

/** Plain http is allowed: many receivers stand in the same network, and bodies are signed. Where it leads is checked when it is called. */
const webhook = wellFormed(z.string().trim().max(longestUrl)).transform((text, context) => {
  const problem = (message: string, code: string) => {
    context.addIssue({ code: 'custom', message, params: { code } });
    return z.NEVER;
  };
  if (!URL.canParse(text)) return problem('This is no absolute URL.', 'FORMAT');
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return problem('A webhook is called by http or https.', 'SCHEME');
  if (url.username !== '' || url.password !== '')
    return problem('A URL must not hold credentials: deliveries are known by their signature.', 'CREDENTIALS');
  url.hash = '';
  return url.href;
});

const secret = z
  .string()
  .refine(isWebhookSecret, { message: 'A secret is whsec_ and 24 to 64 bytes in base64 (Standard Webhooks).', params: { code: 'FORMAT' } });

export const addRecipientInput = z.strictObject({
  groupId: z.uuid(),
  email: emailInput.nullish(),
  webhook: webhook.nullish(),
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
