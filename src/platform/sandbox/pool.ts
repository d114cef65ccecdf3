import { setPriority } from 'node:os';
import type { Log } from '#platform/telemetry/log';
import type { GuestLimits } from './messages.js';
import { processorMs } from './processor-time.js';
import { crashed, type SandboxError } from './sandbox-error.js';
import { type SandboxProcess, startProcess } from './sandbox-process.js';
import { createShares } from './shares.js';
import { createTurns, type Owned, type SandboxOwner } from './turns.js';

export interface PoolOptions {
  readonly processes: number;
  readonly spares: number;
  readonly log: Log;
}

/** A call that waits for a process. */
export interface Job extends Owned {
  /** Never rejects. Resolves to the processor time that it took; null: nobody knows. */
  start(process: SandboxProcess): Promise<number | null>;
  refuse(error: SandboxError): void;
}

/**
 * Gives processes to calls so that no code holds up that of others (docs/decisions/0008-sandbox-turns.md): owners take turns, code of
 * one name holds all processes but one, a process that is held long is replaced by a spare, and one that computes long does it behind
 * the others.
 */
export interface Pool {
  readonly ready: Promise<void>;
  add(job: Job): void;
  /** Of one that still waits. */
  remove(job: Job): void;
  close(): Promise<void>;
}

interface Lane {
  readonly process: SandboxProcess;
  started: boolean;
  held: boolean;
  /** Held so long that it counts no more towards the processes of the pool. */
  long: boolean;
  /** Behind others at the processor, for good: to go back takes rights that a container does not have. */
  low: boolean;
  timer: NodeJS.Timeout | undefined;
}

/** What others wait for a process at most before a spare is started. */
const longMs = 200;
/** How long a process that is held long is watched, and what it uses meanwhile when it computes rather than waits. */
const watchMs = 50;
const computesMs = 25;
/** A tenth of the processor time of others: enough to come to an end where much is going on. */
const lowPriority = 10;
/** How long a process that is not needed is kept for who may need it again. */
const surplusMs = 10_000;
/** After a process that ended while it started: whatever is wrong, it is not cured by haste. */
const restartMs = 1_000;

const isShort = (lane: Lane) => !lane.long && !lane.low;
const isReady = (lane: Lane) => lane.started && lane.process.isAlive();
const isFree = (lane: Lane) => !lane.held && isReady(lane);

