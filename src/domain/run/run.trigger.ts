import { createHash } from 'node:crypto';
import type { Run } from '#platform/db/generated/prisma/client';
import type { RunTrigger } from '#platform/db/generated/prisma/enums';
import type { Sql } from '#platform/db/database';
import { createBatch } from '#platform/batch';
import { databaseFailure } from '#platform/db/failure';
import { isTaken } from '#platform/db/symptoms';
import { newId } from '#platform/ids';
import { canonicalJson } from '#plan/hash';
import type { Json } from '#plan/plan';
import type { Platform } from '#platform/platform';
import { AlreadyExistsError, IdempotencyConflictError, LimitExceededError, NotFoundError } from '#domain/errors';
import { assertCan } from '#domain/tenant/permission';
import type { Viewer } from '#domain/tenant/viewer';
import type { Backlog } from './run.backlog.js';
import { readInput } from './run.input.js';
import {
  claimIdempotencyKeys,
  dropIdempotencyKeys,
  insertNewRuns,
  type KeyedAnswer,
  type NewRun,
  readIdempotencyKeys,
  readWholeRuns,
} from './run.insert.js';
import { type Outcome, outcomeOf } from './run.outcome.js';

/** One run that a client asks for. Exactly one of `automationId` and `automationKey` is given. */
export interface TriggerItem {
  readonly workspaceId: string;
  readonly automationId?: string | undefined;
  readonly automationKey?: string | undefined;
  /** `production` when absent. */
  readonly environmentKey?: string | undefined;
  readonly payload?: unknown;
  /** What is sent as it is, in place of what the payload template would make. */
  readonly resolvedPayload?: unknown;
  /** The name of the thread, in place of what the thread mode says; the automation needs a namespace. */
  readonly thread?: string | undefined;
  /** 1 (highest) to 5; the version's when absent. */
  readonly priority?: number | undefined;
  readonly idempotencyKey?: string | undefined;
  readonly trigger: RunTrigger;
  /** ACTION when absent. */
  readonly kind?: 'ACTION' | 'FLOW' | undefined;
  /** Chosen by the client, unique in the workspace. */
  readonly runKey?: string | undefined;
  readonly tags?: readonly { readonly key: string; readonly value: string }[] | undefined;
}

/** The trigger of runs: commits before it answers, many callers sharing one transaction. */
export interface Triggers {
  /**
   * Answers the committed run (or the earlier one of the same idempotency key).
   * Rejects with NotFoundError, ForbiddenError, InvalidInputError (`payload`, `resolvedPayload`,
   * `thread`, `priority`, `environment`), ConflictError
   * (nothing deployed), IdempotencyConflictError or LimitExceededError (the workspace's queue is full).
   */
  trigger(viewer: Viewer, item: TriggerItem): Promise<Run>;
  /** The same for a run that was put together elsewhere. Rights and inputs are the caller's. */
  commit(run: Omit<NewRun, 'dispatched'>): Promise<Run>;
  close(): Promise<void>;
}

/** 200 rows make a statement of a few milliseconds; two lanes keep one batch collecting while another commits. */
const mostRuns = 200;
const lanes = 2;

export function createTriggers(platform: Platform, backlog: Backlog): Triggers {
  const { config } = platform;
  const batch = createBatch<NewRun, Outcome>({
    flush: (runs) => commit(platform, runs),
    most: mostRuns,
    lanes,
    separable: (error) => databaseFailure(error) === 'DATA',
  });

  async function commitOne(wanted: Omit<NewRun, 'dispatched'>): Promise<Run> {
    const { workspaceId, trigger } = wanted;
    const run: NewRun = { ...wanted, dispatched: backlog.wakes(workspaceId) };
    const cap = backlog.fullAt(workspaceId);
    // A repeat of what was accepted is answered even now.
    const outcome = cap === null ? await batch.add(run).catch((error: unknown) => taken(run, error)) : await repeated(platform, run);
    if (outcome === null) throw new LimitExceededError(`The workspace already has ${cap ?? 0} runs waiting.`, cap ?? 0, 1_000);
    if ('error' in outcome) throw outcome.error;
    backlog.added(workspaceId);
    platform.metrics.runsTriggered.inc({ trigger });
    return outcome.run;
  }

  return {
    trigger: async (viewer, item) => {
      assertCan(viewer, item.workspaceId, 'automation.trigger');
      const { input, resolvedPayload } = readInput(item, config.run);
      return commitOne({
        id: newId(),
        workspaceId: item.workspaceId,
        automationId: item.automationId ?? null,
        automationKey: item.automationKey ?? null,
        versionId: null,
        environmentKey: item.environmentKey ?? 'production',
        input,
        resolvedPayload,
        threadKey: item.thread ?? null,
        priority: item.priority ?? null,
        idempotencyKey: item.idempotencyKey ?? null,
        trigger: item.trigger,
        actorKind: viewer.actor.kind,
        actorId: viewer.actor.id,
        actorName: viewer.actor.name,
        kind: item.kind ?? 'ACTION',
        key: item.runKey ?? null,
        tags: item.tags === undefined ? null : JSON.stringify(item.tags),
        scheduleId: null,
        retriedFromId: null,
      });
    },
    commit: commitOne,
    close: () => batch.idle(),
  };
}

