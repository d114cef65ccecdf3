import type { Platform } from '#platform/platform';
import { approvalsDue, expireApprovals } from '#domain/run/approval.decide';
import { nextWaitMs, queueDueRuns } from '#domain/run/run.lease';
import { isFinal } from '#domain/run/run.status';
import { nextTimerMs } from '#domain/rule/rule.timer';
import { fireTimers } from '#domain/rule/timer.service';
import { fireDueSchedules, nextFireMs } from '#domain/schedule/schedule.ticks';
import { createPauses } from './pauses.js';

/** Does what has a time: waits and pauses that are over, schedules that are due. What is due is decided by the database's clock. */
export interface Ticker {
  /** Something will be due in this many milliseconds. */
  poke(ms: number): void;
  close(): Promise<void>;
}

/** Longest sleep: what another process made due is found within it. */
const longestMs = 1_000;
/** Shortest sleep when something stays due and nothing could be done: another worker is at it. */
const shortestMs = 250;

/** How long schedules that are due together may keep waits from being looked at, and their own runs from being started: 5 000 ticks are to be there within it. */
const burstMs = 2_000;

export interface TickerParts {
  /** Takes runs that no job names. */
  readonly pull: () => void;
  /** Schedules fired: runs may wait for their threads. */
  readonly fired: () => void;
}

export function createTicker(platform: Platform, { pull, fired }: TickerParts): Ticker {
  const { db, log, metrics, queue, wake } = platform;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  let wakeAt = Number.POSITIVE_INFINITY;
  let running: Promise<void> = Promise.resolve();
  let busy = false;
  /** When a pass was asked for while one was under way. */
  let wantedAt = Number.POSITIVE_INFINITY;

  async function pass(): Promise<number> {
    let moved = 0;
    const due = await queueDueRuns(db.sql);
    if (due.length > 0) {
      queue.wake(due.filter((run) => !isFinal(run.status)).map((run) => run.id));
      for (const { status } of due) if (isFinal(status)) metrics.runsFinished.inc({ status });
      wake.send(
        'runs',
        due.map((run) => run.id),
      );
      wake.send('batch');
      moved += due.length;
    }
    moved += await approvals();
    const decided = await fireDueSchedules(platform, burstMs);
    if (decided > 0) fired();
    moved += decided;
    moved += await pauses.pass();
    moved += await timers();
    const next = Math.min(
      (await nextWaitMs(db.sql)) ?? longestMs,
      (await nextFireMs(db.sql)) ?? longestMs,
      (await nextTimerMs(db.sql)) ?? longestMs,
      longestMs,
    );
    if (next > 0) return next;
    // Behind: the next batch at once, waits and schedules in turn.
    return moved > 0 ? 0 : shortestMs;
  }

  /** Approvals that nobody gave in time. */
  async function approvals(): Promise<number> {
    if (!(await approvalsDue(db.sql))) return 0;
    const { approvalIds, ended, woken } = await db.begin((sql) => expireApprovals(sql));
    if (approvalIds.length === 0) return 0;
    metrics.runsFinished.inc({ status: 'CANCELED' }, ended.length);
    queue.wake(woken);
    wake.send('runs', [...ended, ...woken, ...approvalIds]);
    wake.send('batch');
    return approvalIds.length;
  }

  /** Rules that are due. */
  async function timers(): Promise<number> {
    const until = platform.clock.elapsed() + burstMs;
    for (let total = 0; ; ) {
      if (((await nextTimerMs(db.sql)) ?? 1) > 0) return total;
      const { fired, more } = await fireTimers(platform);
      total += fired;
      if (!more || platform.clock.elapsed() > until) return total;
    }
  }

  function sleep(ms: number): void {
    const at = platform.clock.elapsed() + ms;
    if (busy) wantedAt = Math.min(wantedAt, at);
    if (closed || busy || at >= wakeAt) return;
    clearTimeout(timer);
    wakeAt = at;
    timer = setTimeout(() => {
      wakeAt = Number.POSITIVE_INFINITY;
      wantedAt = Number.POSITIVE_INFINITY;
      busy = true;
      running = pass()
        .then((next) => (pauses.due() ? 0 : next))
        .catch((error: unknown) => {
          log.warn({ err: error }, 'the ticker will try again');
          return longestMs;
        })
        .then((next) => {
          busy = false;
          sleep(Math.min(next, Math.max(wantedAt - platform.clock.elapsed(), 0)));
        });
    }, ms);
  }

  const pauses = createPauses({ platform, poke: () => sleep(0), pull });
  const unhear = [wake.on('schedules', () => sleep(0)), wake.on('timers', () => sleep(0))];
  sleep(0);
  return {
    poke: (ms) => sleep(Math.max(ms, 0) + 1),
    close: async () => {
      closed = true;
      for (const stop of unhear) stop();
      pauses.close();
      clearTimeout(timer);
      await running;
    },
  };
}
