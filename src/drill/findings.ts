import type { Stopped } from './fleet.js';
import type { DrillServices } from './services.js';

/** What the database of a drill says at its end. Counts, unless told otherwise. */
export interface Findings {
  readonly runs: number;
  readonly finals: number;
  readonly open: number;
  /** Changes of the status of a run that was final. */
  readonly flipped: number;
  /** Writes of a worker about a run that was not in its hands. */
  readonly stale: number;
  /** From processes that lived on and could have written. */
  readonly outlived: number;
  /** The longest time from the end of a killed process to the return of a run that it held, in seconds; null: none was held. */
  readonly reclaimSeconds: number | null;
  readonly reclaims: number;
  /** Runs that share an idempotency key. */
  readonly keysDoubled: number;
  /** Runs that ended twice, or whose events have holes. */
  readonly eventsWrong: number;
  /** Records that a step made twice. */
  readonly recordsDoubled: number;
  readonly records: number;
  /** Automations whose counters do not agree with their runs. */
  readonly countersWrong: number;
  /** Events without a place in the feed, or with several. */
  readonly unplaced: number;
  /** Places of a run's events that are not in their order. */
  readonly inverted: number;
  readonly events: number;
  readonly cancelsLost: number;
  readonly cancels: number;
  readonly cancelP99: number | null;
  /** Of the cancellations those that no fault was near. */
  readonly cancelsTimed: number;
  /** Runs that failed, other than the poison. */
  readonly failed: number;
  /** Of the runs of workspaces that work while things are broken, in percent. */
  readonly hitPercent: number;
  /** Runs that were taken back from a process that was asked to stop. */
  readonly rolledLost: number;
}

const hit = `
SELECT count(*) FROM "Run" r WHERE r."workspaceId" = ANY($4::uuid[]) AND EXISTS (
  SELECT FROM drill.fault f WHERE f.since <= coalesce(r."finishedAt", clock_timestamp()) AND f.until >= r."queuedAt" AND (
    f.scope = 'OPEN'
    OR (f.scope = 'QUEUED' AND f.until >= r."queuedAt" AND f.since <= coalesce(r."startedAt", clock_timestamp()))
    OR (f.scope = 'HELD' AND EXISTS (SELECT FROM drill.change c WHERE c.run = r.id AND c.claimed AND c.app = ANY(f.apps) AND c.at <= f.until
      AND NOT EXISTS (SELECT FROM drill.change e WHERE e.run = r.id AND e.id > c.id AND e.was = 'RUNNING' AND e.status <> 'RUNNING' AND e.at < f.since)))))`;

