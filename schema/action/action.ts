import type { Automation as AutomationRow, Prisma, Schedule as ScheduleRow } from '#platform/db/generated/prisma/client';
import { listedAutomations } from '#domain/automation/automation.policy';
import { invalid } from '#domain/input';
import { productionKey } from '#domain/tenant/workspace.service';
import { readableSchedules } from '#domain/schedule/schedule.policy';
import { Automation } from '#schema/automation/automation';
import { automationOrders, withTimes } from '#schema/automation/automation.order';
import { builder } from '#schema/builder';
import { connection, connectionType, pageArguments, pageComplexity } from '#schema/connection';
import { batched, byKey } from '#schema/context';
import { enumType } from '#schema/enums';
import { containing } from '#schema/filter';
import { Node, encodeId } from '#schema/node';
import { orderInput } from '#schema/order';
import { Schedule } from '#schema/schedule/schedule';
import { idOrKey, workspacesOf } from '#schema/scope';
import { referenceOf } from '#schema/written';
import { contentFields } from './action.content.js';
import { savedContent } from './action.saved.js';

export const ActionStepKind = enumType<'code' | 'transform' | 'endpoint'>('ActionStepKind', 'What an action is made of.', {
  code: 'JavaScript, in a sandbox.',
  transform: 'A mapping of JSON, without code.',
  endpoint: 'A call of another server.',
});

export const Action = builder.objectRef<AutomationRow>('Action').implement({
  description:
    'An automation of one step: code, a transform of the payload, or a call of an endpoint. Its fields show what was last saved; `deployedVersion` shows what is live.',
  interfaces: [Automation, Node],
  fields: (t) => ({
    id: t.id({ description: 'The id.', resolve: ({ id }) => encodeId('Action', id) }),
    ...contentFields<AutomationRow>(t, ({ id }, context) => savedContent(context, id)),
    schedule: t.field({
      type: Schedule,
      nullable: true,
      description: 'The schedule that is written with it; others are among its `schedules`.',
      resolve: ({ id }, _args, context) => loadOwnSchedule(context, id),
    }),
  }),
});

/** The schedule that is written with its action, by the action's UUID. */
const loadOwnSchedule = batched<ScheduleRow>(async ({ app, viewer }, ids) => {
  const where = { AND: [readableSchedules(viewer), { automationId: { in: [...ids] }, own: true }] };
  return byKey(await app.db.prisma.schedule.findMany({ where }), (row) => row.automationId);
});

const ActionConnection = connectionType('Action', Action);

const ActionFilter = builder.inputType('ActionFilter', {
  description: 'Which actions are wanted. All given conditions hold.',
  fields: (t) => ({
    search: t.string({ description: 'A part of the name, the key or the description, in capitals or not.' }),
    enabled: t.boolean({ description: 'Whether their schedules fire.' }),
    label: t.string({ description: 'A label that they have.' }),
    kind: t.field({ type: ActionStepKind, description: 'What they are made of, as it is live.' }),
    app: t.id({ description: 'The app that they belong to: its id, or its key.' }),
    endpoint: t.id({ description: 'The endpoint that they call, as it is live: its id, or its key.' }),
    namespace: t.id({ description: 'Where their threads are, as it is live: its id, or its key.' }),
    scheduled: t.boolean({ description: 'Whether a schedule will run them.' }),
    triggerPoint: t.string({ description: 'The key of the trigger point that they are made for.' }),
    name: t.string({ description: 'The whole name, in capitals or not.' }),
    deployed: t.boolean({ description: 'Whether a version of them is live in `production`.' }),
    installed: t.boolean({ description: 'Whether they come from an integration.' }),
    integration: t.id({ description: 'The integration that they come from: its id, or its key.' }),
  }),
});

const actionOrder = orderInput('Action', automationOrders, [{ column: 'createdAt', direction: 'desc', moment: true }]);

const live = (version: Prisma.AutomationVersionWhereInput): Prisma.AutomationWhereInput => ({ deployments: { some: { version } } });

function actionsWhere(filter: typeof ActionFilter.$inferInput | null | undefined): Prisma.AutomationWhereInput[] {
  const where: Prisma.AutomationWhereInput[] = [{ kind: 'ACTION' }];
  const { search, enabled, label, kind, scheduled } = filter ?? {};
  if (typeof search === 'string' && search !== '') {
    const contains = containing(search);
    where.push({ OR: [{ name: contains }, { key: contains }, { description: contains }] });
  }
  const { triggerPoint, name, deployed, installed } = filter ?? {};
  if (typeof triggerPoint === 'string') where.push({ triggerPoint });
  if (typeof name === 'string') where.push({ name: { equals: name, mode: 'insensitive' } });
  if (typeof installed === 'boolean') where.push({ releaseId: installed ? { not: null } : null });
  if (typeof deployed === 'boolean') {
    const inProduction = { environment: { key: productionKey } };
    where.push({ deployments: deployed ? { some: inProduction } : { none: inProduction } });
  }
  if (typeof enabled === 'boolean') where.push({ enabled });
  if (typeof label === 'string') where.push({ labels: { has: label } });
  if (kind != null) where.push(live({ stepKind: kind }));
  const app = referenceOf('App', filter?.app, ['filter', 'app']);
  const endpoint = referenceOf('Endpoint', filter?.endpoint, ['filter', 'endpoint']);
  const namespace = referenceOf('Namespace', filter?.namespace, ['filter', 'namespace']);
  const integration = referenceOf('Integration', filter?.integration, ['filter', 'integration']);
  if (integration != null) where.push({ release: { integration } });
  if (app != null) where.push({ app });
  if (endpoint != null) where.push(live({ endpoint }));
  if (namespace != null) where.push(live({ namespace }));
  if (typeof scheduled === 'boolean') {
    const fires = { nextFireAt: { not: null } };
    where.push({ schedules: scheduled ? { some: fires } : { none: fires } });
  }
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
          find: ({ where, orderBy, take }) =>
            automation.findMany({ where: { AND: [...wanted, where] }, orderBy, take, ...withTimes(orderBy) }),
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
