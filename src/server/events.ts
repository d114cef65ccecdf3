/** An iterator that can be ended from outside at any time, also while its next event is being waited for. */
export interface Events<Event> extends AsyncGenerator<Event, undefined, undefined> {
  return(): Promise<IteratorResult<Event, undefined>>;
}

export interface Mapping<Event> {
  readonly event: (event: Event) => Event;
  /** The last event, in place of a failure of the source or of `event`. */
  readonly failure: (error: unknown) => Event;
  /** Called once: the source ended, failed, or was given up. */
  readonly done: () => void;
}

/** An async generator function would not do: its `return` waits for the event that it is waiting for. */
export function mapEvents<Event>(source: AsyncIterable<Event>, { event, failure, done }: Mapping<Event>): Events<Event> {
  const iterator = source[Symbol.asyncIterator]();
  let ended = false;
  const end = (): IteratorReturnResult<undefined> => {
    if (!ended) done();
    ended = true;
    return { done: true, value: undefined };
  };
  const giveUp = async () => {
    const first = !ended;
    end();
    if (first) await iterator.return?.();
    return end();
  };
  return {
    next: async () => {
      if (ended) return end();
      try {
        const step = await iterator.next();
        return step.done === true ? end() : { done: false, value: event(step.value) };
      } catch (error) {
        end();
        // It may be the mapping that failed, and the source still open.
        void iterator.return?.().catch(() => undefined);
        return { done: false, value: failure(error) };
      }
    },
    return: giveUp,
    throw: giveUp,
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
