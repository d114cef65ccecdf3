import { setTimeout as sleep } from 'node:timers/promises';
import type { Fleet, Seat } from './fleet.js';
import { listProcesses } from './programs.js';
import type { DrillServices } from './services.js';
import { holderOf } from './watch.js';

/** Kills every process that a run is executed in, as a run would that brings its process down. */
export interface Hunt {
  /** Processes that were killed. */
  readonly killed: number;
  /** Of them, those in which it was alone. */
  readonly solo: number;
}

export interface HuntParts {
  readonly services: DrillServices;
  readonly fleet: Fleet;
  readonly runId: string;
  /** A whole worker goes: told so that it is on record and started again. */
  readonly killWorker: (seat: Seat) => Promise<void>;
  readonly over: () => boolean;
}

const lookMs = 100;

export async function hunt({ services, fleet, runId, killWorker, over }: HuntParts): Promise<Hunt> {
  let killed = 0;
  let solo = 0;
  let lastEpoch = 0;
  while (!over()) {
    await sleep(lookMs);
    const holder = await holderOf(services, runId).catch(() => null);
    if (holder === null || holder.epoch === lastEpoch) continue;
    const seat = fleet.workers.find(({ program }) => program.name === holder.app);
    if (seat === undefined) continue;
    if (!holder.solo) {
      killed += 1;
      lastEpoch = holder.epoch;
      await killWorker(seat);
      continue;
    }
    for (const { pid, parent, command } of await listProcesses())
      if (parent === seat.program.pid && command.includes('solo.main')) {
        lastEpoch = holder.epoch;
        killed += 1;
        solo += 1;
        process.kill(pid, 'SIGKILL');
      }
  }
  return { killed, solo };
}
