import type { Sql, Statement } from '#platform/db/database';
import type { Platform } from '#platform/platform';
import { unpausedWorkspace } from './run.pause.js';

const countQueued: Statement = {
  name: 'run.backlog',
  text: `
SELECT q."workspaceId", sum(q.queued)::int AS queued, sum(q.parked)::int AS parked, w."maxQueued", w."maxRunning" IS NOT NULL AS capped, NOT (${unpausedWorkspace}) AS paused FROM (
  SELECT "workspaceId", count(*) AS queued, 0 AS parked FROM "Run" WHERE status = 'QUEUED' GROUP BY "workspaceId"
  UNION ALL
  SELECT p."workspaceId", 0, held.runs FROM (SELECT "pauseId", count(*) AS runs FROM "Run" WHERE status = 'WAITING' AND "pauseId" IS NOT NULL GROUP BY "pauseId") held JOIN "Pause" p ON p.id = held."pauseId"
  UNION ALL
  SELECT "workspaceId", 0, count(*) FROM "Run" WHERE status = 'WAITING' AND "waitKind" = 'THREAD' GROUP BY "workspaceId"
  UNION ALL
  SELECT "workspaceId", 0, 0 FROM "Pause" WHERE "subjectId" = "workspaceId"
) q JOIN "Workspace" w ON w.id = q."workspaceId" GROUP BY q."workspaceId", w.id`,
};

/** Whether a workspace has as many waiting runs as it may. */
export async function isQueueFull(sql: Sql, workspaceId: string): Promise<boolean> {
  const own = (await sql.query<Counted>(countQueued, [])).find((row) => row.workspaceId === workspaceId);
  return own !== undefined && own.queued + own.parked >= own.maxQueued;
}

/** How many runs wait, as of the last second plus what this process added since. Good enough for limits, never for truth. */
export interface Backlog {
  /** Of the runs that are woken by jobs: those of workspaces that are not paused and have no cap on running runs. */
  total(): number;
  /** Whether a run of this workspace had better be woken for: the backlog is short, and the workspace is not paused. */
  wakes(workspaceId: string): boolean;
  /** The workspace's cap on waiting runs when it is reached, else null. */
  fullAt(workspaceId: string): number | null;
  added(workspaceId: string): void;
  close(): Promise<void>;
}

/** Runs added since the last count that are counted again early: many of them have long been taken, and the rest of a busy second should not wait for being pulled. */
const manyAdded = 500;

interface Waiting {
  /** Queued, parked by a pause or waiting for a thread: none of these lifts the cap of a workspace. */
  waiting: number;
  readonly paused: boolean;
  /** Infinity until it was read. */
  readonly maxQueued: number;
}

interface Counted {
  readonly workspaceId: string;
  readonly queued: number;
  readonly parked: number;
  readonly maxQueued: number;
  readonly capped: boolean;
  readonly paused: boolean;
}

export function createBacklog(platform: Platform): Backlog {
  let waiting = new Map<string, Waiting>();
  let total = 0;
  let addedSince = 0;
  let running: Promise<void> | null = null;

  async function count(): Promise<void> {
    try {
      addedSince = 0;
      const rows = await platform.db.sql.query<Counted>(countQueued, []);
      waiting = new Map(
        rows.map(({ workspaceId, queued, parked, maxQueued, paused }) => [workspaceId, { waiting: queued + parked, maxQueued, paused }]),
      );
      total = rows.reduce((sum, row) => sum + (row.capped || row.paused ? 0 : row.queued), 0);
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
    wakes: (workspaceId) => total < platform.config.run.dispatchWindow && waiting.get(workspaceId)?.paused !== true,
    fullAt: (workspaceId) => {
      const own = waiting.get(workspaceId);
      return own !== undefined && own.waiting >= own.maxQueued ? own.maxQueued : null;
    },
    added: (workspaceId) => {
      const own = waiting.get(workspaceId);
      if (own === undefined) waiting.set(workspaceId, { waiting: 1, maxQueued: Infinity, paused: false });
      else own.waiting += 1;
      if (own?.paused !== true) total += 1;
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
