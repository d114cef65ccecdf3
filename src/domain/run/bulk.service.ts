import type { Prisma } from '#platform/db/generated/prisma/client';
import type { BulkKind } from '#platform/db/generated/prisma/enums';
import { newId } from '#platform/ids';
import type { Work } from '#domain/work';
import { ConflictError, LimitExceededError } from '#domain/errors';
import { invalid } from '#domain/input';
import { once } from '#domain/tenant/idempotency';
import { assertCan, permitted } from '#domain/tenant/permission';
import { audit } from '#domain/tenant/tenant.audit';
import { countRuns, takeDown } from './bulk.items.js';
import { bulkPermission, isOver } from './bulk.policy.js';
import { filterSql, resolveFilter, type RunFilter } from './run.filter.js';
import { finalStatuses } from './run.status.js';

export interface BulkInput {
  readonly kind: BulkKind;
  readonly workspaceId: string;
  /** Without statuses: those that the kind is for. */
  readonly filter: RunFilter;
  /** The same as the client gave it, to be shown and to tell requests apart. */
  readonly described: Prisma.InputJsonObject;
  /** Count only. */
  readonly dryRun: boolean;
  /** The count that the client saw. */
  readonly expectedCount?: number | undefined;
  readonly idempotencyKey?: string | undefined;
}

export interface Bulk {
  /** How many runs match, or were taken down. */
  readonly count: number;
  /** Null for a dry run. */
  readonly operationId: string | null;
}

/** What a filter means that names no status. */
const meant = {
  CANCEL: ['QUEUED', 'WAITING', 'RUNNING'],
  RETRY: finalStatuses.filter((status) => status !== 'SUCCEEDED'),
} as const satisfies Record<BulkKind, RunFilter['statuses']>;

const operationOf = { CANCEL: 'cancelRuns', RETRY: 'retryRuns' } as const satisfies Record<BulkKind, string>;

/** Items are taken down in one statement of about a second. */
export const mostBulkRuns = 100_000;
/** Workers go through them side by side; more of them would only take turns. */
const mostOperations = 10;
/** The part of the expected runs that may be gone: they ended meanwhile. */
const mostGone = 0.1;

/**
 * Cancels or repeats every run that a filter matches now. Takes the runs down and answers at once; workers go through them. Throws
 * ForbiddenError, InvalidInputError (`expectedCount`), LimitExceededError (too many runs, too many operations), or ConflictError with the
 * state COUNT_CHANGED when there are more runs than expected, or over 10 % fewer.
 */
export async function bulkRuns(work: Work, input: BulkInput): Promise<Bulk> {
  const { kind, workspaceId, expectedCount: expected } = input;
  assertCan(work.viewer, workspaceId, bulkPermission[kind]);
  if (expected !== undefined && expected < 0) throw invalid(['expectedCount'], 'A count is 0 or more.', 'TOO_SMALL');
  const filter = { ...input.filter, statuses: input.filter.statuses ?? meant[kind] };
  const resolved = await resolveFilter(work.tx, work.viewer, filter, [workspaceId]);
  if (input.dryRun) return { count: await countRuns(work.sql, filterSql([workspaceId], resolved, 1)), operationId: null };
  const find = (id: string) => work.tx.bulkOperation.findUnique({ where: { id }, select: { id: true } });
  const operation = operationOf[kind];
  const body = { filter: input.described, expected };
  const id = await once(work, { workspaceId, operation, key: input.idempotencyKey, body, find }, async () => {
    if ((await work.tx.bulkOperation.count({ where: { workspaceId, status: 'RUNNING' } })) >= mostOperations)
      throw new LimitExceededError(`The workspace already has ${mostOperations} bulk operations that go on.`, mostOperations, 10_000);
    const made = newId();
    const { actor } = work.viewer;
    await work.tx.bulkOperation.create({
      data: {
        id: made,
        workspaceId,
        kind,
        filter: input.described,
        total: 0,
        actorKind: actor.kind,
        actorId: actor.id,
        actorName: actor.name,
        createdAt: work.now,
      },
    });
    const total = await takeDown(work.sql, made, mostBulkRuns + 1, filterSql([workspaceId], resolved, 3));
    if (total > mostBulkRuns) {
      const count = await countRuns(work.sql, filterSql([workspaceId], resolved, 1));
      throw new LimitExceededError(`${count} runs match; one operation takes at most ${mostBulkRuns}. Narrow the filter.`, mostBulkRuns);
    }
    if (expected !== undefined && (total > expected || total < expected * (1 - mostGone)))
      throw new ConflictError(`${total} runs match now, not ${expected}.`, 'COUNT_CHANGED');
    const empty = total === 0 ? { status: 'COMPLETED' as const, finishedAt: work.now } : {};
    await work.tx.bulkOperation.update({ where: { id: made }, data: { total, ...empty } });
    await audit(work, {
      workspaceId,
      operation,
      subjectType: 'BulkOperation',
      subjectId: made,
      change: { filter: input.described, total },
    });
    work.wake('bulk', [made]);
    return made;
  });
  const { total } = await work.tx.bulkOperation.findUniqueOrThrow({ where: { id }, select: { total: true } });
  return { count: total, operationId: id };
}

/**
 * Stops an operation before its next batch: the runs that were not reached stay as they are. Doing it again is no error. Throws
 * NotFoundError, ForbiddenError, or ConflictError when it is completed.
 */
export async function cancelBulkOperation(work: Work, { id }: { readonly id: string }): Promise<string> {
  const found = await work.tx.bulkOperation.findUnique({ where: { id } });
  const change = found === null ? 'run.cancel' : bulkPermission[found.kind];
  const { workspaceId, kind } = permitted(work.viewer, found, { see: 'run.read', change, noun: 'bulk operation' });
  // A batch holds the row until it is committed, so this waits for the present one and no other begins.
  const { count } = await work.tx.bulkOperation.updateMany({
    where: { id, status: 'RUNNING' },
    data: { status: 'CANCELED', cancelRequestedAt: work.now, finishedAt: work.now },
  });
  if (count === 0) {
    const { status } = await work.tx.bulkOperation.findUniqueOrThrow({ where: { id }, select: { status: true } });
    if (isOver(status) && status !== 'CANCELED') throw new ConflictError(`The operation is over: ${status}.`, status);
    return id;
  }
  await audit(work, { workspaceId, operation: 'cancelBulkOperation', subjectType: 'BulkOperation', subjectId: id, change: { kind } });
  work.wake('bulk', [id]);
  return id;
}
