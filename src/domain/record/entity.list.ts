import type { Sql } from '#platform/db/database';
import { InvalidInputError } from '#domain/errors';
import { invalid } from '#domain/input';
import { mostUnindexed, withMany } from './blueprint.load.service.js';
import type { Params } from './entity.field.js';
import { type Condition, searching } from './entity.filter.js';
import { wordsOf } from './entity.index.js';
import { type Bound, reaches, segmentsOf } from './entity.order.js';
import { type EntityList, type Listed, type Scan, all, endSql, firstField, gatherSql, possible, walkSql } from './entity.scan.js';

export type { EntityList, Listed };

/** The part of it that is wanted. */
export interface EntityWindow {
  readonly bounds: readonly Bound[];
  /** From the end of the list on. */
  readonly reversed: boolean;
  readonly take: number;
}

/**
 * How a page is found among a million records. Without conditions an index has the records in their order. With conditions there are three
 * ways. To *walk* that index and to ask each record is right where many are wanted. To walk it with the ids at hand of all that are wanted
 * (*listed*) reads them first, and then goes ten times as far in the same time. To *gather* those that are wanted and to sort them is right
 * where they stand at the far end of the order. Statistics do not tell which it is: a value may be frequent and yet stand at that end. So a
 * walk begins, and what it meets decides. All are bounded, but for a walk where gathering found too many.
 */
export interface Effort {
  /** Steps of a walk before it is asked whether it is the right way. */
  readonly firstWalk: number;
  /** Steps that a walk may still need: about as long as reading the ids takes from an index of values. */
  readonly mostSteps: number;
  /** The same where the ids must be read from rows. */
  readonly mostRowSteps: number;
  /** Steps with the ids at hand. */
  readonly listedSteps: number;
  /** Of more ids than that, each record is asked. */
  readonly mostListed: number;
  /** So few that it is tried before a longer walk. */
  readonly fewGathered: number;
  readonly mostGathered: number;
  /** Steps between two looks when there is no other way. */
  readonly longWalk: number;
}

const usualEffort: Effort = {
  firstWalk: 400,
  mostSteps: 1_500,
  mostRowSteps: 6_000,
  listedSteps: 60_000,
  mostListed: 50_000,
  fewGathered: 1_000,
  mostGathered: 5_000,
  longWalk: 200_000,
};

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
  return Promise.all(lists.map((list) => pageOf(list, window, ask, effort)));
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

interface FoundRow extends Listed {
  readonly part: number;
  /** Of what was gathered. */
  readonly size: number | null;
}

type Ask<Row> = (build: (params: Params) => string) => Promise<Row[]>;

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

type Way = 'EACH' | 'LISTED' | 'LONG';

async function pageOf(
  list: EntityList,
  { bounds, reversed, take }: EntityWindow,
  ask: Ask<FoundRow>,
  { firstWalk, mostSteps, mostRowSteps, listedSteps, mostListed, fewGathered, mostGathered, longWalk }: Effort,
): Promise<readonly Listed[]> {
  const rows: Listed[] = [];
  const missing = () => take - rows.length;
  let way: Way = 'EACH';
  const segments = segmentsOf(list.order);
  for (const segment of reversed ? segments.toReversed() : segments) {
    let within = bounds;
    if (!within.every((bound) => reaches(segment, bound)) || !possible(list, segment)) continue;
    const filtered = list.conditions.some((condition) => condition.about !== firstField(list));
    const enough = list.conditions.some(({ ids }) => ids !== null) ? mostSteps : mostRowSteps;
    for (let steps: number = way === 'EACH' ? firstWalk : longWalk; missing() > 0; ) {
      const scan: Scan = { list, segment, bounds: within, reversed };
      const listing = way === 'EACH' ? null : mostListed;
      const walked = ask((params) => walkSql(scan, filtered ? steps : null, listing, missing(), params));
      const endOf = () => ask((params) => endSql(scan, steps, params));
      // The end of a short walk is asked for in the same statement, whether it will be needed or not.
      const ends = filtered && listing === null ? endOf() : null;
      const found = await walked;
      rows.push(...found);
      if (!filtered || missing() <= 0) break;
      const [end] = await (ends ?? endOf());
      if (end === undefined) break;
      within = [
        ...bounds.filter(({ side }) => (side === 'before') !== reversed),
        { place: end.place, side: reversed ? 'before' : 'after', inclusive: false },
      ];
      const expected: number = (missing() * steps) / Math.max(found.length, 0.5);
      const next: Way = way === 'EACH' ? (expected > enough ? 'LISTED' : 'EACH') : 'LONG';
      const most = next === 'LONG' ? mostGathered : fewGathered;
      // Where a walk met none at all, there may be none, or few.
      if ((next === 'LONG' && way === 'LISTED') || (next === 'LISTED' && found.length === 0)) {
        const others = await ask((params) => gatherSql({ list, segment, bounds: within, reversed }, missing(), most, params));
        if ((others[0]?.size ?? 0) <= most) return [...rows, ...others];
      }
      way = next;
      steps = way === 'EACH' ? Math.ceil(expected * 1.5) : way === 'LISTED' ? listedSteps : longWalk;
    }
  }
  return rows;
}
