import type { Run } from '#platform/db/generated/prisma/client';
import { ConflictError, type DomainError, InvalidInputError, NotFoundError } from '#domain/errors';
import type { InsertedRun, NewRun } from './run.insert.js';

export type Outcome = { readonly run: Run } | { readonly error: DomainError };

const nouns = { ACTION: 'action', FLOW: 'flow', ANY: 'automation' } as const;
/** Actions and flows are not confused: each has a mutation of its own. */
const hints = { ACTION: ' A flow is started by startFlow.', FLOW: ' An action is triggered by triggerAction.', ANY: '' } as const;

/** What the insert made of one run, or why it made none. */
export function outcomeOf(run: NewRun, row: InsertedRun | undefined): Outcome {
  if (run.triggerPoint != null) return outcomeOfFiring(run, row);
  if (row?.automationId == null)
    return {
      error: new NotFoundError(
        `There is no ${nouns[run.kind ?? 'ANY']} ${run.automationKey ?? 'with this id'} in the workspace.${hints[run.kind ?? 'ANY']}`,
      ),
    };
  if (row.environmentId === null)
    return {
      error: new InvalidInputError([
        { path: ['environment'], message: `There is no environment ${run.environmentKey} in the workspace.`, code: 'UNKNOWN_ENVIRONMENT' },
      ]),
    };
  if (row.disabled) return { error: new ConflictError('The flow is switched off.', 'DISABLED') };
  if (row.versionId === null || row.planHash === null)
    return { error: new ConflictError(`Nothing of this automation is deployed in ${run.environmentKey}.`, 'NOT_DEPLOYED') };
  if (run.threadKey != null && row.namespaceId === null)
    return {
      error: new InvalidInputError([
        { path: ['thread'], message: 'The automation has no namespace, in which a thread would be.', code: 'NO_NAMESPACE' },
      ]),
    };
  return { run: queuedRun(run, row, row.automationId, row.environmentId, row.versionId, row.planHash) };
}

/** The state of the conflict when nobody has compiled the chain of a trigger point yet. */
export const noChain = 'NO_CHAIN';

function outcomeOfFiring(run: NewRun, row: InsertedRun | undefined): Outcome {
  if (row === undefined || row.environmentId === null) return { error: new NotFoundError('No such workspace.') };
  if (row.planHash === null) return { error: new ConflictError('The trigger point has no chain yet.', noChain) };
  return { run: queuedRun(run, row, null, row.environmentId, null, row.planHash) };
}

/** The row as it was just committed, without reading it back. */
function queuedRun(
  run: NewRun,
  row: InsertedRun,
  automationId: string | null,
  environmentId: string,
  versionId: string | null,
  planHash: string,
): Run {
  return {
    id: run.id,
    workspaceId: run.workspaceId,
    environmentId,
    automationId,
    versionId,
    planHash,
    status: row.waits || row.asks ? 'WAITING' : 'QUEUED',
    trigger: run.trigger,
    priority: row.priority,
    input: run.input === null ? null : (JSON.parse(run.input) as Run['input']),
    output: null,
    eventId: run.eventId ?? null,
    entityId: run.entityId ?? null,
    parentId: run.parent?.runId ?? null,
    parentPath: run.parent?.path ?? null,
    awaited: run.parent?.awaited ?? false,
    asked: row.asks,
    stoppedBy: null,
    replayedFromId: null,
    replayEffects: null,
    key: run.key ?? null,
    tags: run.tags == null ? null : (JSON.parse(run.tags) as Run['tags']),
    signals: 0,
    errorCode: null,
    errorMessage: null,
    errorDetail: null,
    attempt: 0,
    maxAttempts: row.maxAttempts,
    depth: run.depth ?? 0,
    dryRun: false,
    idempotencyKey: run.idempotencyKey,
    actorKind: run.actorKind,
    actorId: run.actorId,
    scheduleId: run.scheduleId,
    retriedFromId: run.retriedFromId,
    triggerPoint: run.triggerPoint ?? null,
    resumeEvent: null,
    resumedAt: null,
    resolvedPayload: run.resolvedPayload == null ? null : (JSON.parse(run.resolvedPayload) as Run['resolvedPayload']),
    threadKey: run.threadKey ?? null,
    threadId: null,
    pauseId: null,
    sequence: 1,
    epoch: 0,
    writes: 0,
    leaseOwner: null,
    leaseUntil: null,
    leaseSolo: false,
    crashes: 0,
    soloCrashes: 0,
    dispatchedAt: run.dispatched && !row.waits && !row.asks ? row.queuedAt : null,
    cancelRequestedAt: null,
    waitKind: row.waits ? 'THREAD' : row.asks ? 'APPROVAL' : null,
    waitSince: row.waits || row.asks ? row.queuedAt : null,
    waitUntil: null,
    waitDetail: null,
    queuedAt: row.queuedAt,
    startedAt: null,
    finishedAt: null,
  };
}
