import type { Sql, Statement } from '#platform/db/database';
import type { ApprovalStatus } from '#platform/db/generated/prisma/enums';
import { newId } from '#platform/ids';
import type { ClaimedRun } from './run.claim.js';

/** What a step asks a person. */
export interface Question {
  readonly path: string;
  readonly title: string;
  readonly message: string;
  /** Whether whoever started the run may answer. */
  readonly selfReview: boolean;
  readonly expiresAt: Date;
}

const ask: Statement = {
  name: 'approval.ask',
  // Another attempt of the step asks again, unless it was answered meanwhile.
  text: `
INSERT INTO "Approval" (id, "workspaceId", "automationId", "runId", path, title, message, "requesterKind", "requesterId", "requesterName", "requestedAt", "expiresAt", "selfReview")
SELECT $1::uuid, r."workspaceId", r."automationId", r.id, $3, $4, $5, r."actorKind", r."actorId",
  coalesce((SELECT u.name FROM "User" u WHERE u.id = r."actorId"), (SELECT k.name FROM "ApiToken" k WHERE k.id = r."actorId"), 'Millrace'), clock_timestamp(), $6::timestamptz, $7
FROM "Run" r WHERE r.id = $2::uuid
ON CONFLICT ("runId", path) DO UPDATE SET status = 'PENDING', title = excluded.title, message = excluded.message, "requestedAt" = excluded."requestedAt", "expiresAt" = excluded."expiresAt", "selfReview" = excluded."selfReview",
  "reviewerKind" = NULL, "reviewerId" = NULL, "reviewerName" = NULL, "reviewedAt" = NULL, comment = ''
WHERE "Approval".status = 'PENDING' RETURNING id`,
};

/** Asks for an approval in the name of a run. False: it was asked before, and its answer is there. */
export async function askApproval(
  sql: Sql,
  run: Pick<ClaimedRun, 'id'>,
  { path, title, message, selfReview, expiresAt }: Question,
): Promise<boolean> {
  return (await sql.query(ask, [newId(), run.id, path, title, message, expiresAt, selfReview])).length > 0;
}

export interface Answer {
  readonly status: ApprovalStatus;
  readonly comment: string;
  readonly reviewedBy: string | null;
  readonly reviewedAt: Date | null;
}

const read: Statement = {
  name: 'approval.read',
  text: `SELECT status, comment, "reviewerName" AS "reviewedBy", "reviewedAt" FROM "Approval" WHERE "runId" = $1::uuid AND path = $2`,
};

/** What came of it; null: it was not asked. */
export async function readAnswer(sql: Sql, runId: string, path: string): Promise<Answer | null> {
  const [row] = await sql.query<Answer>(read, [runId, path]);
  return row ?? null;
}
