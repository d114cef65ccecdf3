import type { Approval as ApprovalRow, Prisma } from '#platform/db/generated/prisma/client';
import { NotFoundError } from '#domain/errors';
import { readableApprovals } from '#domain/run/approval.policy';
import { Automation, loadAutomation } from '#schema/automation/automation';
import { builder } from '#schema/builder';
import { connection, connectionType, pageArguments, pageComplexity } from '#schema/connection';
import { batched, byKey } from '#schema/context';
import { ApprovalStatus } from '#schema/enums';
import { anyOf } from '#schema/filter';
import { automationNames, Node, decodeId, encodeId, nodeType } from '#schema/node';
import { workspacesOf } from '#schema/scope';
import { whilePermitted } from '#schema/subscription';
import { Run, loadRun } from './run.js';

export const loadApproval = nodeType<ApprovalRow>('Approval', async ({ app, viewer }, ids) => {
  const rows = await app.db.prisma.approval.findMany({ where: { id: { in: [...ids] }, ...readableApprovals(viewer) } });
  return byKey(rows, (row) => row.id);
});

/** By the UUIDs of runs that the viewer may read. */
const loadOfRuns = batched<readonly ApprovalRow[]>(async ({ app }, runIds) => {
  const rows = await app.db.prisma.approval.findMany({ where: { runId: { in: [...runIds] } }, orderBy: { id: 'asc' } });
  const found = new Map<string, ApprovalRow[]>(runIds.map((id) => [id, []]));
  for (const row of rows) found.get(row.runId)?.push(row);
  return found;
});

export const Approval = builder.objectRef<ApprovalRow>('Approval').implement({
  description: 'What a person is to decide before a run goes on.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.id({ description: 'The id.', resolve: ({ id }) => encodeId('Approval', id) }),
    run: t.field({
      type: Run,
      nullable: true,
      description: 'The run that waits for it.',
      resolve: ({ runId }, _args, context) => loadRun(context, runId),
    }),
    automation: t.field({
      type: Automation,
      nullable: true,
      description: 'What runs.',
      resolve: ({ automationId }, _args, context) => (automationId === null ? null : loadAutomation(context, automationId)),
    }),
    stepPath: t.string({
      nullable: true,
      description: 'Path of the step that asks; null: the run as a whole, before it begins.',
      resolve: ({ path }) => (path === '' ? null : path),
    }),
    status: t.expose('status', { type: ApprovalStatus, description: 'Where it stands.' }),
    title: t.exposeString('title', { description: 'What is to be decided.' }),
    message: t.exposeString('message', { description: 'More about it; empty without more.' }),
    requestedBy: t.exposeString('requesterName', { description: 'Who asked for it, by the name at that time.' }),
    requestedAt: t.expose('requestedAt', { type: 'DateTime', description: 'When it was asked for.' }),
    selfReview: t.exposeBoolean('selfReview', { description: 'Whether who asked for it may decide it.' }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', nullable: true, description: 'When it expires; null: never.' }),
    reviewedBy: t.exposeString('reviewerName', { nullable: true, description: 'Who decided it; null when nobody did.' }),
    reviewedAt: t.expose('reviewedAt', { type: 'DateTime', nullable: true, description: 'When it was decided, or expired; null before.' }),
    comment: t.exposeString('comment', { description: 'What was said with the decision; empty without a word.' }),
  }),
});

const ApprovalConnection = connectionType('Approval', Approval);

/** The newest first. Ids are UUIDs version 7. */
const newest = [{ column: 'id', direction: 'desc' }] as const;

const ApprovalFilter = builder.inputType('ApprovalFilter', {
  description: 'Which approvals. All given conditions hold.',
  fields: (t) => ({
    status: t.field({ type: [ApprovalStatus], description: 'Where they stand: any of these.' }),
    run: t.id({ description: 'Those of this run.' }),
    automation: t.id({ description: 'Those of runs of this automation.' }),
  }),
});

function matching(filter: typeof ApprovalFilter.$inferInput | null | undefined): Prisma.ApprovalWhereInput[] {
  const { status, run, automation } = filter ?? {};
  return [
    ...(status == null ? [] : [{ status: { in: anyOf('status', status) } }]),
    ...(run == null ? [] : [{ runId: decodeId('Run', run, ['filter', 'run']) }]),
    ...(automation == null ? [] : [{ automationId: decodeId(automationNames, automation, ['filter', 'automation']) }]),
  ];
}

builder.queryField('approvals', (t) =>
  t.field({
    type: ApprovalConnection,
    description: 'What was, or is, to be decided by a person, the newest first.',
    args: {
      workspace: t.arg.id({ description: 'Only those of this workspace.' }),
      filter: t.arg({ type: ApprovalFilter, description: 'Which ones.' }),
      ...pageArguments(t.arg),
    },
    complexity: pageComplexity,
    resolve: (_root, args, context) => {
      const { approval } = context.app.db.prisma;
      const wanted = [readableApprovals(context.viewer, workspacesOf(context, 'run.read', args.workspace)), ...matching(args.filter)];
      return connection<Prisma.ApprovalWhereInput, Prisma.ApprovalOrderByWithRelationInput, ApprovalRow>(context, newest, args, {
        find: ({ where, orderBy, take }) => approval.findMany({ where: { AND: [...wanted, where] }, orderBy, take }),
        count: () => approval.count({ where: { AND: wanted } }),
      });
    },
  }),
);

builder.objectField(Run, 'approvals', (t) =>
  t.field({
    type: [Approval],
    description: 'What a person is, or was, to decide before it goes on, the oldest first.',
    resolve: async ({ id }, _args, context) => [...((await loadOfRuns(context, id)) ?? [])],
  }),
);

builder.subscriptionField('approvalUpdated', (t) =>
  t.field({
    type: Approval,
    description: 'The approval now, then when it is decided; completes when nothing is to be decided any more.',
    args: { id: t.arg.id({ required: true, description: 'The id of the approval.' }) },
    subscribe: async (_root, args, context) => {
      const { app, viewer } = context;
      const id = decodeId('Approval', args.id);
      const approval = await app.db.prisma.approval.findFirst({ where: { id, ...readableApprovals(viewer) } });
      if (approval === null) throw new NotFoundError(`There is no approval with the id ${args.id}.`);
      return whilePermitted(context, app.feed.approvalChanges(approval));
    },
    resolve: (approval) => approval,
  }),
);
