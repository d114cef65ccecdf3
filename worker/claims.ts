import { createBatch } from '#platform/batch';
import { databaseFailure } from '#platform/db/failure';
import type { Platform } from '#platform/platform';
import {
  type ClaimedRun,
  type ClaimOptions,
  claimRuns,
  giveBackRuns,
  pullCappedRuns,
  pullRuns,
  pullSuspectRuns,
} from '#domain/run/run.claim';
import type { Slots } from './slots.js';

/** How runs come to a worker: by jobs that name them, or by pulling those that no job names any more. */
export interface Claims {
  /** A job's runs: claimed as places become free, or given back when none does. */
  take(runIds: readonly string[]): Promise<void>;
  /** Pulls for as long as there is something to pull and a place for it. */
  pull(): void;
  close(): Promise<void>;
}

/** A job waits this long for a place before its runs are given to whichever worker has one. */
const patienceMs = 1_000;
const mostClaims = 200;
/** Longest wait for more free places before the free ones are used. */
const batchMs = 100;

export interface ClaimsParts {
  readonly platform: Platform;
  readonly slots: Slots;
  readonly total: number;
  readonly options: ClaimOptions;
  /** Whether only suspects are pulled. */
  readonly solo: boolean;
  /** Starts a run; its place is given back when it is done, and then `done` is called. */
  readonly start: (run: ClaimedRun, done?: () => void) => void;
}

export function createClaims({ platform, slots, total, options, solo, start }: ClaimsParts): Claims {
  const { db, log, wake } = platform;
  const ending = new AbortController();
  const stopping = (): boolean => ending.signal.aborted;
  const batch = createBatch<string, ClaimedRun | null>({
    flush: async (runIds) => {
      const claimed = new Map((await claimRuns(db.sql, runIds, options)).map((run) => [run.id, run]));
      announce([...claimed.keys()]);
      const refused = runIds.filter((runId) => !claimed.has(runId));
      // A pause covers them that may end before they are parked: they are to be pulled then, and not when their wake-up is old. What
      // another worker took is none of these.
      if (refused.length > 0) await giveBackRuns(db.sql, refused);
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
    if (run !== null) return start(run);
    slots.give(1);
    // Taken by another worker, or of a workspace with a cap, whose runs are only pulled.
    pull();
  }

  function startAll(runs: readonly ClaimedRun[], done?: () => void): number {
    announce(runs.map((run) => run.id));
    for (const run of runs) start(run, done);
    return runs.length;
  }

  /** Pulls into `room` places, starting at once what it got; `used` hears how many, also when a later part fails. */
  async function pullOnce(room: number, used: (count: number) => void): Promise<void> {
    if (solo) return used(startAll(await pullSuspectRuns(db.sql, room, options)));
    const open = startAll(await pullRuns(db.sql, room, options));
    used(open);
    if (open === room) return;
    // The end of a capped run makes room for the next one of its workspace, which no job will bring.
    used(startAll(await db.begin((sql) => pullCappedRuns(sql, room - open, options)), pull));
  }

  let pulling: Promise<void> | null = null;
  /** How often a pull was asked for; more than when a pass began: it may have come too late for that pass. */
  let asked = 0;
  async function pullAll(): Promise<void> {
    while (!stopping()) {
      // A quarter of the places at a time, so that a long backlog is pulled in batches and not one by one; but not for long.
      await slots.available(Math.ceil(total / 4), ending.signal, batchMs);
      // In one line with the jobs that wait: of these there may be new ones for ever.
      const room = stopping() ? 0 : await slots.take(total, ending.signal);
      let free = room;
      const before = asked;
      try {
        if (room > 0 && !stopping()) await pullOnce(room, (count) => (free -= count));
      } finally {
        slots.give(free);
      }
      if (room > 0 && free === room && asked === before) return;
    }
  }

  function pull(): void {
    asked += 1;
    pulling ??= pullAll()
      .catch((error: unknown) => log.warn({ err: error }, 'runs could not be pulled'))
      .finally(() => {
        pulling = null;
      });
  }

  return {
    take: async (runIds) => {
      let rest = [...runIds];
      while (rest.length > 0) {
        const room = stopping() ? 0 : await slots.take(rest.length, patienceMs);
        if (room === 0) {
          await giveBackRuns(db.sql, rest);
          // Whoever has a place first: here as elsewhere.
          return pull();
        }
        const part = rest.slice(0, room);
        rest = rest.slice(room);
        await Promise.all(part.map(claim));
      }
    },
    pull,
    close: async () => {
      ending.abort();
      await pulling;
      await batch.idle();
    },
  };
}
