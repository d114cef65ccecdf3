import type { Platform } from '#platform/platform';
import { hasSuspects } from '#domain/run/run.claim';
import { cancelMissed, databaseNow, type MovedRun, reclaimRuns } from '#domain/run/run.lease';
import { isFinal } from '#domain/run/run.status';
import type { Claims } from './claims.js';

/** Finds what nobody brought: runs of lost workers, runs whose wake-up was lost, runs that must be alone. */
export interface Reconciler {
  close(): Promise<void>;
}

const everyMs = 1_000;
/** How often it looks for what cancellations missed, and how far back: a transaction that began before one ends within seconds. */
const cancelsEveryMs = 3_000;
const cancelsMs = 900_000;
/** The first look is over the time in which no worker may have been there. */
const cancelsAtStartMs = 86_400_000;

export interface ReconcilerParts {
  readonly platform: Platform;
  readonly claims: Claims;
  /** Runs wait that only a solo process may take; absent in such a process. */
  readonly onSuspects: (() => void) | null;
}

export function createReconciler({ platform, claims, onSuspects }: ReconcilerParts): Reconciler {
  const { clock, config, db, log, metrics, wake } = platform;
  const patienceMs = config.run.leaseMs / 3;
  // By the database's clock. Until then nothing is taken back: after a pause of PostgreSQL, of this process or of the machine, workers
  // that live get the time to renew before their runs are taken for lost.
  let last: Date | null = null;
  let quietUntil = 0;

  async function takeBack(): Promise<void> {
    const now = await databaseNow(db.sql);
    if (last === null || now.getTime() - last.getTime() > everyMs + patienceMs) quietUntil = now.getTime() + patienceMs;
    last = now;
    if (now.getTime() < quietUntil) return;
    const moved = await reclaimRuns(db.sql, config.run.crashesMax, now, patienceMs);
    if (moved.length === 0) return;
    metrics.leasesReclaimed.inc(moved.length);
    tell(moved);
    log.warn({ runs: moved.length }, 'runs were taken back from a worker that went silent');
  }

  let cancelsLookedAt = -Infinity;
  /** Runs that a cancelled run has started, and that its cancellation did not see. */
  async function cancelRest(): Promise<void> {
    const now = clock.elapsed();
    if (now - cancelsLookedAt < cancelsEveryMs) return;
    const moved = await cancelMissed(db.sql, cancelsLookedAt === -Infinity ? cancelsAtStartMs : cancelsMs);
    cancelsLookedAt = now;
    if (moved.length === 0) return;
    wake.send(
      'cancel',
      moved.map((run) => run.id),
    );
    tell(moved);
  }

  function tell(moved: readonly MovedRun[]): void {
    for (const run of moved) if (isFinal(run.status)) metrics.runsFinished.inc({ status: run.status });
    wake.send(
      'runs',
      moved.map((run) => run.id),
    );
    wake.send('batch');
    const over = moved.filter((run) => isFinal(run.status)).map((run) => run.id);
    if (over.length > 0) wake.send('thread', over);
  }

  /** Each part by itself: one that fails must not keep the others from being done. */
  async function pass(): Promise<void> {
    const part = (work: Promise<unknown>): Promise<unknown> =>
      work.catch((error: unknown) => log.warn({ err: error }, 'the reconciler will try again'));
    claims.pull();
    await part(takeBack());
    await part(cancelRest());
    if (onSuspects !== null) await part(hasSuspects(db.sql).then((some) => (some ? onSuspects() : undefined)));
  }

  let running: Promise<void> | null = null;
  const timer = setInterval(() => {
    running ??= pass().finally(() => {
      running = null;
    });
  }, everyMs);
  return {
    close: async () => {
      clearInterval(timer);
      await running;
    },
  };
}
