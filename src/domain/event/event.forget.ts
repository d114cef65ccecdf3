import type { Sql, Statement } from '#platform/db/database';
import { firstIdAt } from '#platform/ids';

const forget: Statement = {
  name: 'event.forget',
  // Ids are in the order of time, so the oldest are at the start of the primary key. What is pending, or in use, is passed by.
  text: `DELETE FROM "Event" WHERE id IN (
    SELECT id FROM "Event" WHERE id < $1::uuid AND at < $2::timestamptz AND "passedAt" IS NOT NULL ORDER BY id LIMIT 1000 FOR UPDATE SKIP LOCKED
  ) RETURNING 1 AS gone`,
};

/** Deletes some of the oldest events that happened before a moment and have passed, with what automations made of them; answers how many. */
export async function forgetEvents(sql: Sql, before: Date): Promise<number> {
  return (await sql.query(forget, [firstIdAt(before.getTime()), before])).length;
}
