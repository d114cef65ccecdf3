import type { EvaluationOutcome } from '#platform/db/generated/prisma/enums';
import type { Sql, Statement } from '#platform/db/database';
import { newId } from '#platform/ids';
import { storableText } from '#platform/json';
import type { Json } from '#plan/plan';
import type { ClaimedEvent } from '#domain/event/event.claim';
import type { AppliedEffect } from './rule.apply.js';
import { type EvaluatedRule, type ExecutedRule, nothingToUpdate } from './rule.execute.service.js';
import { failureJson } from './rule.failure.js';
import { dueType } from './rule.match.js';

/** What one rule made of an event. */
export interface RuleEntry {
  readonly automationId: string;
  /** Null: it is gone. */
  readonly versionId: string | null;
  readonly outcome: EvaluationOutcome;
  readonly startedAt: Date;
  readonly durationMs: number;
  /** Null: it was not evaluated. */
  readonly evaluated: EvaluatedRule | null;
  /** The run of its actions, done or undone; null: there were none to do. */
  readonly run: {
    readonly id: string;
    readonly executed: ExecutedRule;
    readonly chain: readonly string[];
    readonly labels: readonly string[];
  } | null;
}

const record: Statement = {
  name: 'rule.record',
  // Everything hangs on the fence: what a worker writes that has lost the event matches nothing. The counters come last, and in order:
  // they are the rows that all runs of a rule share. A rule without a version is told to be gone only where it was not evaluated before.
  text: `
WITH fence AS (
  UPDATE "Event" e SET "passedAt" = CASE WHEN $3 THEN clock_timestamp() END, "leaseOwner" = CASE WHEN $3 THEN NULL ELSE e."leaseOwner" END,
    "leaseUntil" = CASE WHEN $3 THEN NULL ELSE e."leaseUntil" END
  WHERE e.id = $1::uuid AND e.epoch = $2 AND e."passedAt" IS NULL RETURNING e.id, e."workspaceId", e."entityId", e.depth
), run AS (
  INSERT INTO "Run" (id, "workspaceId", "environmentId", "automationId", "versionId", "planHash", status, trigger, priority, input, output, "errorCode", "errorMessage", "errorDetail",
    attempt, depth, "actorKind", "actorId", "eventId", "entityId", sequence, "queuedAt", "startedAt", "finishedAt")
  SELECT r.id, fence."workspaceId", v2.id, r."automationId", v."id", v."planHash", r.status::"RunStatus", r.trigger::"RunTrigger", 3, r.input, r.output, r."errorCode", r."errorMessage", r."errorDetail",
    1, fence.depth + 1, r."actorKind"::"ActorKind", r."actorId", fence.id, fence."entityId", r.sequence, r."startedAt", r."startedAt", r."finishedAt"
  FROM fence CROSS JOIN jsonb_to_recordset($5::jsonb) AS r(id uuid, "automationId" uuid, "versionId" uuid, status text, trigger text, input jsonb, output jsonb, "errorCode" text, "errorMessage" text,
    "errorDetail" jsonb, "actorKind" text, "actorId" uuid, sequence int, "startedAt" timestamptz, "finishedAt" timestamptz)
  JOIN "AutomationVersion" v ON v.id = r."versionId" JOIN "Environment" v2 ON v2."workspaceId" = fence."workspaceId" AND v2.key = 'production'
  RETURNING id, "automationId", status
), step AS (
  INSERT INTO "StepRun" ("runId", path, ordinal, kind, name, status, output, "errorCode", "errorMessage", "errorDetail", attempts, "startedAt", "finishedAt")
  SELECT s."runId", s.path, s.ordinal, 'rule', s.path, s.status::"StepStatus", s.output, s."errorCode", s."errorMessage", s."errorDetail", s.attempts, s."startedAt", s."finishedAt"
  FROM jsonb_to_recordset($6::jsonb) AS s("runId" uuid, path text, ordinal int, status text, output jsonb, "errorCode" text, "errorMessage" text, "errorDetail" jsonb, attempts jsonb, "startedAt" timestamptz, "finishedAt" timestamptz)
  JOIN run ON run.id = s."runId"
), event AS (
  INSERT INTO "RunEvent" ("runId", sequence, "workspaceId", "automationId", type, at, status, "stepPath", data)
  SELECT run.id, l.sequence, fence."workspaceId", run."automationId", l.type::"RunEventType", l.at, l.status::"RunStatus", l."stepPath", l.data
  FROM fence CROSS JOIN jsonb_to_recordset($7::jsonb) AS l("runId" uuid, sequence int, type text, at timestamptz, status text, "stepPath" text, data jsonb) JOIN run ON run.id = l."runId"
  RETURNING "runId", sequence
), batch AS (
  INSERT INTO "FeedBatch" ("runIds", sequences) SELECT array_agg("runId" ORDER BY "runId", sequence), array_agg(sequence ORDER BY "runId", sequence) FROM event HAVING count(*) > 0
), delivery AS (
  INSERT INTO "Delivery" (id, "workspaceId", kind, address, "signerId", "runId", payload, "nextAttemptAt", "createdAt")
  SELECT d.id, fence."workspaceId", d.kind::"RecipientKind", d.address, d."signerId", run.id, d.payload, clock_timestamp(), clock_timestamp()
  FROM fence CROSS JOIN jsonb_to_recordset($8::jsonb) AS d(id uuid, "runId" uuid, kind text, address text, "signerId" uuid, payload jsonb) JOIN run ON run.id = d."runId"
), timer AS (
  INSERT INTO "Timer" (id, "workspaceId", "entityId", "automationId", "dueAt", "runId", "eventId", depth, chain, "createdAt")
  SELECT t.id, fence."workspaceId", t."entityId", t."automationId", t."dueAt", run.id, fence.id, fence.depth + 1, t.chain, clock_timestamp()
  FROM fence CROSS JOIN jsonb_to_recordset($9::jsonb) AS t(id uuid, "runId" uuid, "entityId" uuid, "automationId" uuid, "dueAt" timestamptz, chain text[]) JOIN run ON run.id = t."runId"
), counted AS (
  INSERT INTO "AutomationCounter" AS c ("automationId", "totalRuns", "succeededRuns", "failedRuns")
  SELECT "automationId", count(*)::int, (count(*) FILTER (WHERE status = 'SUCCEEDED'))::int, (count(*) FILTER (WHERE status <> 'SUCCEEDED'))::int
  FROM run GROUP BY "automationId" ORDER BY "automationId"
  ON CONFLICT ("automationId") DO UPDATE SET "totalRuns" = c."totalRuns" + excluded."totalRuns", "succeededRuns" = c."succeededRuns" + excluded."succeededRuns", "failedRuns" = c."failedRuns" + excluded."failedRuns"
), evaluation AS (
  INSERT INTO "Evaluation" ("eventId", "automationId", "versionId", "workspaceId", "entityId", outcome, values, failed, error, "runId", "durationMs", at)
  SELECT fence.id, v."automationId", v."versionId", fence."workspaceId", fence."entityId", v.outcome::"EvaluationOutcome", v.values, v.failed, v.error, v."runId", v."durationMs", v.at
  FROM fence CROSS JOIN jsonb_to_recordset($4::jsonb) AS v("automationId" uuid, "versionId" uuid, outcome text, values jsonb, failed jsonb, error jsonb, "runId" uuid, "durationMs" float8, at timestamptz)
  WHERE v."versionId" IS NOT NULL OR NOT EXISTS (SELECT 1 FROM "Evaluation" done WHERE done."eventId" = fence.id AND done."automationId" = v."automationId")
)
SELECT id FROM fence`,
};

