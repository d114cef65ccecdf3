import type { Prisma, Schedule as ScheduleRow, Tick as TickRow } from '#platform/db/generated/prisma/client';
import { readableSchedules } from '#domain/schedule/schedule.policy';
import { Automation, loadAutomation } from '#schema/automation/automation';
import { builder, heavyComplexity } from '#schema/builder';
import { connection, connectionType, forParents, pageArguments, pageComplexity } from '#schema/connection';
import { batched, byKey } from '#schema/context';
import { MisfirePolicy, OverlapPolicy, ScheduleKind, TickStatus } from '#schema/enums';
import { anyOf, containing } from '#schema/filter';
import { automationNames, Node, decodeId, encodeId, nodeType } from '#schema/node';
import { orderInput } from '#schema/order';
import { Run, loadRun } from '#schema/run/run';
import { workspacesOf } from '#schema/scope';
import { Environment, loadEnvironment } from '#schema/tenant/environment';

export const loadSchedule = nodeType<ScheduleRow>('Schedule', async ({ app, viewer }, ids) => {
  const rows = await app.db.prisma.schedule.findMany({ where: { id: { in: [...ids] }, ...readableSchedules(viewer) } });
  return byKey(rows, (row) => row.id);
});

const Tick = builder.objectRef<TickRow>('Tick').implement({
  description: 'What became of one nominal fire of a schedule: each has one, however many workers are up.',
  fields: (t) => ({
    nominalAt: t.expose('nominalAt', { type: 'DateTime', description: 'When it was due.' }),
    status: t.expose('status', { type: TickStatus, description: 'What became of it.' }),
    reason: t.exposeString('reason', { nullable: true, description: 'Why it was late or skipped.' }),
    run: t.field({
      type: Run,
      nullable: true,
      description: 'The run that it made; null when it made none, and when that is no longer kept.',
      resolve: ({ runId }, _args, context) => (runId === null ? null : loadRun(context, runId)),
    }),
    decidedAt: t.expose('decidedAt', { type: 'DateTime', description: 'When it was decided.' }),
  }),
});

const TickConnection = connectionType('Tick', Tick);

const latestTicks = [{ column: 'nominalAt', direction: 'desc', moment: true }] as const;

