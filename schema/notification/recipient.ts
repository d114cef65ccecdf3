import type { Prisma, Recipient as RecipientRow } from '#platform/db/generated/prisma/client';
import { readableNotifications, shownAddress } from '#domain/notification/notification.policy';
import { builder } from '#schema/builder';
import { connectionType, pageArguments, pageComplexity } from '#schema/connection';
import { byKey } from '#schema/context';
import { RecipientKind, RecipientFormat } from '#schema/enums';
import { Node, encodeId, nodeType } from '#schema/node';
import { nestedList } from '#schema/tenant/nested';
import { NotificationGroup, loadGroup } from './group.js';

export const loadRecipient = nodeType<RecipientRow>('Recipient', async ({ app, viewer }, ids) => {
  const rows = await app.db.prisma.recipient.findMany({ where: { id: { in: [...ids] }, ...readableNotifications(viewer) } });
  return byKey(rows, (row) => row.id);
});

export const Recipient = builder.objectRef<RecipientRow>('Recipient').implement({
  description: "Who hears of a group's events: an e-mail address, or a webhook that is called with signed requests.",
  interfaces: [Node],
  fields: (t) => ({
    id: t.id({ description: 'The id.', resolve: ({ id }) => encodeId('Recipient', id) }),
    kind: t.expose('kind', { type: RecipientKind, description: 'How it is reached.' }),
    address: t.string({
      description:
        'An e-mail address, or the URL of a webhook; without NOTIFICATION_WRITE of a URL only its origin, for its path may be a secret.',
      resolve: (recipient, _args, { viewer }) => shownAddress(viewer, recipient),
    }),
    format: t.field({
      type: RecipientFormat,
      nullable: true,
      description: 'What its webhook gets; null for an e-mail address.',
      resolve: ({ kind, format }) => (kind === 'WEBHOOK' ? format : null),
    }),
    group: t.field({
      type: NotificationGroup,
      nullable: true,
      description: 'What it hears of.',
      resolve: ({ groupId }, _args, context) => loadGroup(context, groupId),
    }),
    enabled: t.exposeBoolean('enabled', { description: 'Whether anything is sent to it.' }),
    disabledReason: t.exposeString('disabledReason', {
      nullable: true,
      description: 'Why Millrace switched it off; null while it did not. Enabling it makes this null.',
    }),
    failingSince: t.expose('failingSince', {
      type: 'DateTime',
      nullable: true,
      description: 'Since when every attempt has failed; null when the last one succeeded.',
    }),
    rotatedAt: t.expose('rotatedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When its signing secret was last replaced; the one before signs, too, for 24 hours.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was added.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When it was last changed.' }),
  }),
});

const RecipientConnection = connectionType('Recipient', Recipient);

/** The first one first: ids are UUIDs version 7. */
const oldest = [{ column: 'id', direction: 'asc' }] as const;

builder.objectField(NotificationGroup, 'recipients', (t) =>
  t.field({
    type: RecipientConnection,
    description: 'Who hears of its events, in the order in which they were added.',
    args: pageArguments(t.arg),
    complexity: pageComplexity,
    resolve: ({ id }, args, context) => {
      const { prisma } = context.app.db;
      return nestedList<Prisma.RecipientWhereInput, Prisma.RecipientOrderByWithRelationInput, RecipientRow>(context, {
        what: 'NotificationGroup.recipients',
        parentId: id,
        order: oldest,
        args,
        find: async (ids, { where, orderBy, take }) => {
          const rows = await prisma.notificationGroup.findMany({
            relationLoadStrategy: 'join',
            where: { id: { in: ids } },
            select: { id: true, recipients: { where, orderBy, take } },
          });
          return new Map(rows.map((row) => [row.id, row.recipients]));
        },
        count: async (ids) => {
          const rows = await prisma.recipient.groupBy({ by: ['groupId'], where: { groupId: { in: ids } }, _count: true });
          return new Map(rows.map((row) => [row.groupId, row._count]));
        },
      });
    },
  }),
);
