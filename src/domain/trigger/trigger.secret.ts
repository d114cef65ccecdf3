import { randomBytes } from 'node:crypto';
import type { WebhookVerification } from '#platform/db/generated/prisma/enums';
import { mintWebhookSecret } from '#platform/secrets/webhook-signature';

/** Under which names the secrets of a webhook are kept. */
export const current = 'signing';
export const previous = 'signing.previous';

/** How long a secret stays valid after another one took its place: time to give the new one to the sender. */
export const overlapMs = 86_400_000;

/** A new secret in the form that a verification asks for. */
export function mintSigningSecret(verification: Exclude<WebhookVerification, 'NONE'>): string {
  return verification === 'STANDARD_WEBHOOKS' ? mintWebhookSecret() : randomBytes(32).toString('hex');
}
