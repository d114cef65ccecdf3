import { formatDate } from './date.js';
import { spend, spendReading, spendText, splitWithin } from './fuel.js';
import type { Signature } from './functions.js';
import { Fault, quoted } from './language-error.js';
import { finite, identityOf, isTrue, jsonText, keysOf, order, sizeOf, textOf } from './operations.js';
import { tests } from './tests.js';
import { charactersOf, countCharacters, type FilterCall, made, pieces, replaced, text, trimmed } from './texts.js';
import { isList, isObject, type ListValue, memberOf, typeName, type Value } from './value.js';

export interface Filter extends Signature {
  /** An argument that was not given is undefined. */
  apply(input: Value, args: readonly Value[], call: FilterCall): Value;
}

const filter = (parameters: readonly string[], required: number, apply: Filter['apply']): Filter => ({ parameters, required, apply });

const length = filter([], 0, (input, _, call) => {
  if (input === undefined || input === null) return 0;
  if (typeof input === 'string') return countCharacters(input, call);
  if (isList(input)) return input.length;
  if (isObject(input)) return sizeOf(input, call.fuel, call.at);
  throw new Fault('TYPE', `${typeName(input)} has no length.`, call.at);
});
const fallback = filter(['value', 'boolean'], 1, (input, [value, alsoFalse], { fuel, at }) =>
  input === undefined || input === null || (isTrue(alsoFalse, fuel, at) && !isTrue(input, fuel, at)) ? value : input,
);

/** Longest format of a date, path of an attribute and text that can be a number, in characters. */
const maxFormat = 256;
const maxAttribute = 1_024;
const maxNumber = 1_024;

