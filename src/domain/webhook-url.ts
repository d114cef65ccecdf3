import { z } from 'zod';
import { isWebhookSecret } from '#platform/secrets/webhook-signature';
import { wellFormed } from './input.js';

/** Longest URL, in characters: what browsers and servers of all kinds take. */
const longestUrl = 2_048;

/** Where signed requests go. Plain http is allowed: many receivers stand in the same network, and bodies are signed. Where it leads is checked when it is called. */
export const webhookUrlInput = wellFormed(z.string().trim().max(longestUrl)).transform((text, context) => {
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

/** What they are signed with. */
export const webhookSecretInput = z
  .string()
  .refine(isWebhookSecret, { message: 'A secret is whsec_ and 24 to 64 bytes in base64 (Standard Webhooks).', params: { code: 'FORMAT' } });
