import type { Sql, Statement } from '#platform/db/database';
import { newId } from '#platform/ids';
import { afterwards, type MovedRun } from './run.lease.js';
import type { RunError } from './run.write.js';

/**
 * Runs on one thread follow each other. A run with a thread begins as WAITING for it, without a thread. It is **admitted**: its thread is
 * named, found or made, in the order of run ids. Of the admitted runs of a thread at most one is open (QUEUED, RUNNING, or WAITING for
 * something else); when none is, the oldest is **queued**.
 *
 * Admitters of one namespace exclude each other by its row, so that a later run is not admitted, and queued, before an earlier one; those
 * who queue exclude each other by the thread's row. Both skip what another holds: whoever holds it looks again after its commit.
 */
export interface WishingRun {
  readonly id: string;
  readonly workspaceId: string;
  readonly planHash: string;
  /** The name that was wished for at the trigger. */
  readonly threadKey: string | null;
  /** Null: it was deleted meanwhile. */
  readonly namespaceId: string | null;
}

/** A run that waits for its thread. */
const waiting = `r.status = 'WAITING' AND r."waitKind" = 'THREAD'`;
/** Runs admitted, or failed, in one transaction. */
const mostAdmitted = 200;

const wishing: Statement = {
  name: 'thread.wishing',
  text: `
SELECT DISTINCT v."namespaceId" AS id FROM (SELECT r."versionId" FROM "Run" r WHERE ${waiting} AND r."threadId" IS NULL ORDER BY r.id LIMIT ${mostAdmitted}) r
LEFT JOIN "AutomationVersion" v ON v.id = r."versionId"`,
};

const lockNamespaces: Statement = {
  name: 'thread.namespaces',
  text: `SELECT id FROM "Namespace" WHERE id = ANY($1::uuid[]) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED`,
};

const readWishes: Statement = {
  name: 'thread.wishes',
  // In a statement of its own: what another admitter committed before it gave up the lock must be seen.
  text: `
SELECT r.id, r."workspaceId", r."planHash", r."threadKey", v."namespaceId" FROM "Run" r LEFT JOIN "AutomationVersion" v ON v.id = r."versionId"
WHERE ${waiting} AND r."threadId" IS NULL AND (v."namespaceId" = ANY($1::uuid[]) OR v."namespaceId" IS NULL) ORDER BY r.id LIMIT ${mostAdmitted} FOR UPDATE OF r`,
};

/** The namespaces in which runs wait to be admitted; null among them for runs without one. None: there is nothing to do. */
export async function wishingNamespaces(sql: Sql): Promise<(string | null)[]> {
  const rows = await sql.query<{ id: string | null }>(wishing, []);
  return rows.map((row) => row.id);
}

/** Takes the runs that wait to be admitted there, in their order, until the end of the transaction. */
export async function takeWishes(sql: Sql, namespaceIds: readonly (string | null)[]): Promise<WishingRun[]> {
  const ids = namespaceIds.filter((id) => id !== null);
  const locked = await sql.query<{ id: string }>(lockNamespaces, [ids]);
  // Those without a namespace need no lock: they only end.
  if (locked.length === 0 && ids.length === namespaceIds.length) return [];
  return sql.query<WishingRun>(readWishes, [locked.map((namespace) => namespace.id)]);
}

export interface Admission {
  readonly run: WishingRun & { readonly namespaceId: string };
  readonly key: string;
}

const makeThreads: Statement = {
  name: 'thread.make',
  text: `
INSERT INTO "Thread" (id, "workspaceId", "namespaceId", key)
SELECT id, "workspaceId", "namespaceId", key FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[]) AS t(id, "workspaceId", "namespaceId", key) ORDER BY "namespaceId", key
ON CONFLICT ("namespaceId", key) DO NOTHING`,
};

const admit: Statement = {
  name: 'thread.admit',
  text: `
UPDATE "Run" r SET "threadId" = t.id, "threadKey" = t.key FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS given(id, "namespaceId", key)
JOIN "Thread" t ON t."namespaceId" = given."namespaceId" AND t.key = given.key WHERE r.id = given.id AND ${waiting}
RETURNING t.id`,
};

/** Puts runs that were taken on their threads, and answers the threads. */
export async function admitRuns(sql: Sql, admissions: readonly Admission[]): Promise<string[]> {
  if (admissions.length === 0) return [];
  const threads = [...new Map(admissions.map((one) => [`${one.run.namespaceId} ${one.key}`, one])).values()];
  await sql.query(makeThreads, [
    threads.map(() => newId()),
    threads.map(({ run }) => run.workspaceId),
    threads.map(({ run }) => run.namespaceId),
    threads.map(({ key }) => key),
  ]);
  const rows = await sql.query<{ id: string }>(admit, [
    admissions.map(({ run }) => run.id),
    admissions.map(({ run }) => run.namespaceId),
    admissions.map(({ key }) => key),
  ]);
  return [...new Set(rows.map((row) => row.id))];
}

