import { Cron } from 'croner';
import { type Span, spanAfter, spanAt, spanBefore } from './schedule.zone.js';

/**
 * Cron in a time zone. Wall-clock times are kept as if they were UTC, so that the pattern is searched without any zone; the
 * spans of the zone lay them on the line of time:
 *
 * - each wall-clock time is one instant: the first at which a clock of the zone shows it or has passed it;
 * - a time that the clocks leap over is therefore the end of the leap, and several of them are one instant, one fire;
 * - a time that the clocks show twice is the first of the two.
 *
 * The rule is the same for all patterns: croner's own distinguishes fixed times from intervals, so it only ever sees UTC here.
 */

/** Longest expression. */
export const cronLength = 256;

/** Patterns by their text. Few, since one takes 80 KB; parsing one takes 0.04 ms. */
const patterns = new Map<string, Cron>();
const mostPatterns = 64;

function patternOf(expression: string): Cron {
  const found = patterns.get(expression);
  if (found !== undefined) return found;
  const pattern = new Cron(expression, { timezone: 'UTC', mode: '5-or-6-parts', paused: true });
  const [oldest] = patterns.keys();
  if (oldest !== undefined && patterns.size >= mostPatterns) patterns.delete(oldest);
  patterns.set(expression, pattern);
  return pattern;
}

/** What is wrong with an expression, for a person to read; null when it can be read. */
export function cronProblem(expression: string): string | null {
  try {
    patternOf(expression);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message.replace(/^CronPattern: /, '') : 'It cannot be read.';
  }
}

const second = 1_000;

/** The first wall-clock time of the pattern after `wall`; null when there is none before the year 3000, where croner ends. */
function wallAfter(pattern: Cron, wall: number): number | null {
  return pattern.nextRun(new Date(wall))?.getTime() ?? null;
}

/** The first wall-clock time that belongs to a span: those before it were all shown, or leapt over, in the spans before. */
function firstWall(timeZone: string, span: Span): number {
  const before = spanBefore(timeZone, span);
  return before === null ? Number.NEGATIVE_INFINITY : before.until + before.offset;
}

/** A fire of a cron schedule. Milliseconds since 1970; the wall-clock time as if it were UTC. */
export interface CronFire {
  readonly instant: number;
  readonly wall: number;
}

/** The first fire after an instant. */
export function cronAfter(expression: string, timeZone: string, time: number): CronFire | null {
  let span = spanAt(timeZone, time);
  // While the clocks repeat what they have shown, none of it counts.
  const shown = Math.max(time + span.offset, firstWall(timeZone, span) - second);
  const wall = wallAfter(patternOf(expression), shown);
  if (wall === null) return null;
  for (;;) {
    const next: Span | null = wall < span.until + span.offset ? null : spanAfter(timeZone, span);
    if (next === null) return { wall, instant: Math.max(wall - span.offset, span.from) };
    span = next;
  }
}

/** The last century that croner searches. Every kind of year occurs in it: leap or not, beginning on each day of the week. */
const beforeLastCentury = Date.UTC(2899, 11, 31, 23, 59, 59);

/** Whether an expression that can be read ever fires: `0 0 30 2 *` does not. Takes some milliseconds for the worst. */
export function everFires(expression: string): boolean {
  return wallAfter(patternOf(expression), beforeLastCentury) !== null;
}
