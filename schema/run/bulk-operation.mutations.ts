import type { Prisma } from '#platform/db/generated/prisma/client';
import type { BulkKind } from '#platform/db/generated/prisma/enums';
import { type Bulk, bulkRuns, cancelBulkOperation } from '#domain/run/bulk.service';
import { transact } from '#platform/work/work';
import { builder } from '#schema/builder';
import type { SignedIn } from '#schema/context';
import { type Fields, mutation } from '#schema/mutation';
import { decodeId } from '#schema/node';
import { workspaceOf } from '#schema/scope';
import { type Made, readBack } from '#schema/tenant/read-back';
import { BulkOperation, loadBulkOperation } from './bulk-operation.js';
import { type GivenFilter, RunFilter, wantedRuns } from './run.filter.js';

function bulkInput(name: string, meaning: string, byDefault: string) {
  return builder.inputType(name, {
    description: meaning,
    fields: (t) => ({
      workspace: t.id({ description: 'The workspace; your only one when absent.' }),
      filter: t.field({ type: RunFilter, required: true, description: `Which runs, as for \`runs\`. Without \`status\`: ${byDefault}.` }),
      dryRun: t.boolean({ required: true, defaultValue: false, description: 'true: tell how many runs match, and do nothing.' }),
      expectedCount: t.int({
        description: 'How many you expect, from a dry run: refused with the state COUNT_CHANGED when there are more, or over 10 % fewer.',
      }),
      idempotencyKey: t.string({ description: 'A repeat with the same key within 24 hours answers the same operation.' }),
    }),
  });
}

const CancelRunsInput = bulkInput('CancelRunsInput', 'Which runs to cancel.', 'those that are not final');
const RetryRunsInput = bulkInput('RetryRunsInput', 'Which runs to repeat.', 'final ones that did not succeed');

interface Given {
  readonly workspace?: string | null | undefined;
  readonly filter: GivenFilter;
  readonly dryRun: boolean;
  readonly expectedCount?: number | null | undefined;
  readonly idempotencyKey?: string | null | undefined;
}

/** As JSON, without what was not given. */
const described = (filter: GivenFilter) => JSON.parse(JSON.stringify(filter)) as Prisma.InputJsonObject;

async function bulk(kind: BulkKind, { workspace, filter, dryRun, expectedCount, idempotencyKey }: Given, context: SignedIn): Promise<Bulk> {
  const input = {
    kind,
    workspaceId: workspaceOf(context, workspace),
    filter: wantedRuns(filter),
    described: described(filter),
    dryRun,
    expectedCount: expectedCount ?? undefined,
    idempotencyKey: idempotencyKey ?? undefined,
  };
  return transact(context.app, context.viewer, (work) => bulkRuns(work, input));
}

/** What both mutations have in common. */
function bulkOptions(kind: BulkKind) {
  return {
    errors: ['IDEMPOTENCY_CONFLICT'] as const,
    success: 'The runs are counted, and unless it was a dry run, workers go through them.',
    fields: (t: Parameters<Fields<Bulk>>[0]) => ({
      count: t.int({ description: 'How many runs match.', resolve: ({ count }) => count }),
      operation: t.field({
        type: BulkOperation,
        nullable: true,
        description: 'How it goes on; null for a dry run.',
        resolve: ({ operationId }, _args, context) => (operationId === null ? null : readBack(loadBulkOperation, context, operationId)),
      }),
    }),
    run: (given: Given, context: SignedIn) => bulk(kind, given, context),
  };
}

mutation<typeof CancelRunsInput.$inferInput, Bulk>('cancelRuns', {
  description:
    'Cancels every run that matches now, up to 100 000 of them. Ask with `dryRun` for their number first. Answers at once; follow `bulkOperationUpdated`.',
  input: CancelRunsInput,
  ...bulkOptions('CANCEL'),
});

mutation<typeof RetryRunsInput.$inferInput, Bulk>('retryRuns', {
  description:
    'Repeats every run that matches now, as `retryRun` does, up to 100 000 of them. Ask with `dryRun` for their number first. Answers at once; follow `bulkOperationUpdated`.',
  input: RetryRunsInput,
  ...bulkOptions('RETRY'),
});

const CancelBulkOperationInput = builder.inputType('CancelBulkOperationInput', {
  description: 'Which operation to stop.',
  fields: (t) => ({ id: t.id({ required: true, description: 'Its id.' }) }),
});

mutation<typeof CancelBulkOperationInput.$inferInput, Made>('cancelBulkOperation', {
  description: 'Stops a bulk operation before its next batch. What it has done stays done. Doing it again is no error.',
  input: CancelBulkOperationInput,
  success: 'It goes no further.',
  fields: (t) => ({
    operation: t.field({
      type: BulkOperation,
      description: 'The operation.',
      resolve: ({ id }, _args, context) => readBack(loadBulkOperation, context, id),
    }),
  }),
  run: async ({ id }, { app, viewer }) => ({
    id: await transact(app, viewer, (work) => cancelBulkOperation(work, { id: decodeId('BulkOperation', id) })),
  }),
});
