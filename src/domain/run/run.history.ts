import type { Sql, Statement } from '#platform/db/database';
import type { RunEventType, RunStatus } from '#platform/db/generated/prisma/enums';

/** One event of a run, by its place in the run. */
export interface RunHistoryEvent {
  readonly runId: string;
  readonly sequence: number;
  readonly type: RunEventType;
  readonly at: Date;
  readonly status: RunStatus;
  readonly stepPath: string | null;
  readonly data: unknown;
}

export interface HistoryPage {
  readonly logOnly: boolean;
  /** Sequences from this one on. */
  readonly from: number;
  /** Sequences up to this one. */
  readonly upTo: number;
  /** The last ones first. */
  readonly reversed: boolean;
  readonly take: number;
}

/** Beyond every sequence: PostgreSQL's largest integer. */
export const endOfHistory = 2_147_483_647;

const read = (name: string, direction: 'ASC' | 'DESC'): Statement => ({
  name,
  text: `
SELECT e.* FROM unnest($1::uuid[]) AS run(id) CROSS JOIN LATERAL (
  SELECT "runId", sequence, type, at, status, "stepPath", data FROM "RunEvent"
  WHERE "runId" = run.id AND sequence >= $3 AND sequence <= $4 AND (NOT $2::boolean OR type = 'LOG')
  ORDER BY sequence ${direction} LIMIT $5
) e`,
});

const forward = read('history.forward', 'ASC');
const backward = read('history.backward', 'DESC');

const count: Statement = {
  name: 'history.count',
  text: `SELECT "runId", count(*)::integer AS total FROM "RunEvent" WHERE "runId" = ANY($1::uuid[]) AND (NOT $2::boolean OR type = 'LOG') GROUP BY "runId"`,
};

/** The same page of the histories of several runs, in one statement. */
export async function readHistories(
  sql: Sql,
  runIds: readonly string[],
  page: HistoryPage,
): Promise<ReadonlyMap<string, readonly RunHistoryEvent[]>> {
  const rows = await sql.query<RunHistoryEvent>(page.reversed ? backward : forward, [
    runIds,
    page.logOnly,
    page.from,
    page.upTo,
    page.take,
  ]);
  const histories = new Map<string, RunHistoryEvent[]>(runIds.map((id) => [id, []]));
  for (const row of rows) histories.get(row.runId)?.push(row);
  return histories;
}

export async function countHistories(sql: Sql, runIds: readonly string[], logOnly: boolean): Promise<ReadonlyMap<string, number>> {
  const rows = await sql.query<{ runId: string; total: number }>(count, [runIds, logOnly]);
  return new Map(rows.map(({ runId, total }) => [runId, total]));
}
