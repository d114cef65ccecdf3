import type { Statement } from '#platform/db/database';
import type { Platform } from '#platform/platform';

const countQueued: Statement = {
  name: 'run.backlog',
  text: `
SELECT q."workspaceId", q.queued, q.waiting, w."maxQueued", w."maxRunning" IS NOT NULL AS capped FROM (
  SELECT "workspaceId", (count(*) FILTER (WHERE status = 'QUEUED'))::int AS queued, count(*)::int AS waiting FROM (
    SELECT "workspaceId", status FROM "Run" WHERE status = 'QUEUED'
    UNION ALL SELECT "workspaceId", status FROM "Run" WHERE status = 'WAITING' AND "waitKind" = 'THREAD'
  ) r GROUP BY "workspaceId") q
JOIN "Workspace" w ON w.id = q."workspaceId"`,
};

/** How many runs wait, as of the last second plus what this process added since. Good enough for limits, never for truth. */
export interface Backlog {
  /** Of the runs that are woken by jobs: those of workspaces without a cap on running runs. */
  total(): number;
  /** The workspace's cap on waiting runs when it is reached, else null. */
  fullAt(workspaceId: string): number | null;
  added(workspaceId: string): void;
  close(): Promise<void>;
}

/** Runs added since the last count that are counted again early: many of them have long been taken, and the rest of a busy second should not wait for being pulled. */
const manyAdded = 500;

interface Waiting {
  /** Queued, or waiting for their threads. */
  waiting: number;
  /** Infinity until it was read. */
  readonly maxQueued: number;
}

export function createBacklog(platform: Platform): Backlog {
  let waiting = new Map<string, Waiting>();
  let total = 0;
  let addedSince = 0;
  let running: Promise<void> | null = null;

  async function count(): Promise<void> {
    try {
      addedSince = 0;
      const rows = await platform.db.sql.query<
        Waiting & { readonly workspaceId: string; readonly queued: number; readonly capped: boolean }
      >(countQueued, []);
      waiting = new Map(rows.map((row) => [row.workspaceId, { waiting: row.waiting, maxQueued: row.maxQueued }]));
      total = rows.reduce((sum, row) => sum + (row.capped ? 0 : row.queued), 0);
      platform.metrics.queueDepth.set(rows.reduce((sum, row) => sum + row.queued, 0));
    } catch (error) {
      platform.log.warn({ err: error }, 'the backlog could not be counted');
    }
  }

  const refresh = (): void => {
    running ??= count().finally(() => {
      running = null;
    });
  };
  const timer = setInterval(refresh, 1_000);
  return {
    total: () => total,
    fullAt: (workspaceId) => {
      const own = waiting.get(workspaceId);
      return own !== undefined && own.waiting >= own.maxQueued ? own.maxQueued : null;
    },
    added: (workspaceId) => {
      total += 1;
      const own = waiting.get(workspaceId);
      if (own === undefined) waiting.set(workspaceId, { waiting: 1, maxQueued: Infinity });
      else own.waiting += 1;
      addedSince += 1;
      // A long backlog takes longer to count, and a few hundred more matter less to it.
      if (addedSince >= Math.max(manyAdded, total / 4)) refresh();
    },
    close: async () => {
      clearInterval(timer);
      await running;
    },
  };
}
