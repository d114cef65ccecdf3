import type { WebhookRequestStatus } from '#platform/db/generated/prisma/enums';
import type { Sql, Statement } from '#platform/db/database';
import { firstIdAt, newId } from '#platform/ids';
import { storableText } from '#platform/json';
import type { Platform } from '#platform/platform';
import { type HookRequest, readQuery, shownHeaders } from './trigger.content.js';

/** A request for the log of a webhook. */
export interface LoggedRequest {
  readonly id: string;
  readonly workspaceId: string;
  readonly webhookId: string;
  readonly messageId: string | null;
  readonly status: WebhookRequestStatus;
  readonly reason: string | null;
  readonly runId: string | null;
  readonly eventId: string | null;
  readonly method: string;
  readonly query: Readonly<Record<string, string | readonly string[]>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly receivedAt: Date;
}

const insert = `
INSERT INTO "WebhookRequest" AS known (id, "workspaceId", "webhookId", "messageId", status, reason, "runId", method, query, headers, body, "receivedAt", "eventId")
VALUES ($1::uuid, $2::uuid, $3::uuid, $4, $5::"WebhookRequestStatus", $6, $7::uuid, $8, $9::jsonb, $10::jsonb, $11::bytea, $12::timestamptz, $13::uuid)`;

const log: Statement = { name: 'webhook.log', text: insert };

const accept: Statement = {
  name: 'webhook.accept',
  // Whoever has the id in an open transaction is waited for. One that is older than repeats are known gives it up.
  text: `${insert}
ON CONFLICT ("webhookId", "messageId") WHERE status = 'ACCEPTED'::"WebhookRequestStatus"
DO UPDATE SET "messageId" = NULL, reason = 'Its message id was used again later.' WHERE known."receivedAt" < $14::timestamptz
RETURNING id`,
};

const findAccepted: Statement = {
  name: 'webhook.accepted',
  text: `SELECT "runId", "eventId" FROM "WebhookRequest" WHERE "webhookId" = $1::uuid AND "messageId" = $2 AND status = 'ACCEPTED'::"WebhookRequestStatus"`,
};

function valuesOf(request: LoggedRequest): unknown[] {
  return [
    request.id,
    request.workspaceId,
    request.webhookId,
    request.messageId,
    request.status,
    request.reason,
    request.runId,
    request.method,
    JSON.stringify(request.query),
    JSON.stringify(request.headers),
    request.body,
    request.receivedAt,
    request.eventId,
  ];
}

/** What a request made: a run or an event. */
export interface Made {
  readonly runId: string | null;
  readonly eventId: string | null;
}

/**
 * Logs a request that makes something, unless an earlier one with its message id, `knownMs` old at most, has made it: then that is
 * answered. Null: it is logged.
 */
export async function acceptRequest(sql: Sql, request: LoggedRequest, knownMs: number): Promise<Made | null> {
  const since = new Date(request.receivedAt.getTime() - knownMs);
  // Once more when an old one gave up the id or was deleted meanwhile.
  for (let tries = 0; tries < 5; tries += 1) {
    const [row] = await sql.query<{ id: string }>(accept, [...valuesOf(request), since]);
    if (row?.id === request.id) return null;
    const [known] = row === undefined ? await sql.query<Made>(findAccepted, [request.webhookId, request.messageId]) : [];
    if (known !== undefined) return known;
  }
  throw new Error('A message id was taken by others again and again.');
}

/** Of requests that make nothing, so many are logged per webhook and minute by one process, and so much of their bodies: anybody can send them. */
const mostPerMinute = 10;
const mostBytes = 4_096;

export interface RequestLog {
  /** Logs a request that makes nothing. Never rejects: the answer does not depend on it. */
  add(webhook: { readonly id: string; readonly workspaceId: string; readonly header: string | null }, entry: Unmade): Promise<void>;
}

export interface Unmade {
  readonly request: HookRequest;
  readonly status: 'DUPLICATE' | 'REJECTED';
  readonly messageId: string | null;
  readonly reason: string | null;
  /** What an earlier one made. */
  readonly made: Made | null;
}

export function createRequestLog({ clock, db, log: processLog }: Platform): RequestLog {
  let minute = -1;
  let counts = new Map<string, number>();

  function mayLog(webhookId: string): boolean {
    const now = Math.floor(clock.elapsed() / 60_000);
    if (now !== minute) counts = new Map();
    minute = now;
    const count = (counts.get(webhookId) ?? 0) + 1;
    counts.set(webhookId, count);
    return count <= mostPerMinute;
  }

  return {
    add: async (webhook, { request, status, messageId, reason, made }) => {
      if (!mayLog(webhook.id)) return;
      const values = valuesOf({
        id: newId(),
        workspaceId: webhook.workspaceId,
        webhookId: webhook.id,
        messageId: messageId?.slice(0, 255) ?? null,
        status,
        reason,
        runId: made?.runId ?? null,
        eventId: made?.eventId ?? null,
        method: request.method,
        query: storable(readQuery(request.query)),
        headers: shownHeaders(request, webhook.header),
        body: request.body.subarray(0, mostBytes),
        receivedAt: request.receivedAt,
      });
      await db.sql
        .query(log, values)
        .catch((error: unknown) => processLog.warn({ err: error }, 'a request to a webhook could not be logged'));
    },
  };
}

/** What PostgreSQL can store of a query, whose percent-encoding may hide NUL. */
function storable(query: ReturnType<typeof readQuery>): ReturnType<typeof readQuery> {
  return Object.fromEntries(
    Object.entries(query).map(([name, value]) => [
      storableText(name),
      Array.isArray(value) ? value.map(storableText) : storableText(value),
    ]),
  );
}

/** How long requests are kept. */
const keptMs = 7 * 86_400_000;

const forget: Statement = {
  name: 'webhook.forget',
  // Ids are in the order of time, so the oldest are at the start of the primary key. Rows in use are left for the next one.
  text: `DELETE FROM "WebhookRequest" WHERE id IN (SELECT id FROM "WebhookRequest" WHERE id < $1::uuid ORDER BY id LIMIT 1000 FOR UPDATE SKIP LOCKED) RETURNING 1 AS gone`,
};

const databaseTime: Statement = { name: 'webhook.now', text: 'SELECT now()' };

/** Deletes some requests that are older than they are kept; answers how many. Any number of workers may call it. */
export async function forgetRequests(sql: Sql): Promise<number> {
  const [clock] = await sql.query<{ now: Date }>(databaseTime, []);
  if (clock === undefined) return 0;
  return (await sql.query(forget, [firstIdAt(clock.now.getTime() - keptMs)])).length;
}