/** $1: the poison run; $2, $3: processes that were asked to stop, and when; $4: workspaces that work while things are broken. */
const question = `
WITH killed AS (
  SELECT f.since AS at, unnest(f.apps) AS app FROM drill.fault f WHERE f.name IN ('kill-worker', 'poison-worker')
), back AS (
  SELECT extract(epoch FROM c.at - k.at) AS seconds FROM drill.change c JOIN killed k ON k.app = c.holder
  WHERE c.crashed AND NOT EXISTS (SELECT FROM drill.fault f WHERE f.scope = 'OPEN' AND f.since <= c.at AND f.until >= k.at)
), timed AS (
  SELECT extract(epoch FROM r."finishedAt" - r."cancelRequestedAt") AS seconds FROM "Run" r
  WHERE r."cancelRequestedAt" IS NOT NULL AND NOT EXISTS (
    SELECT FROM drill.fault f WHERE f.since - interval '2 seconds' <= r."cancelRequestedAt" AND f.until + interval '10 seconds' >= r."cancelRequestedAt" AND f.scope <> 'NONE')
), finals AS (
  SELECT * FROM drill.change WHERE status NOT IN ('QUEUED', 'WAITING', 'RUNNING')
), records AS (
  SELECT name, count(*) AS made FROM "Entity" GROUP BY name
)
SELECT
  (SELECT count(*) FROM "Run") AS runs,
  (SELECT count(*) FROM finals WHERE was IN ('QUEUED', 'WAITING', 'RUNNING')) AS finals,
  (SELECT count(*) FROM "Run" WHERE status IN ('QUEUED', 'WAITING', 'RUNNING')) AS open,
  (SELECT count(*) FROM drill.change WHERE was NOT IN ('QUEUED', 'WAITING', 'RUNNING')) AS flipped,
  (SELECT count(*) FROM drill.change WHERE written AND (was <> 'RUNNING' OR app <> holder)) AS stale,
  (SELECT count(*) FROM drill.change c WHERE c.crashed AND EXISTS (
    SELECT FROM drill.fault f WHERE f.name IN ('freeze-worker', 'cut-database') AND c.holder = ANY(f.apps) AND c.at BETWEEN f.since AND f.until)) AS outlived,
  (SELECT max(seconds)::float8 FROM back) AS "reclaimSeconds",
  (SELECT count(*) FROM back) AS reclaims,
  (SELECT count(*) FROM (SELECT FROM "Run" WHERE "idempotencyKey" IS NOT NULL GROUP BY "workspaceId", "idempotencyKey" HAVING count(*) > 1) doubled) AS "keysDoubled",
  (SELECT count(*) FROM "Run" r LEFT JOIN (SELECT "runId", count(*) AS events, count(*) FILTER (WHERE type = 'RUN_FINISHED') AS ends FROM "RunEvent" GROUP BY 1) e ON e."runId" = r.id
    WHERE e.events IS DISTINCT FROM r.sequence OR e.ends > 1) AS "eventsWrong",
  (SELECT count(*) FROM records WHERE made > 1) AS "recordsDoubled",
  (SELECT count(*) FROM records) AS records,
  (SELECT count(*) FROM "AutomationCounter" a WHERE a."totalRuns" <> (SELECT count(*) FROM "Run" r WHERE r."automationId" = a."automationId" AND r."finishedAt" IS NOT NULL AND NOT r."dryRun")) AS "countersWrong",
  (SELECT count(*) FROM (SELECT FROM "RunEvent" e LEFT JOIN "FeedPosition" p ON p."runId" = e."runId" AND p.sequence = e.sequence GROUP BY e."runId", e.sequence HAVING count(p.position) <> 1) wrong) AS unplaced,
  (SELECT count(*) FROM (SELECT sequence - lag(sequence) OVER (PARTITION BY "runId" ORDER BY position) AS step FROM "FeedPosition") steps WHERE step < 0) AS inverted,
  (SELECT count(*) FROM "RunEvent") AS events,
  (SELECT count(*) FROM "Run" WHERE "cancelRequestedAt" IS NOT NULL AND status = 'SUCCEEDED') AS "cancelsLost",
  (SELECT count(*) FROM "Run" WHERE "cancelRequestedAt" IS NOT NULL) AS cancels,
  (SELECT percentile_cont(0.99) WITHIN GROUP (ORDER BY seconds)::float8 FROM timed) AS "cancelP99",
  (SELECT count(*) FROM timed) AS "cancelsTimed",
  (SELECT count(*) FROM "Run" WHERE status IN ('FAILED', 'PARTIAL', 'TIMED_OUT', 'DEAD') AND id <> coalesce($1::uuid, '00000000-0000-0000-0000-000000000000')) AS failed,
  (SELECT 100 * (${hit})::float8 / greatest(count(*), 1) FROM "Run" WHERE "workspaceId" = ANY($4::uuid[])) AS "hitPercent",
  (SELECT count(*) FROM drill.change c JOIN unnest($2::text[], $3::timestamptz[]) s(app, at) ON s.app = c.holder AND c.at >= s.at WHERE c.crashed) AS "rolledLost"`;

