import type { Delivery as DeliveryRow, Prisma } from '#platform/db/generated/prisma/client';
import { readableNotifications, shownAddress } from '#domain/notification/notification.policy';
import { Automation, loadAutomation } from '#schema/automation/automation';
import { builder, heavyComplexity } from '#schema/builder';
import { connection, connectionType, pageArguments, pageComplexity } from '#schema/connection';
import { byKey } from '#schema/context';
import { DeliveryStatus, NotificationEvent, RecipientKind } from '#schema/enums';
import { anyOf } from '#schema/filter';
import { automationNames, Node, decodeId, encodeId, nodeType } from '#schema/node';
import { orderInput } from '#schema/order';
import { Run, loadRun } from '#schema/run/run';
import { workspacesOf } from '#schema/scope';
import { type ArgBuilder, nestedList } from '#schema/tenant/nested';
import { Recipient, loadRecipient } from './recipient.js';

export const loadDelivery = nodeType<DeliveryRow>('Delivery', async ({ app, viewer }, ids) => {
  const rows = await app.db.prisma.delivery.findMany({ where: { id: { in: [...ids] }, ...readableNotifications(viewer) } });
  return byKey(rows, (row) => row.id);
});

/** As workers write it into `Delivery.attempts`. */
interface Attempt {
  readonly number: number;
  readonly at: string;
  readonly durationMs: number;
  readonly statusCode?: number;
  readonly error?: string;
}

const DeliveryAttempt = builder.objectRef<Attempt>('DeliveryAttempt').implement({
  description: 'One try to deliver.',
  fields: (t) => ({
    number: t.exposeInt('number', {
      description: 'Counts the attempts of the delivery: 1, 2, 3. Attempts whose worker was lost are not counted.',
    }),
    at: t.field({ type: 'DateTime', description: 'When it began.', resolve: ({ at }) => new Date(at) }),
    statusCode: t.int({
      nullable: true,
      description: 'The status of the answer: of HTTP, or the reply code of SMTP. Null when none came.',
      resolve: ({ statusCode }) => statusCode ?? null,
    }),
    error: t.string({ nullable: true, description: 'What went wrong; null when it was taken.', resolve: ({ error }) => error ?? null }),
    duration: t.field({ type: 'Duration', description: 'How long it took.', resolve: ({ durationMs }) => durationMs }),
  }),
});

export const Delivery = builder.objectRef<DeliveryRow>('Delivery').implement({
  description: 'One message to one recipient, with all attempts to deliver it.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.id({
      description: 'The id; webhooks get it as `webhook-id`, the same at each attempt.',
      resolve: ({ id }) => encodeId('Delivery', id),
    }),
    type: t.string({
      description:
        'What it tells: `run.failed` and the like, `notification.test`, `recipient.disabled`, of rules `rule.webhook`, `rule.mail` and `note.mention`, or of flows `flow.message`.',
      resolve: ({ payload }) => typeOf(payload),
    }),
    event: t.expose('event', {
      type: NotificationEvent,
      nullable: true,
      description: 'What it tells of a run; null when it is about none.',
    }),
    recipient: t.field({
      type: Recipient,
      nullable: true,
      description: 'To whom it goes; null: by e-mail to the owner of the action, or to an administrator.',
      resolve: ({ recipientId }, _args, context) => (recipientId === null ? null : loadRecipient(context, recipientId)),
    }),
    kind: t.expose('kind', { type: RecipientKind, description: 'How it is sent.' }),
    address: t.string({
      description: 'Where it was last sent, or will be; without NOTIFICATION_WRITE of a URL only its origin.',
      resolve: (delivery, _args, { viewer }) => shownAddress(viewer, delivery),
    }),
    run: t.field({
      type: Run,
      nullable: true,
      description: 'The run that it tells of; null when it is about none.',
      resolve: ({ runId }, _args, context) => (runId === null ? null : loadRun(context, runId)),
    }),
    automation: t.field({
      type: Automation,
      nullable: true,
      description: 'What ran.',
      resolve: ({ automationId }, _args, context) => (automationId === null ? null : loadAutomation(context, automationId)),
    }),
    payload: t.field({
      type: 'JSON',
      description: 'What is told, as webhooks get it; of a call by a rule what the rule sends.',
      complexity: heavyComplexity,
      resolve: ({ payload }) => (typeof payload === 'string' ? (JSON.parse(payload) as unknown) : payload),
    }),
    status: t.expose('status', { type: DeliveryStatus, description: 'Where it stands.' }),
    error: t.exposeString('failure', { nullable: true, description: 'Why it was given up; null when it was not.' }),
    attempts: t.field({
      type: [DeliveryAttempt],
      description: 'The attempts, oldest first; the last 50.',
      resolve: ({ attempts }) => attempts as unknown as Attempt[],
    }),
    nextAttemptAt: t.expose('nextAttemptAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it is tried next; while an attempt is under way, when that is taken for lost. Null when it has ended.',
    }),
    leftOut: t.exposeInt('leftOut', {
      description:
        'Of a mail to an owner: the failures after it that had no mail of their own, because it was sent less than 15 minutes before.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    finishedAt: t.expose('finishedAt', { type: 'DateTime', nullable: true, description: 'When it ended; null before.' }),
  }),
});

