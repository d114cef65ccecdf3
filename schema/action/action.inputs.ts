import { type GraphTypes, builder } from '#schema/builder';
import { CodeLanguage, MisfirePolicy, OverlapPolicy, PublishPolicy, ThreadMode } from '#schema/enums';
import { timing } from '#schema/schedule/schedule.timing';
import { Backoff } from './action.content.js';

type Types = PothosSchemaTypes.ExtendDefaultTypes<GraphTypes>;

export const RetryPolicyInput = builder.inputType('RetryPolicyInput', {
  description: 'What happens after a failed attempt. What is absent is the default.',
  fields: (t) => ({
    maxRetries: t.int({ description: 'Attempts after the first one; 0 when absent.' }),
    delay: t.field({ type: 'Duration', description: 'Before the first retry; PT1S when absent.' }),
    backoff: t.field({ type: Backoff, description: 'How the delay grows; EXPONENTIAL when absent.' }),
    maxDelay: t.field({ type: 'Duration', description: 'The longest delay; PT1M when absent.' }),
    jitter: t.float({ description: 'The part of each delay that is random, 0 to 1; 0.2 when absent.' }),
    on: t.intList({
      description:
        'Statuses of a response that are worth another attempt, 100 to 599; when absent 408, 425, 429 and 500 to 599 but for 501. No others are then tried again.',
    }),
  }),
});

export const ActionScheduleInput = builder.inputType('ActionScheduleInput', {
  description:
    'The schedule that is written with its action, in `production`. In a change of the action, what is absent stays as it is; another one of `cron`, `interval` and `at` makes it a schedule of that kind.',
  fields: (t) => ({
    ...timing(t),
    jitter: t.field({
      type: 'Duration',
      description: 'Delays each fire by up to this, P1D or less; shorter than the interval. None when absent.',
    }),
    payload: t.field({ type: 'JSON', description: 'The input of its runs: what the templates of the action see as `payload`.' }),
    misfire: t.field({ type: MisfirePolicy, description: 'What happens to fires that were missed; RUN_ONCE when absent.' }),
    overlap: t.field({
      type: OverlapPolicy,
      description: 'What happens when a fire is due while an earlier run goes on; SKIP when absent.',
    }),
    enabled: t.boolean({ description: 'Whether it fires; true when absent.' }),
  }),
});

export const DependencyInput = builder.inputType('DependencyInput', {
  description: 'A package of npm that the code imports.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'Its name.' }),
    version: t.string({ description: 'A version, a range of versions, or a tag; `latest` when absent. The build says what it became.' }),
  }),
});

const ModuleUseInput = builder.inputType('ModuleUseInput', {
  description: 'A module that the code imports as `actions:<key>`.',
  fields: (t) => ({
    module: t.id({ required: true, description: 'Its id, or its key.' }),
    version: t.int({ description: 'The number of its version; the newest one when absent.' }),
  }),
});

export const ActionSecretInput = builder.inputType('ActionSecretInput', {
  description: 'A secret of an action.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'Letters, digits and _, at most 128.' }),
    value: t.string({ description: 'Its value, which is never given back; the value that it has when absent.' }),
  }),
});

/** Decided when an action is made, and then for good. */
function making(t: PothosSchemaTypes.InputFieldBuilder<Types, 'InputObject'>) {
  return {
    triggerPoint: t.string({
      description:
        'The key of the trigger point that it is made for, such as `post-login`: its code then exports the handler of the point, and it can be bound there.',
    }),
    publishPolicy: t.field({
      type: PublishPolicy,
      description: 'When a saved change goes live: AUTO when absent, MANUAL for an action of a trigger point.',
    }),
    deploy: t.boolean({
      description: 'Deploys what is saved right away, or as soon as it is built; for the policy MANUAL. False when absent.',
    }),
  };
}

