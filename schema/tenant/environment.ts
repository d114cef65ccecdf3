import type { Environment as EnvironmentRow, Prisma } from '#platform/db/generated/prisma/client';
import { visibleEnvironments } from '#domain/tenant/tenant.policy';
import { builder } from '#schema/builder';
import { connection, connectionType, pageArguments, pageComplexity } from '#schema/connection';
import { byKey } from '#schema/context';
import { Node, encodeId, nodeType } from '#schema/node';
import { orderInput } from '#schema/order';
import { workspacesOf } from '#schema/scope';
import { countsByWorkspace, nestedList } from './nested.js';
import { Workspace, loadWorkspace } from './workspace.js';

export const loadEnvironment = nodeType<EnvironmentRow>('Environment', async ({ app, viewer }, ids) => {
  const rows = await app.db.prisma.environment.findMany({ where: { AND: [{ id: { in: [...ids] } }, visibleEnvironments(viewer)] } });
  return byKey(rows, (row) => row.id);
});

export const Environment = builder.objectRef<EnvironmentRow>('Environment').implement({
  description: 'Where versions are live. Every workspace has `production`; what names no environment means that one.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.id({ description: 'The id.', resolve: ({ id }) => encodeId('Environment', id) }),
    key: t.exposeString('key', { description: 'The name that programs use, unique in the workspace.' }),
    name: t.exposeString('name', { description: 'The name that people read.' }),
    workspace: t.field({
      type: Workspace,
      nullable: true,
      description: 'Where it belongs.',
      resolve: ({ workspaceId }, _args, context) => loadWorkspace(context, workspaceId),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
  }),
});

const EnvironmentConnection = connectionType('Environment', Environment);

const order = orderInput(
  'Environment',
  {
    NAME: { column: 'name', description: 'By name.' },
    KEY: { column: 'key', description: 'By key.' },
    CREATED_AT: { column: 'createdAt', moment: true, description: 'By when they were made.' },
  },
  [{ column: 'createdAt', direction: 'asc', moment: true }],
);

builder.queryField('environments', (t) =>
  t.field({
    type: EnvironmentConnection,
    description: "The environments of the viewer's workspaces.",
    args: {
      ...pageArguments(t.arg),
      workspace: t.arg.id({ description: "The workspace; all of the viewer's when absent." }),
      orderBy: t.arg({ type: [order.input], description: 'In which order; the oldest first when absent.' }),
    },
    complexity: pageComplexity,
    resolve: (_root, args, context) => {
      const { prisma } = context.app.db;
      const where = { workspaceId: { in: workspacesOf(context, 'workspace.read', args.workspace) } };
      return connection<Prisma.EnvironmentWhereInput, Prisma.EnvironmentOrderByWithRelationInput, EnvironmentRow>(
        context,
        order.read(args.orderBy),
        args,
        {
          find: (page) => prisma.environment.findMany({ where: { AND: [where, page.where] }, orderBy: page.orderBy, take: page.take }),
          count: () => prisma.environment.count({ where }),
        },
      );
    },
  }),
);

builder.objectField(Workspace, 'environments', (t) =>
  t.field({
    type: EnvironmentConnection,
    description: 'Its environments.',
    args: {
      ...pageArguments(t.arg),
      orderBy: t.arg({ type: [order.input], description: 'In which order; the oldest first when absent.' }),
    },
    complexity: pageComplexity,
    resolve: ({ id }, args, context) => {
      const { prisma } = context.app.db;
      const visible = visibleEnvironments(context.viewer);
      return nestedList<Prisma.EnvironmentWhereInput, Prisma.EnvironmentOrderByWithRelationInput, EnvironmentRow>(context, {
        what: 'Workspace.environments',
        parentId: id,
        order: order.read(args.orderBy),
        args,
        find: async (ids, { where, orderBy, take }) => {
          const rows = await prisma.workspace.findMany({
            relationLoadStrategy: 'join',
            where: { id: { in: ids } },
            select: { id: true, environments: { where: { AND: [visible, where] }, orderBy, take } },
          });
          return new Map(rows.map((row) => [row.id, row.environments]));
        },
        count: async (ids) => {
          const rows = await prisma.environment.groupBy({
            by: ['workspaceId'],
            where: { AND: [{ workspaceId: { in: ids } }, visible] },
            _count: true,
          });
          return countsByWorkspace(rows);
        },
      });
    },
  }),
);
