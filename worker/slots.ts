/** The places of a worker: how many runs it executes at once. */
export interface Slots {
  free(): number;
  /** Takes up to `most` places at once, waiting up to `waitMs` for the first one; answers how many. */
  take(most: number, waitMs: number): Promise<number>;
  give(count: number): void;
  /** Resolves when at least `count` places are free, when `signal` aborts, or after `waitMs`. */
  available(count: number, signal: AbortSignal, waitMs?: number): Promise<void>;
}

export function createSlots(total: number, changed: (busy: number) => void): Slots {
  let free = total;
  const waiters = new Set<{ readonly count: number; readonly done: () => void }>();

  /** Resolves on enough places, on the signal, or after a time: whichever comes first. */
  function wait(count: number, signal: AbortSignal | null, ms: number | null): Promise<void> {
    return new Promise((resolve) => {
      let timer: NodeJS.Timeout | undefined;
      const waiter = {
        count,
        done: () => {
          waiters.delete(waiter);
          clearTimeout(timer);
          signal?.removeEventListener('abort', waiter.done);
          resolve();
        },
      };
      if (free >= count || signal?.aborted === true) return resolve();
      waiters.add(waiter);
      if (ms !== null) timer = setTimeout(waiter.done, ms);
      signal?.addEventListener('abort', waiter.done);
    });
  }

  return {
    free: () => free,
    take: async (most, waitMs) => {
      if (free === 0) await wait(1, null, waitMs);
      const taken = Math.min(free, most);
      free -= taken;
      changed(total - free);
      return taken;
    },
    give: (count) => {
      free += count;
      changed(total - free);
      for (const waiter of waiters) if (free >= waiter.count) waiter.done();
    },
    available: (count, signal, waitMs) => wait(Math.min(count, total), signal, waitMs ?? null),
  };
}
