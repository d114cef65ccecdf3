import type { Statement } from '#platform/db/database';
import type { Run } from '#platform/db/generated/prisma/client';
import { createPulse } from '#platform/events/pulse';
import type { Stream, StreamGroup } from '#platform/events/stream';
import type { Platform } from '#platform/platform';
import { isFinal } from './run.status.js';

/** Follows single runs by their sequence, without the sequencer. */
export interface RunChanges {
  /** The run as given, then as it is after each change, coalesced to the latest; ends after the final state. */
  follow(run: Run): Stream<Run>;
  close(): Promise<void>;
}

interface Watch {
  /** The newest state that was handed to it. */
  sequence: number;
  take(run: Run): void;
}

/** Between two looks that no wake-up asked for, in milliseconds. */
const pollMs = 1_000;

const changed: Statement = {
  name: 'feed.changed',
  text: 'SELECT r.* FROM unnest($1::uuid[], $2::int[]) AS known(id, sequence) JOIN "Run" r ON r.id = known.id WHERE r.sequence > known.sequence',
};

export function createRunChanges(platform: Platform, streams: StreamGroup): RunChanges {
  const { db, wake, log } = platform;
  const watched = new Map<string, Set<Watch>>();
  /** Which runs to look at; null: all, as a poll does. */
  let woken: Set<string> | null = null;
  let polled = 0;

  async function look(): Promise<void> {
    const ids =
      woken === null || platform.clock.elapsed() - polled >= pollMs ? [...watched.keys()] : [...woken].filter((id) => watched.has(id));
    if (ids.length === watched.size) polled = platform.clock.elapsed();
    woken = null;
    const known = ids.map((id) => Math.min(...[...(watched.get(id) ?? [])].map((watch) => watch.sequence)));
    if (ids.length === 0) return;
    for (const run of await db.sql.query<Run>(changed, [ids, known]))
      for (const watch of watched.get(run.id) ?? []) {
        if (run.sequence <= watch.sequence) continue;
        watch.sequence = run.sequence;
        watch.take(run);
      }
  }

  const pulse = createPulse({ name: 'run changes', log, work: look, pauseMs: () => (watched.size === 0 ? null : pollMs) });
  const unhear = wake.on('runs', (ids) => {
    const ours = ids.filter((id) => watched.has(id));
    if (watched.size === 0 || (ids.length > 0 && ours.length === 0)) return;
    wakeFor(ids.length === 0 ? [...watched.keys()] : ours);
  });

  function wakeFor(ids: readonly string[]): void {
    woken ??= new Set();
    for (const id of ids) woken.add(id);
    pulse.poke();
  }

  function watch(run: Run, take: (run: Run) => void): () => void {
    const own: Watch = { sequence: run.sequence, take };
    const all = watched.get(run.id) ?? new Set();
    watched.set(run.id, all.add(own));
    // It may have changed between being read and being watched.
    wakeFor([run.id]);
    return () => {
      all.delete(own);
      if (all.size === 0) watched.delete(run.id);
    };
  }

  return {
    follow: (run) => {
      let latest: Run | null = null;
      let ring: () => void = () => undefined;
      const unwatch = isFinal(run.status)
        ? () => undefined
        : watch(run, (newer) => {
            latest = newer;
            ring();
          });
      return streams.open<Run>({
        produce: async function* (bell, ended) {
          ring = () => bell.ring();
          yield run;
          let status = run.status;
          while (!isFinal(status)) {
            const newer: Run | null = latest;
            latest = null;
            if (newer === null) {
              await bell.heard();
              if (ended()) return;
              continue;
            }
            status = newer.status;
            yield newer;
          }
        },
        closed: unwatch,
      });
    },
    close: () => {
      unhear();
      return pulse.close();
    },
  };
}
