import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startServices } from '#dev/services';

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
  const dir = await mkdtemp(path.join(tmpdir(), 'millrace-test-'));
  const forget = () => rm(dir, { recursive: true, force: true });
  const services = await startServices({ dir }).catch(async (error: unknown) => {
    await forget();
    throw error;
  });
  return {
    databaseUrl: services.databaseUrl,
    redisUrl: services.redisUrl,
    embedded: services.databaseUrl !== process.env['DATABASE_URL'],
    stop: async () => {
      await services.stop();
      await forget();
    },
  };
}
