import type { Statement } from '#platform/db/database';
import type { Approval, BulkOperation, Run } from '#platform/db/generated/prisma/client';
import { createPulse } from '#platform/events/pulse';
import type { Stream, StreamGroup } from '#platform/events/stream';
import type { WakeChannel } from '#platform/events/wake';
import type { Platform } from '#platform/platform';
import { isOver } from './bulk.policy.js';
import { isFinal } from './run.status.js';

/** Follows single rows by a number that rises with each change, without the sequencer. */
export interface Changes<Row> {
  /** The row as given, then as it is after each change, coalesced to the latest; ends after the final state. */
  follow(row: Row): Stream<Row>;
  close(): Promise<void>;
}

/** What is followed, and how its changes are told. */
interface Followed<Row> {
  readonly name: string;
  /** On which its ids are sent after a change. */
  readonly channel: WakeChannel;
  /** Reads those of the rows ($1) whose number is above the known one ($2). */
  readonly changed: Statement;
  /** Rises with each change. */
  readonly numberOf: (row: Row) => number;
  readonly isFinal: (row: Row) => boolean;
}

interface Watch<Row> {
  /** The number of the newest state that was handed to it. */
  number: number;
  take(row: Row): void;
}

/** Between two looks that no wake-up asked for, in milliseconds. */
const pollMs = 1_000;

const runs: Followed<Run> = {
  name: 'run changes',
  channel: 'runs',
  changed: {
    name: 'feed.changed',
    text: 'SELECT r.* FROM unnest($1::uuid[], $2::int[]) AS known(id, sequence) JOIN "Run" r ON r.id = known.id WHERE r.sequence > known.sequence',
  },
  numberOf: (run) => run.sequence,
  isFinal: (run) => isFinal(run.status),
};

const bulkOperations: Followed<BulkOperation> = {
  name: 'bulk operation changes',
  channel: 'bulk',
  changed: {
    name: 'feed.bulk.changed',
    text: `SELECT o.* FROM unnest($1::uuid[], $2::int[]) AS known(id, number) JOIN "BulkOperation" o ON o.id = known.id
      WHERE o.succeeded + o.failed + (o.status <> 'RUNNING')::int > known.number`,
  },
  numberOf: ({ succeeded, failed, status }) => succeeded + failed + (isOver(status) ? 1 : 0),
  isFinal: (operation) => isOver(operation.status),
};

const approvals: Followed<Approval> = {
  name: 'approval changes',
  // Whoever decides one sends its id beside that of its run.
  channel: 'runs',
  changed: {
    name: 'feed.approval.changed',
    text: `SELECT a.* FROM unnest($1::uuid[], $2::int[]) AS known(id, number) JOIN "Approval" a ON a.id = known.id WHERE (a.status <> 'PENDING')::int > known.number`,
  },
  numberOf: ({ status }) => (status === 'PENDING' ? 0 : 1),
  isFinal: ({ status }) => status !== 'PENDING',
};

export function createApprovalChanges(platform: Platform, streams: StreamGroup): Changes<Approval> {
  return createChanges(platform, streams, approvals);
}

export function createRunChanges(platform: Platform, streams: StreamGroup): Changes<Run> {
  return createChanges(platform, streams, runs);
}

export function createBulkChanges(platform: Platform, streams: StreamGroup): Changes<BulkOperation> {
  return createChanges(platform, streams, bulkOperations);
}

function createChanges<Row extends { readonly id: string }>(
  { clock, db, wake, log }: Platform,
  streams: StreamGroup,
  { name, channel, changed, numberOf, isFinal: isLast }: Followed<Row>,
): Changes<Row> {
  const watched = new Map<string, Set<Watch<Row>>>();
  /** Which rows to look at; null: all, as a poll does. */
  let woken: Set<string> | null = null;
  let polled = 0;

  async function look(): Promise<void> {
    const ids = woken === null || clock.elapsed() - polled >= pollMs ? [...watched.keys()] : [...woken].filter((id) => watched.has(id));
    if (ids.length === watched.size) polled = clock.elapsed();
    woken = null;
    const known = ids.map((id) => Math.min(...[...(watched.get(id) ?? [])].map((watch) => watch.number)));
    if (ids.length === 0) return;
    for (const row of await db.sql.query<Row>(changed, [ids, known]))
      for (const watch of watched.get(row.id) ?? []) {
        if (numberOf(row) <= watch.number) continue;
        watch.number = numberOf(row);
        watch.take(row);
      }
  }

  const pulse = createPulse({ name, log, work: look, pauseMs: () => (watched.size === 0 ? null : pollMs) });
  const unhear = wake.on(channel, (ids) => {
    const ours = ids.filter((id) => watched.has(id));
    if (watched.size === 0 || (ids.length > 0 && ours.length === 0)) return;
    wakeFor(ids.length === 0 ? [...watched.keys()] : ours);
  });

  function wakeFor(ids: readonly string[]): void {
    woken ??= new Set();
    for (const id of ids) woken.add(id);
    pulse.poke();
  }

  function watch(row: Row, take: (row: Row) => void): () => void {
    const own: Watch<Row> = { number: numberOf(row), take };
    const all = watched.get(row.id) ?? new Set();
    watched.set(row.id, all.add(own));
    // It may have changed between being read and being watched.
    wakeFor([row.id]);
    return () => {
      all.delete(own);
      if (all.size === 0) watched.delete(row.id);
    };
  }

  return {
    follow: (row) => {
      let latest: Row | null = null;
      let ring: () => void = () => undefined;
      const unwatch = isLast(row)
        ? () => undefined
        : watch(row, (newer) => {
            latest = newer;
            ring();
          });
      return streams.open<Row>({
        produce: async function* (bell, ended) {
          ring = () => bell.ring();
          yield row;
          let last = isLast(row);
          while (!last) {
            const newer: Row | null = latest;
            latest = null;
            if (newer === null) {
              await bell.heard();
              if (ended()) return;
              continue;
            }
            last = isLast(newer);
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
