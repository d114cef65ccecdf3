import type { Sql, Statement } from '#platform/db/database';
import type { Run } from '#platform/db/generated/prisma/client';
import type { ActorKind, AutomationKind, RunTrigger } from '#platform/db/generated/prisma/enums';

/** A run to be made. Exactly one of `automationId`, `automationKey` and `triggerPoint` names what runs; `versionId` pins a version. */
export interface NewRun {
  readonly id: string;
  readonly workspaceId: string;
  readonly automationId: string | null;
  readonly automationKey: string | null;
  readonly versionId: string | null;
  readonly environmentKey: string;
  /** JSON text; null: no input. */
  readonly input: string | null;
  /** JSON text of what is sent in place of what the payload template would make; absent or null: the template's. */
  readonly resolvedPayload?: string | null;
  /** The name of its thread in place of what the thread mode says; absent or null: the mode's. */
  readonly threadKey?: string | null;
  /** The key of the trigger point whose chain runs; absent or null: an automation does. */
  readonly triggerPoint?: string | null;
  readonly priority: number | null;
  readonly idempotencyKey: string | null;
  readonly trigger: RunTrigger;
  readonly actorKind: ActorKind;
  readonly actorId: string | null;
  readonly scheduleId: string | null;
  readonly retriedFromId: string | null;
  /** What may be called by this id or key: an action is no flow. Absent: both. */
  readonly kind?: Extract<AutomationKind, 'ACTION' | 'FLOW'>;
  /** As an approval names who wants it; absent: as the row of a person has it. */
  readonly actorName?: string;
  /** The event that it is made for, and the record that it is about. */
  readonly eventId?: string | null;
  readonly entityId?: string | null;
  /** How many automations led to it. */
  readonly depth?: number;
  /** The plan that it executes in place of its version's; absent: its version's. It needs no approval. */
  readonly planHash?: string | null;
  /** The run whose step starts it. */
  readonly parent?: { readonly runId: string; readonly path: string; readonly awaited: boolean };
  /** Chosen by the client, unique in the workspace. */
  readonly key?: string | null;
  /** JSON text of [{ key, value }]. */
  readonly tags?: string | null;
  /** Whether a wake-up is sent right after the commit; else the run waits in PostgreSQL for its turn. */
  readonly dispatched: boolean;
}

/** What the insert found out about one run; `versionId`, or `planHash` of a chain, is null when nothing was inserted. */
export interface InsertedRun {
  readonly id: string;
  /** Null: no such automation in the workspace. */
  readonly automationId: string | null;
  /** Whether it is a flow that is switched off: nothing was inserted. */
  readonly disabled: boolean;
  /** Null: no such environment. */
  readonly environmentId: string | null;
  /** Null: nothing is deployed there, or it is a chain. */
  readonly versionId: string | null;
  /** Null: nothing is deployed there, or there is no chain. */
  readonly planHash: string | null;
  readonly priority: number;
  readonly maxAttempts: number;
  /** Null: its version has none, and nothing that wishes for a thread was inserted. */
  readonly namespaceId: string | null;
  /** Whether it waits for its thread. */
  readonly waits: boolean;
  /** Whether it waits for an approval. */
  readonly asks: boolean;
  readonly queuedAt: Date;
}

/** That an automation `x` is what the item means. */
const wanted = `x.kind IN ('ACTION', 'FLOW') AND (item.kind IS NULL OR item.kind = x.kind::text)`;

