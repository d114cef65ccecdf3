import { type FieldProblem, InvalidInputError } from '#domain/errors';
import type { BlueprintSpec } from './blueprint.spec.js';
import {
  type Field,
  type Params,
  comparable,
  fields,
  isNullable,
  jsonExpression,
  nameOfField,
  propertyField,
  typeOf,
  valueColumn,
} from './entity.field.js';

/** What is asked of one value: all given conditions hold. */
export interface Comparison {
  readonly eq?: unknown;
  /** Another value, or none. */
  readonly ne?: unknown;
  readonly in?: readonly unknown[] | undefined;
  readonly lt?: unknown;
  readonly lte?: unknown;
  readonly gt?: unknown;
  readonly gte?: unknown;
  /** In capitals or not. */
  readonly contains?: string | undefined;
  readonly startsWith?: string | undefined;
  readonly exists?: boolean | undefined;
}

export interface PropertyFilter extends Comparison {
  readonly name: string;
}

export interface LinkFilter {
  readonly name: string;
  /** A record's UUID. */
  readonly to?: string | undefined;
  /** Leads nowhere. */
  readonly none?: true | undefined;
}

/** Which records; all given conditions hold. */
export interface EntityFilter {
  readonly properties?: readonly PropertyFilter[] | undefined;
  readonly statuses?: readonly string[] | undefined;
  /** Earlier, or later, in the life cycle than this status. */
  readonly statusBefore?: string | undefined;
  readonly statusAfter?: string | undefined;
  readonly labels?: { readonly all?: readonly string[] | undefined; readonly any?: readonly string[] | undefined } | undefined;
  readonly key?: Pick<Comparison, 'in' | 'startsWith'> | undefined;
  readonly number?: Comparison | undefined;
  readonly links?: readonly LinkFilter[] | undefined;
  /** Words; of the last one the beginning. */
  readonly search?: string | undefined;
  readonly createdAt?: Comparison | undefined;
  readonly updatedAt?: Comparison | undefined;
}

