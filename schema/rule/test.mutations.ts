import type { Effect } from '#language/rule/run';
import type { AppliedEffect } from '#domain/rule/rule.apply';
import type { RecordChange } from '#domain/record/entity.changes.service';
import { type DryRun, dryRunRule } from '#domain/rule/rule.dry.service';
import type { RuleDelivery, RuleTimer } from '#domain/rule/rule.send';
import { invalid } from '#domain/input';
import { triedSubject } from '#domain/rule/rule.trial';
import { loadRule } from '#schema/automation/automation';
import { builder } from '#schema/builder';
import { EvaluationOutcome, enumType, RecipientKind } from '#schema/enums';
import { mutation } from '#schema/mutation';
import { encodeId } from '#schema/node';
import { RuleDraftInput } from './draft.js';
import { RuleFailureType, RuleReason, reasonOf, RuleValue } from './outcome.js';
import { Rule } from './rule.js';
import { shownRecord } from '#schema/record/snapshot';
import { subjectPlace, triedRule } from './trial.js';

const RuleEffectType = enumType<Uppercase<Effect['type']>>('RuleEffectType', 'What an action of a rule comes to.', {
  CREATE: 'A record is made.',
  SET: 'A field gets a value.',
  NOTE: 'A note is added.',
  ADD: 'A collection gets a member.',
  REMOVE: 'A collection loses a member.',
  CLEAR: 'A field is left with nothing.',
  SKIP: 'Nothing: its target is nil.',
  TRIGGER: 'Another rule is due later.',
  WEBHOOK: 'An address is called.',
  EMAIL: 'An e-mail is sent.',
});

type EffectRecord = NonNullable<AppliedEffect['record']>;

const RuleEffectRecord = builder.objectRef<EffectRecord>('RuleEffectRecord').implement({
  description: 'The record that an effect is about.',
  fields: (t) => ({
    type: t.exposeString('type', { description: 'The key of its blueprint.' }),
    number: t.int({ description: 'Its number; of a record that would be new, one that it will not have.', resolve: ({ id }) => id }),
    name: t.exposeString('name', { description: 'What it is called.' }),
  }),
});

const RuleEffect = builder.objectRef<AppliedEffect>('RuleEffect').implement({
  description: 'One thing that a rule does.',
  fields: (t) => ({
    label: t.exposeString('label', { description: 'The label of the action.' }),
    type: t.field({
      type: RuleEffectType,
      description: 'What is done.',
      resolve: ({ type }) => type.toUpperCase() as Uppercase<Effect['type']>,
    }),
    record: t.field({
      type: RuleEffectRecord,
      nullable: true,
      description: 'To which record; null: to none.',
      resolve: ({ record }) => record,
    }),
    changed: t.field({ type: ['String'], description: 'The fields of it that change by this.', resolve: ({ changed }) => [...changed] }),
    detail: t.field({
      type: 'JSONObject',
      description: 'The rest: the text of a note, where a webhook call goes.',
      resolve: ({ told }) => told,
    }),
  }),
});

export const RecordChangeType = builder.objectRef<RecordChange>('RecordChange').implement({
  description: 'A record that would be other than it is.',
  fields: (t) => ({
    entity: t.id({
      nullable: true,
      description: 'The id of the record; null: it would be new.',
      resolve: ({ before, entity }) => (before === null ? null : encodeId('Entity', entity)),
    }),
    type: t.exposeString('type', { description: 'The key of its blueprint.' }),
    changed: t.field({ type: ['String'], description: 'The fields that would change.', resolve: ({ changed }) => [...changed] }),
    before: t.field({
      type: 'JSONObject',
      nullable: true,
      description: 'The record as it is, as events tell it.',
      resolve: ({ before }) => shownRecord(before),
    }),
    after: t.field({
      type: 'JSONObject',
      nullable: true,
      description: 'The record as it would be.',
      resolve: ({ after }) => shownRecord(after),
    }),
    notes: t.field({ type: ['String'], description: 'The texts of notes that it would get.', resolve: ({ notes }) => [...notes] }),
  }),
});

