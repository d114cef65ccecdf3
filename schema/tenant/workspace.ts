import type { Prisma, Workspace as WorkspaceRow } from '#platform/db/generated/prisma/client';
import { keyInput, parseInput } from '#domain/input';
import { permissionsOf } from '#domain/tenant/permission';
import { visibleWorkspaces } from '#domain/tenant/tenant.policy';
import { builder } from '#schema/builder';
import { connection, connectionType, pageArguments, pageComplexity } from '#schema/connection';
import { byKey } from '#schema/context';
import { Role } from '#schema/enums';
import { containing } from '#schema/filter';
import { Node, encodeId, nodeType } from '#schema/node';
import { orderInput } from '#schema/order';
import { idOrKey } from '#schema/scope';
import { z } from 'zod';
import { nestedList } from './nested.js';
import { Organization, loadOrganization } from './organization.js';
import { Permission, permissionName } from './permission.js';

export const loadWorkspace = nodeType<WorkspaceRow>('Workspace', async ({ app, viewer }, ids) => {
  const rows = await app.db.prisma.workspace.findMany({ where: { AND: [{ id: { in: [...ids] } }, visibleWorkspaces(viewer)] } });
  return byKey(rows, (row) => row.id);
});

export const Workspace = builder.objectRef<WorkspaceRow>('Workspace').implement({
  description: 'Where a team keeps its automations. What is in one workspace is seen and used by its members and tokens only.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.id({ description: 'The id.', resolve: ({ id }) => encodeId('Workspace', id) }),
    key: t.exposeString('key', { description: 'The name that programs use, unique in the organization.' }),
    name: t.exposeString('name', { description: 'The name that people read.' }),
    organization: t.field({
      type: Organization,
      nullable: true,
      description: 'Whose workspace it is.',
      resolve: ({ organizationId }, _args, context) => loadOrganization(context, organizationId),
    }),
    maxRunning: t.exposeInt('maxRunning', { nullable: true, description: 'Runs that may run at once; null: no cap of its own.' }),
    maxQueued: t.exposeInt('maxQueued', { description: 'Runs that may wait at once before triggers answer `LIMIT_EXCEEDED`.' }),
    role: t.field({
      type: Role,
      nullable: true,
      description: "The viewer's role here.",
      resolve: ({ id }, _args, { viewer }) => viewer.roles.get(id) ?? null,
    }),
    permissions: t.field({
      type: [Permission],
      description: 'What the viewer may do here.',
      resolve: ({ id }, _args, { viewer }) => {
        const role = viewer.roles.get(id);
        return role === undefined ? [] : permissionsOf(role).map(permissionName);
      },
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When its name or its limits were last changed.' }),
  }),
});

const WorkspaceConnection = connectionType('Workspace', Workspace);

const order = orderInput(
  'Workspace',
  {
    NAME: { column: 'name', description: 'By name.' },
    KEY: { column: 'key', description: 'By key.' },
    CREATED_AT: { column: 'createdAt', moment: true, description: 'By when they were made.' },
  },
  [{ column: 'name', direction: 'asc' }],
);

const WorkspaceFilter = builder.inputType('WorkspaceFilter', {
  description: 'Which workspaces. All that is given must hold.',
  fields: (t) => ({ search: t.string({ description: 'Part of the name or key, in any case.' }) }),
});

function matching(filter: { readonly search?: string | null | undefined } | null | undefined): Prisma.WorkspaceWhereInput {
  const search = filter?.search;
  if (typeof search !== 'string') return {};
  const contains = containing(search);
  return { OR: [{ name: contains }, { key: contains }] };
}

builder.queryField('workspaces', (t) =>
  t.field({
    type: WorkspaceConnection,
    description: "The viewer's workspaces.",
    args: {
      ...pageArguments(t.arg),
      filter: t.arg({ type: WorkspaceFilter, description: 'Which ones.' }),
      orderBy: t.arg({ type: [order.input], description: 'In which order; by name when absent.' }),
    },
    complexity: pageComplexity,
    resolve: (_root, args, context) => {
      const { prisma } = context.app.db;
      const where = { AND: [visibleWorkspaces(context.viewer), matching(args.filter)] };
      return connection<Prisma.WorkspaceWhereInput, Prisma.WorkspaceOrderByWithRelationInput, WorkspaceRow>(
        context,
        order.read(args.orderBy),
        args,
        {
          find: (page) => prisma.workspace.findMany({ where: { AND: [where, page.where] }, orderBy: page.orderBy, take: page.take }),
          count: () => prisma.workspace.count({ where }),
        },
      );
    },
  }),
);

builder.queryField('workspace', (t) =>
  t.field({
    type: Workspace,
    nullable: true,
    description:
      'A workspace by its id or key; null when there is none that the viewer may see. Of several with the same key, in different organizations, the first one made.',
    args: { id: t.arg.id({ description: 'The id.' }), key: t.arg.string({ description: 'The key.' }) },
    resolve: (_root, args, context) => {
      const wanted = idOrKey('Workspace', args);
      if ('id' in wanted) return loadWorkspace(context, wanted.id);
      const { key } = parseInput(z.object({ key: keyInput }), wanted);
      return context.app.db.prisma.workspace.findFirst({
        where: { AND: [{ key }, visibleWorkspaces(context.viewer)] },
        orderBy: { id: 'asc' },
      });
    },
  }),
);

builder.objectField(Organization, 'workspaces', (t) =>
  t.field({
    type: WorkspaceConnection,
    description: 'Its workspaces that the viewer may see.',
    args: {
      ...pageArguments(t.arg),
      filter: t.arg({ type: WorkspaceFilter, description: 'Which ones.' }),
      orderBy: t.arg({ type: [order.input], description: 'In which order; by name when absent.' }),
    },
    complexity: pageComplexity,
    resolve: ({ id }, args, context) => {
      const { prisma } = context.app.db;
      const visible = { AND: [visibleWorkspaces(context.viewer), matching(args.filter)] };
      return nestedList<Prisma.WorkspaceWhereInput, Prisma.WorkspaceOrderByWithRelationInput, WorkspaceRow>(context, {
        what: 'Organization.workspaces',
        parentId: id,
        order: order.read(args.orderBy),
        args,
        find: async (ids, { where, orderBy, take }) => {
          const rows = await prisma.organization.findMany({
            relationLoadStrategy: 'join',
            where: { id: { in: ids } },
            select: { id: true, workspaces: { where: { AND: [visible, where] }, orderBy, take } },
          });
          return new Map(rows.map((row) => [row.id, row.workspaces]));
        },
        count: async (ids) => {
          const rows = await prisma.workspace.groupBy({
            by: ['organizationId'],
            where: { AND: [{ organizationId: { in: ids } }, visible] },
            _count: true,
          });
          return new Map(rows.map((row) => [row.organizationId, row._count]));
        },
      });
    },
  }),
);