/** What a rule sends to a webhook is kept as it is written, for its names have an order. */
function typeOf(payload: Prisma.JsonValue): string {
  if (typeof payload === 'string') return 'rule.webhook';
  const type = payload !== null && typeof payload === 'object' && !Array.isArray(payload) ? payload['type'] : null;
  return typeof type === 'string' ? type : 'unknown';
}

const DeliveryConnection = connectionType('Delivery', Delivery);

/** The newest first. Ids are UUIDs version 7. */
const newest = [{ column: 'id', direction: 'desc' }] as const;

const order = orderInput(
  'Delivery',
  {
    CREATED_AT: { column: 'id', description: 'By when they were made.' },
    NEXT_ATTEMPT_AT: {
      column: 'nextAttemptAt',
      nullable: true,
      moment: true,
      description: 'By when they are tried next; those that have ended come last.',
    },
    FINISHED_AT: { column: 'finishedAt', nullable: true, moment: true, description: 'By when they ended; those that have not come last.' },
  },
  newest,
  { column: 'id', direction: 'desc' },
);

const DeliveryFilter = builder.inputType('DeliveryFilter', {
  description: 'Which deliveries. All given conditions hold.',
  fields: (t) => ({
    group: t.id({ description: 'Those to the recipients of this group.' }),
    recipient: t.id({ description: 'Those to this recipient.' }),
    run: t.id({ description: 'Those that tell of this run.' }),
    action: t.id({ description: 'Those that tell of runs of this action.' }),
    status: t.field({ type: [DeliveryStatus], description: 'Where they stand: any of these.' }),
    event: t.field({ type: [NotificationEvent], description: 'What they tell: any of these.' }),
  }),
});

function matching(filter: typeof DeliveryFilter.$inferInput | null | undefined): Prisma.DeliveryWhereInput[] {
  const { group, recipient, run, action, status, event } = filter ?? {};
  return [
    ...(group == null ? [] : [{ recipient: { groupId: decodeId('NotificationGroup', group, ['filter', 'group']) } }]),
    ...(recipient == null ? [] : [{ recipientId: decodeId('Recipient', recipient, ['filter', 'recipient']) }]),
    ...(run == null ? [] : [{ runId: decodeId('Run', run, ['filter', 'run']) }]),
    ...(action == null ? [] : [{ automationId: decodeId(automationNames, action, ['filter', 'action']) }]),
    ...(status == null ? [] : [{ status: { in: anyOf('status', status) } }]),
    ...(event == null ? [] : [{ event: { in: anyOf('event', event) } }]),
  ];
}

