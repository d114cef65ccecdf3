/**
 * Natural batching: the first item goes at once, what arrives while a flush is in flight goes together in the next one.
 * No timer, so an idle system adds no latency and a busy one shares its round trips.
 */
export interface BatchOptions<Item, Result> {
  /** Answers one result per item, in order. */
  readonly flush: (items: readonly Item[]) => Promise<readonly Result[]>;
  /** Most items in a flush. */
  readonly most: number;
  /** Flushes in flight at once; more than one loses order between batches. */
  readonly lanes?: number;
  /** Whether an error may be one item's fault, so that the others are tried without it; by default it may. */
  readonly separable?: (error: unknown) => boolean;
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

export interface Batch<Item, Result> {
  add(item: Item): Promise<Result>;
  /** Resolves when nothing is waiting or in flight. */
  idle(): Promise<void>;
}

export function createBatch<Item, Result>(options: BatchOptions<Item, Result>): Batch<Item, Result> {
  const { flush, most, lanes = 1, separable = () => true } = options;
  let waiting: Waiting<Item, Result>[] = [];
  let inFlight = 0;
  let scheduled = false;
  const idlers: (() => void)[] = [];

  async function send(group: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await flush(group.map((entry) => entry.item));
      group.forEach((entry, index) => entry.resolve(results[index] as Result));
    } catch (error) {
      // One bad item must fail alone: halve until it stands by itself.
      if (group.length === 1 || !separable(error)) for (const entry of group) entry.reject(error);
      else {
        const middle = group.length >> 1;
        await send(group.slice(0, middle));
        await send(group.slice(middle));
      }
    }
  }

  function next(): void {
    scheduled = false;
    while (waiting.length > 0 && inFlight < lanes) {
      const group = waiting.slice(0, most);
      waiting = waiting.slice(most);
      inFlight += 1;
      void send(group).finally(() => {
        inFlight -= 1;
        next();
      });
    }
    if (waiting.length === 0 && inFlight === 0) for (const done of idlers.splice(0)) done();
  }

  return {
    add: (item) =>
      new Promise<Result>((resolve, reject) => {
        waiting.push({ item, resolve, reject });
        if (!scheduled && inFlight < lanes) {
          scheduled = true;
          // A macrotask later, so that everything which became ready in this turn of the loop shares the first flush.
          setImmediate(next);
        }
      }),
    idle: () => new Promise((resolve) => (waiting.length === 0 && inFlight === 0 ? resolve() : void idlers.push(resolve))),
  };
}
