import type { Sql, Statement } from '#platform/db/database';
import { firstIdAt } from '#platform/ids';
import { finalStatuses } from './run.status.js';

/** How far a walk over the runs, from the oldest on, has come. */
export interface Walked {
  /** How many rows were deleted. */
  readonly gone: number;
  /** The last run that was looked at; null: there was none any more. */
  readonly last: string | null;
}

/** Before every id. */
export const beforeEveryId = '00000000-0000-0000-0000-000000000000';

/** Runs looked at by one statement, and the events that they may have together: some 100 ms of work. */
const mostRuns = 500;
const mostEvents = 20_000;

/**
 * Ids are in the order of time, so the oldest runs are found without an index of their own. What is not final among them is passed by.
 * A run's last sequence is the number of its events.
 */
const seen = `seen AS MATERIALIZED (
  SELECT id, "finishedAt" FROM (
    SELECT r.id, r."finishedAt", sum(r.sequence) OVER (ORDER BY r.id) - r.sequence AS before
    FROM (SELECT id, "finishedAt", sequence FROM "Run" WHERE id > $1::uuid AND id < $2::uuid ORDER BY id LIMIT ${mostRuns}) r
  ) counted WHERE before < ${mostEvents}
)`;
const last = `(SELECT id FROM seen ORDER BY id DESC LIMIT 1) AS last`;

const forget: Statement = {
  name: 'run.forget',
  // Steps and calls go with their run; ticks, deliveries and repeats lose sight of it. A run that somebody is about to repeat is left for the next walk.
  text: `
WITH ${seen}, old AS (
  SELECT r.id FROM "Run" r WHERE r.id IN (SELECT id FROM seen WHERE "finishedAt" < $3::timestamptz)
    AND r.status IN (${finalStatuses.map((status) => `'${status}'`).join(', ')}) FOR UPDATE SKIP LOCKED
), events AS (
  DELETE FROM "RunEvent" e USING old WHERE e."runId" = old.id
), runs AS (
  DELETE FROM "Run" r USING old WHERE r.id = old.id RETURNING 1
)
SELECT (SELECT count(*)::int FROM runs) AS gone, ${last}`,
};

const forgetLines: Statement = {
  name: 'run.forget.logs',
  text: `
WITH ${seen}, lines AS (
  DELETE FROM "RunEvent" e USING seen WHERE seen."finishedAt" < $3::timestamptz AND e."runId" = seen.id AND e.type = 'LOG' RETURNING 1
)
SELECT (SELECT count(*)::int FROM lines) AS gone, ${last}`,
};

async function walk(sql: Sql, statement: Statement, after: string, before: Date): Promise<Walked> {
  const [walked] = await sql.query<Walked>(statement, [after, firstIdAt(before.getTime()), before]);
  return walked ?? { gone: 0, last: null };
}

/** Deletes final runs that ended before a moment, with all that belongs to them, among the next ones after `after`. Counters stay. */
export function forgetRuns(sql: Sql, after: string, before: Date): Promise<Walked> {
  return walk(sql, forget, after, before);
}

/** Deletes the log lines of such runs. */
export function forgetLogs(sql: Sql, after: string, before: Date): Promise<Walked> {
  return walk(sql, forgetLines, after, before);
}

const forgetEvents: Statement = {
  name: 'run.forget.events',
  // A run and its first event are committed together: an event without a run is of one that was deleted, with its workspace.
  text: `
WITH RECURSIVE walk AS (
  (SELECT "runId" FROM "RunEvent" WHERE "runId" > $1::uuid AND "runId" < $2::uuid ORDER BY "runId" LIMIT 1)
  UNION ALL
  SELECT (SELECT e."runId" FROM "RunEvent" e WHERE e."runId" > walk."runId" AND e."runId" < $2::uuid ORDER BY e."runId" LIMIT 1) FROM walk WHERE walk."runId" IS NOT NULL
), seen AS MATERIALIZED (
  SELECT "runId" FROM walk WHERE "runId" IS NOT NULL LIMIT ${mostRuns}
), events AS (
  DELETE FROM "RunEvent" e USING seen WHERE e."runId" = seen."runId" AND NOT EXISTS (SELECT 1 FROM "Run" r WHERE r.id = seen."runId") RETURNING 1
)
SELECT (SELECT count(*)::int FROM events) AS gone, (SELECT "runId" FROM seen ORDER BY "runId" DESC LIMIT 1) AS last`,
};

/**
 * Deletes the events of runs that are not there any more and were queued before a moment, among the next runs after `after`. Of that age
 * few runs are left, so that the walk is short.
 */
export async function forgetLooseEvents(sql: Sql, after: string, before: Date): Promise<Walked> {
  const [walked] = await sql.query<Walked>(forgetEvents, [after, firstIdAt(before.getTime())]);
  return walked ?? { gone: 0, last: null };
}

const forgetBulk: Statement = {
  name: 'bulk.forget',
  text: `
WITH old AS (
  SELECT id FROM "BulkOperation" WHERE id < $1::uuid AND status <> 'RUNNING' AND "finishedAt" < $2::timestamptz ORDER BY id LIMIT 1
), items AS (
  DELETE FROM "BulkItem" i USING (
    SELECT i."operationId", i.ordinal FROM old JOIN "BulkItem" i ON i."operationId" = old.id ORDER BY i.ordinal LIMIT ${10 * mostRuns}
  ) first WHERE i."operationId" = first."operationId" AND i.ordinal = first.ordinal RETURNING 1
), operations AS (
  DELETE FROM "BulkOperation" o USING old WHERE o.id = old.id AND (SELECT count(*) FROM items) < ${10 * mostRuns} RETURNING 1
)
SELECT (SELECT count(*)::int FROM items) + (SELECT count(*)::int FROM operations) AS gone`,
};

/** Deletes some of the oldest bulk operation that was over before a moment; answers how many rows. */
export async function forgetBulkOperations(sql: Sql, before: Date): Promise<number> {
  const [row] = await sql.query<{ gone: number }>(forgetBulk, [firstIdAt(before.getTime()), before]);
  return row?.gone ?? 0;
}
