import type { Sql, Statement } from '#platform/db/database';
import { isSerializationFailure } from '#platform/db/symptoms';
import type { RunStatus } from '#platform/db/generated/prisma/enums';

/** What became of a lease at its renewal. */
export interface LeaseState {
  readonly id: string;
  readonly epoch: number;
  readonly status: RunStatus;
  readonly cancelRequested: boolean;
}

const renew: Statement = {
  name: 'run.lease.renew',
  // Rows that are being written are skipped: whoever writes them holds the lease or has taken it over, and the answer tells.
  text: `
WITH held AS (SELECT * FROM unnest($1::uuid[], $2::int[]) AS t(id, epoch)),
locked AS (
  SELECT r.id FROM "Run" r JOIN held ON held.id = r.id AND held.epoch = r.epoch WHERE r.status = 'RUNNING' AND r."leaseOwner" = $3::uuid
  FOR UPDATE OF r SKIP LOCKED
), renewed AS (
  UPDATE "Run" r SET "leaseUntil" = clock_timestamp() + $4 * interval '1 millisecond' FROM locked WHERE r.id = locked.id RETURNING r.id
)
SELECT r.id, r.epoch, r.status, r."cancelRequestedAt" IS NOT NULL AS "cancelRequested" FROM held JOIN "Run" r ON r.id = held.id`,
};

/** Renews the leases of one process in one statement and brings back what happened to them; a run that is gone is absent. */
export function renewLeases(
  sql: Sql,
  owner: string,
  held: readonly { readonly id: string; readonly epoch: number }[],
  leaseMs: number,
): Promise<LeaseState[]> {
  return sql.query<LeaseState>(renew, [held.map((run) => run.id), held.map((run) => run.epoch), owner, leaseMs]);
}

/** A run that changed hands without its worker. */
export interface MovedRun {
  readonly id: string;
  readonly status: RunStatus;
}

/** Follow-up of any statement with a `moved` CTE: events, counters, the end of steps that stay open else, and the answer. */
export const afterwards = `
event AS (
  INSERT INTO "RunEvent" ("runId", sequence, "workspaceId", "automationId", type, at, status)
  SELECT id, sequence, "workspaceId", "automationId", CASE WHEN status = 'QUEUED' THEN queued ELSE 'RUN_FINISHED'::"RunEventType" END, clock_timestamp(), status FROM moved
), batch AS (
  INSERT INTO "FeedBatch" ("runIds", sequences) SELECT array_agg(id), array_agg(sequence) FROM moved HAVING count(*) > 0
), counted AS (
  INSERT INTO "AutomationCounter" AS c ("automationId", "totalRuns", "succeededRuns", "failedRuns")
  SELECT "automationId", count(*)::int, 0, count(*)::int FROM moved WHERE status <> 'QUEUED' AND "automationId" IS NOT NULL AND NOT "dryRun" GROUP BY "automationId" ORDER BY "automationId"
  ON CONFLICT ("automationId") DO UPDATE SET "totalRuns" = c."totalRuns" + excluded."totalRuns", "failedRuns" = c."failedRuns" + excluded."failedRuns"
), closed AS (
  UPDATE "StepRun" s SET status = CASE moved.status WHEN 'CANCELED' THEN 'CANCELED' ELSE 'FAILED' END::"StepStatus", "finishedAt" = clock_timestamp(),
    "errorCode" = moved."errorCode", "errorMessage" = moved."errorMessage",
    wait = NULL, attempts = CASE WHEN s.attempts -> -1 ->> 'finishedAt' IS NULL THEN jsonb_set(s.attempts, ARRAY[(jsonb_array_length(s.attempts) - 1)::text], (s.attempts -> -1) || jsonb_build_object(
      'finishedAt', to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'error', CASE WHEN s.status = 'WAITING' THEN jsonb_build_object('code', moved."errorCode", 'message', moved."errorMessage")
        ELSE jsonb_build_object('code', 'WORKER_LOST', 'message', 'The worker was lost during this attempt.') END))
      ELSE s.attempts END
  FROM moved WHERE s."runId" = moved.id AND moved.status <> 'QUEUED' AND s.status IN ('RUNNING', 'RETRYING', 'WAITING')
)
SELECT id, status FROM moved`;

