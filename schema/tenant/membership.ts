import type { Membership as MembershipRow, Prisma } from '#platform/db/generated/prisma/client';
import { visibleMemberships } from '#domain/tenant/tenant.policy';
import { builder } from '#schema/builder';
import { connection, connectionType, pageArguments, pageComplexity } from '#schema/connection';
import { byKey } from '#schema/context';
import { Role } from '#schema/enums';
import { anyOf, containing } from '#schema/filter';
import { Node, encodeId, nodeType } from '#schema/node';
import { orderInput } from '#schema/order';
import { workspacesOf } from '#schema/scope';
import type { Role as RoleValue } from '#platform/db/generated/prisma/enums';
import { type ArgBuilder, countsByWorkspace, nestedList } from './nested.js';
import { User, loadUser } from './user.js';
import { Workspace, loadWorkspace } from './workspace.js';

export const loadMembership = nodeType<MembershipRow>('Membership', async ({ app, viewer }, ids) => {
  const rows = await app.db.prisma.membership.findMany({ where: { AND: [{ id: { in: [...ids] } }, visibleMemberships(viewer)] } });
  return byKey(rows, (row) => row.id);
});

export const Membership = builder.objectRef<MembershipRow>('Membership').implement({
  description: 'A person in a workspace, with what they may do there.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.id({ description: 'The id.', resolve: ({ id }) => encodeId('Membership', id) }),
    user: t.field({
      type: User,
      nullable: true,
      description: 'Who it is.',
      resolve: ({ userId }, _args, context) => loadUser(context, userId),
    }),
    workspace: t.field({
      type: Workspace,
      nullable: true,
      description: 'Where.',
      resolve: ({ workspaceId }, _args, context) => loadWorkspace(context, workspaceId),
    }),
    role: t.expose('role', { type: Role, description: 'What they may do there.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'Since when.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When the role was last changed.' }),
  }),
});

const MembershipConnection = connectionType('Membership', Membership);

const order = orderInput('Membership', { CREATED_AT: { column: 'createdAt', moment: true, description: 'By when they became members.' } }, [
  { column: 'createdAt', direction: 'asc', moment: true },
]);

const MembershipFilter = builder.inputType('MembershipFilter', {
  description: 'Which members. All that is given must hold.',
  fields: (t) => ({
    role: t.field({ type: [Role], description: 'One of these roles.' }),
    search: t.string({ description: 'Part of the name or e-mail address, in any case.' }),
  }),
});

interface Wanted {
  readonly role?: readonly RoleValue[] | null | undefined;
  readonly search?: string | null | undefined;
}

function matching(wanted: Wanted | null | undefined): Prisma.MembershipWhereInput {
  const { role, search } = wanted ?? {};
  const contains = typeof search === 'string' ? containing(search) : null;
  return {
    AND: [
      ...(role ? [{ role: { in: anyOf('role', role) } }] : []),
      ...(contains === null ? [] : [{ user: { OR: [{ name: contains }, { email: contains }] } }]),
    ],
  };
}

const listArguments = (arg: ArgBuilder) => ({
  ...pageArguments(arg),
  filter: arg({ type: MembershipFilter, description: 'Which ones.' }),
  orderBy: arg({ type: [order.input], description: 'In which order; the oldest first when absent.' }),
});

builder.queryField('members', (t) =>
  t.field({
    type: MembershipConnection,
    description: "The members of the viewer's workspaces.",
    args: { ...listArguments(t.arg), workspace: t.arg.id({ description: "The workspace; all of the viewer's when absent." }) },
    complexity: pageComplexity,
    resolve: (_root, args, context) => {
      const { prisma } = context.app.db;
      const where = { AND: [{ workspaceId: { in: workspacesOf(context, 'member.read', args.workspace) } }, matching(args.filter)] };
      return connection<Prisma.MembershipWhereInput, Prisma.MembershipOrderByWithRelationInput, MembershipRow>(
        context,
        order.read(args.orderBy),
        args,
        {
          find: (page) => prisma.membership.findMany({ where: { AND: [where, page.where] }, orderBy: page.orderBy, take: page.take }),
          count: () => prisma.membership.count({ where }),
        },
      );
    },
  }),
);

builder.objectField(Workspace, 'members', (t) =>
  t.field({
    type: MembershipConnection,
    description: 'Its members.',
    args: listArguments(t.arg),
    complexity: pageComplexity,
    resolve: ({ id }, args, context) => {
      const { prisma } = context.app.db;
      const visible = { AND: [visibleMemberships(context.viewer), matching(args.filter)] };
      return nestedList<Prisma.MembershipWhereInput, Prisma.MembershipOrderByWithRelationInput, MembershipRow>(context, {
        what: 'Workspace.members',
        parentId: id,
        order: order.read(args.orderBy),
        args,
        find: async (ids, { where, orderBy, take }) => {
          const rows = await prisma.workspace.findMany({
            relationLoadStrategy: 'join',
            where: { id: { in: ids } },
            select: { id: true, memberships: { where: { AND: [visible, where] }, orderBy, take } },
          });
          return new Map(rows.map((row) => [row.id, row.memberships]));
        },
        count: async (ids) => {
          const rows = await prisma.membership.groupBy({
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

builder.objectField(User, 'memberships', (t) =>
  t.field({
    type: MembershipConnection,
    description: 'Where they are a member, of the workspaces that the viewer may see.',
    args: {
      ...pageArguments(t.arg),
      filter: t.arg({ type: MembershipFilter, description: 'Which ones.' }),
      orderBy: t.arg({ type: [order.input], description: 'In which order; the oldest first when absent.' }),
    },
    complexity: pageComplexity,
    resolve: ({ id }, args, context) => {
      const { prisma } = context.app.db;
      const visible = { AND: [visibleMemberships(context.viewer), matching(args.filter)] };
      return nestedList<Prisma.MembershipWhereInput, Prisma.MembershipOrderByWithRelationInput, MembershipRow>(context, {
        what: 'User.memberships',
        parentId: id,
        order: order.read(args.orderBy),
        args,
        find: async (ids, { where, orderBy, take }) => {
          const rows = await prisma.user.findMany({
            relationLoadStrategy: 'join',
            where: { id: { in: ids } },
            select: { id: true, memberships: { where: { AND: [visible, where] }, orderBy, take } },
          });
          return new Map(rows.map((row) => [row.id, row.memberships]));
        },
        count: async (ids) => {
          const rows = await prisma.membership.groupBy({
            by: ['userId'],
            where: { AND: [{ userId: { in: ids } }, visible] },
            _count: true,
          });
          return new Map(rows.map((row) => [row.userId, row._count]));
        },
      });
    },
  }),
);
