import type { Statement } from '#platform/db/database';
import type { Platform } from '#platform/platform';

const countQueued: Statement = {
  name: 'run.backlog',
  text: `SELECT "workspaceId", count(*)::int AS queued FROM "Run" WHERE status = 'QUEUED' GROUP BY "workspaceId"`,
};

/** How many runs wait, as of the last second plus what this process added since. Good enough for limits, never for truth. */
export interface Backlog {
  total(): number;
  queued(workspaceId: string): number;
  added(workspaceId: string): void;
  close(): Promise<void>;
}

export function createBacklog(platform: Platform): Backlog {
  let counts = new Map<string, number>();
  let total = 0;
  let running: Promise<void> = Promise.resolve();

  async function refresh(): Promise<void> {
    try {
      const rows = await platform.db.sql.query<{ workspaceId: string; queued: number }>(countQueued, []);
      counts = new Map(rows.map((row) => [row.workspaceId, row.queued]));
      total = rows.reduce((sum, row) => sum + row.queued, 0);
      platform.metrics.queueDepth.set(total);
    } catch (error) {
      platform.log.warn({ err: error }, 'the backlog could not be counted');
    }
  }

  let busy = false;
  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    running = refresh().finally(() => {
      busy = false;
    });
  }, 1_000);
  return {
    total: () => total,
    queued: (workspaceId) => counts.get(workspaceId) ?? 0,
    added: (workspaceId) => {
      total += 1;
      counts.set(workspaceId, (counts.get(workspaceId) ?? 0) + 1);
    },
    close: async () => {
      clearInterval(timer);
      await running;
    },
  };
}
