import type { Platform } from '#platform/platform';
import { hasSuspects } from '#domain/run/run.claim';
import { reclaimRuns } from '#domain/run/run.lease';
import { isFinal } from '#domain/run/run.status';
import { forgetIdempotencyKeys } from '#domain/tenant/idempotency';
import type { Claims } from './claims.js';

/** Finds what nobody brought: runs of lost workers, runs whose wake-up was lost, runs that must be alone, keys to forget. */
export interface Reconciler {
  close(): Promise<void>;
}

const everyMs = 1_000;
/** Old idempotency keys are looked for this often when there were none. */
const forgetMs = 60_000;

export interface ReconcilerParts {
  readonly platform: Platform;
  readonly claims: Claims;
  /** Runs wait that only a solo process may take; absent in such a process. */
  readonly onSuspects: (() => void) | null;
}

export function createReconciler({ platform, claims, onSuspects }: ReconcilerParts): Reconciler {
  const { clock, config, db, log, metrics, wake } = platform;
  // After PostgreSQL was away, workers that live get the time to renew before their runs are taken for lost.
  let quietUntil = clock.elapsed() + config.run.leaseMs / 3;

  let forgetAt = clock.elapsed();

  async function pass(): Promise<void> {
    try {
      if (clock.elapsed() >= quietUntil) {
        const moved = await reclaimRuns(db.sql, config.run.crashesMax);
        if (moved.length > 0) {
          metrics.leasesReclaimed.inc(moved.length);
          for (const run of moved) if (isFinal(run.status)) metrics.runsFinished.inc({ status: run.status });
          wake.send(
            'runs',
            moved.map((run) => run.id),
          );
          wake.send('batch');
          log.warn({ runs: moved.length }, 'runs were taken back from a worker that went silent');
        }
      }
      if (clock.elapsed() >= forgetAt) {
        const forgotten = await forgetIdempotencyKeys(db.sql, config.run.idempotencyMs);
        forgetAt = clock.elapsed() + (forgotten > 0 ? 0 : forgetMs);
      }
      if (onSuspects !== null && (await hasSuspects(db.sql))) onSuspects();
      // Not awaited: a long backlog is pulled for as long as it lasts, and lost runs must not wait for that.
      claims.pull().catch((error: unknown) => log.warn({ err: error }, 'runs could not be pulled'));
    } catch (error) {
      quietUntil = clock.elapsed() + config.run.leaseMs / 3;
      log.warn({ err: error }, 'the reconciler will try again');
    }
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
