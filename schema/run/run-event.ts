import { NotFoundError } from '#domain/errors';
import { encodeCursor } from '#domain/run/run.feed.cursor';
import type { FeedEvent } from '#domain/run/run.feed';
import { type HistoryPage, type RunHistoryEvent, countHistories, endOfHistory, readHistories } from '#domain/run/run.history';
import { builder } from '#schema/builder';
import { type Window, connection, connectionType, forParents, pageArguments, pageComplexity } from '#schema/connection';
import type { SignedIn } from '#schema/context';
import { RunEventType, RunStatus, enumType } from '#schema/enums';
import { requestError } from '#schema/errors';
import { onlyId } from '#schema/selection';
import { type LightRun, Run, loadRun } from './run.js';
import { StepRun, loadStep } from './step-run.js';

const LogLevel = enumType<'DEBUG' | 'INFO' | 'WARN' | 'ERROR'>('LogLevel', 'How much a line matters.', {
  DEBUG: 'For who looks for a fault.',
  INFO: 'What happened.',
  WARN: 'Worth a look.',
  ERROR: 'Something failed.',
});

interface Line {
  readonly level: 'DEBUG' | 'INFO' | 'WARN' | 'ERROR';
  readonly message: string;
}

/** The data of an event of type LOG, as the engine writes it. */
function lineOf({ type, data }: Pick<RunHistoryEvent, 'type' | 'data'>): Line | null {
  return type === 'LOG' && data !== null ? (data as Line) : null;
}

const LogLine = builder.objectRef<RunHistoryEvent>('LogLine').implement({
  description: 'A line that a step logged.',
  fields: (t) => ({
    sequence: t.exposeInt('sequence', { description: 'Its place among the events of its run.' }),
    at: t.expose('at', { type: 'DateTime', description: 'When it was logged.' }),
    level: t.field({ type: LogLevel, description: 'How much it matters.', resolve: (event) => lineOf(event)?.level ?? 'INFO' }),
    message: t.string({ description: 'What it says.', resolve: (event) => lineOf(event)?.message ?? '' }),
    stepPath: t.exposeString('stepPath', { nullable: true, description: 'Path of the step that logged it.' }),
  }),
});

const stepOf = ({ runId, stepPath }: RunHistoryEvent, context: SignedIn) =>
  stepPath === null ? null : loadStep(context, `${runId} ${stepPath}`);

function present(run: LightRun | null): LightRun {
  if (run === null) throw requestError(new NotFoundError('The run of this event is no longer kept.'));
  return run;
}

export const RunEvent = builder.objectRef<FeedEvent>('RunEvent').implement({
  description: 'Something that happened to a run, as the live feed tells it.',
  fields: (t) => ({
    cursor: t.field({
      type: 'Cursor',
      description: 'Its place in the feed: give it as `after` to go on behind it.',
      resolve: ({ position }) => encodeCursor(position),
    }),
    sequence: t.exposeInt('sequence', { description: 'Its place among the events of its run: 1, 2, 3 without holes.' }),
    type: t.expose('type', { type: RunEventType, description: 'What it tells.' }),
    at: t.expose('at', { type: 'DateTime', description: 'When it happened.' }),
    run: t.field({
      type: Run,
      description: 'The run, as it is now.',
      // Followers who want no more than the id cost no statement, and no promise.
      resolve: ({ runId }, _args, context, info) => (onlyId(info) ? ({ id: runId } as LightRun) : loadRun(context, runId).then(present)),
    }),
    status: t.expose('status', { type: RunStatus, description: 'Where the run stood after it.' }),
    step: t.field({
      type: StepRun,
      nullable: true,
      description: 'The step that it is about, as it is now.',
      resolve: (event, _args, context) => stepOf(event, context),
    }),
    log: t.field({
      type: LogLine,
      nullable: true,
      description: 'The line, for an event of type LOG.',
      resolve: (event) => (lineOf(event) === null ? null : event),
    }),
  }),
});

const RunHistoryEntry = builder.objectRef<RunHistoryEvent>('RunHistoryEvent').implement({
  description:
    'Something that happened to a run, in the history of that run. It has no place in the feed: the cursors of this list are its own.',
  fields: (t) => ({
    sequence: t.exposeInt('sequence', { description: 'Its place in the run: 1, 2, 3. Log lines that are no longer kept leave holes.' }),
    type: t.expose('type', { type: RunEventType, description: 'What it tells.' }),
    at: t.expose('at', { type: 'DateTime', description: 'When it happened.' }),
    status: t.expose('status', { type: RunStatus, description: 'Where the run stood after it.' }),
    step: t.field({
      type: StepRun,
      nullable: true,
      description: 'The step that it is about, as it is now.',
      resolve: (event, _args, context) => stepOf(event, context),
    }),
    log: t.field({
      type: LogLine,
      nullable: true,
      description: 'The line, for an event of type LOG.',
      resolve: (event) => (lineOf(event) === null ? null : event),
    }),
  }),
});

const RunHistoryConnection = connectionType('RunHistoryEvent', RunHistoryEntry);
const LogLineConnection = connectionType('LogLine', LogLine);

const inOrder = [{ column: 'sequence', direction: 'asc', integer: true }] as const;

function pageOf(logOnly: boolean, { after, before, inclusive, reversed }: Window, take: number): HistoryPage {
  const step = inclusive ? 0 : 1;
  return {
    logOnly,
    from: after === null ? 1 : Number(after[0]) + step,
    upTo: before === null ? endOfHistory : Number(before[0]) - step,
    reversed,
    take,
  };
}

function history(context: SignedIn, runId: string, args: Parameters<typeof connection>[2], logOnly: boolean) {
  const { sql } = context.app.db;
  return connection<unknown, unknown, RunHistoryEvent>(context, inOrder, args, {
    find: ({ window, take }) => {
      const page = pageOf(logOnly, window, take);
      return forParents<readonly RunHistoryEvent[]>(context, 'Run.history', page, runId, (ids) => readHistories(sql, ids, page), []);
    },
    count: () => forParents<number>(context, 'Run.history#', logOnly, runId, (ids) => countHistories(sql, ids, logOnly), 0),
  });
}

builder.objectFields(Run, (t) => ({
  events: t.field({
    type: RunHistoryConnection,
    description: 'What happened to it, the oldest first.',
    args: pageArguments(t.arg),
    complexity: pageComplexity,
    resolve: ({ id }, args, context) => history(context, id, args, false),
  }),
  logs: t.field({
    type: LogLineConnection,
    description: 'What its steps logged, the oldest first. Log lines are kept for a shorter time than the run (`RETENTION_LOGS_DAYS`).',
    args: pageArguments(t.arg),
    complexity: pageComplexity,
    resolve: ({ id }, args, context) => history(context, id, args, true),
  }),
}));
