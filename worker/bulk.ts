import { createPulse } from '#platform/events/pulse';
import type { Platform } from '#platform/platform';
import { runningOperations } from '#domain/run/bulk.items';
import { type BulkStep, stepBulkOperation } from '#domain/run/bulk.step';

/** Goes through the runs of bulk operations. Woken by their commit, and looks for what was left behind every second. */
export interface Bulk {
  close(): Promise<void>;
}

const everyMs = 1_000;

/** `pull`: takes runs that no job names. */
export function createBulk(platform: Platform, pull: () => void): Bulk {
  const { db, log, queue, wake } = platform;
  const ending = new AbortController();
  const stopping = (): boolean => ending.signal.aborted;

  function tell(id: string, { canceled, made, dispatched, threaded }: BulkStep): void {
    wake.send('bulk', [id]);
    if (canceled.length > 0) wake.send('cancel', canceled);
    if (canceled.length > 0) wake.send('runs', canceled);
    if (threaded.length > 0) wake.send('thread', threaded);
    if (dispatched) queue.wake(made);
    else if (made.length > 0) pull();
    wake.send('batch');
  }

  /** One batch of each operation in turn, so that a short one need not wait for the end of a long one. */
  async function pass(): Promise<void> {
    /** Those that could not go on: their turn comes with the next pass. */
    const held = new Set<string>();
    while (!stopping()) {
      // Asked each time, for operations that came meanwhile.
      const open = await runningOperations(db.sql, [...held]);
      if (open.length === 0) return;
      for (const id of open) {
        if (stopping()) return;
        const step = await db
          .begin((sql) => stepBulkOperation(sql, id))
          .catch((error: unknown) => {
            // By itself: one that fails must not keep the others from going on.
            log.warn({ err: error, operation: id }, 'a batch of a bulk operation is tried again');
            return null;
          });
        if (step === null || step.settled === 0) held.add(id);
        else tell(id, step);
      }
    }
  }

  const pulse = createPulse({ name: 'bulk operations', log, work: pass, pauseMs: () => everyMs });
  const unhear = wake.on('bulk', () => pulse.poke());
  pulse.poke();
  return {
    close: async () => {
      ending.abort();
      unhear();
      await pulse.close();
    },
  };
}