/** What is asked of a value, in SQL. */
interface Test {
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

export const mostConditions = 20;

/** Reads a filter. Throws InvalidInputError with every field at fault; `path` leads to the filter. */
export function conditionsOf(spec: BlueprintSpec, filter: EntityFilter, path: readonly string[] = ['filter']): Condition[] {
  const problems: FieldProblem[] = [];
  const found: Condition[] = [];
  const report = (where: readonly string[], message: string, code: string) =>
    void problems.push({ path: [...path, ...where], message, code });
  // What is asked of one field is one condition: of a range the index is read once.
  const asked = new Map<string, { readonly field: Field; readonly tests: Test[]; readonly slow: Condition['slow'] }>();
  const compare = (where: readonly string[], field: Field, given: Comparison | undefined) => {
    const { tests, others } = comparisons(spec, field, given, [...path, ...where], (at, message, code) =>
      report([...where, ...at], message, code),
    );
    found.push(...others);
    if (tests.length === 0) return others.length > 0;
    const slow = field.in === 'JSON' ? { path: [...path, ...where], property: nameOfField(field), advice: indexAdvice(field) } : null;
    const known = asked.get(nameOfField(field)) ?? { field, tests: [], slow };
    known.tests.push(...tests);
    asked.set(nameOfField(field), known);
    return true;
  };

  if ((filter.properties?.length ?? 0) + (filter.links?.length ?? 0) > mostConditions)
    report(['properties'], `At most ${mostConditions} conditions on properties and links.`, 'TOO_LONG');
  else {
    for (const [index, one] of filter.properties?.entries() ?? []) {
      const where = ['properties', String(index)];
      const field = propertyField(spec, one.name);
      if (field === null) report([...where, 'name'], `Records of ${spec.key} have no property of this name.`, 'UNKNOWN_FIELD');
      else {
        const before = problems.length;
        if (!compare(where, field, one) && problems.length === before)
          report(where, 'Say what is asked of it: eq, in, exists …', 'REQUIRED');
      }
    }
    for (const [index, one] of filter.links?.entries() ?? []) found.push(...linked(spec, one, ['links', String(index)], report));
  }
  compare(['status'], fields.status, statusComparison(spec, filter, report));
  const { all, any } = filter.labels ?? {};
  if (all !== undefined && all.length > 0) found.push(ofRecord((params) => `e.labels @> ${params.add(all, 'text[]')}`));
  if (any !== undefined) found.push(ofRecord((params) => `e.labels && ${params.add(any, 'text[]')}`));
  compare(['key'], fields.key, filter.key);
  compare(['number'], fields.number, filter.number);
  compare(['createdAt'], fields.createdAt, filter.createdAt);
  compare(['updatedAt'], fields.updatedAt, filter.updatedAt);
  if (problems.length > 0) throw new InvalidInputError(problems);
  for (const { field, tests, slow } of asked.values()) found.push(onField(spec, field, together(tests), slow));
  return found;
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
function together(tests: readonly Test[]): Test {
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

type Report = (where: readonly string[], message: string, code: string) => void;

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

const orders = { lt: '<', lte: '<=', gt: '>', gte: '>=' } as const;
const isOrder = (name: string): name is keyof typeof orders => Object.hasOwn(orders, name);

/** What a comparison asks of a field; `others` are about something else than its value. Problems are reported below the comparison. */
function comparisons(
  spec: Pick<BlueprintSpec, 'id'>,
  field: Field,
  given: Comparison | undefined,
  path: readonly string[],
  report: Report,
): { readonly tests: readonly Test[]; readonly others: readonly Condition[] } {
  const type = typeOf(field);
  const tests: Test[] = [];
  const others: Condition[] = [];
  const read = (value: unknown, at: readonly string[]): unknown => {
    const found = comparable(field, value);
    if ('value' in found) return found.value;
    report(at, `This is compared with ${found.expected}.`, 'INVALID');
    return null;
  };
  for (const [operator, wanted] of Object.entries(given ?? {}) as [string, unknown][]) {
    if (wanted === undefined || wanted === null || operator === 'name') continue;
    if (!applies(operator, field)) report([operator], `${operator} is nothing that ${inWords(field)} can be asked.`, 'NOT_APPLICABLE');
    else if (operator === 'eq') {
      const value = read(wanted, [operator]);
      tests.push({ onValue: (own, params) => `${own} = ${params.add(value, type)}`, exact: true, onNone: false });
    } else if (operator === 'ne') {
      const value = read(wanted, [operator]);
      tests.push({
        onValue: (own, params) => `${own} <> ${params.add(value, type)}`,
        ranges: (own, params) => [`${own} < ${params.add(value, type)}`, `${own} > ${params.add(value, type)}`],
        onNone: true,
      });
    } else if (operator === 'in') {
      const values = (wanted as readonly unknown[]).map((value, index) => read(value, [operator, String(index)]));
      tests.push({ onValue: (own, params) => `${own} = ANY(${params.add(values, `${type}[]`)})`, exact: true, onNone: false });
    } else if (operator === 'exists') tests.push({ onValue: wanted === true, onNone: wanted !== true });
    else if (isOrder(operator)) {
      const value = read(wanted, [operator]);
      tests.push({ onValue: (own, params) => `${own} ${orders[operator]} ${params.add(value, type)}`, onNone: false });
    } else if (operator === 'startsWith') {
      const text = read(wanted, [operator]);
      // The second condition says the same, but for the index: what begins with it lies in between, by code points.
      const between = (own: string, params: Params) =>
        `${inCodePoints(own, field)} BETWEEN ${params.add(text, 'text')} AND ${params.add(`${String(text)}\u{10FFFF}`, 'text')}`;
      tests.push({
        onValue: (own, params) => `(starts_with(${own}, ${params.add(text, 'text')}) AND ${between(own, params)})`,
        onNone: false,
      });
    } else {
      const text = read(wanted, [operator]);
      // The index has the beginning of a text; this looks everywhere in it.
      const whole: Field = field.in === 'VALUE' ? { in: 'JSON', property: field.property, path: [field.property], kind: 'text' } : field;
      const test: Test = { onValue: (own, params) => `position(lower(${params.add(text, 'text')}) IN lower(${own})) > 0`, onNone: false };
      const slow = { path: [...path, operator], property: nameOfField(field), advice: 'use `search`, which finds words, or `startsWith`' };
      others.push({ ...onField(spec, whole, test, slow), about: null });
    }
  }
  return { tests, others };
}

/** Whether a value can be asked this. */
function applies(operator: string, { kind }: Field): boolean {
  if (isOrder(operator)) return kind !== 'boolean' && kind !== 'json';
  return (operator !== 'contains' && operator !== 'startsWith') || kind === 'text';
}

const inWords = ({ kind }: Field): string =>
  kind === 'json' ? 'a value of no single type' : kind === 'boolean' ? 'true and false' : `a ${kind}`;

const inCodePoints = (own: string, field: Field): string => (field.in === 'COLUMN' ? `${own} COLLATE "C"` : own);

const indexAdvice = (field: Field): string =>
  field.kind === 'json'
    ? 'give what it is looked for by as a property of its own, with a type, and name that in `indexed`'
    : `name ${field.in === 'COLUMN' ? field.column : field.property} in \`indexed\` of the blueprint`;

function onField({ id: blueprintId }: Pick<BlueprintSpec, 'id'>, field: Field, test: Test, slow: Condition['slow']): Condition {
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

/** Statuses as their places in the life cycle. */
function statusComparison(spec: BlueprintSpec, filter: EntityFilter, report: Report): Comparison {
  const rank = (status: string, where: readonly string[]): number => {
    const found = spec.statuses.findIndex(({ name }) => name === status);
    if (found < 0) report(where, `Records of ${spec.key} have no status of this name.`, 'UNKNOWN_STATUS');
    return found;
  };
  return {
    in: filter.statuses?.map((status, index) => rank(status, ['status', String(index)])),
    lt: filter.statusBefore === undefined ? undefined : rank(filter.statusBefore, ['statusBefore']),
    gt: filter.statusAfter === undefined ? undefined : rank(filter.statusAfter, ['statusAfter']),
  };
}

function linked(spec: BlueprintSpec, { name, to, none }: LinkFilter, where: readonly string[], report: Report): Condition[] {
  const link = spec.links.find((one) => one.name === name || one.aliases.includes(name));
  if (link === undefined) {
    report([...where, 'name'], `Records of ${spec.key} have no link of this name.`, 'UNKNOWN_FIELD');
    return [];
  }
  if ((to === undefined) === (none === undefined)) {
    report(where, 'Give exactly one of to and none.', 'ONE_OF');
    return [];
  }
  const inverse = link.kind === 'INVERSE';
  const [own, other] = inverse ? ['toId', 'fromId'] : ['fromId', 'toId'];
  const stored = inverse ? (link.inverseOf ?? '') : link.name;
  const links = (params: Params) => `"EntityLink" l WHERE l.name = ${params.add(stored, 'text')}`;
  // Under one name records of several blueprints may lead here: only those of this link's count.
  const theirs = (params: Params) =>
    inverse
      ? ` AND EXISTS (SELECT 1 FROM "Entity" o JOIN "Blueprint" b ON b.id = o."blueprintId" WHERE o.id = l."fromId" AND b.key = ${params.add(link.blueprint, 'text')})`
      : '';
  const base = { about: null, test: null, slow: null, ofRow: false, ids: null };
  if (to === undefined) {
    const said = (params: Params) => `NOT EXISTS (SELECT 1 FROM ${links(params)} AND l."${own}" = e.id${theirs(params)})`;
    return [
      {
        ...base,
        walk: (params) => `coalesce((SELECT false FROM ${links(params)} AND l."${own}" = e.id${theirs(params)} LIMIT 1), true)`,
        gather: said,
      },
    ];
  }
  const ids = (params: Params) => `SELECT l."${own}" FROM ${links(params)} AND l."${other}" = ${params.add(to, 'uuid')}${theirs(params)}`;
  return [
    {
      ...base,
      ids,
      walk: (params) =>
        `coalesce((SELECT true FROM ${links(params)} AND l."${own}" = e.id AND l."${other}" = ${params.add(to, 'uuid')}${theirs(params)} LIMIT 1), false)`,
      gather: (params) => `e.id IN (${ids(params)})`,
    },
  ];
}
