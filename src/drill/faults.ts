import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '#platform/clock';
import type { Api } from './api.js';
import type { FaultName } from './fault-names.js';
import { serviceFaults } from './faults.services.js';
import type { Fleet, Seat } from './fleet.js';
import type { Guest } from './ground.js';
import type { Load } from './load.js';
import type { PhaseSizes } from './phases.js';
import type { Random } from './random.js';
import { type Reader, type Revocation, revoke } from './readers.js';
import type { DrillServices } from './services.js';
import { type FaultRecord, type FaultScope, heldBy, takenOver, working } from './watch.js';

/** What faults are made of. */
export interface Stage {
  readonly services: DrillServices;
  readonly fleet: Fleet;
  readonly load: Load;
  readonly readers: readonly Reader[];
  readonly guests: Guest[];
  readonly api: Api;
  /** Of the front: leads to the next API process. */
  readonly frontPort: () => number | null;
  readonly random: Random;
  readonly leaseMs: number;
  readonly quick: boolean;
  readonly sizes: PhaseSizes;
  readonly revocations: Revocation[];
  /** What cannot be done on this machine, and why. */
  readonly impossible: Map<FaultName, string>;
}

/** What a fault touched. */
export interface Touched {
  readonly scope: FaultScope;
  readonly apps: readonly string[];
}

export type Fault = (stage: Stage) => Promise<Touched>;

const none: Touched = { scope: 'NONE', apps: [] };
const heldMs = 20_000;
const takenOverMs = 8_000;
const takenBackMs = 12_000;
const reconnectingMs = 120_000;

/** Waits until every worker is up, so that one can take over from the other, and the given one has runs in its hands, so that something is hit. */
async function untilHolding({ services, load, fleet }: Stage, seat: Seat): Promise<void> {
  const deadline = performance.now() + heldMs;
  // Asked anew each time: the poison run may have one of them killed meanwhile.
  const apps = () => fleet.workers.map((seat) => seat.program.name);
  load.burst(10, 1_500);
  while (performance.now() < deadline && (await working(services, apps()).catch(() => 0)) < fleet.workers.length) {
    await sleep(100);
    load.burst(1, 300);
  }
  for (let looks = 0; performance.now() < deadline; looks += 1) {
    if ((await heldBy(services, seat.program.name).catch(() => 0)) > 1) return;
    await sleep(20);
    if (looks % 50 === 49) load.burst(10, 1_500);
  }
}

const held = (seat: Seat): Touched => ({ scope: 'HELD', apps: [seat.program.name] });

/**
 * Beyond the lease, until others have taken a run of the process over and are at it: what the process then still writes about it is
 * kept out by nothing but its fence.
 */
async function beyondLease({ services, leaseMs }: Stage, { program }: Seat): Promise<void> {
  const since = systemClock.now();
  await sleep(leaseMs);
  const deadline = performance.now() + leaseMs + takenOverMs;
  while (performance.now() < deadline && !(await takenOver(services, program.name, since).catch(() => false))) await sleep(20);
}

async function freeze(seat: Seat, until: () => Promise<unknown>): Promise<void> {
  seat.program.signal('SIGSTOP');
  try {
    await until();
  } finally {
    seat.program.signal('SIGCONT');
  }
}

export const faults: Readonly<Record<Exclude<FaultName, 'poison'>, Fault>> = {
  ...serviceFaults,
  'kill-worker': async (stage) => {
    const seat = stage.random.pick(stage.fleet.workers);
    await untilHolding(stage, seat);
    const touched = held(seat);
    const { name } = seat.program;
    await stage.fleet.kill(seat);
    // The next fault may keep its runs from being taken back, and that would say nothing.
    const deadline = performance.now() + takenBackMs;
    while (performance.now() < deadline && (await heldBy(stage.services, name).catch(() => 0)) > 0) await sleep(50);
    return touched;
  },
  'freeze-worker': async (stage) => {
    const seat = stage.random.pick(stage.fleet.workers);
    await untilHolding(stage, seat);
    const touched = held(seat);
    await freeze(seat, () => beyondLease(stage, seat));
    return touched;
  },
  'kill-api': async (stage) => {
    stage.load.burst(10, 200);
    await sleep(stage.random.between(0, 30));
    await stage.fleet.kill(stage.random.pick(stage.fleet.apis));
    return none;
  },
  'freeze-api': async (stage) => {
    const seat = stage.random.pick(stage.fleet.apis);
    stage.load.burst(10, 200);
    // A load balancer needs a moment to see it.
    const seen = sleep(1_000).then(() => (seat.ready = false));
    await freeze(seat, () => sleep(stage.leaseMs + 2_000));
    await seen;
    seat.ready = true;
    return none;
  },
  'cut-database': async (stage) => {
    const seat = stage.random.pick(stage.fleet.workers);
    await untilHolding(stage, seat);
    seat.database.cut();
    try {
      await beyondLease(stage, seat);
    } finally {
      seat.database.mend();
    }
    return held(seat);
  },
  'step-clock': async (stage) => {
    const seat = stage.random.pick(stage.fleet.workers);
    await untilHolding(stage, seat);
    // The steps are those of clock.main.ts; the fifth leads back.
    for (let step = 1; step <= 5; step += 1) {
      seat.program.signal('SIGUSR2');
      if (step < 5) await sleep(stage.quick ? 700 : 2_500);
    }
    return held(seat);
  },
  roll: async (stage) => {
    const { fleet, random, quick, leaseMs } = stage;
    // What earlier faults have left behind is not the restart's.
    await sleep(leaseMs * 1.5);
    const seats = quick ? [random.pick(fleet.apis), random.pick(fleet.workers)] : fleet.seats;
    const apps: string[] = [];
    for (const seat of seats) {
      if (seat.kind === 'worker') await untilHolding(stage, seat);
      apps.push(seat.program.name);
      await fleet.roll(seat);
    }
    return { scope: 'HELD', apps };
  },
  revoke: async (stage) => {
    const { api, frontPort, guests, random, revocations } = stage;
    for (const guest of guests.splice(0, stage.quick ? 2 : 5))
      revocations.push(
        await revoke(guest, random, frontPort, async () => {
          await api.write('removeMember', { id: guest.membership }, '__typename');
        }),
      );
    return none;
  },
  reconnect: async ({ readers, sizes, random }) => {
    const made = (): number => readers.reduce((all, reader) => all + reader.reconnects, 0);
    const wanted = made() + sizes.reconnects;
    const deadline = performance.now() + reconnectingMs;
    // 50 in a second; what ends before it is there does not count.
    while (made() < wanted && performance.now() < deadline) {
      readers[random.between(0, readers.length - 1)]?.drop();
      await sleep(20);
    }
    return none;
  },
};

/** Makes one fault and takes it down. */
export async function make(name: Exclude<FaultName, 'poison'>, stage: Stage): Promise<FaultRecord> {
  const since = systemClock.now();
  const touched = await faults[name](stage);
  return { name, since, until: systemClock.now(), ...touched };
}
