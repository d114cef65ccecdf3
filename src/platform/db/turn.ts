import type { Sql } from './database.js';

const take = { name: 'db.turn', text: 'SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)) AS mine' };
const noTimeLimit = { name: 'db.no-time-limit', text: 'SET LOCAL statement_timeout = 0' };

/** Work of this name is done by one process at a time: true when it is this one's turn, until the end of the transaction. It may take its time. */
export async function takeTurn(sql: Sql, name: string): Promise<boolean> {
  const [turn] = await sql.query<{ mine: boolean }>(take, [name]);
  if (turn?.mine !== true) return false;
  await sql.query(noTimeLimit, []);
  return true;
}