const reclaim: Statement = {
  name: 'run.lease.reclaim',
  text: `
WITH expired AS (
  SELECT id FROM "Run" WHERE status = 'RUNNING' AND "leaseUntil" < clock_timestamp() AND clock_timestamp() < $2::timestamptz + $3 * interval '1 millisecond'
  ORDER BY "leaseUntil" LIMIT 200 FOR UPDATE SKIP LOCKED
), next AS (
  SELECT r.id, CASE
    WHEN r."cancelRequestedAt" IS NOT NULL THEN 'CANCELED'::"RunStatus"
    WHEN r."soloCrashes" + r."leaseSolo"::int >= $1 THEN 'DEAD'::"RunStatus"
    ELSE 'QUEUED'::"RunStatus" END AS status
  FROM "Run" r JOIN expired ON expired.id = r.id
), moved AS (
  UPDATE "Run" r SET status = next.status, sequence = r.sequence + 1, crashes = r.crashes + 1, "soloCrashes" = r."soloCrashes" + r."leaseSolo"::int,
    "leaseOwner" = NULL, "leaseUntil" = NULL, "leaseSolo" = false, "dispatchedAt" = NULL,
    "finishedAt" = CASE WHEN next.status <> 'QUEUED' THEN clock_timestamp() END,
    "errorCode" = CASE next.status WHEN 'DEAD' THEN 'WORKER_CRASHED' WHEN 'CANCELED' THEN 'CANCELED' END,
    "errorMessage" = CASE next.status WHEN 'DEAD' THEN 'Every worker that executed this run alone was lost.' WHEN 'CANCELED' THEN 'The run was cancelled.' END
  FROM next WHERE r.id = next.id
  RETURNING r.id, r."workspaceId", r."automationId", r.status, r.sequence, r."dryRun", r."errorCode", r."errorMessage", 'RUN_RECLAIMED'::"RunEventType" AS queued
), ${afterwards}`,
};

/**
 * Takes back runs whose lease has expired: queued again as suspects, or final when that was too often or a cancel was asked for.
 * It does nothing when it reaches the database more than `withinMs` after `asOf`, a time of the database's clock: then renewals
 * were held up as well, and workers that live get the time to make them.
 */
export function reclaimRuns(sql: Sql, crashesMax: number, asOf: Date, withinMs: number): Promise<MovedRun[]> {
  return sql.query<MovedRun>(reclaim, [crashesMax, asOf, withinMs]);
}

const readClock: Statement = { name: 'run.clock', text: 'SELECT clock_timestamp() AS now' };

/** The database's clock, by which leases and waits are decided. */
export async function databaseNow(sql: Sql): Promise<Date> {
  const [row] = await sql.query<{ now: Date }>(readClock, []);
  if (row === undefined) throw new Error('The database did not tell the time.');
  return row.now;
}

const due: Statement = {
  name: 'run.wait.due',
  // Nobody came back from a redirect: that is the end of its run. Approvals that nobody decided in time expire elsewhere. Every other
  // wait is followed by its execution.
  text: `
WITH due AS (
  SELECT id, "waitKind" = 'REDIRECT' AS over FROM "Run" WHERE status = 'WAITING' AND "waitUntil" <= statement_timestamp() AND "waitKind" <> 'APPROVAL' ORDER BY "waitUntil" LIMIT 500 FOR UPDATE SKIP LOCKED
), moved AS (
  UPDATE "Run" r SET status = CASE WHEN due.over THEN 'TIMED_OUT' ELSE 'QUEUED' END::"RunStatus", sequence = r.sequence + 1,
    "dispatchedAt" = CASE WHEN w."maxRunning" IS NULL AND NOT due.over THEN clock_timestamp() END, "finishedAt" = CASE WHEN due.over THEN clock_timestamp() END,
    "errorCode" = CASE WHEN due.over THEN 'REDIRECT_EXPIRED' ELSE r."errorCode" END,
    "errorMessage" = CASE WHEN due.over THEN 'Nobody came back from the redirect in time.' ELSE r."errorMessage" END,
    "waitKind" = NULL, "waitSince" = NULL, "waitUntil" = NULL, "waitDetail" = NULL, "pauseId" = NULL
  FROM due, "Workspace" w WHERE r.id = due.id AND w.id = r."workspaceId"
  RETURNING r.id, r."workspaceId", r."automationId", r.status, r.sequence, r."dryRun", r."errorCode", r."errorMessage", 'RUN_QUEUED'::"RunEventType" AS queued
), ${afterwards}`,
};

/** Queues the runs whose wait is over, and ends those whose redirect has expired; wake workers for the queued ones afterwards. */
export function queueDueRuns(sql: Sql): Promise<MovedRun[]> {
  return sql.query<MovedRun>(due, []);
}

const nextWait: Statement = {
  name: 'run.wait.next',
  text: `SELECT ceil(extract(epoch FROM min("waitUntil") - clock_timestamp()) * 1000)::float8 AS ms FROM "Run" WHERE status = 'WAITING' AND "waitUntil" IS NOT NULL`,
};

