import type { Sql, Statement } from '#platform/db/database';
import type { ActorKind } from '#platform/db/generated/prisma/enums';
import type { ClaimedEvent } from '#domain/event/event.claim';
import type { JsonObject } from './flow.spec.js';

const listening: Statement = {
  name: 'flow.listening',
  text: `
SELECT g.nth::int, EXISTS (SELECT 1 FROM "EventTrigger" t WHERE t."workspaceId" = g."workspaceId" AND t."eventType" = g.type) AS starts,
  EXISTS (SELECT 1 FROM "EventWait" w WHERE w."workspaceId" = g."workspaceId" AND w."eventType" = g.type AND w."eventId" IS NULL) AS awaited
FROM unnest($1::uuid[], $2::text[]) WITH ORDINALITY AS g("workspaceId", type, nth)`,
};

/** Who hears of an event. */
export interface Hearers {
  /** Flows that it may start. */
  readonly starts: boolean;
  /** Steps that wait for such an event. */
  readonly awaited: boolean;
}

/** Of each event whether it may start a flow, and whether one waits for it. */
export async function hearersOf(
  sql: Sql,
  events: readonly Pick<ClaimedEvent, 'id' | 'workspaceId' | 'type'>[],
): Promise<(event: Pick<ClaimedEvent, 'workspaceId' | 'type'>) => Hearers> {
  const { kinds, of } = kindsOf(events, ({ workspaceId, type }: Pick<ClaimedEvent, 'workspaceId' | 'type'>) => `${workspaceId} ${type}`);
  const rows =
    kinds.length === 0
      ? []
      : await sql.query<Hearers & { nth: number }>(listening, [kinds.map(({ workspaceId }) => workspaceId), kinds.map(({ type }) => type)]);
  const heard = new Map(rows.map((row) => [row.nth - 1, row]));
  return (event) => heard.get(of(event)) ?? { starts: false, awaited: false };
}

/** Items that are alike, once, and which of them an item is like. */
function kindsOf<Item, Whole extends Item>(items: readonly Whole[], kindOf: (item: Item) => string) {
  const places = new Map<string, number>();
  const kinds: Whole[] = [];
  for (const item of items) {
    const kind = kindOf(item);
    if (!places.has(kind)) places.set(kind, kinds.push(item) - 1);
  }
  return { kinds, of: (item: Item): number => places.get(kindOf(item)) ?? -1 };
}

/** One trigger of a flow that an event may start. */
export interface MatchedTrigger {
  readonly automationId: string;
  /** The version that is live. */
  readonly versionId: string;
  /** Its conditions as JSON: what was read of them is kept by it. */
  readonly text: string;
}

/** What triggers are found by. */
export interface Matchable extends Pick<ClaimedEvent, 'workspaceId' | 'type' | 'blueprint'> {
  readonly pins: readonly string[];
}

const columns = 't."automationId", t.ordinal, t.conditions';
const about = 'FROM "EventTrigger" t WHERE t."workspaceId" = g."workspaceId" AND t."eventType" = g.type';

const match: Statement = {
  name: 'flow.match',
  // Each part is one look into the index: however many flows a workspace has, an event looks at those that it may start. LIMIT 1 changes
  // nothing (these are unique) but the plan: a look-up for each trigger, whatever the statistics say.
  text: `
WITH given AS MATERIALIZED (
  SELECT i.nth, i."workspaceId", i.type, i.blueprint, ARRAY(SELECT jsonb_array_elements_text(i.pins::jsonb)) AS pins
  FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) WITH ORDINALITY AS i("workspaceId", type, blueprint, pins, nth)
)
SELECT g.nth::int, t."automationId", d."versionId", t.conditions::text AS text FROM given g CROSS JOIN LATERAL (
  SELECT ${columns} ${about} AND t.blueprint IS NULL AND t.pin IS NULL
  UNION ALL SELECT ${columns} ${about} AND t.blueprint IS NULL AND t.pin = ANY(g.pins)
  UNION ALL SELECT ${columns} ${about} AND t.blueprint = g.blueprint AND t.pin IS NULL
  UNION ALL SELECT ${columns} ${about} AND t.blueprint = g.blueprint AND t.pin = ANY(g.pins)
) t
CROSS JOIN LATERAL (SELECT key FROM "Automation" WHERE id = t."automationId" AND enabled AND "deletedAt" IS NULL LIMIT 1) a
CROSS JOIN LATERAL (SELECT position FROM "Flow" WHERE "automationId" = t."automationId" LIMIT 1) f
CROSS JOIN LATERAL (SELECT id FROM "Environment" WHERE "workspaceId" = g."workspaceId" AND key = 'production' LIMIT 1) e
CROSS JOIN LATERAL (SELECT "versionId" FROM "Deployment" WHERE "automationId" = t."automationId" AND "environmentId" = e.id LIMIT 1) d
ORDER BY g.nth, f.position, a.key COLLATE "C", t."automationId", t.ordinal`,
};

