import type { Webhook } from '#platform/db/generated/prisma/client';
import type { Sql, Statement } from '#platform/db/database';
import { newId } from '#platform/ids';
import type { Platform } from '#platform/platform';
import { type Forgery, hmacForgery, standardForgery } from '#platform/secrets/webhook-signature';
import { transactPlainly } from '#platform/work/work';
import { keyPattern } from '#domain/input';
import { emitEvents, fromClient } from '#domain/event/event.emit.service';
import { insertNewRuns, type NewRun } from '#domain/run/run.insert';
import { validSecrets } from '#domain/secret/overlap.policy';
import { openSecrets } from '#domain/secret/secret.service';
import { systemActor, type Viewer } from '#domain/tenant/viewer';
import type { Json } from '#plan/plan';
import type { HookAddress } from './trigger.address.js';
import { type HookContent, headerOf, type HookRequest, readContent } from './trigger.content.js';
import { acceptRequest, createRequestLog, type LoggedRequest, type Made } from './trigger.log.js';
import { current, previous } from './trigger.secret.js';

/** A webhook that a request was sent to. */
export interface FoundWebhook extends Omit<Webhook, 'createdAt' | 'updatedAt' | 'token' | 'name' | 'enabled'> {
  /** Of the webhook itself, where its address names none. */
  readonly environmentKey: string;
  /** Whether its automation is enabled; one that emits an event always is. */
  readonly live: boolean;
  /** When it was looked for, by the database's clock. */
  readonly now: Date;
}

export type RefusalReason =
  /** The signature is not its sender's, or too old. */
  | 'FORGED'
  | 'MALFORMED'
  | 'UNSUPPORTED'
  | 'TOO_LARGE'
  /** No such environment; or what it triggers was just deleted. */
  | 'UNKNOWN'
  /** Nothing is deployed there, or the automation is disabled. */
  | 'NOT_LIVE'
  /** As many runs wait as the workspace may have. */
  | 'QUEUE_FULL';

export type Reception =
  | ({ readonly kind: 'ACCEPTED' | 'DUPLICATE' } & Made)
  /** `message` is for the sender. */
  | { readonly kind: 'REFUSED'; readonly why: RefusalReason; readonly message: string };

/** What is known of the queue: the backlog of run. */
export interface Room {
  /** Whether a wake-up is sent for another run of the workspace. */
  wakes(workspaceId: string): boolean;
  fullAt(workspaceId: string): number | null;
  added(workspaceId: string): void;
}

/** Takes requests to webhooks and makes runs, or events, of them. */
export interface Webhooks {
  /** The webhook at an address; null when there is none, when it is disabled, or when its automation is deleted: nobody can tell these apart. */
  find(token: string): Promise<FoundWebhook | null>;
  /** Makes the run or the event of a request: when it is answered, that is committed. Rejects when the database is away; then it may be sent again. */
  receive(webhook: FoundWebhook, address: HookAddress, request: HookRequest): Promise<Reception>;
  /** Logs a request that was refused before it could be received. */
  refuse(webhook: FoundWebhook, request: HookRequest, reason: string): Promise<void>;
}

const findWebhook: Statement = {
  name: 'webhook.find',
  text: `
SELECT w.id, w."workspaceId", w."automationId", w."eventType", w."environmentId", w.verification, w.header, w.encoding, w."toleranceMs", w."idHeader",
  w."responseStatus", w."responseBody", w."responseFormat", e.key AS "environmentKey", coalesce(a.enabled, true) AS live, clock_timestamp() AS now
FROM "Webhook" w JOIN "Environment" e ON e.id = w."environmentId" LEFT JOIN "Automation" a ON a.id = w."automationId"
WHERE w.token = $1 AND w.enabled AND a."deletedAt" IS NULL`,
};

const longestId = 255;

/** Who emits what a webhook brings; the event names the webhook. */
const receiver: Viewer = { actor: systemActor, tokenId: null, roles: new Map(), expiresAt: null };