/** Milliseconds until the next wait is over, by the database's clock; null when there is none. */
export async function nextWaitMs(sql: Sql): Promise<number | null> {
  const [row] = await sql.query<{ ms: number | null }>(nextWait, []);
  return row?.ms ?? null;
}

const cancelling = (name: string, locked: string): Statement => ({
  name,
  // Without a holder the run ends here; with one, the holder is told and its next write ends it. Runs that its steps have started go with it.
  text: `
WITH RECURSIVE tree AS (
  SELECT id FROM "Run" WHERE id = ANY($1::uuid[]) AND status IN ('QUEUED', 'WAITING', 'RUNNING') UNION SELECT c.id FROM tree JOIN "Run" c ON c."parentId" = tree.id
), target AS (
  SELECT id, status FROM "Run" WHERE id = ANY(ARRAY(SELECT id FROM tree)) AND status IN ('QUEUED', 'WAITING', 'RUNNING') ${locked}
), asked AS (
  UPDATE "Run" r SET "cancelRequestedAt" = clock_timestamp(), sequence = r.sequence + 1
  FROM target WHERE r.id = target.id AND target.status = 'RUNNING' AND r."cancelRequestedAt" IS NULL
  RETURNING r.id, r."workspaceId", r."automationId", r.status, r.sequence
), asking AS (
  INSERT INTO "RunEvent" ("runId", sequence, "workspaceId", "automationId", type, at, status)
  SELECT id, sequence, "workspaceId", "automationId", 'RUN_CANCEL_REQUESTED', clock_timestamp(), status FROM asked
), askingBatch AS (
  INSERT INTO "FeedBatch" ("runIds", sequences) SELECT array_agg(id), array_agg(sequence) FROM asked HAVING count(*) > 0
), moved AS (
  UPDATE "Run" r SET status = 'CANCELED', sequence = r.sequence + 1, "cancelRequestedAt" = clock_timestamp(), "finishedAt" = clock_timestamp(),
    "errorCode" = 'CANCELED', "errorMessage" = 'The run was cancelled.', "waitKind" = NULL, "waitSince" = NULL, "waitUntil" = NULL, "waitDetail" = NULL, "pauseId" = NULL
  FROM target WHERE r.id = target.id AND target.status IN ('QUEUED', 'WAITING')
  RETURNING r.id, r."workspaceId", r."automationId", r.status, r.sequence, r."dryRun", r."errorCode", r."errorMessage", 'RUN_QUEUED'::"RunEventType" AS queued
), ${afterwards}
UNION ALL SELECT id, status FROM asked`,
});

// Those that were made last first: a run that ends locks itself and then the one that waits for it.
const cancel = cancelling('run.cancel', 'ORDER BY id DESC FOR UPDATE');
const cancelFree = cancelling('run.cancel.free', 'FOR UPDATE SKIP LOCKED');

const mostTries = 5;
const plain = (text: string): Statement => ({ name: '', text });

/**
 * Asks for the cancellation of one run, in a transaction. Answers nothing when it was final already or had been asked before. Where it
 * stands in a circle of locks it gives way and is tried again.
 */
export async function requestCancel(sql: Sql, runId: string): Promise<MovedRun[]> {
  for (let tries = 1; ; tries += 1) {
    await sql.query(plain('SAVEPOINT cancelling'), []);
    try {
      return await sql.query<MovedRun>(cancel, [[runId]]);
    } catch (error) {
      if (!isSerializationFailure(error) || tries === mostTries) throw error;
      await sql.query(plain('ROLLBACK TO SAVEPOINT cancelling'), []);
    }
  }
}

/** The same for many runs, but for those that somebody is writing now: waiting for several could end in a deadlock. */
export function requestCancels(sql: Sql, runIds: readonly string[]): Promise<MovedRun[]> {
  return sql.query<MovedRun>(cancelFree, [runIds]);
}

const missed: Statement = {
  name: 'run.cancel.missed',
  text: `
SELECT c.id FROM "Run" p JOIN "Run" c ON c."parentId" = p.id AND c.status IN ('QUEUED', 'WAITING', 'RUNNING') AND c."cancelRequestedAt" IS NULL
WHERE p."cancelRequestedAt" > clock_timestamp() - $1 * interval '1 millisecond' AND p.status IN ('RUNNING', 'CANCELED') LIMIT 200`,
};

/**
 * Cancels open runs whose parent was cancelled within the last `withinMs`: those that were made, or were being written, while it was. Their
 * own are found by the next look.
 */
export async function cancelMissed(sql: Sql, withinMs: number): Promise<MovedRun[]> {
  const found = await sql.query<{ id: string }>(missed, [withinMs]);
  if (found.length === 0) return [];
  return requestCancels(
    sql,
    found.map(({ id }) => id),
  );
}
