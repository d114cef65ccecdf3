/** A bounded number of places, given in the order in which they were asked for. */
export interface Places {
  /** How many wait for one. */
  waiting(): number;
  /** Rejects with the reason of `signal` when it aborts first; then there is nothing to give back. */
  take(signal: AbortSignal): Promise<void>;
  give(): void;
}

export function createPlaces(total: number): Places {
  let free = total;
  const waiting = new Set<() => void>();
  return {
    waiting: () => waiting.size,
    take: (signal) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason as Error);
        if (free > 0) {
          free -= 1;
          return resolve();
        }
        const turn = (): void => {
          signal.removeEventListener('abort', gone);
          resolve();
        };
        const gone = (): void => {
          waiting.delete(turn);
          reject(signal.reason as Error);
        };
        waiting.add(turn);
        signal.addEventListener('abort', gone, { once: true });
      }),
    give: () => {
      const [next] = waiting;
      if (next === undefined) {
        free += 1;
        return;
      }
      waiting.delete(next);
      next();
    },
  };
}
