import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

export interface TestServices {
  readonly databaseUrl: string;
  /** null: no Redis could be had. */
  readonly redisUrl: string | null;
  /** Whether the database is our own, so that its durability may be given up for speed. */
  readonly embedded: boolean;
  stop(): Promise<void>;
}

/** PostgreSQL and Redis for a test run: those of DATABASE_URL and REDIS_URL, else private ones in a folder that goes away. */
export async function testServices(): Promise<TestServices> {
  const databaseUrl = process.env['DATABASE_URL'];
  const redisUrl = process.env['REDIS_URL'];
  if (databaseUrl && redisUrl) return { databaseUrl, redisUrl, embedded: false, stop: () => Promise.resolve() };
  const dir = await mkdtemp(path.join(tmpdir(), 'millrace-test-'));
  const { startServices } = await import('#dev/services');
  const own = await startServices({ dir });
  return {
    databaseUrl: databaseUrl || own.databaseUrl,
    redisUrl: redisUrl || own.redisUrl,
    embedded: !databaseUrl,
    stop: async () => {
      await own.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
