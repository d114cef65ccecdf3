import { cancelRun, retryRun } from '#domain/run/run.service';
import { transact } from '#platform/work/work';
import { builder } from '#schema/builder';
import type { SignedIn } from '#schema/context';
import { mutation } from '#schema/mutation';
import { decodeId } from '#schema/node';
import { Run, loadRun } from './run.js';

const CancelRunInput = builder.inputType('CancelRunInput', {
  description: 'Which run to cancel.',
  fields: (t) => ({ id: t.id({ required: true, description: 'Its id.' }) }),
});

const RetryRunInput = builder.inputType('RetryRunInput', {
  description: 'Which run to repeat.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Its id.' }),
    idempotencyKey: t.string({ description: 'A repeat with the same key within 24 hours answers the same run.' }),
  }),
});

async function readBack(context: SignedIn, id: string) {
  const run = await loadRun(context, id);
  if (run === null) throw new Error('A run that was just written is not there.');
  return run;
}

export const CancelRunResult = mutation<{ id: string }, { id: string }>('cancelRun', {
  description: 'Asks for a run to be cancelled: one that waits ends at once, one in execution within a second. Asking again is no error.',
  input: CancelRunInput,
  success: 'The run is cancelled, or will be: see its `cancelRequestedAt`.',
  fields: (t) => ({ run: t.field({ type: Run, description: 'The run.', resolve: ({ id }, _args, context) => readBack(context, id) }) }),
  run: async ({ id }, { app, viewer }) => ({ id: await transact(app, viewer, (work) => cancelRun(work, { runId: decodeId('Run', id) })) }),
});

export const RetryRunResult = mutation<{ id: string; idempotencyKey?: string | null | undefined }, { id: string }>('retryRun', {
  description: 'Makes a new run with the version and the input of one that did not succeed.',
  input: RetryRunInput,
  errors: ['IDEMPOTENCY_CONFLICT'],
  success: 'The new run is queued.',
  fields: (t) => ({ run: t.field({ type: Run, description: 'The new run.', resolve: ({ id }, _args, context) => readBack(context, id) }) }),
  run: async ({ id, idempotencyKey }, { app, viewer }) => ({
    id: await transact(app, viewer, (work) => retryRun(work, { runId: decodeId('Run', id), idempotencyKey: idempotencyKey ?? undefined })),
  }),
});
