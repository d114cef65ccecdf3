import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type EmbeddedPostgres, startPostgres } from '#dev/postgres';
import { type PrivateRedis, startRedis } from '#dev/redis';
import { commandLine } from '#dev/server-process';
import type { Guard } from './guard.js';
import type { Undo } from './undo.js';

/** PostgreSQL and Redis of the drill's own, which it can break. Each start may be on another port: what uses them comes over lines. */
export interface DrillServices {
  /** The database, past all lines, for looking. It outlasts restarts. */
  readonly pool: pg.Pool;
  /** With the port of a line in place of the server's, under a name that the database knows the process by. */
  databaseUrl(port: number, application: string): string;
  redisUrl(port: number): string;
  postgresPort(): number | null;
  redisPort(): number | null;
  redisPid(): number | null;
  /** Ends the server at once; PostgreSQL by an immediate stop or by SIGKILL. */
  killPostgres(signal: 'SIGQUIT' | 'SIGKILL'): Promise<void>;
  startPostgres(): Promise<void>;
  killRedis(): Promise<void>;
  /** `empty`: without what it knew. */
  startRedis(empty: boolean): Promise<void>;
}

const tries = 5;

interface ServicesParts {
  readonly dir: string;
  readonly searchPath: string;
  readonly guard: Guard;
  readonly note: (line: string) => void;
}

export async function startDrillServices({ dir, searchPath, guard, note }: ServicesParts, undo: Undo): Promise<DrillServices> {
  const options = { dir, logDir: path.join(dir, 'log'), note: () => undefined };
  const password = randomBytes(24).toString('base64url');
  let postgres: EmbeddedPostgres | null = null;
  let redis: PrivateRedis | null = null;
  let quiet = false;
  // That it is gone is told by whoever ended it.
  const first = await startPostgres({ ...options, note: (line) => void (quiet || note(line)) });
  quiet = true;
  postgres = first;
  guard.watch(first.pid);
  undo.push(async () => postgres?.stop());
  const redisOptions = { ...options, password, outlivesFileLimit: process.platform !== 'win32' };
  redis = await startRedis(searchPath, redisOptions);
  if (redis === null) throw new Error('The drill breaks a Redis: install redis-server or valkey-server.');
  guard.watch(redis.pid);
  undo.push(async () => redis?.stop());
  const portOf = (url: string | undefined): number | null => (url === undefined ? null : Number(new URL(url).port));

  const withPort = (port: number | null): string => {
    const url = new URL(first.url);
    if (port !== null) url.port = String(port);
    return url.href;
  };
  let pool = openPool(withPort(portOf(postgres.url)));
  undo.push(() => pool.end());

  async function gone(pid: number): Promise<void> {
    while ((await commandLine(pid)) !== null) await sleep(20);
    guard.release(pid);
  }

  return {
    get pool() {
      return pool;
    },
    databaseUrl: (port, application) => {
      const url = new URL(withPort(port));
      url.searchParams.set('application_name', application);
      return url.href;
    },
    redisUrl: (port) => `redis://:${password}@127.0.0.1:${port}`,
    postgresPort: () => portOf(postgres?.url),
    redisPort: () => portOf(redis?.url),
    redisPid: () => redis?.pid ?? null,
    killPostgres: async (signal) => {
      if (postgres === null) return;
      const { pid } = postgres;
      postgres = null;
      process.kill(pid, signal);
      await gone(pid);
    },
    startPostgres: async () => {
      for (let attempt = 1; postgres === null; attempt += 1)
        try {
          postgres = await startPostgres(options);
          guard.watch(postgres.pid);
        } catch (error) {
          // After SIGKILL its children may hold its memory for a moment.
          if (attempt === tries) throw error;
          await sleep(300);
        }
      const old = pool;
      pool = openPool(withPort(portOf(postgres.url)));
      await old.end();
    },
    killRedis: async () => {
      if (redis === null) return;
      const { pid } = redis;
      redis = null;
      process.kill(pid, 'SIGKILL');
      await gone(pid);
    },
    startRedis: async (empty) => {
      if (empty) await rm(path.join(dir, 'redis', 'appendonlydir'), { recursive: true, force: true });
      redis ??= await startRedis(searchPath, redisOptions);
      if (redis !== null) guard.watch(redis.pid);
    },
  };
}

function openPool(connectionString: string): pg.Pool {
  const pool = new pg.Pool({ connectionString, max: 6, application_name: 'drill', connectionTimeoutMillis: 5_000 });
  pool.on('error', () => undefined);
  return pool;
}
