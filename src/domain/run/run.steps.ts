import type { Sql } from '#platform/db/database';
import type { StepRun } from '#platform/db/generated/prisma/client';

/** A step without its output, which may be long. */
export type LightStep = Omit<StepRun, 'output'>;

/**
 * Plain statements: what is told of runs is mostly their steps, and of the time for a page of them a third was what Prisma does to make
 * a row an object.
 */
const columns = `s."runId", s.path, s.ordinal, s.kind, s.name, s."versionId", s.status, s."errorCode", s."errorMessage", s."errorDetail", s.wait,
  s."argsHash", s.attempts, s."startedAt", s."finishedAt"`;
const ofRuns = {
  name: 'step.runs',
  text: `SELECT ${columns} FROM "StepRun" s WHERE s."runId" = ANY($1::uuid[]) ORDER BY s."runId", s.ordinal, s.path`,
};
const atPaths = {
  name: 'step.paths',
  text: `SELECT ${columns} FROM unnest($1::uuid[], $2::text[]) AS wanted("runId", path) JOIN "StepRun" s USING ("runId", path)`,
};

/** The steps of runs, those of each run in the order of its plan. */
export function readSteps(sql: Sql, runIds: readonly string[]): Promise<LightStep[]> {
  return sql.query<LightStep>(ofRuns, [runIds]);
}

/** The steps at these places, as far as they are there. */
export function readStepsAt(sql: Sql, places: readonly { readonly runId: string; readonly path: string }[]): Promise<LightStep[]> {
  return sql.query<LightStep>(atPaths, [places.map(({ runId }) => runId), places.map(({ path }) => path)]);
}
