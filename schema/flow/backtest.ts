import {
  backtestFlow,
  type FlowBacktest as Backtest,
  type FlowBacktestFailure as Failure,
  type FlowMatch,
  type FlowMiss,
} from '#domain/flow/flow.backtest';
import { backtestRange } from '#domain/tally';
import { type GraphTypes, builder } from '#schema/builder';
import { encodeId } from '#schema/node';
import { BacktestDifferencesType, BacktestVolumeType } from '#schema/rule/backtest';
import { RuleReason } from '#schema/rule/outcome';
import { whilePermitted } from '#schema/subscription';
import { FlowDraftInput } from './flow.inputs.js';
import { triedFlow } from './trial.js';

type Types = PothosSchemaTypes.ExtendDefaultTypes<GraphTypes>;

/** What is told of each event. */
const place = <Shape extends FlowMatch>(t: PothosSchemaTypes.ObjectFieldBuilder<Types, Shape>) => ({
  event: t.id({ description: 'The id of the event.', resolve: ({ eventId }) => encodeId('Event', eventId) }),
  at: t.field({ type: 'DateTime', description: 'When it happened.', resolve: ({ at }) => at }),
  entity: t.id({
    nullable: true,
    description: 'The id of the record; null: the event is of none.',
    resolve: ({ entityId }) => (entityId === null ? null : encodeId('Entity', entityId)),
  }),
});

const FlowBacktestMatch = builder.objectRef<FlowMatch>('FlowBacktestMatch').implement({
  description: 'An event that would have started the flow.',
  fields: (t) => place(t),
});

const FlowBacktestMiss = builder.objectRef<FlowMiss>('FlowBacktestMiss').implement({
  description: 'An event that would not have started the flow.',
  fields: (t) => ({
    ...place(t),
    failed: t.field({
      type: RuleReason,
      nullable: true,
      description: 'Why: the first condition of its last trigger for such events that does not hold.',
      resolve: ({ failed }) => failed,
    }),
  }),
});

const FlowBacktestFailure = builder.objectRef<Failure>('FlowBacktestFailure').implement({
  description: 'An event of which the conditions of the flow cannot be said.',
  fields: (t) => ({
    ...place(t),
    code: t.exposeString('code', { description: 'Why, for a program to read.' }),
    message: t.exposeString('message', { description: 'Why, for a person to read.' }),
  }),
});

const FlowBacktest = builder.objectRef<Backtest>('FlowBacktest').implement({
  description: 'How far a back-test has come, and at the end what it found.',
  fields: (t) => ({
    done: t.exposeInt('done', { description: 'Events that were evaluated.' }),
    total: t.exposeInt('total', { description: 'Events that will be.' }),
    truncated: t.exposeBoolean('truncated', { description: 'Whether there are more in the range than were to be evaluated.' }),
    matched: t.exposeInt('matched', { description: 'Events that would have started it.' }),
    notMet: t.exposeInt('notMet', { description: 'Events for which its conditions were not met.' }),
    failed: t.exposeInt('failed', { description: 'Events of which they could not be said.' }),
    skipped: t.exposeInt('skipped', {
      description: 'Events to which it, or too many automations, had led: it would not have been evaluated.',
    }),
    finished: t.exposeBoolean('finished', { description: 'Whether this is the end. What follows is told with it only.' }),
    matches: t.field({
      type: [FlowBacktestMatch],
      description: 'The first 100 events that would have started it.',
      resolve: ({ matches }) => [...matches],
    }),
    misses: t.field({
      type: [FlowBacktestMiss],
      description: 'The first 100 events that would not.',
      resolve: ({ misses }) => [...misses],
    }),
    failures: t.field({
      type: [FlowBacktestFailure],
      description: 'The first 10 events of which that could not be said.',
      resolve: ({ failures }) => [...failures],
    }),
    volumes: t.field({
      type: [BacktestVolumeType],
      description: 'By the hour in a range of up to three days, else by the day; those without events are absent.',
      resolve: ({ volumes }) => [...volumes],
    }),
    differences: t.field({
      type: BacktestDifferencesType,
      nullable: true,
      description: 'Against what the saved flow made of the same events; null without one.',
      resolve: ({ differences }) => differences,
    }),
  }),
});

const BacktestFlowInput = builder.inputType('BacktestFlowInput', {
  description: 'Which flow to try on which stored events. With both a flow and a draft, the draft is tried and compared with the flow.',
  fields: (t) => ({
    flow: t.id({ description: 'A flow, as it is live. This needs the permission automation.read.' }),
    draft: t.field({ type: FlowDraftInput, description: 'A flow that is being written. This needs the permission automation.write.' }),
    from: t.field({ type: 'DateTime', required: true, description: 'Events from then on.' }),
    until: t.field({ type: 'DateTime', required: true, description: 'Events before then.' }),
    limit: t.int({ description: 'The most events that are evaluated, the oldest first: 1 to 10,000, which it is when absent.' }),
  }),
});

builder.subscriptionField('backtestFlow', (t) =>
  t.field({
    type: FlowBacktest,
    description:
      'Tries the triggers of a flow on stored events: progress, then which of them would have started it, and why the others would not. No step is executed. It ends with the subscription; one back-test at a time for each viewer, else LIMIT_EXCEEDED.',
    args: { input: t.arg({ type: BacktestFlowInput, required: true, description: 'What to try.' }) },
    subscribe: async (_root, { input }, context) => {
      const { app, viewer } = context;
      const range = backtestRange(input.from, input.until, input.limit);
      const { tried, saved } = await triedFlow(context, input, 'automation.read');
      const release = app.trials.backtest(viewer);
      const question = { flow: tried, compared: saved?.automationId ?? null, ...range };
      return whilePermitted(context, backtestFlow(app, viewer, question, release));
    },
    resolve: (backtest) => backtest,
  }),
);
