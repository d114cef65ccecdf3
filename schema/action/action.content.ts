import type { FieldMap } from '@pothos/core';
import { type Dependency as DependencyValue, defaultRuntime, type ModuleUse as ModuleUseValue } from '#domain/action/action.code';
import { type ActionSpec as Spec, type Backoff as BackoffValue, noRetry } from '#domain/action/action.spec';
import { AutomationVersion, loadSpec } from '#schema/automation/version';
import { type GraphTypes, builder, heavyComplexity } from '#schema/builder';
import { Endpoint, loadEndpoint } from '#schema/connection/endpoint';
import type { SignedIn } from '#schema/context';
import { Module, loadModule } from '#schema/code/module';
import { CodeLanguage, ThreadMode, enumType } from '#schema/enums';
import { Namespace, loadNamespace } from '#schema/run/namespace';

type Types = PothosSchemaTypes.ExtendDefaultTypes<GraphTypes>;

export const Backoff = enumType<BackoffValue>('Backoff', 'How the delay between attempts grows.', {
  FIXED: 'Every delay is the same.',
  EXPONENTIAL: 'Every delay is twice the one before, up to the longest.',
});

export const RetryPolicy = builder.objectRef<Spec['retry']>('RetryPolicy').implement({
  description: 'What happens after a failed attempt.',
  fields: (t) => ({
    maxRetries: t.exposeInt('maxRetries', { description: 'Attempts after the first one.' }),
    delay: t.field({ type: 'Duration', description: 'Before the first retry.', resolve: ({ delayMs }) => delayMs }),
    backoff: t.expose('backoff', { type: Backoff, description: 'How the delay grows.' }),
    maxDelay: t.field({ type: 'Duration', description: 'The longest delay.', resolve: ({ maxDelayMs }) => maxDelayMs }),
    jitter: t.exposeFloat('jitter', {
      description: 'The part of each delay that is random, 0 to 1, so that failures do not return together.',
    }),
    on: t.field({
      type: ['Int'],
      nullable: true,
      description: 'Statuses of a response that are worth another attempt; null: 408, 425, 429 and 500 to 599 but for 501.',
      resolve: ({ on }) => (on === undefined ? null : [...on]),
    }),
  }),
});

export const Dependency = builder.objectRef<DependencyValue>('Dependency').implement({
  description: 'A package of npm that code imports.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Its name.' }),
    version: t.exposeString('version', {
      description: 'Its version, a range of versions, or a tag such as `latest`, as it was asked for.',
    }),
  }),
});

const ModuleUse = builder.objectRef<ModuleUseValue>('ModuleUse').implement({
  description: 'A module that code imports, at one of its versions.',
  fields: (t) => ({
    module: t.field({
      type: Module,
      nullable: true,
      description: 'The module; null when it was deleted since.',
      resolve: ({ id }, _args, context) => loadModule(context, id),
    }),
    version: t.exposeInt('number', { description: 'The number of the version.' }),
  }),
});

