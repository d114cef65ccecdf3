import type { Sql, Statement } from '#platform/db/database';
import type { ActorKind, BulkItemStatus, BulkKind, RunStatus } from '#platform/db/generated/prisma/enums';
import type { FilterSql } from './run.filter.js';

/** How many runs a filter matches. */
export async function countRuns(sql: Sql, { text, values }: FilterSql): Promise<number> {
  const [row] = await sql.query<{ count: number }>(
    { name: 'bulk.count', text: `SELECT count(*)::int AS count FROM "Run" r WHERE ${text}` },
    values,
  );
  return row?.count ?? 0;
}

/** Takes down the runs that match now, the oldest first, at most `most`; answers how many. The filter's values begin at $3. */
export async function takeDown(sql: Sql, operationId: string, most: number, { text, values }: FilterSql): Promise<number> {
  const [row] = await sql.query<{ count: number }>(
    {
      name: 'bulk.take',
      text: `
WITH taken AS (
  INSERT INTO "BulkItem" ("operationId", ordinal, "runId")
  SELECT $1::uuid, row_number() OVER (ORDER BY matching.id), matching.id FROM (SELECT r.id FROM "Run" r WHERE ${text} ORDER BY r.id LIMIT $2) matching
  RETURNING 1
) SELECT count(*)::int AS count FROM taken`,
    },
    [operationId, most, ...values],
  );
  return row?.count ?? 0;
}

const readRunning: Statement = {
  name: 'bulk.running',
  text: `SELECT id FROM "BulkOperation" WHERE status = 'RUNNING' AND id <> ALL($1::uuid[]) ORDER BY id LIMIT 100`,
};

/** Some of the operations that are not over, the oldest first, but for these. */
export async function runningOperations(sql: Sql, without: readonly string[]): Promise<string[]> {
  return (await sql.query<{ id: string }>(readRunning, [without])).map((operation) => operation.id);
}

/** An operation in the hands of this transaction. */
export interface HeldOperation {
  readonly id: string;
  readonly workspaceId: string;
  readonly kind: BulkKind;
  readonly total: number;
  readonly actorKind: ActorKind;
  readonly actorId: string | null;
  /** How many more runs may be queued in the workspace; 0 for an operation that makes none. */
  readonly room: number;
}

const hold: Statement = {
  name: 'bulk.hold',
  // What is parked by a pause or waits for its thread fills the queue, too, as it does for triggers.
  text: `
SELECT o.id, o."workspaceId", o.kind, o.total, o."actorKind", o."actorId",
  CASE o.kind WHEN 'RETRY' THEN greatest(0, w."maxQueued" - (SELECT count(*) FROM (
    SELECT 1 FROM "Run" r WHERE r."workspaceId" = w.id AND r.status = 'QUEUED'
    UNION ALL
    SELECT 1 FROM "Pause" p JOIN "Run" r ON r."pauseId" = p.id AND r.status = 'WAITING' WHERE p."workspaceId" = w.id
    UNION ALL
    SELECT 1 FROM "Run" r WHERE r."workspaceId" = w.id AND r.status = 'WAITING' AND r."waitKind" = 'THREAD' AND r."waitUntil" IS NULL AND r."pauseId" IS NULL
    LIMIT w."maxQueued"
  ) waiting))::int ELSE 0 END AS room
FROM "BulkOperation" o JOIN "Workspace" w ON w.id = o."workspaceId" WHERE o.id = $1::uuid AND o.status = 'RUNNING' FOR UPDATE OF o SKIP LOCKED`,
};

/** Takes the operation for this transaction; null when another worker has it or it is over. */
export async function holdOperation(sql: Sql, id: string): Promise<HeldOperation | null> {
  const [operation] = await sql.query<HeldOperation>(hold, [id]);
  return operation ?? null;
}

/** A run that is to be dealt with, as it stands now. */
export interface PendingItem {
  readonly ordinal: number;
  readonly runId: string;
  /** Null: the run is no longer kept. */
  readonly status: RunStatus | null;
  readonly cancelRequestedAt: Date | null;
  readonly automationId: string | null;
  readonly versionId: string | null;
  readonly triggerPoint: string | null;
  readonly environmentKey: string | null;
  /** JSON text. */
  readonly input: string | null;
  /** JSON text. */
  readonly resolvedPayload: string | null;
  readonly eventId: string | null;
  readonly entityId: string | null;
  readonly depth: number | null;
  readonly threadKey: string | null;
  /** In which its thread is; null: its version has none. */
  readonly namespaceId: string | null;
  readonly priority: number | null;
}

