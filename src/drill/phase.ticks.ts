import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '#platform/clock';
import type { Stage } from './faults.js';
import type { FaultRecord } from './watch.js';

/** Seconds of which each schedule has to have one tick, and workers that were killed in them. */
export interface TickWindow {
  readonly from: Date;
  readonly seconds: number;
  readonly kills: number;
}

const secondMs = 1_000;
/** Deciding takes a few milliseconds from the turn of a second on: there a kill hurts. */
const decidingMs = 25;

/** Kills one worker after the other, each at the turn of a second, while schedules fire every second. */
export async function killWhileTicking(
  { fleet, random, sizes: { tickSeconds, tickKills } }: Stage,
  records: FaultRecord[],
  signal: AbortSignal,
): Promise<TickWindow> {
  const begin = Math.ceil(systemClock.now().getTime() / secondMs) * secondMs;
  const everyMs = Math.floor(tickSeconds / (tickKills + 1)) * secondMs;
  for (let kill = 1; kill <= tickKills; kill += 1) {
    const at = begin + kill * everyMs + random.between(0, decidingMs);
    await sleep(Math.max(0, at - systemClock.now().getTime()), undefined, { signal });
    const seat = random.pick(fleet.workers);
    const since = systemClock.now();
    const apps = [seat.program.name];
    await fleet.kill(seat);
    records.push({ name: 'kill-worker', since, until: systemClock.now(), scope: 'HELD', apps });
  }
  await sleep(Math.max(0, begin + tickSeconds * secondMs - systemClock.now().getTime()), undefined, { signal });
  return { from: new Date(begin), seconds: tickSeconds, kills: tickKills };
}
