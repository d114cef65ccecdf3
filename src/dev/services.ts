import { mkdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import { type Environment, processEnvironment } from '#platform/config/config';
import { lockFolder } from './folder-lock.js';
import { startPostgres } from './postgres.js';
import { startRedis } from './redis.js';

/** PostgreSQL and Redis for one checkout. */
export interface Services {
  readonly databaseUrl: string;
  /** null: there is none, and the queue runs on PostgreSQL. */
  readonly redisUrl: string | null;
  /** What the person who started them should know, a line each. */
  readonly notes: readonly string[];
  /** Ends every process that was started. The data stays. */
  stop(): Promise<void>;
}

export interface ServicesOptions {
  /** Keeps all data; made when missing. One process at a time may use it. */
  readonly dir: string;
  /** Hears each note when it is made, and what is lost later. */
  readonly log?: (line: string) => void;
  /** `DATABASE_URL` and `REDIS_URL` are taken as they are; what is unset is started. */
  readonly environment?: Environment;
  /** More settings of a PostgreSQL that is started. */
  readonly postgresSettings?: Readonly<Record<string, string>>;
}

export async function startServices({
  dir,
  log,
  environment = processEnvironment(),
  postgresSettings = {},
}: ServicesOptions): Promise<Services> {
  const notes: string[] = [];
  const stops: (() => Promise<void>)[] = [];
  const stop = async () => {
    const failures: unknown[] = [];
    for (let next = stops.pop(); next !== undefined; next = stops.pop()) await next().catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw new AggregateError(failures, `The services did not stop: ${failures.map(String).join('; ')}`);
  };
  const note = (line: string) => {
    notes.push(line);
    log?.(line);
  };
  await mkdir(dir, { recursive: true });
  const home = await realpath(dir);
  const logDir = path.join(home, 'log');
  await mkdir(logDir, { recursive: true, mode: 0o700 });
  const options = { dir: home, logDir, note, postgresSettings };
  try {
    stops.push(await lockFolder(home));
    let databaseUrl = environment['DATABASE_URL'] ?? '';
    if (databaseUrl === '') {
      const postgres = await startPostgres(options);
      stops.push(() => postgres.stop());
      databaseUrl = postgres.url;
    }
    let redisUrl = environment['REDIS_URL'] || null;
    if (redisUrl === null) {
      const redis = await startRedis(environment['PATH'] ?? '', options);
      if (redis === null) note('No redis-server or valkey-server in PATH: the queue runs on PostgreSQL.');
      else {
        stops.push(() => redis.stop());
        redisUrl = redis.url;
      }
    }
    return { databaseUrl, redisUrl, notes, stop };
  } catch (error) {
    await stop().catch(() => undefined);
    throw error;
  }
}
