/** What arrives for one reader, in order, until it ends. */
export interface Inbox<Value> extends AsyncIterable<Value> {
  /** False: there is no room for it, and it was not taken. */
  put(value: Value): boolean;
  /** Nothing comes after what is already there. With an error, the reader meets it then. */
  finish(error?: Error): void;
}

/** Holds at most `most` values that the reader has not asked for. */
export function createInbox<Value>(most: number): Inbox<Value> {
  let values: Value[] = [];
  let finished = false;
  let failure: Error | undefined;
  let wake: (() => void) | undefined;

  function changed(): void {
    wake?.();
    wake = undefined;
  }

  return {
    put: (value) => {
      // What comes after the end is not missed.
      if (finished) return true;
      if (values.length >= most) return false;
      values.push(value);
      changed();
      return true;
    },
    finish: (error) => {
      if (finished) return;
      finished = true;
      failure = error;
      changed();
    },
    [Symbol.asyncIterator]: async function* () {
      for (;;) {
        const taken = values;
        values = [];
        yield* taken;
        if (values.length > 0) continue;
        if (failure !== undefined) throw failure;
        if (finished) return;
        await new Promise<void>((resolve) => (wake = resolve));
      }
    },
  };
}
