const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

/**
 * Delays after the first, second ... failed attempt: the schedule that Standard Webhooks recommends (spec, "Deliverability and reliability"),
 * a little over three days in all.
 */
export const retryDelaysMs: readonly number[] = [
  5 * second,
  5 * minute,
  30 * minute,
  2 * hour,
  5 * hour,
  10 * hour,
  14 * hour,
  20 * hour,
  24 * hour,
];

/** A delay becomes longer by up to this part, so that what failed together does not come back together. */
const jitter = 0.2;

/** Longest wait that a receiver may ask for by Retry-After, in milliseconds: the longest of our own. */
const longestRetryAfterMs = 24 * hour;

/** A recipient to which nothing could be delivered for so long is switched off: what Svix, where the schedule comes from, does as well. */
export const failingMs = 5 * 24 * hour;

/** When the webhook of an app is switched off: after so many failed calls in a row, the first of which is so long ago. What the product has whose rules move here. */
export const appWebhookEnd = { failures: 20, ms: 7 * 24 * hour };

/** Why a call was given up of a webhook that is switched off. */
export const webhookOffFailure = 'The webhook of the app was switched off.';

/** Why a delivery was given up whose recipient somebody has switched off. */
export const disabledFailure = 'The recipient was disabled.';

/** For so long after a rotation the old secret signs, too. */
export const rotationMs = 24 * hour;

/** Least time between two mails to the owner of one automation. */
export const ownerQuietMs = 15 * minute;

/** What came of one attempt. */
export type Outcome =
  | { readonly kind: 'DELIVERED'; readonly statusCode: number | null }
  | {
      readonly kind: 'REFUSED';
      readonly statusCode: number | null;
      readonly error: string;
      /** Another try would be refused as well. */
      readonly permanent: boolean;
      /** The recipient wants no more of them. */
      readonly gone: boolean;
      /** When the receiver wants to be asked again; null: it did not say. */
      readonly retryAfterMs: number | null;
    }
  /** Nothing was sent: it is tried again without having counted. */
  | { readonly kind: 'POSTPONED'; readonly ms: number };

/** What the answer of a webhook's receiver means. */
export function outcomeOfStatus(status: number, retryAfter: string | undefined, now: Date): Outcome {
  if (status >= 200 && status < 300) return { kind: 'DELIVERED', statusCode: status };
  return {
    kind: 'REFUSED',
    statusCode: status,
    error: `The receiver answered ${status}.`,
    permanent: status === 410,
    gone: status === 410,
    retryAfterMs: status === 429 || status === 503 ? readRetryAfter(retryAfter, now) : null,
  };
}

/** Seconds or a date (RFC 9110, 10.2.3), in milliseconds from now; null for anything else. */
function readRetryAfter(value: string | undefined, now: Date): number | null {
  if (value === undefined) return null;
  if (/^\d{1,9}$/.test(value)) return Number(value) * second;
  // Every form of an HTTP date begins with the name of a day; JavaScript takes much else for a date.
  const at = /^[A-Z][a-z]{2,8},? /.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? null : Math.max(0, at - now.getTime());
}

/**
 * Milliseconds until the next attempt after `tries` attempts; null: it is given up. `random` is from 0 to 1.
 * A receiver's wish makes the delay longer, never shorter.
 */
export function nextDelayMs(
  tries: number,
  refused: { readonly permanent: boolean; readonly retryAfterMs: number | null },
  random: number,
): number | null {
  const delay = retryDelaysMs[tries - 1];
  if (refused.permanent || delay === undefined) return null;
  return Math.round(Math.max(delay * (1 + jitter * random), Math.min(refused.retryAfterMs ?? 0, longestRetryAfterMs)));
}
