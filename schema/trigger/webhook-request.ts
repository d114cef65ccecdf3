import type { Prisma, WebhookRequest as WebhookRequestRow } from '#platform/db/generated/prisma/client';
import { readableRequests } from '#domain/trigger/trigger.policy';
import { builder, heavyComplexity } from '#schema/builder';
import { connection, connectionType, forParents, pageArguments, pageComplexity } from '#schema/connection';
import { type SignedIn, batched, byKey } from '#schema/context';
import { WebhookRequestStatus } from '#schema/enums';
import { anyOf } from '#schema/filter';
import { Node, encodeId, nodeType } from '#schema/node';
import { Run, loadRun } from '#schema/run/run';
import { Event, loadEvent } from '#schema/event/event';
import { Webhook, loadWebhook } from './webhook.js';

type Heavy = 'query' | 'headers' | 'body';
type LightRequest = Omit<WebhookRequestRow, Heavy>;

const lightRequest = { query: true, headers: true, body: true } as const satisfies Prisma.WebhookRequestOmit;

export const loadWebhookRequest = nodeType<LightRequest>('WebhookRequest', async ({ app, viewer }, ids) => {
  const where = { id: { in: [...ids] }, ...readableRequests(viewer) };
  return byKey(await app.db.prisma.webhookRequest.findMany({ where, omit: lightRequest }), (row) => row.id);
});

const loadHead = batched<Pick<WebhookRequestRow, 'query' | 'headers'>>(async ({ app }, ids) => {
  const select = { id: true, query: true, headers: true };
  return byKey(await app.db.prisma.webhookRequest.findMany({ where: { id: { in: [...ids] } }, select }), (row) => row.id);
});

const loadBody = batched<Pick<WebhookRequestRow, 'body'>>(async ({ app }, ids) => {
  const select = { id: true, body: true };
  return byKey(await app.db.prisma.webhookRequest.findMany({ where: { id: { in: [...ids] } }, select }), (row) => row.id);
});

async function bytesOf(context: SignedIn, { id }: LightRequest): Promise<Uint8Array> {
  return (await loadBody(context, id))?.body ?? new Uint8Array();
}

/** Null for bytes that are no UTF-8. */
function textOf(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** Up to 5 MB: some eighty of them are as much as an operation may ask for. */
const bodyComplexity = 60;

export const WebhookRequest = builder.objectRef<LightRequest>('WebhookRequest').implement({
  description:
    'A request to a webhook, as it came. Requests are kept for seven days; of those that made nothing ten are kept per webhook and minute, each with the first 4096 bytes of its body.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.id({ description: 'The id.', resolve: ({ id }) => encodeId('WebhookRequest', id) }),
    webhook: t.field({
      type: Webhook,
      nullable: true,
      description: 'To which it was sent.',
      resolve: ({ webhookId }, _args, context) => loadWebhook(context, webhookId),
    }),
    status: t.expose('status', { type: WebhookRequestStatus, description: 'What became of it.' }),
    reason: t.exposeString('reason', {
      nullable: true,
      description: 'Why it was refused, or what became of its id since, for a person to read.',
    }),
    receivedAt: t.expose('receivedAt', { type: 'DateTime', description: 'When it came.' }),
    messageId: t.exposeString('messageId', { nullable: true, description: 'The id that its sender gave it, by which repeats are known.' }),
    run: t.field({
      type: Run,
      nullable: true,
      description: 'The run that it made, or that an earlier request with its id made.',
      resolve: ({ runId }, _args, context) => (runId === null ? null : loadRun(context, runId)),
    }),
    event: t.field({
      type: Event,
      nullable: true,
      description: 'The event that it made, or that an earlier request with its id made, while it is kept.',
      resolve: ({ eventId }, _args, context) => (eventId === null ? null : loadEvent(context, eventId)),
    }),
    method: t.exposeString('method', { description: 'Its method.' }),
    query: t.field({
      type: 'JSON',
      description: 'The parameters of its address; the values of one that was given several times are a list.',
      complexity: heavyComplexity,
      resolve: async ({ id }, _args, context) => (await loadHead(context, id))?.query ?? {},
    }),
    headers: t.field({
      type: 'JSON',
      description: 'Its headers, with names in lower case, without cookies, authorization and signatures.',
      complexity: heavyComplexity,
      resolve: async ({ id }, _args, context) => (await loadHead(context, id))?.headers ?? {},
    }),
    body: t.string({
      nullable: true,
      description: 'Its body as text, byte by byte as it came; null when it is not UTF-8.',
      complexity: bodyComplexity,
      resolve: async (request, _args, context) => textOf(await bytesOf(context, request)),
    }),
    bodyBase64: t.string({
      description: 'Its body in base64.',
      complexity: bodyComplexity,
      resolve: async (request, _args, context) => Buffer.from(await bytesOf(context, request)).toString('base64'),
    }),
  }),
});

const WebhookRequestConnection = connectionType('WebhookRequest', WebhookRequest);

const newestRequests = [{ column: 'id', direction: 'desc' }] as const;

builder.objectField(Webhook, 'requests', (t) =>
  t.field({
    type: WebhookRequestConnection,
    description: 'What was sent to it lately, the newest first.',
    args: {
      status: t.arg({ type: [WebhookRequestStatus], description: 'Only those of which this became; all when absent.' }),
      ...pageArguments(t.arg),
    },
    complexity: pageComplexity,
    resolve: ({ id }, { status, ...args }, context) => {
      const { prisma } = context.app.db;
      const wanted: Prisma.WebhookRequestWhereInput = status == null ? {} : { status: { in: anyOf('status', status) } };
      return connection<Prisma.WebhookRequestWhereInput, Prisma.WebhookRequestOrderByWithRelationInput, LightRequest>(
        context,
        newestRequests,
        args,
        {
          find: ({ where, orderBy, take }) =>
            forParents<readonly LightRequest[]>(
              context,
              'Webhook.requests',
              { wanted, where, orderBy, take },
              id,
              async (ids) => {
                const rows = await prisma.webhook.findMany({
                  relationLoadStrategy: 'join',
                  where: { id: { in: [...ids] } },
                  select: { id: true, requests: { where: { AND: [wanted, where] }, orderBy, take, omit: lightRequest } },
                });
                return new Map(rows.map((row) => [row.id, row.requests]));
              },
              [],
            ),
          count: () =>
            forParents<number>(
              context,
              'Webhook.requests#',
              wanted,
              id,
              async (ids) => {
                const rows = await prisma.webhookRequest.groupBy({
                  by: ['webhookId'],
                  where: { AND: [{ webhookId: { in: [...ids] } }, wanted] },
                  _count: true,
                });
                return new Map(rows.map((row) => [row.webhookId, row._count]));
              },
              0,
            ),
        },
      );
    },
  }),
);
