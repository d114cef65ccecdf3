import type { Sql, Statement } from '#platform/db/database';

const forget: Statement = {
  name: 'build.forget',
  // The plan of a version stays when the version is gone, for its runs can be repeated: what was ever live is kept.
  text: `
DELETE FROM "Build" WHERE hash IN (
  SELECT b.hash FROM "Build" b
  WHERE b.status = ANY (ARRAY['BUILT'::"BuildStatus", 'FAILED'::"BuildStatus"]) AND b."updatedAt" < now() - interval '1 day'
    AND NOT EXISTS (SELECT FROM "AutomationDraft" d WHERE d."buildHash" = b.hash)
    AND NOT EXISTS (SELECT FROM "AutomationVersion" v WHERE v."buildHash" = b.hash)
    AND NOT EXISTS (SELECT FROM "Plan" p WHERE p.document->'steps'->0->'args'->>'build' = b.hash)
  LIMIT 200 FOR UPDATE OF b SKIP LOCKED
) RETURNING 1 AS gone`,
};

/** Deletes some builds of drafts that were changed again, a day after they were made; answers how many. */
export async function forgetBuilds(sql: Sql): Promise<number> {
  return (await sql.query(forget, [])).length;
}
