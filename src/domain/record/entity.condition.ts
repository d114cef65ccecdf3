import type { BlueprintSpec } from './blueprint.spec.js';
import { type Field, type Params, isNullable, jsonExpression, nameOfField, typeOf, valueColumn } from './entity.field.js';

/** What is asked of a value, in SQL. */
export interface Test {
  /** Of one that is there: a condition on the expression, or always the same. */
  readonly onValue: boolean | ((value: string, params: Params) => string);
  /** It is a matter of few points of an index, which also answers for a single record. */
  readonly exact?: boolean;
  /** The same so that an index finds it, where that is said otherwise. */
  readonly ranges?: (value: string, params: Params) => readonly string[];
  /** Where there is none. */
  readonly onNone: boolean;
}

/** A condition of a list, on a record `e`. */
export interface Condition {
  /** The field that it is about, by its name; null: something else of the record. */
  readonly about: string | null;
  readonly test: Test | null;
  /** What looks at every record and so is for few of them. */
  readonly slow: { readonly path: readonly string[]; readonly property: string; readonly advice: string } | null;
  /** Whether it needs more of the record than its id. */
  readonly ofRow: boolean;
  /** Asked of one record after the other. */
  walk(params: Params): string;
  /** Asked of all at once: an index may lead to the records. */
  gather(params: Params): string;
  /** The ids of all of them, from an index that has nothing else to be read; null: there is none. */
  readonly ids: ((params: Params) => string) | null;
}

/** Records whose field has that value; null: none. */
export function valueIs(spec: Pick<BlueprintSpec, 'id'>, field: Field, value: unknown): Condition {
  const test: Test =
    value === null
      ? { onValue: false, onNone: true }
      : { onValue: (own, params) => `${own} = ${params.add(value, typeOf(field))}`, exact: true, onNone: false };
  return onField(spec, field, test, null);
}

/** All of them hold. */
export function together(tests: readonly Test[]): Test {
  const [only, ...others] = tests;
  if (only !== undefined && others.length === 0) return only;
  const said = tests.flatMap(({ onValue }) => (typeof onValue === 'function' ? [onValue] : []));
  return {
    onValue: tests.some(({ onValue }) => onValue === false)
      ? false
      : said.length === 0 || ((value, params) => said.map((one) => one(value, params)).join(' AND ')),
    exact: tests.every(({ exact }) => exact),
    onNone: tests.every(({ onNone }) => onNone),
  };
}

/** A condition on columns of the record. */
export function ofRecord(said: (params: Params) => string): Condition {
  return { about: null, test: null, slow: null, ofRow: true, walk: said, gather: said, ids: null };
}

/** Records with all the words of a query of PostgreSQL's text search; the expression is the one of the index. */
export function searching(query: string): Condition {
  const said = (params: Params) => `to_tsvector('simple'::regconfig, e."searchText") @@ ${params.add(query, 'tsquery')}`;
  const words = [...query.matchAll(/'((?:[^']|'')*)'/g)].map(([, word = '']) => word.replaceAll("''", "'"));
  // A text without the word need not be taken apart, which is most of the work.
  const holds = (params: Params) => words.map((word) => `position(${params.add(word, 'text')} IN e."searchText") > 0`);
  return {
    ...ofRecord(said),
    walk: (params) => `CASE WHEN ${[...holds(params), 'true'].join(' AND ')} THEN ${said(params)} ELSE false END`,
  };
}

export function onField({ id: blueprintId }: Pick<BlueprintSpec, 'id'>, field: Field, test: Test, slow: Condition['slow']): Condition {
  const { onValue, onNone } = test;
  const base = { about: nameOfField(field), test, slow, ids: null };
  if (onValue === onNone) return { ...base, ofRow: false, walk: () => String(onValue), gather: () => String(onValue) };
  const whole = (value: string, params: Params): string => {
    if (typeof onValue === 'boolean') return `${value} IS ${onValue ? 'NOT NULL' : 'NULL'}`;
    const said = onValue(value, params);
    return onNone && isNullable(field) ? `coalesce(${said}, true)` : said;
  };
  if (field.in === 'COLUMN') {
    const said = (params: Params) => whole(`e."${field.column}"`, params);
    return { ...base, ofRow: true, walk: said, gather: said };
  }
  if (field.in === 'JSON') {
    const said = (params: Params) => whole(jsonExpression(field, params), params);
    return { ...base, ofRow: true, walk: said, gather: said };
  }
  const own = `f.${valueColumn(field)}`;
  const values = (said: (params: Params) => string, params: Params) =>
    `"EntityValue" f WHERE f."blueprintId" = ${params.add(blueprintId, 'uuid')} AND f.property = ${params.add(field.property, 'text')} AND ${said(params)}`;
  const ids = (params: Params): string => {
    const { onValue, ranges } = test;
    const found = ranges?.(own, params) ?? (typeof onValue === 'function' ? [onValue(own, params)] : onValue ? [`${own} IS NOT NULL`] : []);
    const all = [...found, ...(onNone ? ['f.text IS NULL AND f.number IS NULL AND f.moment IS NULL'] : [])];
    return all.map((said) => `SELECT f."entityId" FROM ${values(() => said, params)}`).join(' UNION ALL ');
  };
  return {
    ...base,
    ofRow: false,
    // A subquery and no join: it is asked of one record after the other, as far as the page needs them.
    walk: (params) =>
      test.exact === true
        ? `coalesce((SELECT true FROM ${values((inner) => whole(own, inner), params)} AND f."entityId" = e.id LIMIT 1), false)`
        : whole(
            `(SELECT ${own} FROM "EntityValue" f WHERE f."entityId" = e.id AND f.property = ${params.add(field.property, 'text')})`,
            params,
          ),
    gather: (params) => `e.id IN (${ids(params)})`,
    ids,
  };
}