const insertRuns: Statement = {
  name: 'run.insert',
  text: `
WITH item AS (
  SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::uuid[], $6::text[], $7::text[], $8::smallint[], $9::text[], $10::text[], $11::text[], $12::uuid[], $13::uuid[], $14::uuid[], $15::boolean[], $16::text[], $17::text[], $18::text[], $19::text[], $20::uuid[], $21::uuid[], $22::int[], $23::uuid[], $24::text[], $25::boolean[], $26::text[], $27::text[], $28::text[], $29::text[])
    AS t(id, "workspaceId", "automationId", "automationKey", "versionId", "environmentKey", input, priority, "idempotencyKey", trigger, "actorKind", "actorId", "scheduleId", "retriedFromId", dispatched, "resolvedPayload", "threadKey", "triggerPoint", kind, "eventId", "entityId", depth, "parentId", "parentPath", awaited, key, tags, "actorName", "planHash")
), target AS (
  SELECT item.id, item."workspaceId", item.input, item."idempotencyKey", item.trigger, item."actorKind", item."actorId", item."scheduleId", item."retriedFromId", item.dispatched, item."resolvedPayload", item."threadKey", item."triggerPoint",
    item."eventId", item."entityId", item.depth, item."parentId", item."parentPath", item.awaited, item.key, item.tags, item."actorName", a.name AS "automationName", coalesce(item.kind = 'FLOW' AND NOT a.enabled, false) AS disabled,
    coalesce(v."needsApproval" AND item."planHash" IS NULL, false) AS asks, v."selfReview",
    a.id AS "automationId", e.id AS "environmentId", v.id AS "versionId", coalesce(item."planHash", v."planHash", c."planHash") AS "planHash", coalesce(item.priority, v.priority, 3) AS priority, coalesce(v."maxAttempts", 1) AS "maxAttempts",
    w."maxRunning" IS NOT NULL AS capped, v."namespaceId", coalesce(v."threadMode" <> 'NEW_EACH_RUN', false) OR item."threadKey" IS NOT NULL AS waits
  FROM item JOIN "Workspace" w ON w.id = item."workspaceId"
  LEFT JOIN LATERAL (
    SELECT id, name, enabled FROM "Automation" x WHERE item."automationId" IS NOT NULL AND id = item."automationId" AND "workspaceId" = item."workspaceId" AND ${wanted} AND "deletedAt" IS NULL
    UNION ALL
    SELECT id, name, enabled FROM "Automation" x WHERE item."automationKey" IS NOT NULL AND "workspaceId" = item."workspaceId" AND key = item."automationKey" AND ${wanted} AND "deletedAt" IS NULL
  ) a ON true
  LEFT JOIN "Environment" e ON e."workspaceId" = item."workspaceId" AND e.key = item."environmentKey"
  LEFT JOIN "Deployment" d ON d."automationId" = a.id AND d."environmentId" = e.id
  LEFT JOIN "AutomationVersion" v ON v.id = coalesce(item."versionId", d."versionId") AND v."automationId" = a.id
  LEFT JOIN LATERAL (
    SELECT "planHash" FROM "PointChain" WHERE item."triggerPoint" IS NOT NULL AND "workspaceId" = item."workspaceId" AND "triggerPoint" = item."triggerPoint"
  ) c ON true
), inserted AS (
  INSERT INTO "Run" (id, "workspaceId", "environmentId", "automationId", "versionId", "planHash", status, trigger, priority, input, "maxAttempts", "idempotencyKey", "actorKind", "actorId", "scheduleId", "retriedFromId", "resolvedPayload", "threadKey", "triggerPoint", "eventId", "entityId", depth, "parentId", "parentPath", awaited, key, tags, asked, "waitKind", "waitSince", "waitUntil", "dispatchedAt", "queuedAt")
  SELECT id, "workspaceId", "environmentId", "automationId", "versionId", "planHash", CASE WHEN waits OR asks THEN 'WAITING' ELSE 'QUEUED' END::"RunStatus", trigger::"RunTrigger", priority, input::jsonb, "maxAttempts", "idempotencyKey", "actorKind"::"ActorKind", "actorId", "scheduleId", "retriedFromId",
    "resolvedPayload"::jsonb, "threadKey", "triggerPoint", "eventId", "entityId", depth, "parentId", "parentPath", awaited, key, tags::jsonb, asks, CASE WHEN waits THEN 'THREAD' WHEN asks THEN 'APPROVAL' END::"WaitKind", CASE WHEN waits OR asks THEN clock_timestamp() END,
    CASE WHEN asks AND NOT waits THEN clock_timestamp() + interval '7 days' END, CASE WHEN dispatched AND NOT capped AND NOT waits AND NOT asks THEN clock_timestamp() END, clock_timestamp()
  FROM target WHERE ("versionId" IS NOT NULL OR ("triggerPoint" IS NOT NULL AND "planHash" IS NOT NULL)) AND "environmentId" IS NOT NULL AND ("threadKey" IS NULL OR "namespaceId" IS NOT NULL) AND NOT disabled
  RETURNING id, "workspaceId", "automationId", status, "actorKind", "actorId", "queuedAt", "waitUntil"
), approval AS (
  INSERT INTO "Approval" (id, "workspaceId", "automationId", "runId", path, title, "requesterKind", "requesterId", "requesterName", "requestedAt", "selfReview", "expiresAt")
  SELECT i.id, i."workspaceId", i."automationId", i.id, '', t."automationName", i."actorKind", i."actorId",
    coalesce(t."actorName", (SELECT u.name FROM "User" u WHERE u.id = i."actorId"), (SELECT k.name FROM "ApiToken" k WHERE k.id = i."actorId"), 'Millrace'), i."queuedAt", coalesce(t."selfReview", false), i."waitUntil"
  FROM inserted i JOIN target t ON t.id = i.id WHERE t.asks
), event AS (
  INSERT INTO "RunEvent" ("runId", sequence, "workspaceId", "automationId", type, at, status)
  SELECT id, 1, "workspaceId", "automationId", CASE status WHEN 'WAITING' THEN 'RUN_WAITING' ELSE 'RUN_QUEUED' END::"RunEventType", "queuedAt", status FROM inserted
), batch AS (
  INSERT INTO "FeedBatch" ("runIds", sequences)
  SELECT array_agg(id), array_agg(1) FROM inserted HAVING count(*) > 0
)
SELECT target.id, target."automationId", target."environmentId", target."versionId", target."planHash", target.priority, target."maxAttempts", target."namespaceId", target.waits, target.asks, target.disabled, coalesce(inserted."queuedAt", clock_timestamp()) AS "queuedAt"
FROM target LEFT JOIN inserted ON inserted.id = target.id`,
};

