import type { Run } from '#platform/db/generated/prisma/client';
import { newId } from '#platform/ids';
import type { Work } from '#domain/work';
import { ConflictError, NotFoundError } from '#domain/errors';
import { assertCan } from '#domain/tenant/permission';
import { audit } from '#domain/tenant/tenant.audit';
import { once } from '#domain/tenant/idempotency';
import { insertNewRuns, readGivenOf } from './run.insert.js';
import { requestCancel } from './run.lease.js';
import { canRetry } from './run.status.js';

export async function ownRun(work: Work, runId: string, permission: 'run.cancel' | 'run.retry'): Promise<Run> {
  const run = await work.tx.run.findUnique({ where: { id: runId } });
  if (run === null || !work.viewer.roles.has(run.workspaceId)) throw new NotFoundError('No such run.');
  assertCan(work.viewer, run.workspaceId, permission);
  return run;
}

/**
 * Asks for the cancellation of a run: one that waits ends at once, one in execution as soon as its worker hears.
 * Asking twice is no error. Throws NotFoundError, ForbiddenError, or ConflictError when it is final otherwise.
 */
export async function cancelRun(work: Work, input: { readonly runId: string }): Promise<string> {
  const run = await ownRun(work, input.runId, 'run.cancel');
  const moved = await requestCancel(work.sql, run.id);
  if (moved.length === 0) {
    const { status, cancelRequestedAt } = await work.tx.run.findUniqueOrThrow({ where: { id: run.id } });
    if (status === 'CANCELED' || (status === 'RUNNING' && cancelRequestedAt !== null)) return run.id;
    throw new ConflictError(`The run is final: ${status}.`, status);
  }
  await audit(work, { workspaceId: run.workspaceId, operation: 'cancelRun', subjectType: 'Run', subjectId: run.id });
  // Those that its steps have started are among them.
  const ids = moved.map(({ id }) => id);
  work.wake('cancel', ids);
  work.wake('runs', ids);
  work.wake('batch', []);
  // One that was queued has left its thread to the next run; one in execution does so when it ends.
  if (run.threadKey !== null) work.wake('thread', [run.id]);
  return run.id;
}

/**
 * Makes a new run from one that did not succeed: same version, input and payload, at the end of its thread where it has one, linked by `retriedFrom`.
 * Throws NotFoundError, ForbiddenError, or ConflictError when it is not final or has succeeded.
 */
export async function retryRun(
  work: Work,
  input: { readonly runId: string; readonly idempotencyKey?: string | undefined },
): Promise<string> {
  const run = await ownRun(work, input.runId, 'run.retry');
  const find = (id: string) => work.tx.run.findUnique({ where: { id }, select: { id: true } });
  return once(
    work,
    { workspaceId: run.workspaceId, operation: 'retryRun', key: input.idempotencyKey, body: { runId: run.id }, find },
    async () => {
      if (!canRetry(run.status))
        throw new ConflictError(`Only a final run that did not succeed can be retried; this one is ${run.status}.`, run.status);
      const automation =
        run.automationId === null ? null : await work.tx.automation.findUnique({ where: { id: run.automationId }, select: { kind: true } });
      if (automation?.kind === 'RULE') throw new ConflictError('A rule is not retried: it acts on what happens to records, once.', 'RULE');
      if (run.triggerPoint !== null)
        throw new ConflictError('An execution of a trigger point is not retried: fire it again.', 'TRIGGER_POINT');
      if (run.versionId === null) throw new ConflictError('The version of this run is no longer there.', 'VERSION_DELETED');
      const environment = await work.tx.environment.findUniqueOrThrow({ where: { id: run.environmentId } });
      const version = await work.tx.automationVersion.findUnique({ where: { id: run.versionId }, select: { planHash: true } });
      const id = newId();
      const inserted = await insertNewRuns(work.sql, [
        {
          id,
          workspaceId: run.workspaceId,
          automationId: run.automationId,
          automationKey: null,
          versionId: run.versionId,
          environmentKey: environment.key,
          ...(await readGivenOf(work.sql, run.id)),
          threadKey: run.threadKey,
          priority: run.priority,
          idempotencyKey: null,
          trigger: 'RETRY',
          actorKind: work.viewer.actor.kind,
          actorId: work.viewer.actor.id,
          scheduleId: null,
          retriedFromId: run.id,
          eventId: run.eventId,
          entityId: run.entityId,
          depth: run.depth,
          planHash: version?.planHash === run.planHash ? null : run.planHash,
          dispatched: true,
        },
      ]);
      const row = inserted.get(id);
      if (row?.versionId == null) throw new ConflictError('The version of this run is no longer there.', 'VERSION_DELETED');
      if (run.threadKey !== null && row.namespaceId === null)
        throw new ConflictError('The namespace of its thread is no longer there.', 'NAMESPACE_DELETED');
      await audit(work, {
        workspaceId: run.workspaceId,
        operation: 'retryRun',
        subjectType: 'Run',
        subjectId: id,
        change: { retriedFrom: run.id },
      });
      if (row.waits) work.wake('thread', [id]);
      else work.enqueue([id]);
      work.wake('batch', []);
      return id;
    },
  );
}
