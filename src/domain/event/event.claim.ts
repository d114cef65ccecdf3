import type { ActorKind } from '#platform/db/generated/prisma/enums';
import type { Sql, Statement } from '#platform/db/database';
import type { Json } from '#plan/plan';
import { beforeAll, type Turns } from './event.turns.js';

type JsonObject = { readonly [name: string]: Json };

/** An event whose automations this process evaluates now. */
export interface ClaimedEvent {
  readonly id: string;
  readonly workspaceId: string;
  readonly type: string;
  readonly entityId: string | null;
  readonly blueprint: string | null;
  readonly data: JsonObject;
  readonly previous: JsonObject | null;
  readonly changed: readonly string[];
  readonly actorKind: ActorKind;
  readonly actorId: string | null;
  readonly actorName: string;
  readonly depth: number;
  readonly chain: readonly string[];
  readonly at: Date;
  /** The fence of all that is written about it. */
  readonly epoch: number;
  /** Leases that ended with whoever had them, not counted those that were given back. */
  readonly lost: number;
  /** It was held back: its rules were evaluated, and what waited for it was woken. */
  readonly held: boolean;
}

/** That nobody holds the event `e`. */
const free = `(e."leaseUntil" IS NULL OR e."leaseUntil" <= clock_timestamp())`;

/** Events of one workspace that are looked at, and finished, by one statement, and those of all: some milliseconds of work. */
const mostIdle = 200;
const mostIdleTogether = 5_000;

/** The workspaces that have pending events, one step each. They are sorted by all columns of the index of pending events: no other one may be walked. */
const spaces = `
WITH RECURSIVE space AS (
  (SELECT e."workspaceId" AS id FROM "Event" e WHERE e."passedAt" IS NULL ORDER BY e."workspaceId", e."entityId", e.sequence LIMIT 1)
  UNION ALL
  SELECT (SELECT e."workspaceId" FROM "Event" e WHERE e."passedAt" IS NULL AND e."workspaceId" > space.id ORDER BY e."workspaceId", e."entityId", e.sequence LIMIT 1)
  FROM space WHERE space.id IS NOT NULL
)`;

/** What a rule's trigger is called for the event `looked`, of those in `live.keys`. */
const concerned = `coalesce(CASE looked.type
  WHEN 'rule.due' THEN true
  WHEN 'entity.created' THEN 'create' = ANY(live.keys)
  WHEN 'note.added' THEN 'note' = ANY(live.keys)
  WHEN 'entity.updated' THEN 'update' = ANY(live.keys) OR EXISTS (SELECT 1 FROM unnest(looked.changed) AS c(field) WHERE 'field:' || c.field = ANY(live.keys))
  END, false)`;

const passIdle: Statement = {
  name: 'event.pass-idle',
  // The triggers that rules of a workspace have are looked up once for each type of record. That a rule is disabled does not count here:
  // its events are finished one by one.
  text: `${spaces}, looked AS MATERIALIZED (
  SELECT next.* FROM space CROSS JOIN LATERAL (
    SELECT e.id, e."workspaceId", e.blueprint, e.type, e.changed FROM "Event" e WHERE e."passedAt" IS NULL AND e."workspaceId" = space.id AND ${free}
    ORDER BY e."entityId", e.sequence LIMIT ${mostIdle}
  ) next LIMIT ${mostIdleTogether}
), live AS MATERIALIZED (
  SELECT k."workspaceId", k.blueprint, array_agg(DISTINCT t."triggerKey") AS keys
  FROM (SELECT DISTINCT "workspaceId", blueprint FROM looked WHERE blueprint IS NOT NULL) k
  CROSS JOIN LATERAL (
    SELECT r."triggerKey" FROM "Rule" r WHERE r."workspaceId" = k."workspaceId" AND r.blueprint = k.blueprint
    UNION ALL
    SELECT r."triggerKey" FROM "AppInstance" i JOIN "Automation" a ON a."appId" = i."appId" JOIN "Rule" r ON r."automationId" = a.id
    WHERE i."workspaceId" = k."workspaceId" AND r.blueprint = k.blueprint
  ) t GROUP BY k."workspaceId", k.blueprint
), listened AS MATERIALIZED (
  SELECT k.* FROM (SELECT DISTINCT "workspaceId", type, blueprint FROM looked) k
  WHERE EXISTS (SELECT 1 FROM "EventTrigger" t WHERE t."workspaceId" = k."workspaceId" AND t."eventType" = k.type AND t.blueprint IS NULL)
    OR EXISTS (SELECT 1 FROM "EventTrigger" t WHERE t."workspaceId" = k."workspaceId" AND t."eventType" = k.type AND t.blueprint = k.blueprint)
    OR EXISTS (SELECT 1 FROM "EventWait" w WHERE w."workspaceId" = k."workspaceId" AND w."eventType" = k.type AND w."eventId" IS NULL)
), idle AS (
  SELECT e.id FROM looked LEFT JOIN live ON live."workspaceId" = looked."workspaceId" AND live.blueprint = looked.blueprint
  JOIN "Event" e ON e.id = looked.id AND e."passedAt" IS NULL AND ${free}
  WHERE NOT ${concerned} AND NOT EXISTS (
    SELECT 1 FROM listened l WHERE l."workspaceId" = looked."workspaceId" AND l.type = looked.type AND l.blueprint IS NOT DISTINCT FROM looked.blueprint
  ) FOR UPDATE OF e SKIP LOCKED
), passed AS (
  UPDATE "Event" e SET "passedAt" = clock_timestamp(), "leaseOwner" = NULL, "leaseUntil" = NULL FROM idle WHERE e.id = idle.id RETURNING e.id
)
SELECT (SELECT count(*)::int FROM looked) AS looked, (SELECT count(*)::int FROM passed) AS passed`,
};

