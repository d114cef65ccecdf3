import { requestDryRun, takeDryRun } from '#domain/flow/flow.dry.service';
import type { DryCall, DryEffects, DryRunAnswer, DryStep } from '#domain/run/run.dry.service';
import { flowSubject, type FlowSubject } from '#domain/flow/flow.trial';
import type { RunStatus as RunStatusValue, StepStatus as StepStatusValue } from '#platform/db/generated/prisma/enums';
import { transact } from '#platform/work/work';
import { builder } from '#schema/builder';
import { RunStatus, StepStatus, WaitKind } from '#schema/enums';
import { mutation } from '#schema/mutation';
import { RuleReason } from '#schema/rule/outcome';
import { RecordChangeType, TrialDelivery } from '#schema/rule/test.mutations';
import { FlowDraftInput } from './flow.inputs.js';
import { flowSubjectPlace, triedFlow } from './trial.js';

const FlowTestCall = builder.objectRef<DryCall>('FlowTestCall').implement({
  description: 'A call of another server that a step makes, without secrets. GET and HEAD are sent; of others this is what would be.',
  fields: (t) => ({
    method: t.exposeString('method', { description: 'Its method.' }),
    url: t.exposeString('url', { description: 'Its URL.' }),
    headers: t.field({
      type: 'JSONObject',
      description: 'Its headers, by their names in lower case.',
      resolve: ({ headers }) => ({ ...headers }),
    }),
    body: t.exposeString('body', { nullable: true, description: 'Its body; null without one, and when it is no text.' }),
    sent: t.exposeBoolean('sent', { description: 'Whether it was sent. One that was not has an empty answer.' }),
    statusCode: t.exposeInt('statusCode', { nullable: true, description: 'The status of the answer; null when there was none.' }),
    error: t.exposeString('error', { nullable: true, description: 'Why there was no answer to one that was sent.' }),
  }),
});

type StepError = NonNullable<DryStep['error']>;

const FlowTestError = builder.objectRef<StepError>('FlowTestError').implement({
  description: 'Why a flow, or a step of it, would fail.',
  fields: (t) => ({
    code: t.exposeString('code', { description: 'What goes wrong, for a program to read.' }),
    message: t.exposeString('message', { description: 'What goes wrong, for a person to read.' }),
  }),
});

const FlowTestStep = builder.objectRef<DryStep>('FlowTestStep').implement({
  description: 'A step of a flow that was tried out.',
  fields: (t) => ({
    path: t.exposeString('path', { description: 'Where in the flow it stands: `each[1]/call`.' }),
    kind: t.exposeString('kind', { description: 'Its kind.' }),
    name: t.exposeString('name', { description: 'Its title, or its id.' }),
    status: t.field({ type: StepStatus, description: 'How it ends.', resolve: ({ status }) => status as StepStatusValue }),
    failed: t.field({
      type: RuleReason,
      nullable: true,
      description: 'SKIPPED: the first of its conditions that does not hold; null when it was executed, and found nothing.',
      resolve: ({ failed }) => failed,
    }),
    args: t.field({
      type: 'JSON',
      nullable: true,
      description: 'What its arguments come to, without secrets; null when it did not come so far, and of steps that hold others.',
      resolve: ({ args }) => args,
    }),
    output: t.field({ type: 'JSON', nullable: true, description: 'Its output; null without one.', resolve: ({ output }) => output }),
    error: t.expose('error', { type: FlowTestError, nullable: true, description: 'Why it fails; null when it does not.' }),
    calls: t.field({ type: [FlowTestCall], description: 'The calls that it makes.', resolve: ({ calls }) => [...calls] }),
  }),
});

const FlowTestWait = builder.objectRef<NonNullable<DryRunAnswer['wait']>>('FlowTestWait').implement({
  description: 'The wait at which a flow that was tried out ended.',
  fields: (t) => ({
    kind: t.expose('kind', { type: WaitKind, description: 'For what.' }),
    path: t.exposeString('path', { nullable: true, description: 'Of the step that waits.' }),
    duration: t.field({
      type: 'Duration',
      nullable: true,
      description: 'How long at most; null: no time ends it.',
      resolve: ({ ms }) => ms,
    }),
    detail: t.exposeString('detail', { description: 'More about it, for a person to read.' }),
  }),
});

const FlowTestSuggestion = builder.objectRef<DryEffects['suggestions'][number]>('FlowTestSuggestion').implement({
  description: 'A suggestion that would be made.',
  fields: (t) => ({
    key: t.exposeString('key', { description: 'Its key.' }),
    title: t.exposeString('title', { description: 'Its title.' }),
    sourceId: t.exposeString('sourceId', { description: 'The name of the record that was observed.' }),
    targetId: t.exposeString('targetId', { description: 'The key of the record that would be changed or made.' }),
    targetBlueprint: t.exposeString('targetBlueprint', { description: 'The key of its blueprint.' }),
    data: t.field({ type: 'JSON', nullable: true, description: 'What would be written.', resolve: ({ data }) => data }),
    autoApply: t.exposeBoolean('autoApply', { description: 'Whether it would be applied at once.' }),
  }),
});

