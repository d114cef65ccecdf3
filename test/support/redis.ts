import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { inject, it } from 'vitest';
import { atEnd } from './at-end.js';

/** The Redis of this run; throws where there is none, for tests that are about Redis. */
export function redisUrl(): string {
  const url = redisUrlOrNull();
  if (url === null) throw new Error('This test needs Redis: set REDIS_URL or put redis-server or valkey-server in PATH.');
  return url;
}

/** The Redis of this run, or null: Millrace then works on PostgreSQL alone. */
export function redisUrlOrNull(): string | null {
  return inject('redisUrl');
}

/** `it` for a test that is about Redis: left out where there is none, which global-setup.ts says loudly. */
export const itWithRedis = it.skipIf(inject('redisUrl') === null);

/** A prefix of this test file's own for all it keeps in Redis; its keys are deleted after the file's last test. */
export function redisPrefix(): string {
  const prefix = `test-${randomBytes(6).toString('hex')}`;
  atEnd(() => emptyRedis(prefix));
  return prefix;
}

/** Deletes every key that begins with the prefix: what a FLUSHALL does to one installation. Nothing where there is no Redis. */
export async function emptyRedis(prefix: string): Promise<void> {
  if (redisUrlOrNull() === null) return;
  await withRedis(async (redis) => {
    let cursor = '0';
    do {
      const [next, keys] = await redis.scan(cursor, 'MATCH', `*${prefix}*`, 'COUNT', 1_000);
      if (keys.length > 0) await redis.unlink(...keys);
      cursor = next;
    } while (cursor !== '0');
  });
}

/** A connection of the test's own, for looking into Redis or for disturbing it. */
export async function withRedis<Result>(body: (redis: Redis) => Promise<Result>): Promise<Result> {
  const redis = new Redis(redisUrl(), { maxRetriesPerRequest: 2 });
  try {
    return await body(redis);
  } finally {
    redis.disconnect();
  }
}
