import type { Approval } from '#platform/db/generated/prisma/client';
import { ConflictError, ForbiddenError, InvalidInputError, NotFoundError } from '#domain/errors';
import { invalid } from '#domain/input';
import { isStorableText } from '#platform/json';
import { permitted } from '#domain/tenant/permission';
import { audit } from '#domain/tenant/tenant.audit';
import type { Work } from '#domain/work';
import { type Decision, decideApproval } from './approval.decide.js';

/** Which approval: by its own id, or that of its run when only one is open there. */
export interface ApprovalPlace {
  readonly approvalId?: string | undefined;
  readonly runId?: string | undefined;
}

const needs = { see: 'run.read', change: 'run.approve', noun: 'approval' } as const;
const mostComment = 4_000;

/**
 * Decides what a run waits for, and answers the approval's id. Throws NotFoundError, ForbiddenError (also for whoever asked for it, where that
 * may not be who decides), InvalidInputError, and ConflictError when it is decided already.
 */
export async function decideRun(
  work: Work,
  operation: 'approveRun' | 'rejectRun',
  place: ApprovalPlace,
  comment: string | null | undefined,
): Promise<string> {
  const said = readComment(comment);
  const approval = await findApproval(work, place);
  const { actor } = work.viewer;
  const own = approval.requesterId !== null && approval.requesterId === actor.id;
  if (own && !approval.selfReview) throw new ForbiddenError('Whoever asked for it does not decide it.');
  const status: Decision['status'] = operation === 'approveRun' ? 'APPROVED' : 'REJECTED';
  const woken = await decideApproval(work.sql, approval, { status, actor, comment: said });
  if (woken === null) {
    const now = await work.tx.approval.findUniqueOrThrow({ where: { id: approval.id }, select: { status: true } });
    const state = now.status === 'PENDING' ? 'EXPIRED' : now.status;
    throw new ConflictError(`It is ${state} already.`, state);
  }
  const { workspaceId, runId, path } = approval;
  await audit(work, {
    workspaceId,
    operation,
    subjectType: 'Run',
    subjectId: runId,
    change: { ...(path === '' ? {} : { path }), ...(said === '' ? {} : { comment: said }) },
  });
  work.enqueue(woken);
  work.wake('runs', [runId, approval.id]);
  work.wake('batch', []);
  return approval.id;
}

function readComment(comment: string | null | undefined): string {
  const said = comment?.trim() ?? '';
  if (said.length > mostComment || !isStorableText(said))
    throw invalid(['comment'], `A comment has at most ${mostComment} characters, without NUL.`, 'FORMAT');
  return said;
}

async function findApproval(work: Work, { approvalId, runId }: ApprovalPlace): Promise<Approval> {
  if ((approvalId === undefined) === (runId === undefined)) throw invalid(['run'], 'Give exactly one of run and approval.', 'ONE_OF');
  if (approvalId !== undefined) return permitted(work.viewer, await work.tx.approval.findUnique({ where: { id: approvalId } }), needs);
  const run = await work.tx.run.findUnique({ where: { id: runId ?? '' }, select: { id: true, workspaceId: true, status: true } });
  const { id, status } = permitted(work.viewer, run, { ...needs, noun: 'run' });
  const [open, other] = await work.tx.approval.findMany({ where: { runId: id, status: 'PENDING' }, orderBy: { id: 'asc' }, take: 2 });
  if (other !== undefined)
    throw new InvalidInputError([
      { path: ['run'], message: 'Several approvals of this run are open: name one of them.', code: 'AMBIGUOUS' },
    ]);
  if (open !== undefined) return open;
  const last = await work.tx.approval.findFirst({ where: { runId: id }, orderBy: { id: 'desc' }, select: { status: true } });
  if (last === null) throw new NotFoundError('The run has no approval.');
  throw new ConflictError(`Nothing of the run is to be approved; it is ${status}.`, last.status);
}
