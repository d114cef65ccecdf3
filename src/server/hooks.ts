import type { IncomingMessage, ServerResponse } from 'node:http';
import { GraphQLError } from 'graphql';
import type { App } from '#app';
import { createPlaces } from '#platform/places';
import { readHookPath } from '#domain/trigger/trigger.address';
import type { HookRequest } from '#domain/trigger/trigger.content';
import type { Made } from '#domain/trigger/trigger.log';
import type { FoundWebhook, Reception, RefusalReason } from '#domain/trigger/trigger.receive';
import { encodeId } from '#schema/node';
import { refusal } from './errors.js';
import { createHookRate } from './rate.js';
import { send } from './reply.js';
import { assertPlain, readBody } from './request.js';

/** Answers what other programs send to webhooks. */
export interface Hooks {
  /** Rejects with what {@link present} shows. */
  answer(request: IncomingMessage, response: ServerResponse, path: string): Promise<void>;
}

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

const contentTypes: Record<FoundWebhook['responseFormat'], string> = {
  JSON: 'application/json; charset=utf-8',
  TEXT: 'text/plain; charset=utf-8',
  XML: 'application/xml; charset=utf-8',
  CSV: 'text/csv; charset=utf-8',
};

const codes = {
  FORGED: 'UNAUTHENTICATED',
  MALFORMED: 'BAD_REQUEST',
  UNSUPPORTED: 'UNSUPPORTED_MEDIA_TYPE',
  TOO_LARGE: 'PAYLOAD_TOO_LARGE',
  UNKNOWN: 'NOT_FOUND',
  NOT_LIVE: 'CONFLICT',
  QUEUE_FULL: 'LIMIT_EXCEEDED',
} as const satisfies Record<RefusalReason, Parameters<typeof refusal>[0]>;

/** Bodies come before their signatures can be checked, from anybody and as slowly as they like: so much of them is held at once. */
const mostHeld = 64_000_000;

/** A queue empties as runs end: when to ask for room again. */
const fullMs = 1_000;

export function createHooks(app: App): Hooks {
  const { config, webhooks } = app;
  const rate = createHookRate(config);
  // Each holds a connection of the graph's or of the runs' while it is dealt with: half of them stay with the others.
  const places = createPlaces(Math.max(1, Math.floor(config.database.pool / 2)));
  /** Bytes of bodies that are being read or dealt with. */
  let held = 0;

  /** Deals with the database when it is this request's turn. Rejects with UNAVAILABLE when too many wait, or when its sender goes away. */
  async function inTurn<Result>(response: ServerResponse, deal: () => Promise<Result>): Promise<Result> {
    const busy = refusal('UNAVAILABLE', 'Too many requests wait here; try again later.', { retryAfterMs: fullMs });
    if (places.waiting() >= config.webhook.waitingMax) throw busy;
    const gone = new AbortController();
    const leave = () => gone.abort(busy);
    response.once('close', leave);
    await places.take(gone.signal).finally(() => response.off('close', leave));
    try {
      return await deal();
    } finally {
      places.give();
    }
  }

  /** What is refused before its body was read is logged without one. */
  async function read(webhook: FoundWebhook, request: IncomingMessage): Promise<HookRequest> {
    const head = headOf(request, webhook.now);
    try {
      await rate.take(webhook.id);
      assertPlain(request);
      const body = await readBody(request, config.webhook.bodyBytes);
      await rate.weigh(webhook.id, body.length);
      return { ...head, body };
    } catch (error) {
      if (error instanceof GraphQLError && !request.destroyed) await webhooks.refuse(webhook, head, error.message);
      throw error;
    }
  }

  return {
    answer: async (request, response, path) => {
      if (!methods.includes(request.method ?? '')) {
        response.setHeader('allow', [...methods, 'OPTIONS'].join(', '));
        if (request.method === 'OPTIONS') return void response.writeHead(204).end();
        throw refusal('METHOD_NOT_ALLOWED', `A webhook takes ${methods.join(', ')}.`);
      }
      const address = readHookPath(path);
      const client = request.socket.remoteAddress ?? '';
      await rate.admit(client);
      const webhook = address === null ? null : await inTurn(response, () => webhooks.find(address.token));
      if (address === null || webhook === null) {
        await rate.miss(client);
        throw refusal('NOT_FOUND', 'There is nothing at this address.');
      }
      const bytes = sizeOf(request, config.webhook.bodyBytes);
      if (held + bytes > Math.max(mostHeld, config.webhook.bodyBytes))
        throw refusal('LIMIT_EXCEEDED', 'Too many requests are being read; try again later.', { limit: mostHeld, retryAfterMs: fullMs });
      held += bytes;
      try {
        const whole = await read(webhook, request);
        const received = await inTurn(response, () => webhooks.receive(webhook, address, whole));
        if (received.kind === 'REFUSED') throw refusalOf(received);
        answerMade(response, webhook, received);
      } finally {
        held -= bytes;
      }
    },
  };
}

/** What the body of a request may come to. */
function sizeOf({ headers }: IncomingMessage, most: number): number {
  const length = headers['transfer-encoding'] === undefined ? Number(headers['content-length'] ?? 0) : most;
  return Number.isFinite(length) ? Math.min(length, most) : most;
}

function headOf({ method = 'GET', url = '/', headers }: IncomingMessage, receivedAt: Date): HookRequest {
  const mark = url.indexOf('?');
  return { method, query: mark < 0 ? '' : url.slice(mark + 1), headers, body: Buffer.alloc(0), receivedAt };
}

function refusalOf({ why, message }: Reception & { readonly kind: 'REFUSED' }): GraphQLError {
  return refusal(codes[why], message, why === 'QUEUE_FULL' ? { retryAfterMs: fullMs } : {});
}

/** The answer that the webhook is configured to give. */
function answerMade(response: ServerResponse, webhook: FoundWebhook, { runId, eventId }: Made): void {
  const { responseStatus, responseBody, responseFormat } = webhook;
  if (responseStatus === 204) return void response.writeHead(204).end();
  const made = eventId === null ? { run: runId === null ? null : encodeId('Run', runId) } : { event: encodeId('Event', eventId) };
  send(response, responseStatus, responseBody ?? (responseFormat === 'JSON' ? JSON.stringify(made) : ''), contentTypes[responseFormat], {});
}
