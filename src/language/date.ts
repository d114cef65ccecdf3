import type { Value } from './value.js';

const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const;
const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const;

const two = (number: number) => String(number).padStart(2, '0');

/** The codes of strftime, in UTC. */
const codes: Readonly<Record<string, (at: Date) => string>> = {
  Y: (at) => String(at.getUTCFullYear()).padStart(4, '0'),
  y: (at) => two(at.getUTCFullYear() % 100),
  m: (at) => two(at.getUTCMonth() + 1),
  d: (at) => two(at.getUTCDate()),
  H: (at) => two(at.getUTCHours()),
  I: (at) => two(at.getUTCHours() % 12 || 12),
  M: (at) => two(at.getUTCMinutes()),
  S: (at) => two(at.getUTCSeconds()),
  f: (at) => `${String(at.getUTCMilliseconds()).padStart(3, '0')}000`,
  p: (at) => (at.getUTCHours() < 12 ? 'AM' : 'PM'),
  j: (at) =>
    String(
      1 + Math.floor((Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate()) - Date.UTC(at.getUTCFullYear(), 0, 1)) / 86_400_000),
    ).padStart(3, '0'),
  A: (at) => days[at.getUTCDay()] ?? '',
  a: (at) => (days[at.getUTCDay()] ?? '').slice(0, 3),
  B: (at) => months[at.getUTCMonth()] ?? '',
  b: (at) => (months[at.getUTCMonth()] ?? '').slice(0, 3),
  s: (at) => String(Math.floor(at.getTime() / 1_000)),
  z: () => '+0000',
  Z: () => 'UTC',
  '%': () => '%',
};

/** ISO 8601, the zone being UTC where none is given. */
const iso = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/;

/** No date is longer: a fraction of a second has some digits. */
const maxLength = 64;

/** Null where the value is no point in time. */
export function formatDate(value: Value, format: string): string | null {
  const ms = typeof value === 'number' ? value : typeof value === 'string' ? readDate(value) : null;
  const at = ms === null ? null : new Date(ms);
  if (at === null || Number.isNaN(at.getTime())) return null;
  return format.replace(/%(.)/gs, (whole, code: string) => codes[code]?.(at) ?? whole);
}

/** Milliseconds since 1970 of a date in ISO 8601; null where the text is none. */
export function readDate(text: string): number | null {
  if (text.length > maxLength || !iso.test(text)) return null;
  const zoned = /(?:Z|[+-]\d{2}:?\d{2})$/.test(text.slice(10)) || text.length === 10;
  const ms = Date.parse(`${text.replace(' ', 'T')}${zoned ? '' : 'Z'}`);
  return Number.isNaN(ms) ? null : ms;
}
