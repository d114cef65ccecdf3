import type { Sql, Statement } from '#platform/db/database';

/** That pause `p` covers run `r`. Its first condition is the index's, so that without pauses it costs one look at an empty index. */
const covers = `p."workspaceId" = r."workspaceId" AND p."subjectId" IS NOT NULL AND (p."subjectId" = r."workspaceId" OR p."subjectId" = r."automationId"
  OR EXISTS (SELECT 1 FROM "Automation" a WHERE a.id = r."automationId" AND a."appId" = p."subjectId" OFFSET 0))`;

/** SQL: that no pause covers the run `r`. OFFSET keeps it a look per run, instead of a join or a hash of all automations. */
export const unpaused = `NOT EXISTS (SELECT 1 FROM "Pause" p WHERE ${covers} OFFSET 0)`;

/** SQL: that the workspace `w` as a whole is not paused. */
export const unpausedWorkspace = `NOT EXISTS (SELECT 1 FROM "Pause" p WHERE p."workspaceId" = w.id AND p."subjectId" = w.id)`;

/** Runs moved by one statement: a few milliseconds of work. */
const mostMoved = 500;

const park: Statement = {
  name: 'run.pause.park',
  // One walk over the queue of each workspace that has pauses, with what they cover looked up before: a workspace may have many of both.
  // The broadest pause is the one that is shown: PauseKind is in that order.
  text: `
WITH whole AS MATERIALIZED (
  SELECT "workspaceId", id, kind, reason FROM "Pause" WHERE "subjectId" = "workspaceId"
), part AS MATERIALIZED (
  SELECT DISTINCT ON (a.id) a.id AS "automationId", p.id, p.kind, p.reason FROM "Pause" p
  JOIN "Automation" a ON a."workspaceId" = p."workspaceId" AND (a.id = p."subjectId" OR a."appId" = p."subjectId")
  WHERE p."subjectId" IS NOT NULL ORDER BY a.id, p.kind
), covered AS (
  SELECT taken.* FROM (SELECT DISTINCT "workspaceId" FROM "Pause" WHERE "subjectId" IS NOT NULL) w CROSS JOIN LATERAL (
    SELECT r.id, coalesce(whole.id, part.id) AS "pauseId", coalesce(whole.kind, part.kind) AS kind, coalesce(whole.reason, part.reason) AS reason FROM "Run" r
    LEFT JOIN whole ON whole."workspaceId" = r."workspaceId" LEFT JOIN part ON part."automationId" = r."automationId"
    WHERE r."workspaceId" = w."workspaceId" AND r.status = 'QUEUED' AND (whole.id IS NOT NULL OR part.id IS NOT NULL)
    ORDER BY r.priority, r.id LIMIT ${mostMoved} FOR UPDATE OF r SKIP LOCKED
  ) taken LIMIT ${4 * mostMoved}
), moved AS (
  UPDATE "Run" r SET status = 'WAITING', sequence = r.sequence + 1, "dispatchedAt" = NULL, "pauseId" = covered."pauseId", "waitKind" = 'PAUSED', "waitSince" = clock_timestamp(), "waitUntil" = NULL,
    "waitDetail" = CASE covered.kind WHEN 'WORKSPACE' THEN 'The workspace is paused' WHEN 'APP' THEN 'Its app is paused' ELSE 'Its automation is paused' END
      || CASE covered.reason WHEN '' THEN '.' ELSE ': ' || covered.reason END
  FROM covered WHERE r.id = covered.id
  RETURNING r.id, r."workspaceId", r."automationId", r.status, r.sequence
), event AS (
  INSERT INTO "RunEvent" ("runId", sequence, "workspaceId", "automationId", type, at, status)
  SELECT id, sequence, "workspaceId", "automationId", 'RUN_WAITING', clock_timestamp(), status FROM moved
), batch AS (
  INSERT INTO "FeedBatch" ("runIds", sequences) SELECT array_agg(id), array_agg(sequence) FROM moved HAVING count(*) > 0
)
SELECT id FROM moved`,
};

