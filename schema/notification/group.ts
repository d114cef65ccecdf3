import type { NotificationGroup as GroupRow, Prisma } from '#platform/db/generated/prisma/client';
import { readableNotifications } from '#domain/notification/notification.policy';
import { invalid, keyPattern } from '#domain/input';
import { Automation, loadAutomation } from '#schema/automation/automation';
import { builder } from '#schema/builder';
import { connection, connectionType, pageArguments, pageComplexity } from '#schema/connection';
import { byKey } from '#schema/context';
import { NotificationEvent } from '#schema/enums';
import { containing } from '#schema/filter';
import { Node, automationNames, decodeId, encodeId, nodeType } from '#schema/node';
import { orderInput } from '#schema/order';
import { idOrKey, workspacesOf } from '#schema/scope';
import { App, loadApp } from '#schema/tenant/app';
import { Workspace, loadWorkspace } from '#schema/tenant/workspace';

export const loadGroup = nodeType<GroupRow>('NotificationGroup', async ({ app, viewer }, ids) => {
  const rows = await app.db.prisma.notificationGroup.findMany({ where: { id: { in: [...ids] }, ...readableNotifications(viewer) } });
  return byKey(rows, (row) => row.id);
});

export const NotificationGroup = builder.objectRef<GroupRow>('NotificationGroup').implement({
  description: 'Who is told of what: a choice of events, and the recipients that hear of them.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.id({ description: 'The id.', resolve: ({ id }) => encodeId('NotificationGroup', id) }),
    key: t.exposeString('key', { description: 'The name that programs use, unique in the workspace.' }),
    name: t.exposeString('name', { description: 'The name that people read.' }),
    description: t.exposeString('description', { description: 'What it is for; empty when nobody said.' }),
    workspace: t.field({
      type: Workspace,
      nullable: true,
      description: 'Where it belongs.',
      resolve: ({ workspaceId }, _args, context) => loadWorkspace(context, workspaceId),
    }),
    events: t.field({ type: [NotificationEvent], description: 'What it is told of.', resolve: ({ events }) => events }),
    automation: t.field({
      type: Automation,
      nullable: true,
      description: 'It is told of runs of this action, flow or rule only; null: of all.',
      resolve: ({ automationId }, _args, context) => (automationId === null ? null : loadAutomation(context, automationId)),
    }),
    app: t.field({
      type: App,
      nullable: true,
      description: 'It is told of runs of the actions of this app only; null: of all. It goes with its app.',
      resolve: ({ appId }, _args, context) => (appId === null ? null : loadApp(context, appId)),
    }),
    enabled: t.exposeBoolean('enabled', { description: 'Whether it is told of anything.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When it was last changed.' }),
  }),
});

const GroupConnection = connectionType('NotificationGroup', NotificationGroup);

const order = orderInput(
  'NotificationGroup',
  {
    NAME: { column: 'name', description: 'By name.' },
    KEY: { column: 'key', description: 'By key.' },
    CREATED_AT: { column: 'createdAt', moment: true, description: 'By when they were made.' },
  },
  [{ column: 'createdAt', direction: 'asc', moment: true }],
);

const GroupFilter = builder.inputType('NotificationGroupFilter', {
  description: 'Which groups. All given conditions hold.',
  fields: (t) => ({
    search: t.string({ description: 'Those with this text in their name or description, in any case.' }),
    event: t.field({ type: NotificationEvent, description: 'Those that are told of this.' }),
    automation: t.id({ description: 'Those that are told of this action, flow or rule only.' }),
    app: t.id({ description: 'Those that are told of this app only.' }),
    enabled: t.boolean({ description: 'Whether they are told of anything.' }),
  }),
});

function matching(filter: typeof GroupFilter.$inferInput | null | undefined): Prisma.NotificationGroupWhereInput[] {
  const { search, event, automation, app, enabled } = filter ?? {};
  const text = search == null ? null : containing(search);
  return [
    ...(text === null ? [] : [{ OR: [{ name: text }, { description: text }] }]),
    ...(event == null ? [] : [{ events: { has: event } }]),
    ...(automation == null ? [] : [{ automationId: decodeId(automationNames, automation, ['filter', 'automation']) }]),
    ...(app == null ? [] : [{ appId: decodeId('App', app, ['filter', 'app']) }]),
    ...(enabled == null ? [] : [{ enabled }]),
  ];
}

builder.queryFields((t) => ({
  notificationGroups: t.field({
    type: GroupConnection,
    description: "The notification groups of the viewer's workspaces.",
    args: {
      workspace: t.arg.id({ description: 'Only those of this workspace.' }),
      filter: t.arg({ type: GroupFilter, description: 'Which ones.' }),
      orderBy: t.arg({ type: [order.input], description: 'In which order; the oldest first when absent.' }),
      ...pageArguments(t.arg),
    },
    complexity: pageComplexity,
    resolve: (_root, args, context) => {
      const { notificationGroup } = context.app.db.prisma;
      const wanted = [
        readableNotifications(context.viewer, workspacesOf(context, 'notification.read', args.workspace)),
        ...matching(args.filter),
      ];
      return connection<Prisma.NotificationGroupWhereInput, Prisma.NotificationGroupOrderByWithRelationInput, GroupRow>(
        context,
        order.read(args.orderBy),
        args,
        {
          find: ({ where, orderBy, take }) => notificationGroup.findMany({ where: { AND: [...wanted, where] }, orderBy, take }),
          count: () => notificationGroup.count({ where: { AND: wanted } }),
        },
      );
    },
  }),
  notificationGroup: t.field({
    type: NotificationGroup,
    nullable: true,
    description: 'One notification group, by exactly one of `id` and `key`; null when there is none that the viewer may see.',
    args: {
      id: t.arg.id({ description: 'Its id.' }),
      key: t.arg.string({ description: 'Its key.' }),
      workspace: t.arg.id({ description: 'Where the key is looked for; not needed when the viewer belongs to one workspace.' }),
    },
    resolve: (_root, args, context) => {
      const place = idOrKey('NotificationGroup', args);
      const workspaceIds = workspacesOf(context, 'notification.read', args.workspace);
      if ('key' in place && typeof args.workspace !== 'string' && workspaceIds.length > 1)
        throw invalid(['workspace'], 'You belong to several workspaces: name one.', 'REQUIRED');
      if ('key' in place && !keyPattern.test(place.key)) return null;
      return context.app.db.prisma.notificationGroup.findFirst({
        where: { AND: [readableNotifications(context.viewer, workspaceIds), place] },
      });
    },
  }),
}));
