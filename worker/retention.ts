import { createPulse } from '#platform/events/pulse';
import type { Config } from '#platform/config/config';
import type { Sql } from '#platform/db/database';
import { takeTurn } from '#platform/db/turn';
import type { Platform } from '#platform/platform';
import { forgetBuilds } from '#domain/code/build.forget';
import { forgetEvents } from '#domain/event/event.forget';
import { forgetDeliveries } from '#domain/notification/delivery.forget';
import { forgetLevels } from '#domain/record/entity.level.service';
import { type Walked, beforeEveryId, forgetBulkOperations, forgetLogs, forgetLooseEvents, forgetRuns } from '#domain/run/run.forget';
import { databaseNow } from '#domain/run/run.lease';
import { forgetTicks } from '#domain/schedule/schedule.forget';
import { forgetAuditEntries } from '#domain/tenant/audit.forget';
import { forgetIdempotencyKeys } from '#domain/tenant/idempotency';
import { forgetRequests } from '#domain/trigger/trigger.log';

/** Deletes what is older than it is kept, in small batches, by one worker at a time. */
export interface Retention {
  close(): Promise<void>;
}

/** Until the next look when nothing was left to delete. */
const restMs = 60_000;
/** Between two looks when there was more to delete than in `spellMs`: others are to get their turn. */
const pauseMs = 1_000;
const spellMs = 500;
/** Log lines, and events whose run went with its workspace, are looked for among what stays: not every time. */
const logsMs = 3_600_000;
const buildsMs = 3_600_000;
const levelsMs = 3_600_000;
/** Events get their place in the feed after their commit, at worst after no process was up: so much later than their cursor they may go. */
const feedMarginMs = 3_600_000;

/** What ended before these moments may go; null: nothing. What a cursor of the feed can still reach stays. */
export function expiries({ retention, feed }: Pick<Config, 'retention' | 'feed'>, now: Date) {
  const ago = (ms: number): Date => new Date(now.getTime() - ms);
  const reachable = feed.retentionMs + feedMarginMs;
  return {
    runs: ago(Math.max(retention.runsMs, reachable)),
    logs: ago(Math.max(retention.logsMs, reachable)),
    events: ago(Math.max(retention.eventsMs, reachable)),
    ticks: ago(retention.ticksMs),
    deliveries: ago(retention.deliveriesMs),
    levels: ago(retention.levelsMs),
    audit: retention.auditMs === null ? null : ago(retention.auditMs),
  };
}

type Expiries = ReturnType<typeof expiries>;

interface Task {
  readonly what: string;
  /** One batch. */
  readonly forget: (sql: Sql, expired: Expiries) => Promise<{ readonly gone: number; readonly more: boolean }>;
  readonly due?: () => boolean;
}

export function startRetention(platform: Platform): Retention {
  const { clock, config, db, log } = platform;
  const ending = new AbortController();

  const rows = (what: string, forget: (sql: Sql, expired: Expiries) => Promise<number>): Task => ({
    what,
    forget: async (sql, expired) => {
      const gone = await forget(sql, expired);
      return { gone, more: gone > 0 };
    },
  });

  /** Looks at a whole table, and so not every time. */
  function rarely(what: string, forget: (sql: Sql) => Promise<number>, everyMs: number): Task {
    let againAt = 0;
    return {
      what,
      due: () => clock.elapsed() >= againAt,
      forget: async (sql) => {
        const gone = await forget(sql);
        if (gone === 0) againAt = clock.elapsed() + everyMs;
        return { gone, more: gone > 0 };
      },
    };
  }

  /** A walk over rows, from the oldest on; at its end it begins again after `everyMs`. */
  function walk(what: string, forget: (sql: Sql, after: string, expired: Expiries) => Promise<Walked>, everyMs: number): Task {
    let after = beforeEveryId;
    let againAt = 0;
    return {
      what,
      due: () => clock.elapsed() >= againAt,
      forget: async (sql, expired) => {
        const { gone, last } = await forget(sql, after, expired);
        after = last ?? beforeEveryId;
        if (last === null) againAt = clock.elapsed() + everyMs;
        return { gone, more: last !== null };
      },
    };
  }

  const tasks: readonly Task[] = [
    rows('idempotency keys', (sql) => forgetIdempotencyKeys(sql, config.run.idempotencyMs)),
    rows('requests to webhooks', (sql) => forgetRequests(sql)),
    walk('log lines', (sql, after, { logs }) => forgetLogs(sql, after, logs), logsMs),
    walk('runs', (sql, after, { runs }) => forgetRuns(sql, after, runs), 0),
    walk('events of runs that are gone', (sql, after, { runs }) => forgetLooseEvents(sql, after, runs), logsMs),
    rows('bulk operations', (sql, { runs }) => forgetBulkOperations(sql, runs)),
    rows('events of records', (sql, { events }) => forgetEvents(sql, events)),
    rows('ticks', (sql, { ticks }) => forgetTicks(sql, ticks)),
    rows('deliveries', (sql, { deliveries }) => forgetDeliveries(sql, deliveries)),
    walk('levels of records', (sql, after, { levels }) => forgetLevels(sql, after, levels), levelsMs),
    rarely('builds', forgetBuilds, buildsMs),
    rows('audit entries', (sql, { audit }) => (audit === null ? Promise.resolve(0) : forgetAuditEntries(sql, audit))),
  ];

  /** Answers whether there is more to do. */
  async function doTask({ what, forget }: Task, expired: Expiries): Promise<boolean> {
    const until = clock.elapsed() + spellMs;
    let total = 0;
    let more = true;
    try {
      while (more && !ending.signal.aborted && clock.elapsed() < until) {
        const batch = await db.begin(async (sql) => ((await takeTurn(sql, 'retention')) ? forget(sql, expired) : null));
        // Another worker is at it.
        if (batch === null) return false;
        total += batch.gone;
        ({ more } = batch);
      }
    } finally {
      if (total > 0) log.info({ what, rows: total }, 'what is older than it is kept was deleted');
    }
    return more;
  }

  let nextMs = restMs;
  async function pass(): Promise<void> {
    nextMs = restMs;
    const expired = expiries(config, await databaseNow(db.sql));
    for (const task of tasks) {
      if (ending.signal.aborted) return;
      if (task.due?.() === false) continue;
      // Each by itself: one that fails must not keep the others from being done.
      const more = await doTask(task, expired).catch((error: unknown) => {
        log.warn({ err: error, what: task.what }, 'what is older than it is kept will be deleted later');
        return false;
      });
      if (more) nextMs = pauseMs;
    }
  }

  const pulse = createPulse({ name: 'retention', log, work: pass, pauseMs: () => nextMs });
  pulse.poke();
  return {
    close: async () => {
      ending.abort();
      await pulse.close();
    },
  };
}
