/** Files that hold raw SQL, each with the reason why Prisma's queries do not do. */
export const rawSql: Readonly<Record<string, string>> = {
  'src/cli/diagnosis.ts': 'asks the server about itself: version, settings, clock, invariants',
  'src/domain/automation/automation.service.ts': 'locks a row before it is read and changed',
  'src/domain/point/binding.resolve.ts': 'locks the actions of a list before they are read for good',
  'src/domain/point/chain.service.ts': 'locks a trigger point, of which there may be no row',
  'src/domain/run/bulk.items.ts': 'takes down all runs of a filter in one INSERT ... SELECT, writes the results of many in one statement',
  'src/domain/notification/delivery.claim.ts':
    'takes due deliveries with SKIP LOCKED by the clock of the database, some from every recipient',
  'src/domain/notification/notification.feed.ts': 'walks the feed behind a position of its own, writes many deliveries at once',
  'src/domain/notification/notification.service.ts': 'locks a row before it is read and changed',
  'src/domain/connection/endpoint.usage.ts': 'the same page of the users of many endpoints in one statement (LATERAL)',
  'src/domain/keyed.ts': 'locks a row before it is read and changed, or referred to',
  'src/domain/run/run.backlog.ts': 'counts of the whole queue, on the hot path',
  'src/domain/run/run.claim.ts': 'claims many runs in one statement with SKIP LOCKED, and by the clock of the database',
  'src/domain/run/run.effect.ts': "the ledger of calls: many intents behind their runs' fences in one statement, before each call",
  'src/domain/run/run.context.ts': 'the run before each of many runs, in one statement (LATERAL)',
  'src/domain/run/run.feed.changes.ts': 'compares many runs with the sequences that are already known, in one statement',
  'src/domain/run/run.feed.log.ts': 'walks the feed by the order of positions; no SQL per subscriber',
  'src/domain/run/run.history.ts': 'the same page of the events of many runs in one statement (LATERAL)',
  'src/domain/run/run.insert.ts': 'group commit: many runs, their keys and first events in one statement',
  'src/domain/run/run.invariant.ts': 'one question over all runs that are not final',
  'src/domain/run/run.lease.ts': 'renews and reclaims leases in one statement, by the clock of the database',
  'src/domain/run/run.pause.ts': 'moves the runs of a pause in one statement with SKIP LOCKED, and the condition that claims share',
  'src/domain/run/run.resume.ts': 'queues a run by the clock of the database, with its event, in one statement',
  'src/domain/run/run.sequencer.ts': 'places events in the order of the feed, fenced by the epoch of a lease',
  'src/domain/run/run.stats.ts': 'counts and percentiles over time with their gaps, in one statement',
  'src/domain/run/run.thread.ts': 'admits runs to their threads under locks, and queues the next ones with SKIP LOCKED',
  'src/domain/run/run.wait.ts': 'one read for all who wait for runs, right after each wake-up',
  'src/domain/run/run.write.ts': 'group commit: fenced writes of many runs, steps and events in one statement',
  'src/domain/schedule/schedule.backfill.service.ts': 'many ticks in one statement: INSERT ... ON CONFLICT',
  'src/domain/schedule/schedule.service.ts': 'locks a row before it is read and changed',
  'src/domain/schedule/schedule.ticks.ts': 'takes due schedules with SKIP LOCKED by the clock of the database, writes many ticks at once',
  'src/domain/secret/secret.service.ts': 'locks the secrets of an owner, of which there may be none yet',
  'src/domain/tenant/idempotency.ts': 'takes a key or waits for who has it: INSERT ... ON CONFLICT',
  'src/domain/tenant/tenant.access.ts': 'the rights of every open subscription in one statement',
  'src/domain/tenant/tenant.auth.ts': 'the viewers of many operations in one statement, before each of them',
  'src/domain/tenant/workspace.lock.ts': 'locks a row before it is read and changed',
  'src/domain/trigger/trigger.log.ts':
    'takes the id of a message or waits for who has it: INSERT ... ON CONFLICT; forgets with SKIP LOCKED',
  'src/domain/trigger/trigger.receive.ts':
    'the hot path of webhooks: one statement finds what a request is for, by the clock of the database',
  'src/domain/trigger/trigger.service.ts': 'locks a row before it is read and changed',
  'src/platform/db/database.ts': 'the only door to plain statements: transactions, LISTEN, statements inside a transaction of Prisma',
  'src/platform/db/migrate.ts': 'runs before the tables of Prisma exist',
  'src/platform/events/wake.notify.ts': 'pg_notify',
  'src/platform/http/ops.ts': 'asks whether the database answers',
  'src/platform/work/work.ts': 'the database tells the time of a write',
};

/** Files beside the services that write through Prisma, each with its reason. */
export const prismaWriters: Readonly<Record<string, string>> = {
  'src/domain/tenant/tenant.audit.ts': 'the audit entry of every service',
};
