import type { MisfirePolicy, TickStatus } from '#platform/db/generated/prisma/enums';

const minuteMs = 60_000;
const stretchMs = 15 * minuteMs;
const longestRepeatMs = 6 * 3_600_000;
const inTimeMs = 5_000;
const onceMs = 60_000;

/** Expressions beside what they mean: whether a time on the wall, as if it were UTC, fits. */
export const crons = [
  { cron: '*/20 * * * *', fits: (wall: Date) => wall.getUTCMinutes() % 20 === 0 },
  { cron: '30 2 * * *', fits: (wall: Date) => wall.getUTCHours() === 2 && wall.getUTCMinutes() === 30 },
  { cron: '15 1-3 * * *', fits: (wall: Date) => [1, 2, 3].includes(wall.getUTCHours()) && wall.getUTCMinutes() === 15 },
  { cron: '0 9 * * 1-5', fits: (wall: Date) => wall.getUTCHours() === 9 && wall.getUTCMinutes() === 0 && wall.getUTCDay() % 6 !== 0 },
  { cron: '0 0 29 3 *', fits: (wall: Date) => /^\d+-03-29T00:00/.test(wall.toISOString()) },
] as const;

export interface ModelTiming {
  /** An index of `crons`; null: an interval. */
  readonly cron: number | null;
  readonly intervalMs: number;
  readonly timeZone: string;
  readonly startAt: number;
  readonly endAt: number | null;
}

const offsets = new Map<string, number>();
const formats = new Map<string, Intl.DateTimeFormat>();

/** By how much the clocks of a zone are ahead of UTC; they change at quarters of an hour only. */
function offsetAt(timeZone: string, time: number): number {
  const from = Math.floor(time / stretchMs) * stretchMs;
  const key = `${timeZone} ${from}`;
  const known = offsets.get(key);
  if (known !== undefined) return known;
  const format = formats.get(timeZone) ?? new Intl.DateTimeFormat('sv', { timeZone, dateStyle: 'short', timeStyle: 'medium' });
  formats.set(timeZone, format);
  const offset = Date.parse(`${format.format(from).replace(' ', 'T')}Z`) - from;
  offsets.set(key, offset);
  return offset;
}

/** Every minute is looked at: it is one if a time that fits was never shown or leapt over before it, and is now. */
function cronTimes({ cron, timeZone }: ModelTiming, after: number, until: number): number[] {
  const pattern = crons[cron ?? 0];
  if (pattern === undefined) return [];
  const times: number[] = [];
  let shown = Number.NEGATIVE_INFINITY;
  const first = Math.floor(after / minuteMs) * minuteMs;
  for (let at = first - longestRepeatMs; at <= until; at += minuteMs) {
    const wall = at + offsetAt(timeZone, at);
    const before = Number.isFinite(shown) ? shown : wall - minuteMs;
    let fits = false;
    for (let passed = before + minuteMs; passed <= wall; passed += minuteMs) fits ||= pattern.fits(new Date(passed));
    shown = Math.max(before, wall);
    if (fits && at > after) times.push(at);
  }
  return times;
}

/** All nominal times after a moment and up to another one. */
export function nominalTimes(timing: ModelTiming, after: number, until: number): number[] {
  const { cron, intervalMs, startAt, endAt } = timing;
  const last = Math.min(until, endAt ?? until);
  if (cron !== null) return cronTimes(timing, Math.max(after, startAt - 1), last);
  const times: number[] = [];
  for (let at = startAt; at <= last; at += intervalMs) if (at > after) times.push(at);
  return times;
}

/** What is decided now about times that have come. */
export function decisions(times: readonly number[], now: number, misfire: MisfirePolicy): (readonly [number, TickStatus])[] {
  return times.map((at, index) => {
    const late = now - at;
    if (late <= inTimeMs) return [at, 'FIRED'];
    const caughtUp = misfire === 'RUN_ALL' || (misfire === 'RUN_ONCE' && index === times.length - 1 && late <= onceMs);
    return [at, caughtUp ? 'LATE' : 'SKIPPED'];
  });
}

export function same(a: ModelTiming, b: ModelTiming): boolean {
  if (a.cron !== b.cron || a.startAt !== b.startAt || a.endAt !== b.endAt) return false;
  return a.cron === null ? a.intervalMs === b.intervalMs : a.timeZone === b.timeZone;
}
