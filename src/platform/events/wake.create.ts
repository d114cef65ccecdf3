import type { Config } from '#platform/config/config';
import type { Database } from '#platform/db/database';
import type { Log } from '#platform/telemetry/log';
import { createNotifyWake } from './wake.notify.js';
import { createRedisWake } from './wake.redis.js';
import type { Wake } from './wake.js';

/** How long a starting process waits until it hears wake-ups, in milliseconds; without them it polls. */
const startMs = 1_000;

/** Over Redis where it is configured, else over NOTIFY. Neither needs to be reachable. */
export async function createWake(config: Pick<Config, 'redis' | 'prefix'>, db: Database, log: Log): Promise<Wake> {
  const { redis, prefix } = config;
  const hub = redis === null ? createNotifyWake({ db, prefix, log }) : createRedisWake({ url: redis.url, prefix, log });
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([hub.ready, new Promise<void>((resolve) => (timer = setTimeout(resolve, startMs)))]);
  clearTimeout(timer);
  return hub;
}
