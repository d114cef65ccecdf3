import type { MisfirePolicy } from '#platform/db/generated/prisma/enums';

/** When a schedule fires: at `startAt` and at whole intervals after it, up to and including `endAt`. Times in milliseconds since 1970. */
export interface Cadence {
  readonly startAt: number;
  readonly intervalMs: number;
  readonly endAt: number | null;
}

/** The first nominal time after `time`; null when the schedule has ended by then. */
export function nextNominal(cadence: Cadence, time: number): number | null {
  const { startAt, intervalMs, endAt } = cadence;
  const next = time < startAt ? startAt : startAt + (Math.floor((time - startAt) / intervalMs) + 1) * intervalMs;
  return endAt !== null && next > endAt ? null : next;
}

/** Fires this little late count as in time, and are never misfires: a short pause of a process must cost nothing. */
export const graceMs = 5_000;
/** RUN_ONCE fires the newest missed time if it is at most this late (inventory, 4.3). */
export const runOnceMs = 60_000;

export interface DueTime {
  readonly nominal: number;
  readonly fire: boolean;
  readonly late: boolean;
}

/**
 * What to do with the nominal times from `from` to `now`, oldest first, at most `most` of them. Times within the grace fire;
 * of those missed, RUN_ALL fires each, RUN_ONCE the newest if nothing else fires, SKIP none.
 */
export function dueTimes(cadence: Cadence, from: number, now: number, policy: MisfirePolicy, most: number): DueTime[] {
  const newest = newestNominal(cadence, now);
  const times: DueTime[] = [];
  for (
    let nominal: number | null = from;
    nominal !== null && nominal <= now && times.length < most;
    nominal = nextNominal(cadence, nominal)
  ) {
    const lateMs = now - nominal;
    const late = lateMs > graceMs;
    const once = nominal === newest && lateMs <= runOnceMs;
    times.push({ nominal, late, fire: !late || policy === 'RUN_ALL' || (policy === 'RUN_ONCE' && once) });
  }
  return times;
}

function newestNominal({ startAt, intervalMs, endAt }: Cadence, now: number): number {
  const until = endAt === null ? now : Math.min(now, endAt);
  return startAt + Math.floor((until - startAt) / intervalMs) * intervalMs;
}