export const Schedule = builder.objectRef<ScheduleRow>('Schedule').implement({
  description: 'When an automation runs by itself.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.id({ description: 'The id.', resolve: ({ id }) => encodeId('Schedule', id) }),
    automation: t.field({
      type: Automation,
      nullable: true,
      description: 'What it runs.',
      resolve: ({ automationId }, _args, context) => loadAutomation(context, automationId),
    }),
    environment: t.field({
      type: Environment,
      nullable: true,
      description: 'Where it runs it.',
      resolve: ({ environmentId }, _args, context) => loadEnvironment(context, environmentId),
    }),
    kind: t.expose('kind', { type: ScheduleKind, description: 'What its times are made of.' }),
    cron: t.expose('cron', { type: 'Cron', nullable: true, description: 'When it fires, in its time zone; null for other kinds.' }),
    interval: t.field({
      type: 'Duration',
      nullable: true,
      description: 'Between two fires; null for other kinds.',
      resolve: ({ intervalMs }) => (intervalMs === null ? null : Number(intervalMs)),
    }),
    at: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'The one moment at which it fires; null for other kinds.',
      resolve: ({ kind, startAt }) => (kind === 'ONCE' ? startAt : null),
    }),
    timeZone: t.expose('timeZone', { type: 'TimeZone', description: 'In which cron is read; intervals do not depend on it.' }),
    startAt: t.expose('startAt', {
      type: 'DateTime',
      description: 'INTERVAL: its first nominal fire, the others follow at whole intervals. CRON: no fire before it. ONCE: the fire.',
    }),
    endAt: t.expose('endAt', { type: 'DateTime', nullable: true, description: 'After this it no longer fires; null: it has no end.' }),
    payload: t.field({
      type: 'JSON',
      nullable: true,
      description: 'The input of its runs.',
      complexity: heavyComplexity,
      resolve: ({ payload }) => payload,
    }),
    misfire: t.expose('misfire', { type: MisfirePolicy, description: 'What happens to fires that were missed.' }),
    overlap: t.expose('overlap', { type: OverlapPolicy, description: 'What happens when a fire is due while an earlier run goes on.' }),
    jitter: t.field({
      type: 'Duration',
      description: 'Each fire is delayed by up to this. By how much follows from the schedule and the nominal time.',
      resolve: ({ jitterMs }) => jitterMs,
    }),
    enabled: t.exposeBoolean('enabled', { description: 'Whether it fires. One that fires once disables itself.' }),
    own: t.exposeBoolean('own', { description: 'Whether it is written together with its automation.' }),
    nextFireAt: t.expose('nextFireAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it fires next, jitter included; null when it is disabled, over, or its automation is disabled.',
    }),
    nextNominalAt: t.expose('nextNominalAt', {
      type: 'DateTime',
      nullable: true,
      description: 'The time of the next fire without jitter, as it will stand in the ledger; null when there is none.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When it was last changed.' }),
    ticks: t.field({
      type: TickConnection,
      description: 'Its ledger, the latest fire first.',
      args: pageArguments(t.arg),
      complexity: pageComplexity,
      resolve: ({ id }, args, context) => {
        const { prisma } = context.app.db;
        return connection<Prisma.TickWhereInput, Prisma.TickOrderByWithRelationInput, TickRow>(context, latestTicks, args, {
          find: ({ where, orderBy, take }) =>
            forParents<readonly TickRow[]>(
              context,
              'Schedule.ticks',
              { where, orderBy, take },
              id,
              async (ids) => {
                const rows = await prisma.schedule.findMany({
                  relationLoadStrategy: 'join',
                  where: { id: { in: [...ids] } },
                  select: { id: true, ticks: { where, orderBy, take } },
                });
                return new Map(rows.map((row) => [row.id, row.ticks]));
              },
              [],
            ),
          count: () =>
            forParents<number>(
              context,
              'Schedule.ticks#',
              null,
              id,
              async (ids) => {
                const rows = await prisma.tick.groupBy({ by: ['scheduleId'], where: { scheduleId: { in: [...ids] } }, _count: true });
                return new Map(rows.map((row) => [row.scheduleId, row._count]));
              },
              0,
            ),
        });
      },
    }),
  }),
});

const ScheduleConnection = connectionType('Schedule', Schedule);

const scheduleOrder = orderInput(
  'Schedule',
  {
    NEXT_FIRE_AT: {
      column: 'nextFireAt',
      nullable: true,
      moment: true,
      description: 'By when they fire next; those that do not come last.',
    },
    CREATED_AT: { column: 'createdAt', moment: true, description: 'By when they were made.' },
  },
  [{ column: 'id', direction: 'desc' }],
);

const ScheduleFilter = builder.inputType('ScheduleFilter', {
  description: 'Which schedules are wanted. All given conditions hold.',
  fields: (t) => ({
    automation: t.id({ description: 'Those of the automation with this id.' }),
    automationKey: t.string({ description: 'Those of the automation with this key.' }),
    enabled: t.boolean({ description: 'Whether they fire.' }),
    kind: t.field({ type: [ScheduleKind], description: 'Those of one of these kinds.' }),
    search: t.string({ description: 'Part of the name or the description of the automation; upper and lower case are the same.' }),
  }),
});

function schedulesWhere(filter: typeof ScheduleFilter.$inferInput | null | undefined): Prisma.ScheduleWhereInput[] {
  const { automation, automationKey, enabled, kind, search } = filter ?? {};
  return [
    ...(automation == null ? [] : [{ automationId: decodeId(automationNames, automation, ['filter', 'automation']) }]),
    ...(automationKey == null ? [] : [{ automation: { key: automationKey } }]),
    ...(typeof enabled === 'boolean' ? [{ enabled }] : []),
    ...(kind == null ? [] : [{ kind: { in: anyOf('kind', kind) } }]),
    ...(search == null ? [] : [{ automation: { OR: [{ name: containing(search) }, { description: containing(search) }] } }]),
  ];
}