/**
 * Inserts runs with their first events in one statement. What an automation's key means and which version is live is
 * decided here, in the same snapshot. Answers one row per given run, in no particular order.
 */
export async function insertNewRuns(sql: Sql, runs: readonly NewRun[]): Promise<ReadonlyMap<string, InsertedRun>> {
  const rows = await sql.query<InsertedRun>(insertRuns, [
    runs.map((run) => run.id),
    runs.map((run) => run.workspaceId),
    runs.map((run) => run.automationId),
    runs.map((run) => run.automationKey),
    runs.map((run) => run.versionId),
    runs.map((run) => run.environmentKey),
    runs.map((run) => run.input),
    runs.map((run) => run.priority),
    runs.map((run) => run.idempotencyKey),
    runs.map((run) => run.trigger),
    runs.map((run) => run.actorKind),
    runs.map((run) => run.actorId),
    runs.map((run) => run.scheduleId),
    runs.map((run) => run.retriedFromId),
    runs.map((run) => run.dispatched),
    runs.map((run) => run.resolvedPayload ?? null),
    runs.map((run) => run.threadKey ?? null),
    runs.map((run) => run.triggerPoint ?? null),
    runs.map((run) => run.kind ?? null),
    runs.map((run) => run.eventId ?? null),
    runs.map((run) => run.entityId ?? null),
    runs.map((run) => run.depth ?? 0),
    runs.map((run) => run.parent?.runId ?? null),
    runs.map((run) => run.parent?.path ?? null),
    runs.map((run) => run.parent?.awaited ?? false),
    runs.map((run) => run.key ?? null),
    runs.map((run) => run.tags ?? null),
    runs.map((run) => run.actorName ?? null),
    runs.map((run) => run.planHash ?? null),
  ]);
  return new Map(rows.map((row) => [row.id, row]));
}

export interface KeyedAnswer {
  readonly workspaceId: string;
  /** In the words of the graph; each has keys of its own. */
  readonly operation: 'triggerAction' | 'startFlow' | 'fireTriggerPoint';
  readonly key: string;
  readonly bodyHash: Buffer;
  readonly resultId: string;
}

