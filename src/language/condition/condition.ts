import { type CompiledTemplate, compileTemplate, LanguageError, render } from '#language/template';
import { isList, isObject, type JsonValue, type ObjectValue, type Value } from '#language/value';

/** More of them are read than are known here. */
export type ConditionOperator = string;

const operators = ['eq', 'neq', 'in', 'contains', 'exists', 'nexists', 'gt', 'gte', 'lt', 'lte', 'startsWith'] as const;

export interface Condition {
  readonly field: string;
  readonly operator: ConditionOperator;
  readonly value?: JsonValue;
  readonly expression?: boolean;
}

export interface CompiledCondition {
  readonly condition: Condition;
  readonly field: CompiledTemplate;
  readonly value: CompiledTemplate;
}
export type CompiledConditions = readonly CompiledCondition[];

export interface TriedCondition {
  readonly index: number;
  readonly field: string;
  readonly operator: ConditionOperator;
  readonly actual: JsonValue;
  readonly expected: JsonValue;
  readonly met: boolean;
}

export interface ConditionResult {
  readonly met: boolean;
  readonly tried: readonly TriedCondition[];
}

/** Throws LanguageError. */
export function compileConditions(list: readonly Condition[]): CompiledConditions {
  return list.map((condition, index) => {
    const { field, operator, value = null, expression = false } = condition;
    if (!(operators as readonly string[]).includes(operator))
      throw new LanguageError('ARGUMENTS', `There is no operator ${operator}.`, { line: 1, column: 1 }, [String(index), 'operator']);
    return { condition, field: compileTemplate(`{{ ${expression ? field : dotted(field)} }}`), value: compileTemplate(value) };
  });
}

const dotted = (field: string): string =>
  field
    .split('/')
    .map((part, index) => (index === 0 ? part : `['${part}']`))
    .join('');

/** Stops at the first that is not met. */
export function meets(conditions: CompiledConditions, context: ObjectValue): ConditionResult {
  const tried: TriedCondition[] = [];
  for (const [index, { condition, field, value }] of conditions.entries()) {
    const actual = render(field, context);
    const expected = render(value, context);
    const met = holds(condition.operator, actual, expected);
    tried.push({ index, field: condition.field, operator: condition.operator, actual, expected, met });
    if (!met) return { met: false, tried };
  }
  return { met: true, tried };
}

function holds(operator: string, actual: JsonValue, expected: JsonValue): boolean {
  switch (operator) {
    case 'eq':
      return same(actual, expected);
    case 'neq':
      return !same(actual, expected);
    case 'in':
      return listed(expected).some((one) => same(actual, one));
    case 'contains':
      return contains(actual, expected);
    case 'exists':
      return actual !== null;
    case 'nexists':
      return actual === null;
    case 'gt':
      return Number(actual) > Number(expected);
    case 'gte':
      return Number(actual) >= Number(expected);
    case 'lt':
      return Number(actual) < Number(expected);
    case 'lte':
      return Number(actual) <= Number(expected);
    case 'startsWith':
      return typeof actual === 'string' && typeof expected === 'string' && actual.startsWith(expected);
    default:
      return false;
  }
}

function same(one: Value, other: Value): boolean {
  if (typeof one === 'number' && typeof other === 'string') return String(one) === other;
  if (typeof one === 'string' && typeof other === 'number') return one === String(other);
  return JSON.stringify(one ?? null) === JSON.stringify(other ?? null);
}

const listed = (value: JsonValue): readonly JsonValue[] =>
  isList(value)
    ? (value as readonly JsonValue[])
    : typeof value === 'string'
      ? value
          .split(',')
          .map((part) => part.trim())
          .filter((part) => part !== '')
      : [value];

function contains(actual: Value, expected: JsonValue): boolean {
  if (typeof actual === 'string') return typeof expected === 'string' && actual.includes(expected);
  if (isList(actual)) return actual.some((one) => same(one, expected));
  return isObject(actual) && typeof expected === 'string' && Object.hasOwn(actual, expected);
}

/** The literal value that the list demands of a path; undefined: none. */
export function pinned(list: readonly Condition[], path: string): JsonValue | undefined {
  const slashes = path.replaceAll('.', '/');
  for (const { field, operator, value, expression } of list)
    if (operator === 'eq' && expression !== true && value !== undefined && field.replaceAll('.', '/') === slashes)
      if (typeof value !== 'string' || !value.includes('{{')) return value;
  return undefined;
}
