import type { NotificationEvent, RecipientKind } from '#platform/db/generated/prisma/enums';
import type { Sql, Statement } from '#platform/db/database';
import { newId } from '#platform/ids';
import type { Platform } from '#platform/platform';
import { finalStatuses } from '#domain/run/run.status';
import { type OwnedFailure, ownerMails } from './notification.owner.js';
import { type FinishedRun, type Payload, eventOfStatus, ownerStatuses, runPayload } from './notification.payload.js';

/**
 * Makes deliveries of the ends of runs. It reads the live feed behind a position of its own: deliveries and the new position commit together,
 * so an end is told once, whichever process was reading and whenever it was killed.
 */

const start: Statement = {
  name: 'notify.start',
  // The past is not told: who adds a recipient wants to hear what comes.
  text: `INSERT INTO "FeedReader" (name, position) SELECT 'notifications', coalesce(max(position), 0) FROM "FeedPosition" ON CONFLICT (name) DO NOTHING`,
};

const hold: Statement = {
  name: 'notify.hold',
  text: `SELECT position FROM "FeedReader" WHERE name = 'notifications' FOR UPDATE SKIP LOCKED`,
};

const move: Statement = { name: 'notify.move', text: `UPDATE "FeedReader" SET position = $1 WHERE name = 'notifications'` };

const bounds: Statement = {
  name: 'notify.bounds',
  text: `SELECT min(position) AS oldest, max(position) AS newest, clock_timestamp() AS now FROM "FeedPosition"`,
};

const wanted: Statement = {
  name: 'notify.wanted',
  text: `
SELECT array_agg(DISTINCT g."workspaceId") AS "workspaceIds", array_agg(DISTINCT event) AS events
FROM "NotificationGroup" g CROSS JOIN LATERAL unnest(g.events::text[]) AS event
WHERE g.enabled AND EXISTS (SELECT FROM "Recipient" r WHERE r."groupId" = g.id AND r.enabled)`,
};

/** LIMIT 1 changes nothing (it is a primary key) but the plan: a look-up per position, whatever the statistics say. */
const finished: Statement = {
  name: 'notify.finished',
  text: `
SELECT p.position, r.id AS "runId", r."workspaceId", w.key AS "workspaceKey", w.name AS "workspaceName",
  a.id AS "automationId", a.kind AS "automationKind", a.key AS "automationKey", a.name AS "automationName",
  e.status, r.trigger, r."queuedAt", r."startedAt", coalesce(r."finishedAt", e.at) AS "finishedAt", r."errorCode", left(r."errorMessage", 2000) AS "errorMessage"
FROM "FeedPosition" p
CROSS JOIN LATERAL (SELECT * FROM "RunEvent" WHERE "runId" = p."runId" AND sequence = p.sequence LIMIT 1) e
JOIN "Run" r ON r.id = p."runId" JOIN "Workspace" w ON w.id = r."workspaceId" LEFT JOIN "Automation" a ON a.id = r."automationId"
WHERE p.position > $1 AND p.position <= $2 AND e.type = 'RUN_FINISHED' AND NOT r."dryRun"
  AND ((p."workspaceId" = ANY($3::uuid[]) AND e.status::text = ANY($4::text[])) OR (e.status::text = ANY($5::text[]) AND a."notifyOwner" AND a."ownerId" IS NOT NULL))
ORDER BY p.position LIMIT $6`,
};

const recipients: Statement = {
  name: 'notify.recipients',
  // One that is in several groups is told by each of them.
  text: `
SELECT f.id AS "runId", r.id AS "recipientId", r.kind, r.address
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[]) AS f(id, "workspaceId", "automationId", event)
LEFT JOIN "Automation" a ON a.id = f."automationId"
JOIN "NotificationGroup" g ON g."workspaceId" = f."workspaceId" AND g.enabled AND f.event::"NotificationEvent" = ANY(g.events)
  AND (g."appId" IS NULL OR g."appId" = a."appId") AND (g."automationId" IS NULL OR g."automationId" = f."automationId")
JOIN "Recipient" r ON r."groupId" = g.id AND r.enabled`,
};

