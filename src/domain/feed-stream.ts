import { Stream } from '#platform/events/stream';
import type { FeedPage, InFeed, OfWorkspaces } from './feed.js';
import type { Tail, TailMember } from './feed-tail.js';

/** Where the events of one reader come from. */
export interface FeedSource<Event, Filter> {
  readonly tail: Tail<Event, Filter>;
  /** The wanted events after a position and up to another one, as far as one page goes. Rejects with CursorExpiredError. */
  readPage(filter: Filter, after: bigint, upTo: bigint): Promise<FeedPage<Event>>;
}

/** Events that wait in memory for one reader; beyond them it is read from the log again. */
const mostWaiting = 2_000;

/** Events that were taken and are still in the inbox before it is made smaller: what an event is answered with is kept as long as it is. */
const mostTaken = 200;

/**
 * The wanted events in the order of their positions, each once. Everything up to `position` is dealt with, everything after `live` comes
 * from the tail; the log has what lies between.
 */
export class FeedStream<Event extends InFeed, Filter extends OfWorkspaces> extends Stream<Event> implements TailMember<Event, Filter> {
  readonly filter: Filter;
  readonly #source: FeedSource<Event, Filter>;
  #position = 0n;
  #live = 0n;
  /** From the log. */
  #page: FeedPage<Event> | null = null;
  #pageTaken = 0;
  /** From the tail. */
  #inbox: Event[] = [];
  #inboxTaken = 0;
  /** The tail brought more than may wait, and nothing of it is kept until the log is read again. */
  #overflowed = false;

  constructor(source: FeedSource<Event, Filter>, filter: Filter) {
    super();
    this.#source = source;
    this.filter = filter;
  }

  /** Begins after a position; null: now. */
  async join(after: bigint | null): Promise<void> {
    this.#live = await this.#source.tail.join(this);
    this.#position = after ?? this.#live;
  }

  receive(event: Event): void {
    if (!this.#overflowed) {
      if (this.#inbox.length - this.#inboxTaken < mostWaiting) this.#inbox.push(event);
      else this.#overflow();
    }
    this.ring();
  }

  #overflow(): void {
    const oldest = this.#inbox[this.#inboxTaken];
    // All that was wanted before it has been taken, unless the log is still being read up to there.
    if (oldest !== undefined && this.#page === null && this.#position >= this.#live && oldest.position > this.#position)
      this.#position = oldest.position - 1n;
    this.#overflowed = true;
    this.#emptyInbox();
  }

  protected override atHand(): Event | undefined {
    return this.#fromPage() ?? (this.#position < this.#live ? undefined : this.#fromInbox());
  }

  #fromPage(): Event | undefined {
    if (this.#page === null) return undefined;
    const event = this.#page.events[this.#pageTaken];
    this.#pageTaken += 1;
    if (event !== undefined) return event;
    this.#position = this.#page.upTo;
    this.#page = null;
    return undefined;
  }

  #fromInbox(): Event | undefined {
    while (this.#inboxTaken < this.#inbox.length) {
      const event = this.#inbox[this.#inboxTaken];
      this.#inboxTaken += 1;
      if (this.#inboxTaken === mostTaken) {
        this.#inbox.splice(0, mostTaken);
        this.#inboxTaken = 0;
      }
      // This process may have been behind the one that gave out the cursor.
      if (event === undefined || event.position <= this.#position) continue;
      this.#position = event.position;
      return event;
    }
    this.#emptyInbox();
    if (this.#overflowed) {
      this.#overflowed = false;
      this.#live = this.#source.tail.position();
    }
    return undefined;
  }

  #emptyInbox(): void {
    if (this.#inbox.length > 0) this.#inbox = [];
    this.#inboxTaken = 0;
  }

  protected override fetch(): Promise<void> | null {
    return this.#position < this.#live ? this.#readPage() : null;
  }

  async #readPage(): Promise<void> {
    this.#page = await this.#source.readPage(this.filter, this.#position, this.#live);
    this.#pageTaken = 0;
  }

  protected override release(): undefined {
    this.#source.tail.leave(this);
  }
}
