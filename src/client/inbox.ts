/** What arrives for one reader, in order, until it ends. */
export interface Inbox<Value> extends AsyncIterable<Value> {
  put(value: Value): void;
  /** Nothing comes after what is already there. With an error, the reader meets it then. */
  finish(error?: Error): void;
}

export function createInbox<Value>(): Inbox<Value> {
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
      if (finished) return;
      values.push(value);
      changed();
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
