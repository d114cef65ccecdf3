import { compileConditions } from '#language/condition/condition';
import type { Sql, Statement } from '#platform/db/database';
import type { Json } from '#plan/plan';
import { LimitExceededError } from '#domain/errors';
import type { ClaimedEvent } from '#domain/event/event.claim';
import { conditionsIn, type FlowCondition } from './flow.spec.js';
import { tellEvent, type ToldEvent } from './flow.told.js';

export interface NewWait {
  readonly runId: string;
  readonly path: string;
  readonly workspaceId: string;
  readonly eventType: string;
  readonly entityId: string | null;
  readonly conditions: readonly FlowCondition[];
  readonly until: Date;
}

const insert: Statement = {
  name: 'event-wait.insert',
  text: `
INSERT INTO "EventWait" ("runId", path, "workspaceId", "eventType", "entityId", conditions, until, "createdAt")
VALUES ($1::uuid, $2, $3::uuid, $4, $5::uuid, $6::jsonb, $7::timestamptz, clock_timestamp())
ON CONFLICT ("runId", path) DO UPDATE SET "eventType" = excluded."eventType", "entityId" = excluded."entityId", conditions = excluded.conditions, until = excluded.until
WHERE "EventWait"."eventId" IS NULL RETURNING path`,
};

/** An event looks at all steps of its workspace that wait for its type. */
const mostOpen = 10_000;

const count: Statement = {
  name: 'event-wait.count',
  text: `
SELECT count(*)::int AS open FROM (
  SELECT 1 FROM "EventWait" WHERE "workspaceId" = $1::uuid AND "eventType" = $2 AND "eventId" IS NULL AND until > clock_timestamp() LIMIT $3
) few`,
};

const lock: Statement = {
  name: 'event-wait.lock',
  text: `SELECT pg_advisory_xact_lock(hashtextextended('waits of ' || $1 || ' for ' || $2, 0)) IS NULL AS held`,
};
/** From there on those that come at once are counted one after the other: fewer could not be so many. */
const fewest = mostOpen - 1_000;

async function openOf(sql: Sql, workspaceId: string, eventType: string): Promise<number> {
  const [row] = await sql.query<{ open: number }>(count, [workspaceId, eventType, mostOpen]);
  return row?.open ?? 0;
}

/** Waits for an event from the end of the transaction on: those that have their turn later are heard. False: one was heard already. Throws LanguageError for conditions that mean nothing, and LimitExceededError. */
export async function waitForEvent(sql: Sql, wait: NewWait): Promise<boolean> {
  const { runId, path, workspaceId, eventType, entityId, conditions, until } = wait;
  const plain = conditions.map(({ value, ...condition }) => (value === undefined ? condition : { ...condition, value: literal(value) }));
  compileConditions(conditionsIn(plain));
  let open = await openOf(sql, workspaceId, eventType);
  if (open >= fewest) {
    await sql.query(lock, [workspaceId, eventType]);
    open = await openOf(sql, workspaceId, eventType);
  }
  if (open >= mostOpen)
    throw new LimitExceededError(`At most ${mostOpen} steps of a workspace wait for events of one type.`, mostOpen, null);
  return (await sql.query(insert, [runId, path, workspaceId, eventType, entityId, JSON.stringify(plain), until])).length > 0;
}

/** Values were rendered: braces in them are no slots. */
function literal(value: Json): Json {
  if (typeof value === 'string') return value.replace(/\{[{%]/g, (open) => `{{ '${open}' }}`);
  if (Array.isArray(value)) return (value as readonly Json[]).map(literal);
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, literal(one)]));
  return value;
}

type StoredEvent = Pick<
  ClaimedEvent,
  'id' | 'workspaceId' | 'type' | 'entityId' | 'blueprint' | 'data' | 'previous' | 'changed' | 'actorKind' | 'actorName' | 'at'
>;

const read: Statement = {
  name: 'event-wait.read',
  text: `
SELECT w."eventId", e.id, e."workspaceId", e.type, e."entityId", e.blueprint, e.data, e.previous, e.changed, e."actorKind", e."actorName", e.at
FROM "EventWait" w LEFT JOIN "Event" e ON e.id = w."eventId" WHERE w."runId" = $1::uuid AND w.path = $2`,
};

/** The event that ended a wait; null: none has. */
export async function awaitedEvent(sql: Sql, runId: string, path: string): Promise<ToldEvent | null> {
  const [row] = await sql.query<StoredEvent & { readonly eventId: string | null }>(read, [runId, path]);
  return row?.eventId == null ? null : tellEvent(sql, row);
}
