import type { Statement } from '#platform/db/database';
import type { Platform } from '#platform/platform';
import { createPulse } from './pulse.js';
import type { WakeChannel } from './wake.js';

/**
 * Gives committed events of a feed their place. Every process runs a candidate; one of them holds the lease and works. Rounds follow each
 * other: each is one statement that updates the lease row, so it waits for the one before and fails when the epoch has moved on. A
 * statement and not a transaction of several: a process that is frozen in the middle would keep the lease row locked and nobody could take over.
 */
export interface Sequencer {
  /** Hands the lease back, so that the next holder need not wait for its end. */
  close(): Promise<void>;
}

export interface SequencerOptions {
  /** Of the lease. */
  readonly name: string;
  /** On which commits are told, and new places. */
  readonly hears: WakeChannel;
  readonly tells: WakeChannel;
  /** Whether something waits for its place: a condition of SQL. */
  readonly waiting: string;
  /**
   * What a round does when it holds the lease, as further parts of its WITH: `taken`, what waited and was deleted, one row for each batch,
   * and `event`, what was placed, with the time `at` of each. Nothing may be taken unless `EXISTS (SELECT FROM lease)`.
   */
  readonly place: string;
  /** The table of positions, with `position` and `at`, and the one of batches. */
  readonly positions: string;
  readonly batches: string;
  readonly retentionMs: number;
  lag(seconds: number): void;
}

/** Feed lag after a death is at most these two together: 2 seconds. */
const leaseMs = 1_750;
const pollMs = 250;
/** The lease is renewed by an idle holder when less than this is left. */
const renewMs = 1_000;
const retentionEveryMs = 5_000;
const retentionRows = 5_000;
/** Taken batches leave dead rows that every round reads past; they are cleared away after so many. */
const vacuumAfter = 20_000;

interface Round {
  readonly held: boolean;
  readonly batches: number;
  readonly events: number;
  readonly lagSeconds: number;
}

function statementsOf({ name, waiting, place, positions, batches }: SequencerOptions) {
  const statement = (what: string, text: string): Statement => ({ name: `${name}.${what}`, text });
  const held = `EXISTS (SELECT FROM "Lease" WHERE name = '${name}' AND holder = $1::uuid AND epoch = $2)`;
  return {
    take: statement(
      'take',
      `
INSERT INTO "Lease" AS l (name, holder, epoch, until)
SELECT '${name}', $1::uuid, 1, clock_timestamp() + $2 * interval '1 millisecond'
WHERE NOT EXISTS (SELECT FROM "Lease" WHERE name = '${name}' AND until > clock_timestamp())
ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, epoch = l.epoch + 1, until = excluded.until WHERE l.until <= clock_timestamp()
RETURNING epoch`,
    ),
    giveBack: statement(
      'give-back',
      `UPDATE "Lease" SET until = clock_timestamp() WHERE name = '${name}' AND holder = $1::uuid AND epoch = $2`,
    ),
    place: statement(
      'place',
      `
WITH lease AS (
  UPDATE "Lease" SET until = clock_timestamp() + $3 * interval '1 millisecond'
  WHERE name = '${name}' AND holder = $1::uuid AND epoch = $2
    AND (until < clock_timestamp() + $4 * interval '1 millisecond' OR ${waiting})
  RETURNING 1
), ${place}
SELECT ${held} AS held,
  (SELECT count(*)::int FROM taken) AS batches,
  (SELECT count(*)::int FROM event) AS events,
  (SELECT greatest(0, extract(epoch FROM clock_timestamp() - min(at)))::float8 FROM event) AS "lagSeconds"`,
    ),
    // Positions grow with time, so the oldest are the lowest. The newest one stays: it says which number comes next.
    expire: statement(
      'expire',
      `
WITH old AS (
  SELECT position FROM (SELECT position, at FROM ${positions} ORDER BY position LIMIT $4) lowest
  WHERE at < now() - $3 * interval '1 millisecond' AND position < (SELECT max(position) FROM ${positions})
)
DELETE FROM ${positions} p USING old WHERE p.position = old.position AND ${held} RETURNING 1 AS gone`,
    ),
    noTimeLimit: statement('no-time-limit', 'SET LOCAL statement_timeout = 0'),
    vacuum: statement('vacuum', `VACUUM (TRUNCATE false) ${batches}`),
  };
}

export function startSequencer(platform: Platform, options: SequencerOptions): Sequencer {
  const { db, log, wake, clock, id } = platform;
  const { name, hears, tells, retentionMs, lag } = options;
  const statements = statementsOf(options);
  /** Null: another process holds the lease. */
  let epoch: number | null = null;
  let takenSinceVacuum = 0;
  let retentionAt = clock.elapsed();

  async function round(own: number): Promise<Round> {
    const values = [id, own, leaseMs, renewMs];
    const [result] = await db.sql.query<Round>(statements.place, values).catch((error: unknown) => {
      if (!isTimeout(error)) throw error;
      // A backlog too large for one statement's time: it must be taken whole all the same.
      return db.begin(async (sql) => {
        await sql.query(statements.noTimeLimit, []);
        return sql.query<Round>(statements.place, values);
      });
    });
    if (result === undefined) throw new Error('The sequencer got no answer.');
    return result;
  }

  async function follow(): Promise<void> {
    const [taken] = await db.sql.query<{ epoch: number }>(statements.take, [id, leaseMs]);
    if (taken === undefined) return;
    epoch = taken.epoch;
    log.info({ epoch, sequencer: name }, 'this process gives events their place in the feed');
    await lead(epoch);
  }

  async function lead(own: number): Promise<void> {
    const { held, batches, events, lagSeconds } = await round(own);
    if (!held) {
      epoch = null;
      lag(0);
      log.warn({ epoch: own, sequencer: name }, 'another process gives events their place in the feed now');
      return;
    }
    lag(lagSeconds);
    if (events > 0) wake.send(tells);
    takenSinceVacuum += batches;
    if (takenSinceVacuum >= vacuumAfter) {
      takenSinceVacuum = 0;
      await db.sql.query(statements.vacuum, []);
    }
    if (clock.elapsed() - retentionAt >= retentionEveryMs) {
      const gone = await db.sql.query(statements.expire, [id, own, retentionMs, retentionRows]);
      // More may be due: go on with the next round instead of in five seconds.
      if (gone.length < retentionRows) retentionAt = clock.elapsed();
    }
  }

  const pulse = createPulse({ name, log, work: () => (epoch === null ? follow() : lead(epoch)), pauseMs: () => pollMs });
  const unhear = wake.on(hears, () => {
    // A candidate waits for the end of the lease, not for work.
    if (epoch !== null) pulse.poke();
  });
  pulse.poke();

  return {
    close: async () => {
      unhear();
      await pulse.close();
      if (epoch === null) return;
      await db.sql
        .query(statements.giveBack, [id, epoch])
        .catch((error: unknown) => log.warn({ err: error }, 'the sequencer lease was left to its end'));
      epoch = null;
    },
  };
}

/** PostgreSQL's query_canceled, which a statement_timeout raises. */
function isTimeout(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '57014';
}
