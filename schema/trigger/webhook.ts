import type { Prisma, Webhook as WebhookRow } from '#platform/db/generated/prisma/client';
import { hookPath } from '#domain/trigger/trigger.address';
import { readableWebhooks } from '#domain/trigger/trigger.policy';
import { Automation, loadAutomation } from '#schema/automation/automation';
import { builder } from '#schema/builder';
import { connection, connectionType, forParents, pageArguments, pageComplexity } from '#schema/connection';
import { byKey } from '#schema/context';
import { SignatureEncoding, WebhookFormat, WebhookVerification } from '#schema/enums';
import { automationNames, Node, decodeId, encodeId, nodeType } from '#schema/node';
import { orderInput } from '#schema/order';
import { workspacesOf } from '#schema/scope';
import { Environment, loadEnvironment } from '#schema/tenant/environment';

export const loadWebhook = nodeType<WebhookRow>('Webhook', async ({ app, viewer }, ids) => {
  const rows = await app.db.prisma.webhook.findMany({ where: { id: { in: [...ids] }, ...readableWebhooks(viewer) } });
  return byKey(rows, (row) => row.id);
});

export const Webhook = builder.objectRef<WebhookRow>('Webhook').implement({
  description:
    'An address that triggers an automation, or emits an event, when another program sends a request to it. The input of the run, or the data of the event, is `{ method, headers, query, body, contentType, receivedAt, messageId }`.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.id({ description: 'The id.', resolve: ({ id }) => encodeId('Webhook', id) }),
    automation: t.field({
      type: Automation,
      nullable: true,
      description: 'What it triggers; null when it emits an event.',
      resolve: ({ automationId }, _args, context) => (automationId === null ? null : loadAutomation(context, automationId)),
    }),
    emits: t.exposeString('eventType', {
      nullable: true,
      description: 'The type of the event that it emits: `order.paid`; null when it triggers an automation.',
    }),
    environment: t.field({
      type: Environment,
      nullable: true,
      description: 'Where its runs run when the address names no environment; of no matter to one that emits an event.',
      resolve: ({ environmentId }, _args, context) => loadEnvironment(context, environmentId),
    }),
    name: t.exposeString('name', { description: 'The name that people read.' }),
    enabled: t.exposeBoolean('enabled', { description: 'Whether it takes requests; a disabled one answers as if it were not there.' }),
    url: t.string({
      description:
        'The address. `/` and the key of an environment may follow. Who knows it can send, where nothing else is verified: treat it as a secret.',
      resolve: ({ token }, _args, { publicUrl }) => `${publicUrl}${hookPath(token)}`,
    }),
    verification: t.expose('verification', {
      type: WebhookVerification,
      description: "How it tells that a request is its sender's.",
    }),
    header: t.exposeString('header', {
      nullable: true,
      description: 'In which header the signature is, in lower case; null unless the verification is HMAC_SHA256.',
    }),
    encoding: t.field({
      type: SignatureEncoding,
      nullable: true,
      description: 'How the signature is written; null unless the verification is HMAC_SHA256.',
      resolve: ({ verification, encoding }) => (verification === 'HMAC_SHA256' ? encoding : null),
    }),
    tolerance: t.field({
      type: 'Duration',
      nullable: true,
      description:
        'How far the timestamp of a request may be from the time of its arrival, to either side; null unless the verification is STANDARD_WEBHOOKS.',
      resolve: ({ verification, toleranceMs }) => (verification === 'STANDARD_WEBHOOKS' ? toleranceMs : null),
    }),
    idHeader: t.exposeString('idHeader', {
      nullable: true,
      description: 'In which header every request has its id, by which repeats are known; null: in `webhook-id`, where it has one.',
    }),
    responseStatus: t.exposeInt('responseStatus', { description: 'The HTTP status of its answer: 200, 201, 202 or 204.' }),
    responseBody: t.exposeString('responseBody', {
      nullable: true,
      description: 'The body of its answer; null: `{"run":"run_…"}` or `{"event":"evt_…"}` where the format is JSON, else an empty one.',
    }),
    responseFormat: t.expose('responseFormat', { type: WebhookFormat, description: 'As what its answer is sent.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When it was last changed.' }),
  }),
});

const WebhookConnection = connectionType('Webhook', Webhook);

