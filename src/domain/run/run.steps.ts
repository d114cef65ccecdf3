import type { Sql, Statement } from '#platform/db/database';
import type { StepRun } from '#platform/db/generated/prisma/client';

/** A step without its output, which may be long. */
export type LightStep = Omit<StepRun, 'output'>;

type Column = keyof LightStep;

/** Read together: of 2^5 statements a connection can bear to have each prepared. */
const groups = [
  ['runId', 'path', 'ordinal', 'kind', 'name', 'status'],
  ['versionId', 'argsHash'],
  ['errorCode', 'errorMessage', 'errorDetail'],
  ['wait'],
  ['attempts'],
  ['startedAt', 'finishedAt'],
] as const satisfies readonly (readonly Column[])[];

/**
 * Plain statements, with no more columns than are asked for: what is told of runs is mostly their steps, and the time for a page of them was mostly
 * that of making rows objects.
 */
function statement(name: string, from: string, asked: ReadonlySet<string> | null): Statement {
  const read = groups.map((group, nth) => nth === 0 || asked === null || group.some((column) => asked.has(column)));
  const columns = groups.flatMap((group, nth) => (read[nth] === true ? group.map((column) => `s."${column}"`) : []));
  return { name: `${name}.${read.map(Number).join('')}`, text: `SELECT ${columns.join(', ')} ${from}` };
}

/** The steps of runs, those of each run in the order of its plan. `asked`: the columns that are needed; null: all. Others may be missing. */
export function readSteps(sql: Sql, runIds: readonly string[], asked: ReadonlySet<string> | null = null): Promise<LightStep[]> {
  const from = 'FROM "StepRun" s WHERE s."runId" = ANY($1::uuid[]) ORDER BY s."runId", s.ordinal, s.path';
  return sql.query<LightStep>(statement('step.runs', from, asked), [runIds]);
}

/** The steps at these places, as far as they are there. */
export function readStepsAt(sql: Sql, places: readonly { readonly runId: string; readonly path: string }[]): Promise<LightStep[]> {
  const from = 'FROM unnest($1::uuid[], $2::text[]) AS wanted("runId", path) JOIN "StepRun" s USING ("runId", path)';
  return sql.query<LightStep>(statement('step.paths', from, null), [places.map(({ runId }) => runId), places.map(({ path }) => path)]);
}
