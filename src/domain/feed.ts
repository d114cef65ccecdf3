import type { Database } from '#platform/db/database';
import type { Stream, StreamGroup } from '#platform/events/stream';
import type { WakeChannel } from '#platform/events/wake';
import type { Platform } from '#platform/platform';
import { CursorExpiredError, InvalidInputError } from '#domain/errors';
import type { CursorForm } from './feed-cursor.js';
import { FeedStream } from './feed-stream.js';
import { createTail } from './feed-tail.js';

/** Something that has its place in a feed. */
export interface InFeed {
  readonly position: bigint;
  readonly workspaceId: string;
}

export interface OfWorkspaces {
  readonly workspaceIds: readonly string[];
}

/** Null: the log is empty. */
export interface FeedBounds {
  readonly oldest: bigint | null;
  readonly newest: bigint | null;
}

export interface FeedPage<Event> {
  readonly events: readonly Event[];
  /** Everything up to here was looked at. */
  readonly upTo: bigint;
  /** The oldest position that was still kept at that moment. */
  readonly oldest: bigint | null;
}

/** What a feed is read from: events with positions that a sequencer gave them. */
export interface FeedLog<Event extends InFeed, Filter extends OfWorkspaces> {
  /** In logs. */
  readonly name: string;
  /** On which new positions are told. */
  readonly channel: WakeChannel;
  readonly cursor: CursorForm;
  readBounds(db: Database): Promise<FeedBounds>;
  /** The events after a position, of every workspace. */
  readTail(db: Database, after: bigint, most: number): Promise<Event[]>;
  /** The wanted events after a position and up to another one, as far as one page goes. */
  readPage(db: Database, filter: Filter, after: bigint, upTo: bigint): Promise<FeedPage<Event>>;
  /** The same question as the one that `readPage` asks in SQL, without the workspace, by which the tail sorts its members. */
  wants(filter: Filter, event: Event): boolean;
}

export interface FeedRequest<Filter> {
  readonly filter: Filter;
  /** Every event after this position; null: from now on. */
  readonly after: bigint | null;
}

/** A feed as this process follows it (docs/protocol.md): one tail of the log, however many follow it. */
export interface Following<Event, Filter> {
  /**
   * The wanted events in the order of their positions, each once. Rejects with CursorExpiredError, or InvalidInputError for a position that
   * does not exist yet; a stream whose consumer is slower than the retention ends with CursorExpiredError.
   */
  events(request: FeedRequest<Filter>): Promise<Stream<Event>>;
  close(): Promise<void>;
}

/** `streams` are ended by their owner before this is closed. */
export function followFeed<Event extends InFeed, Filter extends OfWorkspaces>(
  platform: Platform,
  log: FeedLog<Event, Filter>,
  streams: StreamGroup,
): Following<Event, Filter> {
  const { db } = platform;
  const tail = createTail(platform, log);
  const source = {
    tail,
    readPage: async (filter: Filter, after: bigint, upTo: bigint) => {
      const page = await log.readPage(db, filter, after, upTo);
      if (page.oldest !== null && page.oldest > after + 1n) throw expired(page.oldest);
      return page;
    },
  };

  async function events({ filter, after }: FeedRequest<Filter>): Promise<Stream<Event>> {
    if (after !== null) await checkCursor(after);
    const stream = new FeedStream(source, filter);
    await stream.join(after);
    streams.add(stream);
    return stream;
  }

  async function checkCursor(after: bigint): Promise<void> {
    const { oldest, newest } = await log.readBounds(db);
    if (oldest !== null && oldest > after + 1n) throw expired(oldest);
    if (after > (newest ?? 0n))
      throw new InvalidInputError([
        { path: ['after'], message: 'This cursor points to a place that the feed has not reached.', code: 'CURSOR' },
      ]);
  }

  /** A cursor stands before the event after it, so the oldest usable one is the place before the oldest event. */
  function expired(oldest: bigint): CursorExpiredError {
    return new CursorExpiredError(log.cursor.encode(oldest - 1n));
  }

  return { events, close: () => tail.close() };
}
