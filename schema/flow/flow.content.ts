import type { FieldMap } from '@pothos/core';
import { type FlowCondition as Condition, type FlowSpec, type FlowTrigger as Trigger, specOf } from '#domain/flow/flow.spec';
import { type ListedStep, listSteps } from '#domain/flow/flow.steps';
import { RetryPolicy } from '#schema/action/action.content';
import { AutomationVersion, loadLive, loadSpec } from '#schema/automation/version';
import { type GraphTypes, type JsonObject, builder, heavyComplexity } from '#schema/builder';
import type { SignedIn } from '#schema/context';
import { FlowType, enumType } from '#schema/enums';

type Types = PothosSchemaTypes.ExtendDefaultTypes<GraphTypes>;

export const FlowCondition = builder.objectRef<Condition>('FlowCondition').implement({
  description: 'Something that must hold: a field, compared with a value.',
  fields: (t) => ({
    field: t.exposeString('field', {
      description: 'A path, `data.properties.stage`; or an expression of the template language, when `expression` is true.',
    }),
    operator: t.exposeString('operator', { description: '`eq`, `neq`, `in`, `contains` …: `docs/language.md` lists them.' }),
    value: t.field({
      type: 'JSON',
      nullable: true,
      description: 'What is compared with; it may hold templates. `neq` null means: it is there.',
      resolve: ({ value }) => value ?? null,
    }),
    expression: t.boolean({ description: 'Whether `field` is an expression.', resolve: ({ expression }) => expression ?? false }),
  }),
});

const TriggerType = enumType<Trigger['type']>('FlowTriggerType', 'What starts a flow.', {
  EVENT: 'Something happened: to a record, or whatever a client or a webhook told.',
  MANUAL: 'A person, or a client, with inputs.',
  SCHEDULE: 'A schedule.',
  WEBHOOK: 'A request to its webhook.',
});

export const FlowTrigger = builder.objectRef<Trigger>('FlowTrigger').implement({
  description: 'One of the things that start a flow.',
  fields: (t) => ({
    type: t.expose('type', { type: TriggerType, description: 'What it is.' }),
    events: t.field({
      type: ['String'],
      description: 'EVENT: types of events, `create`, `update`, `delete` and `addedAsSource` of records, or others. Else none.',
      resolve: (trigger) => (trigger.type === 'EVENT' ? [...trigger.events] : []),
    }),
    conditions: t.field({
      type: [FlowCondition],
      description: 'EVENT: all of them must hold. Else none.',
      resolve: (trigger) => (trigger.type === 'EVENT' ? [...trigger.conditions] : []),
    }),
    inputSchema: t.field({
      type: 'JSONObject',
      nullable: true,
      description: 'MANUAL: JSON Schema of the inputs, to draw a form of; null: anything.',
      resolve: (trigger) => (trigger.type === 'MANUAL' ? (trigger.inputSchema as JsonObject | null) : null),
    }),
    schedule: t.field({
      type: 'JSONObject',
      nullable: true,
      description: 'SCHEDULE: its timing, as it was given. `Flow.schedules` has its next fires.',
      resolve: (trigger) => (trigger.type === 'SCHEDULE' ? (trigger.schedule as JsonObject) : null),
    }),
  }),
});

export const FlowStep = builder.objectRef<ListedStep>('FlowStep').implement({
  description: 'A step of a flow. Steps that stand in others follow them in the list.',
  fields: (t) => ({
    path: t.exposeString('path', {
      description:
        'Where it stands: `notify`, `route.eu/map`, `each/call`, `safe.catch/tell`. The runs have the same paths, with the number of the item: `each[3]/call`.',
    }),
    parent: t.exposeString('parent', { nullable: true, description: 'The path of the step that it stands in; null: in none.' }),
    way: t.exposeString('way', {
      nullable: true,
      description: 'In which part of its parent: the id of the way of a branch, `try`, `catch`, or null.',
    }),
    id: t.string({ description: 'Under which others find its output: `actions.<id>.output`.', resolve: ({ step }) => step.id }),
    kind: t.string({ description: 'Its kind, one of `stepKinds`.', resolve: ({ step }) => step.kind }),
    title: t.string({ description: 'The name that people read; empty when it has none.', resolve: ({ step }) => step.title }),
    description: t.string({ description: 'What it is for.', resolve: ({ step }) => step.description }),
    conditions: t.field({
      type: [FlowCondition],
      description: 'All must hold, else it is skipped and has no output.',
      resolve: ({ step }) => [...step.conditions],
    }),
    args: t.field({
      type: 'JSONObject',
      description: 'Its arguments, with templates.',
      resolve: ({ step }) => step.args as JsonObject,
    }),
    ways: t.field({
      type: [FlowWay],
      description: 'Of a branch: its ways, in their order. Else none.',
      resolve: ({ step }) => (step.ways ?? []).map(({ id, title, conditions }) => ({ id, title, conditions })),
    }),
    retry: t.field({
      type: RetryPolicy,
      nullable: true,
      description: 'What happens after a failed attempt; null: it fails.',
      resolve: ({ step: { retry } }) => (retry === null ? null : { ...retry, maxRetries: retry.max }),
    }),
    timeout: t.field({
      type: 'Duration',
      nullable: true,
      description: 'For one attempt; null: the default of its kind.',
      resolve: ({ step }) => step.timeoutMs,
    }),
    continueOnError: t.boolean({
      description: 'Whether the run goes on when it failed, and ends as PARTIAL.',
      resolve: ({ step }) => step.onError === 'CONTINUE',
    }),
  }),
});

