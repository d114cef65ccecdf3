import { type Config, ConfigError } from '#platform/config/config';
import { systemClock } from '#platform/clock';
import { openDatabase } from '#platform/db/database';
import { migrate } from '#platform/db/migrate';
import { createWake } from '#platform/events/wake.create';
import { createOutgoing } from '#platform/http/outgoing.create';
import { newId } from '#platform/ids';
import { createMailer } from '#platform/mail/mail';
import type { Platform } from '#platform/platform';
import { createQueue } from '#platform/queue/queue.create';
import { createSecretBox } from '#platform/secrets/secret-box';
import { createLog, type Log } from '#platform/telemetry/log';
import { createMetrics } from '#platform/telemetry/metrics';
import { createTrials, type Trials } from '#domain/rule/rule.trials';
import { type Backlog, createBacklog } from '#domain/run/run.backlog';
import { giveBackRuns } from '#domain/run/run.claim';
import { createEmits, type Emits } from '#domain/event/event.emits';
import { createEventFeed, type EventFeed } from '#domain/event/event.feed';
import { startEventSequencer } from '#domain/event/event.sequencer';
import { createFeed, type Feed } from '#domain/run/run.feed';
import { startSequencer } from '#domain/run/run.sequencer';
import { createFirings, type Firings } from '#domain/run/run.fire';
import { createTriggers, type Triggers } from '#domain/run/run.trigger';
import { type AccessWatch, watchAccess } from '#domain/tenant/tenant.access';
import { createWebhooks, type Webhooks } from '#domain/trigger/trigger.receive';

/** What the API and the worker are made of. */
export interface App extends Platform {
  readonly backlog: Backlog;
  readonly triggers: Triggers;
  readonly emits: Emits;
  readonly firings: Firings;
  readonly webhooks: Webhooks;
  readonly feed: Feed;
  readonly eventFeed: EventFeed;
  /** Bounds what trying rules out takes. */
  readonly trials: Trials;
  /** Ends subscriptions whose rights are gone. */
  readonly access: AccessWatch;
  /** Ends everything in reverse order of its start. Never rejects; what goes wrong is logged. */
  close(): Promise<void>;
}

export interface AppOptions {
  /** The log of a process that has one already. */
  readonly log?: Log;
}

/** The composition root: everything that lives as long as the process, made in one place. */
export async function createApp(config: Config, options: AppOptions = {}): Promise<App> {
  if (config.secrets.keys.length === 0)
    throw new ConfigError([
      'SECRETS_KEYS: required. A new key: echo "k1:$(openssl rand -base64 32)". Keep it: without it secrets cannot be read.',
    ]);
  const id = newId();
  const log = options.log ?? createLog(config.log.level, { process: id }, config.log.file);
  const closers: (() => Promise<unknown>)[] = [];
  const ending = new AbortController();

  async function close(): Promise<void> {
    for (const end of closers.splice(0).reverse())
      await end().catch((error: unknown) => log.error({ err: error }, 'something could not be closed'));
  }

  try {
    if (config.database.migrateAtStart) {
      const applied = await migrate(config.database.url);
      if (applied.length > 0) log.info({ applied }, 'the database was migrated');
    }
    const db = openDatabase(config.database, {
      onIdleError: (error) => log.warn({ err: error }, 'an idle connection to PostgreSQL was lost'),
    });
    closers.push(() => db.close());
    const wake = await createWake(config, db, log);
    closers.push(() => wake.close());
    // Their wake-up is taken back, so that workers need not wait for it to be overdue.
    const queue = createQueue(config, log, (runIds) => {
      giveBackRuns(db.sql, runIds).catch((error: unknown) => log.debug({ err: error }, 'runs will be pulled a little later'));
    });
    closers.push(() => queue.close());
    const metrics = createMetrics();
    const outgoing = createOutgoing(config.outgoing, { clock: systemClock, metrics });
    closers.push(() => outgoing.close());
    const mail = createMailer(config.mail);
    closers.push(() => mail?.close() ?? Promise.resolve());
    const platform: Platform = {
      id,
      config,
      log,
      metrics,
      clock: systemClock,
      db,
      closing: ending.signal,
      queue,
      outgoing,
      mail,
      secrets: createSecretBox(config.secrets.keys),
      wake,
    };
    const backlog = createBacklog(platform);
    closers.push(() => backlog.close());
    const sequencer = startSequencer(platform);
    closers.push(() => sequencer.close());
    const feed = createFeed(platform);
    closers.push(() => feed.close());
    const eventSequencer = startEventSequencer(platform);
    closers.push(() => eventSequencer.close());
    const eventFeed = createEventFeed(platform);
    closers.push(() => eventFeed.close());
    const access = watchAccess(platform);
    closers.push(() => access.close());
    const triggers = createTriggers(platform, backlog);
    closers.push(() => triggers.close());
    const emits = createEmits(platform);
    closers.push(() => emits.close());
    const firings = createFirings(platform, triggers);
    closers.push(() => firings.close());
    closers.push(() => Promise.resolve(ending.abort()));
    return {
      ...platform,
      backlog,
      triggers,
      emits,
      firings,
      webhooks: createWebhooks(platform, backlog),
      feed,
      eventFeed,
      trials: createTrials(),
      access,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
