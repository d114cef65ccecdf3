import type { ApiToken as ApiTokenRow, Prisma } from '#platform/db/generated/prisma/client';
import { ownApiTokens, visibleApiTokens } from '#domain/tenant/tenant.policy';
import { builder } from '#schema/builder';
import { type PageArguments, connection, connectionType, pageArguments, pageComplexity } from '#schema/connection';
import { type SignedIn, byKey } from '#schema/context';
import { Role } from '#schema/enums';
import { Node, encodeId, nodeType } from '#schema/node';
import { orderInput } from '#schema/order';
import { workspacesOf } from '#schema/scope';
import { type ArgBuilder, countsByWorkspace, nestedList } from './nested.js';
import { User, loadUser } from './user.js';
import { Workspace, loadWorkspace } from './workspace.js';

/** All but the hash of the token. */
export type VisibleApiToken = Omit<ApiTokenRow, 'tokenHash'>;

export const loadApiToken = nodeType<VisibleApiToken>('ApiToken', async ({ app, viewer }, ids) => {
  const rows = await app.db.prisma.apiToken.findMany({
    where: { AND: [{ id: { in: [...ids] } }, visibleApiTokens(viewer)] },
    omit: { tokenHash: true },
  });
  return byKey(rows, (row) => row.id);
});

export const ApiToken = builder.objectRef<VisibleApiToken>('ApiToken').implement({
  description:
    "A bearer token: a service's, limited to a workspace, or a person's, which acts as that person. The token itself is shown once, when it is made.",
  interfaces: [Node],
  fields: (t) => ({
    id: t.id({ description: 'The id.', resolve: ({ id }) => encodeId('ApiToken', id) }),
    name: t.exposeString('name', { description: 'What it is for.' }),
    prefix: t.exposeString('prefix', { description: 'The first characters of the token, to recognise it by.' }),
    role: t.expose('role', { type: Role, description: 'The most that it may do.' }),
    workspace: t.field({
      type: Workspace,
      nullable: true,
      description: "The workspace of a service's token; null for a personal one.",
      resolve: ({ workspaceId }, _args, context) => (workspaceId === null ? null : loadWorkspace(context, workspaceId)),
    }),
    user: t.field({
      type: User,
      nullable: true,
      description: "The person whose token it is; null for a service's.",
      resolve: ({ userId }, _args, context) => (userId === null ? null : loadUser(context, userId)),
    }),
    createdBy: t.field({
      type: User,
      nullable: true,
      description: 'Who made it; null when it was a service or somebody the viewer cannot see.',
      resolve: ({ createdById }, _args, context) => (createdById === null ? null : loadUser(context, createdById)),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', nullable: true, description: 'When it ends by itself; null: never.' }),
    lastUsedAt: t.expose('lastUsedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was last used, to the minute; null: never.',
    }),
    revokedAt: t.expose('revokedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Since when it is refused; null while it is not revoked.',
    }),
  }),
});

export const ApiTokenConnection = connectionType('ApiToken', ApiToken);

const order = orderInput(
  'ApiToken',
  {
    CREATED_AT: { column: 'createdAt', moment: true, description: 'By when they were made.' },
    NAME: { column: 'name', description: 'By name.' },
    LAST_USED_AT: {
      column: 'lastUsedAt',
      moment: true,
      nullable: true,
      description: 'By when they were last used; those that never were come last.',
    },
  },
  [{ column: 'createdAt', direction: 'desc', moment: true }],
);

const ApiTokenFilter = builder.inputType('ApiTokenFilter', {
  description: 'Which tokens. All that is given must hold.',
  fields: (t) => ({ revoked: t.boolean({ description: 'true: revoked ones; false: the others, expired ones included.' }) }),
});

function matching(wanted: { readonly revoked?: boolean | null | undefined } | null | undefined): Prisma.ApiTokenWhereInput {
  const revoked = wanted?.revoked;
  return typeof revoked === 'boolean' ? { revokedAt: revoked ? { not: null } : null } : {};
}

const listArguments = (arg: ArgBuilder) => ({
  ...pageArguments(arg),
  filter: arg({ type: ApiTokenFilter, description: 'Which ones.' }),
  orderBy: arg({ type: [order.input], description: 'In which order; the newest first when absent.' }),
});

builder.queryField('apiTokens', (t) =>
  t.field({
    type: ApiTokenConnection,
    description: 'The service tokens of the workspaces whose tokens the viewer may see. Personal ones are at `viewer`.',
    args: { ...listArguments(t.arg), workspace: t.arg.id({ description: "The workspace; all of the viewer's when absent." }) },
    complexity: pageComplexity,
    resolve: (_root, args, context) => {
      const { prisma } = context.app.db;
      const where = { AND: [{ workspaceId: { in: workspacesOf(context, 'token.read', args.workspace) } }, matching(args.filter)] };
      return connection<Prisma.ApiTokenWhereInput, Prisma.ApiTokenOrderByWithRelationInput, VisibleApiToken>(
        context,
        order.read(args.orderBy),
        args,
        {
          find: (page) =>
            prisma.apiToken.findMany({
              where: { AND: [where, page.where] },
              orderBy: page.orderBy,
              take: page.take,
              omit: { tokenHash: true },
            }),
          count: () => prisma.apiToken.count({ where }),
        },
      );
    },
  }),
);

builder.objectField(Workspace, 'apiTokens', (t) =>
  t.field({
    type: ApiTokenConnection,
    description: 'Its service tokens; none for who may not see them.',
    args: listArguments(t.arg),
    complexity: pageComplexity,
    resolve: ({ id }, args, context) => {
      const { prisma } = context.app.db;
      const visible = { AND: [visibleApiTokens(context.viewer), matching(args.filter)] };
      return nestedList<Prisma.ApiTokenWhereInput, Prisma.ApiTokenOrderByWithRelationInput, VisibleApiToken>(context, {
        what: 'Workspace.apiTokens',
        parentId: id,
        order: order.read(args.orderBy),
        args,
        find: async (ids, { where, orderBy, take }) => {
          const rows = await prisma.workspace.findMany({
            relationLoadStrategy: 'join',
            where: { id: { in: ids } },
            select: { id: true, apiTokens: { where: { AND: [visible, where] }, orderBy, take, omit: { tokenHash: true } } },
          });
          return new Map(rows.map((row) => [row.id, row.apiTokens]));
        },
        count: async (ids) => {
          const rows = await prisma.apiToken.groupBy({
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

/** The viewer's personal tokens, as a page. */
export function ownTokens(context: SignedIn, args: PageArguments & { readonly orderBy?: Parameters<typeof order.read>[0] }) {
  const { prisma } = context.app.db;
  const where = ownApiTokens(context.viewer);
  return connection<Prisma.ApiTokenWhereInput, Prisma.ApiTokenOrderByWithRelationInput, VisibleApiToken>(
    context,
    order.read(args.orderBy),
    args,
    {
      find: (page) =>
        prisma.apiToken.findMany({
          where: { AND: [where, page.where] },
          orderBy: page.orderBy,
          take: page.take,
          omit: { tokenHash: true },
        }),
      count: () => prisma.apiToken.count({ where }),
    },
  );
}

export const ApiTokenOrder = order.input;
