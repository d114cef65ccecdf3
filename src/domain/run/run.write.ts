import type { Sql, Statement } from '#platform/db/database';
import type { RunEventType, RunStatus, StepStatus, WaitKind } from '#platform/db/generated/prisma/enums';
import type { Json } from '#plan/plan';

export interface RunError {
  readonly code: string;
  readonly message: string;
  readonly detail: Json;
}

/** One attempt of a step, as it is kept in `StepRun.attempts`; times are RFC 3339. */
export interface StepAttempt {
  readonly number: number;
  readonly startedAt: string;
  readonly finishedAt: string | null;
  readonly error: { readonly code: string; readonly message: string; readonly line?: number; readonly column?: number } | null;
}

export interface StepWrite {
  readonly path: string;
  readonly ordinal: number;
  readonly kind: string;
  readonly name: string;
  readonly status: StepStatus;
  readonly output: Json | undefined;
  readonly error: RunError | null;
  readonly attempts: readonly StepAttempt[];
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
  /** The version of the action that it executes, where the run is not one automation's. */
  readonly versionId: string | null;
  /** WAITING and RETRYING: for what, and until when. RUNNING: how far it has come. */
  readonly wait?: Json;
  /** Of what it was given, where a replay may answer from it. */
  readonly argsHash?: string;
}

export interface EventWrite {
  readonly type: RunEventType;
  readonly at: Date;
  readonly stepPath: string | null;
  readonly data: Json;
}

export interface RunWait {
  readonly kind: WaitKind;
  /** Null: no time ends it. */
  readonly ms: number | null;
  readonly detail: string;
  /** The pause whose end ends it. */
  readonly pauseId?: string;
}

/** What a worker writes about a run that it holds. */
export interface RunWrite {
  readonly runId: string;
  readonly epoch: number;
  /** How many writes the run had before this one. */
  readonly writes: number;
  /** RUNNING: only steps and events; QUEUED: handed back; WAITING with `wait`; or final. */
  readonly status: RunStatus;
  /** Of a run that ends, or of a chain that is interrupted; undefined: as it was. */
  readonly output: Json | undefined;
  readonly error: RunError | null;
  readonly attempt: number;
  readonly wait: RunWait | null;
  /** The step that ended it quietly; absent: none. */
  readonly stoppedBy?: string | null;
  /** How many signals it saw: where there were more, it does not wait but is queued. Absent: it may wait whatever there was. */
  readonly signals?: number;
  /** Whether approvals or events are asked for in its name from now on. */
  readonly asked?: boolean;
  /** What its steps get in place of the input, when it was just made. */
  readonly resolvedPayload: Json | undefined;
  readonly steps: readonly StepWrite[];
  readonly events: readonly EventWrite[];
}

export interface WrittenRun {
  readonly id: string;
  readonly status: RunStatus;
  readonly threadId: string | null;
  /** The run whose step waits for its end. */
  readonly parentId?: string | null;
  /** For a final run: from queued to final, in milliseconds. */
  readonly latencyMs: number | null;
}

const canceled = `(r."cancelRequestedAt" IS NOT NULL AND given.status <> 'RUNNING')`;
const unheard = `(given.status = 'WAITING' AND r.signals > given.signals)`;
const status = `(CASE WHEN ${canceled} THEN 'CANCELED' WHEN ${unheard} THEN 'QUEUED' ELSE given.status END)`;
const final = `(${status} NOT IN ('RUNNING', 'QUEUED', 'WAITING'))`;