/** Every filter, by name. `docs/language.md` shows each. */
export const filters: ReadonlyMap<string, Filter> = new Map<string, Filter>([
  ['string', filter([], 0, (input, _, { fuel, at }) => textOf(input, fuel, at))],
  [
    'int',
    filter(['default'], 0, (input, [given = 0]) => {
      const number = numberOf(input);
      return number === null ? given : Math.trunc(number) + 0;
    }),
  ],
  ['float', filter(['default'], 0, (input, [given = 0]) => numberOf(input) ?? given)],
  ['tojson', filter([], 0, (input, _, { fuel, at }) => jsonText(input, fuel, at))],
  ['default', fallback],
  ['d', fallback],
  ['select', filter(['test'], 0, (input, [test], call) => listOf(input, call).filter(passing(test, call)))],
  [
    'reject',
    filter(['test'], 0, (input, [test], call) => {
      const passes = passing(test, call);
      return listOf(input, call).filter((item) => !passes(item));
    }),
  ],
  [
    'map',
    filter(['filter', 'attribute', 'default'], 0, (input, [name, attribute, given], call) =>
      listOf(input, call).map(mapping(name, attribute, given, call)),
    ),
  ],
  ['min', filter(['attribute'], 0, (input, [attribute], call) => extreme(input, attribute, -1, call))],
  ['max', filter(['attribute'], 0, (input, [attribute], call) => extreme(input, attribute, 1, call))],
  [
    'sum',
    filter(['attribute', 'start'], 0, (input, [attribute, start = 0], call) => {
      const attributeOf = reading(attribute, call);
      return listOf(input, call).reduce<Value>((total, item) => {
        const value = attributeOf(item);
        if (typeof total !== 'number' || typeof value !== 'number')
          throw new Fault('TYPE', `sum adds numbers, not ${typeName(typeof total === 'number' ? value : total)}.`, call.at);
        return finite(total + value, call.at);
      }, start);
    }),
  ],
  ['lower', filter([], 0, (input, _, call) => made(text(input, call).toLowerCase(), call))],
  ['upper', filter([], 0, (input, _, call) => made(text(input, call).toUpperCase(), call))],
  [
    'trim',
    filter(['chars'], 0, (input, [chars], call) =>
      chars === undefined ? text(input, call).trim() : trimmed(text(input, call), text(chars, call), call),
    ),
  ],
  [
    'replace',
    filter(['old', 'new', 'count'], 2, (input, [before, after, count], call) =>
      replaced(text(input, call), text(before, call), text(after, call), typeof count === 'number' ? count : Infinity, call),
    ),
  ],
  [
    'join',
    filter(['separator', 'attribute'], 0, (input, [separator = '', attribute], call) => {
      const attributeOf = reading(attribute, call);
      const parts = listOf(input, call).map((item) => textOf(attributeOf(item), call.fuel, call.at));
      const between = text(separator, call);
      spendText(
        call.fuel,
        parts.reduce((total, part) => total + part.length + between.length, 0),
        call.at,
      );
      return parts.join(between);
    }),
  ],
  [
    'split',
    filter(['separator'], 0, (input, [separator], call) => {
      const whole = text(input, call);
      if (separator === undefined || separator === null) return splitWithin(whole, /\s+/, call.fuel, call.at).filter((part) => part !== '');
      return separator === '' ? charactersOf(whole, call) : pieces(whole, text(separator, call), call);
    }),
  ],
  ['first', filter([], 0, (input, _, call) => (typeof input === 'string' ? Array.from(input.slice(0, 2))[0] : listOf(input, call)[0]))],
  [
    'last',
    filter([], 0, (input, _, call) => (typeof input === 'string' ? Array.from(input.slice(-2)).at(-1) : listOf(input, call).at(-1))),
  ],
  ['length', length],
  ['count', length],
  // What Jinja's filters make must be told to be a list; here it is one.
  [
    'list',
    filter([], 0, (input, _, call) => {
      if (typeof input === 'string') return charactersOf(input, call);
      return isObject(input) ? keysOf(input, call.fuel, call.at) : listOf(input, call);
    }),
  ],
  [
    'sort',
    filter(['reverse', 'attribute'], 0, (input, [reverse, attribute], call) => {
      const attributeOf = reading(attribute, call);
      const keyed = listOf(input, call).map((item) => ({ item, key: attributeOf(item) }));
      const sign = isTrue(reverse, call.fuel, call.at) ? -1 : 1;
      // What is nothing or none comes last in either direction.
      keyed.sort((a, b) => {
        const result = order(a.key, b.key, call.fuel, call.at);
        return result === null ? Number((a.key ?? null) === null) - Number((b.key ?? null) === null) : sign * result;
      });
      return keyed.map(({ item }) => item);
    }),
  ],
  [
    'unique',
    filter(['attribute'], 0, (input, [attribute], call) => {
      const attributeOf = reading(attribute, call);
      const plain = new Set<Value>();
      const composite = new Set<string>();
      return listOf(input, call).filter((item) => {
        const key = attributeOf(item) ?? null;
        if (typeof key === 'string') spendReading(call.fuel, key, call.at);
        if (typeof key !== 'object' || key === null) return !plain.has(key) && plain.add(key);
        const identity = identityOf(key, call.fuel, call.at);
        return !composite.has(identity) && composite.add(identity);
      });
    }),
  ],
  [
    'round',
    filter(['precision', 'method'], 0, (input, [precision = 0, method = 'common'], { at }) => {
      if (typeof input !== 'number') throw new Fault('TYPE', `round takes a number, not ${typeName(input)}.`, at);
      if (typeof precision !== 'number' || !Number.isInteger(precision) || Math.abs(precision) > 15)
        throw new Fault('ARGUMENTS', 'The precision of round is a whole number from -15 to 15.', at);
      const rounding =
        method === 'common'
          ? (n: number) => Math.sign(n) * Math.round(Math.abs(n))
          : method === 'ceil'
            ? Math.ceil
            : method === 'floor'
              ? Math.floor
              : null;
      if (rounding === null) throw new Fault('ARGUMENTS', 'The method of round is common, ceil or floor.', at);
      // By the decimal digits that a reader sees: 1.005 rounds to 1.01.
      const shifted = (value: number, places: number) => {
        const [digits = '', exponent = '0'] = String(value).split('e');
        return Number(`${digits}e${String(Number(exponent) + places)}`);
      };
      return finite(shifted(rounding(shifted(input, precision)), -precision), at);
    }),
  ],
  [
    'abs',
    filter([], 0, (input, _, { at }) => {
      if (typeof input !== 'number') throw new Fault('TYPE', `abs takes a number, not ${typeName(input)}.`, at);
      return Math.abs(input);
    }),
  ],
  [
    'date',
    filter(['format'], 0, (input, [format = '%Y-%m-%d'], call) => {
      if (input === undefined || input === null) return undefined;
      const written = text(format, call);
      if (written.length > maxFormat)
        throw new Fault('ARGUMENTS', `The format of date has at most ${String(maxFormat)} characters.`, call.at);
      const result = formatDate(input, written);
      if (result === null)
        throw new Fault('TYPE', `date takes an ISO 8601 text or milliseconds since 1970, not ${typeName(input)} like this one.`, call.at);
      return made(result, call);
    }),
  ],
]);

