import type { Sql, Statement } from '#platform/db/database';
import type { EffectStatus } from '#platform/db/generated/prisma/enums';

/** One side of a call as it is kept: bounded, without secrets. */
export interface EffectMessage {
  readonly headers: Readonly<Record<string, string>>;
  /** Null: there was none, or it is not text. */
  readonly body: string | null;
  /** Whether the body is not kept whole. */
  readonly truncated: boolean;
}

/** A call that is about to be made. */
export interface EffectIntent {
  readonly id: string;
  readonly runId: string;
  /** Of the claim under which it is made. */
  readonly epoch: number;
  readonly stepPath: string;
  /** Which call of the step, from 1. */
  readonly ordinal: number;
  readonly attempt: number;
  readonly idempotencyKey: string;
  readonly method: string;
  readonly url: string;
  readonly host: string;
  readonly request: EffectMessage;
  readonly startedAt: Date;
}

/** What came of a call. */
export interface EffectOutcome {
  readonly id: string;
  readonly status: Exclude<EffectStatus, 'INTENDED'>;
  readonly statusCode: number | null;
  readonly response: EffectMessage | null;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly finishedAt: Date;
}

const intend: Statement = {
  name: 'run.effect.intend',
  // A statement whose answer was lost is sent again: what it inserted is there then, and the fence answers as before.
  text: `
WITH given AS (
  SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::text[], $5::int[], $6::int[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::timestamptz[])
    AS t(id, "runId", epoch, "stepPath", ordinal, attempt, "idempotencyKey", method, url, host, request, "startedAt")
), fenced AS (
  SELECT given.*, r."workspaceId" FROM given JOIN "Run" r ON r.id = given."runId" AND r.epoch = given.epoch AND r.status::text = 'RUNNING'
), put AS (
  INSERT INTO "Effect" (id, "workspaceId", "runId", "stepPath", ordinal, attempt, kind, status, "idempotencyKey", method, url, host, request, "startedAt")
  SELECT id, "workspaceId", "runId", "stepPath", ordinal, attempt, 'HTTP', 'INTENDED', "idempotencyKey", method, url, host, request::jsonb, "startedAt" FROM fenced
  ON CONFLICT (id) DO NOTHING
)
SELECT id FROM fenced`,
};

/** Commits calls before they are made. A call that is absent from the answer must not be made: its run is in other hands. */
export async function intendEffects(sql: Sql, effects: readonly EffectIntent[]): Promise<ReadonlySet<string>> {
  const rows = await sql.query<{ id: string }>(intend, [
    effects.map((effect) => effect.id),
    effects.map((effect) => effect.runId),
    effects.map((effect) => effect.epoch),
    effects.map((effect) => effect.stepPath),
    effects.map((effect) => effect.ordinal),
    effects.map((effect) => effect.attempt),
    effects.map((effect) => effect.idempotencyKey),
    effects.map((effect) => effect.method),
    effects.map((effect) => effect.url),
    effects.map((effect) => effect.host),
    effects.map((effect) => JSON.stringify(effect.request)),
    effects.map((effect) => effect.startedAt),
  ]);
  return new Set(rows.map((row) => row.id));
}

const finish: Statement = {
  name: 'run.effect.finish',
  text: `
UPDATE "Effect" e SET status = given.status::"EffectStatus", "statusCode" = given."statusCode", response = given.response::jsonb,
  "errorCode" = given."errorCode", "errorMessage" = given."errorMessage", "finishedAt" = given."finishedAt"
FROM unnest($1::uuid[], $2::text[], $3::int[], $4::text[], $5::text[], $6::text[], $7::timestamptz[])
  AS given(id, status, "statusCode", response, "errorCode", "errorMessage", "finishedAt")
WHERE e.id = given.id AND e.status = 'INTENDED'`,
};

/**
 * Writes what came of calls. Without a fence: each row is of one call of one attempt, nobody else writes it, and what came of a call is
 * as true when its run has changed hands meanwhile.
 */
export async function finishEffects(sql: Sql, outcomes: readonly EffectOutcome[]): Promise<void> {
  await sql.query(finish, [
    outcomes.map((outcome) => outcome.id),
    outcomes.map((outcome) => outcome.status),
    outcomes.map((outcome) => outcome.statusCode),
    outcomes.map((outcome) => (outcome.response === null ? null : JSON.stringify(outcome.response))),
    outcomes.map((outcome) => outcome.error?.code ?? null),
    outcomes.map((outcome) => outcome.error?.message ?? null),
    outcomes.map((outcome) => outcome.finishedAt),
  ]);
}
