import { type FieldProblem, InvalidInputError } from '#domain/errors';
import type { BlueprintSpec } from './blueprint.spec.js';
import { type Condition, type Test, ofRecord, onField, together } from './entity.condition.js';
import { type Field, type Params, comparable, fields, nameOfField, propertyField, typeOf } from './entity.field.js';

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

type Report = (where: readonly string[], message: string, code: string) => void;

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