const owners: Statement = {
  name: 'notify.owners',
  // An owner who has left the workspace hears nothing of it any more.
  text: `
SELECT f.id AS "runId", a.id AS "automationId", u.email AS address, last.id AS "lastId", last."createdAt" AS "lastAt", last."leftOut" AS "lastLeftOut"
FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS f(id, "automationId", nth)
JOIN "Automation" a ON a.id = f."automationId" AND a."notifyOwner"
JOIN "Membership" m ON m."workspaceId" = a."workspaceId" AND m."userId" = a."ownerId" JOIN "User" u ON u.id = m."userId"
LEFT JOIN LATERAL (
  SELECT d.id, d."createdAt", d."leftOut" FROM "Delivery" d WHERE d."automationId" = a.id AND d."recipientId" IS NULL AND d.event IS NOT NULL ORDER BY d.id DESC LIMIT 1
) last ON true
ORDER BY f.nth`,
};

const insert: Statement = {
  name: 'notify.insert',
  text: `
INSERT INTO "Delivery" (id, "workspaceId", "recipientId", kind, address, event, "automationId", "runId", payload, "leftOut", "nextAttemptAt", "createdAt")
SELECT id, "workspaceId", "recipientId", kind::"RecipientKind", address, event::"NotificationEvent", "automationId", "runId", payload::jsonb, "leftOut", clock_timestamp(), clock_timestamp()
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::uuid[], $8::uuid[], $9::text[], $10::int[])
  AS d(id, "workspaceId", "recipientId", kind, address, event, "automationId", "runId", payload, "leftOut")`,
};

const count: Statement = {
  name: 'notify.left-out',
  text: `UPDATE "Delivery" d SET "leftOut" = d."leftOut" + more.failures FROM unnest($1::uuid[], $2::int[]) AS more(id, failures) WHERE d.id = more.id`,
};

/** Positions that one pass looks at, and ends of runs that it tells at most; the rest follows in the next pass. */
const windowPositions = 5_000n;
const mostRuns = 100;
/** Rows of one INSERT. */
const chunk = 1_000;

interface NewDelivery {
  readonly id: string;
  readonly run: FinishedRun;
  readonly recipientId: string | null;
  readonly kind: RecipientKind;
  readonly address: string;
  readonly payload: Payload;
  readonly leftOut: number;
}

/** Takes the present end of the feed as the reader's first position, once per installation. */
export async function startNotifications(sql: Sql): Promise<void> {
  await sql.query(start, []);
}

export interface Reading {
  readonly deliveries: number;
  /** More may be there: the next pass need not wait. */
  readonly more: boolean;
  /** Events that were no longer kept when their turn came. */
  readonly missed: bigint;
}

const nothing: Reading = { deliveries: 0, more: false, missed: 0n };

/** Reads on from where the last pass ended, whichever process made it. While another process reads, it does nothing. */
export function readNotifications({ db, config, log }: Pick<Platform, 'db' | 'config' | 'log'>): Promise<Reading> {
  return db.begin(async (sql) => {
    const [reader] = await sql.query<{ position: bigint }>(hold, []);
    if (reader === undefined) return nothing;
    const [feed] = await sql.query<{ oldest: bigint | null; newest: bigint | null; now: Date }>(bounds, []);
    if (feed === undefined || feed.oldest === null || feed.newest === null || feed.newest === reader.position) return nothing;
    const kept = feed.oldest - 1n;
    const missed = reader.position < kept ? kept - reader.position : 0n;
    if (missed > 0n) log.warn({ missed: String(missed) }, 'events were no longer kept when notifications should have been made of them');
    const after = missed > 0n ? kept : reader.position;
    const [groups] = await sql.query<{ workspaceIds: string[] | null; events: NotificationEvent[] | null }>(wanted, []);
    const toOwners = config.mail === null ? [] : ownerStatuses;
    const statuses = finalStatuses.filter((status) => groups?.events?.includes(eventOfStatus[status]) === true);
    if (statuses.length === 0 && toOwners.length === 0) {
      await sql.query(move, [feed.newest]);
      return { ...nothing, missed };
    }
    const end = feed.newest - after > windowPositions ? after + windowPositions : feed.newest;
    const runs = await sql.query<FinishedRun & { readonly position: bigint }>(finished, [
      after,
      end,
      groups?.workspaceIds ?? [],
      statuses,
      toOwners,
      mostRuns,
    ]);
    const position = runs.length < mostRuns ? end : (runs.at(-1)?.position ?? end);
    const payloads = new Map(runs.map((run) => [run.runId, { run, payload: runPayload(run, config.publicUrl) }]));
    const deliveries = [...(await toRecipients(sql, payloads)), ...(toOwners.length === 0 ? [] : await toOwner(sql, payloads, feed.now))];
    await insertDeliveries(sql, deliveries);
    await sql.query(move, [position]);
    return { deliveries: deliveries.length, more: position < feed.newest, missed };
  });
}

