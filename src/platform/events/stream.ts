/** Wakes one waiter, or lets the next one pass at once when nobody waits: a ring is never lost. */
export interface Bell {
  ring(): void;
  heard(): Promise<void>;
}

export function createBell(): Bell {
  let rung = false;
  let waiting: (() => void) | null = null;
  return {
    ring: () => {
      if (waiting === null) rung = true;
      else {
        waiting();
        waiting = null;
      }
    },
    heard: () =>
      new Promise((resolve) => {
        if (rung) {
          rung = false;
          resolve();
        } else waiting = resolve;
      }),
  };
}

/**
 * Values for one reader, which can be ended from both sides at any time. The reader takes what is at hand without a promise, and is called
 * when it is worth asking again: with thousands of readers, promises are most of what an event costs. `next` waits for one who would rather.
 */
export abstract class Stream<Value> implements AsyncIterableIterator<Value, undefined, undefined> {
  #heard: (() => void) | null = null;
  #fetching = false;
  #over = false;
  #reason: Error | null = null;
  #whenOver: readonly (() => void)[] = [];

  /** The next value, where none has to be waited for. */
  protected abstract atHand(): Value | undefined;

  /** Called when nothing is at hand: gets more. Null: there is nothing to get, and `ring` tells what comes by itself. */
  protected abstract fetch(): Promise<void> | null;

  /** Gives back what the values come from. Called once, however it ended. */
  protected abstract release(): Promise<unknown> | undefined;

  /** The next value; undefined: it is over, or the listener will be called. */
  take(): Value | undefined {
    if (this.#over) return undefined;
    const value = this.atHand();
    if (value === undefined && !this.#fetching) this.#fetchMore();
    return value;
  }

  #fetchMore(): void {
    const fetched = this.fetch();
    if (fetched === null) return;
    this.#fetching = true;
    fetched.then(
      () => {
        this.#fetching = false;
        if (!this.#over) this.ring();
      },
      (error: unknown) => this.end(error instanceof Error ? error : new Error(String(error))),
    );
  }

  /** `heard` is called when something came, and when it is over. There is one listener at a time. */
  listen(heard: () => void): void {
    this.#heard = heard;
  }

  protected ring(): void {
    this.#heard?.();
  }

  /** Nothing is handed out any more, whatever is at hand. */
  get over(): boolean {
    return this.#over;
  }

  /** Why it was ended; null where its values came to an end or its reader wanted no more. */
  get reason(): Error | null {
    return this.#reason;
  }

  whenOver(call: () => void): void {
    if (this.#over) call();
    // An array that is pushed to keeps room for sixteen more, in each of ten thousand streams.
    else this.#whenOver = [...this.#whenOver, call];
  }

  /** Ends it from the producer's side: the reader's next step fails with the reason. */
  end(reason: Error): void {
    if (this.#over) return;
    this.#reason = reason;
    void this.close();
  }

  protected close(): Promise<unknown> | undefined {
    if (this.#over) return undefined;
    this.#over = true;
    for (const call of this.#whenOver) call();
    this.#whenOver = [];
    const released = this.release();
    // Whoever fetches for it may come back late and fail: nobody is left to be told.
    released?.catch(() => undefined);
    this.ring();
    return released;
  }

  async next(): Promise<IteratorResult<Value, undefined>> {
    for (;;) {
      const value = this.take();
      if (value !== undefined) return { done: false, value };
      if (this.#over) break;
      await new Promise<void>((resolve) => this.listen(resolve));
    }
    const reason = this.#reason;
    this.#reason = null;
    if (reason !== null) throw reason;
    return { done: true, value: undefined };
  }

  async return(): Promise<IteratorResult<Value, undefined>> {
    await this.close();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

/** Values of an iterator, fetched one at a time when they are asked for. */
class IteratedStream<Value> extends Stream<Value> {
  readonly #values: AsyncIterator<Value>;
  readonly #stop: () => void;
  #value: Value | undefined;

  constructor(values: AsyncIterator<Value>, stop: () => void) {
    super();
    this.#values = values;
    this.#stop = stop;
  }

  protected override atHand(): Value | undefined {
    const value = this.#value;
    this.#value = undefined;
    return value;
  }

  protected override async fetch(): Promise<void> {
    const step = await this.#values.next();
    if (step.done === true) void this.close();
    else this.#value = step.value;
  }

  protected override release(): Promise<unknown> | undefined {
    this.#stop();
    return this.#values.return?.();
  }
}

export interface StreamOptions<Value> {
  /** Waits for nothing but `bell` and statements, and returns when `ended` says so after a wait. */
  readonly produce: (bell: Bell, ended: () => boolean) => AsyncGenerator<Value, void, undefined>;
  /** Called once, however it ends. */
  readonly closed: () => void;
}

/**
 * An async generator alone cannot be stopped while it waits: `return()` would queue behind the wait. Here its reader is told at once and the
 * bell is rung; what it holds is given back after the statement that it may wait for.
 */
export function createStream<Value>({ produce, closed }: StreamOptions<Value>): Stream<Value> {
  const bell = createBell();
  const stream: Stream<Value> = new IteratedStream(
    produce(bell, () => stream.over),
    () => {
      bell.ring();
      closed();
    },
  );
  return stream;
}

/** The source itself where it is a stream. */
export function streamOf(source: AsyncIterable<unknown>): Stream<unknown> {
  return source instanceof Stream ? source : new IteratedStream(source[Symbol.asyncIterator](), () => undefined);
}

/** The open streams of one owner. */
export interface StreamGroup {
  add(stream: Stream<unknown>): void;
  open<Value>(options: StreamOptions<Value>): Stream<Value>;
  /** Ends all that are open. */
  end(reason: Error): void;
}

export function createStreamGroup(): StreamGroup {
  const open = new Set<Stream<unknown>>();
  function add(stream: Stream<unknown>): void {
    open.add(stream);
    stream.whenOver(() => open.delete(stream));
  }
  return {
    add,
    open: (options) => {
      const stream = createStream(options);
      add(stream);
      return stream;
    },
    end: (reason) => {
      for (const stream of open) stream.end(reason);
    },
  };
}
