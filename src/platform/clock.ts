/**
 * This process's clock. It is used for durations and for what is shown, never to decide what is due:
 * that is decided by the database's clock, which all processes share.
 */
export interface Clock {
  now(): Date;
  /** Milliseconds that only grow, for measuring. */
  elapsed(): number;
}

export const systemClock: Clock = {
  now: () => new Date(),
  elapsed: () => performance.now(),
};