const listArguments = (arg: ArgBuilder) => ({
  filter: arg({ type: DeliveryFilter, description: 'Which ones.' }),
  orderBy: arg({ type: [order.input], description: 'In which order; the newest first when absent.' }),
  ...pageArguments(arg),
});

builder.queryField('deliveries', (t) =>
  t.field({
    type: DeliveryConnection,
    description: 'The delivery log: what was, is and will be sent, the newest first unless ordered otherwise.',
    args: { workspace: t.arg.id({ description: 'Only those of this workspace.' }), ...listArguments(t.arg) },
    complexity: pageComplexity,
    resolve: (_root, args, context) => {
      const { delivery } = context.app.db.prisma;
      const wanted = [
        readableNotifications(context.viewer, workspacesOf(context, 'notification.read', args.workspace)),
        ...matching(args.filter),
      ];
      return connection<Prisma.DeliveryWhereInput, Prisma.DeliveryOrderByWithRelationInput, DeliveryRow>(
        context,
        order.read(args.orderBy),
        args,
        {
          find: ({ where, orderBy, take }) => delivery.findMany({ where: { AND: [...wanted, where] }, orderBy, take }),
          count: () => delivery.count({ where: { AND: wanted } }),
        },
      );
    },
  }),
);

builder.objectField(Recipient, 'deliveries', (t) =>
  t.field({
    type: DeliveryConnection,
    description: 'What was, is and will be sent to it, the newest first unless ordered otherwise.',
    args: listArguments(t.arg),
    complexity: pageComplexity,
    resolve: ({ id }, args, context) => {
      const { prisma } = context.app.db;
      const visible = { AND: [readableNotifications(context.viewer), ...matching(args.filter)] };
      return nestedList<Prisma.DeliveryWhereInput, Prisma.DeliveryOrderByWithRelationInput, DeliveryRow>(context, {
        what: 'Recipient.deliveries',
        parentId: id,
        order: order.read(args.orderBy),
        args,
        find: async (ids, { where, orderBy, take }) => {
          const rows = await prisma.recipient.findMany({
            relationLoadStrategy: 'join',
            where: { id: { in: ids } },
            select: { id: true, deliveries: { where: { AND: [visible, where] }, orderBy, take } },
          });
          return new Map(rows.map((row) => [row.id, row.deliveries]));
        },
        count: async (ids) => {
          const rows = await prisma.delivery.groupBy({
            by: ['recipientId'],
            where: { AND: [{ recipientId: { in: ids } }, visible] },
            _count: true,
          });
          return new Map(rows.map((row) => [row.recipientId ?? '', row._count]));
        },
      });
    },
  }),
);

builder.objectField(Run, 'deliveries', (t) =>
  t.field({
    type: DeliveryConnection,
    description: 'Who was told of its end, the newest first unless ordered otherwise; none for who may not see it.',
    args: listArguments(t.arg),
    complexity: pageComplexity,
    resolve: ({ id }, args, context) => {
      const { prisma } = context.app.db;
      const visible = { AND: [readableNotifications(context.viewer), ...matching(args.filter)] };
      return nestedList<Prisma.DeliveryWhereInput, Prisma.DeliveryOrderByWithRelationInput, DeliveryRow>(context, {
        what: 'Run.deliveries',
        parentId: id,
        order: order.read(args.orderBy),
        args,
        find: async (ids, { where, orderBy, take }) => {
          const rows = await prisma.run.findMany({
            relationLoadStrategy: 'join',
            where: { id: { in: ids } },
            select: { id: true, deliveries: { where: { AND: [visible, where] }, orderBy, take } },
          });
          return new Map(rows.map((row) => [row.id, row.deliveries]));
        },
        count: async (ids) => {
          const rows = await prisma.delivery.groupBy({ by: ['runId'], where: { AND: [{ runId: { in: ids } }, visible] }, _count: true });
          return new Map(rows.map((row) => [row.runId ?? '', row._count]));
        },
      });
    },
  }),
);
