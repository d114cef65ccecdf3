import { ActionScheduleInput, ActionSecretInput, RetryPolicyInput } from '#schema/action/action.inputs';
import { type GraphTypes, type JsonObject, builder } from '#schema/builder';
import { FlowType, enumType } from '#schema/enums';
import { TagInput } from './tag.js';

type Types = PothosSchemaTypes.ExtendDefaultTypes<GraphTypes>;
type FieldBuilder = PothosSchemaTypes.InputFieldBuilder<Types, 'InputObject'>;

const FlowConditionInput = builder.inputType('FlowConditionInput', {
  description: 'Something that must hold: a field, compared with a value.',
  fields: (t) => ({
    field: t.string({
      required: true,
      description: 'A path, `data.properties.stage` or `properties/stage`; or an expression of the template language, with `expression`.',
    }),
    operator: t.string({
      required: true,
      description:
        '`eq`, `neq`, `in`, `nin`, `contains`, `ncontains`, `like`, `nlike`, `gt`, `gte`, `lt`, `lte`, `startsWith`, `endsWith`, `exists`, `nexists`, `empty`, `nempty`, `regex` or `between`.',
    }),
    value: t.field({ type: 'JSON', description: 'What is compared with; it may hold templates. `neq` null means: it is there.' }),
    expression: t.boolean({ description: 'Whether `field` is an expression; false when absent.' }),
  }),
});

const FlowEventTriggerInput = builder.inputType('FlowEventTriggerInput', {
  description: 'Events that start a flow.',
  fields: (t) => ({
    events: t.stringList({
      required: true,
      description: '`create`, `update`, `delete` and `addedAsSource` of records, or types of other events. At least one.',
    }),
    conditions: t.field({
      type: [FlowConditionInput],
      description:
        'All must hold; they see `data`, `previous`, `event`, `arguments`. One that demands a blueprint keeps others from being looked at.',
    }),
  }),
});

const FlowManualTriggerInput = builder.inputType('FlowManualTriggerInput', {
  description: 'A person, or a client, starts a flow.',
  fields: (t) => ({ inputSchema: t.field({ type: 'JSONObject', description: 'JSON Schema of the inputs; anything when absent.' }) }),
});

const FlowTriggerInput = builder.inputType('FlowTriggerInput', {
  description: 'One of the things that start a flow; several are alternatives. At most one each of `manual`, `schedule` and `webhook`.',
  isOneOf: true,
  fields: (t) => ({
    event: t.field({ type: FlowEventTriggerInput, description: 'Something happened.' }),
    manual: t.field({ type: FlowManualTriggerInput, description: 'Somebody starts it, with inputs.' }),
    schedule: t.field({ type: ActionScheduleInput, description: 'At times.' }),
    webhook: t.boolean({
      description:
        'True: a request to its webhook. One is made where the flow has none, signed as Standard Webhooks are; `rotateWebhookSecret` answers its secret.',
    }),
  }),
});

const OnError = enumType<'FAIL' | 'CONTINUE'>('FlowStepError', 'What follows when a step has failed for good.', {
  FAIL: 'The run fails, or the step in which it stands.',
  CONTINUE: 'The next step follows, and the run ends as PARTIAL.',
});

interface StepShape {
  id?: string | null;
  kind: string;
  title?: string | null;
  description?: string | null;
  conditions?: (typeof FlowConditionInput.$inferInput)[] | null;
  args?: JsonObject | null;
  retry?: typeof RetryPolicyInput.$inferInput | null;
  timeout?: string | null;
  onError?: 'FAIL' | 'CONTINUE' | null;
  ways?: WayShape[] | null;
  steps?: StepShape[] | null;
  catch?: StepShape[] | null;
}

interface WayShape {
  id?: string | null;
  title?: string | null;
  conditions?: (typeof FlowConditionInput.$inferInput)[] | null;
  steps: StepShape[];
}

// A type that holds itself has to be said beforehand, and Pothos then compares its fields with a form of it in which JSON is something else.
const FlowStepInput = builder.inputRef<StepShape, false>('FlowStepInput').implement({
  description: 'A step of a flow.',
  fields: (t) => stepFields(t) as never,
});
const FlowWayInput = builder.inputRef<WayShape, false>('FlowWayInput').implement({
  description: 'One alternative of a branch: the first whose conditions hold is gone.',
  fields: (t) => wayFields(t) as never,
});

const wayFields = (t: FieldBuilder) => ({
  id: t.string({ description: 'What it is called in paths; `way-1` and so on when absent.' }),
  title: t.string({ description: 'The name that people read.' }),
  conditions: t.field({ type: [FlowConditionInput], description: 'All must hold; none: it is gone when no earlier one is.' }),
  steps: t.field({ type: [FlowStepInput], required: true, description: 'What is done.' }),
});

