import { readFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, platform, release, totalmem } from 'node:os';
import path from 'node:path';
import { packageRoot } from '#platform/package';
import type { Stand } from './stand.js';

/** Where and on what figures were made: without it they say nothing. */
export interface Surroundings {
  readonly at: string;
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    readonly memoryMb: number;
    readonly system: string;
    /** Over the minute before the bench: above 0.5, something else was running. */
    readonly loadBefore: number;
  };
  readonly versions: Readonly<Record<string, string>>;
  /** Of PostgreSQL, as they were in force. */
  readonly settings: Readonly<Record<string, string>>;
}

const packages = ['bullmq', 'graphql', 'ioredis', 'pg', 'ws'] as const;
const asked = ['synchronous_commit', 'fsync', 'full_page_writes', 'shared_buffers', 'max_wal_size'] as const;

export async function readSurroundings({ pool, redis }: Stand, loadBefore: number): Promise<Surroundings> {
  const settings = await pool.query<{ name: string; value: string }>(
    'SELECT name, current_setting(name) AS value FROM unnest($1::text[]) AS name',
    [asked],
  );
  const postgres = await pool.query<{ server_version: string }>('SHOW server_version');
  const installed = await Promise.all(packages.map(async (name) => [name, await versionOf(path.join('node_modules', name))] as const));
  return {
    at: new Date().toISOString(),
    machine: {
      cpu: cpus()[0]?.model ?? 'unknown',
      cores: availableParallelism(),
      memoryMb: Math.round(totalmem() / 1_048_576),
      system: `${platform()} ${release()}`,
      loadBefore: Math.round(loadBefore * 100) / 100,
    },
    versions: {
      millrace: await versionOf('.'),
      node: process.versions.node,
      postgres: postgres.rows[0]?.server_version ?? 'unknown',
      redis: redis === null ? 'none' : (/redis_version:(\S+)/.exec(await redis.info('server'))?.[1] ?? 'unknown'),
      ...Object.fromEntries(installed),
    },
    settings: Object.fromEntries(settings.rows.map(({ name, value }) => [name, value])),
  };
}

/** Processes that waited or ran, on average over the last minute. */
export const loadNow = (): number => loadavg()[0] ?? 0;

async function versionOf(folder: string): Promise<string> {
  return (JSON.parse(await readFile(path.join(packageRoot(), folder, 'package.json'), 'utf8')) as { version: string }).version;
}