/** What an action is made of and what surrounds it, of every input that has them. */
function contents(t: PothosSchemaTypes.InputFieldBuilder<Types, 'InputObject'>) {
  return {
    code: t.string({
      description: 'JavaScript, an ES module: `export default async (input, context) => output`. One of code, transform and endpoint.',
    }),
    language: t.field({ type: CodeLanguage, description: 'What the code is written in; JAVASCRIPT for null.' }),
    runtime: t.string({ description: 'For which Node the code was written: `node22` or `node18`; `node22` for null.' }),
    dependencies: t.field({ type: [DependencyInput], description: 'The packages that the code may import, at most 10; none for null.' }),
    modules: t.field({ type: [ModuleUseInput], description: 'The modules that the code may import, at most 10; none for null.' }),
    configuration: t.field({ type: 'JSONObject', description: 'Texts that the code finds by name; none for null.' }),
    secrets: t.field({
      type: [ActionSecretInput],
      description:
        'All its secrets: others go, and a name without a value keeps the one it has. When absent or null they stay as they are.',
    }),
    transform: t.field({ type: 'JSON', description: 'A mapping: JSON whose strings may hold `{{ … }}` over the `payload`.' }),
    endpoint: t.id({ description: 'The endpoint that is called: its id, or its key.' }),
    payload: t.field({
      type: 'JSON',
      description: 'A template of what the step gets, rendered once for each run; null: the input of the run as it is.',
    }),
    namespace: t.id({ description: 'Where its threads are: the id or the key of a namespace; null: nowhere.' }),
    threadMode: t.field({
      type: ThreadMode,
      description: 'On which thread its runs are; NEW_EACH_RUN for null. The others need a namespace.',
    }),
    thread: t.string({ description: 'For FIXED: the name of the thread, 1 to 255 characters.' }),
    threadTemplate: t.string({ description: 'For TEMPLATE: a template of the name of the thread, such as `daily-{{ date }}`.' }),
    app: t.id({ description: 'The app that it belongs to: its id, or its key; null: none.' }),
    notifyOwner: t.boolean({ description: 'Whether the owner gets an e-mail when a run fails; true for null.' }),
    schedule: t.field({ type: ActionScheduleInput, description: 'When it runs by itself; null: not by a schedule of its own.' }),
  };
}

const keyRule = '1 to 128 characters of a-z, 0-9, _, . and -';

export const CreateActionInput = builder.inputType('CreateActionInput', {
  description: 'A new action. It has exactly one of `code`, `transform` and `endpoint`.',
  fields: (t) => ({
    workspace: t.id({ description: 'Where it belongs; not needed when the viewer belongs to one workspace.' }),
    key: t.string({ description: `The name that programs use, unique in the workspace: ${keyRule}. Made of the name when absent.` }),
    name: t.string({ required: true, description: 'The name that people read, at most 128 characters.' }),
    description: t.string({ description: 'What it is for.' }),
    labels: t.stringList({ description: 'Words to find it by, at most 50.' }),
    enabled: t.boolean({ description: 'Whether its schedules fire; true when absent.' }),
    ...making(t),
    ...contents(t),
    retry: t.field({ type: RetryPolicyInput, description: 'What happens after a failed attempt; no retries when absent.' }),
    timeout: t.field({ type: 'Duration', description: 'The longest time for one attempt; the default of the server when absent.' }),
    priority: t.int({ description: 'Of its runs in the queue, 1 (highest) to 5; 3 when absent.' }),
    idempotencyKey: t.string({ description: 'A repeat with the same key within 24 hours answers the same action.' }),
  }),
});

export const UpdateActionInput = builder.inputType('UpdateActionInput', {
  description: 'Changes of an action, which is named by exactly one of `id` and `key`. What is absent stays as it is.',
  fields: (t) => ({
    id: t.id({ description: 'Its id.' }),
    key: t.string({ description: 'Its key. A key never changes.' }),
    workspace: t.id({ description: 'Where the key is looked for; not needed when the viewer belongs to one workspace.' }),
    name: t.string({ description: 'The name that people read, at most 128 characters.' }),
    description: t.string({ description: 'What it is for; null makes it empty.' }),
    labels: t.stringList({ description: 'All its labels; null removes them.' }),
    owner: t.id({ description: 'The id of the user who hears of its failures, a member of the workspace; null: nobody.' }),
    ...contents(t),
    retry: t.field({ type: RetryPolicyInput, description: 'The whole policy; null is the default.' }),
    timeout: t.field({ type: 'Duration', description: 'The longest time for one attempt; null is the default.' }),
    priority: t.int({ description: 'Of its runs in the queue, 1 (highest) to 5.' }),
  }),
});

