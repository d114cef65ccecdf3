import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import { freePort } from '#dev/server-process';
import { type Services, startServices } from '#dev/services';
import type { Environment } from '#platform/config/config';
import { packageRoot } from '#platform/package';
import { type Redis, openRedis } from '#platform/redis/redis';
import { createLog } from '#platform/telemetry/log';
import { testSecretsKeys } from '#test/support/secrets';
import { type CpuTimes, cpuOfTree, memoryOf, postmasterOf } from './cpu.js';
import type { BenchOptions } from './options.js';
import { until } from './pace.js';
import { type Spawned, start } from './processes.js';
import { type Seeded, seedBench } from './seeded.js';

/** One API, one worker and what they stand on, seeded and running. */
export interface Stand {
  readonly seeded: Seeded;
  /** Of the GraphQL endpoint. */
  readonly url: string;
  readonly wsUrl: string;
  readonly databaseUrl: string;
  /** null: the queue runs on PostgreSQL. */
  readonly redisUrl: string | null;
  /** For looking. */
  readonly redis: Redis | null;
  /** Before every key of ours in Redis. */
  readonly prefix: string;
  /** For looking, and for measuring plain statements. */
  readonly pool: pg.Pool;
  readonly quick: boolean;
  /** For a person. */
  say(line: string): void;
  /** What API, worker, PostgreSQL, Redis and this process have used so far. */
  cpu(): Promise<CpuTimes>;
  /** Resident memory of the API and of the worker, without their children; empty where the system does not tell. */
  memoryMb(): Promise<Readonly<Record<string, number>>>;
  /** Starts one more worker beside the stand's own; answers what stops it. */
  moreWorker(title: string): () => Promise<void>;
  /** Starts one more API of the same database and waits until it is ready; answers what stops it. */
  moreApi(title: string): Promise<() => Promise<void>>;
  /** Another stand on the same PostgreSQL and Redis, in a database of its own. */
  beside(): Promise<Stand>;
  /** Done when the stand is taken down, if it was not done before. */
  atEnd(undo: () => Promise<unknown>): void;
}

export interface StandOptions extends Pick<BenchOptions, 'quick' | 'profileTo'> {
  /** A PostgreSQL of our own counts its statements. */
  readonly counting: boolean;
  readonly say: (line: string) => void;
  /** Aborted from outside, or here when a process ends by itself. */
  readonly ending: AbortController;
}

/** What has to be undone, last first. */
export type Undo = (() => Promise<unknown>)[];

/** Makes a stand; what it starts is pushed to `undo` at once, so that whatever happens can be undone. */
export async function makeStand({ quick, profileTo, counting, say, ending }: StandOptions, undo: Undo): Promise<Stand> {
  const services = await ownServices(counting, say, undo);
  ending.signal.throwIfAborted();
  return standOn(services, { quick, profileTo, say, ending }, undo);
}

type OwnServices = Pick<Services, 'databaseUrl' | 'redisUrl'>;

