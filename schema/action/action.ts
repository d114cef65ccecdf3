import type { Automation as AutomationRow, Prisma } from '#platform/db/generated/prisma/client';
import { type ActionSpec as Spec, type Backoff as BackoffValue, noRetry } from '#domain/action/action.spec';
import { listedAutomations } from '#domain/automation/automation.policy';
import { invalid } from '#domain/input';
import { Automation } from '#schema/automation/automation';
import { AutomationVersion, loadLive, loadSpec } from '#schema/automation/version';
import { builder, heavyComplexity } from '#schema/builder';
import { connection, connectionType, pageArguments, pageComplexity } from '#schema/connection';
import type { SignedIn } from '#schema/context';
import { enumType } from '#schema/enums';
import { containing } from '#schema/filter';
import { Node, encodeId } from '#schema/node';
import { orderInput } from '#schema/order';
import { idOrKey, workspacesOf } from '#schema/scope';

export const Backoff = enumType<BackoffValue>('Backoff', 'How the delay between attempts grows.', {
  FIXED: 'Every delay is the same.',
  EXPONENTIAL: 'Every delay is twice the one before, up to the longest.',
});

export const ActionStepKind = enumType<'code' | 'transform'>('ActionStepKind', 'What an action is made of.', {
  code: 'JavaScript, in a sandbox.',
  transform: 'A mapping of JSON, without code.',
});

const RetryPolicy = builder.objectRef<Spec['retry']>('RetryPolicy').implement({
  description: 'What happens after a failed attempt.',
  fields: (t) => ({
    maxRetries: t.exposeInt('maxRetries', { description: 'Attempts after the first one.' }),
    delay: t.field({ type: 'Duration', description: 'Before the first retry.', resolve: ({ delayMs }) => delayMs }),
    backoff: t.expose('backoff', { type: Backoff, description: 'How the delay grows.' }),
    maxDelay: t.field({ type: 'Duration', description: 'The longest delay.', resolve: ({ maxDelayMs }) => maxDelayMs }),
    jitter: t.exposeFloat('jitter', {
      description: 'The part of each delay that is random, 0 to 1, so that failures do not return together.',
    }),
  }),
});

export const ActionContent = builder.objectRef<Spec>('ActionContent').implement({
  description: 'What a version of an action does.',
  fields: (t) => ({
    code: t.string({
      nullable: true,
      description: 'Its JavaScript; null when it is a transform.',
      complexity: heavyComplexity,
      resolve: ({ code }) => code ?? null,
    }),
    transform: t.field({
      type: 'JSON',
      nullable: true,
      description: 'Its mapping; null when it is code.',
      complexity: heavyComplexity,
      resolve: ({ transform }) => transform ?? null,
    }),
    retry: t.expose('retry', { type: RetryPolicy, description: 'What happens after a failed attempt.' }),
    timeout: t.field({
      type: 'Duration',
      nullable: true,
      description: 'The longest time for one attempt; null: the default of the server.',
      resolve: ({ timeoutMs }) => timeoutMs,
    }),
    priority: t.exposeInt('priority', { description: 'Of its runs in the queue, 1 (highest) to 5.' }),
  }),
});

const nothing: Spec = { retry: noRetry, timeoutMs: null, priority: 3 };

/** What the live version does. */
async function liveContent(context: SignedIn, automationId: string): Promise<Spec> {
  const live = await loadLive(context, automationId);
  return live === null ? nothing : contentOf(context, live.versionId);
}

async function contentOf(context: SignedIn, versionId: string): Promise<Spec> {
  // Written by the action's service, in this form.
  return ((await loadSpec(context, versionId))?.spec as unknown as Spec | undefined) ?? nothing;
}

builder.objectField(AutomationVersion, 'action', (t) =>
  t.field({
    type: ActionContent,
    nullable: true,
    description: 'What it does, when it is a version of an action.',
    resolve: ({ id }, _args, context) => contentOf(context, id),
  }),
);

