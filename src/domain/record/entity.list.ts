import type { Sql } from '#platform/db/database';
import { InvalidInputError } from '#domain/errors';
import { invalid } from '#domain/input';
import { mostUnindexed, withMany } from './blueprint.load.service.js';
import type { Params } from './entity.field.js';
import { type Condition, searching } from './entity.condition.js';
import { wordsOf } from './entity.index.js';
import { type Ask, type EntityWindow, type FoundRow, pageOf, usualEffort } from './entity.page.js';
import { type EntityList, type Listed, all } from './entity.scan.js';

export type { EntityList, Listed };

/**
 * Why lists cannot be made: they ask for what must look at every record, and there are too many (`NOT_INDEXED`). Null: they can.
 * `orderPath` leads to the order.
 */
export async function listProblems(
  sql: Sql,
  lists: readonly EntityList[],
  orderPath: readonly string[],
): Promise<readonly (InvalidInputError | null)[]> {
  const slow = lists.map(({ conditions, order }) => [
    ...conditions.flatMap((condition) => condition.slow ?? []),
    ...order.flatMap(({ field }) =>
      field.in === 'JSON' ? [{ path: orderPath, advice: `name ${field.property} in \`indexed\` of the blueprint` }] : [],
    ),
  ]);
  const asked = lists.filter((_, index) => (slow[index]?.length ?? 0) > 0).map(({ spec }) => spec.id);
  if (asked.length === 0) return lists.map(() => null);
  const large = await withMany(sql, asked);
  return lists.map(({ spec }, index) => {
    const found = slow[index] ?? [];
    if (found.length === 0 || !large.has(spec.id)) return null;
    return new InvalidInputError(
      found.map(({ path, advice }) => ({
        path,
        message: `This looks at every record, and ${spec.key} has more than ${mostUnindexed}: ${advice}.`,
        code: 'NOT_INDEXED',
      })),
    );
  });
}

/** Each word is a look into the index, and into the text of each record that is asked. */
const mostSearched = 250;
const mostWords = 20;

/** The condition of a search; null: it has no words. Throws InvalidInputError (`filter.search`) where it is too long. */
export async function searchCondition(sql: Sql, search: string): Promise<Condition | null> {
  const words = search.length > mostSearched ? null : wordsOf(search);
  if (words === null || words.length > mostWords)
    throw invalid(['filter', 'search'], `A search has at most ${mostSearched} characters and ${mostWords} words.`, 'TOO_LONG');
  if (words.length === 0) return null;
  // As the index reads words. Asked beforehand, so that the statement of the list has a constant, whose frequency the planner knows.
  const statement = { name: 'entity.search', text: `SELECT plainto_tsquery('simple'::regconfig, $1::text)::text AS query` };
  const [row] = await sql.query<{ query: string }>(statement, [words.join(' ')]);
  return row === undefined || row.query === '' ? null : searching(`${row.query}:*`);
}

/** The same window of several lists, in as many statements as one of them takes. */
export async function listEntities(
  sql: Sql,
  lists: readonly EntityList[],
  window: EntityWindow,
  effort = usualEffort,
): Promise<readonly (readonly Listed[])[]> {
  const ask = askTogether<FoundRow>(sql);
  return Promise.all(lists.map((list) => pageOf(list, window, { ask, effort })));
}

/** How many records several lists have. */
export async function countEntities(sql: Sql, lists: readonly EntityList[]): Promise<readonly number[]> {
  const ask = askTogether<{ readonly part: number; readonly total: number }>(sql);
  return Promise.all(
    lists.map(async ({ spec, conditions }) => {
      const [row] = await ask(
        (params) =>
          `SELECT count(*)::int AS total FROM "Entity" e WHERE ${all([`e."blueprintId" = ${params.add(spec.id, 'uuid')}`, ...conditions.map((one) => one.gather(params))])}`,
      );
      return row?.total ?? 0;
    }),
  );
}

/** What is asked in one turn of the event loop is one statement. */
function askTogether<Row extends { readonly part: number }>(sql: Sql): Ask<Row> {
  let waiting: { readonly build: (params: Params) => string; readonly settle: (rows: Promise<Row[]>) => void }[] = [];

  function flush(): void {
    const asked = waiting;
    waiting = [];
    const values: unknown[] = [];
    const params: Params = { add: (value, type) => `$${values.push(value)}::${type}` };
    const text = asked.map(({ build }, part) => `SELECT ${part} AS part, * FROM (${build(params)}) p${part}`).join(' UNION ALL ');
    const answer = sql.query<Row>({ name: 'entity.list', text }, values);
    for (const [part, { settle }] of asked.entries()) settle(answer.then((rows) => rows.filter((row) => row.part === part)));
  }

  return (build) =>
    new Promise((resolve) => {
      if (waiting.push({ build, settle: resolve }) === 1) setImmediate(flush);
    });
}