interface Way {
  readonly id: string;
  readonly title: string;
  readonly conditions: readonly Condition[];
}

const FlowWay = builder.objectRef<Way>('FlowWay').implement({
  description: 'One alternative of a branch: the first whose conditions hold is gone.',
  fields: (t) => ({
    id: t.exposeString('id', { description: 'What it is called in paths.' }),
    title: t.exposeString('title', { description: 'The name that people read; empty when it has none.' }),
    conditions: t.field({
      type: [FlowCondition],
      description: 'All must hold; none: it is gone when no earlier one is.',
      resolve: ({ conditions }) => [...conditions],
    }),
  }),
});

/** The fields that show what a flow does, for a type whose rows lead to a spec. */
export function contentFields<Parent extends object>(
  t: PothosSchemaTypes.ObjectFieldBuilder<Types, Parent>,
  of: (parent: Parent, context: SignedIn) => FlowSpec | Promise<FlowSpec>,
): FieldMap {
  return {
    type: t.field({
      type: FlowType,
      description: 'What it is for.',
      resolve: async (parent, _args, context) => (await of(parent, context)).type,
    }),
    needsApproval: t.boolean({
      description: 'Whether its runs wait for an approval before they begin.',
      resolve: async (parent, _args, context) => (await of(parent, context)).needsApproval,
    }),
    selfReview: t.boolean({
      description: 'Whether whoever starts a run may approve it.',
      resolve: async (parent, _args, context) => (await of(parent, context)).selfReview ?? false,
    }),
    arguments: t.field({
      type: 'JSONObject',
      description: 'Constants that its templates and conditions find as `arguments`.',
      complexity: heavyComplexity,
      resolve: async (parent, _args, context) => (await of(parent, context)).arguments as JsonObject,
    }),
    triggers: t.field({
      type: [FlowTrigger],
      description: 'What starts it.',
      complexity: heavyComplexity,
      resolve: async (parent, _args, context) => [...(await of(parent, context)).triggers],
    }),
    steps: t.field({
      type: [FlowStep],
      description: 'What it does, in order; steps that stand in others follow them.',
      complexity: heavyComplexity,
      resolve: async (parent, _args, context) => [...listSteps(await of(parent, context))],
    }),
    outputs: t.field({
      type: 'JSON',
      nullable: true,
      description: 'Templates of what a run comes to, rendered after its last step.',
      complexity: heavyComplexity,
      resolve: async (parent, _args, context) => (await of(parent, context)).outputs,
    }),
  };
}

const nothing: FlowSpec = { type: 'AUTOMATION', needsApproval: false, arguments: {}, triggers: [], steps: [], outputs: null };

export async function contentOf(context: SignedIn, versionId: string): Promise<FlowSpec> {
  const version = await loadSpec(context, versionId);
  return version === null ? nothing : specOf(version.spec);
}

/** What a flow does, by the UUID of its automation. */
export async function liveContent(context: SignedIn, automationId: string): Promise<FlowSpec> {
  const live = await loadLive(context, automationId);
  return live === null ? nothing : contentOf(context, live.versionId);
}

const FlowContent = builder.objectRef<FlowSpec>('FlowContent').implement({
  description: 'What a version of a flow does.',
  fields: (t) => contentFields<FlowSpec>(t, (spec) => spec),
});

builder.objectField(AutomationVersion, 'flow', (t) =>
  t.field({
    type: FlowContent,
    nullable: true,
    description: 'What it does, when it is a version of a flow.',
    resolve: ({ id, stepKind }, _args, context) => (stepKind === 'flow' ? contentOf(context, id) : null),
  }),
);
