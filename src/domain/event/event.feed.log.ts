import type { Database, Statement } from '#platform/db/database';
import type { ActorKind } from '#platform/db/generated/prisma/enums';
import type { FeedBounds, FeedLog, FeedPage, OfWorkspaces } from '#domain/feed';
import { eventCursor } from './event.feed.cursor.js';

/** An event without what may be large. */
export interface LightEvent {
  readonly id: string;
  readonly workspaceId: string;
  readonly type: string;
  readonly source: string;
  readonly entityId: string | null;
  /** The key of its blueprint. */
  readonly blueprint: string | null;
  readonly sequence: number;
  readonly changed: readonly string[];
  readonly actorKind: ActorKind;
  readonly actorId: string | null;
  readonly actorName: string;
  readonly causeRunId: string | null;
  readonly causeEventId: string | null;
  readonly causeWebhookId: string | null;
  readonly depth: number;
  readonly at: Date;
}

/** One event of the feed. */
export interface PlacedEvent extends LightEvent {
  readonly position: bigint;
  /** The labels of the record. */
  readonly labels: readonly string[] | null;
  /** What it tells, where it is small; else it is read when it is asked for, so that followers who are slow hold little of it. */
  readonly told: { readonly data: unknown; readonly previous: unknown } | null;
}

/** Which events are wanted; a condition that is null lets all through. */
export interface EventFeedFilter extends OfWorkspaces {
  readonly blueprints: readonly string[] | null;
  readonly entityIds: readonly string[] | null;
  readonly types: readonly string[] | null;
  /** The record has one of these labels. */
  readonly labels: readonly string[] | null;
}

function wants(filter: EventFeedFilter, event: PlacedEvent): boolean {
  return (
    (filter.blueprints === null || (event.blueprint !== null && filter.blueprints.includes(event.blueprint))) &&
    (filter.entityIds === null || (event.entityId !== null && filter.entityIds.includes(event.entityId))) &&
    (filter.types === null || filter.types.includes(event.type)) &&
    (filter.labels === null || (event.labels ?? []).some((label) => filter.labels?.includes(label) === true))
  );
}

/** Bytes of `data` and `previous` together, as they are stored, up to which they travel with the event. */
const smallBytes = 4_096;

const small = `coalesce(pg_column_size(e.data), 0) + coalesce(pg_column_size(e.previous), 0) <= ${smallBytes}`;
const labels = `coalesce(e.data->'labels', e.data->'record'->'labels')`;
const columns = `p.position, e.id, e."workspaceId", e.type, e.source, e."entityId", e.blueprint, e.sequence, e.changed, e."actorKind", e."actorId", e."actorName",
  e."causeRunId", e."causeEventId", e."causeWebhookId", e.depth, e.at,
  CASE WHEN e."entityId" IS NOT NULL AND jsonb_typeof(${labels}) = 'array' THEN ${labels} END AS labels,
  CASE WHEN ${small} THEN jsonb_build_object('data', e.data, 'previous', e.previous) END AS told`;
// LIMIT 1 changes nothing (it is a primary key) but the plan: a look-up per position, whatever the statistics say.
const eventOfPosition = 'CROSS JOIN LATERAL (SELECT * FROM "Event" WHERE id = p."eventId" LIMIT 1) e';

const bounds: Statement = {
  name: 'events.bounds',
  text: 'SELECT min(position) AS oldest, max(position) AS newest FROM "EventPosition"',
};

const tail: Statement = {
  name: 'events.tail',
  text: `SELECT ${columns} FROM "EventPosition" p ${eventOfPosition} WHERE p.position > $1 ORDER BY p.position LIMIT $2`,
};

const page: Statement = {
  name: 'events.page',
  text: `
SELECT bound.oldest, page.* FROM (SELECT min(position) AS oldest FROM "EventPosition") bound
LEFT JOIN LATERAL (
  SELECT ${columns} FROM "EventPosition" p ${eventOfPosition}
  WHERE p.position > $1 AND p.position <= $2 AND p."workspaceId" = ANY($3::uuid[])
    AND ($4::text[] IS NULL OR e.blueprint = ANY($4))
    AND ($5::uuid[] IS NULL OR e."entityId" = ANY($5))
    AND ($6::text[] IS NULL OR e.type = ANY($6))
    AND ($7::text[] IS NULL OR (e."entityId" IS NOT NULL AND ${labels} ?| $7))
  ORDER BY p.position LIMIT $8
) page ON true ORDER BY page.position`,
};

async function readBounds(db: Database): Promise<FeedBounds> {
  const [row] = await db.sql.query<FeedBounds>(bounds, []);
  return row ?? { oldest: null, newest: null };
}

function readTail(db: Database, after: bigint, most: number): Promise<PlacedEvent[]> {
  return db.sql.query<PlacedEvent>(tail, [after, most]);
}

/** Positions that one statement looks at, so that a filter which matches little does not make it long. */
const window = 20_000n;
const pageSize = 500;

async function readPage(db: Database, filter: EventFeedFilter, after: bigint, upTo: bigint): Promise<FeedPage<PlacedEvent>> {
  const end = upTo - after > window ? after + window : upTo;
  const rows = await db.sql.query<{ readonly oldest: bigint | null } & (PlacedEvent | { readonly position: null })>(page, [
    after,
    end,
    filter.workspaceIds,
    filter.blueprints,
    filter.entityIds,
    filter.types,
    filter.labels,
    pageSize,
  ]);
  const events = rows.filter((row) => row.position !== null);
  return { events, upTo: events.length < pageSize ? end : (events.at(-1)?.position ?? end), oldest: rows[0]?.oldest ?? null };
}

/** The log of events of records and of the clients' own. */
export const eventFeedLog: FeedLog<PlacedEvent, EventFeedFilter> = {
  name: 'event feed',
  channel: 'placed',
  cursor: eventCursor,
  readBounds,
  readTail,
  readPage,
  wants,
};
