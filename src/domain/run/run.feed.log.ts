import type { Database, Statement } from '#platform/db/database';
import type { RunEventType, RunStatus } from '#platform/db/generated/prisma/enums';
import type { FeedBounds, FeedLog, FeedPage } from '#domain/feed';
import { runCursor } from './run.feed.cursor.js';

/** One event of the feed, complete without a further query. */
export interface FeedEvent {
  readonly position: bigint;
  readonly workspaceId: string;
  readonly runId: string;
  readonly automationId: string | null;
  readonly sequence: number;
  readonly type: RunEventType;
  readonly at: Date;
  readonly status: RunStatus;
  readonly stepPath: string | null;
  readonly data: unknown;
}

/** Which events are wanted; a condition that is null lets all through. */
export interface FeedFilter {
  readonly workspaceIds: readonly string[];
  readonly automationIds: readonly string[] | null;
  readonly runIds: readonly string[] | null;
  readonly types: readonly RunEventType[] | null;
  readonly statuses: readonly RunStatus[] | null;
}

function wants(filter: FeedFilter, event: FeedEvent): boolean {
  return (
    (filter.automationIds === null || (event.automationId !== null && filter.automationIds.includes(event.automationId))) &&
    (filter.runIds === null || filter.runIds.includes(event.runId)) &&
    (filter.types === null || filter.types.includes(event.type)) &&
    (filter.statuses === null || filter.statuses.includes(event.status))
  );
}

// LIMIT 1 in the joins changes nothing (it is a primary key) but the plan: a look-up per position, whatever the statistics say.
const columns = 'p.position, p."workspaceId", p."runId", p.sequence, e."automationId", e.type, e.at, e.status, e."stepPath", e.data';
const eventOfPosition = 'CROSS JOIN LATERAL (SELECT * FROM "RunEvent" WHERE "runId" = p."runId" AND sequence = p.sequence LIMIT 1) e';

const bounds: Statement = { name: 'feed.bounds', text: 'SELECT min(position) AS oldest, max(position) AS newest FROM "FeedPosition"' };

const tail: Statement = {
  name: 'feed.tail',
  text: `SELECT ${columns} FROM "FeedPosition" p ${eventOfPosition} WHERE p.position > $1 ORDER BY p.position LIMIT $2`,
};

const page: Statement = {
  name: 'feed.page',
  text: `
SELECT bound.oldest, page.* FROM (SELECT min(position) AS oldest FROM "FeedPosition") bound
LEFT JOIN LATERAL (
  SELECT ${columns} FROM "FeedPosition" p ${eventOfPosition}
  WHERE p.position > $1 AND p.position <= $2 AND p."workspaceId" = ANY($3::uuid[])
    AND ($4::uuid[] IS NULL OR e."automationId" = ANY($4))
    AND ($5::uuid[] IS NULL OR p."runId" = ANY($5))
    AND ($6::text[] IS NULL OR e.type::text = ANY($6))
    AND ($7::text[] IS NULL OR e.status::text = ANY($7))
  ORDER BY p.position LIMIT $8
) page ON true ORDER BY page.position`,
};

async function readBounds(db: Database): Promise<FeedBounds> {
  const [row] = await db.sql.query<FeedBounds>(bounds, []);
  return row ?? { oldest: null, newest: null };
}

function readTail(db: Database, after: bigint, most: number): Promise<FeedEvent[]> {
  return db.sql.query<FeedEvent>(tail, [after, most]);
}

/** Positions that one statement looks at, so that a filter which matches little does not make it long. */
const window = 20_000n;
const pageSize = 500;

async function readPage(db: Database, filter: FeedFilter, after: bigint, upTo: bigint): Promise<FeedPage<FeedEvent>> {
  const end = upTo - after > window ? after + window : upTo;
  const rows = await db.sql.query<{ readonly oldest: bigint | null } & (FeedEvent | { readonly position: null })>(page, [
    after,
    end,
    filter.workspaceIds,
    filter.automationIds,
    filter.runIds,
    filter.types,
    filter.statuses,
    pageSize,
  ]);
  const events = rows.filter((row) => row.position !== null);
  return { events, upTo: events.length < pageSize ? end : (events.at(-1)?.position ?? end), oldest: rows[0]?.oldest ?? null };
}

/** The log of events of runs. */
export const runFeedLog: FeedLog<FeedEvent, FeedFilter> = {
  name: 'feed',
  channel: 'feed',
  cursor: runCursor,
  readBounds,
  readTail,
  readPage,
  wants,
};