export function createPool({ processes: size, spares, log }: PoolOptions, limits: GuestLimits, start = startProcess): Pool {
  const most = size + spares;
  const shares = createShares({ perTenant: Math.max(1, most - 1), perName: Math.max(1, size - 1) });
  const turns = createTurns<Job>();
  const processes = new Set<SandboxProcess>();
  const lanes = new Set<Lane>();
  const restarts = new Set<NodeJS.Timeout>();
  let closed = false;

  const ready = Promise.all(Array.from({ length: size }, () => launch())).then(() => undefined);

  return {
    ready,
    add: (job) => {
      turns.add(job);
      serveAll();
    },
    remove: (job) => turns.remove(job),
    close,
  };

  async function launch(): Promise<void> {
    const process = start(limits);
    const lane: Lane = { process, started: false, held: false, long: false, low: false, timer: undefined };
    processes.add(process);
    lanes.add(lane);
    void process.gone.then(() => {
      processes.delete(process);
      clearTimeout(lane.timer);
      if (!lanes.delete(lane) || closed) return;
      if (lane.started) {
        log.debug({ pid: process.pid }, 'sandbox process ended');
        replenish();
        return;
      }
      log.error({ pid: process.pid }, 'sandbox process ended while it started');
      if (lanes.size === 0) for (const job of turns.all()) job.refuse(crashed('No sandbox process can be started.'));
      const timer = setTimeout(() => {
        restarts.delete(timer);
        replenish();
      }, restartMs);
      restarts.add(timer);
    });
    try {
      await process.ready;
    } catch {
      return;
    }
    lane.started = true;
    rest(lane);
    serveAll();
    replenish();
  }

  function count(is: (lane: Lane) => boolean): number {
    let found = 0;
    for (const lane of lanes) if (is(lane)) found += 1;
    return found;
  }

  /** Makes up for processes that are held long: one at a time, as starting takes processor time from those who run. */
  function replenish(): void {
    if (closed || count(isShort) >= size || count((lane) => !lane.started) > 0) return;
    if (lanes.size >= most) {
      const idle = [...lanes].find((lane) => lane.low && isFree(lane));
      if (idle === undefined) return;
      retire(idle);
    }
    void launch();
  }

  function retire(lane: Lane): void {
    clearTimeout(lane.timer);
    lanes.delete(lane);
    lane.process.kill();
  }

  /** A free process that the owner may have; null: there is none now. */
  function laneFor(owner: SandboxOwner): Lane | null {
    const free = [...lanes].filter(isFree);
    const short = free.find(isShort) ?? null;
    if (!shares.isHeavy(owner, performance.now())) return count((lane) => lane.held && isShort(lane)) < size ? short : null;
    const low = free.find((lane) => lane.low);
    if (low !== undefined) return low;
    // It will be put behind the others, and a spare takes its time to start: none is taken while one is missing.
    return count((lane) => isShort(lane) && isReady(lane)) >= size ? short : null;
  }

  function serveAll(): void {
    for (;;) {
      const job = turns.take((owner) => shares.may(owner) && laneFor(owner) !== null);
      const lane = job === null ? null : laneFor(job.owner);
      if (job === null || lane === null) return;
      void serve(lane, job);
    }
  }

  async function serve(lane: Lane, job: Job): Promise<void> {
    const { owner } = job;
    const begun = performance.now();
    clearTimeout(lane.timer);
    lane.held = true;
    shares.take(owner);
    if (spares > 0 && !lane.low) {
      if (shares.isHeavy(owner, begun)) lower(lane);
      else lane.timer = setTimeout(() => becomeLong(lane), longMs);
    }
    const cpuMs = await job.start(lane.process);
    const ended = performance.now();
    clearTimeout(lane.timer);
    lane.held = false;
    lane.long = false;
    shares.give(owner, cpuMs ?? ended - begun, ended);
    rest(lane);
    serveAll();
    replenish();
  }

  function rest(lane: Lane): void {
    lane.held = false;
    if (isSurplus(lane)) lane.timer = setTimeout(() => retireUnlessNeeded(lane), surplusMs).unref();
  }

  function isSurplus(lane: Lane): boolean {
    return lane.low || count(isShort) > size;
  }

  /** Those that were there beside it may have ended meanwhile. */
  function retireUnlessNeeded(lane: Lane): void {
    if (isSurplus(lane)) retire(lane);
    replenish();
  }

  function becomeLong(lane: Lane): void {
    lane.long = true;
    replenish();
    serveAll();
    watch(lane);
  }

  /** Code that waits for others harms nobody; code that computes goes behind. */
  function watch(lane: Lane): void {
    const { pid = 0 } = lane.process;
    const before = processorMs(pid);
    lane.timer = setTimeout(() => {
      const after = processorMs(pid);
      if (before === null || after === null || after - before >= computesMs) lower(lane);
      else lane.timer = setTimeout(() => watch(lane), longMs);
    }, watchMs);
  }

  function lower(lane: Lane): void {
    const { pid } = lane.process;
    lane.low = true;
    try {
      if (pid !== undefined) setPriority(pid, lowPriority);
      lane.process.bearWith();
    } catch (error) {
      log.debug({ err: error, pid }, 'a sandbox process could not be put behind the others');
    }
    replenish();
  }

  async function close(): Promise<void> {
    closed = true;
    for (const timer of restarts) clearTimeout(timer);
    for (const lane of lanes) clearTimeout(lane.timer);
    for (const job of turns.all()) job.refuse(crashed('The sandbox is closed.'));
    await Promise.all(
      [...processes].map((process) => {
        process.kill();
        return process.gone;
      }),
    );
  }
}
