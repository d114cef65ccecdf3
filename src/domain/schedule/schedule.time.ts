import { createHash } from 'node:crypto';
import type { MisfirePolicy } from '#platform/db/generated/prisma/enums';
import { cronAfter } from './schedule.cron.js';

/** When a schedule fires, jitter aside. All times are in milliseconds since 1970. */
export type Cadence =
  /** At `startAt` and at whole intervals after it, up to and including `endAt`. */
  | { readonly kind: 'INTERVAL'; readonly startAt: number; readonly intervalMs: number; readonly endAt: number | null }
  /** Whenever the expression holds in the time zone, from `startAt` to `endAt`, both included. */
  | {
      readonly kind: 'CRON';
      readonly cron: string;
      readonly timeZone: string;
      readonly startAt: number;
      readonly endAt: number | null;
    }
  /** At `startAt`. */
  | { readonly kind: 'ONCE'; readonly startAt: number };

/** Fires later than their nominal time, each by up to this. What it is for one time follows from the key. */
export interface Jitter {
  /** The schedule's id. */
  readonly key: string;
  readonly jitterMs: number;
}

/** A schedule's columns that say when it fires. */
export interface TimedRow {
  readonly id: string;
  readonly kind: Cadence['kind'];
  readonly cron: string | null;
  readonly intervalMs: bigint | null;
  readonly timeZone: string;
  readonly startAt: Date;
  readonly endAt: Date | null;
  readonly jitterMs: number;
}

export function cadenceOf(row: Omit<TimedRow, 'id' | 'jitterMs'>): Cadence {
  const { kind, cron, timeZone, intervalMs } = row;
  const startAt = row.startAt.getTime();
  const endAt = row.endAt?.getTime() ?? null;
  if (kind === 'ONCE') return { kind, startAt };
  if (kind === 'CRON' && cron !== null) return { kind, cron, timeZone, startAt, endAt };
  if (kind === 'INTERVAL' && intervalMs !== null) return { kind, startAt, intervalMs: Number(intervalMs), endAt };
  throw new Error(`A schedule of the kind ${kind} lacks its timing.`);
}

/** The first nominal time after `time`; null when the schedule is over by then. */
export function nextNominal(cadence: Cadence, time: number): number | null {
  const next = following(cadence, time);
  return next === null || (cadence.kind !== 'ONCE' && cadence.endAt !== null && next > cadence.endAt) ? null : next;
}

function following(cadence: Cadence, time: number): number | null {
  const { startAt } = cadence;
  switch (cadence.kind) {
    case 'INTERVAL': {
      const { intervalMs } = cadence;
      return time < startAt ? startAt : startAt + (Math.floor((time - startAt) / intervalMs) + 1) * intervalMs;
    }
    case 'CRON':
      return cronAfter(cadence.cron, cadence.timeZone, Math.max(time, startAt - 1))?.instant ?? null;
    case 'ONCE':
      return time < startAt ? startAt : null;
  }
}

/**
 * How much later than `nominal` it fires. The same in every process and at every time, and always before the next nominal
 * time: fires keep their order.
 */
export function delayOf(cadence: Cadence, { key, jitterMs }: Jitter, nominal: number): number {
  if (jitterMs <= 0) return 0;
  const next = following(cadence, nominal);
  const widest = next === null ? jitterMs : Math.min(jitterMs, next - nominal);
  return createHash('sha256').update(`${key} ${nominal}`).digest().readUIntBE(0, 6) % widest;
}

/** A nominal time, and when it fires. */
export interface Fire {
  readonly nominal: number;
  readonly fireAt: number;
}

/** The first fire whose nominal time is after `time`. */
export function nextFire(cadence: Cadence, jitter: Jitter, time: number): Fire | null {
  const nominal = nextNominal(cadence, time);
  return nominal === null ? null : { nominal, fireAt: nominal + delayOf(cadence, jitter, nominal) };
}

/** The columns of a row for its next fire, as seen from a moment: what is past is not caught up. */
export function nextColumns(row: TimedRow, now: Date): { readonly nextNominalAt: Date | null; readonly nextFireAt: Date | null } {
  const next = nextFire(cadenceOf(row), { key: row.id, jitterMs: row.jitterMs }, now.getTime());
  return next === null ? noColumns : { nextNominalAt: new Date(next.nominal), nextFireAt: new Date(next.fireAt) };
}

/** The columns of a row that does not fire. */
export const noColumns = { nextNominalAt: null, nextFireAt: null } as const;

/** Fires this little late count as in time, and are never misfires: a short pause of a process must cost nothing. */
export const graceMs = 5_000;
/** RUN_ONCE fires the newest missed time if it is at most this late (inventory, 4.3). */
export const runOnceMs = 60_000;

export interface DueTime {
  readonly nominal: number;
  readonly fire: boolean;
  readonly late: boolean;
}

export interface Due {
  readonly times: readonly DueTime[];
  /** What comes after them; null when the schedule is over. */
  readonly next: Fire | null;
}

/**
 * What to do with the nominal times from `from` to `now`, oldest first, at most `most` of them. Times within the grace fire;
 * of those missed, RUN_ALL fires each, RUN_ONCE the newest if nothing else fires, SKIP none. `firstAt` is when the first one is due.
 */
export function dueTimes(
  cadence: Cadence,
  jitter: Jitter,
  from: number,
  now: number,
  policy: MisfirePolicy,
  most: number,
  firstAt = from + delayOf(cadence, jitter, from),
): Due {
  const times: DueTime[] = [];
  let fire: Fire | null = { nominal: from, fireAt: firstAt };
  while (fire !== null && fire.fireAt <= now && times.length < most) {
    const { nominal, fireAt } = fire;
    fire = nextFire(cadence, jitter, nominal);
    const lateMs = now - fireAt;
    const late = lateMs > graceMs;
    const newest = fire === null || fire.fireAt > now;
    const once = newest && lateMs <= runOnceMs;
    times.push({ nominal, late, fire: !late || policy === 'RUN_ALL' || (policy === 'RUN_ONCE' && once) });
  }
  return { times, next: fire };
}
