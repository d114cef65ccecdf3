import type { Statement } from '#platform/db/database';
import { createPulse } from '#platform/events/pulse';
import type { Platform } from '#platform/platform';

/**
 * Gives committed events their place in the feed. Every process runs a candidate; one of them holds the lease and works.
 *
 * Why the order is right: a run's events are written under the lock of its row, together with their FeedBatch row. So whoever
 * sees the batch of a later event also sees the batch of every earlier one of that run, and a round that takes all batches it sees
 * never places an event before an earlier one. A limit on batches would break this: ids are given before the commit. Rounds follow each
 * other: each is one statement that updates the lease row, so it waits for the one before and fails when the epoch has moved on.
 */
export interface Sequencer {
  /** Hands the lease back, so that the next holder need not wait for its end. */
  close(): Promise<void>;
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

const take: Statement = {
  name: 'sequencer.take',
  text: `
INSERT INTO "Lease" AS l (name, holder, epoch, until)
SELECT 'sequencer', $1::uuid, 1, clock_timestamp() + $2 * interval '1 millisecond'
WHERE NOT EXISTS (SELECT FROM "Lease" WHERE name = 'sequencer' AND until > clock_timestamp())
ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, epoch = l.epoch + 1, until = excluded.until WHERE l.until <= clock_timestamp()
RETURNING epoch`,
};

const giveBack: Statement = {
  name: 'sequencer.give-back',
  text: `UPDATE "Lease" SET until = clock_timestamp() WHERE name = 'sequencer' AND holder = $1::uuid AND epoch = $2`,
};

/**
 * A statement and not a transaction of several: a process that is frozen in the middle would keep the lease row locked and nobody could take over.
 * Nothing is deleted unless the lease was updated. The join adds the workspace; positions are numbered after it, so they have no holes.
 * LIMIT 1 changes nothing (it is a primary key) but the plan: a look-up per event, whatever the statistics say.
 */
const place: Statement = {
  name: 'sequencer.place',
  text: `
WITH lease AS (
  UPDATE "Lease" SET until = clock_timestamp() + $3 * interval '1 millisecond'
  WHERE name = 'sequencer' AND holder = $1::uuid AND epoch = $2
    AND (until < clock_timestamp() + $4 * interval '1 millisecond' OR EXISTS (SELECT FROM "FeedBatch"))
  RETURNING 1
), taken AS (
  DELETE FROM "FeedBatch" WHERE EXISTS (SELECT FROM lease) RETURNING "runIds", sequences
), event AS MATERIALIZED (
  SELECT e."workspaceId", e."runId", e.sequence, e.at FROM taken, unnest(taken."runIds", taken.sequences) AS t("runId", sequence)
  CROSS JOIN LATERAL (SELECT * FROM "RunEvent" WHERE "runId" = t."runId" AND sequence = t.sequence LIMIT 1) e
), placed AS (
  INSERT INTO "FeedPosition" (position, "workspaceId", "runId", sequence, at)
  SELECT coalesce((SELECT max(position) FROM "FeedPosition"), 0) + row_number() OVER (ORDER BY "runId", sequence), "workspaceId", "runId", sequence, clock_timestamp()
  FROM event
)
SELECT
  EXISTS (SELECT FROM "Lease" WHERE name = 'sequencer' AND holder = $1::uuid AND epoch = $2) AS held,
  (SELECT count(*)::int FROM taken) AS batches,
  (SELECT count(*)::int FROM event) AS events,
  (SELECT greatest(0, extract(epoch FROM clock_timestamp() - min(at)))::float8 FROM event) AS "lagSeconds"`,
};

/** Positions grow with time, so the oldest are the lowest. The newest one stays: it says which number comes next. */
const expire: Statement = {
  name: 'sequencer.expire',
  text: `
WITH old AS (
  SELECT position FROM (SELECT position, at FROM "FeedPosition" ORDER BY position LIMIT $4) lowest
  WHERE at < now() - $3 * interval '1 millisecond' AND position < (SELECT max(position) FROM "FeedPosition")
)
DELETE FROM "FeedPosition" p USING old
WHERE p.position = old.position AND EXISTS (SELECT FROM "Lease" WHERE name = 'sequencer' AND holder = $1::uuid AND epoch = $2)
RETURNING 1 AS gone`,
};

const noTimeLimit: Statement = { name: 'sequencer.no-time-limit', text: 'SET LOCAL statement_timeout = 0' };
const vacuum: Statement = { name: 'sequencer.vacuum', text: 'VACUUM (TRUNCATE false) "FeedBatch"' };

interface Round {
  readonly held: boolean;
  readonly batches: number;
  readonly events: number;
  readonly lagSeconds: number;
}

export function startSequencer(platform: Platform): Sequencer {
  const { db, log, metrics, wake, clock, id, config } = platform;
  /** Null: another process holds the lease. */
  let epoch: number | null = null;
  let takenSinceVacuum = 0;
  let retentionAt = clock.elapsed();

  async function round(own: number): Promise<Round> {
    const values = [id, own, leaseMs, renewMs];
    const [result] = await db.sql.query<Round>(place, values).catch((error: unknown) => {
      if (!isTimeout(error)) throw error;
      // A backlog too large for one statement's time: it must be taken whole all the same.
      return db.begin(async (sql) => {
        await sql.query(noTimeLimit, []);
        return sql.query<Round>(place, values);
      });
    });
    if (result === undefined) throw new Error('The sequencer got no answer.');
    return result;
  }

  async function follow(): Promise<void> {
    const [taken] = await db.sql.query<{ epoch: number }>(take, [id, leaseMs]);
    if (taken === undefined) return;
    epoch = taken.epoch;
    log.info({ epoch }, 'this process gives events their place in the feed');
    await lead(epoch);
  }

  async function lead(own: number): Promise<void> {
    const { held, batches, events, lagSeconds } = await round(own);
    if (!held) {
      epoch = null;
      metrics.feedLag.set(0);
      log.warn({ epoch: own }, 'another process gives events their place in the feed now');
      return;
    }
    metrics.feedLag.set(lagSeconds);
    if (events > 0) wake.send('feed');
    takenSinceVacuum += batches;
    if (takenSinceVacuum >= vacuumAfter) {
      takenSinceVacuum = 0;
      await db.sql.query(vacuum, []);
    }
    if (clock.elapsed() - retentionAt >= retentionEveryMs) {
      const gone = await db.sql.query(expire, [id, own, config.feed.retentionMs, retentionRows]);
      // More may be due: go on with the next round instead of in five seconds.
      if (gone.length < retentionRows) retentionAt = clock.elapsed();
    }
  }

  const pulse = createPulse({ name: 'sequencer', log, work: () => (epoch === null ? follow() : lead(epoch)), pauseMs: () => pollMs });
  const unhear = wake.on('batch', () => {
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
        .query(giveBack, [id, epoch])
        .catch((error: unknown) => log.warn({ err: error }, 'the sequencer lease was left to its end'));
      epoch = null;
    },
  };
}

/** PostgreSQL's query_canceled, which a statement_timeout raises. */
function isTimeout(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '57014';
}