const FlowTestRuns = builder.objectRef<DryEffects['runs'][number]>('FlowTestRuns').implement({
  description: 'Runs that a step would start.',
  fields: (t) => ({
    step: t.exposeString('step', { description: 'Path of the step.' }),
    automation: t.exposeString('automation', { description: 'Key of the action or flow.' }),
    runs: t.exposeInt('runs', { description: 'How many.' }),
  }),
});

const FlowTestLog = builder.objectRef<DryRunAnswer['logs'][number]>('FlowTestLog').implement({
  description: 'A line that a step logged.',
  fields: (t) => ({
    step: t.exposeString('step', { nullable: true, description: 'Path of the step.' }),
    level: t.exposeString('level', { description: 'DEBUG, INFO, WARN or ERROR.' }),
    message: t.exposeString('message', { description: 'The line.' }),
  }),
});

interface Tested extends DryRunAnswer {
  readonly triggered: FlowSubject['triggered'];
}

const FlowTest = builder.objectRef<Tested>('FlowTest').implement({
  description: 'What a flow would do. Nothing of it was done.',
  fields: (t) => ({
    status: t.field({
      type: RunStatus,
      description: 'How its run would end; WAITING where it would wait, for what comes after that is not known.',
      resolve: ({ status }): RunStatusValue => status,
    }),
    triggered: t.boolean({
      nullable: true,
      description: 'Whether the event starts the flow; null where it was tried on something else.',
      resolve: ({ triggered }) => triggered?.met ?? null,
    }),
    failed: t.field({
      type: RuleReason,
      nullable: true,
      description:
        'The first condition of a trigger for such events that does not hold; null when the event starts it, and without such a trigger.',
      resolve: ({ triggered }) => triggered?.failed ?? null,
    }),
    stoppedBy: t.exposeString('stoppedBy', {
      nullable: true,
      description: 'Path of the step that ends it quietly, because it found nothing.',
    }),
    waitingFor: t.field({
      type: FlowTestWait,
      nullable: true,
      description: 'At which wait it ended; null when it came to its end.',
      resolve: ({ wait }) => wait,
    }),
    output: t.field({
      type: 'JSON',
      nullable: true,
      description: 'What it comes to; null without outputs.',
      resolve: ({ output }) => output,
    }),
    error: t.field({
      type: FlowTestError,
      nullable: true,
      description: 'Why it would fail; null when it would not.',
      resolve: ({ error }) => error,
    }),
    steps: t.field({ type: [FlowTestStep], description: 'Its steps, in their order.', resolve: ({ steps }) => [...steps] }),
    changes: t.field({
      type: [RecordChangeType],
      description: 'Every record that would change, also by what follows from the changes.',
      resolve: ({ changes }) => [...changes],
    }),
    suggestions: t.field({
      type: [FlowTestSuggestion],
      description: 'Suggestions that would be made.',
      resolve: ({ suggestions }) => [...suggestions],
    }),
    deliveries: t.field({ type: [TrialDelivery], description: 'What would be sent.', resolve: ({ deliveries }) => [...deliveries] }),
    runs: t.field({ type: [FlowTestRuns], description: 'Runs that would be started.', resolve: ({ runs }) => [...runs] }),
    logs: t.field({ type: [FlowTestLog], description: 'What its steps log.', resolve: ({ logs }) => [...logs] }),
  }),
});

const TestFlowInput = builder.inputType('TestFlowInput', {
  description:
    'Which flow to try, and on what: at least one of `flow` and `draft`, and at most one of `event`, `entity` and `inputs`. With both a flow and a draft, the draft is tried as if it were saved: with the secrets of the flow.',
  fields: (t) => ({
    flow: t.id({ description: 'A flow, as it is live. This needs the permission automation.trigger.' }),
    draft: t.field({ type: FlowDraftInput, description: 'A flow that is being written. This needs the permission automation.write.' }),
    event: t.id({ description: 'An event of its workspace.' }),
    entity: t.id({ description: 'A record, as `triggerAutomations` would start the flow for it.' }),
    inputs: t.field({ type: 'JSON', description: 'What a client would start it with.' }),
  }),
});

/** As long as any synchronous answer takes at most (docs/guarantees.md). */
const waitMs = 25_000;

mutation<typeof TestFlowInput.$inferInput, { readonly test: Tested }>('testFlow', {
  description:
    'Tells what a flow would do. It is run as ever, and undone: nothing is written, no event is told, and no run is made. Calls that only read (GET and HEAD) are really made; others are told. A wait ends it. Takes at most 25 seconds.',
  input: TestFlowInput,
  success: 'The flow was tried.',
  fields: (t) => ({ test: t.field({ type: FlowTest, description: 'What it would do.', resolve: ({ test }) => test }) }),
  run: async ({ flow, draft, ...on }, context) => {
    const { app, viewer } = context;
    const { tried } = await triedFlow(context, { flow, draft }, 'automation.trigger');
    const subject = await flowSubject(app, viewer, tried, flowSubjectPlace(on));
    const id = await transact(app, viewer, (work) => requestDryRun(work, tried, subject));
    return { test: { ...(await takeDryRun(app, id, waitMs)), triggered: subject.triggered } };
  },
});