/** The triggers of flows that events with these pins may meet, in the order of the flows. */
export async function matchTriggers(sql: Sql, events: readonly Matchable[]): Promise<(event: Matchable) => readonly MatchedTrigger[]> {
  // Events that are alike meet the same triggers.
  const { kinds, of } = kindsOf(events, ({ workspaceId, type, blueprint, pins }: Matchable) =>
    JSON.stringify([workspaceId, type, blueprint, pins]),
  );
  const found = kinds.map((): MatchedTrigger[] => []);
  if (kinds.length > 0)
    for (const { nth, ...trigger } of await sql.query<MatchedTrigger & { nth: number }>(match, [
      kinds.map(({ workspaceId }) => workspaceId),
      kinds.map(({ type }) => type),
      kinds.map(({ blueprint }) => blueprint),
      kinds.map(({ pins }) => JSON.stringify(pins)),
    ]))
      found[nth - 1]?.push(trigger);
  return (event) => found[of(event)] ?? [];
}

const readArguments: Statement = {
  name: 'flow.arguments',
  text: `
SELECT v.id, p.document -> 'flow' -> 'arguments' AS arguments FROM "AutomationVersion" v JOIN "Plan" p ON p.hash = v."planHash" WHERE v.id = ANY($1::uuid[])`,
};

/** The arguments of flows by their versions. */
export async function argumentsOf(sql: Sql, versionIds: readonly string[]): Promise<ReadonlyMap<string, JsonObject>> {
  if (versionIds.length === 0) return new Map();
  const rows = await sql.query<{ id: string; arguments: JsonObject | null }>(readArguments, [[...new Set(versionIds)]]);
  return new Map(rows.map((row) => [row.id, row.arguments ?? {}]));
}

/** A step that waits for an event of this type. */
export interface OpenWait {
  readonly runId: string;
  readonly path: string;
  /** Its conditions as JSON. */
  readonly text: string;
}

const waiting =
  'SELECT w."runId", w.path, w.conditions::text AS text FROM "EventWait" w WHERE w."workspaceId" = $1::uuid AND w."eventType" = $2 AND w."eventId" IS NULL AND w.until > clock_timestamp()';

const waits: Statement = {
  name: 'flow.waits',
  text: `${waiting} AND w."entityId" IS NULL UNION ALL ${waiting} AND w."entityId" = $3::uuid`,
};

export function openWaits(
  sql: Sql,
  { workspaceId, type, entityId }: Pick<ClaimedEvent, 'workspaceId' | 'type' | 'entityId'>,
): Promise<OpenWait[]> {
  return sql.query<OpenWait>(waits, [workspaceId, type, entityId]);
}

const settle: Statement = {
  name: 'flow.waits.settle',
  text: `
UPDATE "EventWait" w SET "eventId" = $3::uuid FROM unnest($1::uuid[], $2::text[]) AS t("runId", path)
WHERE w."runId" = t."runId" AND w.path = t.path AND w."eventId" IS NULL RETURNING w."runId"`,
};

/** Ends waits by an event; answers their runs. */
export async function endWaits(sql: Sql, ended: readonly OpenWait[], eventId: string): Promise<string[]> {
  if (ended.length === 0) return [];
  const rows = await sql.query<{ runId: string }>(settle, [ended.map(({ runId }) => runId), ended.map(({ path }) => path), eventId]);
  return [...new Set(rows.map(({ runId }) => runId))];
}

/** Who a run is made for. */
export interface CausingActor {
  readonly actorKind: ActorKind;
  readonly actorId: string;
}

const causing: Statement = {
  name: 'flow.causing',
  text: `
SELECT e.id, r."actorKind", r."actorId" FROM "Event" e CROSS JOIN LATERAL (
  SELECT "actorKind", "actorId" FROM "Run" WHERE id = e."causeRunId" AND "actorId" IS NOT NULL LIMIT 1
) r WHERE e.id = ANY($1::uuid[]) AND e."causeRunId" IS NOT NULL`,
};