/** Nothing is an empty list, so that a path into what is not there stays usable. */
function listOf(value: Value, { fuel, at }: FilterCall): ListValue {
  if (value === undefined || value === null) return [];
  if (!isList(value)) throw new Fault('TYPE', `A list was expected, not ${typeName(value)}.`, at);
  spend(fuel, value.length, at);
  return value;
}

function numberOf(value: Value): number | null {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return Number(value);
  if (typeof value !== 'string' || value.length > maxNumber || !/^\s*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?\s*$/.test(value))
    return null;
  const result = Number(value);
  return Number.isFinite(result) ? result + 0 : null;
}

/** Reads an attribute of one item after the other: the text of its path is looked at once. */
function reading(attribute: Value, { fuel, at }: FilterCall): (item: Value) => Value {
  if (attribute === undefined || attribute === null) return (item) => item;
  if (typeof attribute === 'number') return (item) => memberOf(item, attribute);
  if (typeof attribute !== 'string' || attribute.length > maxAttribute)
    throw new Fault('ARGUMENTS', 'An attribute is the text of a path, such as "owner.name".', at);
  const steps = attribute.split('.').map((step) => ({ step, index: /^-?\d+$/.test(step) ? Number(step) : null }));
  return (item) => {
    spend(fuel, steps.length, at);
    return steps.reduce<Value>((value, { step, index }) => memberOf(value, isList(value) && index !== null ? index : step), item);
  };
}

function passing(name: Value, { fuel, at }: FilterCall): (item: Value) => boolean {
  if (name === undefined) return (item) => isTrue(item, fuel, at);
  const test = typeof name === 'string' ? tests.get(name) : undefined;
  if (test === undefined)
    throw new Fault('UNKNOWN_TEST', `There is no test ${typeof name === 'string' ? quoted(name) : typeName(name)}.`, at);
  return test;
}

function mapping(name: Value, attribute: Value, given: Value, call: FilterCall): (item: Value) => Value {
  if (name === undefined) {
    if (attribute === undefined) throw new Fault('ARGUMENTS', 'map takes the name of a filter, or attribute="…".', call.at);
    const attributeOf = reading(attribute, call);
    return (item) => attributeOf(item) ?? given;
  }
  const applied = typeof name === 'string' ? filters.get(name) : undefined;
  const title = typeof name === 'string' ? quoted(name) : typeName(name);
  if (applied === undefined) throw new Fault('UNKNOWN_FILTER', `There is no filter ${title}.`, call.at);
  if (applied.required > 0) throw new Fault('ARGUMENTS', `map cannot give ${title} its arguments.`, call.at);
  return (item) => applied.apply(item, [], call);
}

function extreme(input: Value, attribute: Value, sign: 1 | -1, call: FilterCall): Value {
  let best: Value;
  let bestKey: Value;
  const attributeOf = reading(attribute, call);
  for (const item of listOf(input, call)) {
    const key = attributeOf(item);
    if (key === undefined || key === null) continue;
    if (bestKey === undefined || order(key, bestKey, call.fuel, call.at) === sign) [best, bestKey] = [item, key];
  }
  return best;
}
