import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '#platform/clock';
import type { Stage } from './faults.js';
import type { Fleet, Seat } from './fleet.js';
import { listProcesses } from './programs.js';
import type { DrillServices } from './services.js';
import { type FaultRecord, holderOf, isOver } from './watch.js';
import { automations, uuidOf } from './works.js';

/** Kills every process that a run is executed in, as a run would that brings its process down. */
export interface Hunt {
  /** Processes that were killed and in which it was alone. */
  readonly solo: number;
}

interface HuntParts {
  readonly services: DrillServices;
  readonly fleet: Fleet;
  readonly runId: string;
  /** A whole worker goes: told so that it is on record and started again. */
  readonly killWorker: (seat: Seat) => Promise<void>;
  readonly over: () => boolean;
}

const lookMs = 100;

async function hunt({ services, fleet, runId, killWorker, over }: HuntParts): Promise<Hunt> {
  let solo = 0;
  let lastEpoch = 0;
  while (!over()) {
    await sleep(lookMs);
    const holder = await holderOf(services, runId).catch(() => null);
    if (holder === null || holder.epoch === lastEpoch) continue;
    const seat = fleet.workers.find(({ program }) => program.name === holder.app);
    if (seat === undefined) continue;
    if (!holder.solo) {
      lastEpoch = holder.epoch;
      await killWorker(seat);
      continue;
    }
    for (const { pid, parent, command } of await listProcesses())
      if (parent === seat.program.pid && command.includes('solo.main')) {
        lastEpoch = holder.epoch;
        solo += 1;
        process.kill(pid, 'SIGKILL');
      }
  }
  return { solo };
}

const poisonMs = 120_000;

/** Triggers a poison run and hunts it, until it is final or two minutes are over. */
export async function startPoison(
  stage: Stage,
  records: FaultRecord[],
  workspace: string,
): Promise<{ readonly runId: string; readonly done: Promise<Hunt> }> {
  const { api, services, fleet } = stage;
  const answer = await api.write('triggerAction', { workspace, key: automations.poison }, 'run { id }');
  const runId = uuidOf((answer['run'] as { readonly id: string }).id);
  const deadline = performance.now() + poisonMs;
  let over = false;
  const watch = (async () => {
    while (!over && performance.now() < deadline) {
      await sleep(200, undefined, { ref: false });
      over = (await isOver(services, runId)) === true;
    }
    over = true;
  })();
  const killWorker = async (seat: Fleet['workers'][number]): Promise<void> => {
    const since = systemClock.now();
    const apps = [seat.program.name];
    await fleet.kill(seat);
    records.push({ name: 'poison-worker', since, until: systemClock.now(), scope: 'HELD', apps });
  };
  return { runId, done: Promise.all([hunt({ services, fleet, runId, killWorker, over: () => over }), watch]).then(([hunted]) => hunted) };
}
