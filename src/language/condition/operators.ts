import { type Fuel, spend, spendReading, spendSearch, splitWithin } from '#language/fuel';
import { sizeOf } from '#language/operations';
import { compilePattern, occursIn } from '#language/pattern';
import { isList, isObject, type JsonValue, type Value } from '#language/value';
import { isAlike, orderOf } from './compare.js';
import { isLike, readLike } from './like.js';

export const conditionOperators = [
  'eq',
  'neq',
  'in',
  'nin',
  'contains',
  'ncontains',
  'like',
  'nlike',
  'gt',
  'gte',
  'lt',
  'lte',
  'startsWith',
  'endsWith',
  'exists',
  'nexists',
  'empty',
  'nempty',
  'regex',
  'between',
] as const;
export type OperatorName = (typeof conditionOperators)[number];
/** As authors may write them: `notIn` is another word for `nin`. */
export const operatorWords = [...conditionOperators, 'notIn'] as const;
export type ConditionOperator = (typeof operatorWords)[number];

export type Check = (actual: Value, fuel: Fuel) => boolean;

export interface Operator {
  /** The value in the form in which it is compared. */
  read(value: JsonValue, fuel: Fuel): JsonValue;
  /** What is asked of the field, given a value that was read: nothing fits one that makes no sense. Throws {@link Fault} for a bad pattern. */
  prepare(value: JsonValue, fuel: Fuel): Check;
  /** What it needs that a value which was read does not have; null where nothing is missing. Worth telling an author of a value without slots. */
  missing?(value: JsonValue): string | null;
}

export function operatorNamed(name: string): OperatorName | null {
  return name === 'notIn' ? 'nin' : (conditionOperators.find((known) => known === name) ?? null);
}

const asItIs = (value: JsonValue) => value;
const nothing = () => null;

function not(operator: Operator): Operator {
  const { prepare } = operator;
  return {
    ...operator,
    prepare: (value, fuel) => {
      const check = prepare(value, fuel);
      return (actual, fuel) => !check(actual, fuel);
    },
  };
}

const eq: Operator = { read: asItIs, prepare: (value) => (actual, fuel) => isAlike(actual, value, fuel, 0) };
const isIn: Operator = {
  read: listOf,
  prepare: (value) => {
    const list = isList(value) ? value : [];
    return (actual, fuel) => list.some((item) => isAlike(actual, item, fuel, 0));
  },
};
const contains: Operator = { read: asItIs, prepare: (value) => (actual, fuel) => holds(actual, value, fuel) };
const like = ofTexts((wanted, preparing) => {
  spend(preparing, wanted.length, 0);
  const pattern = readLike(wanted);
  return (text, fuel) => isLike(text, pattern, fuel);
});
const exists: Operator = { read: nothing, prepare: () => (actual) => actual !== undefined && actual !== null };
const empty: Operator = { read: nothing, prepare: () => isEmpty };

export const operators: Readonly<Record<OperatorName, Operator>> = {
  eq,
  neq: not(eq),
  in: isIn,
  nin: not(isIn),
  contains,
  ncontains: not(contains),
  like,
  nlike: not(like),
  gt: ordered((order) => order > 0),
  gte: ordered((order) => order >= 0),
  lt: ordered((order) => order < 0),
  lte: ordered((order) => order <= 0),
  startsWith: edge((text, wanted) => text.startsWith(wanted)),
  endsWith: edge((text, wanted) => text.endsWith(wanted)),
  exists,
  nexists: not(exists),
  empty,
  nempty: not(empty),
  regex: ofTexts((wanted, preparing) => {
    const pattern = compilePattern(wanted, 0);
    spend(preparing, 100 + 40 * pattern.programSize(), 0);
    return (text, fuel) => occursIn(pattern, text, fuel, 0);
  }),
  between: {
    read: listOf,
    missing: (value) => (isList(value) && value.length === 2 ? null : 'a list of two bounds, or “lower,upper”'),
    prepare: (value) => {
      const [lower = null, upper = null] = isList(value) && value.length === 2 ? value : [];
      return (actual, fuel) => (orderOf(actual, lower, fuel, 0) ?? -1) >= 0 && (orderOf(actual, upper, fuel, 0) ?? 1) <= 0;
    },
  },
};

/** A list, or the parts of a text between its commas, without blanks. */
function listOf(value: JsonValue, fuel: Fuel): readonly JsonValue[] {
  if (value === null) return [];
  if (isList(value)) return value;
  if (typeof value !== 'string') return [value];
  spendReading(fuel, value, 0);
  return splitWithin(value, ',', fuel, 0)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function plainText(value: Value): string | null {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : null;
}

/** Only a text, or what reads as one, can fit, and only to a text. */
function ofTexts(prepare: (wanted: string, fuel: Fuel) => (text: string, fuel: Fuel) => boolean): Operator {
  return {
    read: (value) => plainText(value),
    missing: (value) => (value === null ? 'a text' : null),
    prepare: (value, preparing) => {
      const wanted = plainText(value);
      if (wanted === null) return () => false;
      const check = prepare(wanted, preparing);
      return (actual, fuel) => {
        const text = plainText(actual);
        return text !== null && check(text, fuel);
      };
    },
  };
}

function ordered(fits: (order: -1 | 0 | 1) => boolean): Operator {
  return {
    read: asItIs,
    prepare: (value) => (actual, fuel) => {
      const order = orderOf(actual, value, fuel, 0);
      return order !== null && fits(order);
    },
  };
}

function edge(fits: (text: string, wanted: string) => boolean): Operator {
  return ofTexts((wanted) => (text, fuel) => {
    spendReading(fuel, wanted, 0);
    return fits(text, wanted);
  });
}

function holds(actual: Value, value: JsonValue, fuel: Fuel): boolean {
  if (isList(actual)) return actual.some((item) => isAlike(item, value, fuel, 0));
  const wanted = plainText(value);
  if (wanted === null) return false;
  if (typeof actual === 'string') {
    spendSearch(fuel, actual, wanted, 0);
    return actual.includes(wanted);
  }
  spendReading(fuel, wanted, 0);
  return isObject(actual) && Object.hasOwn(actual, wanted);
}

function isEmpty(actual: Value, fuel: Fuel): boolean {
  if (actual === undefined || actual === null || actual === '') return true;
  if (isList(actual)) return actual.length === 0;
  return isObject(actual) && sizeOf(actual, fuel, 0) === 0;
}