export type RecordedEvent = Pick<ClaimedEvent, 'id' | 'epoch' | 'type' | 'entityId' | 'actorKind' | 'actorId'>;

/** The event is no longer this worker's: nothing was written. */
export class EventLost extends Error {
  override readonly name = 'EventLost';
}

/**
 * Writes what rules made of an event, behind its fence: that they were evaluated, the runs of their actions, and what these send and set. `passed`:
 * all rules that it concerns were evaluated. Throws EventLost.
 */
export async function recordRules(sql: Sql, event: RecordedEvent, entries: readonly RuleEntry[], passed: boolean): Promise<void> {
  const runs = entries.flatMap(({ run, ...entry }) => (run === null ? [] : [{ ...entry, ...run }]));
  const logged = runs.map((run) => ({ run, events: eventsOf(run) }));
  const rows = await sql.query<{ id: string }>(record, [
    event.id,
    event.epoch,
    passed,
    JSON.stringify(entries.map(evaluationRow)),
    JSON.stringify(logged.map(({ run, events }) => runRow(event, run, events.length))),
    JSON.stringify(runs.flatMap(stepRows)),
    JSON.stringify(logged.flatMap(({ events }) => events)),
    JSON.stringify(runs.flatMap(({ id, executed }) => executed.deliveries.map((delivery) => ({ id: newId(), runId: id, ...delivery })))),
    JSON.stringify(
      runs.flatMap(({ id, executed, chain }) => executed.timers.map((timer) => ({ id: newId(), runId: id, chain, ...timer }))),
    ),
  ]);
  if (rows.length === 0) throw new EventLost("The event is no longer this worker's.");
}

const savepoint: Statement = { name: 'rule.savepoint', text: 'SAVEPOINT rule' };
const rollBack: Statement = { name: 'rule.roll-back', text: 'ROLLBACK TO SAVEPOINT rule' };

/** Marks a place of the transaction to which `goBack` goes back, also after a statement has failed. */
export async function markPlace(sql: Sql): Promise<void> {
  await sql.query(savepoint, []);
}

