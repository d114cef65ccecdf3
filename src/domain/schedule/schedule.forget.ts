import type { Sql, Statement } from '#platform/db/database';

const forget: Statement = {
  name: 'schedule.forget',
  // One look at the start of each schedule's part of the ledger, which is in the order of time. What a schedule will still decide stays,
  // and so does what one has that fires or is backfilled right now.
  text: `
WITH old AS MATERIALIZED (
  SELECT first.* FROM "Schedule" s CROSS JOIN LATERAL (
    SELECT t."scheduleId", t."nominalAt" FROM "Tick" t
    WHERE t."scheduleId" = s.id AND t."nominalAt" < least($1::timestamptz, s."nextNominalAt") AND t."decidedAt" < $1::timestamptz ORDER BY t."nominalAt" LIMIT 1000
  ) first LIMIT 1000
), held AS (
  SELECT id FROM "Schedule" WHERE id IN (SELECT "scheduleId" FROM old) FOR NO KEY UPDATE SKIP LOCKED
), gone AS (
  DELETE FROM "Tick" t USING old, held WHERE old."scheduleId" = held.id AND t."scheduleId" = old."scheduleId" AND t."nominalAt" = old."nominalAt"
  RETURNING t."scheduleId", t."nominalAt", t.status
), marked AS (
  UPDATE "Schedule" s SET "forgotUntil" = greatest(s."forgotUntil", ran.until)
  FROM (SELECT "scheduleId", max("nominalAt") AS until FROM gone WHERE status <> 'SKIPPED' GROUP BY "scheduleId") ran WHERE s.id = ran."scheduleId"
)
SELECT count(*)::int AS gone FROM gone`,
};

/** Deletes some entries of the ledger that were due and decided before a moment, and notes up to when there were runs; answers how many. */
export async function forgetTicks(sql: Sql, before: Date): Promise<number> {
  const [row] = await sql.query<{ gone: number }>(forget, [before]);
  return row?.gone ?? 0;
}
