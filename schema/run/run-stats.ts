import {
  type Figures,
  type GroupFigures,
  readStats,
  type Stats,
  type StatsBucket,
  type StatsGrouping,
  type StatsInterval,
} from '#domain/run/run.stats';
import { resolveFilter } from '#domain/run/run.filter';
import { Automation, loadAutomation } from '#schema/automation/automation';
import { builder } from '#schema/builder';
import { RunStatus, RunTrigger, enumType } from '#schema/enums';
import { workspacesOf } from '#schema/scope';
import { App, loadApp } from '#schema/tenant/app';
import { RunFilter, wantedRuns } from './run.filter.js';

const StatsIntervalEnum = enumType<StatsInterval>('RunStatsInterval', 'How long a bucket is.', {
  MINUTE: 'A minute.',
  HOUR: 'An hour of 60 minutes, also where clocks are set forward or back.',
  DAY: 'From midnight to midnight in the time zone.',
  WEEK: 'From Monday to Sunday in the time zone.',
  MONTH: 'A month of the calendar in the time zone.',
});

const StatsGroupingEnum = enumType<StatsGrouping>('RunStatsGrouping', 'By what runs are told apart.', {
  STATUS: 'Where they stand.',
  AUTOMATION: 'What ran.',
  APP: 'The app that what ran belongs to now; runs of what belongs to none are a group of their own.',
  TRIGGER: 'What started them.',
  ERROR_CODE: 'Why they failed; runs without an error are a group of their own.',
});

const percentile = (values: readonly number[] | null, place: number): number | null => values?.[place] ?? null;

const RunFigures = builder.objectRef<Figures>('RunFigures').implement({
  description: 'Counts and times of some runs.',
  fields: (t) => ({
    count: t.exposeInt('count', { description: 'How many they are.' }),
    succeeded: t.exposeInt('succeeded', { description: 'Those that succeeded.' }),
    failed: t.exposeInt('failed', { description: 'Those that ended otherwise.' }),
    durationP50: t.field({
      type: 'Duration',
      nullable: true,
      description: 'Half of them took at most so long from start to end, waits included; null when none has ended.',
      resolve: ({ duration }) => percentile(duration, 0),
    }),
    durationP95: t.field({
      type: 'Duration',
      nullable: true,
      description: '95 % of them took at most so long from start to end.',
      resolve: ({ duration }) => percentile(duration, 1),
    }),
    durationP99: t.field({
      type: 'Duration',
      nullable: true,
      description: '99 % of them took at most so long from start to end.',
      resolve: ({ duration }) => percentile(duration, 2),
    }),
    queueTimeP50: t.field({
      type: 'Duration',
      nullable: true,
      description: 'Half of them were in the queue for at most so long before their first start; null when none has started.',
      resolve: ({ queueTime }) => percentile(queueTime, 0),
    }),
    queueTimeP95: t.field({
      type: 'Duration',
      nullable: true,
      description: '95 % of them were in the queue for at most so long.',
      resolve: ({ queueTime }) => percentile(queueTime, 1),
    }),
  }),
});

const RunStatsGroup = builder.objectRef<GroupFigures>('RunStatsGroup').implement({
  description: 'Some runs of a bucket that have the same values of what they are grouped by; other values are null.',
  fields: (t) => ({
    other: t.exposeBoolean('other', { description: 'true: the runs of all groups beyond the 50 largest ones of the whole range.' }),
    status: t.expose('status', { type: RunStatus, nullable: true, description: 'Where they stand.' }),
    automation: t.field({
      type: Automation,
      nullable: true,
      description: 'What ran; also null when it is no longer kept.',
      resolve: ({ automationId }, _args, context) => (automationId === null ? null : loadAutomation(context, automationId)),
    }),
    app: t.field({
      type: App,
      nullable: true,
      description: 'The app that what ran belongs to; null for runs of what belongs to none.',
      resolve: ({ appId }, _args, context) => (appId === null ? null : loadApp(context, appId)),
    }),
    trigger: t.expose('trigger', { type: RunTrigger, nullable: true, description: 'What started them.' }),
    errorCode: t.exposeString('errorCode', { nullable: true, description: 'Why they failed; null for runs without an error.' }),
    figures: t.field({ type: RunFigures, description: 'Their counts and times.', resolve: (group) => group }),
  }),
});

const RunStatsBucket = builder.objectRef<StatsBucket>('RunStatsBucket').implement({
  description: 'The runs that were queued in a stretch of time.',
  fields: (t) => ({
    from: t.expose('from', { type: 'DateTime', description: 'Where it begins. The first one may begin before the range.' }),
    until: t.expose('until', { type: 'DateTime', description: 'Where the next one begins.' }),
    total: t.field({ type: RunFigures, description: 'Of all its runs.', resolve: ({ total }) => total }),
    groups: t.field({
      type: [RunStatsGroup],
      description: 'Of its groups, the largest over the whole range first, `other` last. Those without a run here are absent.',
      resolve: ({ groups }) => [...groups],
    }),
  }),
});

const RunStats = builder.objectRef<Stats>('RunStats').implement({
  description: 'Runs counted over time, for a chart.',
  fields: (t) => ({
    total: t.field({ type: RunFigures, description: 'Of all runs in the range.', resolve: ({ total }) => total }),
    buckets: t.field({
      type: [RunStatsBucket],
      description: 'In the order of time, without gaps: one without runs has counts of 0.',
      // Read by one statement, however many they are.
      complexity: { field: 1, multiplier: 5 },
      resolve: ({ buckets }) => [...buckets],
    }),
  }),
});

/** One statement over up to all runs of a range. */
const statsComplexity = 100;

builder.queryField('runStats', (t) =>
  t.field({
    type: RunStats,
    description:
      'Runs counted over time, by when they were queued; dry runs are left out. At most 1 000 buckets, 50 groups and 400 days: more answers `LIMIT_EXCEEDED`.',
    args: {
      workspace: t.arg.id({ description: "The workspace; all of the viewer's when absent." }),
      filter: t.arg({ type: RunFilter, description: 'Which runs.' }),
      from: t.arg({ type: 'DateTime', required: true, description: 'Runs queued at this moment or later.' }),
      until: t.arg({ type: 'DateTime', required: true, description: 'Runs queued before this moment.' }),
      interval: t.arg({ type: StatsIntervalEnum, required: true, description: 'How long a bucket is.' }),
      timeZone: t.arg({ type: 'TimeZone', description: 'Where days begin; UTC when absent.' }),
      groupBy: t.arg({ type: [StatsGroupingEnum], description: 'Groups in each bucket: one for each combination of these. Absent: none.' }),
    },
    complexity: { field: statsComplexity, multiplier: 1 },
    resolve: async (_root, { workspace, filter, from, until, interval, timeZone, groupBy }, context) => {
      const { db } = context.app;
      const workspaceIds = workspacesOf(context, 'run.read', workspace);
      const resolved = await resolveFilter(db.prisma, context.viewer, wantedRuns(filter), workspaceIds);
      return readStats(db, { workspaceIds, filter: resolved, from, until, interval, timeZone: timeZone ?? 'UTC', groupBy: groupBy ?? [] });
    },
  }),
);
