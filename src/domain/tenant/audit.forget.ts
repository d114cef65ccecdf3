import type { Sql, Statement } from '#platform/db/database';
import { firstIdAt } from '#platform/ids';

const forget: Statement = {
  name: 'audit.forget',
  text: `
DELETE FROM "AuditEntry" WHERE id IN (
  SELECT id FROM "AuditEntry" WHERE id < $1::uuid AND at < $2::timestamptz ORDER BY id LIMIT 1000 FOR UPDATE SKIP LOCKED
) RETURNING 1 AS gone`,
};

/** Deletes some entries of the audit log from before a moment; answers how many. */
export async function forgetAuditEntries(sql: Sql, before: Date): Promise<number> {
  return (await sql.query(forget, [firstIdAt(before.getTime()), before])).length;
}
