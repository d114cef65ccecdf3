/** The places of a worker: how many runs it executes at once. */
export interface Slots {
  free(): number;
  /** Takes up to `most` places at once, waiting in line for the first one, up to so many milliseconds or until the signal aborts; answers how many. */
  take(most: number, patience: number | AbortSignal): Promise<number>;
  give(count: number): void;
  /** Resolves when at least `count` places are free, when `signal` aborts, or after `waitMs`. */
  available(count: number, signal: AbortSignal, waitMs?: number): Promise<void>;
}

export function createSlots(total: number, changed: (busy: number) => void): Slots {
  let free = total;
  const waiters = new Set<{ readonly count: number; readonly done: () => void }>();

  /** Resolves on enough places, on the signal, or after a time: whichever comes first; `then` is called in that moment. */
  function wait<Result>(count: number, signal: AbortSignal | null, ms: number | null, then: () => Result): Promise<Result> {
    return new Promise((resolve) => {
      let timer: NodeJS.Timeout | undefined;
      const waiter = {
        count,
        done: () => {
          waiters.delete(waiter);
          clearTimeout(timer);
          signal?.removeEventListener('abort', waiter.done);
          resolve(then());
        },
      };
      if (free >= count || signal?.aborted === true) return resolve(then());
      waiters.add(waiter);
      if (ms !== null) timer = setTimeout(waiter.done, ms);
      signal?.addEventListener('abort', waiter.done);
    });
  }

  function taken(most: number): number {
    const count = Math.min(free, most);
    free -= count;
    changed(total - free);
    return count;
  }

  return {
    free: () => free,
    // A place goes to one of those who wait for it: the others would find none, and give up.
    take: (most, patience) => {
      if (free > 0 || patience === 0) return Promise.resolve(taken(most));
      return typeof patience === 'number' ? wait(1, null, patience, () => taken(most)) : wait(1, patience, null, () => taken(most));
    },
    give: (count) => {
      free += count;
      changed(total - free);
      for (const waiter of waiters) if (free >= waiter.count) waiter.done();
    },
    available: (count, signal, waitMs) => wait(Math.min(count, total), signal, waitMs ?? null, () => undefined),
  };
}
