import type { Schedule } from '#platform/db/generated/prisma/client';
import type { Work } from '#domain/work';
import { type TimedRow, cadenceOf, nextColumns, nextFire, nextNominal } from './schedule.time.js';

type Next = Pick<Schedule, 'id' | 'nextNominalAt' | 'nextFireAt'>;

/** Why a nominal time that had come has no run, where a person decided it. */
export const skipReasons = {
  changed: 'The schedule was changed while this fire waited out its jitter.',
  disabled: 'It was disabled while this fire waited out its jitter.',
  automationDisabled: 'Its automation was disabled while this fire waited out its jitter.',
  wentBy: 'Its only moment went by while its automation was disabled.',
} as const;

/** The nominal time that has come and waits out its jitter; null when there is none. */
function pendingOf({ nextNominalAt, nextFireAt }: Next, now: Date): Date | null {
  return nextNominalAt !== null && nextFireAt !== null && nextNominalAt <= now && now < nextFireAt ? nextNominalAt : null;
}

/** Records the fires that wait out their jitter as skipped, before locked schedules forget them. */
export async function skipPending(work: Work, schedules: readonly Next[], reason: string): Promise<void> {
  await skip(
    work,
    schedules.flatMap((schedule) => {
      const nominalAt = pendingOf(schedule, work.now);
      return nominalAt === null ? [] : [{ scheduleId: schedule.id, nominalAt }];
    }),
    reason,
  );
}

/** Records nominal times as skipped; one that is in the ledger stays as it was decided. */
export async function skip(
  work: Work,
  times: readonly { readonly scheduleId: string; readonly nominalAt: Date }[],
  reason: string,
): Promise<void> {
  if (times.length === 0) return;
  const data = times.map((time) => ({ ...time, status: 'SKIPPED' as const, reason, runId: null, decidedAt: work.now }));
  await work.tx.tick.createMany({ data, skipDuplicates: true });
}

/**
 * The columns for the next fire of a locked schedule whose timing changes. A fire that waits out its jitter stays when its nominal time is
 * one of the new timing, too; else it is recorded as skipped. So it is where the new timing has had other times since, which nobody waited for.
 */
export async function movedColumns(work: Work, before: Next, after: TimedRow): Promise<Pick<Next, 'nextNominalAt' | 'nextFireAt'>> {
  const pending = pendingOf(before, work.now)?.getTime();
  if (pending === undefined) return nextColumns(after, work.now);
  const cadence = cadenceOf(after);
  const kept = nextFire(cadence, { key: after.id, jitterMs: after.jitterMs }, pending - 1);
  const following = nextNominal(cadence, pending);
  const now = work.now.getTime();
  if (kept?.nominal === pending && (following === null || following > now))
    // It was never late: one whose delay is shorter now, and over, is due from now on.
    return { nextNominalAt: new Date(pending), nextFireAt: new Date(Math.max(kept.fireAt, now)) };
  await skipPending(work, [before], skipReasons.changed);
  return nextColumns(after, work.now);
}

/** Whether the only moment of a schedule was decided by itself, and not by the person who disabled it. */
export async function wasDecided(work: Work, { id: scheduleId, startAt }: Pick<Schedule, 'id' | 'startAt'>): Promise<boolean> {
  const where = { scheduleId_nominalAt: { scheduleId, nominalAt: startAt } };
  const tick = await work.tx.tick.findUnique({ where, select: { reason: true } });
  return tick !== null && tick.reason !== skipReasons.disabled;
}
