import type { Sql, Statement } from '#platform/db/database';
import type { ActorKind, RecipientKind, WaitKind } from '#platform/db/generated/prisma/enums';
import { newId } from '#platform/ids';
import type { Json, Plan } from '#plan/plan';
import { planHash } from '#plan/hash';
import { changesBy, type RecordChange } from '#domain/record/entity.changes.service';
import type { ClaimedRun } from './run.claim.js';
import type { FinalStatus } from './run.status.js';
import type { RunError } from './run.write.js';
import type { PlainWork } from '#domain/work';

/** What a worker needs to run a flow in a transaction that is undone. */
export interface DryRunRequest {
  readonly kind: 'FLOW';
  readonly plan: Plan;
  /** Null: it was never saved. */
  readonly automationId: string | null;
  readonly name: string;
  readonly input: Json;
  readonly eventId: string | null;
  readonly entityId: string | null;
  readonly depth: number;
  readonly actor: { readonly kind: ActorKind; readonly id: string | null };
}

/** A call of another server that a step makes. */
export interface DryCall {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Null: there is none, or it is no text. */
  readonly body: string | null;
  /** Whether it was sent. */
  readonly sent: boolean;
  readonly statusCode: number | null;
  readonly error: string | null;
}

export interface DryStep {
  readonly path: string;
  readonly kind: string;
  readonly name: string;
  readonly status: string;
  /** SKIPPED: the first condition that did not hold; null: it found nothing. */
  readonly failed: { readonly text: string; readonly values: readonly { readonly text: string; readonly value: Json }[] } | null;
  /** Without secrets; null: it did not come so far. */
  readonly args: Json;
  readonly output: Json;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly calls: readonly DryCall[];
}

/** What a flow would leave behind. */
export interface DryEffects {
  readonly changes: readonly RecordChange[];
  readonly suggestions: readonly {
    readonly key: string;
    readonly title: string;
    readonly sourceId: string;
    readonly targetId: string;
    readonly targetBlueprint: string;
    readonly data: Json;
    readonly autoApply: boolean;
  }[];
  readonly deliveries: readonly { readonly kind: RecipientKind; readonly address: string; readonly payload: Json }[];
  readonly runs: readonly { readonly step: string; readonly automation: string; readonly runs: number }[];
}

export interface DryRunAnswer extends DryEffects {
  /** WAITING: it would go on after the wait, and nobody knows how. */
  readonly status: FinalStatus | 'WAITING';
  readonly stoppedBy: string | null;
  readonly wait: { readonly kind: WaitKind; readonly path: string | null; readonly ms: number | null; readonly detail: string } | null;
  readonly output: Json;
  readonly error: RunError | null;
  readonly steps: readonly DryStep[];
  readonly logs: readonly { readonly step: string | null; readonly level: string; readonly message: string }[];
  /** The server's fault, or a limit: nothing else counts. */
  readonly refused: { readonly code: 'LIMIT_EXCEEDED' | 'CONFLICT' | 'INTERNAL'; readonly message: string; readonly limit: number } | null;
}

const insertFlow: Statement = {
  name: 'flow.dry.flow',
  text: `INSERT INTO "Automation" (id, "workspaceId", kind, key, name, labels, "updatedAt") VALUES ($1::uuid, $2::uuid, 'FLOW', $1::text, $3, '{}', clock_timestamp())`,
};

const insertRun: Statement = {
  name: 'flow.dry.run',
  text: `
INSERT INTO "Run" (id, "workspaceId", "environmentId", "automationId", "planHash", status, trigger, input, "actorKind", "actorId", "eventId", "entityId", depth, "dryRun", epoch, "queuedAt", "startedAt")
SELECT $1::uuid, $2::uuid, e.id, $3::uuid, $4, 'RUNNING', 'TEST', $5::jsonb, $6::"ActorKind", $7::uuid, $8::uuid, $9::uuid, $10::smallint, true, 1, clock_timestamp(), clock_timestamp()
FROM "Environment" e WHERE e."workspaceId" = $2::uuid AND e.key = 'production'
RETURNING id, "workspaceId", "automationId", "planHash", epoch, writes, input, "resolvedPayload", false AS resolved, trigger, "maxAttempts", attempt, "queuedAt", "startedAt", clock_timestamp() AS "claimedAt", crashes,
  "environmentId", "actorKind", "actorId", "eventId", "entityId", depth, "parentId", awaited, signals, "resumeEvent", "resumedAt", "replayedFromId", "replayEffects"`,
};

/** A server that is slow to answer must not end the transaction. */
const patience: Statement = {
  name: 'flow.dry.patience',
  text: `SELECT set_config('idle_in_transaction_session_timeout', $1, true)`,
};

/** Makes the run of a dry run, which is there for its own transaction alone: what steps refer to, as in any run. */
export async function beginDryRun({ sql }: PlainWork, workspaceId: string, request: DryRunRequest, mostMs: number): Promise<ClaimedRun> {
  const { plan, name, input, actor, eventId, entityId, depth } = request;
  await sql.query(patience, [String(mostMs)]);
  const automationId = request.automationId ?? newId();
  if (request.automationId === null) await sql.query(insertFlow, [automationId, workspaceId, name]);
  const given = input === null ? null : JSON.stringify(input);
  const values = [newId(), workspaceId, automationId, planHash(plan), given, actor.kind, actor.id, eventId, entityId, depth];
  const [run] = await sql.query<ClaimedRun>(insertRun, values);
  if (run === undefined) throw new Error('A workspace has no environment.');
  return run;
}

const suggestions: Statement = {
  name: 'flow.dry.suggestions',
  text: `SELECT key, title, "sourceId", "targetId", "targetBlueprint", data, "autoApply" FROM "Suggestion" WHERE "runId" = $1::uuid ORDER BY id`,
};
const deliveries: Statement = {
  name: 'flow.dry.deliveries',
  text: `SELECT kind, address, payload FROM "Delivery" WHERE "runId" = $1::uuid ORDER BY id LIMIT 500`,
};
const runs: Statement = {
  name: 'flow.dry.runs',
  text: `
SELECT r."parentPath" AS step, a.key AS automation, count(*)::int AS runs FROM "Run" r JOIN "Automation" a ON a.id = r."automationId"
WHERE r."parentId" = $1::uuid GROUP BY r."parentPath", a.key ORDER BY r."parentPath", a.key`,
};

/** What a run has written so far, within its transaction. */
export async function readDryEffects(sql: Sql, { id, workspaceId }: Pick<ClaimedRun, 'id' | 'workspaceId'>): Promise<DryEffects> {
  return {
    changes: await changesBy(sql, workspaceId, id),
    suggestions: await sql.query<DryEffects['suggestions'][number]>(suggestions, [id]),
    deliveries: await sql.query<DryEffects['deliveries'][number]>(deliveries, [id]),
    runs: await sql.query<DryEffects['runs'][number]>(runs, [id]),
  };
}

const undo: Readonly<Record<'begin' | 'keep' | 'back', Statement>> = {
  begin: { name: 'flow.dry.begin', text: 'SAVEPOINT step' },
  keep: { name: 'flow.dry.keep', text: 'RELEASE SAVEPOINT step' },
  back: { name: 'flow.dry.back', text: 'ROLLBACK TO SAVEPOINT step' },
};

/** What one step does to the database: a step that fails has done nothing. */
export async function asOneStep<Result>(sql: Sql, body: () => Promise<Result>): Promise<Result> {
  await sql.query(undo.begin, []);
  try {
    const result = await body();
    await sql.query(undo.keep, []);
    return result;
  } catch (error) {
    await sql.query(undo.back, []);
    throw error;
  }
}
