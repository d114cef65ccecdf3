import type { Sql, Statement } from '#platform/db/database';
import { linkOf } from '#domain/event/event.emit.service';
import type { ClaimedRun } from './run.claim.js';

const read: Statement = {
  name: 'run.chain',
  text: `
WITH RECURSIVE up AS (
  SELECT r."parentId", r."automationId", r."entityId", r."eventId" FROM "Run" r WHERE r.id = $1::uuid
  UNION ALL
  SELECT p."parentId", p."automationId", p."entityId", p."eventId" FROM up JOIN "Run" p ON p.id = up."parentId"
)
SELECT up."automationId", up."entityId", coalesce(e.chain, '{}') AS chain FROM up LEFT JOIN "Event" e ON e.id = up."eventId"`,
};

/** Of runs that are executed here: it stays as it is. */
const known = new WeakMap<Pick<ClaimedRun, 'id'>, readonly string[]>();

/**
 * What led to what a run writes, as events carry it on: which automations were started for which records, by the run itself, those whose steps
 * started it, and what led to their events.
 */
export async function chainOf(sql: Sql, run: Pick<ClaimedRun, 'id'>): Promise<readonly string[]> {
  const found = known.get(run);
  if (found !== undefined) return found;
  const rows = await sql.query<{ automationId: string | null; entityId: string | null; chain: readonly string[] }>(read, [run.id]);
  const links = rows.flatMap(({ automationId, entityId, chain }) =>
    automationId === null || entityId === null ? chain : [...chain, linkOf(automationId, entityId)],
  );
  const chain = [...new Set(links)];
  known.set(run, chain);
  return chain;
}