type Payloads = ReadonlyMap<string, { readonly run: FinishedRun; readonly payload: Payload }>;

async function toRecipients(sql: Sql, payloads: Payloads): Promise<NewDelivery[]> {
  if (payloads.size === 0) return [];
  const runs = [...payloads.values()].map(({ run }) => run);
  const rows = await sql.query<{ runId: string; recipientId: string; kind: RecipientKind; address: string }>(recipients, [
    runs.map((run) => run.runId),
    runs.map((run) => run.workspaceId),
    runs.map((run) => run.automationId),
    runs.map((run) => eventOfStatus[run.status]),
  ]);
  return rows.flatMap(({ runId, ...recipient }) => {
    const told = payloads.get(runId);
    return told === undefined ? [] : [{ id: newId(), ...told, ...recipient, leftOut: 0 }];
  });
}

async function toOwner(sql: Sql, payloads: Payloads, now: Date): Promise<NewDelivery[]> {
  const failed = [...payloads.values()].filter(({ run }) => (ownerStatuses as readonly string[]).includes(run.status));
  if (failed.length === 0) return [];
  const rows = await sql.query<
    Omit<OwnedFailure, 'last'> & { readonly lastId: string | null; readonly lastAt: Date | null; readonly lastLeftOut: number | null }
  >(owners, [failed.map(({ run }) => run.runId), failed.map(({ run }) => run.automationId)]);
  const failures = rows.map(
    ({ lastId, lastAt, lastLeftOut, ...failure }): OwnedFailure => ({
      ...failure,
      last: lastId === null || lastAt === null ? null : { id: lastId, createdAt: lastAt, leftOut: lastLeftOut ?? 0 },
    }),
  );
  const { mails, counted } = ownerMails(failures, now, newId);
  if (counted.size > 0) await sql.query(count, [[...counted.keys()], [...counted.values()]]);
  return mails.flatMap(({ id, failure, before, after }): NewDelivery[] => {
    const told = payloads.get(failure.runId);
    if (told === undefined) return [];
    const payload = before === 0 ? told.payload : { ...told.payload, leftOut: before };
    return [{ id, run: told.run, recipientId: null, kind: 'EMAIL', address: failure.address, payload, leftOut: after }];
  });
}

async function insertDeliveries(sql: Sql, deliveries: readonly NewDelivery[]): Promise<void> {
  for (let from = 0; from < deliveries.length; from += chunk) {
    const some = deliveries.slice(from, from + chunk);
    await sql.query(insert, [
      some.map(({ id }) => id),
      some.map(({ run }) => run.workspaceId),
      some.map(({ recipientId }) => recipientId),
      some.map(({ kind }) => kind),
      some.map(({ address }) => address),
      some.map(({ run }) => eventOfStatus[run.status]),
      some.map(({ run }) => run.automationId),
      some.map(({ run }) => run.runId),
      some.map(({ payload }) => JSON.stringify(payload)),
      some.map(({ leftOut }) => leftOut),
    ]);
  }
}
