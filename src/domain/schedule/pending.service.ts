import type { Schedule } from '#platform/db/generated/prisma/client';
import type { Work } from '#domain/work';
import { type TimedRow, cadenceOf, nextColumns, nextFire, nextNominal } from './schedule.time.js';

type Next = Pick<Schedule, 'id' | 'nextNominalAt' | 'nextFireAt'>;

/** What takes a nominal time that has come away before it fires. */
const causes = {
  changed: 'The schedule was changed',
  disabled: 'It was disabled',
  automationDisabled: 'Its automation was disabled',
} as const;

/** When its only moment went by without it. */
export const wentBy = 'Its only moment went by while its automation was disabled.';

/** The fire whose nominal time has come, and that waits out its jitter or is about to be decided; null when there is none. */
function pendingOf({ nextNominalAt, nextFireAt }: Next, now: Date): { readonly nominalAt: Date; readonly fireAt: Date } | null {
  return nextNominalAt !== null && nextFireAt !== null && nextNominalAt <= now ? { nominalAt: nextNominalAt, fireAt: nextFireAt } : null;
}

/** Records the pending fires of locked schedules as skipped, before these forget them. */
export async function skipPending(work: Work, schedules: readonly Next[], cause: keyof typeof causes): Promise<void> {
  const pending = schedules.flatMap((schedule) => {
    const fire = pendingOf(schedule, work.now);
    return fire === null ? [] : [{ scheduleId: schedule.id, ...fire }];
  });
  for (const [waits, how] of [
    [true, 'while this fire waited out its jitter.'],
    [false, 'before this fire was decided.'],
  ] as const)
    await skip(
      work,
      pending.filter(({ fireAt }) => fireAt > work.now === waits),
      `${causes[cause]} ${how}`,
    );
}

/** Records nominal times as skipped; one that is in the ledger stays as it was decided. */
export async function skip(
  work: Work,
  times: readonly { readonly scheduleId: string; readonly nominalAt: Date }[],
  reason: string,
): Promise<void> {
  if (times.length === 0) return;
  const data = times.map(({ scheduleId, nominalAt }) => ({
    scheduleId,
    nominalAt,
    status: 'SKIPPED' as const,
    reason,
    runId: null,
    decidedAt: work.now,
  }));
  await work.tx.tick.createMany({ data, skipDuplicates: true });
}

/**
 * The columns for the next fire of a locked schedule whose timing changes. A pending fire stays when its nominal time is one of the new
 * timing, too; else it is recorded as skipped. So it is where the new timing has had other times since, which nobody waited for.
 */
export async function movedColumns(work: Work, before: Next, after: TimedRow): Promise<Pick<Next, 'nextNominalAt' | 'nextFireAt'>> {
  const pending = pendingOf(before, work.now);
  if (pending === null) return nextColumns(after, work.now);
  const cadence = cadenceOf(after);
  const now = work.now.getTime();
  const nominal = pending.nominalAt.getTime();
  const kept = nextFire(cadence, { key: after.id, jitterMs: after.jitterMs }, nominal - 1);
  const following = nextNominal(cadence, nominal);
  if (kept?.nominal === nominal && (following === null || following > now)) {
    // One whose delay is shorter now, and over, was not late until now.
    const fireAt = Math.max(kept.fireAt, Math.min(now, pending.fireAt.getTime()));
    return { nextNominalAt: pending.nominalAt, nextFireAt: new Date(fireAt) };
  }
  await skipPending(work, [before], 'changed');
  return nextColumns(after, work.now);
}

/** Whether the only moment of a schedule was decided by itself, and not by the person who disabled it. */
export async function wasDecided(work: Work, schedule: Pick<Schedule, 'id' | 'startAt' | 'forgotUntil'>): Promise<boolean> {
  const { id: scheduleId, startAt, forgotUntil } = schedule;
  // Its entry is not kept for ever.
  if (forgotUntil !== null && forgotUntil >= startAt) return true;
  const where = { scheduleId_nominalAt: { scheduleId, nominalAt: startAt } };
  const tick = await work.tx.tick.findUnique({ where, select: { reason: true } });
  return tick !== null && tick.reason?.startsWith(causes.disabled) !== true;
}
