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

/** The former secret with its end, as it is kept: when a row was changed says nothing, for it is encrypted anew when keys are rotated. */
export function former(secret: string, until: Date): string {
  return `${until.toISOString()} ${secret}`;
}

/** The secrets that are valid at a moment, of those that are kept of a webhook. */
export function validSecrets(kept: ReadonlyMap<string, string> | undefined, now: Date): string[] {
  const secret = kept?.get(current);
  const [, until = '', old = ''] = /^(\S+) (.+)$/s.exec(kept?.get(previous) ?? '') ?? [];
  return [...(secret === undefined ? [] : [secret]), ...(new Date(until) > now ? [old] : [])];
}
