import type { Sql, Statement } from '#platform/db/database';
import { unpaused } from './run.pause.js';
import { openOn } from './run.thread.js';

/** Why a run that is not final may never become so. */
export type StuckReason =
  | 'NO_LEASE'
  | 'LEASE_OVERDUE'
  | 'UNNAMED_WAIT'
  | 'NO_TIMER'
  | 'TIMER_OVERDUE'
  | 'PAUSE_ENDED'
  | 'NOT_TAKEN'
  | 'THREAD_IDLE';

export interface StuckRuns {
  readonly reason: StuckReason;
  readonly runs: number;
  /** The oldest of them. */
  readonly runId: string;
}

/**
 * The engine's invariant: every run that is not final has a lease, a timer, a named wait or a place in dispatch. A lease or
 * timer that is over by $1 ms counts as none, because any worker would have acted on it; so does a place in dispatch for
 * which nobody came, which an overloaded installation shows, too. A pause is a named wait for as long as it is there: the audit
 * log tells when one has ended.
 */
const stuck: Statement = {
  name: 'run.invariant',
  text: `
SELECT reason, count(*)::int AS runs, min(id::text) AS "runId" FROM (
  SELECT id, CASE status
    WHEN 'RUNNING' THEN CASE
      WHEN "leaseUntil" IS NULL OR "leaseOwner" IS NULL THEN 'NO_LEASE'
      WHEN "leaseUntil" < clock_timestamp() - $1 * interval '1 millisecond' THEN 'LEASE_OVERDUE' END
    WHEN 'WAITING' THEN CASE
      WHEN "waitKind" IS NULL THEN 'UNNAMED_WAIT'
      WHEN "waitKind" IN ('RETRY', 'REDIRECT', 'DELAY', 'EVENT') AND "waitUntil" IS NULL THEN 'NO_TIMER'
      WHEN "waitKind" = 'PAUSED' AND "pauseId" IS NULL THEN 'UNNAMED_WAIT'
      WHEN "waitKind" = 'PAUSED' AND NOT EXISTS (SELECT 1 FROM "Pause" p WHERE p.id = r."pauseId") AND NOT EXISTS (
        SELECT 1 FROM "AuditEntry" e WHERE e."subjectId" = r."pauseId" AND e.operation = 'resume' AND e.at > clock_timestamp() - $1 * interval '1 millisecond') THEN 'PAUSE_ENDED'
      WHEN "waitKind" = 'THREAD' AND "waitSince" < clock_timestamp() - $1 * interval '1 millisecond' AND ("threadId" IS NULL OR (NOT ${openOn('r."threadId"')}
        AND NOT EXISTS (SELECT 1 FROM "Run" d WHERE d."threadId" = r."threadId" AND d."finishedAt" > clock_timestamp() - $1 * interval '1 millisecond'))) THEN 'THREAD_IDLE'
      WHEN "waitKind" = 'APPROVAL' AND NOT EXISTS (SELECT 1 FROM "Approval" p WHERE p."runId" = r.id AND p.status = 'PENDING') THEN 'UNNAMED_WAIT'
      WHEN "waitKind" = 'SUBFLOW' AND NOT EXISTS (SELECT 1 FROM "Run" c WHERE c."parentId" = r.id AND c.awaited AND c.status IN ('QUEUED', 'WAITING', 'RUNNING')) THEN 'UNNAMED_WAIT'
      WHEN "waitUntil" < clock_timestamp() - $1 * interval '1 millisecond' THEN 'TIMER_OVERDUE' END
    WHEN 'QUEUED' THEN CASE
      WHEN coalesce("dispatchedAt", "queuedAt") < clock_timestamp() - $1 * interval '1 millisecond' AND ${unpaused} THEN 'NOT_TAKEN' END
  END AS reason
  FROM "Run" r WHERE status IN ('QUEUED', 'WAITING', 'RUNNING')
) open WHERE reason IS NOT NULL GROUP BY reason ORDER BY reason COLLATE "C"`,
};

/** Open runs that break the invariant, by reason; none: all is well. */
export function stuckRuns(sql: Sql, graceMs: number): Promise<StuckRuns[]> {
  return sql.query<StuckRuns>(stuck, [graceMs]);
}
