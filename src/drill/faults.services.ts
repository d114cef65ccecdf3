import { stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from '#dev/server-process';
import { openRedis } from '#platform/redis/redis';
import { createLog } from '#platform/telemetry/log';
import type { FaultName } from './fault-names.js';
import type { Fault, Stage } from './faults.js';
import type { Line } from './line.js';
import { createRandom } from './random.js';

type ServiceFault = Extract<
  FaultName,
  | 'kill-redis'
  | 'freeze-redis'
  | 'empty-redis'
  | 'flush-redis'
  | 'half-open-redis'
  | 'full-redis'
  | 'stop-database'
  | 'kill-database'
  | 'slow-database'
  | 'lost-answers'
>;

const queued = { scope: 'QUEUED', apps: [] } as const;
const open = { scope: 'OPEN', apps: [] } as const;

const databases = ({ fleet }: Stage): Line[] => fleet.seats.map((seat) => seat.database);
const redisLines = ({ fleet }: Stage): Line[] => fleet.seats.map((seat) => seat.redis);

async function during(lines: readonly Line[], ms: number, begin: (line: Line) => void): Promise<void> {
  for (const line of lines) begin(line);
  try {
    await sleep(ms);
  } finally {
    for (const line of lines) line.mend();
  }
}

/** What commits by itself, or with others: names of statements as they go over the wire, and the end of a transaction. */
const commits = ['COMMIT', 'run.insert', 'run.claim', 'run.pull', 'run.write'];

/** Away for a while; `empty`: it comes back without what it knew. */
function endRedis(leastMs: number, mostMs: number, empty: boolean): Fault {
  return async ({ services, load, random }) => {
    load.burst(6, 300);
    await services.killRedis();
    try {
      await sleep(random.between(leastMs, mostMs));
    } finally {
      await services.startRedis(empty);
    }
    return queued;
  };
}

/** Started again at once. */
function endDatabase(signal: 'SIGQUIT' | 'SIGKILL'): Fault {
  return async ({ services, load, random }) => {
    load.burst(6, 500);
    await sleep(random.between(0, 300));
    await services.killPostgres(signal);
    await services.startPostgres();
    return open;
  };
}

export const serviceFaults: Readonly<Record<ServiceFault, Fault>> = {
  'kill-redis': endRedis(200, 1_500, false),
  'empty-redis': endRedis(0, 500, true),
  'freeze-redis': async ({ services, load, leaseMs }) => {
    const pid = services.redisPid();
    if (pid === null) return queued;
    load.burst(6, 300);
    process.kill(pid, 'SIGSTOP');
    try {
      await sleep(leaseMs + 1_000);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    return queued;
  },
  'flush-redis': async ({ services, load, quick }) => {
    const port = services.redisPort();
    if (port === null) return queued;
    const redis = openRedis(services.redisUrl(port), { name: 'drill', log: createLog('silent', {}), whenAway: 'wait' });
    try {
      for (let flushed = 0; flushed < (quick ? 6 : 20); flushed += 1) {
        load.burst(4, 200);
        await redis.flushall();
        await sleep(300);
      }
    } finally {
      redis.disconnect();
    }
    return queued;
  },
  'half-open-redis': async (stage) => {
    stage.load.burst(6, 300);
    await during(redisLines(stage), stage.quick ? 3_000 : 10_000, (line) => line.halfOpen());
    return queued;
  },
  'full-redis': async ({ services, load, impossible, quick }) => {
    const pid = services.redisPid();
    const limit = (size: string) => run('prlimit', ['--pid', String(pid), `--fsize=${size}:`], null);
    const able = await stat('/proc/self/limits').then(
      () => run('prlimit', ['--version'], null).then(Boolean, () => false),
      () => false,
    );
    if (pid === null || !able) {
      impossible.set('full-redis', 'needs prlimit, of Linux, to keep Redis from writing');
      return { scope: 'NONE', apps: [] };
    }
    // Whatever is appended beyond one byte is refused, as on a full disk: Redis then refuses every write.
    await limit('1');
    try {
      load.burst(8, 300);
      await sleep(quick ? 2_500 : 8_000);
    } finally {
      await limit('unlimited');
    }
    return queued;
  },
  'stop-database': endDatabase('SIGQUIT'),
  'kill-database': endDatabase('SIGKILL'),
  'slow-database': async (stage) => {
    stage.load.burst(10, 200);
    await during(databases(stage), stage.quick ? 3_000 : 8_000, (line) => line.delay(stage.random.between(20, 150)));
    return open;
  },
  'lost-answers': async (stage) => {
    // Drawn for each answer: of its own, so that the choices of later faults do not depend on how many there were.
    const chance = createRandom(stage.random.between(0, 1_000_000));
    stage.load.burst(10, 200);
    await during(databases(stage), stage.quick ? 2_500 : 8_000, (line) => line.swallow(commits, () => chance.next() < 0.1));
    return open;
  },
};