export const Action = builder.objectRef<AutomationRow>('Action').implement({
  description: 'An automation of one step: code, or a transform of the payload.',
  interfaces: [Automation, Node],
  fields: (t) => ({
    id: t.id({ description: 'The id.', resolve: ({ id }) => encodeId('Action', id) }),
    code: t.string({
      nullable: true,
      description: 'The JavaScript that is live; null when it is a transform.',
      complexity: heavyComplexity,
      resolve: async ({ id }, _args, context) => (await liveContent(context, id)).code ?? null,
    }),
    transform: t.field({
      type: 'JSON',
      nullable: true,
      description: 'The mapping that is live; null when it is code.',
      complexity: heavyComplexity,
      resolve: async ({ id }, _args, context) => (await liveContent(context, id)).transform ?? null,
    }),
    retry: t.field({
      type: RetryPolicy,
      description: 'What happens after a failed attempt.',
      resolve: async ({ id }, _args, context) => (await liveContent(context, id)).retry,
    }),
    timeout: t.field({
      type: 'Duration',
      nullable: true,
      description: 'The longest time for one attempt; null: the default of the server.',
      resolve: async ({ id }, _args, context) => (await liveContent(context, id)).timeoutMs,
    }),
    priority: t.int({
      description: 'Of its runs in the queue, 1 (highest) to 5.',
      resolve: async ({ id }, _args, context) => (await liveContent(context, id)).priority,
    }),
  }),
});

const ActionConnection = connectionType('Action', Action);

const ActionFilter = builder.inputType('ActionFilter', {
  description: 'Which actions are wanted. All given conditions hold.',
  fields: (t) => ({
    search: t.string({ description: 'A part of the name, the key or the description, in capitals or not.' }),
    enabled: t.boolean({ description: 'Whether their schedules fire.' }),
    label: t.string({ description: 'A label that they have.' }),
    kind: t.field({ type: ActionStepKind, description: 'What they are made of, as it is live.' }),
  }),
});

const actionOrder = orderInput(
  'Action',
  {
    NAME: { column: 'name', description: 'By name.' },
    KEY: { column: 'key', description: 'By key.' },
    CREATED_AT: { column: 'createdAt', moment: true, description: 'By when they were made.' },
    UPDATED_AT: { column: 'updatedAt', moment: true, description: 'By when they were last changed.' },
  },
  [{ column: 'createdAt', direction: 'desc', moment: true }],
);

function actionsWhere(filter: typeof ActionFilter.$inferInput | null | undefined): Prisma.AutomationWhereInput[] {
  const where: Prisma.AutomationWhereInput[] = [{ kind: 'ACTION' }];
  const { search, enabled, label, kind } = filter ?? {};
  if (typeof search === 'string' && search !== '') {
    const contains = containing(search);
    where.push({ OR: [{ name: contains }, { key: contains }, { description: contains }] });
  }
  if (typeof enabled === 'boolean') where.push({ enabled });
  if (typeof label === 'string') where.push({ labels: { has: label } });
  if (kind != null) where.push({ deployments: { some: { version: { stepKind: kind } } } });
  return where;
}

builder.queryFields((t) => ({
  actions: t.field({
    type: ActionConnection,
    description: 'The actions that the viewer may read, the newest first unless ordered otherwise.',
    args: {
      workspace: t.arg.id({ description: 'Only those of this workspace.' }),
      filter: t.arg({ type: ActionFilter, description: 'Which ones.' }),
      orderBy: t.arg({ type: [actionOrder.input], description: 'In which order; the first one decides, the next ones where it is equal.' }),
      ...pageArguments(t.arg),
    },
    complexity: pageComplexity,
    resolve: (_root, args, context) => {
      const { automation } = context.app.db.prisma;
      const wanted = [
        listedAutomations(context.viewer, workspacesOf(context, 'automation.read', args.workspace)),
        ...actionsWhere(args.filter),
      ];
      return connection<Prisma.AutomationWhereInput, Prisma.AutomationOrderByWithRelationInput, AutomationRow>(
        context,
        actionOrder.read(args.orderBy),
        args,
        {
          find: ({ where, orderBy, take }) => automation.findMany({ where: { AND: [...wanted, where] }, orderBy, take }),
          count: () => automation.count({ where: { AND: wanted } }),
        },
      );
    },
  }),
  action: t.field({
    type: Action,
    nullable: true,
    description: 'One action by its id or its key; null when there is none that the viewer may see.',
    args: {
      id: t.arg.id({ description: 'Its id. Give exactly one of id and key.' }),
      key: t.arg.string({ description: 'Its key.' }),
      workspace: t.arg.id({ description: 'Where the key is looked for; not needed when the viewer belongs to one workspace.' }),
    },
    resolve: (_root, args, context) => {
      const place = idOrKey('Action', args);
      const workspaceIds = workspacesOf(context, 'automation.read', args.workspace);
      if ('key' in place && typeof args.workspace !== 'string' && workspaceIds.length > 1)
        throw invalid(['workspace'], 'You belong to several workspaces: name one.', 'REQUIRED');
      return context.app.db.prisma.automation.findFirst({
        where: {
          AND: [listedAutomations(context.viewer, workspaceIds), { kind: 'ACTION', ...place }],
        },
        orderBy: { id: 'asc' },
      });
    },
  }),
}));
