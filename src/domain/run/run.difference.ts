import type { Sql, Statement } from '#platform/db/database';

/** A run that does another one again. */
export interface ReplayPair {
  readonly now: string;
  readonly was: string;
  /** Whether it is final: what it has not done, it will not do. */
  readonly ended: boolean;
}

export interface StepDifference {
  readonly run: string;
  readonly path: string;
  /** Whether there was such a step, and whether there is one now. */
  readonly was: boolean;
  readonly now: boolean;
}

const differences: Statement = {
  name: 'run.differences',
  // Steps that hold others differ where one of those does: they come last.
  text: `
SELECT DISTINCT ON (g.now) g.now AS run, s.path, s.was, s.is AS now
FROM unnest($1::uuid[], $2::uuid[], $3::boolean[]) AS g(now, was, ended) JOIN LATERAL (
  SELECT coalesce(n.path, w.path) AS path, w.path IS NOT NULL AS was, n.path IS NOT NULL AS is, coalesce(n.ordinal, w.ordinal) AS ordinal,
    coalesce(n.kind, w.kind) IN ('branch', 'forEach', 'tryCatch') AS holds
  FROM (SELECT * FROM "StepRun" WHERE "runId" = g.was) w FULL JOIN (SELECT * FROM "StepRun" WHERE "runId" = g.now) n ON n.path = w.path
  WHERE (n.path IS NULL AND g.ended) OR (n.path IS NOT NULL AND w.path IS NULL) OR (n."finishedAt" IS NOT NULL AND (n.status <> w.status OR n.output IS DISTINCT FROM w.output))
) s ON true ORDER BY g.now, s.holds, s.ordinal, s.path`,
};

/** Of each replay the first step whose status or output is not what it was, or that only one of the two runs has. */
export async function firstDifferences(sql: Sql, pairs: readonly ReplayPair[]): Promise<ReadonlyMap<string, StepDifference>> {
  const values = [pairs.map(({ now }) => now), pairs.map(({ was }) => was), pairs.map(({ ended }) => ended)];
  const rows = await sql.query<StepDifference>(differences, values);
  return new Map(rows.map((row) => [row.run, row]));
}