const write: Statement = {
  name: 'run.write',
  // The join on epoch, writes and RUNNING is the fence: what a stale worker writes, or what was written already, matches nothing, and everything below hangs on `moved`.
  // RUNNING as text, so that the index of all running runs does not apply: each run is looked up by its id.
  text: `
WITH given AS (
  SELECT * FROM unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::smallint[], $9::text[], $10::float8[], $11::text[], $12::int[], $32::int[], $33::text[], $34::uuid[], $36::text[], $37::int[], $38::boolean[]) WITH ORDINALITY
    AS t(id, epoch, status, output, "errorCode", "errorMessage", "errorDetail", attempt, "waitKind", "waitMs", "waitDetail", events, writes, "resolvedPayload", "pauseId", "stoppedBy", signals, asked, nth)
), moved AS (
  UPDATE "Run" r SET
    status = ${status}::"RunStatus",
    sequence = r.sequence + given.events,
    writes = r.writes + 1,
    output = CASE WHEN NOT ${canceled} AND given.output IS NOT NULL THEN given.output::jsonb ELSE r.output END,
    "errorCode" = CASE WHEN ${canceled} THEN 'CANCELED' ELSE given."errorCode" END,
    "errorMessage" = CASE WHEN ${canceled} THEN 'The run was cancelled.' ELSE given."errorMessage" END,
    "errorDetail" = CASE WHEN NOT ${canceled} THEN given."errorDetail"::jsonb END,
    attempt = given.attempt,
    "stoppedBy" = coalesce(given."stoppedBy", r."stoppedBy"),
    asked = r.asked OR given.asked,
    "resolvedPayload" = coalesce(given."resolvedPayload"::jsonb, r."resolvedPayload"),
    "leaseOwner" = CASE WHEN ${status} = 'RUNNING' THEN r."leaseOwner" END,
    "leaseUntil" = CASE WHEN ${status} = 'RUNNING' THEN r."leaseUntil" END,
    "leaseSolo" = ${status} = 'RUNNING' AND r."leaseSolo",
    crashes = CASE WHEN ${status} IN ('RUNNING', 'QUEUED') THEN r.crashes ELSE 0 END,
    "dispatchedAt" = CASE WHEN ${status} = 'RUNNING' OR ${final} THEN r."dispatchedAt" END,
    "waitKind" = CASE WHEN ${status} = 'WAITING' THEN given."waitKind"::"WaitKind" END,
    "waitSince" = CASE WHEN ${status} = 'WAITING' THEN clock_timestamp() END,
    "waitUntil" = CASE WHEN ${status} = 'WAITING' THEN clock_timestamp() + given."waitMs" * interval '1 millisecond' END,
    "waitDetail" = CASE WHEN ${status} = 'WAITING' THEN given."waitDetail" END,
    "pauseId" = CASE WHEN ${status} = 'WAITING' THEN given."pauseId" END,
    "finishedAt" = CASE WHEN ${final} THEN clock_timestamp() END
  FROM given
  WHERE r.id = given.id AND r.epoch = given.epoch AND r.writes = given.writes AND r.status::text = 'RUNNING'
  RETURNING given.nth, r.id, r."workspaceId", r."automationId", r.status, r.sequence - given.events AS base, r."dryRun", r."threadId", r."queuedAt", r."finishedAt", CASE WHEN r.awaited THEN r."parentId" END AS "parentId"
), step AS (
  INSERT INTO "StepRun" ("runId", path, ordinal, kind, name, status, output, "errorCode", "errorMessage", "errorDetail", attempts, "startedAt", "finishedAt", "versionId", wait, "argsHash")
  SELECT moved.id, s.path, s.ordinal, s.kind, s.name, s.status::"StepStatus", s.output::jsonb, s."errorCode", s."errorMessage", s."errorDetail"::jsonb, s.attempts::jsonb, s."startedAt", s."finishedAt", s."versionId", s.wait::jsonb, s."argsHash"
  FROM unnest($13::int[], $14::text[], $15::int[], $16::text[], $17::text[], $18::text[], $19::text[], $20::text[], $21::text[], $22::text[], $23::text[], $24::timestamptz[], $25::timestamptz[], $35::uuid[], $39::text[], $40::text[])
    AS s(write, path, ordinal, kind, name, status, output, "errorCode", "errorMessage", "errorDetail", attempts, "startedAt", "finishedAt", "versionId", wait, "argsHash")
  JOIN moved ON moved.nth = s.write
  ON CONFLICT ("runId", path) DO UPDATE SET status = excluded.status, output = excluded.output, "errorCode" = excluded."errorCode", "errorMessage" = excluded."errorMessage",
    "errorDetail" = excluded."errorDetail", attempts = excluded.attempts, "finishedAt" = excluded."finishedAt", wait = excluded.wait, "argsHash" = excluded."argsHash"
), event AS (
  INSERT INTO "RunEvent" ("runId", sequence, "workspaceId", "automationId", type, at, status, "stepPath", data)
  SELECT moved.id, moved.base + e.nth, moved."workspaceId", moved."automationId",
    CASE WHEN moved.status = 'CANCELED' AND e.type IN ('RUN_WAITING', 'RUN_QUEUED') THEN 'RUN_FINISHED' WHEN moved.status = 'QUEUED' AND e.type = 'RUN_WAITING' THEN 'RUN_QUEUED' ELSE e.type END::"RunEventType", e.at,
    CASE WHEN e.type IN ('RUN_WAITING', 'RUN_QUEUED', 'RUN_FINISHED') THEN moved.status ELSE 'RUNNING' END, e."stepPath", e.data::jsonb
  FROM unnest($26::int[], $27::int[], $28::text[], $29::timestamptz[], $30::text[], $31::text[]) AS e(write, nth, type, at, "stepPath", data)
  JOIN moved ON moved.nth = e.write
  RETURNING "runId", sequence
), batch AS (
  INSERT INTO "FeedBatch" ("runIds", sequences) SELECT array_agg("runId"), array_agg(sequence) FROM event HAVING count(*) > 0
), counted AS (
  INSERT INTO "AutomationCounter" AS c ("automationId", "totalRuns", "succeededRuns", "failedRuns")
  SELECT "automationId", count(*)::int, (count(*) FILTER (WHERE status = 'SUCCEEDED'))::int, (count(*) FILTER (WHERE status <> 'SUCCEEDED'))::int
  FROM moved WHERE "finishedAt" IS NOT NULL AND "automationId" IS NOT NULL AND NOT "dryRun" GROUP BY "automationId" ORDER BY "automationId"
  ON CONFLICT ("automationId") DO UPDATE SET "totalRuns" = c."totalRuns" + excluded."totalRuns", "succeededRuns" = c."succeededRuns" + excluded."succeededRuns", "failedRuns" = c."failedRuns" + excluded."failedRuns"
)
SELECT id, status, "threadId", "parentId", (extract(epoch FROM "finishedAt" - "queuedAt") * 1000)::float8 AS "latencyMs" FROM moved`,
};

