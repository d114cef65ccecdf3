import type { Prisma } from '#platform/db/generated/prisma/client';
import { type Sql, sqlIn } from '#platform/db/database';
import type { WakeChannel } from '#platform/events/wake';
import type { Platform } from '#platform/platform';

/**
 * One write: everything it changes, records and wakes. It exists only inside its transaction, and it is the only door to
 * a write, so a change cannot be committed without its follow-up work, nor the follow-up work without the change.
 */
export interface Work<Viewer> {
  readonly platform: Platform;
  readonly viewer: Viewer;
  readonly tx: Prisma.TransactionClient;
  /** Statements of the hot path, in this transaction. */
  readonly sql: Sql;
  /** The database's clock at the start of the transaction. */
  readonly now: Date;
  /** Wakes followers once this is committed. */
  wake(channel: WakeChannel, ids: readonly string[]): void;
  /** Wakes workers for runs inserted here, once this is committed. */
  enqueue(runIds: readonly string[]): void;
}

/** A write by plain statements alone. */
export type PlainWork<Viewer> = Omit<Work<Viewer>, 'tx'>;

/** Runs `body` in one transaction and then sends what it wants woken. An error rolls all of it back, and so does a longer time than it may take. */
export async function transact<Viewer, Result>(
  platform: Platform,
  viewer: Viewer,
  body: (work: Work<Viewer>) => Promise<Result>,
  { timeoutMs = 15_000 }: { readonly timeoutMs?: number } = {},
): Promise<Result> {
  const after = createFollowUp(platform);
  const result = await platform.db.prisma.$transaction(
    async (tx) => {
      const sql = sqlIn(tx);
      return body({ platform, viewer, tx, sql, now: await readNow(sql), wake: after.wake, enqueue: after.enqueue });
    },
    { maxWait: 5_000, timeout: timeoutMs },
  );
  after.send();
  return result;
}

/** The same for hot paths: on the connections of plain statements, whose plans are kept. */
export async function transactPlainly<Viewer, Result>(
  platform: Platform,
  viewer: Viewer,
  body: (work: PlainWork<Viewer>) => Promise<Result>,
): Promise<Result> {
  const after = createFollowUp(platform);
  const result = await platform.db.begin(async (sql) =>
    body({ platform, viewer, sql, now: await readNow(sql), wake: after.wake, enqueue: after.enqueue }),
  );
  after.send();
  return result;
}

async function readNow(sql: Sql): Promise<Date> {
  const [clock] = await sql.query<{ now: Date }>({ name: 'work.now', text: 'SELECT now()' }, []);
  if (clock === undefined) throw new Error('The database did not tell the time.');
  return clock.now;
}

/** No statement of this transaction waits for a lock for longer: it fails, and the transaction with it. */
export async function waitForLocksAtMost(sql: Sql, ms: number): Promise<void> {
  await sql.query({ name: 'work.patience', text: `SELECT set_config('lock_timeout', $1, true)` }, [`${ms}ms`]);
}

/** What a work wants woken, once it is committed. */
function createFollowUp(platform: Platform): Pick<Work<unknown>, 'wake' | 'enqueue'> & { send(): void } {
  const wakes: [WakeChannel, readonly string[]][] = [];
  const runs: string[] = [];
  return {
    wake: (channel, ids) => void wakes.push([channel, ids]),
    enqueue: (runIds) => void runs.push(...runIds),
    send: () => {
      for (const [channel, ids] of wakes) platform.wake.send(channel, ids);
      if (runs.length > 0) platform.queue.wake(runs);
    },
  };
}
