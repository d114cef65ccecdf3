import type { Sql } from '#platform/db/database';
import { newId } from '#platform/ids';
import { type HeldOperation, holdOperation, type ItemResult, type PendingItem, pendingItems, settleItems, statesOf } from './bulk.items.js';
import { insertNewRuns, type NewRun } from './run.insert.js';
import { requestCancels } from './run.lease.js';
import { canRetry, isFinal } from './run.status.js';

/** What one batch did, to be told once it is committed. */
export interface BulkStep {
  /** Runs of the operation whose turn is over. */
  readonly settled: number;
  /** Runs that ended or whose holders are to be told. */
  readonly canceled: readonly string[];
  /** Runs that were made and wait for no thread. */
  readonly made: readonly string[];
  /** Whether wake-ups are to be sent for what was made; else it is pulled. */
  readonly dispatched: boolean;
  /** Runs that have left their thread, or wait for it. */
  readonly threaded: readonly string[];
}

/** Runs of one batch: a few milliseconds of work, and as much as a killed worker leaves to be done again. */
const mostItems = 200;
/** Operations of so many runs are woken for; the runs of longer ones stand in the queue like any backlog. */
const mostDispatched = 500;

const nothing: BulkStep = { settled: 0, canceled: [], made: [], dispatched: false, threaded: [] };
const done = (item: PendingItem, newRunId: string | null = null): ItemResult => ({
  ordinal: item.ordinal,
  status: 'SUCCEEDED',
  code: null,
  message: null,
  newRunId,
});
const refused = (item: PendingItem, code: string, message: string): ItemResult => ({
  ordinal: item.ordinal,
  status: 'FAILED',
  code,
  message,
  newRunId: null,
});
const gone = (item: PendingItem) => refused(item, 'NOT_FOUND', 'The run is no longer kept.');

/**
 * Does the next batch of an operation in the transaction of `sql`: effects and results commit together, so that a worker that is killed
 * neither doubles nor forgets one. Does nothing when another worker has the operation, or when there is no room for what it would make.
 */
export async function stepBulkOperation(sql: Sql, operationId: string): Promise<BulkStep> {
  const operation = await holdOperation(sql, operationId);
  if (operation === null) return nothing;
  return operation.kind === 'CANCEL' ? cancelBatch(sql, operation) : retryBatch(sql, operation);
}

async function cancelBatch(sql: Sql, operation: HeldOperation): Promise<BulkStep> {
  const items = await pendingItems(sql, operation.id, mostItems, false);
  const moved = new Set(
    (
      await requestCancels(
        sql,
        items.map((item) => item.runId),
      )
    ).map((run) => run.id),
  );
  const rest = items.filter((item) => !moved.has(item.runId));
  const states = new Map(
    (rest.length === 0
      ? []
      : await statesOf(
          sql,
          rest.map((item) => item.runId),
        )
    ).map((run) => [run.id, run]),
  );
  const results = items.flatMap((item): ItemResult[] => {
    if (moved.has(item.runId)) return [done(item)];
    const state = states.get(item.runId);
    if (state === undefined) return [gone(item)];
    // As for a single run, asking twice is no error.
    if (state.status === 'CANCELED' || (state.status === 'RUNNING' && state.cancelRequestedAt !== null)) return [done(item)];
    if (isFinal(state.status)) return [refused(item, 'CONFLICT', `The run is final: ${state.status}.`)];
    // Somebody was writing it: its turn comes again.
    return [];
  });
  await settleItems(sql, operation.id, results);
  const threaded = items.flatMap((item) => (moved.has(item.runId) && item.threadKey !== null ? [item.runId] : []));
  return { ...nothing, settled: results.length, canceled: [...moved], threaded };
}

async function retryBatch(sql: Sql, operation: HeldOperation): Promise<BulkStep> {
  const most = Math.min(mostItems, operation.room);
  if (most === 0) return nothing;
  const dispatched = operation.total <= mostDispatched;
  const items = await pendingItems(sql, operation.id, most, true);
  const repeats = new Map(
    items.flatMap((item) => (repeatable(item) ? [[item.ordinal, newRun(operation, item, dispatched)] as const] : [])),
  );
  const inserted = await insertNewRuns(sql, [...repeats.values()]);
  const results = items.map((item): ItemResult => {
    if (item.status === null) return gone(item);
    if (!canRetry(item.status))
      return refused(item, 'CONFLICT', `Only a final run that did not succeed can be retried; this one is ${item.status}.`);
    if (item.triggerPoint !== null) return refused(item, 'CONFLICT', 'An execution of a trigger point is not retried: fire it again.');
    if (item.versionId !== null && item.threadKey !== null && item.namespaceId === null)
      return refused(item, 'CONFLICT', 'The namespace of its thread is no longer there.');
    const repeat = repeats.get(item.ordinal);
    return repeat === undefined || inserted.get(repeat.id)?.versionId == null
      ? refused(item, 'CONFLICT', 'The version of this run is no longer there.')
      : done(item, repeat.id);
  });
  await settleItems(sql, operation.id, results);
  const made = results.flatMap(({ newRunId }) => (newRunId === null ? [] : [newRunId]));
  const threaded = made.filter((id) => inserted.get(id)?.waits === true);
  const waiting = new Set(threaded);
  return { settled: results.length, canceled: [], made: made.filter((id) => !waiting.has(id)), dispatched, threaded };
}

function repeatable({ status, versionId, threadKey, namespaceId }: PendingItem): boolean {
  return status !== null && canRetry(status) && versionId !== null && (threadKey === null || namespaceId !== null);
}

function newRun({ workspaceId, actorKind, actorId }: HeldOperation, item: PendingItem, dispatched: boolean): NewRun {
  return {
    id: newId(),
    workspaceId,
    automationId: item.automationId,
    automationKey: null,
    versionId: item.versionId,
    environmentKey: item.environmentKey ?? '',
    input: item.input,
    resolvedPayload: item.resolvedPayload,
    eventId: item.eventId,
    entityId: item.entityId,
    depth: item.depth ?? 0,
    threadKey: item.threadKey,
    priority: item.priority,
    idempotencyKey: null,
    trigger: 'RETRY',
    actorKind,
    actorId,
    scheduleId: null,
    retriedFromId: item.runId,
    dispatched,
  };
}