/** Inputs of one batch that are brought to the worker, but for the last one. */
const mostInputBytes = 4_000_000;

const pending: Statement = {
  name: 'bulk.pending',
  text: `
SELECT * FROM (
SELECT i.ordinal, i."runId", r.status, r."cancelRequestedAt", r."automationId", r."versionId", r."triggerPoint", e.key AS "environmentKey", CASE WHEN $3 THEN r.input::text END AS input, CASE WHEN $3 THEN r."resolvedPayload"::text END AS "resolvedPayload", r."eventId", r."entityId", r.depth, r."threadKey", v."namespaceId", r.priority,
  CASE WHEN $3 THEN sum(octet_length(r.input::text) + coalesce(octet_length(r."resolvedPayload"::text), 0)) OVER (ORDER BY i.ordinal ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) END AS before
FROM (SELECT ordinal, "runId" FROM "BulkItem" WHERE "operationId" = $1::uuid AND status = 'PENDING' ORDER BY ordinal LIMIT $2) i
LEFT JOIN "Run" r ON r.id = i."runId" LEFT JOIN "Environment" e ON e.id = r."environmentId" LEFT JOIN "AutomationVersion" v ON v.id = r."versionId"
) next WHERE coalesce(before, 0) < ${mostInputBytes} ORDER BY ordinal`,
};

/** The next runs of the operation, at most `most`; their inputs only when asked for. */
export function pendingItems(sql: Sql, operationId: string, most: number, withInput: boolean): Promise<PendingItem[]> {
  return sql.query<PendingItem>(pending, [operationId, most, withInput]);
}

const readStates: Statement = {
  name: 'bulk.states',
  text: `SELECT id, status, "cancelRequestedAt" FROM "Run" WHERE id = ANY($1::uuid[])`,
};

/** Where runs stand after a statement that could not move them. */
export function statesOf(
  sql: Sql,
  runIds: readonly string[],
): Promise<{ readonly id: string; readonly status: RunStatus; readonly cancelRequestedAt: Date | null }[]> {
  return sql.query(readStates, [runIds]);
}

/** What became of one run. */
export interface ItemResult {
  readonly ordinal: number;
  readonly status: Exclude<BulkItemStatus, 'PENDING'>;
  readonly code: string | null;
  readonly message: string | null;
  readonly newRunId: string | null;
}

const settle: Statement = {
  name: 'bulk.settle',
  text: `
WITH settled AS (
  UPDATE "BulkItem" i SET status = t.status::"BulkItemStatus", code = t.code, message = t.message, "newRunId" = t."newRunId"
  FROM unnest($2::int[], $3::text[], $4::text[], $5::text[], $6::uuid[]) AS t(ordinal, status, code, message, "newRunId")
  WHERE i."operationId" = $1::uuid AND i.ordinal = t.ordinal AND i.status = 'PENDING'
  RETURNING i.status
), counted AS (
  SELECT count(*) FILTER (WHERE status = 'SUCCEEDED')::int AS succeeded, count(*) FILTER (WHERE status = 'FAILED')::int AS failed FROM settled
)
UPDATE "BulkOperation" o SET succeeded = o.succeeded + counted.succeeded, failed = o.failed + counted.failed,
  status = CASE WHEN o.succeeded + counted.succeeded + o.failed + counted.failed >= o.total THEN 'COMPLETED' ELSE 'RUNNING' END::"BulkStatus",
  "finishedAt" = CASE WHEN o.succeeded + counted.succeeded + o.failed + counted.failed >= o.total THEN clock_timestamp() END
FROM counted WHERE o.id = $1::uuid`,
};

/** Writes the results of a batch and counts them; the last one ends the operation. */
export async function settleItems(sql: Sql, operationId: string, results: readonly ItemResult[]): Promise<void> {
  await sql.query(settle, [
    operationId,
    results.map((result) => result.ordinal),
    results.map((result) => result.status),
    results.map((result) => result.code),
    results.map((result) => result.message),
    results.map((result) => result.newRunId),
  ]);
}
