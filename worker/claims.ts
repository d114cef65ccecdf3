import { createBatch } from '#platform/batch';
import { databaseFailure } from '#platform/db/failure';
import type { Platform } from '#platform/platform';
import { type ClaimedRun, type ClaimOptions, claimRuns, giveBackRuns, pullCappedRuns, pullRuns } from '#domain/run/run.claim';
import type { Slots } from './slots.js';

/** How runs come to a worker: by jobs that name them, or by pulling those that no job names any more. */
export interface Claims {
  /** A job's runs: claimed as places become free, or given back when none does. */
  take(runIds: readonly string[]): Promise<void>;
  /** Pulls for as long as there is something to pull and a place for it. */
  pull(): Promise<void>;
  close(): Promise<void>;
}

/** A job waits this long for a place before its runs are given to whichever worker has one. */
const patienceMs = 1_000;
const mostClaims = 200;

export interface ClaimsParts {
  readonly platform: Platform;
  readonly slots: Slots;
  readonly total: number;
  readonly options: ClaimOptions;
  /** Starts a run; its place is given back when it is done. */
  readonly start: (run: ClaimedRun) => void;
}

export function createClaims({ platform, slots, total, options, start }: ClaimsParts): Claims {
  const { db, log, wake } = platform;
  const ending = new AbortController();
  const batch = createBatch<string, ClaimedRun | null>({
    flush: async (runIds) => {
      const claimed = new Map((await claimRuns(db.sql, runIds, options)).map((run) => [run.id, run]));
      announce([...claimed.keys()]);
      // Two jobs may name the same run: only the first gets it.
      return runIds.map((runId) => {
        const run = claimed.get(runId) ?? null;
        claimed.delete(runId);
        return run;
      });
    },
    most: mostClaims,
    separable: (error) => databaseFailure(error) === 'DATA',
  });

  function announce(runIds: readonly string[]): void {
    if (runIds.length === 0) return;
    wake.send('runs', runIds);
    wake.send('batch');
  }

  async function claim(runId: string): Promise<void> {
    const run = await batch.add(runId).catch((error: unknown) => {
      log.warn({ err: error, runId }, 'a run could not be claimed; it will be pulled');
      return null;
    });
    if (run === null) slots.give(1);
    else start(run);
  }

  async function pullOnce(most: number): Promise<number> {
    const open = await pullRuns(db.sql, most, options);
    const capped = open.length < most ? await db.begin((sql) => pullCappedRuns(sql, most - open.length, options)) : [];
    const runs = [...open, ...capped];
    announce(runs.map((run) => run.id));
    for (const run of runs) start(run);
    return runs.length;
  }

  let pulling: Promise<void> | null = null;
  async function pullAll(): Promise<void> {
    while (!ending.signal.aborted) {
      // A quarter of the places at a time, so that a long backlog is pulled in batches and not one by one.
      await slots.available(Math.ceil(total / 4), ending.signal);
      const room = await slots.take(total, 0);
      let used = 0;
      try {
        used = room === 0 ? 0 : await pullOnce(room);
      } finally {
        slots.give(room - used);
      }
      if (used === 0) return;
    }
  }

  return {
    take: async (runIds) => {
      let rest = [...runIds];
      while (rest.length > 0) {
        const room = ending.signal.aborted ? 0 : await slots.take(rest.length, patienceMs);
        if (room === 0) return giveBackRuns(db.sql, rest);
        const part = rest.slice(0, room);
        rest = rest.slice(room);
        await Promise.all(part.map(claim));
      }
    },
    pull: () =>
      (pulling ??= pullAll().finally(() => {
        pulling = null;
      })),
    close: async () => {
      ending.abort();
      await pulling?.catch(() => undefined);
      await batch.idle();
    },
  };
}
