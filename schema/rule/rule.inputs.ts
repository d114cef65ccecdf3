import { type GraphTypes, builder } from '#schema/builder';

type Types = PothosSchemaTypes.ExtendDefaultTypes<GraphTypes>;
type FieldBuilder = PothosSchemaTypes.InputFieldBuilder<Types, 'InputObject'>;

const RuleLineInput = builder.inputType('RuleLineInput', {
  description: 'One expression or action of a list.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'The name of the expression, or the label of the action.' }),
    value: t.string({ required: true, description: 'What it says: one expression, or one action.' }),
  }),
});

const RuleLinesInput = builder.inputType('RuleLinesInput', {
  description: 'Expressions or actions, in one of two forms, which can be read back byte for byte.',
  isOneOf: true,
  fields: (t) => ({
    text: t.string({ description: 'One text of at most 64 kB, with a line for each: `name: what it says`.' }),
    list: t.field({ type: [RuleLineInput], description: 'A list of at most 1,000 entries, which are 64 kB as a text at most.' }),
  }),
});

const lines = (t: FieldBuilder) => ({
  expressions: t.field({ type: RuleLinesInput, description: 'Its expressions; null: none.' }),
  condition: t.string({ description: 'When the actions are done, at most 64 kB; empty and null: always.' }),
  actions: t.field({ type: RuleLinesInput, description: 'What is done; null: nothing.' }),
  description: t.string({ description: 'What it is for: Markdown, at most 64 kB. Null makes it empty.' }),
  labels: t.stringList({ description: 'Words to find it by, at most 50 of at most 64 characters each. Null removes all.' }),
  notifyOwner: t.boolean({ description: 'Whether the owner gets an e-mail when it fails; true when null.' }),
});

const recordType = 'The type of records that it is about: the key of a blueprint, or one of its aliases.';
const trigger =
  'When it is evaluated: `on create`, `on update`, `on <field> update`, `on note added`, `after delay`. At most 128 characters.';
const name = 'The name that people read, and other rules trigger it by after a delay; 1 to 128 characters.';

const whole = (t: FieldBuilder) => ({
  workspace: t.id({ description: 'Where it belongs; not needed when the viewer belongs to one workspace.' }),
  name: t.string({ required: true, description: name }),
  recordType: t.string({ required: true, description: recordType }),
  trigger: t.string({ required: true, description: trigger }),
  enabled: t.boolean({ description: 'Whether it acts; true when absent.' }),
  ...lines(t),
});

export const CreateRuleInput = builder.inputType('CreateRuleInput', {
  description: 'A new rule.',
  fields: (t) => ({
    ...whole(t),
    key: t.string({
      description: 'The name that programs use: 1 to 128 characters of a-z, 0-9, _, . and -. Derived from the name when absent.',
    }),
    position: t.int({ description: 'Its place among the rules for one event, from 0; the last one when absent.' }),
    app: t.id({
      description:
        'The app on whose behalf it acts, wherever that has an instance: its id, or its key. Without one it acts in its workspace. It cannot be changed.',
    }),
    idempotencyKey: t.string({ description: 'A repeat with the same key within 24 hours answers the same rule.' }),
  }),
});

export const UpdateRuleInput = builder.inputType('UpdateRuleInput', {
  description: 'Changes of a rule, which is named by exactly one of `id` and `key`. What is absent stays as it is.',
  fields: (t) => ({
    id: t.id({ description: 'Its id. Give exactly one of id and key.' }),
    key: t.string({ description: 'Its key. A key never changes.' }),
    workspace: t.id({ description: 'Where the key is looked for; not needed when the viewer belongs to one workspace.' }),
    name: t.string({ description: name }),
    recordType: t.string({ description: recordType }),
    trigger: t.string({ description: trigger }),
    position: t.int({ description: 'Its place among the rules for one event, from 0; null: the last one.' }),
    owner: t.id({ description: 'Who hears of its failures, a member; null: nobody.' }),
    ...lines(t),
  }),
});

export const UpsertRuleInput = builder.inputType('UpsertRuleInput', {
  description: 'A rule as it should be. What is absent is the default.',
  fields: (t) => ({
    ...whole(t),
    key: t.string({ required: true, description: 'By which it is found, or made.' }),
    position: t.int({ description: 'Its place among the rules for one event, from 0; as it was when absent, the last one at first.' }),
    app: t.id({ description: 'The app that it is made for, when it is made: its id, or its key. It cannot be changed.' }),
  }),
});