/** For the receiver, who reads the log; the sender learns no more than that it is refused. */
const forgeries: Record<Forgery, string> = {
  MISSING_HEADERS: 'The signature, or a header that belongs to it, is missing.',
  MALFORMED_TIMESTAMP: 'The timestamp is no whole number of seconds.',
  TOO_OLD: 'The timestamp is older than the webhook tolerates: a repeat, or a sender whose clock is wrong.',
  TOO_NEW: 'The timestamp is further in the future than the webhook tolerates: the clock of the sender is wrong.',
  WRONG_SIGNATURE: 'No signature is made with the secret over this body.',
};

/** Rolls back what was begun. */
class Refused extends Error {
  readonly reception: Reception;

  constructor(reception: Reception) {
    super('refused');
    this.reception = reception;
  }
}

const refused = (why: RefusalReason, message: string): Reception & { readonly kind: 'REFUSED' } => ({ kind: 'REFUSED', why, message });

/** Whether the webhook was deleted after it was found: the request refers to nothing. */
function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '23503';
}

export function createWebhooks(platform: Platform, room: Room): Webhooks {
  const { config, db, metrics, queue, wake } = platform;
  const log = createRequestLog(platform);

  /** How long the id of a message is known: at least for as long as its signature stays valid, to either side of its timestamp. */
  function knownMs({ verification, toleranceMs }: FoundWebhook): number {
    return verification === 'STANDARD_WEBHOOKS' ? Math.max(config.run.idempotencyMs, 2 * toleranceMs) : config.run.idempotencyMs;
  }

  /** Why a request is not its sender's; null: it is. */
  async function forgery(webhook: FoundWebhook, request: HookRequest): Promise<Forgery | null> {
    if (webhook.verification === 'NONE') return null;
    const secrets = validSecrets((await openSecrets(platform, [webhook.id])).get(webhook.id), { current, previous }, webhook.now);
    if (webhook.verification === 'HMAC_SHA256')
      return hmacForgery(secrets, headerOf(request, webhook.header ?? ''), webhook.encoding, request.body);
    const message = {
      id: headerOf(request, 'webhook-id'),
      timestamp: headerOf(request, 'webhook-timestamp'),
      signature: headerOf(request, 'webhook-signature'),
      body: request.body,
    };
    return standardForgery(secrets, message, { now: webhook.now, toleranceMs: webhook.toleranceMs });
  }

  async function attempt(webhook: FoundWebhook, address: HookAddress, request: HookRequest, messageId: string | null): Promise<Reception> {
    if (messageId !== null && messageId.length > longestId)
      return refused('MALFORMED', `The id of a message has at most ${longestId} characters.`);
    if (webhook.idHeader !== null && messageId === null) return refused('MALFORMED', `The header ${webhook.idHeader} is missing.`);
    const content = readContent(request, { signatureHeader: webhook.header, messageId }, config.run);
    if ('why' in content) return refused(content.why, content.message);
    const given = { webhook, content, request, messageId };
    if (webhook.eventType !== null && webhook.automationId === null)
      // It has no environments.
      return address.environmentKey === null
        ? makeEvent(given, webhook.eventType)
        : refused('UNKNOWN', 'There is nothing at this address.');
    const environmentKey = address.environmentKey ?? webhook.environmentKey;
    if (!keyPattern.test(environmentKey)) return refused('UNKNOWN', 'There is no such environment.');
    if (!webhook.live) return refused('NOT_LIVE', 'What this webhook triggers is disabled.');
    return makeRun(given, environmentKey);
  }

  interface Given {
    readonly webhook: FoundWebhook;
    readonly content: HookContent;
    readonly request: HookRequest;
    readonly messageId: string | null;
  }

  function entryOf({ webhook, content, request, messageId }: Given, made: Made): LoggedRequest {
    const { method, body, receivedAt } = request;
    const { query, headers } = content;
    const { workspaceId, id: webhookId } = webhook;
    return {
      id: newId(),
      workspaceId,
      webhookId,
      messageId,
      status: 'ACCEPTED',
      reason: null,
      ...made,
      method,
      query,
      headers,
      body,
      receivedAt,
    };
  }

  async function makeEvent(given: Given, type: string): Promise<Reception> {
    const { webhook, content } = given;
    const made: Made = { runId: null, eventId: newId() };
    const known = await transactPlainly(platform, receiver, async (work) => {
      const earlier = await acceptRequest(work.sql, entryOf(given, made), knownMs(webhook));
      if (earlier === null)
        await emitEvents(work, [
          {
            ...(made.eventId === null ? {} : { id: made.eventId }),
            workspaceId: webhook.workspaceId,
            type,
            source: `/webhooks/${webhook.id}`,
            entity: null,
            data: JSON.parse(content.input) as Json,
            previous: null,
            changed: [],
            cause: { ...fromClient, webhookId: webhook.id },
          },
        ]);
      return earlier;
    });
    return known === null ? { kind: 'ACCEPTED', ...made } : { kind: 'DUPLICATE', ...known };
  }

  async function makeRun(given: Given, environmentKey: string): Promise<Reception> {
    const { webhook, content } = given;
    const run: NewRun = {
      id: newId(),
      workspaceId: webhook.workspaceId,
      automationId: webhook.automationId,
      automationKey: null,
      versionId: null,
      environmentKey,
      input: content.input,
      priority: null,
      idempotencyKey: null,
      trigger: 'WEBHOOK',
      actorKind: 'SYSTEM',
      actorId: null,
      scheduleId: null,
      retriedFromId: null,
      dispatched: room.wakes(webhook.workspaceId),
    };
    const made: Made = { runId: run.id, eventId: null };
    const known = await db.begin(async (sql) => {
      const earlier = await acceptRequest(sql, entryOf(given, made), knownMs(webhook));
      if (earlier === null) await insertRun(sql, run);
      return earlier;
    });
    if (known !== null) return { kind: 'DUPLICATE', ...known };
    // After the commit, and never awaited: what Redis loses is pulled by the workers.
    if (run.dispatched) queue.wake([run.id]);
    wake.send('batch');
    room.added(webhook.workspaceId);
    metrics.runsTriggered.inc({ trigger: 'WEBHOOK' });
    return { kind: 'ACCEPTED', ...made };
  }

  async function insertRun(sql: Sql, run: NewRun): Promise<void> {
    // Asked only now: a repeat of what was accepted is answered even when the queue is full.
    const cap = room.fullAt(run.workspaceId);
    if (cap !== null) throw new Refused(refused('QUEUE_FULL', 'Too many runs wait here already; try again later.'));
    const row = (await insertNewRuns(sql, [run])).get(run.id);
    if (row?.automationId == null) throw new Refused(refused('UNKNOWN', 'There is nothing at this address.'));
    if (row.environmentId === null) throw new Refused(refused('UNKNOWN', 'There is no such environment.'));
    if (row.versionId === null) throw new Refused(refused('NOT_LIVE', 'Nothing is deployed in this environment.'));
  }

  return {
    find: async (token) => (await db.sql.query<FoundWebhook>(findWebhook, [token]))[0] ?? null,
    receive: async (webhook, address, request) => {
      const messageId = headerOf(request, webhook.idHeader ?? 'webhook-id') || null;
      const forged = await forgery(webhook, request);
      if (forged !== null) {
        await log.add(webhook, { request, status: 'REJECTED', messageId, reason: forgeries[forged], made: null });
        return refused('FORGED', 'The signature of this request is not valid.');
      }
      const reception = await attempt(webhook, address, request, messageId).catch((error: unknown) => {
        if (error instanceof Refused) return error.reception;
        if (isGone(error)) return refused('UNKNOWN', 'There is nothing at this address.');
        throw error;
      });
      if (reception.kind === 'DUPLICATE')
        await log.add(webhook, { request, status: 'DUPLICATE', messageId, reason: null, made: reception });
      if (reception.kind === 'REFUSED')
        await log.add(webhook, { request, status: 'REJECTED', messageId, reason: reception.message, made: null });
      return reception;
    },
    refuse: (webhook, request, reason) => log.add(webhook, { request, status: 'REJECTED', messageId: null, reason, made: null }),
  };
}
