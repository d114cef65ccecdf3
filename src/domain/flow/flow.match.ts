import type { Sql, Statement } from '#platform/db/database';
import type { ActorKind } from '#platform/db/generated/prisma/enums';
import type { ClaimedEvent } from '#domain/event/event.claim';
import type { FlowCondition, JsonObject } from './flow.spec.js';

const listening: Statement = {
  name: 'flow.listening',
  text: `
SELECT g.id FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS g(id, "workspaceId", type)
WHERE EXISTS (SELECT 1 FROM "EventTrigger" t WHERE t."workspaceId" = g."workspaceId" AND t."eventType" = g.type)
  OR EXISTS (SELECT 1 FROM "EventWait" w WHERE w."workspaceId" = g."workspaceId" AND w."eventType" = g.type AND w."eventId" IS NULL)`,
};

/** Those of the events that may start a flow, or are waited for by one. */
export async function heardEvents(sql: Sql, events: readonly ClaimedEvent[]): Promise<ReadonlySet<string>> {
  if (events.length === 0) return new Set();
  const rows = await sql.query<{ id: string }>(listening, [
    events.map(({ id }) => id),
    events.map(({ workspaceId }) => workspaceId),
    events.map(({ type }) => type),
  ]);
  return new Set(rows.map(({ id }) => id));
}

/** One trigger of a flow that an event may start. */
export interface MatchedTrigger {
  readonly automationId: string;
  /** The version that is live. */
  readonly versionId: string;
  readonly conditions: readonly FlowCondition[];
  /** The same as text, for what was read of it is kept. */
  readonly text: string;
}

const columns = 't."automationId", t.ordinal, t.conditions';
const about = 'FROM "EventTrigger" t WHERE t."workspaceId" = $1::uuid AND t."eventType" = $2';

const match: Statement = {
  name: 'flow.match',
  // Each part is one look into the index: however many flows a workspace has, an event looks at those that it may start.
  text: `
SELECT t."automationId", d."versionId", t.conditions, t.conditions::text AS text FROM (
  SELECT ${columns} ${about} AND t.blueprint IS NULL AND t.pin IS NULL
  UNION ALL SELECT ${columns} ${about} AND t.blueprint IS NULL AND t.pin = ANY($4::text[])
  UNION ALL SELECT ${columns} ${about} AND t.blueprint = $3 AND t.pin IS NULL
  UNION ALL SELECT ${columns} ${about} AND t.blueprint = $3 AND t.pin = ANY($4::text[])
) t JOIN "Automation" a ON a.id = t."automationId" AND a.enabled AND a."deletedAt" IS NULL JOIN "Flow" f ON f."automationId" = a.id
JOIN "Environment" e ON e."workspaceId" = $1::uuid AND e.key = 'production'
JOIN "Deployment" d ON d."automationId" = a.id AND d."environmentId" = e.id
ORDER BY f.position, a.key COLLATE "C", t."automationId", t.ordinal`,
};

/** The triggers of flows that an event with these pins may meet, in the order of the flows. */
export function matchTriggers(
  sql: Sql,
  { workspaceId, type, blueprint }: Pick<ClaimedEvent, 'workspaceId' | 'type' | 'blueprint'>,
  pins: readonly string[],
): Promise<MatchedTrigger[]> {
  return sql.query<MatchedTrigger>(match, [workspaceId, type, blueprint, pins]);
}

const readArguments: Statement = {
  name: 'flow.arguments',
  text: `
SELECT v.id, p.document -> 'flow' -> 'arguments' AS arguments FROM "AutomationVersion" v JOIN "Plan" p ON p.hash = v."planHash" WHERE v.id = ANY($1::uuid[])`,
};

/** The arguments of flows by their versions. */
export async function argumentsOf(sql: Sql, versionIds: readonly string[]): Promise<ReadonlyMap<string, JsonObject>> {
  if (versionIds.length === 0) return new Map();
  const rows = await sql.query<{ id: string; arguments: JsonObject | null }>(readArguments, [versionIds]);
  return new Map(rows.map((row) => [row.id, row.arguments ?? {}]));
}

/** A step that waits for an event of this type. */
export interface OpenWait {
  readonly runId: string;
  readonly path: string;
  readonly conditions: readonly FlowCondition[];
  readonly text: string;
}

const waiting =
  'SELECT w."runId", w.path, w.conditions, w.conditions::text AS text FROM "EventWait" w WHERE w."workspaceId" = $1::uuid AND w."eventType" = $2 AND w."eventId" IS NULL AND w.until > clock_timestamp()';

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
  text: `SELECT r."actorKind", r."actorId" FROM "Event" e JOIN "Run" r ON r.id = e."causeRunId" WHERE e.id = $1::uuid AND r."actorId" IS NOT NULL`,
};

/** Who started what led to an event: flows write as themselves. Null: nobody is known. */
export async function causingActor(sql: Sql, { id }: Pick<ClaimedEvent, 'id'>): Promise<CausingActor | null> {
  const [row] = await sql.query<CausingActor>(causing, [id]);
  return row ?? null;
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
  // Everything hangs on the fence: what a worker writes that has lost the event matches nothing.
  text: `
WITH fence AS (
  UPDATE "Event" e SET "passedAt" = clock_timestamp(), "leaseOwner" = NULL, "leaseUntil" = NULL
  WHERE e.id = $1::uuid AND e.epoch = $2 AND e."passedAt" IS NULL RETURNING e.id, e."workspaceId", e."entityId"
), evaluation AS (
  INSERT INTO "Evaluation" ("eventId", "automationId", "versionId", "workspaceId", "entityId", outcome, failed, error, "runId", "durationMs", at)
  SELECT fence.id, v."automationId", v."versionId", fence."workspaceId", fence."entityId", v.outcome::"EvaluationOutcome", v.failed, v.error, v."runId", 0, clock_timestamp()
  FROM fence CROSS JOIN jsonb_to_recordset($3::jsonb) AS v("automationId" uuid, "versionId" uuid, outcome text, failed jsonb, error jsonb, "runId" uuid)
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

/** Writes what flows made of an event, which has passed with it. False: the event is somebody else's. */
export async function recordFlows(
  sql: Sql,
  { id, epoch }: Pick<ClaimedEvent, 'id' | 'epoch'>,
  evaluations: readonly FlowEvaluation[],
): Promise<boolean> {
  return (await sql.query<{ id: string }>(record, [id, epoch, JSON.stringify(evaluations)])).length > 0;
}
