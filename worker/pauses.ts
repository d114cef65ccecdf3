import type { Platform } from '#platform/platform';
import { parkPausedRuns, releasePausedRuns } from '#domain/run/run.pause';

/** Parks the runs that a pause covers and queues those again whose pause has ended. */
export interface Pauses {
  /** Whether there may be something to do: a pause was made or has ended, or the last look is a second old. */
  due(): boolean;
  /** Answers how many runs were moved; above 0 there may be more. */
  pass(): Promise<number>;
  close(): void;
}

const everyMs = 1_000;

export interface PausesParts {
  readonly platform: Platform;
  /** Something is due now. */
  readonly poke: () => void;
  /** Runs are queued that no job names. */
  readonly pull: () => void;
}

export function createPauses({ platform, poke, pull }: PausesParts): Pauses {
  const { clock, config, db, log, queue, wake } = platform;
  let lookAt = 0;
  const unhear = wake.on('pause', () => {
    lookAt = 0;
    poke();
  });

  function tell(runIds: readonly string[]): void {
    if (runIds.length === 0) return;
    wake.send('runs', runIds);
    wake.send('batch');
  }

  return {
    due: () => clock.elapsed() >= lookAt,
    pass: async () => {
      if (clock.elapsed() < lookAt) return 0;
      lookAt = clock.elapsed() + everyMs;
      // First what is free again. That the others are parked only shows what their claims know anyway: it must not hold up anything else.
      const released = await releasePausedRuns(db.sql, config.run.dispatchWindow);
      const parked = await parkPausedRuns(db.sql).catch((error: unknown) => {
        log.warn({ err: error }, 'paused runs will be parked a little later');
        return [];
      });
      tell([...parked, ...released.map((run) => run.id)]);
      queue.wake(released.flatMap((run) => (run.dispatched ? [run.id] : [])));
      if (released.some((run) => !run.dispatched)) pull();
      const moved = parked.length + released.length;
      if (moved > 0) lookAt = 0;
      return moved;
    },
    close: unhear,
  };
}
