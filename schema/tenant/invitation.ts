import type { Invitation as InvitationRow, Prisma } from '#platform/db/generated/prisma/client';
import { visibleInvitations } from '#domain/tenant/tenant.policy';
import { builder } from '#schema/builder';
import { connection, connectionType, pageArguments, pageComplexity } from '#schema/connection';
import { type SignedIn, byKey } from '#schema/context';
import { Role, enumType } from '#schema/enums';
import { Node, encodeId, nodeType } from '#schema/node';
import { orderInput } from '#schema/order';
import { workspacesOf } from '#schema/scope';
import { type ArgBuilder, countsByWorkspace, nestedList } from './nested.js';
import { User, loadUser } from './user.js';
import { Workspace, loadWorkspace } from './workspace.js';

/** All but the hash of its token. */
export type VisibleInvitation = Omit<InvitationRow, 'tokenHash'>;

export const loadInvitation = nodeType<VisibleInvitation>('Invitation', async ({ app, viewer }, ids) => {
  const rows = await app.db.prisma.invitation.findMany({
    where: { AND: [{ id: { in: [...ids] } }, visibleInvitations(viewer)] },
    omit: { tokenHash: true },
  });
  return byKey(rows, (row) => row.id);
});

const InvitationStatus = enumType<'OPEN' | 'ACCEPTED' | 'REVOKED' | 'EXPIRED'>('InvitationStatus', 'What became of an invitation.', {
  OPEN: 'It can be accepted.',
  ACCEPTED: 'Its person is a member, or was one.',
  REVOKED: 'It was taken back.',
  EXPIRED: 'Its time is over.',
});

function statusOf({ acceptedAt, revokedAt, expiresAt }: VisibleInvitation, { app }: SignedIn): 'OPEN' | 'ACCEPTED' | 'REVOKED' | 'EXPIRED' {
  if (acceptedAt !== null) return 'ACCEPTED';
  if (revokedAt !== null) return 'REVOKED';
  return expiresAt <= app.clock.now() ? 'EXPIRED' : 'OPEN';
}

export const Invitation = builder.objectRef<VisibleInvitation>('Invitation').implement({
  description: 'An offer to the owner of an e-mail address to become a member.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.id({ description: 'The id.', resolve: ({ id }) => encodeId('Invitation', id) }),
    workspace: t.field({
      type: Workspace,
      nullable: true,
      description: 'Where to.',
      resolve: ({ workspaceId }, _args, context) => loadWorkspace(context, workspaceId),
    }),
    email: t.exposeString('email', { description: 'Whose address may accept it, in lower case.' }),
    role: t.expose('role', { type: Role, description: 'What they may do once they are a member.' }),
    status: t.field({
      type: InvitationStatus,
      description: 'What became of it.',
      resolve: (row, _args, context) => statusOf(row, context),
    }),
    invitedBy: t.field({
      type: User,
      nullable: true,
      description: 'Who invited; null when it was a service or somebody the viewer cannot see.',
      resolve: ({ invitedById }, _args, context) => (invitedById === null ? null : loadUser(context, invitedById)),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', description: 'Until when it can be accepted.' }),
    acceptedAt: t.expose('acceptedAt', { type: 'DateTime', nullable: true, description: 'When it was accepted.' }),
    revokedAt: t.expose('revokedAt', { type: 'DateTime', nullable: true, description: 'When it was taken back.' }),
  }),
});

const InvitationConnection = connectionType('Invitation', Invitation);

const order = orderInput(
  'Invitation',
  {
    CREATED_AT: { column: 'createdAt', moment: true, description: 'By when they were made.' },
    EXPIRES_AT: { column: 'expiresAt', moment: true, description: 'By when they end.' },
    EMAIL: { column: 'email', description: 'By e-mail address.' },
  },
  [{ column: 'createdAt', direction: 'desc', moment: true }],
);

const InvitationFilter = builder.inputType('InvitationFilter', {
  description: 'Which invitations. All that is given must hold.',
  fields: (t) => ({
    answered: t.boolean({ description: 'true: accepted or revoked ones; false: the others, expired ones included.' }),
    email: t.string({ description: 'To this address.' }),
  }),
});

interface Wanted {
  readonly answered?: boolean | null | undefined;
  readonly email?: string | null | undefined;
}

function matching(wanted: Wanted | null | undefined): Prisma.InvitationWhereInput {
  const { answered, email } = wanted ?? {};
  const unanswered = { acceptedAt: null, revokedAt: null };
  return {
    AND: [
      ...(typeof answered === 'boolean' ? [answered ? { NOT: unanswered } : unanswered] : []),
      ...(typeof email === 'string' ? [{ email: email.trim().toLowerCase() }] : []),
    ],
  };
}

const listArguments = (arg: ArgBuilder) => ({
  ...pageArguments(arg),
  filter: arg({ type: InvitationFilter, description: 'Which ones.' }),
  orderBy: arg({ type: [order.input], description: 'In which order; the newest first when absent.' }),
});

builder.queryField('invitations', (t) =>
  t.field({
    type: InvitationConnection,
    description: 'The invitations of the workspaces whose members the viewer manages.',
    args: { ...listArguments(t.arg), workspace: t.arg.id({ description: "The workspace; all of the viewer's when absent." }) },
    complexity: pageComplexity,
    resolve: (_root, args, context) => {
      const { prisma } = context.app.db;
      const where = { AND: [{ workspaceId: { in: workspacesOf(context, 'member.write', args.workspace) } }, matching(args.filter)] };
      return connection<Prisma.InvitationWhereInput, Prisma.InvitationOrderByWithRelationInput, VisibleInvitation>(
        context,
        order.read(args.orderBy),
        args,
        {
          find: (page) =>
            prisma.invitation.findMany({
              where: { AND: [where, page.where] },
              orderBy: page.orderBy,
              take: page.take,
              omit: { tokenHash: true },
            }),
          count: () => prisma.invitation.count({ where }),
        },
      );
    },
  }),
);

builder.objectField(Workspace, 'invitations', (t) =>
  t.field({
    type: InvitationConnection,
    description: 'Its invitations; none for who does not manage its members.',
    args: listArguments(t.arg),
    complexity: pageComplexity,
    resolve: ({ id }, args, context) => {
      const { prisma } = context.app.db;
      const visible = { AND: [visibleInvitations(context.viewer), matching(args.filter)] };
      return nestedList<Prisma.InvitationWhereInput, Prisma.InvitationOrderByWithRelationInput, VisibleInvitation>(context, {
        what: 'Workspace.invitations',
        parentId: id,
        order: order.read(args.orderBy),
        args,
        find: async (ids, { where, orderBy, take }) => {
          const rows = await prisma.workspace.findMany({
            relationLoadStrategy: 'join',
            where: { id: { in: ids } },
            select: { id: true, invitations: { where: { AND: [visible, where] }, orderBy, take, omit: { tokenHash: true } } },
          });
          return new Map(rows.map((row) => [row.id, row.invitations]));
        },
        count: async (ids) => {
          const rows = await prisma.invitation.groupBy({
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
