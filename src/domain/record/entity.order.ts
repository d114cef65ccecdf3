import { type Field, type Params, fields, isNullable, jsonExpression, nameOfField, typeOf, valueColumn } from './entity.field.js';

export interface Sort {
  readonly field: Field;
  readonly descending: boolean;
}

/** A total order; of two records without a value none is first, so that the last field is one that differs: the number or the id. */
export type EntityOrder = readonly Sort[];

/** On one side of a place, which is the values of the order's fields there. */
export interface Bound {
  readonly place: readonly unknown[];
  readonly side: 'after' | 'before';
  readonly inclusive: boolean;
}

/** A total order of what is asked for; a field that is named twice counts where it comes first. */
export function totalOrder(sorts: readonly Sort[]): EntityOrder {
  const order: Sort[] = [];
  for (const sort of sorts.length > 0 ? sorts : [{ field: fields.number, descending: true }]) {
    if (!order.some(({ field }) => nameOfField(field) === nameOfField(sort.field))) order.push(sort);
    // Each record has its own.
    if (sort.field === fields.number) return order;
  }
  return [...order, { field: fields.id, descending: order.at(-1)?.descending ?? false }];
}

/** A column of a statement that an order goes by. */
export interface Key {
  readonly expression: string;
  readonly type: string;
  readonly descending: boolean;
  readonly nullable: boolean;
}

/** A part of a list that one index gives in order: records with a value of the first field, or without. */
export interface Segment {
  readonly firstIsNone: boolean;
  /** Whether the first field can be none at all. */
  readonly divided: boolean;
}

/** The parts of a list in its order: records without a value are last, in either direction. */
export function segmentsOf([first]: EntityOrder): readonly Segment[] {
  const divided = first !== undefined && isNullable(first.field);
  return divided ? [false, true].map((firstIsNone) => ({ firstIsNone, divided })) : [{ firstIsNone: false, divided }];
}

/** Whether a segment has rows on that side of the place. */
export function reaches(segment: Segment, { place, side }: Bound): boolean {
  if (!segment.divided) return true;
  const placeIsNone = place[0] === null;
  if (placeIsNone === segment.firstIsNone) return true;
  return (side === 'after') === segment.firstIsNone;
}

/** The fields of an order in the statement: `first` and `id` are where the list is read from, other properties are joined. */
export function keysOf(order: EntityOrder, source: { readonly first: string | null; readonly id: string }, params: Params) {
  const joins: string[] = [];
  const keys = order.map(({ field, descending }, index): Key => {
    const expression = (): string => {
      if (field.in === 'JSON') return jsonExpression(field, params);
      if (field.in === 'COLUMN') return field.column === 'id' ? source.id : `e."${field.column}"`;
      if (index === 0 && source.first !== null) return `${source.first}.${valueColumn(field)}`;
      const own = `k${index}`;
      joins.push(
        `LEFT JOIN "EntityValue" ${own} ON ${own}."entityId" = ${source.id} AND ${own}.property = ${params.add(field.property, 'text')}`,
      );
      return `${own}.${valueColumn(field)}`;
    };
    return { expression: expression(), type: typeOf(field), descending, nullable: isNullable(field) };
  });
  return { keys, joins: joins.join(' ') };
}

export function orderSql(keys: readonly Key[], reversed: boolean): string {
  return keys
    .map(({ expression, descending, nullable }) => {
      const down = descending !== reversed;
      return `${expression}${down ? ' DESC' : ''}${nullable ? ` NULLS ${reversed ? 'FIRST' : 'LAST'}` : ''}`;
    })
    .join(', ');
}

/** The rows beyond a bound; of a place with fewer values than there are keys, the first keys decide. */
export function beyond(all: readonly Key[], { place, side, inclusive }: Bound, params: Params): string {
  const keys = all.slice(0, place.length);
  const after = side === 'after';
  const values = keys.map(({ type }, index) => (place[index] === null ? null : params.add(place[index], type)));
  const sign = ({ descending }: Key) => (descending === after ? '<' : '>');
  const [first] = keys;
  if (first === undefined) return 'true';
  // As a tuple: an index that has the keys in this order begins right there.
  if (keys.every(({ descending, nullable }) => descending === first.descending && !nullable))
    return `(${keys.map(({ expression }) => expression).join(', ')}) ${sign(first)}${inclusive ? '=' : ''} (${values.join(', ')})`;
  const equal = (index: number) => {
    const value = values[index];
    return `${keys[index]?.expression ?? ''} ${value === null ? 'IS NULL' : `= ${String(value)}`}`;
  };
  const cases = keys.flatMap((key, index) => {
    const value = values[index];
    const same = keys.slice(0, index).map((_, before) => equal(before));
    if (value === null) return after ? [] : [[...same, `${key.expression} IS NOT NULL`]];
    const strictly = `${key.expression} ${sign(key)} ${String(value)}`;
    return [[...same, key.nullable && after ? `(${strictly} OR ${key.expression} IS NULL)` : strictly]];
  });
  if (inclusive) cases.push(keys.map((_, index) => equal(index)));
  const any = cases.map((all) => `(${all.join(' AND ')})`).join(' OR ') || 'false';
  // Says nothing new, but an index on the first key begins there.
  return first.nullable ? `(${any})` : `(${first.expression} ${sign(first)}= ${String(values[0])} AND (${any}))`;
}