const stepFields = (t: FieldBuilder) => ({
  id: t.string({
    description: 'Under which others find its output, `actions.<id>.output`: 1 to 64 letters, digits, _ and -. After its kind when absent.',
  }),
  kind: t.string({ required: true, description: 'Its kind, one of `stepKinds`.' }),
  title: t.string({ description: 'The name that people read.' }),
  description: t.string({ description: 'What it is for.' }),
  conditions: t.field({ type: [FlowConditionInput], description: 'All must hold, else it is skipped and has no output.' }),
  args: t.field({ type: 'JSONObject', description: 'Its arguments, as its kind has them; texts may hold templates.' }),
  retry: t.field({ type: RetryPolicyInput, description: 'What happens after a failed attempt; it fails when absent.' }),
  timeout: t.field({ type: 'Duration', description: 'For one attempt; the default of its kind when absent.' }),
  onError: t.field({ type: OnError, description: 'What follows when it failed; FAIL when absent.' }),
  ways: t.field({ type: [FlowWayInput], description: 'Of a `branch`.' }),
  steps: t.field({ type: [FlowStepInput], description: 'Of a `forEach`: what is done for each item. Of a `tryCatch`: what is tried.' }),
  catch: t.field({ type: [FlowStepInput], description: 'Of a `tryCatch`: what is done when one of its steps failed.' }),
});

const content = (t: FieldBuilder) => ({
  description: t.string({ description: 'What it is for. Null makes it empty.' }),
  icon: t.string({ description: 'The name of an icon: `github`. Null: none.' }),
  labels: t.stringList({ description: 'Words to find it by. Null removes all.' }),
  needsApproval: t.boolean({ description: 'Whether its runs wait for an approval before they begin; false for null.' }),
  selfReview: t.boolean({ description: 'Whether whoever starts a run may approve it; false for null: it takes somebody else.' }),
  position: t.int({ description: 'Of several flows for one event, the lowest goes first; 0 for null.' }),
  arguments: t.field({
    type: 'JSONObject',
    description:
      'Constants that templates and conditions find as `arguments`. A SCORECARD without steps and triggers needs `{ blueprintId, levels: [{ name, conditions }] }`, a REFERENCE without them `{ sourceBlueprintId, sourceProperty, relation, targetBlueprintId, targetField }`: they say what it does.',
  }),
  triggers: t.field({ type: [FlowTriggerInput], description: 'What starts it, at most 20; null: nothing but a client.' }),
  steps: t.field({ type: [FlowStepInput], description: 'What it does, in order; at most 200 steps, at most 5 deep in others.' }),
  outputs: t.field({ type: 'JSON', description: 'Templates of what a run comes to, rendered after its last step.' }),
  tags: t.field({ type: [TagInput], description: 'Its tags, at most 50.' }),
  secrets: t.field({
    type: [ActionSecretInput],
    description: 'All its secrets: others go, and a name without a value keeps the one it has. When absent or null they stay as they are.',
  }),
  notifyOwner: t.boolean({ description: 'Whether the owner gets an e-mail when a run fails; true for null.' }),
  app: t.id({ description: 'The app that it belongs to: its id, or its key; null: none.' }),
});

const name = 'The name that people read, 1 to 128 characters.';

const whole = (t: FieldBuilder) => ({
  trigger: t.boolean({
    description:
      'Whether it then also runs over the records that are there: once for each that meets the conditions of one of its triggers by events, as if the first of the events of the trigger had just happened. False when absent.',
  }),
  workspace: t.id({ description: 'Where it belongs; not needed when the viewer belongs to one workspace.' }),
  name: t.string({ required: true, description: name }),
  type: t.field({ type: FlowType, required: true, description: 'What it is for.' }),
  enabled: t.boolean({ description: 'Whether it can be started; true when absent.' }),
  ...content(t),
});

export const CreateFlowInput = builder.inputType('CreateFlowInput', {
  description: 'A new flow.',
  fields: (t) => ({
    ...whole(t),
    key: t.string({
      description: 'The name that programs use: 1 to 128 characters of a-z, 0-9, _, . and -. Derived from the name when absent.',
    }),
    idempotencyKey: t.string({ description: 'A repeat with the same key within 24 hours answers the same flow.' }),
  }),
});

export const UpsertFlowInput = builder.inputType('UpsertFlowInput', {
  description: 'A flow as it should be. What is absent is the default, but for its secrets, which stay.',
  fields: (t) => ({ ...whole(t), key: t.string({ required: true, description: 'By which it is found, or made.' }) }),
});

export const UpdateFlowInput = builder.inputType('UpdateFlowInput', {
  description: 'Changes of a flow, which is named by exactly one of `id` and `key`. What is absent stays as it is.',
  fields: (t) => ({
    id: t.id({ description: 'Its id. Give exactly one of id and key.' }),
    key: t.string({ description: 'Its key. A key never changes.' }),
    workspace: t.id({ description: 'Where the key is looked for; not needed when the viewer belongs to one workspace.' }),
    name: t.string({ description: name }),
    type: t.field({ type: FlowType, description: 'What it is for.' }),
    owner: t.id({ description: 'Who hears of its failures, a member; null: nobody.' }),
    ...content(t),
  }),
});

export const FlowDraftInput = builder.inputType('FlowDraftInput', {
  description: 'A flow that is being written. Nothing of it is saved.',
  fields: (t) => {
    const { arguments: constants, triggers, steps, outputs } = content(t);
    return {
      workspace: t.id({ description: 'Where it would belong; not needed when the viewer belongs to one workspace.' }),
      name: t.string({ description: name }),
      arguments: constants,
      triggers,
      steps,
      outputs,
    };
  },
});
