import type { Sql, Statement } from '#platform/db/database';
import type { ApprovalStatus } from '#platform/db/generated/prisma/enums';
import type { Actor } from '#domain/tenant/viewer';
import { afterwards, type MovedRun } from './run.lease.js';
import { signalRuns } from './run.signal.service.js';

/*
 * Whoever decides, or lets approvals expire, locks the run first and the approval then, as all do who end runs: so none of them wait for each
 * other.
 */

const lock: Statement = { name: 'approval.lock-run', text: `SELECT id FROM "Run" WHERE id = $1::uuid FOR NO KEY UPDATE` };

const decide: Statement = {
  name: 'approval.decide',
  text: `
UPDATE "Approval" SET status = $2::"ApprovalStatus", "reviewerKind" = $3::"ActorKind", "reviewerId" = $4::uuid, "reviewerName" = $5, "reviewedAt" = clock_timestamp(), comment = $6
WHERE id = $1::uuid AND status = 'PENDING' AND ("expiresAt" IS NULL OR "expiresAt" > clock_timestamp()) RETURNING id`,
};

const queued = `'RUN_QUEUED'::"RunEventType" AS queued`;
const moved = `r.id, r."workspaceId", r."automationId", r.status, r.sequence, r."dryRun", r."errorCode", r."errorMessage", ${queued}`;

const begin: Statement = {
  name: 'approval.begin',
  text: `
WITH moved AS (
  UPDATE "Run" r SET status = 'QUEUED', sequence = r.sequence + 1, "dispatchedAt" = CASE WHEN w."maxRunning" IS NULL THEN clock_timestamp() END,
    "waitKind" = NULL, "waitSince" = NULL, "waitUntil" = NULL, "waitDetail" = NULL
  FROM "Workspace" w WHERE r.id = $1::uuid AND w.id = r."workspaceId" AND r.status = 'WAITING' AND r."waitKind" = 'APPROVAL'
  RETURNING ${moved}
), ${afterwards}`,
};

const end: Statement = {
  name: 'approval.end',
  text: `
WITH moved AS (
  UPDATE "Run" r SET status = 'CANCELED', sequence = r.sequence + 1, "finishedAt" = clock_timestamp(), "errorCode" = $2, "errorMessage" = $3,
    "waitKind" = NULL, "waitSince" = NULL, "waitUntil" = NULL, "waitDetail" = NULL
  FROM unnest($1::uuid[]) AS given(id) WHERE r.id = given.id AND r.status = 'WAITING' AND r."waitKind" = 'APPROVAL'
  RETURNING ${moved}
), ${afterwards}`,
};

export interface OpenApproval {
  readonly id: string;
  readonly runId: string;
  readonly path: string;
}

export interface Decision {
  readonly status: Extract<ApprovalStatus, 'APPROVED' | 'REJECTED'>;
  readonly actor: Actor;
  readonly comment: string;
}

/** Decides an approval, and what follows for its run. Answers the runs to be waked; null: somebody else was first, or its time is over. */
export async function decideApproval(
  sql: Sql,
  { id, runId, path }: OpenApproval,
  { status, actor, comment }: Decision,
): Promise<readonly string[] | null> {
  await sql.query(lock, [runId]);
  const decided = await sql.query(decide, [id, status, actor.kind, actor.id, actor.name, comment]);
  if (decided.length === 0) return null;
  if (path !== '') return signalRuns(sql, [runId]);
  if (status === 'APPROVED') return (await sql.query<MovedRun>(begin, [runId])).map((run) => run.id);
  await sql.query<MovedRun>(end, [
    [runId],
    'REJECTED',
    comment === '' ? `${actor.name} rejected it.` : `${actor.name} rejected it: ${comment}`,
  ]);
  return [];
}

const some: Statement = {
  name: 'approval.some',
  text: `SELECT EXISTS (SELECT 1 FROM "Approval" a WHERE a.status = 'PENDING' AND a."expiresAt" <= statement_timestamp()) AS some`,
};

/** Whether the time of an approval is over that nobody decided. */
export async function approvalsDue(sql: Sql): Promise<boolean> {
  return (await sql.query<{ some: boolean }>(some, []))[0]?.some === true;
}

const lockDue: Statement = {
  name: 'approval.due',
  text: `
SELECT r.id FROM "Run" r WHERE r.id IN (SELECT a."runId" FROM "Approval" a WHERE a.status = 'PENDING' AND a."expiresAt" <= statement_timestamp() ORDER BY a."expiresAt" LIMIT 200)
FOR NO KEY UPDATE SKIP LOCKED`,
};

const expire: Statement = {
  name: 'approval.expire',
  text: `
UPDATE "Approval" SET status = 'EXPIRED', "reviewedAt" = clock_timestamp() WHERE "runId" = ANY($1::uuid[]) AND status = 'PENDING' AND "expiresAt" <= statement_timestamp()
RETURNING id, "runId", path`,
};

/** Ends approvals whose time is over, in a transaction of the caller's. */
export async function expireApprovals(
  sql: Sql,
): Promise<{ readonly approvalIds: readonly string[]; readonly ended: readonly string[]; readonly woken: readonly string[] }> {
  const runs = await sql.query<{ id: string }>(lockDue, []);
  if (runs.length === 0) return { approvalIds: [], ended: [], woken: [] };
  const expired = await sql.query<OpenApproval>(expire, [runs.map(({ id }) => id)]);
  const whole = expired.flatMap(({ path, runId }) => (path === '' ? [runId] : []));
  const ended = await sql.query<MovedRun>(end, [whole, 'APPROVAL_EXPIRED', 'Nobody approved it in time.']);
  const woken = await signalRuns(sql, [...new Set(expired.flatMap(({ path, runId }) => (path === '' ? [] : [runId])))]);
  return { approvalIds: expired.map(({ id }) => id), ended: ended.map(({ id }) => id), woken };
}
