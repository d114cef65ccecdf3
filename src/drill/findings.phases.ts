import type { Share } from './fairness.js';
import type { TickWindow } from './phase.ticks.js';
import type { DrillServices } from './services.js';

export interface TickFindings {
  readonly missed: number;
  readonly doubled: number;
}

/** Of schedules that fire every second, the ledger and the runs of a window: every one of its seconds once. */
export async function readTicks({ pool }: DrillServices, schedules: readonly string[], window: TickWindow): Promise<TickFindings> {
  const until = new Date(window.from.getTime() + (window.seconds - 1) * 1_000);
  const { rows } = await pool.query<TickFindings>(
    `WITH nominal AS (
       SELECT s AS schedule, at FROM unnest($1::uuid[]) s CROSS JOIN generate_series($2::timestamptz, $3::timestamptz, interval '1 second') at
     ), made AS (
       SELECT n.schedule, n.at, count(t."nominalAt") AS entries, count(r.id) AS runs
       FROM nominal n LEFT JOIN "Tick" t ON t."scheduleId" = n.schedule AND t."nominalAt" >= n.at AND t."nominalAt" < n.at + interval '1 second'
         LEFT JOIN "Run" r ON r.id = t."runId" AND r.status = 'SUCCEEDED'
       GROUP BY 1, 2
     ), untold AS (
       SELECT FROM "Run" r WHERE r."scheduleId" = ANY($1::uuid[]) AND NOT EXISTS (SELECT FROM "Tick" t WHERE t."runId" = r.id)
     )
     SELECT count(*) FILTER (WHERE runs = 0)::int AS missed, (coalesce(sum(entries - 1) FILTER (WHERE entries > 1), 0) + (SELECT count(*) FROM untold))::int AS doubled FROM made`,
    [schedules, window.from, until],
  );
  return rows[0] ?? { missed: schedules.length * window.seconds, doubled: 0 };
}

export interface CrowdFindings {
  /** What was asked for and what ended while all of them had something queued. */
  readonly backlogged: readonly Share[];
  /** The same until nine tenths of the flood were done. */
  readonly steady: readonly Share[];
  readonly succeeded: number;
}

/** `workspaces`: the one that floods first; `firsts`: how many of all runs had to end while everybody still had some. */
export async function readCrowd({ pool }: DrillServices, workspaces: readonly string[], firsts: number): Promise<CrowdFindings> {
  const until = `SELECT max("finishedAt") FROM (SELECT "finishedAt" FROM "Run" WHERE "workspaceId" = ANY($1::uuid[]) ORDER BY "finishedAt" LIMIT $2) firsts`;
  const { rows } = await pool.query<{ first: number; asked: number; got: number; succeeded: number }>(
    `WITH all_of AS (SELECT "workspaceId" AS space, "queuedAt" AS queued, "finishedAt" AS finished, status FROM "Run" WHERE "workspaceId" = ANY($1::uuid[])),
       late AS (SELECT percentile_disc(0.9) WITHIN GROUP (ORDER BY finished) AS at FROM all_of WHERE space = ($1::uuid[])[1])
     SELECT count(*) FILTER (WHERE finished <= (${until}))::int AS first, count(*) FILTER (WHERE queued <= (SELECT at FROM late))::int AS asked,
       count(*) FILTER (WHERE finished <= (SELECT at FROM late))::int AS got, count(*) FILTER (WHERE status = 'SUCCEEDED')::int AS succeeded
     FROM unnest($1::uuid[]) WITH ORDINALITY AS t(id, place) LEFT JOIN all_of ON space = t.id GROUP BY t.id, place ORDER BY place`,
    [workspaces, firsts],
  );
  return {
    // Each had more than it could get.
    backlogged: rows.map(({ first }) => ({ asked: firsts, got: first })),
    steady: rows.map(({ asked, got }) => ({ asked, got })),
    succeeded: rows.reduce((all, { succeeded }) => all + succeeded, 0),
  };
}
