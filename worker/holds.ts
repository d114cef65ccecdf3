import type { Platform } from '#platform/platform';
import type { ClaimedRun } from '#domain/run/run.claim';
import { renewLeases } from '#domain/run/run.lease';

/** Why a run in execution is stopped. */
export type StopReason =
  /** A person asked for it. */
  | 'CANCELED'
  /** The run's budget is used up. */
  | 'TIMED_OUT'
  /** Another worker has it. */
  | 'LOST'
  /** This worker is stopping. */
  | 'HANDED_OVER';

/** A run that this worker holds. */
export interface Hold {
  readonly run: ClaimedRun;
  readonly signal: AbortSignal;
  /** Set before the signal aborts. */
  reason(): StopReason | null;
  stop(reason: StopReason): void;
}

export function createHold(run: ClaimedRun): Hold {
  const controller = new AbortController();
  let reason: StopReason | null = null;
  return {
    run,
    signal: controller.signal,
    reason: () => reason,
    stop: (why) => {
      if (reason !== null) return;
      reason = why;
      controller.abort();
    },
  };
}

/** The leases of one worker, renewed together. */
export interface Holds {
  add(run: ClaimedRun): Hold;
  remove(hold: Hold): void;
  all(): readonly Hold[];
  close(): Promise<void>;
}

/** Leases are renewed this often per lease length: three may fail before one expires. */
const renewalsPerLease = 6;

export function createHolds(platform: Platform): Holds {
  const { config, clock, db, log, wake } = platform;
  const held = new Map<string, Hold & { readonly since: number }>();
  const everyMs = config.run.leaseMs / renewalsPerLease;

  async function renew(): Promise<void> {
    // A lease younger than an interval needs none, so short runs cost no renewal.
    const now = clock.elapsed();
    const due = [...held.values()].filter((hold) => now - hold.since >= everyMs);
    if (due.length === 0) return;
    const states = await renewLeases(
      db.sql,
      platform.id,
      due.map((hold) => hold.run),
      config.run.leaseMs,
    );
    const known = new Map(states.map((state) => [state.id, state]));
    for (const hold of due) {
      const state = known.get(hold.run.id);
      if (state?.epoch !== hold.run.epoch || state.status !== 'RUNNING') {
        // It may have been finished by this worker while the answer was on its way.
        if (held.get(hold.run.id) === hold) hold.stop('LOST');
      } else if (state.cancelRequested) hold.stop('CANCELED');
    }
  }

  let renewing: Promise<void> | null = null;
  const timer = setInterval(() => {
    renewing ??= renew()
      .catch((error: unknown) => log.warn({ err: error }, 'leases could not be renewed'))
      .finally(() => {
        renewing = null;
      });
  }, everyMs);
  const unheard = wake.on('cancel', (runIds) => {
    for (const runId of runIds) held.get(runId)?.stop('CANCELED');
  });

  return {
    add: (run) => {
      const hold = { ...createHold(run), since: clock.elapsed() };
      // An execution of an earlier claim may still be under way here: its lease was lost, and the run came back.
      held.get(run.id)?.stop('LOST');
      held.set(run.id, hold);
      return hold;
    },
    remove: (hold) => {
      if (held.get(hold.run.id) === hold) held.delete(hold.run.id);
    },
    all: () => [...held.values()],
    close: async () => {
      clearInterval(timer);
      unheard();
      await renewing;
    },
  };
}
