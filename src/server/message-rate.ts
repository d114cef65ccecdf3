import type { Clock } from '#platform/clock';

/** Messages are counted on average over this time, so that a client may start with a burst. */
const windowSeconds = 10;

/** A bucket that holds ten seconds' messages and fills at `perSecond`; answers whether one more may come. */
export function createMessageRate(perSecond: number, clock: Clock): () => boolean {
  const most = perSecond * windowSeconds;
  let left = most;
  let seenAt = clock.elapsed();
  return () => {
    const now = clock.elapsed();
    left = Math.min(most, left + ((now - seenAt) / 1_000) * perSecond);
    seenAt = now;
    if (left < 1) return false;
    left -= 1;
    return true;
  };
}
