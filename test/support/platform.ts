import { readConfig } from '#platform/config/config';
import { openDatabase } from '#platform/db/database';
import { createWake } from '#platform/events/wake.create';
import { createOutgoing } from '#platform/http/outgoing.create';
import { newId } from '#platform/ids';
import { createMailer } from '#platform/mail/mail';
import type { Platform } from '#platform/platform';
import { systemClock } from '#platform/clock';
import { createSecretBox } from '#platform/secrets/secret-box';
import { createLog } from '#platform/telemetry/log';
import { createMetrics } from '#platform/telemetry/metrics';
import { atEnd } from './at-end.js';
import { createDatabase } from './database.js';
import { redisPrefix, redisUrlOrNull } from './redis.js';
import { testSecretsKeys } from './secrets.js';

export interface TestPlatformOptions {
  /** Another platform's database, to be its second process; absent: a fresh one. */
  readonly databaseUrl?: string;
  readonly prefix?: string;
  /** More settings, as they would stand in the environment. */
  readonly settings?: Readonly<Record<string, string>>;
}

/**
 * What services stand on, on a database of this test file's own: for tests of services, below the graph and without runs.
 * Nothing is woken for runs here; whoever needs that makes an app.
 */
export async function testPlatform(options: TestPlatformOptions = {}): Promise<Platform & { readonly databaseUrl: string }> {
  const databaseUrl = options.databaseUrl ?? (await createDatabase());
  const redisUrl = redisUrlOrNull();
  const config = readConfig({
    DATABASE_URL: databaseUrl,
    REDIS_PREFIX: options.prefix ?? redisPrefix(),
    LOG_LEVEL: 'silent',
    SECRETS_KEYS: testSecretsKeys,
    ...(redisUrl === null ? {} : { REDIS_URL: redisUrl }),
    ...options.settings,
  });
  const log = createLog(config.log.level, {});
  const closing = new AbortController();
  const db = openDatabase(config.database, { onIdleError: () => undefined });
  atEnd(() => db.close());
  const wake = await createWake(config, db, log);
  atEnd(() => wake.close());
  const queue: Platform['queue'] = {
    wake: () => undefined,
    consume: () => ({ close: () => Promise.resolve() }),
    depth: () => Promise.resolve(0),
    close: () => Promise.resolve(),
  };
  const metrics = createMetrics();
  const outgoing = createOutgoing(config.outgoing, { clock: systemClock, metrics });
  atEnd(() => outgoing.close());
  const mail = createMailer(config.mail);
  atEnd(() => mail?.close() ?? Promise.resolve());
  atEnd(() => closing.abort());
  return {
    id: newId(),
    config,
    log,
    metrics,
    clock: systemClock,
    db,
    closing: closing.signal,
    queue,
    outgoing,
    mail,
    secrets: createSecretBox(config.secrets.keys),
    wake,
    databaseUrl,
  };
}
