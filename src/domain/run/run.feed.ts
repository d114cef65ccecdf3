import type { BulkOperation, Run } from '#platform/db/generated/prisma/client';
import { type Stream, createStreamGroup } from '#platform/events/stream';
import type { Platform } from '#platform/platform';
import { CursorExpiredError, InvalidInputError } from '#domain/errors';
import { createBulkChanges, createRunChanges } from './run.feed.changes.js';
import { encodeCursor } from './run.feed.cursor.js';
import { type FeedEvent, type FeedFilter, readBounds, readPage } from './run.feed.log.js';
import { type TailMember, createTail } from './run.feed.tail.js';

export type { FeedEvent, FeedFilter } from './run.feed.log.js';

export interface FeedRequest {
  readonly filter: FeedFilter;
  /** Every event after this position; null: from now on. */
  readonly after: bigint | null;
}

/** The live feed of this process (docs/protocol.md): one tail of the log, however many follow it. */
export interface Feed {
  /**
   * The wanted events in the order of their positions, each once. Rejects with CursorExpiredError, or InvalidInputError for a position that
   * does not exist yet; a stream whose consumer is slower than the retention ends with CursorExpiredError.
   */
  events(request: FeedRequest): Promise<Stream<FeedEvent>>;
  /** The run as given, then as it is after each change, coalesced to the latest; ends after the final state. */
  changes(run: Run): Stream<Run>;
  /** The same of a bulk operation. */
  bulkChanges(operation: BulkOperation): Stream<BulkOperation>;
  close(): Promise<void>;
}

/** Events that wait in memory for one consumer; beyond them it is read from the log again. */
export const mostWaiting = 2_000;

export function createFeed(platform: Platform): Feed {
  const { db } = platform;
  const tail = createTail(platform);
  const streams = createStreamGroup();
  const changes = createRunChanges(platform, streams);
  const bulkChanges = createBulkChanges(platform, streams);

  async function events({ filter, after }: FeedRequest): Promise<Stream<FeedEvent>> {
    if (after !== null) await checkCursor(after);
    let inbox: FeedEvent[] = [];
    let overflowed = false;
    let ring: () => void = () => undefined;
    const member: TailMember = {
      filter,
      take: (event) => {
        if (overflowed) return;
        if (inbox.length < mostWaiting) inbox.push(event);
        else {
          overflowed = true;
          inbox = [];
        }
        ring();
      },
    };
    const joinedAt = await tail.join(member);

    return streams.open<FeedEvent>({
      produce: async function* (bell, ended) {
        ring = () => bell.ring();
        // Everything up to `position` is dealt with, everything after `live` comes through the inbox; the log has what lies between.
        let position = after ?? joinedAt;
        let live = joinedAt;
        while (!ended()) {
          while (position < live) {
            const page = await readPage(db, filter, position, live);
            if (page.oldest !== null && page.oldest > position + 1n) throw expired(page.oldest);
            for (const event of page.events) {
              yield event;
              position = event.position;
            }
            position = page.upTo;
            if (ended()) return;
          }
          const taken = inbox;
          inbox = [];
          for (const event of taken) {
            // This process may have been behind the one that gave out `after`.
            if (event.position <= position) continue;
            yield event;
            position = event.position;
          }
          if (overflowed) {
            overflowed = false;
            live = tail.position();
          } else if (inbox.length === 0) {
            if (tail.position() > position) position = tail.position();
            await bell.heard();
          }
        }
      },
      closed: () => tail.leave(member),
    });
  }

  async function checkCursor(after: bigint): Promise<void> {
    const { oldest, newest } = await readBounds(db);
    if (oldest !== null && oldest > after + 1n) throw expired(oldest);
    if (after > (newest ?? 0n))
      throw new InvalidInputError([
        { path: ['after'], message: 'This cursor points to a place that the feed has not reached.', code: 'CURSOR' },
      ]);
  }

  return {
    events,
    changes: (run) => changes.follow(run),
    bulkChanges: (operation) => bulkChanges.follow(operation),
    close: async () => {
      streams.end(new Error('The server is stopping.'));
      await Promise.all([tail.close(), changes.close(), bulkChanges.close()]);
    },
  };
}

/** A cursor stands before the event after it, so the oldest usable one is the place before the oldest event. */
function expired(oldest: bigint): CursorExpiredError {
  return new CursorExpiredError(encodeCursor(oldest - 1n));
}
