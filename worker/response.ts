import type { OutgoingResponse } from '#platform/http/outgoing';
import type { Json } from '#plan/plan';

/** The body of a response as a value: JSON where it is said to be and is, else text; null without one. */
export function bodyOf({ headers, body }: Pick<OutgoingResponse, 'headers' | 'body'>): Json {
  if (body.length === 0) return null;
  const text = body.toString('utf8');
  if (!/^application\/([\w.+-]+\+)?json\b/i.test(headers['content-type'] ?? '')) return text;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}

/** Milliseconds that a response asks to wait (RFC 9110, 10.2.3), by a number of seconds or a date; null: it does not ask. */
export function retryAfterMs(header: string | undefined, now: Date): number | null {
  const given = header?.trim() ?? '';
  if (/^\d{1,10}$/.test(given)) return Number(given) * 1_000;
  // Only the form that senders must use: others are read differently by everyone.
  if (!/^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(given)) return null;
  const at = Date.parse(given);
  return Number.isNaN(at) ? null : Math.max(at - now.getTime(), 0);
}

/** Whether a status is worth another attempt. */
export function isRetryable(status: number, on: readonly number[] | undefined): boolean {
  if (on !== undefined) return on.includes(status);
  return [408, 425, 429].includes(status) || (status >= 500 && status <= 599 && status !== 501);
}