export async function readFindings(
  { pool }: DrillServices,
  poison: string | null,
  stopped: readonly Stopped[],
  workspaces: readonly string[],
): Promise<Findings> {
  // The tables are young: without statistics the planner takes them for empty.
  await pool.query('ANALYZE');
  const { rows } = await pool.query<Readonly<Record<keyof Findings, number | string | null>>>(question, [
    poison,
    stopped.map(({ name }) => name),
    stopped.map(({ at }) => at),
    workspaces,
  ]);
  const [row] = rows;
  if (row === undefined) throw new Error('The database said nothing.');
  // Counts come as texts: they are 64-bit integers.
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, value === null ? null : Number(value)]),
  ) as unknown as Findings;
}

export interface Ledger {
  readonly schedule: string;
  /** Nominal times, from the first to the last. */
  readonly expected: number;
  readonly missed: number;
  readonly doubled: number;
}

/** Per schedule that fires every second: its ledger against the clock, and its runs against the ledger. */
export async function readLedgers({ pool }: DrillServices, schedules: readonly string[]): Promise<Ledger[]> {
  const { rows } = await pool.query<Readonly<Record<keyof Ledger, string>>>(
    `SELECT s.id AS schedule, l.expected, l.expected - l.times + skipped AS missed, l.entries - l.times + (SELECT count(*) FROM "Run" r WHERE r."scheduleId" = s.id) - l.runs AS doubled
     FROM "Schedule" s CROSS JOIN LATERAL (
       SELECT count(*) AS entries, count(DISTINCT "nominalAt") AS times, count(DISTINCT "runId") AS runs, count(*) FILTER (WHERE status = 'SKIPPED' AND reason NOT LIKE 'It was disabled%') AS skipped,
         coalesce(extract(epoch FROM max("nominalAt") - min("nominalAt")) + 1, 0) AS expected FROM "Tick" t WHERE t."scheduleId" = s.id
     ) l WHERE s.id = ANY($1::uuid[])`,
    [schedules],
  );
  return rows.map(({ schedule, expected, missed, doubled }) => ({
    schedule,
    expected: Number(expected),
    missed: Number(missed),
    doubled: Number(doubled),
  }));
}

/** How often each call was told in the ledger of effects, by its key. */
export async function readCalls({ pool }: DrillServices): Promise<ReadonlyMap<string, number>> {
  const { rows } = await pool.query<{ key: string; calls: number }>(
    `SELECT "idempotencyKey" AS key, count(*)::int AS calls FROM "Effect" GROUP BY 1`,
  );
  return new Map(rows.map(({ key, calls }) => [key, calls]));
}

export interface RunEnd {
  readonly status: string;
  readonly soloCrashes: number;
}

export async function readEnds({ pool }: DrillServices, runIds: readonly string[]): Promise<ReadonlyMap<string, RunEnd>> {
  const { rows } = await pool.query<RunEnd & { id: string }>(
    `SELECT id, status::text AS status, "soloCrashes"::int AS "soloCrashes" FROM "Run" WHERE id = ANY($1::uuid[])`,
    [runIds],
  );
  return new Map(rows.map(({ id, ...end }) => [id, end]));
}

/** Of runs that are neither done nor cancelled, how many are where, and why. */
export async function readUndone({ pool }: DrillServices): Promise<string[]> {
  const { rows } = await pool.query<{ line: string }>(
    `SELECT count(*) || ' runs of ' || a.key || ' are ' || r.status || coalesce(' (' || r."waitKind" || ')', '') || coalesce(': ' || r."errorCode" || ', ' || r."errorMessage", '') AS line
     FROM "Run" r JOIN "Automation" a ON a.id = r."automationId" WHERE r.status NOT IN ('SUCCEEDED', 'CANCELED') GROUP BY a.key, r.status, r."waitKind", r."errorCode", r."errorMessage" ORDER BY 1 LIMIT 20`,
  );
  return rows.map(({ line }) => line);
}
