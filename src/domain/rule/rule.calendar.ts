import type { Json } from '#plan/plan';
import { isTimeZone, spanAfter, spanAt } from '#domain/schedule/schedule.zone';

/** When work is done: by the clocks of a time zone. */
export interface Calendar {
  readonly timeZone: string;
  /** For each day of the week, from Sunday, the stretches of work in minutes after midnight, in order and apart from each other. */
  readonly week: readonly (readonly Stretch[])[];
  /** Days without work: `2026-12-25`. */
  readonly holidays: ReadonlySet<string>;
}

interface Stretch {
  readonly from: number;
  readonly until: number;
}

const dayMs = 86_400_000;
const minuteMs = 60_000;
/** Further is not looked: what is not reached by then never is. */
export const horizonMs = 3_653 * dayMs;

const days = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const;

/** A calendar's properties: `time_zone`, `hours: [{ day, from, to }]` and `holidays`. Null: they tell no hours. */
export function calendarOf(properties: { readonly [name: string]: Json }): Calendar | null {
  const { time_zone: zone, hours, holidays } = properties;
  const timeZone = typeof zone === 'string' && isTimeZone(zone) ? zone : 'UTC';
  if (!Array.isArray(hours)) return null;
  const week: Stretch[][] = days.map(() => []);
  for (const entry of hours as readonly Json[]) {
    if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) continue;
    const { day, from, to } = entry as { readonly [name: string]: Json };
    const [start, end] = [minutesOf(from), minutesOf(to)];
    if (start !== null && end !== null && start < end) week[days.findIndex((name) => name === day)]?.push({ from: start, until: end });
  }
  return {
    timeZone,
    week: week.map(apart),
    holidays: new Set(Array.isArray(holidays) ? (holidays as readonly Json[]).filter((day) => typeof day === 'string') : []),
  };
}

/** `09:30` is 570; `24:00` is the end of a day. */
function minutesOf(text: Json | undefined): number | null {
  const match = typeof text === 'string' ? /^(\d\d):(\d\d)$/.exec(text) : null;
  if (match === null) return null;
  const minutes = Number(match[1]) * 60 + Number(match[2]);
  return Number(match[2]) < 60 && minutes <= 1_440 ? minutes : null;
}

/** Stretches that touch or overlap are one. */
function apart(stretches: readonly Stretch[]): readonly Stretch[] {
  const sorted = [...stretches].sort((one, other) => one.from - other.from);
  const found: Stretch[] = [];
  for (const stretch of sorted) {
    const last = found.at(-1);
    if (last === undefined || last.until < stretch.from) found.push(stretch);
    else found[found.length - 1] = { from: last.from, until: Math.max(last.until, stretch.until) };
  }
  return found;
}

/** The stretches of work that end after an instant, as instants, until one. An hour that a change of the clocks leaves out is none; one that it repeats counts twice. */
function* working({ timeZone, week, holidays }: Calendar, start: number, end: number): Generator<Stretch> {
  for (let span = spanAt(timeZone, start); ; ) {
    const last = Math.min(span.until, end);
    // The local day in which the span, or what is asked for, begins.
    const first = Math.floor((Math.max(span.from, start) + span.offset) / dayMs);
    for (let day = first; day * dayMs - span.offset < last; day++) {
      // 1970 began on a Thursday.
      const stretches = week[(((day + 4) % 7) + 7) % 7] ?? [];
      if (stretches.length === 0 || holidays.has(dateOf(day))) continue;
      for (const stretch of stretches) {
        const from = Math.max(day * dayMs + stretch.from * minuteMs - span.offset, span.from, start);
        const until = Math.min(day * dayMs + stretch.until * minuteMs - span.offset, last);
        if (from < until) yield { from, until };
      }
    }
    const next = span.until < end ? spanAfter(timeZone, span) : null;
    if (next === null) return;
    span = next;
  }
}

const dateOf = (day: number): string => new Date(day * dayMs).toISOString().slice(0, 10);

/** The first instant by which so much working time has passed since `start`; null: it is not reached within ten years. */
export function targetAt(calendar: Calendar, start: number, lengthMs: number): number | null {
  if (lengthMs <= 0) return lengthMs === 0 ? start : null;
  let left = lengthMs;
  for (const { from, until } of working(calendar, start, start + horizonMs)) {
    if (until - from >= left) return from + left;
    left -= until - from;
  }
  return null;
}

/** The working time between two instants, in milliseconds; negative where the second is before the first. Null: they are more than ten years apart. */
export function workingTime(calendar: Calendar, start: number, end: number): number | null {
  if (end < start) {
    const back = workingTime(calendar, end, start);
    return back === null ? null : 0 - back;
  }
  if (end - start > horizonMs) return null;
  let total = 0;
  for (const { from, until } of working(calendar, start, end)) total += until - from;
  return total;
}
