import type { BulkItem as ItemRow, BulkOperation as OperationRow, Prisma } from '#platform/db/generated/prisma/client';
import { readableBulkOperations } from '#domain/run/bulk.policy';
import { builder } from '#schema/builder';
import { connection, connectionType, forParents, pageArguments, pageComplexity } from '#schema/connection';
import { byKey } from '#schema/context';
import { ActorKind, BulkItemStatus, BulkKind, BulkStatus } from '#schema/enums';
import { anyOf } from '#schema/filter';
import { Node, encodeId, nodeType } from '#schema/node';
import { workspacesOf } from '#schema/scope';
import { Workspace, loadWorkspace } from '#schema/tenant/workspace';
import { Run, loadRun } from './run.js';

export const loadBulkOperation = nodeType<OperationRow>('BulkOperation', async ({ app, viewer }, ids) => {
  const rows = await app.db.prisma.bulkOperation.findMany({ where: { id: { in: [...ids] }, ...readableBulkOperations(viewer) } });
  return byKey(rows, (row) => row.id);
});

const BulkItem = builder.objectRef<ItemRow>('BulkItem').implement({
  description: 'One run of a bulk operation, and what became of it.',
  fields: (t) => ({
    ordinal: t.exposeInt('ordinal', { description: 'Its place in the operation: 1, 2, 3, the oldest run first.' }),
    run: t.field({
      type: Run,
      nullable: true,
      description: 'The run; null when it is no longer kept.',
      resolve: ({ runId }, _args, context) => loadRun(context, runId),
    }),
    status: t.expose('status', { type: BulkItemStatus, description: 'What became of it.' }),
    code: t.exposeString('code', { nullable: true, description: 'Why it was refused, for a program to read: `CONFLICT` or `NOT_FOUND`.' }),
    message: t.exposeString('message', { nullable: true, description: 'Why it was refused, for a person to read.' }),
    newRun: t.field({
      type: Run,
      nullable: true,
      description: 'The run that repeats it.',
      resolve: ({ newRunId }, _args, context) => (newRunId === null ? null : loadRun(context, newRunId)),
    }),
  }),
});

const BulkItemConnection = connectionType('BulkItem', BulkItem);

const BulkItemFilter = builder.inputType('BulkItemFilter', {
  description: 'Which runs of the operation. All that is given must hold.',
  fields: (t) => ({ status: t.field({ type: [BulkItemStatus], description: 'What became of them: any of these.' }) }),
});

const inOrder = [{ column: 'ordinal', direction: 'asc', integer: true }] as const;

export const BulkOperation = builder.objectRef<OperationRow>('BulkOperation').implement({
  description: 'The same done to every run that a filter matched when it was asked for. Workers go through the runs, the oldest first.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.id({ description: 'The id.', resolve: ({ id }) => encodeId('BulkOperation', id) }),
    workspace: t.field({
      type: Workspace,
      nullable: true,
      description: 'Whose runs they are.',
      resolve: ({ workspaceId }, _args, context) => loadWorkspace(context, workspaceId),
    }),
    kind: t.expose('kind', { type: BulkKind, description: 'What is done.' }),
    filter: t.field({ type: 'JSON', description: 'The filter, as it was given.', resolve: ({ filter }) => filter }),
    status: t.expose('status', { type: BulkStatus, description: 'Where it stands.' }),
    total: t.exposeInt('total', { description: 'Runs that matched.' }),
    succeeded: t.exposeInt('succeeded', { description: 'Runs for which it was done.' }),
    failed: t.exposeInt('failed', { description: 'Runs for which it was refused; each item says why.' }),
    progress: t.float({
      description: 'The part of the runs whose turn has come, from 0 to 1.',
      resolve: ({ total, succeeded, failed }) => (total === 0 ? 1 : (succeeded + failed) / total),
    }),
    actorKind: t.expose('actorKind', { type: ActorKind, description: 'Who asked for it: a person, a service or Millrace itself.' }),
    actorName: t.exposeString('actorName', { description: 'The name of the person or token at that time.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was asked for.' }),
    finishedAt: t.expose('finishedAt', { type: 'DateTime', nullable: true, description: 'When it was over; null until then.' }),
    items: t.field({
      type: BulkItemConnection,
      description: 'Its runs, the oldest first, each with its result.',
      args: { filter: t.arg({ type: BulkItemFilter, description: 'Which ones.' }), ...pageArguments(t.arg) },
      complexity: pageComplexity,
      resolve: ({ id }, args, context) => {
        const { prisma } = context.app.db;
        const status = args.filter?.status;
        const wanted: Prisma.BulkItemWhereInput = status == null ? {} : { status: { in: anyOf('status', status) } };
        return connection<Prisma.BulkItemWhereInput, Prisma.BulkItemOrderByWithRelationInput, ItemRow>(context, inOrder, args, {
          find: ({ where, orderBy, take }) =>
            forParents<readonly ItemRow[]>(
              context,
              'BulkOperation.items',
              { wanted, where, orderBy, take },
              id,
              async (ids) => {
                const rows = await prisma.bulkOperation.findMany({
                  relationLoadStrategy: 'join',
                  where: { id: { in: [...ids] } },
                  select: { id: true, items: { where: { AND: [wanted, where] }, orderBy, take } },
                });
                return new Map(rows.map((row) => [row.id, row.items]));
              },
              [],
            ),
          count: () =>
            forParents<number>(
              context,
              'BulkOperation.items#',
              wanted,
              id,
              async (ids) => {
                const rows = await prisma.bulkItem.groupBy({
                  by: ['operationId'],
                  where: { AND: [{ operationId: { in: [...ids] } }, wanted] },
                  _count: true,
                });
                return new Map(rows.map((row) => [row.operationId, row._count]));
              },
              0,
            ),
        });
      },
    }),
  }),
});

const BulkOperationConnection = connectionType('BulkOperation', BulkOperation);

const BulkOperationFilter = builder.inputType('BulkOperationFilter', {
  description: 'Which operations. All that is given must hold.',
  fields: (t) => ({
    kind: t.field({ type: [BulkKind], description: 'What is done: any of these.' }),
    status: t.field({ type: [BulkStatus], description: 'Where they stand: any of these.' }),
  }),
});

const newest = [{ column: 'id', direction: 'desc' }] as const;

builder.queryField('bulkOperations', (t) =>
  t.field({
    type: BulkOperationConnection,
    description: 'What was done to many runs at once, the newest first.',
    args: {
      workspace: t.arg.id({ description: 'Only those of this workspace.' }),
      filter: t.arg({ type: BulkOperationFilter, description: 'Which ones.' }),
      ...pageArguments(t.arg),
    },
    complexity: pageComplexity,
    resolve: (_root, args, context) => {
      const { bulkOperation } = context.app.db.prisma;
      const { kind, status } = args.filter ?? {};
      const wanted = [
        readableBulkOperations(context.viewer, workspacesOf(context, 'run.read', args.workspace)),
        kind == null ? {} : { kind: { in: anyOf('kind', kind) } },
        status == null ? {} : { status: { in: anyOf('status', status) } },
      ];
      return connection<Prisma.BulkOperationWhereInput, Prisma.BulkOperationOrderByWithRelationInput, OperationRow>(context, newest, args, {
        find: ({ where, orderBy, take }) => bulkOperation.findMany({ where: { AND: [...wanted, where] }, orderBy, take }),
        count: () => bulkOperation.count({ where: { AND: wanted } }),
      });
    },
  }),
);
