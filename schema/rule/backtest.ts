import { type Backtest, type BacktestFailure, type BacktestMatch, backtestRule } from '#domain/rule/rule.backtest';
import { type BacktestDifferences, backtestRange, type BacktestVolume } from '#domain/tally';
import { builder } from '#schema/builder';
import { encodeId } from '#schema/node';
import { whilePermitted } from '#schema/subscription';
import { RuleDraftInput } from './draft.js';
import { RuleFailureType, RuleValue } from './outcome.js';
import { triedRule } from './trial.js';

type MatchEffect = BacktestMatch['effects'][number];

const RuleBacktestEffect = builder.objectRef<MatchEffect>('RuleBacktestEffect').implement({
  description: 'One thing that the rule would have done.',
  fields: (t) => ({
    label: t.exposeString('label', { description: 'The label of the action.' }),
    text: t.exposeString('text', { description: 'What, for a person to read: `set status of R1 to completed`.' }),
  }),
});

const RuleBacktestMatch = builder.objectRef<BacktestMatch>('RuleBacktestMatch').implement({
  description: 'An event for which the rule would have acted.',
  fields: (t) => ({
    event: t.id({ description: 'The id of the event.', resolve: ({ eventId }) => encodeId('Event', eventId) }),
    at: t.expose('at', { type: 'DateTime', description: 'When it happened.' }),
    entity: t.id({ description: 'The id of the record.', resolve: ({ entityId }) => encodeId('Entity', entityId) }),
    name: t.exposeString('name', { description: 'What the record was called then.' }),
    values: t.field({ type: [RuleValue], description: 'The values of the expressions.', resolve: ({ values }) => [...values] }),
    effects: t.field({
      type: [RuleBacktestEffect],
      description: 'What its actions would have done.',
      resolve: ({ effects }) => [...effects],
    }),
  }),
});

const RuleBacktestFailure = builder.objectRef<BacktestFailure>('RuleBacktestFailure').implement({
  description: 'An event for which the rule would have failed.',
  fields: (t) => ({
    event: t.id({ description: 'The id of the event.', resolve: ({ eventId }) => encodeId('Event', eventId) }),
    at: t.expose('at', { type: 'DateTime', description: 'When it happened.' }),
    error: t.field({ type: RuleFailureType, description: 'Why.', resolve: ({ failure }) => failure }),
  }),
});

export const BacktestVolumeType = builder.objectRef<BacktestVolume>('BacktestVolume').implement({
  description: 'What came of the events of an hour, or of a day.',
  fields: (t) => ({
    from: t.expose('from', { type: 'DateTime', description: 'Its beginning, in UTC.' }),
    events: t.exposeInt('events', { description: 'How many events were evaluated.' }),
    matched: t.exposeInt('matched', { description: 'For how many of them the condition was met.' }),
    failed: t.exposeInt('failed', { description: 'For how many of them it failed.' }),
  }),
});

export const BacktestDifferencesType = builder.objectRef<BacktestDifferences>('BacktestDifferences').implement({
  description: 'What would have come of the same events, against what came of them.',
  fields: (t) => ({
    gained: t.exposeInt('gained', { description: 'Events for which the condition is met, and was not.' }),
    lost: t.exposeInt('lost', { description: 'Events for which the condition was met, and is not.' }),
    same: t.exposeInt('same', { description: 'Events for which nothing is different.' }),
    unknown: t.exposeInt('unknown', { description: 'Events of which that cannot be said.' }),
  }),
});

const RuleBacktest = builder.objectRef<Backtest>('RuleBacktest').implement({
  description: 'How far a back-test has come, and at the end what it found.',
  fields: (t) => ({
    done: t.exposeInt('done', { description: 'Events that were evaluated.' }),
    total: t.exposeInt('total', { description: 'Events that will be.' }),
    truncated: t.exposeBoolean('truncated', { description: 'Whether there are more in the range than were to be evaluated.' }),
    matched: t.exposeInt('matched', { description: 'Events for which the condition was met.' }),
    notMet: t.exposeInt('notMet', { description: 'Events for which it was not.' }),
    failed: t.exposeInt('failed', { description: 'Events for which the rule failed.' }),
    skipped: t.exposeInt('skipped', {
      description:
        'Events for which it would not have been evaluated: it had led to them itself, too many automations had, or the record is unknown.',
    }),
    finished: t.exposeBoolean('finished', { description: 'Whether this is the end. What follows is told with it only.' }),
    matches: t.field({
      type: [RuleBacktestMatch],
      description: 'The first 100 events for which it would have acted.',
      resolve: ({ matches }) => [...matches],
    }),
    failures: t.field({
      type: [RuleBacktestFailure],
      description: 'The first 10 events for which it would have failed.',
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
      description: 'Against what the saved rule made of the same events; null without one.',
      resolve: ({ differences }) => differences,
    }),
  }),
});

const BacktestRuleInput = builder.inputType('BacktestRuleInput', {
  description: 'Which rule to try on which stored events. With both a rule and a draft, the draft is tried and compared with the rule.',
  fields: (t) => ({
    rule: t.id({ description: 'A rule, as it is live. This needs the permission automation.read.' }),
    draft: t.field({ type: RuleDraftInput, description: 'A rule that is being written. This needs the permission automation.write.' }),
    from: t.field({ type: 'DateTime', required: true, description: 'Events from then on.' }),
    until: t.field({ type: 'DateTime', required: true, description: 'Events before then.' }),
    limit: t.int({ description: 'The most events that are evaluated, the oldest first: 1 to 10,000, which it is when absent.' }),
  }),
});

builder.subscriptionField('backtestRule', (t) =>
  t.field({
    type: RuleBacktest,
    description:
      'Tries a rule on stored events: progress, then what it would have done. Each record is as its event has it, other records are as they are now. Nothing is written. It ends with the subscription; one at a time for each viewer, else LIMIT_EXCEEDED.',
    args: { input: t.arg({ type: BacktestRuleInput, required: true, description: 'What to try.' }) },
    subscribe: async (_root, { input }, context) => {
      const { app, viewer } = context;
      const range = backtestRange(input.from, input.until, input.limit);
      const { tried, saved } = await triedRule(context, input, 'automation.read');
      const release = app.trials.backtest(viewer);
      return whilePermitted(context, backtestRule(app, viewer, { rule: tried, compared: saved?.automationId ?? null, ...range }, release));
    },
    resolve: (backtest) => backtest,
  }),
);