const fail: Statement = {
  name: 'thread.fail',
  text: `
WITH given AS (SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) AS t(id, code, message, detail)), moved AS (
  UPDATE "Run" r SET status = 'FAILED', sequence = r.sequence + 1, "finishedAt" = clock_timestamp(), "errorCode" = given.code, "errorMessage" = given.message,
    "errorDetail" = given.detail::jsonb, "waitKind" = NULL, "waitSince" = NULL, "waitUntil" = NULL, "waitDetail" = NULL
  FROM given WHERE r.id = given.id AND ${waiting}
  RETURNING r.id, r."workspaceId", r."automationId", r.status, r.sequence, r."dryRun", r."errorCode", r."errorMessage", 'RUN_QUEUED'::"RunEventType" AS queued
), ${afterwards}`,
};

/** Ends runs whose thread cannot be named. */
export async function failWishes(
  sql: Sql,
  failures: readonly { readonly run: WishingRun; readonly error: RunError }[],
): Promise<MovedRun[]> {
  if (failures.length === 0) return [];
  return sql.query<MovedRun>(fail, [
    failures.map(({ run }) => run.id),
    failures.map(({ error }) => error.code),
    failures.map(({ error }) => error.message),
    failures.map(({ error }) => (error.detail === null ? null : JSON.stringify(error.detail))),
  ]);
}

/** SQL: whether a run is open on the thread that `id` names, written so that each part is one look into Run_thread_open_idx. */
export const openOn = (id: string): string => `(
  EXISTS (SELECT 1 FROM "Run" o WHERE o."threadId" = ${id} AND o."waitKind" IS NULL AND o.status IN ('QUEUED', 'RUNNING'))
  OR EXISTS (SELECT 1 FROM "Run" o WHERE o."threadId" = ${id} AND o."waitKind" IN ('RETRY', 'CONCURRENCY', 'PAUSED', 'REDIRECT', 'DELAY', 'APPROVAL', 'EVENT', 'SUBFLOW') AND o.status IN ('QUEUED', 'WAITING', 'RUNNING'))
)`;

const idleAfter: Statement = {
  name: 'thread.idle.after',
  text: `
SELECT t.id FROM (SELECT DISTINCT "threadId" AS id FROM "Run" WHERE id = ANY($1::uuid[]) AND "threadId" IS NOT NULL) t
WHERE EXISTS (SELECT 1 FROM "Run" r WHERE ${waiting} AND r."threadId" = t.id) AND NOT ${openOn('t.id')}`,
};

/** The threads of these runs on which a run waits and none is open. */
export async function idleThreadsOf(sql: Sql, runIds: readonly string[]): Promise<string[]> {
  return (await sql.query<{ id: string }>(idleAfter, [runIds])).map((row) => row.id);
}

const idle: Statement = {
  name: 'thread.idle',
  // A walk over the threads on which runs wait: it costs one look for each, however many runs wait on it. It begins before the first one
  // with an id that none has, for the planner would rather sort them all to find the first.
  text: `
WITH RECURSIVE walk AS (
  SELECT '00000000-0000-0000-0000-000000000000'::uuid AS id
  UNION ALL
  SELECT (SELECT r."threadId" FROM "Run" r WHERE ${waiting} AND r."threadId" > walk.id ORDER BY r."threadId" LIMIT 1) FROM walk WHERE walk.id IS NOT NULL
)
SELECT walk.id FROM walk WHERE walk.id > '00000000-0000-0000-0000-000000000000' AND NOT ${openOn('walk.id')} LIMIT 500`,
};

/** Any threads on which a run waits and none is open: those that no message told of. */
export async function idleThreads(sql: Sql): Promise<string[]> {
  return (await sql.query<{ id: string }>(idle, [])).map((row) => row.id);
}

const lockThreads: Statement = {
  name: 'thread.lock',
  text: `SELECT id FROM "Thread" WHERE id = ANY($1::uuid[]) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED`,
};

const queueNext: Statement = {
  name: 'thread.next',
  // After the lock, for the reason above: the run that another one queued must be seen.
  text: `
WITH next AS (
  SELECT oldest.id FROM unnest($1::uuid[]) AS t(id) CROSS JOIN LATERAL (
    SELECT r.id FROM "Run" r WHERE ${waiting} AND r."threadId" = t.id ORDER BY r.id LIMIT 1 FOR UPDATE
  ) oldest WHERE NOT ${openOn('t.id')}
), moved AS (
  UPDATE "Run" r SET status = 'QUEUED', sequence = r.sequence + 1, "dispatchedAt" = CASE WHEN w."maxRunning" IS NULL THEN clock_timestamp() END, "waitKind" = NULL, "waitSince" = NULL, "waitUntil" = NULL, "waitDetail" = NULL
  FROM next, "Workspace" w WHERE r.id = next.id AND w.id = r."workspaceId"
  RETURNING r.id, r."workspaceId", r."automationId", r.status, r.sequence, r."dryRun", r."errorCode", r."errorMessage", 'RUN_QUEUED'::"RunEventType" AS queued
), ${afterwards}`,
};

/** Queues the oldest waiting run of each of these threads on which none is open. Call it inside a transaction; wake workers afterwards. */
export async function queueNextRuns(sql: Sql, threadIds: readonly string[]): Promise<MovedRun[]> {
  if (threadIds.length === 0) return [];
  const locked = await sql.query<{ id: string }>(lockThreads, [threadIds]);
  if (locked.length === 0) return [];
  return sql.query<MovedRun>(queueNext, [locked.map((thread) => thread.id)]);
}