/** Finishes pending events that no rule or flow can concern, some of every workspace. `more`: call it again at once. */
export async function passIdleEvents(sql: Sql): Promise<{ readonly passed: number; readonly more: boolean }> {
  const [row] = await sql.query<{ looked: number; passed: number }>(passIdle, []);
  if (row === undefined) return { passed: 0, more: false };
  return { passed: row.passed, more: row.looked >= mostIdle && row.passed > 0 };
}

/** A walk over the records of the workspace `open.id` that have pending events: of each the oldest one, where it was not held back. */
const walk = (from: string, bound = '') => `(
    WITH RECURSIVE record AS (
      (SELECT e.id, e."entityId", e."causeEventId", e."leaseUntil", e."heldAt" FROM "Event" e
       WHERE e."passedAt" IS NULL AND e."workspaceId" = open.id AND e."entityId" > ${from}${bound} ORDER BY e."entityId", e.sequence LIMIT 1)
      UNION ALL
      SELECT next.* FROM record CROSS JOIN LATERAL (
        SELECT e.id, e."entityId", e."causeEventId", e."leaseUntil", e."heldAt" FROM "Event" e
        WHERE e."passedAt" IS NULL AND e."workspaceId" = open.id AND e."entityId" > record."entityId"${bound} ORDER BY e."entityId", e.sequence LIMIT 1
      ) next
    )
    SELECT e.id FROM record e WHERE e."heldAt" IS NULL AND ${free} AND NOT EXISTS (SELECT 1 FROM "Event" c WHERE c.id = e."causeEventId" AND c."passedAt" IS NULL AND c."heldAt" IS NULL)
    )`;

interface Share {
  /** The events of one workspace that a claim looks at. */
  readonly ofWorkspace: number;
  /** Of them those that are about no record. */
  readonly ofNone: number;
}

/** Events of one workspace, beside the others, that were held back. */
const mostOfHeld = 5;

/** Where a claim is to take more than so many, it looks at more of each workspace. */
const manyFrom = 20;
/** Numbers stand in the text: with a parameter as its LIMIT the planner would not walk the index. */
const claim = claimOf('event.claim', { ofWorkspace: manyFrom, ofNone: 5 });
const claimMany = claimOf('event.claim-many', { ofWorkspace: 200, ofNone: 120 });

