import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/**
 * Signatures of webhooks: those of https://www.standardwebhooks.com and plain HMAC, both with SHA-256 and over the bytes of the body as
 * they came. The package of that name decodes the bytes as text first, which lets different bodies have one signature.
 */

/** Why a request is not its sender's, for its receiver to read; a sender learns only that it is refused. */
export type Forgery =
  | 'MISSING_HEADERS'
  /** No whole number of seconds. */
  | 'MALFORMED_TIMESTAMP'
  | 'TOO_OLD'
  | 'TOO_NEW'
  /** None of the signatures is made with one of the secrets over this body. */
  | 'WRONG_SIGNATURE';

export interface StandardMessage {
  /** `webhook-id`. */
  readonly id: string | undefined;
  /** `webhook-timestamp`: seconds since 1970. */
  readonly timestamp: string | undefined;
  /** `webhook-signature`: `v1,<base64>`, several of them with spaces between. */
  readonly signature: string | undefined;
  readonly body: Uint8Array;
}

/** How old or new a timestamp may be, by the verifier's clock. */
export interface ReplayWindow {
  readonly now: Date;
  readonly toleranceMs: number;
}

const prefix = 'whsec_';

/** Bytes of key that Standard Webhooks asks for. */
const keyBytes = { least: 24, minted: 32, most: 64 } as const;

/** A new secret of Standard Webhooks: 256 random bits. */
export function mintWebhookSecret(): string {
  return `${prefix}${randomBytes(keyBytes.minted).toString('base64')}`;
}

/** Whether a text is a secret of Standard Webhooks: `whsec_` and 24 to 64 bytes in base64. */
export function isWebhookSecret(secret: string): boolean {
  if (!/^whsec_[A-Za-z0-9+/]+={0,2}$/.test(secret)) return false;
  const { length } = keyOf(secret);
  return length >= keyBytes.least && length <= keyBytes.most;
}

/** The value of `webhook-signature` for a message that is sent `at` this moment. `secret` is one of Standard Webhooks. */
export function signStandardWebhook(secret: string, id: string, at: Date, body: string | Uint8Array): string {
  return `v1,${standardDigest(secret, id, Math.floor(at.getTime() / 1_000), body).toString('base64')}`;
}

/** Whether a message was signed with one of the secrets lately; null: it was. */
export function standardForgery(secrets: readonly string[], message: StandardMessage, window: ReplayWindow): Forgery | null {
  const { id, timestamp, signature, body } = message;
  if (!id || !timestamp || !signature) return 'MISSING_HEADERS';
  if (!/^\d{1,12}$/.test(timestamp)) return 'MALFORMED_TIMESTAMP';
  const seconds = Number(timestamp);
  const age = window.now.getTime() - seconds * 1_000;
  if (age > window.toleranceMs) return 'TOO_OLD';
  if (-age > window.toleranceMs) return 'TOO_NEW';
  const given = signature.split(' ').flatMap((one) => (one.startsWith('v1,') ? [Buffer.from(one.slice(3), 'base64')] : []));
  return matches(
    secrets.map((secret) => standardDigest(secret, id, seconds, body)),
    given,
  );
}

/** How a plain HMAC is written. */
export type HmacEncoding = 'HEX' | 'BASE64';

/** Whether a body was signed with one of the secrets; null: it was. `sha256=` before the signature is allowed. */
export function hmacForgery(
  secrets: readonly string[],
  signature: string | undefined,
  encoding: HmacEncoding,
  body: Uint8Array,
): Forgery | null {
  if (!signature) return 'MISSING_HEADERS';
  const text = signature.replace(/^sha256=/i, '');
  const given = Buffer.from(text, encoding === 'HEX' ? 'hex' : 'base64');
  return matches(
    secrets.map((secret) => createHmac('sha256', secret).update(body).digest()),
    [given],
  );
}

function standardDigest(secret: string, id: string, seconds: number, body: string | Uint8Array): Buffer {
  return createHmac('sha256', keyOf(secret)).update(`${id}.${seconds}.`).update(body).digest();
}

function keyOf(secret: string): Buffer {
  return Buffer.from(secret.startsWith(prefix) ? secret.slice(prefix.length) : secret, 'base64');
}

/** Each pair is compared in constant time; how many there are is no secret. */
function matches(wanted: readonly Buffer[], given: readonly Buffer[]): Forgery | null {
  let found = false;
  for (const one of wanted) for (const other of given) if (one.length === other.length && timingSafeEqual(one, other)) found = true;
  return found ? null : 'WRONG_SIGNATURE';
}