/** Queued runs that a pause covers become WAITING for its end. Answers the ids of a bounded batch; call it again until it is empty. */
export async function parkPausedRuns(sql: Sql): Promise<string[]> {
  return (await sql.query<{ id: string }>(park, [])).map((run) => run.id);
}

/** A run that a pause no longer holds. */
export interface ReleasedRun {
  readonly id: string;
  /** Whether a wake-up is to be sent for it; else it is pulled. */
  readonly dispatched: boolean;
}

const release: Statement = {
  name: 'run.pause.release',
  // The pauses that hold runs come from a walk over their index: a hundred thousand runs that stay parked cost nothing.
  text: `
WITH RECURSIVE holding AS (
  (SELECT "pauseId" FROM "Run" WHERE status = 'WAITING' AND "pauseId" IS NOT NULL ORDER BY "pauseId" LIMIT 1)
  UNION ALL
  SELECT (SELECT r."pauseId" FROM "Run" r WHERE r.status = 'WAITING' AND r."pauseId" IS NOT NULL AND r."pauseId" > holding."pauseId" ORDER BY r."pauseId" LIMIT 1)
  FROM holding WHERE holding."pauseId" IS NOT NULL
), ended AS MATERIALIZED (
  SELECT "pauseId" FROM holding WHERE "pauseId" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "Pause" p WHERE p.id = holding."pauseId")
), freed AS (
  SELECT next.id FROM ended CROSS JOIN LATERAL (
    SELECT r.id FROM "Run" r WHERE r.status = 'WAITING' AND r."pauseId" = ended."pauseId" ORDER BY r.priority, r.id LIMIT ${mostMoved} FOR UPDATE SKIP LOCKED
  ) next LIMIT ${mostMoved}
), room AS MATERIALIZED (
  SELECT count(*) < $1 AS some FROM (SELECT 1 FROM "Run" WHERE status = 'QUEUED' LIMIT $1) waiting WHERE EXISTS (SELECT 1 FROM ended)
), moved AS (
  UPDATE "Run" r SET status = 'QUEUED', sequence = r.sequence + 1, "dispatchedAt" = CASE WHEN w."maxRunning" IS NULL AND room.some THEN clock_timestamp() END,
    "pauseId" = NULL, "waitKind" = NULL, "waitSince" = NULL, "waitUntil" = NULL, "waitDetail" = NULL
  FROM freed, room, "Workspace" w WHERE r.id = freed.id AND w.id = r."workspaceId"
  RETURNING r.id, r.priority, r."workspaceId", r."automationId", r.status, r.sequence, r."dispatchedAt"
), event AS (
  INSERT INTO "RunEvent" ("runId", sequence, "workspaceId", "automationId", type, at, status)
  SELECT id, sequence, "workspaceId", "automationId", 'RUN_QUEUED', clock_timestamp(), status FROM moved
), batch AS (
  INSERT INTO "FeedBatch" ("runIds", sequences) SELECT array_agg(id), array_agg(sequence) FROM moved HAVING count(*) > 0
)
SELECT id, "dispatchedAt" IS NOT NULL AS dispatched FROM moved ORDER BY priority, id`,
};

/**
 * Queues again what waits for pauses that have ended, by priority and age, with wake-ups for as many as `window` leaves room for.
 * Answers a bounded batch; call it again until it is empty.
 */
export function releasePausedRuns(sql: Sql, window: number): Promise<ReleasedRun[]> {
  return sql.query<ReleasedRun>(release, [window]);
}

/** A pause that holds back calls of a host. */
export interface HostPause {
  readonly id: string;
  readonly reason: string;
}

const ofHost: Statement = {
  name: 'run.pause.host',
  text: `SELECT id, reason FROM "Pause" WHERE "workspaceId" = $1::uuid AND host = $2`,
};

/**
 * The pause of a host in a workspace, or null. `host` is as `pause.host.ts` spells it. A run that waits for it is written as WAITING with
 * the wait kind PAUSED, this id as its `pauseId` and no `waitUntil`; it is queued again when the pause is gone.
 */
export async function pausedHost(sql: Sql, workspaceId: string, host: string): Promise<HostPause | null> {
  const [pause] = await sql.query<HostPause>(ofHost, [workspaceId, host]);
  return pause ?? null;
}