async function commit(platform: Platform, runs: readonly NewRun[]): Promise<Outcome[]> {
  const outcomes = runs.some((run) => run.idempotencyKey !== null)
    ? await platform.db.begin((sql) => insertKeyed(platform, sql, runs))
    : await insert(platform.db.sql, runs);
  // After the commit, and never awaited: what Redis loses is pulled by the workers.
  const woken = runs.filter((run, index) => run.dispatched && isNew(run, outcomes[index]));
  const waiting = new Set(outcomes.flatMap((outcome) => ('run' in outcome && outcome.run.status === 'WAITING' ? [outcome.run.id] : [])));
  platform.queue.wake(woken.flatMap(({ id }) => (waiting.has(id) ? [] : [id])));
  if (waiting.size > 0) platform.wake.send('thread', [...waiting]);
  platform.wake.send('batch');
  return outcomes;
}

function isNew(run: NewRun, outcome: Outcome | undefined): boolean {
  return outcome !== undefined && 'run' in outcome && outcome.run.id === run.id;
}

async function insert(sql: Sql, runs: readonly NewRun[]): Promise<Outcome[]> {
  const inserted = await insertNewRuns(sql, runs);
  return runs.map((run) => outcomeOf(run, inserted.get(run.id)));
}

/** Runs with idempotency keys: the keys are taken first, in the same transaction as the runs that they name. */
async function insertKeyed(platform: Platform, sql: Sql, runs: readonly NewRun[]): Promise<Outcome[]> {
  const first = new Map<string, NewRun>();
  for (const run of runs) if (run.idempotencyKey !== null && !first.has(keyOf(run))) first.set(keyOf(run), run);
  const answers = [...first.values()].map(answerOf);
  const taken = await claimIdempotencyKeys(sql, answers, platform.config.run.idempotencyMs);
  const fresh = runs.filter((run) => run.idempotencyKey === null || taken.has(run.id));
  const inserted = await insertNewRuns(sql, fresh);
  const refused = fresh.filter((run) => run.idempotencyKey !== null && 'error' in outcomeOf(run, inserted.get(run.id)));
  const known = await readIdempotencyKeys(sql, answers);
  if (refused.length > 0) await dropIdempotencyKeys(sql, refused.map(answerOf));
  const byKey = new Map(known.map((answer) => [`${answer.workspaceId} ${answer.operation} ${answer.key}`, answer]));
  const fellows = new Map(runs.map((run) => [run.id, run]));
  const existing = await readWholeRuns(
    sql,
    known.flatMap((answer) => (fellows.has(answer.resultId) ? [] : [answer.resultId])),
  );
  return runs.map((run) => {
    const answer = run.idempotencyKey === null ? undefined : byKey.get(keyOf(run));
    if (answer === undefined || answer.resultId === run.id) return outcomeOf(run, inserted.get(run.id));
    const fellow = fellows.get(answer.resultId);
    if (fellow === undefined || !answerOf(run).bodyHash.equals(answer.bodyHash)) return earlier(run, answer, existing);
    return outcomeOf(fellow, inserted.get(fellow.id));
  });
}

/** The answer to a run whose key is known already; null when it is not. */
async function repeated(platform: Platform, run: NewRun): Promise<Outcome | null> {
  if (run.idempotencyKey === null) return null;
  const [answer] = await readIdempotencyKeys(platform.db.sql, [answerOf(run)]);
  return answer === undefined ? null : earlier(run, answer, await readWholeRuns(platform.db.sql, [answer.resultId]));
}

/** The answer that a committed request got for this key. */
function earlier(run: NewRun, answer: KeyedAnswer, existing: ReadonlyMap<string, Run>): Outcome {
  if (!answerOf(run).bodyHash.equals(answer.bodyHash))
    return { error: new IdempotencyConflictError('This idempotencyKey was used with another input.') };
  const known = existing.get(answer.resultId);
  return known === undefined ? { error: new NotFoundError('The run of this idempotencyKey is no longer kept.') } : { run: known };
}

function taken({ key }: NewRun, error: unknown): Outcome {
  if (key == null || !isTaken(error)) throw error;
  return { error: new AlreadyExistsError('runKey', `There is a run with the key "${key}" already.`) };
}

function operationOf({ triggerPoint, kind }: NewRun): KeyedAnswer['operation'] {
  if (triggerPoint != null) return 'fireTriggerPoint';
  return kind === 'FLOW' ? 'startFlow' : 'triggerAction';
}

function keyOf(run: NewRun): string {
  return `${run.workspaceId} ${operationOf(run)} ${run.idempotencyKey ?? ''}`;
}

function answerOf(run: NewRun): KeyedAnswer {
  // Canonical, so that the order of a payload's keys makes no difference.
  const input = run.input === null ? null : (JSON.parse(run.input) as Json);
  const { resolvedPayload = null, threadKey = null } = run;
  // What is not given stays out of it, so that keys of an older release stay known.
  const overrides =
    resolvedPayload === null && threadKey === null ? [] : [resolvedPayload && (JSON.parse(resolvedPayload) as Json), threadKey];
  const body = canonicalJson(
    run.triggerPoint == null
      ? [run.automationId, run.automationKey, run.environmentKey, input, run.priority, ...overrides]
      : // Whether it is waited for, and so its priority, may change from one try to the next.
        [run.triggerPoint, input],
  );
  return {
    workspaceId: run.workspaceId,
    operation: operationOf(run),
    key: run.idempotencyKey ?? '',
    bodyHash: createHash('sha256').update(body).digest(),
    resultId: run.id,
  };
}