builder.queryFields((t) => ({
  schedules: t.field({
    type: ScheduleConnection,
    description: 'The schedules that the viewer may read, the newest first unless ordered otherwise.',
    args: {
      workspace: t.arg.id({ description: 'Only those of this workspace.' }),
      filter: t.arg({ type: ScheduleFilter, description: 'Which ones.' }),
      orderBy: t.arg({
        type: [scheduleOrder.input],
        description: 'In which order; the first one decides, the next ones where it is equal.',
      }),
      ...pageArguments(t.arg),
    },
    complexity: pageComplexity,
    resolve: (_root, args, context) => {
      const { schedule } = context.app.db.prisma;
      const wanted = [
        readableSchedules(context.viewer, workspacesOf(context, 'schedule.read', args.workspace)),
        ...schedulesWhere(args.filter),
      ];
      return connection<Prisma.ScheduleWhereInput, Prisma.ScheduleOrderByWithRelationInput, ScheduleRow>(
        context,
        scheduleOrder.read(args.orderBy),
        args,
        {
          find: ({ where, orderBy, take }) => schedule.findMany({ where: { AND: [...wanted, where] }, orderBy, take }),
          count: () => schedule.count({ where: { AND: wanted } }),
        },
      );
    },
  }),
  schedule: t.field({
    type: Schedule,
    nullable: true,
    description: 'One schedule; null when there is none that the viewer may see.',
    args: { id: t.arg.id({ required: true, description: 'Its id.' }) },
    resolve: (_root, { id }, context) => loadSchedule(context, decodeId('Schedule', id)),
  }),
}));

builder.objectField(Run, 'schedule', (t) =>
  t.field({
    type: Schedule,
    nullable: true,
    description: 'The schedule that fired it; null when something else started it, and when the schedule is deleted.',
    resolve: ({ scheduleId }, _args, context) => (scheduleId === null ? null : loadSchedule(context, scheduleId)),
  }),
);

const loadNextRun = batched<Date>(async ({ app }, ids) => {
  const rows = await app.db.prisma.schedule.groupBy({
    by: ['automationId'],
    where: { automationId: { in: [...ids] }, enabled: true, nextFireAt: { not: null } },
    _min: { nextFireAt: true },
  });
  return new Map(rows.flatMap(({ automationId, _min }) => (_min.nextFireAt === null ? [] : [[automationId, _min.nextFireAt] as const])));
});

builder.interfaceFields(Automation, (t) => ({
  nextRunAt: t.field({
    type: 'DateTime',
    nullable: true,
    description: 'When a schedule runs it next; null when none does.',
    resolve: ({ id }, _args, context) => loadNextRun(context, id),
  }),
  schedules: t.field({
    type: ScheduleConnection,
    description: 'Its schedules, the newest first.',
    args: pageArguments(t.arg),
    complexity: pageComplexity,
    resolve: ({ id }, args, context) => {
      const { prisma } = context.app.db;
      return connection<Prisma.ScheduleWhereInput, Prisma.ScheduleOrderByWithRelationInput, ScheduleRow>(
        context,
        scheduleOrder.read(null),
        args,
        {
          find: ({ where, orderBy, take }) =>
            forParents<readonly ScheduleRow[]>(
              context,
              'Automation.schedules',
              { where, orderBy, take },
              id,
              async (ids) => {
                const rows = await prisma.automation.findMany({
                  relationLoadStrategy: 'join',
                  where: { id: { in: [...ids] } },
                  select: { id: true, schedules: { where, orderBy, take } },
                });
                return new Map(rows.map((row) => [row.id, row.schedules]));
              },
              [],
            ),
          count: () =>
            forParents<number>(
              context,
              'Automation.schedules#',
              null,
              id,
              async (ids) => {
                const rows = await prisma.schedule.groupBy({
                  by: ['automationId'],
                  where: { automationId: { in: [...ids] } },
                  _count: true,
                });
                return new Map(rows.map((row) => [row.automationId, row._count]));
              },
              0,
            ),
        },
      );
    },
  }),
}));