const text = (value: Json | undefined): string | null => (value === undefined ? null : JSON.stringify(value));

/**
 * Writes what happened to several runs in one statement, each behind its fence. A run that is absent from the answer is
 * no longer the writer's: nothing of it was written.
 */
export function writeRuns(sql: Sql, writes: readonly RunWrite[]): Promise<WrittenRun[]> {
  const steps = writes.flatMap((run, index) => run.steps.map((step) => ({ write: index + 1, ...step })));
  const events = writes.flatMap((run, index) => run.events.map((event, place) => ({ write: index + 1, nth: place + 1, ...event })));
  return sql.query<WrittenRun>(write, [
    writes.map((run) => run.runId),
    writes.map((run) => run.epoch),
    writes.map((run) => run.status),
    writes.map((run) => text(run.output)),
    writes.map((run) => run.error?.code ?? null),
    writes.map((run) => run.error?.message ?? null),
    writes.map((run) => (run.error === null ? null : text(run.error.detail))),
    writes.map((run) => run.attempt),
    writes.map((run) => run.wait?.kind ?? null),
    writes.map((run) => run.wait?.ms ?? null),
    writes.map((run) => run.wait?.detail ?? null),
    writes.map((run) => run.events.length),
    steps.map((step) => step.write),
    steps.map((step) => step.path),
    steps.map((step) => step.ordinal),
    steps.map((step) => step.kind),
    steps.map((step) => step.name),
    steps.map((step) => step.status),
    steps.map((step) => text(step.output)),
    steps.map((step) => step.error?.code ?? null),
    steps.map((step) => step.error?.message ?? null),
    steps.map((step) => (step.error === null ? null : text(step.error.detail))),
    steps.map((step) => JSON.stringify(step.attempts)),
    steps.map((step) => step.startedAt),
    steps.map((step) => step.finishedAt),
    events.map((event) => event.write),
    events.map((event) => event.nth),
    events.map((event) => event.type),
    events.map((event) => event.at),
    events.map((event) => event.stepPath),
    events.map((event) => text(event.data)),
    writes.map((run) => run.writes),
    writes.map((run) => text(run.resolvedPayload)),
    writes.map((run) => run.wait?.pauseId ?? null),
    steps.map((step) => step.versionId),
    writes.map((run) => run.stoppedBy ?? null),
    writes.map((run) => run.signals ?? null),
    writes.map((run) => run.asked ?? false),
    steps.map((step) => text(step.wait)),
    steps.map((step) => step.argsHash ?? null),
  ]);
}

