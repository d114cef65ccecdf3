import type { Sql, Statement } from '#platform/db/database';
import type { OtherTest, TestRequest } from './test.service.js';

export interface ClaimedTest {
  readonly id: string;
  readonly workspaceId: string;
  readonly automationId: string;
  readonly request: TestRequest | OtherTest;
}

/** Of one workspace, in all workers: it waits for its own tests, others do not. */
const mostOfWorkspace = 2;

const claim: Statement = {
  name: 'test.claim',
  // Not tried again: whoever waits for it would not know which of its calls were made.
  text: `
WITH busy AS (
  SELECT "workspaceId" FROM "CodeTest" WHERE answer IS NULL AND "leaseUntil" IS NOT NULL GROUP BY "workspaceId" HAVING count(*) >= $1::int
)
UPDATE "CodeTest" t SET "leaseUntil" = clock_timestamp() FROM (
  SELECT id FROM "CodeTest" WHERE answer IS NULL AND "leaseUntil" IS NULL AND "workspaceId" NOT IN (SELECT "workspaceId" FROM busy)
  ORDER BY "createdAt" LIMIT 1 FOR UPDATE SKIP LOCKED
) due WHERE t.id = due.id
RETURNING t.id, t."workspaceId", t."automationId", t.request`,
};

/** The oldest test that no worker has taken, of a workspace that has not many under way; null: there is none. */
export async function claimTest(sql: Sql): Promise<ClaimedTest | null> {
  const [claimed] = await sql.query<ClaimedTest>(claim, [mostOfWorkspace]);
  return claimed ?? null;
}

const answer: Statement = {
  name: 'test.answer',
  text: `UPDATE "CodeTest" SET answer = $2::jsonb WHERE id = $1::uuid RETURNING id`,
};

export async function answerTest(sql: Sql, id: string, given: object): Promise<void> {
  await sql.query(answer, [id, JSON.stringify(given)]);
}

const forget: Statement = {
  name: 'test.forget',
  text: `DELETE FROM "CodeTest" WHERE "createdAt" < clock_timestamp() - interval '5 minutes' RETURNING id`,
};

/** Deletes what nobody waits for any more: its API process was lost. */
export async function forgetTests(sql: Sql): Promise<void> {
  await sql.query(forget, []);
}
