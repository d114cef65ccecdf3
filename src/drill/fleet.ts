import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { freePort } from '#dev/server-process';
import { systemClock } from '#platform/clock';
import type { Environment } from '#platform/config/config';
import type { Guard } from './guard.js';
import { type Line, openLine } from './line.js';
import { type Memory, watchMemory } from './memory.js';
import { type Program, startProgram } from './programs.js';
import type { DrillServices } from './services.js';
import type { Undo } from './undo.js';

/** A place for one process after the other: with lines of its own to the services. */
export interface Seat {
  readonly kind: 'api' | 'worker';
  readonly database: Line;
  readonly redis: Line;
  /** Of an API. */
  readonly port: number;
  readonly program: Program;
  /** It may be sent what is to be answered. */
  ready: boolean;
  /** Starts the next process here; the one before must be gone or going. */
  start(): Promise<void>;
}

export interface Stopped {
  readonly name: string;
  readonly at: Date;
  readonly code: number | NodeJS.Signals;
}

export interface Fleet {
  readonly apis: readonly [Seat, ...Seat[]];
  readonly workers: readonly [Seat, ...Seat[]];
  readonly seats: readonly Seat[];
  /** The next API that is ready, in turn. */
  nextApi(): number | null;
  /** Processes that were asked to stop, when, and how they ended. */
  readonly stopped: readonly Stopped[];
  /** Processes that ended by themselves, and how. They are started again. */
  readonly lost: readonly string[];
  /** Ends a process at once and starts the next one in its place. */
  kill(seat: Seat): Promise<void>;
  /** Stops a process as a deploy does; nothing is started in its place. */
  stop(seat: Seat): Promise<void>;
  /** Stops a process as a deploy does and starts the next one in its place. */
  roll(seat: Seat): Promise<void>;
  readonly memory: Memory;
}

export interface FleetOptions {
  /** Holds `dist`. */
  readonly root: string;
  /** Where the drill itself was loaded from: the module that steps clocks is beside it. */
  readonly clockModule: string;
  readonly guard: Guard;
  readonly apis: number;
  readonly workers: number;
  readonly environment: Environment;
  readonly services: DrillServices;
  readonly logDir: string;
  readonly signal: AbortSignal;
}

/** What a process printed at its end beside its log, or the end of that: what Node says of an error that nobody caught is many lines. */
function lastWords(log: string): string {
  const lines = log.trimEnd().split('\n').slice(-40);
  const plain = lines.filter((line) => !line.startsWith('{'));
  return (plain.length > 0 ? plain : lines.slice(-1)).join(' ').replace(/\s+/g, ' ').slice(0, 800);
}

const readyMs = 60_000;
const graceMs = 30_000;

export async function startFleet(options: FleetOptions, undo: Undo): Promise<Fleet> {
  const { services, signal } = options;
  const stopped: Stopped[] = [];
  const lost: string[] = [];
  const intended = new Set<string>();

  async function seatOf(kind: Seat['kind'], number: number): Promise<Seat> {
    const [database, redis] = await Promise.all([openLine(services.postgresPort), openLine(services.redisPort)]);
    undo.push(() => Promise.all([database.close(), redis.close()]));
    const port = await freePort();
    let generation = 0;
    const launch = (): Program => {
      generation += 1;
      const name = `${kind}-${number}.${generation}`;
      const started = startProgram({
        name,
        root: options.root,
        entry: kind === 'api' ? 'dist/src/server/main.js' : 'dist/worker/main.js',
        nodeArgs: kind === 'api' ? [] : ['--import', pathToFileURL(options.clockModule).href],
        environment: {
          ...options.environment,
          DATABASE_URL: services.databaseUrl(database.port, name),
          REDIS_URL: services.redisUrl(redis.port),
          PORT: String(port),
        },
        logDir: options.logDir,
      });
      options.guard.watch(started.pid);
      void started.ended.then(() => options.guard.release(started.pid));
      void started.ended.then(async (code) => {
        if (intended.has(name)) return;
        const log = await readFile(path.join(options.logDir, `${name}.log`), 'utf8').catch(() => '');
        // One that finds no database when it starts says so and ends, and is started again by whoever looks after it.
        if (log.includes('is ready"')) lost.push(`${name} (${code}): ${lastWords(log)}`);
        await seat.start().catch((error: unknown) => lost.push(String(error)));
      });
      return started;
    };
    let program = launch();
    undo.push(async () => {
      intended.add(program.name);
      program.signal('SIGKILL');
      await program.ended;
    });
    const seat: Seat = {
      kind,
      database,
      redis,
      port,
      get program() {
        return program;
      },
      ready: kind === 'worker',
      start: async () => {
        program = launch();
        if (kind === 'api') await untilReady(seat);
      },
    };
    return seat;
  }

  async function untilReady(seat: Seat): Promise<void> {
    const deadline = performance.now() + readyMs;
    while (performance.now() < deadline) {
      signal.throwIfAborted();
      const { program } = seat;
      if (!program.alive()) throw new Error(`${program.name} ended before it was ready; see its log in ${options.logDir}.`);
      const ok = await fetch(`http://127.0.0.1:${seat.port}/health/ready`, { signal: AbortSignal.timeout(2_000) }).then(
        (response) => response.ok,
        () => false,
      );
      if (ok) {
        seat.ready = true;
        return;
      }
      await sleep(50);
    }
    throw new Error(`${seat.program.name} was not ready within ${readyMs / 1_000} s.`);
  }

  const some = async (kind: Seat['kind'], count: number): Promise<[Seat, ...Seat[]]> => {
    const seats: [Seat, ...Seat[]] = [await seatOf(kind, 1)];
    for (let number = 2; number <= count; number += 1) seats.push(await seatOf(kind, number));
    return seats;
  };
  const apis = await some('api', options.apis);
  const workers = await some('worker', options.workers);
  const seats = [...apis, ...workers];
  await Promise.all(apis.map(untilReady));

  const memory = watchMemory(() => seats.map((seat) => seat.program.pid), undo);
  async function stop(seat: Seat): Promise<void> {
    const { program } = seat;
    intended.add(program.name);
    seat.ready = seat.kind === 'worker';
    const at = systemClock.now();
    program.signal('SIGTERM');
    const late = sleep(graceMs, undefined, { ref: false }).then(() => {
      program.signal('SIGKILL');
      return program.ended;
    });
    stopped.push({ name: program.name, at, code: await Promise.race([program.ended, late]) });
  }

  let turn = 0;
  return {
    apis,
    workers,
    seats,
    stopped,
    lost,
    memory,
    kill: async (seat) => {
      const { program } = seat;
      intended.add(program.name);
      seat.ready = seat.kind === 'worker';
      program.signal('SIGKILL');
      await program.ended;
      await seat.start();
    },
    nextApi: () => {
      const ready = apis.filter((seat) => seat.ready && seat.program.alive());
      turn += 1;
      return ready[turn % Math.max(ready.length, 1)]?.port ?? null;
    },
    stop,
    roll: async (seat) => {
      await stop(seat);
      await seat.start();
    },
  };
}
