import type { Sql, Statement } from '#platform/db/database';

const signal: Statement = { name: 'run.signal', text: `SELECT "signalRuns"($1::uuid[]) AS id` };

/**
 * Tells runs that something they may wait for is there, in the transaction that brought it. Answers those that waited and are queued now:
 * wake workers for them afterwards.
 */
export async function signalRuns(sql: Sql, runIds: readonly string[]): Promise<string[]> {
  if (runIds.length === 0) return [];
  return (await sql.query<{ id: string }>(signal, [runIds])).map(({ id }) => id);
}