/** The fields that tell what an action does, of whatever leads to its spec. */
export function contentFields<Shape>(
  t: PothosSchemaTypes.ObjectFieldBuilder<Types, Shape>,
  specOf: (parent: Shape, context: SignedIn) => Spec | Promise<Spec>,
): FieldMap {
  return {
    code: t.string({
      nullable: true,
      description: 'Its JavaScript; null when it is made of something else.',
      complexity: heavyComplexity,
      resolve: async (parent, _args, context) => (await specOf(parent, context)).code ?? null,
    }),
    language: t.field({
      type: CodeLanguage,
      nullable: true,
      description: 'What its code is written in; null when it is made of something else.',
      resolve: async (parent, _args, context) => {
        const { code, language } = await specOf(parent, context);
        return code === undefined ? null : (language ?? 'JAVASCRIPT');
      },
    }),
    runtime: t.string({
      nullable: true,
      description:
        'For which Node its code was written, such as `node22`; null when it is made of something else. The sandbox is the same for all.',
      resolve: async (parent, _args, context) => {
        const { code, runtime } = await specOf(parent, context);
        return code === undefined ? null : (runtime ?? defaultRuntime);
      },
    }),
    dependencies: t.field({
      type: [Dependency],
      description: 'The packages that its code may import.',
      resolve: async (parent, _args, context) => [...((await specOf(parent, context)).dependencies ?? [])],
    }),
    modules: t.field({
      type: [ModuleUse],
      description: 'The modules that its code may import, at their versions.',
      resolve: async (parent, _args, context) => [...((await specOf(parent, context)).modules ?? [])],
    }),
    configuration: t.field({
      type: 'JSONObject',
      nullable: true,
      description: 'Values that its code finds by name, as `configuration`; null when it has none.',
      resolve: async (parent, _args, context) => ({ ...(await specOf(parent, context)).configuration }),
    }),
    transform: t.field({
      type: 'JSON',
      nullable: true,
      description: 'Its mapping; null when it is made of something else.',
      complexity: heavyComplexity,
      resolve: async (parent, _args, context) => (await specOf(parent, context)).transform ?? null,
    }),
    endpoint: t.field({
      type: Endpoint,
      nullable: true,
      description: 'What it calls; null when it is made of something else.',
      resolve: async (parent, _args, context) => {
        const { endpointId } = await specOf(parent, context);
        return endpointId === undefined ? null : loadEndpoint(context, endpointId);
      },
    }),
    payload: t.field({
      type: 'JSON',
      nullable: true,
      description: 'The template of what its step gets; null: the input of the run as it is.',
      complexity: heavyComplexity,
      resolve: async (parent, _args, context) => (await specOf(parent, context)).payload ?? null,
    }),
    namespace: t.field({
      type: Namespace,
      nullable: true,
      description: 'Where its threads are; null when it has none.',
      resolve: async (parent, _args, context) => {
        const { namespaceId } = await specOf(parent, context);
        return namespaceId === undefined ? null : loadNamespace(context, namespaceId);
      },
    }),
    threadMode: t.field({
      type: ThreadMode,
      description: 'On which thread its runs are.',
      resolve: async (parent, _args, context) => (await specOf(parent, context)).thread?.mode ?? 'NEW_EACH_RUN',
    }),
    thread: t.string({
      nullable: true,
      description: 'The name of the thread of all its runs, when the mode is FIXED.',
      resolve: async (parent, _args, context) => {
        const { thread } = await specOf(parent, context);
        return thread?.mode === 'FIXED' ? thread.key : null;
      },
    }),
    threadTemplate: t.string({
      nullable: true,
      description: 'The template of the name of the thread of each run, when the mode is TEMPLATE.',
      resolve: async (parent, _args, context) => {
        const { thread } = await specOf(parent, context);
        return thread?.mode === 'TEMPLATE' ? thread.template : null;
      },
    }),
    retry: t.field({
      type: RetryPolicy,
      description: 'What happens after a failed attempt.',
      resolve: async (parent, _args, context) => (await specOf(parent, context)).retry,
    }),
    timeout: t.field({
      type: 'Duration',
      nullable: true,
      description: 'The longest time for one attempt; null: the default of the server.',
      resolve: async (parent, _args, context) => (await specOf(parent, context)).timeoutMs,
    }),
    priority: t.int({
      description: 'Of its runs in the queue, 1 (highest) to 5.',
      resolve: async (parent, _args, context) => (await specOf(parent, context)).priority,
    }),
  };
}

export const nothing: Spec = { retry: noRetry, timeoutMs: null, priority: 3 };

/** What a version of an action does, by the UUID of the version. */
export async function contentOf(context: SignedIn, versionId: string): Promise<Spec> {
  // Written by the action's service, in this form.
  return ((await loadSpec(context, versionId))?.spec as unknown as Spec | undefined) ?? nothing;
}

export const ActionContent = builder.objectRef<Spec>('ActionContent').implement({
  description: 'What a version of an action does.',
  fields: (t) => contentFields<Spec>(t, (spec) => spec),
});

builder.objectField(AutomationVersion, 'action', (t) =>
  t.field({
    type: ActionContent,
    nullable: true,
    description: 'What it does, when it is a version of an action.',
    resolve: ({ id, stepKind }, _args, context) => (stepKind === 'rule' || stepKind === 'flow' ? null : contentOf(context, id)),
  }),
);