async function standOn(
  services: OwnServices,
  { quick, profileTo, say, ending }: Omit<StandOptions, 'counting'>,
  undo: Undo,
): Promise<Stand> {
  const { signal } = ending;
  const name = `bench-${randomBytes(4).toString('hex')}`;
  const databaseUrl = ownDatabase(services.databaseUrl, name.replace('-', '_'), undo);
  const { redisUrl } = services;
  const redis = redisUrl === null ? null : openRedis(redisUrl, { name, log: createLog('silent', {}), whenAway: 'wait' });
  if (redis !== null) undo.push(() => emptyRedis(redis, name));
  const port = await freePort();
  const environmentOf = (port: number): Environment => ({
    PATH: process.env['PATH'],
    NODE_ENV: 'production',
    LOG_LEVEL: 'warn',
    SECRETS_KEYS: testSecretsKeys,
    DATABASE_URL: databaseUrl,
    ...(redisUrl === null ? {} : { REDIS_URL: redisUrl }),
    REDIS_PREFIX: name,
    HOST: '127.0.0.1',
    PORT: String(port),
    // One client sends here what many would: it is the server that is measured and not the limit of a token.
    TOKEN_REQUESTS_PER_MINUTE: '1000000000',
  });
  say('migrating and seeding');
  const seeded = await seedBench(environmentOf(port));
  signal.throwIfAborted();
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 10 });
  pool.on('error', () => undefined);
  undo.push(() => pool.end());
  const launch = (title: string, entry: string, ownPort = port): Spawned => {
    const spawned = start({ name: title, entry, environment: environmentOf(ownPort), profileTo, onLoss: (error) => ending.abort(error) });
    undo.push(() => spawned.stop());
    return spawned;
  };
  const api = launch('api', 'dist/src/server/main.js');
  const worker = launch('worker', 'dist/worker/main.js');
  const ready = (port: number): Promise<void> =>
    until(
      'the API is ready',
      30_000,
      () => {
        signal.throwIfAborted();
        return fetch(`http://127.0.0.1:${port}/health/ready`).then(
          (response) => response.ok,
          () => false,
        );
      },
      10,
    );
  await ready(port);
  const { rows } = await pool.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const local = ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(databaseUrl).hostname);
  const postmaster = local ? await postmasterOf(rows[0]?.pid ?? 0) : null;
  return {
    seeded,
    url: `http://127.0.0.1:${port}/graphql`,
    wsUrl: `ws://127.0.0.1:${port}/graphql`,
    databaseUrl,
    redisUrl,
    redis,
    prefix: name,
    pool,
    quick,
    say,
    moreWorker: (title) => {
      const worker = launch(title, 'dist/worker/main.js');
      return () => worker.stop();
    },
    moreApi: async (title) => {
      const ownPort = await freePort();
      const more = launch(title, 'dist/src/server/main.js', ownPort);
      await ready(ownPort);
      return () => more.stop();
    },
    beside: () => standOn(services, { quick, profileTo, say, ending }, undo),
    memoryMb: async () => {
      const readings = { api: await memoryOf(api.pid), worker: await memoryOf(worker.pid) };
      return Object.fromEntries(Object.entries(readings).filter((entry): entry is [string, number] => entry[1] !== null));
    },
    atEnd: (one) => void undo.push(one),
    cpu: async () => {
      const own = process.cpuUsage();
      const [ofApi, ofWorker, ofPostgres, ofRedis] = await Promise.all([
        cpuOfTree(api.pid),
        cpuOfTree(worker.pid),
        postmaster === null ? null : cpuOfTree(postmaster),
        redis === null ? null : cpuOfRedis(redis),
      ]);
      const readings = { api: ofApi, worker: ofWorker, postgres: ofPostgres, redis: ofRedis, bench: (own.user + own.system) / 1_000 };
      return Object.fromEntries(Object.entries(readings).filter((entry): entry is [string, number] => entry[1] !== null));
    },
  };
}

/** Those of DATABASE_URL and REDIS_URL, else private ones, durable as in production, in a folder that goes away. */
async function ownServices(counting: boolean, say: (line: string) => void, undo: Undo) {
  // Beside the checkout's own data and so on a disk: a folder in memory would make commits cheaper than they are.
  const parent = path.join(packageRoot(), '.millrace');
  await mkdir(parent, { recursive: true });
  const dir = await mkdtemp(path.join(parent, 'bench-'));
  undo.push(() => rm(dir, { recursive: true, force: true }));
  const services = await startServices({
    dir,
    log: say,
    postgresSettings: counting ? { shared_preload_libraries: 'pg_stat_statements' } : {},
  });
  undo.push(() => services.stop());
  return services;
}

/** A database of the bench's own on that server, dropped at the end. */
function ownDatabase(serverUrl: string, name: string, undo: Undo): string {
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  undo.push(async () => {
    const admin = new URL(serverUrl);
    admin.pathname = '/postgres';
    const client = new pg.Client({ connectionString: admin.href });
    await client.connect();
    try {
      await client.query(`DROP DATABASE IF EXISTS ${pg.escapeIdentifier(name)} WITH (FORCE)`);
    } finally {
      await client.end();
    }
  });
  return url.href;
}

async function emptyRedis(redis: Redis, prefix: string): Promise<void> {
  for await (const keys of redis.scanStream({ match: `${prefix}*`, count: 1_000 }) as AsyncIterable<string[]>)
    if (keys.length > 0) await redis.unlink(...keys);
  redis.disconnect();
}

async function cpuOfRedis(redis: Redis): Promise<number> {
  const text = await redis.info('cpu');
  const seconds = (name: string): number => Number(new RegExp(`^${name}:([0-9.]+)`, 'm').exec(text)?.[1] ?? 0);
  return (seconds('used_cpu_user') + seconds('used_cpu_sys')) * 1_000;
}

/** Waits until no run is open and the feed has given every event its place. */
export async function idle({ pool }: Pick<Stand, 'pool'>): Promise<void> {
  const limitMs = 90_000;
  await until('all runs are final', limitMs, async () => {
    const open = await pool.query(`SELECT FROM "Run" WHERE status = 'RUNNING' UNION ALL SELECT FROM "Run" WHERE status = 'QUEUED' LIMIT 1`);
    return open.rowCount === 0;
  });
  await until('all events have their place', limitMs, async () => (await pool.query('SELECT FROM "FeedBatch" LIMIT 1')).rowCount === 0);
}