const webhookOrder = orderInput(
  'Webhook',
  {
    NAME: { column: 'name', description: 'By name.' },
    CREATED_AT: { column: 'createdAt', moment: true, description: 'By when they were made.' },
  },
  [{ column: 'id', direction: 'desc' }],
);

const WebhookFilter = builder.inputType('WebhookFilter', {
  description: 'Which webhooks are wanted. All given conditions hold.',
  fields: (t) => ({
    automation: t.id({ description: 'Those of the automation with this id.' }),
    automationKey: t.string({ description: 'Those of the automation with this key.' }),
    emits: t.string({ description: 'Those that emit events of this type.' }),
    enabled: t.boolean({ description: 'Whether they take requests.' }),
  }),
});

function webhooksWhere(filter: typeof WebhookFilter.$inferInput | null | undefined): Prisma.WebhookWhereInput[] {
  const { automation, automationKey, emits, enabled } = filter ?? {};
  return [
    ...(automation == null ? [] : [{ automationId: decodeId(automationNames, automation, ['filter', 'automation']) }]),
    ...(automationKey == null ? [] : [{ automation: { key: automationKey } }]),
    ...(emits == null ? [] : [{ eventType: emits }]),
    ...(typeof enabled === 'boolean' ? [{ enabled }] : []),
  ];
}

builder.queryFields((t) => ({
  webhooks: t.field({
    type: WebhookConnection,
    description: 'The webhooks that the viewer may read, the newest first unless ordered otherwise.',
    args: {
      workspace: t.arg.id({ description: 'Only those of this workspace.' }),
      filter: t.arg({ type: WebhookFilter, description: 'Which ones.' }),
      orderBy: t.arg({
        type: [webhookOrder.input],
        description: 'In which order; the first one decides, the next ones where it is equal.',
      }),
      ...pageArguments(t.arg),
    },
    complexity: pageComplexity,
    resolve: (_root, args, context) => {
      const { webhook } = context.app.db.prisma;
      const wanted = [
        readableWebhooks(context.viewer, workspacesOf(context, 'webhook.read', args.workspace)),
        ...webhooksWhere(args.filter),
      ];
      return connection<Prisma.WebhookWhereInput, Prisma.WebhookOrderByWithRelationInput, WebhookRow>(
        context,
        webhookOrder.read(args.orderBy),
        args,
        {
          find: ({ where, orderBy, take }) => webhook.findMany({ where: { AND: [...wanted, where] }, orderBy, take }),
          count: () => webhook.count({ where: { AND: wanted } }),
        },
      );
    },
  }),
  webhook: t.field({
    type: Webhook,
    nullable: true,
    description: 'One webhook; null when there is none that the viewer may see.',
    args: { id: t.arg.id({ required: true, description: 'Its id.' }) },
    resolve: (_root, { id }, context) => loadWebhook(context, decodeId('Webhook', id)),
  }),
}));

builder.interfaceField(Automation, 'webhooks', (t) =>
  t.field({
    type: WebhookConnection,
    description: 'Its webhooks, the newest first; none for who may not see them.',
    args: pageArguments(t.arg),
    complexity: pageComplexity,
    resolve: ({ id }, args, context) => {
      const { prisma } = context.app.db;
      const visible = readableWebhooks(context.viewer);
      return connection<Prisma.WebhookWhereInput, Prisma.WebhookOrderByWithRelationInput, WebhookRow>(
        context,
        webhookOrder.read(null),
        args,
        {
          find: ({ where, orderBy, take }) =>
            forParents<readonly WebhookRow[]>(
              context,
              'Automation.webhooks',
              { where, orderBy, take },
              id,
              async (ids) => {
                const rows = await prisma.automation.findMany({
                  relationLoadStrategy: 'join',
                  where: { id: { in: [...ids] } },
                  select: { id: true, webhooks: { where: { AND: [visible, where] }, orderBy, take } },
                });
                return new Map(rows.map((row) => [row.id, row.webhooks]));
              },
              [],
            ),
          count: () =>
            forParents<number>(
              context,
              'Automation.webhooks#',
              null,
              id,
              async (ids) => {
                const rows = await prisma.webhook.groupBy({
                  by: ['automationId'],
                  where: { AND: [{ automationId: { in: [...ids] } }, visible] },
                  _count: true,
                });
                return new Map(
                  rows.flatMap(({ automationId, _count }) => (automationId === null ? [] : [[automationId, _count] as const])),
                );
              },
              0,
            ),
        },
      );
    },
  }),
);