/** Who started what led to events: flows write as themselves. Of those that are left out nobody is known. */
export async function causingActors(sql: Sql, eventIds: readonly string[]): Promise<ReadonlyMap<string, CausingActor>> {
  if (eventIds.length === 0) return new Map();
  const rows = await sql.query<CausingActor & { id: string }>(causing, [eventIds]);
  return new Map(rows.map(({ id, actorKind, actorId }) => [id, { actorKind, actorId }]));
}

/** What a flow made of an event. */
export interface FlowEvaluation {
  readonly automationId: string;
  readonly versionId: string;
  readonly outcome: 'MET' | 'NOT_MET' | 'FAILED' | 'TOO_DEEP' | 'REPEATED';
  /** NOT_MET: { text, values: [{ text, value }] }. */
  readonly failed: JsonObject | null;
  /** FAILED: { code, message }. */
  readonly error: JsonObject | null;
  readonly runId: string | null;
}

const record: Statement = {
  name: 'flow.record',
  // Everything hangs on the fence: what a worker writes that has lost an event matches nothing. Locked in their order, so that two
  // workers with the same events wait for each other.
  text: `
WITH held AS MATERIALIZED (
  SELECT e.id FROM "Event" e JOIN unnest($1::uuid[], $2::int[]) AS t(id, epoch) ON t.id = e.id AND t.epoch = e.epoch
  WHERE e.id = ANY($1::uuid[]) AND e."passedAt" IS NULL ORDER BY e.id FOR UPDATE OF e
), fence AS (
  UPDATE "Event" e SET "passedAt" = clock_timestamp(), "leaseOwner" = NULL, "leaseUntil" = NULL
  FROM held WHERE e.id = held.id AND e.id = ANY($1::uuid[]) RETURNING e.id, e."workspaceId", e."entityId"
), evaluation AS (
  INSERT INTO "Evaluation" ("eventId", "automationId", "versionId", "workspaceId", "entityId", outcome, failed, error, "runId", "durationMs", at)
  SELECT fence.id, v."automationId", v."versionId", fence."workspaceId", fence."entityId", v.outcome::"EvaluationOutcome", v.failed, v.error, v."runId", 0, clock_timestamp()
  FROM fence JOIN jsonb_to_recordset($3::jsonb) AS v("eventId" uuid, "automationId" uuid, "versionId" uuid, outcome text, failed jsonb, error jsonb, "runId" uuid) ON v."eventId" = fence.id
)
SELECT id FROM fence`,
};

/** Events of one workspace that are held back while newer ones have their turn: the walk of a claim goes past them. */
export const mostHeld = 1_000;

const hold: Statement = {
  name: 'flow.hold',
  text: `
WITH held AS (
  UPDATE "Event" e SET "leaseOwner" = NULL, "leaseUntil" = clock_timestamp() + $3 * interval '1 millisecond', "heldAt" = coalesce(e."heldAt", clock_timestamp())
  WHERE e.id = $1::uuid AND e.epoch = $2 AND e."passedAt" IS NULL RETURNING e."workspaceId"
)
SELECT (SELECT count(*)::int FROM (
  SELECT 1 FROM "Event" o WHERE o."workspaceId" = held."workspaceId" AND o."passedAt" IS NULL AND o."heldAt" IS NOT NULL LIMIT ${mostHeld}
) few) AS held FROM held`,
};

/** Leaves an event alone for a while: it has not passed. Answers how many events of its workspace were held back before, up to `mostHeld`; null: it is somebody else's. */
export async function holdEvent(sql: Sql, { id, epoch }: Pick<ClaimedEvent, 'id' | 'epoch'>, ms: number): Promise<number | null> {
  const [row] = await sql.query<{ held: number }>(hold, [id, epoch, ms]);
  return row?.held ?? null;
}

/** Writes what flows made of events, which have passed with it. Answers the ids of those that are not somebody else's by now: of the others nothing is written. */
export async function recordFlows(
  sql: Sql,
  events: readonly { readonly event: Pick<ClaimedEvent, 'id' | 'epoch'>; readonly evaluations: readonly FlowEvaluation[] }[],
): Promise<ReadonlySet<string>> {
  const evaluated = events.flatMap(({ event, evaluations }) => evaluations.map((evaluation) => ({ eventId: event.id, ...evaluation })));
  const rows = await sql.query<{ id: string }>(record, [
    events.map(({ event }) => event.id),
    events.map(({ event }) => event.epoch),
    JSON.stringify(evaluated),
  ]);
  return new Set(rows.map(({ id }) => id));
}
