import type { Sql } from '#platform/db/database';
import { InvalidInputError } from '#domain/errors';
import type { BlueprintSpec } from './blueprint.spec.js';
import { type Params, nameOfField } from './entity.field.js';
import { type Condition, searching } from './entity.filter.js';
import { wordsOf } from './entity.index.js';
import { type Bound, type EntityOrder, type Segment, beyond, keysOf, orderSql, reaches, segmentsOf } from './entity.order.js';

/** A list of records of one blueprint. */
export interface EntityList {
  readonly spec: BlueprintSpec;
  readonly conditions: readonly Condition[];
  readonly order: EntityOrder;
}

/** The part of it that is wanted. */
export interface EntityWindow {
  readonly bounds: readonly Bound[];
  /** From the end of the list on. */
  readonly reversed: boolean;
  readonly take: number;
}

/** A record of a list, and the values of the order's fields: where it stands. */
export interface Listed {
  readonly id: string;
  readonly place: readonly unknown[];
}

/** Up to so many records a blueprint may be listed by properties that it does not index. */
export const mostUnindexed = 10_000;

/**
 * How a page is found among a million records. Without conditions an index has the records in their order. With conditions there are three
 * ways. To *walk* that index and to ask each record is right where many are wanted. To walk it with the ids at hand of all that are wanted
 * (*listed*) reads them first, and then goes thirty times as far in the same time. To *gather* those that are wanted and to sort them is right
 * where they stand at the far end of the order. Statistics do not tell which it is: a value may be frequent and yet stand at that end. So a
 * walk begins, and what it meets decides. All are bounded, but for a walk where gathering found too many.
 */
export interface Effort {
  /** Steps of a walk before it is asked whether it is the right way. */
  readonly firstWalk: number;
  /** Steps that a walk may still need: as long as reading the ids takes. */
  readonly mostSteps: number;
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
  mostSteps: 3_000,
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
  const statement = {
    name: 'entity.many',
    text: `SELECT b.id FROM unnest($1::uuid[]) AS b(id) WHERE EXISTS (SELECT FROM "Entity" WHERE "blueprintId" = b.id OFFSET ${mostUnindexed})`,
  };
  const many = new Set((await sql.query<{ id: string }>(statement, [asked])).map(({ id }) => id));
  return lists.map(({ spec }, index) => {
    const found = slow[index] ?? [];
    if (found.length === 0 || !many.has(spec.id)) return null;
    return new InvalidInputError(
      found.map(({ path, advice }) => ({
        path,
        message: `This looks at every record, and ${spec.key} has more than ${mostUnindexed}: ${advice}.`,
        code: 'NOT_INDEXED',
      })),
    );
  });
}