function claimOf(name: string, { ofWorkspace, ofNone }: Share): Statement {
  return {
    name,
    // A walk over the workspaces, and in each over the records that have pending events: however many wait, one step each. Of a record only
    // the oldest event is taken; those that are about no record have no order. What an event caused waits until that event has passed, or was held back after its rules had their turn; as
    // causes are older than what they cause, no two wait for each other. Where little is free, the workspace goes first that has had no turn
    // for the longest time. What was held back is found by an index of its own: it may be left alone while other events have their turn, and
    // is the oldest event of its record.
    text: `${spaces}, open AS MATERIALIZED (
  SELECT space.id, coalesce(t.after, '${beforeAll}') AS after, coalesce(t.turn, 0) AS turn
  FROM space LEFT JOIN unnest($4::uuid[], $5::uuid[]) WITH ORDINALITY AS t(id, after, turn) ON t.id = space.id
  WHERE space.id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "Pause" p WHERE p."workspaceId" = space.id AND p."subjectId" = space.id)
    AND space.id <> ALL($7::uuid[])
), head AS MATERIALIZED (
  SELECT heads.id, open.turn, row_number() OVER (PARTITION BY open.id ORDER BY heads.id) AS nth FROM open CROSS JOIN LATERAL (
    (SELECT e.id FROM "Event" e WHERE e."passedAt" IS NULL AND e."workspaceId" = open.id AND e."heldAt" IS NOT NULL AND open.id <> ALL($6::uuid[]) AND ${free}
      ORDER BY e."heldAt" LIMIT ${mostOfHeld})
    UNION ALL
    (SELECT e.id FROM "Event" e WHERE e."passedAt" IS NULL AND e."workspaceId" = open.id AND e."entityId" IS NULL AND e."heldAt" IS NULL AND ${free}
      AND NOT EXISTS (SELECT 1 FROM "Event" c WHERE c.id = e."causeEventId" AND c."passedAt" IS NULL AND c."heldAt" IS NULL) ORDER BY e."entityId", e.sequence LIMIT ${ofNone})
    UNION ALL ${walk('open.after')} UNION ALL ${walk(`'${beforeAll}'`, ` AND e."entityId" <= open.after`)} LIMIT ${ofWorkspace + mostOfHeld}
  ) heads
), taken AS (
  SELECT e.id FROM head JOIN "Event" e ON e.id = head.id WHERE e."passedAt" IS NULL AND ${free}
  ORDER BY head.nth, head.turn, head.id LIMIT $3 FOR UPDATE OF e SKIP LOCKED
)
UPDATE "Event" e SET "leaseOwner" = $1::uuid, "leaseUntil" = clock_timestamp() + $2 * interval '1 millisecond', epoch = e.epoch + 1,
  lost = e.lost + (e."leaseOwner" IS NOT NULL)::int
FROM taken WHERE e.id = taken.id
RETURNING e.id, e."workspaceId", e.type, e."entityId", e.blueprint, e.data, e.previous, e.changed, e."actorKind", e."actorId", e."actorName", e.depth, e.chain, e.at, e.epoch, e.lost, e."heldAt" IS NOT NULL AS held`,
  };
}

export interface ClaimOptions {
  readonly owner: string;
  readonly leaseMs: number;
  readonly most: number;
  readonly turns: Turns;
  /** The workspaces whose events that were held back are left alone for now. */
  readonly resting: readonly string[];
  /** Those that are left alone for now. */
  readonly closed: readonly string[];
}

/** Takes events, each the oldest pending one of its record, from every workspace that is not paused. */
export function claimEvents(sql: Sql, { owner, leaseMs, most, turns, resting, closed }: ClaimOptions): Promise<ClaimedEvent[]> {
  return sql.query<ClaimedEvent>(most > manyFrom ? claimMany : claim, [
    owner,
    leaseMs,
    most,
    [...turns.keys()],
    [...turns.values()],
    resting,
    closed,
  ]);
}

type Held = Pick<ClaimedEvent, 'id' | 'epoch'>;

const renew: Statement = {
  name: 'event.renew',
  // Those that are being written are skipped: whoever writes them has them.
  text: `
WITH held AS (
  SELECT e.id FROM "Event" e JOIN unnest($1::uuid[], $2::int[]) AS t(id, epoch) ON t.id = e.id AND t.epoch = e.epoch
  WHERE e."passedAt" IS NULL AND e."leaseOwner" = $3::uuid FOR UPDATE OF e SKIP LOCKED
)
UPDATE "Event" e SET "leaseUntil" = clock_timestamp() + $4 * interval '1 millisecond' FROM held WHERE e.id = held.id`,
};

/** Keeps what this process holds. What it has lost stays lost, and is refused by the fence. */
export async function renewEvents(sql: Sql, owner: string, held: readonly Held[], leaseMs: number): Promise<void> {
  await sql.query(renew, [held.map(({ id }) => id), held.map(({ epoch }) => epoch), owner, leaseMs]);
}

const giveBack: Statement = {
  name: 'event.give-back',
  text: `
UPDATE "Event" e SET "leaseOwner" = NULL, "leaseUntil" = NULL FROM unnest($1::uuid[], $2::int[]) AS t(id, epoch)
WHERE e.id = t.id AND e.epoch = t.epoch AND e."passedAt" IS NULL`,
};

/** Lets others take them at once. */
export async function giveBackEvents(sql: Sql, held: readonly Held[]): Promise<void> {
  await sql.query(giveBack, [held.map(({ id }) => id), held.map(({ epoch }) => epoch)]);
}

const pending: Statement = {
  name: 'event.pending',
  text: `SELECT count(*)::int AS total FROM (SELECT 1 FROM "Event" WHERE "passedAt" IS NULL LIMIT $1) e`,
};

/** Events that have not passed; from `most` on it stops counting. */
export async function countPendingEvents(sql: Sql, most: number): Promise<number> {
  const [row] = await sql.query<{ total: number }>(pending, [most]);
  return row?.total ?? 0;
}
