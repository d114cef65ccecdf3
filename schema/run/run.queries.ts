import type { Prisma } from '#platform/db/generated/prisma/client';
import { readableRuns } from '#domain/run/run.policy';
import { Automation } from '#schema/automation/automation';
import { builder } from '#schema/builder';
import { connection, forParents, pageArguments, pageComplexity } from '#schema/connection';
import type { SignedIn } from '#schema/context';
import { RunStatus } from '#schema/enums';
import { decodeId } from '#schema/node';
import { orderInput } from '#schema/order';
import { workspacesOf } from '#schema/scope';
import { RunFilter, runsWhere } from './run.filter.js';
import { type LightRun, Run, RunConnection, lightRun, loadRun, newestRuns, runColumns } from './run.js';

const runOrder = orderInput(
  'Run',
  {
    // Ids are UUIDs version 7: sorting by them is sorting by time, and their index serves it.
    QUEUED_AT: { column: 'id', description: 'By when they were queued.' },
    STARTED_AT: { column: 'startedAt', nullable: true, moment: true, description: 'By when they started; those that have not come last.' },
    FINISHED_AT: {
      column: 'finishedAt',
      nullable: true,
      moment: true,
      description: 'By when they became final; those that are not come last.',
    },
    PRIORITY: { column: 'priority', integer: true, description: 'By their priority in the queue.' },
  },
  newestRuns,
  { column: 'id', direction: 'desc' },
);

const listArguments = (arg: Parameters<typeof pageArguments>[0]) => ({
  filter: arg({ type: RunFilter, description: 'Which ones.' }),
  orderBy: arg({ type: [runOrder.input], description: 'In which order; the first one decides, the next ones where it is equal.' }),
  ...pageArguments(arg),
});

builder.queryFields((t) => ({
  runs: t.field({
    type: RunConnection,
    description: 'The runs that the viewer may read, the newest first unless ordered otherwise.',
    args: { workspace: t.arg.id({ description: 'Only those of this workspace.' }), ...listArguments(t.arg) },
    complexity: pageComplexity,
    resolve: async (_root, args, context, info) => {
      const { run } = context.app.db.prisma;
      const order = runOrder.read(args.orderBy);
      const columns = runColumns(info, order);
      const workspaceIds = workspacesOf(context, 'run.read', args.workspace);
      const wanted = [readableRuns(context.viewer, workspaceIds), ...(await runsWhere(context, args.filter, workspaceIds))];
      return connection<Prisma.RunWhereInput, Prisma.RunOrderByWithRelationInput, LightRun>(context, order, args, {
        // What is not asked for is missing in the rows.
        find: async ({ where, orderBy, take }) => await run.findMany({ where: { AND: [...wanted, where] }, orderBy, take, ...columns }),
        count: () => run.count({ where: { AND: wanted } }),
      });
    },
  }),
  run: t.field({
    type: Run,
    nullable: true,
    description: 'One run; null when there is none that the viewer may see.',
    args: { id: t.arg.id({ required: true, description: 'Its id.' }) },
    resolve: (_root, { id }, context) => loadRun(context, decodeId('Run', id)),
  }),
}));

builder.interfaceFields(Automation, (t) => ({
  runs: t.field({
    type: RunConnection,
    description: 'Its runs, the newest first unless ordered otherwise.',
    args: listArguments(t.arg),
    complexity: pageComplexity,
    resolve: async ({ id, workspaceId }, args, context, info) => {
      const { prisma } = context.app.db;
      const order = runOrder.read(args.orderBy);
      const columns = runColumns(info, order);
      const filter = { AND: [readableRuns(context.viewer), ...(await runsWhere(context, args.filter, [workspaceId]))] };
      return connection<Prisma.RunWhereInput, Prisma.RunOrderByWithRelationInput, LightRun>(context, order, args, {
        find: ({ where, orderBy, take }) =>
          forParents<readonly LightRun[]>(
            context,
            'Automation.runs',
            { filter, where, orderBy, take, columns },
            id,
            async (ids) => {
              const rows = await prisma.automation.findMany({
                relationLoadStrategy: 'join',
                where: { id: { in: [...ids] } },
                select: { id: true, runs: { where: { AND: [filter, where] }, orderBy, take, ...columns } },
              });
              return new Map(rows.map((row) => [row.id, row.runs as LightRun[]]));
            },
            [],
          ),
        count: () =>
          forParents<number>(
            context,
            'Automation.runs#',
            filter,
            id,
            async (ids) => {
              const rows = await prisma.run.groupBy({
                by: ['automationId'],
                where: { AND: [filter, { automationId: { in: [...ids] } }] },
                _count: true,
              });
              return new Map(rows.map((row) => [row.automationId ?? '', row._count]));
            },
            0,
          ),
      });
    },
  }),
  lastRun: t.field({
    type: Run,
    nullable: true,
    description: 'Its newest run; null before the first, and when it is no longer kept.',
    resolve: ({ id }, _args, context) => loadLastRun(context, id),
  }),
  lastRunStatus: t.field({
    type: RunStatus,
    nullable: true,
    description: 'Where its newest run stands; null before the first, and when it is no longer kept.',
    resolve: async ({ id }, _args, context) => (await loadLastRun(context, id))?.status ?? null,
  }),
  lastRunAt: t.field({
    type: 'DateTime',
    nullable: true,
    description: 'When its newest run was queued; null before the first, and when it is no longer kept.',
    resolve: async ({ id }, _args, context) => (await loadLastRun(context, id))?.queuedAt ?? null,
  }),
  isRunning: t.boolean({
    description: 'Whether a worker is executing a run of it now.',
    resolve: ({ id }, _args, context) =>
      forParents<boolean>(context, 'Automation.isRunning', null, id, (ids) => running(context, ids), false),
  }),
}));

/** Few runs are in execution at once, and their index holds no others. */
async function running(context: SignedIn, automationIds: readonly string[]): Promise<ReadonlyMap<string, boolean>> {
  const rows = await context.app.db.prisma.run.groupBy({
    by: ['automationId'],
    where: { automationId: { in: [...automationIds] }, status: 'RUNNING' },
  });
  return new Map(rows.map((row) => [row.automationId ?? '', true]));
}

function loadLastRun(context: SignedIn, automationId: string): Promise<LightRun | null> {
  return forParents<LightRun | null>(
    context,
    'Automation.lastRun',
    null,
    automationId,
    async (ids) => {
      const rows = await context.app.db.prisma.automation.findMany({
        relationLoadStrategy: 'join',
        where: { id: { in: [...ids] } },
        select: { id: true, runs: { where: readableRuns(context.viewer), orderBy: { id: 'desc' }, take: 1, omit: lightRun } },
      });
      return new Map(rows.map((row) => [row.id, row.runs[0] ?? null]));
    },
    null,
  );
}
