import { type App, createApp } from '#app';
import { readConfig } from '#platform/config/config';
import { startWorker } from '#worker/worker';
import { atEnd } from './at-end.js';
import { createDatabase } from './database.js';
import { redisPrefix, redisUrlOrNull } from './redis.js';
import { testSecretsKeys } from './secrets.js';

/** An app on a database of its own, with a worker in this process; both end with the test file. */
export async function startRules(settings: Readonly<Record<string, string>> = {}): Promise<App> {
  const redisUrl = redisUrlOrNull();
  const app = await createApp(
    readConfig({
      DATABASE_URL: await createDatabase(),
      REDIS_PREFIX: redisPrefix(),
      LOG_LEVEL: 'silent',
      SECRETS_KEYS: testSecretsKeys,
      SANDBOX_SPARES: '0',
      MIGRATE_AT_START: 'false',
      ...(redisUrl === null ? {} : { REDIS_URL: redisUrl }),
      ...settings,
    }),
  );
  atEnd(() => app.close());
  const worker = startWorker(app);
  atEnd(() => worker.close());
  return app;
}