/** The condition of a search; null: it has no words. */
export async function searchCondition(sql: Sql, search: string): Promise<Condition | null> {
  const words = wordsOf(search);
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

const all = (conditions: readonly string[]): string => conditions.join(' AND ');

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
  { firstWalk, mostSteps, listedSteps, mostListed, fewGathered, mostGathered, longWalk }: Effort,
): Promise<readonly Listed[]> {
  const rows: Listed[] = [];
  const missing = () => take - rows.length;
  let way: Way = 'EACH';
  const segments = segmentsOf(list.order);
  for (const segment of reversed ? segments.toReversed() : segments) {
    let within = bounds;
    if (!within.every((bound) => reaches(segment, bound)) || !possible(list, segment)) continue;
    const filtered = list.conditions.some((condition) => condition.about !== firstField(list));
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
      const next: Way = way === 'EACH' ? (expected > mostSteps ? 'LISTED' : 'EACH') : 'LONG';
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

const firstField = ({ order: [first] }: EntityList): string | null => (first === undefined ? null : nameOfField(first.field));

/** Whether a record of the segment can meet what is asked of the field that divides the list. */
function possible(list: EntityList, { firstIsNone }: Segment): boolean {
  const asked = list.conditions.filter(({ about, test }) => test !== null && about === firstField(list));
  return asked.every(({ test }) => (firstIsNone ? test?.onNone !== false : test?.onValue !== false));
}

interface Scan {
  readonly list: EntityList;
  readonly segment: Segment;
  readonly bounds: readonly Bound[];
  readonly reversed: boolean;
}

/** The records of a segment in their order, with `k0`, `k1` … for the fields of it. */
function scanSql({ list, segment, bounds, reversed }: Scan, limit: number, params: Params, skip = 0): string {
  const { spec, conditions, order } = list;
  const [first] = order;
  const inValues = first?.field.in === 'VALUE' ? first.field : null;
  const own = conditions.filter(({ about }) => about !== null && about === firstField(list));
  const ofRow = order.slice(1).some(({ field }) => field.in !== 'VALUE' && nameOfField(field) !== 'id');
  const source = inValues === null ? { first: null, id: 'e.id' } : { first: 'v', id: 'v."entityId"' };
  const { keys, joins } = keysOf(order, source, params);
  const [key, ...rest] = keys;
  const sorted = segment.firstIsNone ? rest : segment.divided && key !== undefined ? [{ ...key, nullable: false }, ...rest] : keys;
  const where = [`${inValues === null ? 'e' : 'v'}."blueprintId" = ${params.add(spec.id, 'uuid')}`];
  if (inValues !== null) {
    where.push(`v.property = ${params.add(inValues.property, 'text')}`);
    if (segment.firstIsNone) where.push('v.text IS NULL AND v.number IS NULL AND v.moment IS NULL');
  }
  if (key !== undefined && segment.divided && !(inValues !== null && segment.firstIsNone))
    where.push(`${key.expression} IS ${segment.firstIsNone ? '' : 'NOT '}NULL`);
  for (const { test } of own)
    if (!segment.firstIsNone && typeof test?.onValue === 'function' && key !== undefined) where.push(test.onValue(key.expression, params));
  for (const bound of bounds) {
    const placeIsNone = bound.place[0] === null;
    // Of a place in the other segment everything here is on the right side.
    if (segment.divided && placeIsNone !== segment.firstIsNone) continue;
    where.push(beyond(sorted, segment.firstIsNone ? { ...bound, place: bound.place.slice(1) } : bound, params));
  }
  const from = inValues === null ? '"Entity" e' : `"EntityValue" v${ofRow ? ' JOIN "Entity" e ON e.id = v."entityId"' : ''}`;
  const kept = keys.map(({ expression }, index) => `${expression} AS k${index}`).join(', ');
  return `SELECT ${source.id} AS id, ${kept} FROM ${from} ${joins} WHERE ${all(where)} ORDER BY ${orderSql(sorted, reversed)} LIMIT ${limit}${skip > 0 ? ` OFFSET ${skip}` : ''}`;
}

const placeSql = (order: EntityOrder, of: string): string => `jsonb_build_array(${order.map((_, index) => `${of}.k${index}`).join(', ')})`;

/** The order of rows that have `k0`, `k1` …: the same as theirs, of which it costs nothing. */
function givenOrder({ order }: EntityList, of: string, segment: Segment | null, reversed: boolean): string {
  const { keys } = keysOf(order, { first: null, id: `${of}.id` }, { add: () => '' });
  const named = keys.map((key, index) => ({
    ...key,
    expression: `${of}.k${index}`,
    nullable: index === 0 && segment !== null ? false : key.nullable,
  }));
  return orderSql(segment?.firstIsNone === true ? named.slice(1) : named, reversed);
}

/**
 * The records that meet the conditions among the next `steps` ones; null: the conditions need no walk. `mostListed`: the ids of those that
 * meet them are read first, unless there are more; null: each record is asked.
 */
function walkSql(scan: Scan, steps: number | null, mostListed: number | null, take: number, params: Params): string {
  const { list, segment, reversed } = scan;
  const asked = list.conditions.filter(({ about }) => about === null || about !== firstField(list));
  const ask = ({ ofRow, walk }: Condition) => (ofRow ? `(SELECT ${walk(params)} FROM "Entity" e WHERE e.id = w.id)` : walk(params));
  const sources = mostListed === null ? [] : asked.map((condition) => idsOf(list, condition, asked, params));
  const lists = sources.flatMap((source, nth) =>
    source === null ? [] : [`ids${nth} AS MATERIALIZED (SELECT * FROM (${source}) AS i(id) LIMIT ${(mostListed ?? 0) + 1})`],
  );
  // `IN` within CASE stays a look into a table of hashes, whatever the planner takes the numbers of rows to be.
  const where = asked.map((condition, nth) =>
    (sources[nth] ?? null) === null
      ? ask(condition)
      : `CASE WHEN (SELECT count(*) FROM ids${nth}) <= ${mostListed ?? 0} THEN w.id IN (SELECT id FROM ids${nth}) ELSE ${ask(condition)} END`,
  );
  return `${lists.length === 0 ? '' : `WITH ${lists.join(', ')} `}SELECT w.id, ${placeSql(list.order, 'w')} AS place, NULL::int AS size
    FROM (${scanSql(scan, steps ?? take, params)}) w CROSS JOIN LATERAL (SELECT w.id) e ${where.length === 0 ? '' : `WHERE ${all(where)}`}
    ORDER BY ${givenOrder(list, 'w', segment, reversed)} LIMIT ${take}`;
}

/** The ids of all records that meet a condition, where they can be read: of rows only where nothing else has them. */
function idsOf({ spec }: EntityList, condition: Condition, asked: readonly Condition[], params: Params): string | null {
  if (condition.ids !== null) return condition.ids(params);
  if (!condition.ofRow || asked.some(({ ids }) => ids !== null)) return null;
  return `SELECT e.id FROM "Entity" e WHERE ${all([`e."blueprintId" = ${params.add(spec.id, 'uuid')}`, condition.gather(params)])}`;
}

/** The last of the next `steps` records, if there are so many. */
function endSql(scan: Scan, steps: number, params: Params): string {
  return `SELECT e.id, ${placeSql(scan.list.order, 'e')} AS place, NULL::int AS size FROM (${scanSql(scan, 1, params, steps - 1)}) e`;
}

/** The records within the bounds that meet the conditions, of all segments; `size` says whether they were too many to be all. */
function gatherSql({ list, bounds, reversed }: Scan, take: number, mostGathered: number, params: Params): string {
  const { spec, conditions, order } = list;
  const { keys, joins } = keysOf(order, { first: null, id: 'e.id' }, params);
  const where = [
    `e."blueprintId" = ${params.add(spec.id, 'uuid')}`,
    ...conditions.map((condition) => condition.gather(params)),
    ...bounds.map((bound) => beyond(keys, bound, params)),
  ];
  return `WITH found AS MATERIALIZED (
      SELECT e.id, ${keys.map(({ expression }, index) => `${expression} AS k${index}`).join(', ')} FROM "Entity" e ${joins} WHERE ${all(where)} LIMIT ${mostGathered + 1}
    )
    SELECT g.id, ${placeSql(order, 'g')} AS place, (SELECT count(*)::int FROM found) AS size FROM found g
    ORDER BY ${givenOrder(list, 'g', null, reversed)} LIMIT ${take}`;
}