const fence: Statement = {
  name: 'run.fence',
  text: `SELECT "cancelRequestedAt" IS NOT NULL AS canceled FROM "Run" WHERE id = $1::uuid AND epoch = $2 AND writes = $3 AND status::text = 'RUNNING' FOR NO KEY UPDATE`,
};

/** Locks a run until the end of the transaction, if it is still the writer's; null: it is not. What is done in between is done once. */
export async function fenceRun(
  sql: Sql,
  { runId, epoch, writes }: Pick<RunWrite, 'runId' | 'epoch' | 'writes'>,
): Promise<{ readonly canceled: boolean } | null> {
  const [row] = await sql.query<{ canceled: boolean }>(fence, [runId, epoch, writes]);
  return row ?? null;
}

/** Where a run stands now: tells a lost answer (the writer's epoch, one write further) from lost work. */
export interface RunState {
  readonly id: string;
  readonly epoch: number;
  readonly writes: number;
  readonly status: RunStatus;
  readonly threadId: string | null;
}

const readStates: Statement = {
  name: 'run.states',
  text: `SELECT id, epoch, writes, status, "threadId" FROM "Run" WHERE id = ANY($1::uuid[])`,
};

export function readRunStates(sql: Sql, runIds: readonly string[]): Promise<RunState[]> {
  return sql.query<RunState>(readStates, [runIds]);
}

export interface StoredStep {
  readonly path: string;
  readonly kind: string;
  readonly name: string;
  readonly versionId: string | null;
  readonly status: StepStatus;
  readonly output: Json;
  readonly attempts: readonly StepAttempt[];
  readonly startedAt: Date;
  readonly ordinal: number;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  readonly errorDetail: Json;
  readonly wait: Json;
  readonly argsHash: string | null;
}

const readSteps: Statement = {
  name: 'run.steps',
  text: `SELECT path, ordinal, kind, name, "versionId", status, output, attempts, "startedAt", "errorCode", "errorMessage", "errorDetail", wait, "argsHash" FROM "StepRun" WHERE "runId" = $1::uuid`,
};

/** What earlier attempts of the run have checkpointed. */
export function readStoredSteps(sql: Sql, runId: string): Promise<StoredStep[]> {
  return sql.query<StoredStep>(readSteps, [runId]);
}

const readPlan: Statement = { name: 'run.plan', text: `SELECT document FROM "Plan" WHERE hash = $1` };

export async function readPlanDocument(sql: Sql, hash: string): Promise<unknown> {
  const [row] = await sql.query<{ document: unknown }>(readPlan, [hash]);
  return row?.document;
}

/** A code that was built. */
export interface BuiltCode {
  readonly bundle: string;
  /** Leads from places in the bundle to the author's text; null where they are the same. */
  readonly sourceMap: string | null;
}

const readBuild: Statement = {
  name: 'run.build',
  text: `SELECT bundle, "sourceMap" FROM "Build" WHERE hash = $1 AND bundle IS NOT NULL`,
};

/** What a build came to; null: it is not there, or not built. */
export async function readBuiltCode(sql: Sql, hash: string): Promise<BuiltCode | null> {
  const [built] = await sql.query<BuiltCode>(readBuild, [hash]);
  return built ?? null;
}
