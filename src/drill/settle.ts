import { setTimeout as sleep } from 'node:timers/promises';
import type { Reader } from './readers.js';
import type { DrillServices } from './services.js';
import { lastOf, openWork, readOpen } from './watch.js';

/** What is open for so long while nothing else ends is stuck; a machine that is slow is no reason. */
const settleMs = 60_000;
const longestMs = 300_000;

export interface Settled {
  /** From the last fault until nothing was open; null: something was stuck. */
  readonly seconds: number | null;
  /** What was open then, for a person to read. */
  readonly open: readonly string[];
}

/** Waits until nothing is open and every reader has heard everything, or something is stuck. */
export async function settle(services: DrillServices, readers: readonly Reader[], since: number, signal: AbortSignal): Promise<Settled> {
  let least = Infinity;
  let deadline = since + settleMs;
  while (performance.now() < Math.min(deadline, since + longestMs)) {
    signal.throwIfAborted();
    const { runs, unplaced } = await openWork(services).catch(() => ({ runs: Infinity, unplaced: Infinity }));
    if (runs === 0 && unplaced === 0) {
      const seconds = (performance.now() - since) / 1_000;
      await untilHeard(services, readers, signal);
      return { seconds, open: [] };
    }
    if (runs + unplaced < least) {
      least = runs + unplaced;
      deadline = Math.max(deadline, performance.now() + settleMs);
    }
    await sleep(100, undefined, { signal });
  }
  return { seconds: null, open: await readOpen(services) };
}

const hearMs = 10_000;

/** Readers that miss something never get there: they are given some time, and then judged. */
async function untilHeard(services: DrillServices, readers: readonly Reader[], signal: AbortSignal): Promise<void> {
  const last = new Map<string, string | null>();
  for (const { workspace } of readers) last.set(workspace.uuid, await lastOf(services, workspace.uuid));
  const deadline = performance.now() + hearMs;
  while (performance.now() < deadline && !readers.every(({ heard, workspace }) => (heard.at(-1) ?? null) === last.get(workspace.uuid)))
    await sleep(50, undefined, { signal });
}
