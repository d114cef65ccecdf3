import { decideRun } from '#domain/run/approval.service';
import { transact } from '#platform/work/work';
import { builder } from '#schema/builder';
import type { SignedIn } from '#schema/context';
import { mutation } from '#schema/mutation';
import { decodeId } from '#schema/node';
import { Approval, loadApproval } from './approval.js';

const place = {
  run: 'The run that waits, where only one of its approvals is open.',
  approval: 'Or the approval itself.',
  comment: 'Why; kept with the decision.',
} as const;

const ApproveRunInput = builder.inputType('ApproveRunInput', {
  description: 'What is approved. Exactly one of run and approval is given.',
  fields: (t) => ({
    run: t.id({ description: place.run }),
    approval: t.id({ description: place.approval }),
    comment: t.string({ description: place.comment }),
  }),
});

const RejectRunInput = builder.inputType('RejectRunInput', {
  description: 'What is rejected. Exactly one of run and approval is given.',
  fields: (t) => ({
    run: t.id({ description: place.run }),
    approval: t.id({ description: place.approval }),
    comment: t.string({ description: place.comment }),
  }),
});

interface Decided {
  readonly id: string;
}

async function decide(
  operation: 'approveRun' | 'rejectRun',
  { run, approval, comment }: typeof ApproveRunInput.$inferInput,
  { app, viewer }: SignedIn,
): Promise<Decided> {
  const wanted = {
    runId: run == null ? undefined : decodeId('Run', run, ['run']),
    approvalId: approval == null ? undefined : decodeId('Approval', approval, ['approval']),
  };
  return { id: await transact(app, viewer, (work) => decideRun(work, operation, wanted, comment)) };
}

async function readBack(context: SignedIn, id: string) {
  const approval = await loadApproval(context, id);
  if (approval === null) throw new Error('An approval that was just written is not there.');
  return approval;
}

export const ApproveRunResult = mutation<typeof ApproveRunInput.$inferInput, Decided>('approveRun', {
  description: 'Lets a run go on that waits for an approval. Whoever asked for it does not decide it, unless `selfReview` says so.',
  input: ApproveRunInput,
  success: 'The run goes on.',
  fields: (t) => ({
    approval: t.field({ type: Approval, description: 'The approval.', resolve: ({ id }, _args, context) => readBack(context, id) }),
  }),
  run: (input, context) => decide('approveRun', input, context),
});

export const RejectRunResult = mutation<typeof RejectRunInput.$inferInput, Decided>('rejectRun', {
  description: 'Rejects what a run waits for: it ends as cancelled, or its step goes on with the answer, as the step says.',
  input: RejectRunInput,
  success: 'It is rejected.',
  fields: (t) => ({
    approval: t.field({ type: Approval, description: 'The approval.', resolve: ({ id }, _args, context) => readBack(context, id) }),
  }),
  run: (input, context) => decide('rejectRun', input, context),
});