const claimKeys: Statement = {
  name: 'run.idempotency.claim',
  // Ordered, so that two batches with the same keys wait for each other instead of dying together.
  text: `
INSERT INTO "IdempotencyKey" AS k ("workspaceId", operation, key, "bodyHash", "resultId", "createdAt")
SELECT "workspaceId", operation, key, "bodyHash", "resultId", now()
FROM unnest($1::uuid[], $2::text[], $3::bytea[], $4::uuid[], $6::text[]) AS t("workspaceId", key, "bodyHash", "resultId", operation) ORDER BY "workspaceId", operation, key
ON CONFLICT ("workspaceId", operation, key) DO UPDATE SET "bodyHash" = excluded."bodyHash", "resultId" = excluded."resultId", "createdAt" = excluded."createdAt"
  WHERE k."createdAt" < now() - $5 * interval '1 millisecond'
RETURNING "resultId"`,
};

const readKeys: Statement = {
  name: 'run.idempotency.read',
  text: `
SELECT k."workspaceId", k.operation, k.key, k."bodyHash", k."resultId" FROM unnest($1::uuid[], $2::text[], $3::text[]) AS t("workspaceId", key, operation)
JOIN "IdempotencyKey" k ON k."workspaceId" = t."workspaceId" AND k.operation = t.operation AND k.key = t.key`,
};

const dropKeys: Statement = {
  name: 'run.idempotency.drop',
  text: `
DELETE FROM "IdempotencyKey" k USING unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[]) AS t("workspaceId", key, "resultId", operation)
WHERE k."workspaceId" = t."workspaceId" AND k.operation = t.operation AND k.key = t.key AND k."resultId" = t."resultId"`,
};

/** Takes keys for new runs; answers the run ids whose keys were free. A key in another open transaction is waited for. */
export async function claimIdempotencyKeys(sql: Sql, answers: readonly KeyedAnswer[], keepMs: number): Promise<ReadonlySet<string>> {
  const rows = await sql.query<{ resultId: string }>(claimKeys, [
    answers.map((answer) => answer.workspaceId),
    answers.map((answer) => answer.key),
    answers.map((answer) => answer.bodyHash),
    answers.map((answer) => answer.resultId),
    keepMs,
    answers.map((answer) => answer.operation),
  ]);
  return new Set(rows.map((row) => row.resultId));
}

export function readIdempotencyKeys(sql: Sql, answers: readonly KeyedAnswer[]): Promise<KeyedAnswer[]> {
  return sql.query<KeyedAnswer>(readKeys, [
    answers.map((answer) => answer.workspaceId),
    answers.map((answer) => answer.key),
    answers.map((answer) => answer.operation),
  ]);
}

/** Gives keys back whose run could not be made: a refusal is not an answer to keep. */
export async function dropIdempotencyKeys(sql: Sql, answers: readonly KeyedAnswer[]): Promise<void> {
  await sql.query(dropKeys, [
    answers.map((answer) => answer.workspaceId),
    answers.map((answer) => answer.key),
    answers.map((answer) => answer.resultId),
    answers.map((answer) => answer.operation),
  ]);
}

const readGiven: Statement = {
  name: 'run.given',
  text: `SELECT input::text AS input, "resolvedPayload"::text AS "resolvedPayload" FROM "Run" WHERE id = $1::uuid`,
};

/** What a run was given, for another one that repeats it: as texts, for a payload that was made and is null is not one that was not made. */
export async function readGivenOf(sql: Sql, runId: string): Promise<Required<Pick<NewRun, 'input' | 'resolvedPayload'>>> {
  const [given] = await sql.query<Required<Pick<NewRun, 'input' | 'resolvedPayload'>>>(readGiven, [runId]);
  return given ?? { input: null, resolvedPayload: null };
}

const readRuns: Statement = { name: 'run.read', text: `SELECT * FROM "Run" WHERE id = ANY($1::uuid[])` };

/** Whole rows, as the graph reads them. */
export async function readWholeRuns(sql: Sql, runIds: readonly string[]): Promise<ReadonlyMap<string, Run>> {
  if (runIds.length === 0) return new Map();
  return new Map((await sql.query<Run>(readRuns, [runIds])).map((run) => [run.id, run]));
}
