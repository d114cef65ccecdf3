import type { Sql, Statement } from '#platform/db/database';

const delayed: Statement = {
  name: 'rule.delayed',
  // An app's rules are all in its own workspace.
  text: `
SELECT r."automationId" FROM "Rule" r JOIN "Automation" a ON a.id = r."automationId"
WHERE r."workspaceId" = $1::uuid AND r.blueprint = $2 AND r."triggerKey" = 'delay' AND a.name = $3 AND a."appId" IS NOT DISTINCT FROM $4::uuid AND a."deletedAt" IS NULL
ORDER BY r.number LIMIT 1`,
};

/** The rule that `after … trigger` calls so: of the same app, or beside it of the same workspace, and about the same records; null: there is none. */
export async function readDelayedRule(
  sql: Sql,
  place: { readonly workspaceId: string; readonly blueprint: string; readonly appId: string | null },
  name: string,
): Promise<string | null> {
  const [row] = await sql.query<{ automationId: string }>(delayed, [place.workspaceId, place.blueprint, name, place.appId]);
  return row?.automationId ?? null;
}

/** A timer whose time has come. */
export interface DueTimer {
  readonly id: string;
  readonly workspaceId: string;
  readonly entityId: string;
  readonly automationId: string;
  readonly blueprint: string;
  readonly runId: string | null;
  readonly eventId: string | null;
  readonly depth: number;
  readonly chain: readonly string[];
}

/** Timers that end in one transaction. */
export const mostDue = 200;
/** Due timers that are looked at for that: those of records that somebody else changes are left for the next look. */
const mostLooked = 1_000;

const takeDue: Statement = {
  name: 'timer.due',
  // Nobody is waited for. The record of a timer may be gone.
  text: `
WITH looked AS MATERIALIZED (
  SELECT id, "entityId", "dueAt" FROM "Timer" WHERE "dueAt" <= statement_timestamp() ORDER BY "dueAt", id LIMIT ${mostLooked}
), held AS MATERIALIZED (
  SELECT e.id FROM "Entity" e WHERE e.id IN (SELECT "entityId" FROM looked) FOR NO KEY UPDATE SKIP LOCKED
), due AS (
  SELECT t.id FROM looked JOIN "Timer" t ON t.id = looked.id
  WHERE looked."entityId" IN (SELECT id FROM held) OR NOT EXISTS (SELECT 1 FROM "Entity" e WHERE e.id = looked."entityId")
  ORDER BY looked."dueAt", looked.id LIMIT ${mostDue} FOR UPDATE OF t SKIP LOCKED
), taken AS (
  DELETE FROM "Timer" t USING due WHERE t.id = due.id
  RETURNING t.id, t."workspaceId", t."entityId", t."automationId", t."runId", t."eventId", t.depth, t.chain, t."dueAt"
)
SELECT taken.id, taken."workspaceId", taken."entityId", taken."automationId", r.blueprint, taken."runId", taken."eventId", taken.depth, taken.chain
FROM taken JOIN "Rule" r ON r."automationId" = taken."automationId" ORDER BY taken."dueAt", taken.id`,
};

/**
 * Takes timers whose time has come, in any number of processes at once; they are gone when the transaction commits, and until then nobody
 * else changes their records.
 */
export function takeDueTimers(sql: Sql): Promise<DueTimer[]> {
  return sql.query<DueTimer>(takeDue, []);
}

const nextDue: Statement = {
  name: 'timer.next',
  text: `SELECT ceil(extract(epoch FROM "dueAt" - clock_timestamp()) * 1000)::float8 AS ms FROM "Timer" ORDER BY "dueAt" LIMIT 1`,
};

/** Milliseconds until a timer's time has come; null when there is none. */
export async function nextTimerMs(sql: Sql): Promise<number | null> {
  const [row] = await sql.query<{ ms: number }>(nextDue, []);
  return row?.ms ?? null;
}