export const UpsertActionInput = builder.inputType('UpsertActionInput', {
  description:
    'The whole action with this key, as it should be. What is absent gets its default, also when it had another value; only its owner stays.',
  fields: (t) => ({
    workspace: t.id({ description: 'Where it belongs; not needed when the viewer belongs to one workspace.' }),
    key: t.string({ required: true, description: `The name that programs use: ${keyRule}.` }),
    name: t.string({ required: true, description: 'The name that people read, at most 128 characters.' }),
    description: t.string({ description: 'What it is for.' }),
    labels: t.stringList({ description: 'Words to find it by, at most 50.' }),
    enabled: t.boolean({ description: 'Whether its schedules fire; true when absent.' }),
    ...making(t),
    ...contents(t),
    retry: t.field({ type: RetryPolicyInput, description: 'What happens after a failed attempt.' }),
    timeout: t.field({ type: 'Duration', description: 'The longest time for one attempt.' }),
    priority: t.int({ description: 'Of its runs in the queue, 1 (highest) to 5.' }),
  }),
});

export const place = 'Exactly one of `id` and `key` is given.';

export const ActionPlaceInput = {
  enable: actionPlace('EnableActionInput', `Which action to enable. ${place}`),
  disable: actionPlace('DisableActionInput', `Which action to disable. ${place}`),
};

function actionPlace(name: string, description: string) {
  return builder.inputType(name, { description, fields: actionPlaceFields });
}

export function actionPlaceFields(t: PothosSchemaTypes.InputFieldBuilder<Types, 'InputObject'>) {
  return {
    id: t.id({ description: 'Its id.' }),
    key: t.string({ description: 'Its key.' }),
    workspace: t.id({ description: 'Where the key is looked for; not needed when the viewer belongs to one workspace.' }),
  };
}

export const DeleteActionInput = builder.inputType('DeleteActionInput', {
  description: `Which action to delete. ${place}`,
  fields: (t) => ({
    ...actionPlaceFields(t),
    force: t.boolean({ description: 'Also when it is bound to a trigger point, which it then leaves. False when absent.' }),
  }),
});

export const TriggerActionInput = builder.inputType('TriggerActionInput', {
  description: 'A run of an action, which is named by exactly one of `id` and `key`.',
  fields: (t) => ({
    id: t.id({ description: 'Its id.' }),
    key: t.string({ description: 'Its key.' }),
    workspace: t.id({ description: 'Where the action is; not needed when the viewer belongs to one workspace.' }),
    environment: t.string({ description: 'The key of the environment whose version runs; `production` when absent.' }),
    payload: t.field({ type: 'JSON', description: 'The input of the run: what the templates of the action see as `payload`.' }),
    resolvedPayload: t.field({
      type: 'JSON',
      description: 'What the step gets as it is, in place of what the payload template of the action would make.',
    }),
    thread: t.string({
      description: 'The name of the thread, 1 to 255 characters, in place of what the thread mode says; the action needs a namespace.',
    }),
    priority: t.int({ description: 'In the queue, 1 (highest) to 5; the one of the action when absent.' }),
    idempotencyKey: t.string({ description: 'A repeat with the same key within 24 hours answers the same run.' }),
  }),
});

export const TriggerActionsInput = builder.inputType('TriggerActionsInput', {
  description: 'Several runs at once.',
  fields: (t) => ({
    items: t.field({
      type: [TriggerActionInput],
      required: true,
      description: 'The runs, at most 100. Each one succeeds or is refused by itself.',
    }),
  }),
});