export async function goBack(sql: Sql): Promise<void> {
  await sql.query(rollBack, []);
}

type Ran = Omit<RuleEntry, 'run'> & NonNullable<RuleEntry['run']>;

function evaluationRow({ automationId, versionId, outcome, startedAt, durationMs, evaluated, run }: RuleEntry) {
  return {
    automationId,
    versionId,
    outcome,
    values: (evaluated?.values ?? []).map(({ name, value }) => ({ name, value })),
    failed: evaluated?.failed ?? null,
    error: evaluated?.failure == null ? null : failureJson(evaluated.failure),
    runId: run?.id ?? null,
    durationMs,
    at: startedAt,
  };
}

/** Longest output of a run, in characters; beyond it the states of the records are left out. */
const mostOutput = 500_000;

function runRow(event: RecordedEvent, ran: Ran, sequence: number) {
  const { id, automationId, versionId, executed, startedAt, durationMs } = ran;
  const { failure } = executed;
  return {
    id,
    automationId,
    versionId,
    status: failure === null ? 'SUCCEEDED' : 'FAILED',
    trigger: event.type === dueType ? 'DELAY' : 'EVENT',
    input: { event: `evt_${event.id}`, type: event.type, entity: event.entityId === null ? null : `ent_${event.entityId}` },
    output: failure === null ? outputOf(executed) : null,
    errorCode: failure?.code ?? null,
    errorMessage: failure?.message ?? null,
    errorDetail: failure === null ? null : failureJson(failure),
    actorKind: event.actorKind,
    actorId: event.actorId,
    sequence,
    startedAt,
    finishedAt: new Date(startedAt.getTime() + durationMs),
  };
}

function outputOf({ values, effects }: ExecutedRule): Json {
  const told = values.map(({ name, value }) => ({ name, value }));
  const output = { values: told, effects: effects.map((effect) => effectJson(effect, true)) };
  return JSON.stringify(output).length <= mostOutput
    ? output
    : { values: told, effects: effects.map((effect) => effectJson(effect, false)) };
}

/** Of a record only what changed; the event that tells of the change has all of it. */
export function effectJson({ label, type, record: about, changed, before, after, told }: AppliedEffect, states: boolean): Json {
  const only = (state: AppliedEffect['after']): Json =>
    state === null
      ? null
      : Object.fromEntries(
          changed.map((name) => {
            const links = state['links'];
            const linked =
              typeof links === 'object' && links !== null && !Array.isArray(links) ? (links as Record<string, Json>)[name] : undefined;
            return [name, state[name] ?? linked ?? null];
          }),
        );
  return {
    label,
    type,
    ...(about === null ? {} : { record: { type: about.type, id: about.id, name: about.name } }),
    ...told,
    ...(states && changed.length > 0 ? { before: only(before), after: only(after) } : {}),
  };
}

function stepRows({ id, executed, startedAt, durationMs, labels }: Ran) {
  const { failure, effects } = executed;
  const at = { startedAt, finishedAt: new Date(startedAt.getTime() + durationMs) };
  const done = failure === null ? labels : failure.label === null ? [] : [failure.label];
  return done.map((label) => {
    const failed = failure?.label === label ? failure : null;
    return {
      runId: id,
      path: label,
      ordinal: labels.indexOf(label),
      status: failed === null ? 'SUCCEEDED' : 'FAILED',
      output: failed === null ? effects.flatMap((effect) => (effect.label === label ? [effectJson(effect, false)] : [])) : null,
      errorCode: failed?.code ?? null,
      errorMessage: failed?.message ?? null,
      errorDetail: failed === null ? null : failureJson(failed),
      attempts: [{ number: 1, ...at, error: failed === null ? null : { code: failed.code, message: failed.message } }],
      ...at,
    };
  });
}

function eventsOf({ id, executed, startedAt, durationMs }: Ran) {
  const { failure, values, effects } = executed;
  const line = (level: string, message: string, stepPath: string | null = null) => ({
    type: 'LOG',
    status: 'RUNNING',
    stepPath,
    data: { level, message: storableText(message) },
  });
  const plain = (type: string, status: string) => ({ type, status, stepPath: null, data: null });
  const events = [
    plain('RUN_QUEUED', 'QUEUED'),
    plain('RUN_STARTED', 'RUNNING'),
    ...values.map(({ name, shown }) => line('INFO', `${name}: ${shown}`)),
    ...effects.flatMap((effect) => (effect.type === 'skip' && failure === null ? [line('WARN', nothingToUpdate, effect.label)] : [])),
    ...(failure === null ? [] : [line('ERROR', `${failure.code}: ${failure.message}`, failure.label)]),
    plain('RUN_FINISHED', failure === null ? 'SUCCEEDED' : 'FAILED'),
  ];
  const end = new Date(startedAt.getTime() + durationMs);
  return events.map((event, index) => ({ ...event, runId: id, sequence: index + 1, at: index < 2 ? startedAt : end }));
}
