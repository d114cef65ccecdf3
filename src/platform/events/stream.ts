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

/** Values for one consumer, which can be ended from both sides at any time. */
export interface Stream<Value> extends AsyncIterableIterator<Value, undefined, undefined> {
  /** Ends it from the producer's side: the consumer's next step rejects with the reason. */
  end(reason: Error): void;
  return(): Promise<IteratorResult<Value, undefined>>;
  /** The outcome of work that is done for its consumer; undefined as soon as it ends, while the work goes on and is of no use. */
  unlessEnded<Result>(work: Promise<Result>): Promise<Result | undefined>;
  /** Resolves when it has ended, from whichever side. */
  readonly ended: Promise<void>;
}

export function isStream(source: AsyncIterable<unknown>): source is Stream<unknown> {
  return 'unlessEnded' in source;
}

export interface StreamOptions<Value> {
  /** Waits for nothing but `bell` and statements, and returns when `ended` says so after a wait. */
  readonly produce: (bell: Bell, ended: () => boolean) => AsyncGenerator<Value, void, undefined>;
  /** Called once, however it ends. */
  readonly closed: () => void;
}

/**
 * An async generator alone cannot be stopped while it waits: `return()` would queue behind the wait. Here it rings the bell first.
 */
export function createStream<Value>({ produce, closed }: StreamOptions<Value>): Stream<Value> {
  const bell = createBell();
  let ended = false;
  let isClosed = false;
  let failure: Error | null = null;
  let resolveEnded: () => void = () => undefined;
  const whenEnded = new Promise<void>((resolve) => (resolveEnded = resolve));
  // Not `whenEnded` in a race: each race would stay with that promise for as long as the stream is open.
  let letGo: (() => void) | null = null;
  const values = produce(bell, () => ended);

  function close(): void {
    ended = true;
    bell.ring();
    letGo?.();
    if (isClosed) return;
    isClosed = true;
    closed();
    resolveEnded();
    // Whoever was told of the end while a statement ran comes back for nothing: what the producer holds is given back after the statement.
    values.return().catch(() => undefined);
  }

  const stream: Stream<Value> = {
    ended: whenEnded,
    [Symbol.asyncIterator]: () => stream,
    unlessEnded: (work) =>
      new Promise((resolve, reject) => {
        const leave = () => resolve(undefined);
        const stay = () => {
          if (letGo === leave) letGo = null;
        };
        if (ended) leave();
        else letGo = leave;
        work.then(resolve, reject).finally(stay);
      }),
    next: async () => {
      try {
        // A statement may take long, and who may not hear its outcome is told so without it.
        const step = await stream.unlessEnded(values.next());
        if (failure !== null) {
          const reason = failure;
          failure = null;
          throw reason;
        }
        if (step !== undefined && step.done !== true && !ended) return step;
        close();
        return { done: true, value: undefined };
      } catch (error) {
        close();
        throw error;
      }
    },
    return: async () => {
      close();
      await values.return();
      return { done: true, value: undefined };
    },
    end: (reason) => {
      if (ended) return;
      failure = reason;
      close();
    },
  };
  return stream;
}

/** The open streams of one owner. */
export interface StreamGroup {
  open<Value>(options: StreamOptions<Value>): Stream<Value>;
  /** Ends all that are open. */
  end(reason: Error): void;
}

export function createStreamGroup(): StreamGroup {
  const open = new Set<Stream<unknown>>();
  return {
    open: (options) => {
      const stream = createStream({
        produce: options.produce,
        closed: () => {
          open.delete(stream);
          options.closed();
        },
      });
      open.add(stream);
      return stream;
    },
    end: (reason) => {
      for (const stream of open) stream.end(reason);
    },
  };
}