export const TrialDelivery = builder.objectRef<Pick<RuleDelivery, 'kind' | 'address' | 'payload'>>('TrialDelivery').implement({
  description: 'What would be sent.',
  fields: (t) => ({
    kind: t.expose('kind', { type: RecipientKind, description: 'How.' }),
    address: t.exposeString('address', { description: 'Where to.' }),
    payload: t.field({ type: 'JSON', nullable: true, description: 'What.', resolve: ({ payload }) => payload }),
  }),
});

const RuleTestTimer = builder.objectRef<RuleTimer>('RuleTestTimer').implement({
  description: 'A rule that would be due later.',
  fields: (t) => ({
    rule: t.field({
      type: Rule,
      nullable: true,
      description: 'The rule.',
      resolve: ({ automationId }, _args, context) => loadRule(context, automationId),
    }),
    dueAt: t.expose('dueAt', { type: 'DateTime', description: 'When.' }),
  }),
});

const RuleTest = builder.objectRef<DryRun>('RuleTest').implement({
  description: 'What a rule would do. Nothing of it was done.',
  fields: (t) => ({
    outcome: t.expose('outcome', { type: EvaluationOutcome, description: 'MET, NOT_MET or FAILED.' }),
    triggered: t.boolean({
      nullable: true,
      description: 'Whether the event fires the rule; null where it was tried on a record.',
      resolve: ({ triggered }) => triggered,
    }),
    values: t.field({
      type: [RuleValue],
      description: 'The values of its expressions, in their order, as far as it came.',
      resolve: ({ values }) => [...values],
    }),
    failed: t.field({
      type: RuleReason,
      nullable: true,
      description: 'Why its condition was not met; null when it was, or when it did not come so far.',
      resolve: ({ failed }) => reasonOf(failed),
    }),
    error: t.field({
      type: RuleFailureType,
      nullable: true,
      description: 'Why it failed; null when it did not.',
      resolve: ({ failure }) => failure,
    }),
    effects: t.field({
      type: [RuleEffect],
      description: 'What its actions do, in order. When it fails: what it did before, and would be undone.',
      resolve: ({ effects }) => [...effects],
    }),
    changes: t.field({
      type: [RecordChangeType],
      description: 'Every record that would change, also by what follows from the changes. None when it fails.',
      resolve: ({ changes }) => [...changes],
    }),
    deliveries: t.field({
      type: [TrialDelivery],
      description: 'What would be sent. None when it fails.',
      resolve: ({ outcome, deliveries }) => (outcome === 'MET' ? [...deliveries] : []),
    }),
    timers: t.field({
      type: [RuleTestTimer],
      description: 'Which rules would be due later. None when it fails.',
      resolve: ({ outcome, timers }) => (outcome === 'MET' ? [...timers] : []),
    }),
  }),
});

const TestRuleInput = builder.inputType('TestRuleInput', {
  description: 'Which rule to try, and on what. Exactly one of `rule` and `draft`, and exactly one of `event` and `entity` is given.',
  fields: (t) => ({
    rule: t.id({ description: 'A rule, as it is live. This needs the permission automation.trigger.' }),
    draft: t.field({ type: RuleDraftInput, description: 'A rule that is being written. This needs the permission automation.write.' }),
    event: t.id({ description: 'An event of a record: what the record was before is known.' }),
    entity: t.id({ description: 'A record, as if something had just happened to it.' }),
  }),
});

mutation<typeof TestRuleInput.$inferInput, { readonly test: DryRun }>('testRule', {
  description:
    'Tells what a rule would do to a record as it is now. Its actions are done for real, and undone: nothing is written, sent or set. Takes at most 30 seconds; refused with a limit while others are tested.',
  input: TestRuleInput,
  success: 'The rule was tried.',
  fields: (t) => ({ test: t.field({ type: RuleTest, description: 'What it would do.', resolve: ({ test }) => test }) }),
  run: async ({ rule, draft, event, entity }, context) => {
    const { app, viewer } = context;
    if (rule != null && draft != null) throw invalid(['draft'], 'Give exactly one of rule and draft.', 'ONE_OF');
    const { tried } = await triedRule(context, { rule, draft }, 'automation.trigger');
    const subject = await triedSubject(app.db, viewer, tried, subjectPlace(event, entity));
    return { test: await app.trials.test(() => dryRunRule(app, viewer, tried, subject)) };
  },
});
