import type { Sql, Statement } from '#platform/db/database';
import { firstIdAt } from '#platform/ids';

const forget: Statement = {
  name: 'delivery.forget',
  text: `
DELETE FROM "Delivery" WHERE id IN (
  SELECT id FROM "Delivery" WHERE id < $1::uuid AND status <> 'PENDING' AND "finishedAt" < $2::timestamptz ORDER BY id LIMIT 1000 FOR UPDATE SKIP LOCKED
) RETURNING 1 AS gone`,
};

/** Deletes some deliveries that ended before a moment; answers how many. */
export async function forgetDeliveries(sql: Sql, before: Date): Promise<number> {
  return (await sql.query(forget, [firstIdAt(before.getTime()), before])).length;
}
