import type { BlueprintSpec } from './blueprint.spec.js';
import { type Params, nameOfField } from './entity.field.js';
import type { Condition } from './entity.condition.js';
import { type Bound, type EntityOrder, type Segment, beyond, keysOf, orderSql } from './entity.order.js';

/** A list of records of one blueprint. */
export interface EntityList {
  readonly spec: BlueprintSpec;
  readonly conditions: readonly Condition[];
  readonly order: EntityOrder;
}

/** A record of a list, and the values of the order's fields: where it stands. */
export interface Listed {
  readonly id: string;
  readonly place: readonly unknown[];
}

export const all = (conditions: readonly string[]): string => conditions.join(' AND ');

export const firstField = ({ order: [first] }: EntityList): string | null => (first === undefined ? null : nameOfField(first.field));

/** Whether a record of the segment can meet what is asked of the field that divides the list. */
export function possible(list: EntityList, { firstIsNone }: Segment): boolean {
  const asked = list.conditions.filter(({ about, test }) => test !== null && about === firstField(list));
  return asked.every(({ test }) => (firstIsNone ? test?.onNone !== false : test?.onValue !== false));
}

export interface Scan {
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
export function walkSql(scan: Scan, steps: number | null, mostListed: number | null, take: number, params: Params): string {
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
export function endSql(scan: Scan, steps: number, params: Params): string {
  return `SELECT e.id, ${placeSql(scan.list.order, 'e')} AS place, NULL::int AS size FROM (${scanSql(scan, 1, params, steps - 1)}) e`;
}

/** The records within the bounds that meet the conditions, of all segments; `size` says whether they were too many to be all. */
export function gatherSql({ list, bounds, reversed }: Scan, take: number, mostGathered: number, params: Params): string {
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
