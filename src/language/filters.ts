import { formatDate } from './date.js';
import { type Fuel, spend, spendSearch, spendText } from './fuel.js';
import { Fault } from './language-error.js';
import { finite, isEqual, measure, order, textOf } from './operations.js';
import { tests } from './tests.js';
import { isList, isObject, isTrue, type ListValue, memberOf, typeName, type Value } from './value.js';

export interface Filter {
  /** The names of its arguments, in order; they may be given by place or by name. */
  readonly parameters: readonly string[];
  /** How many of them must be given. */
  readonly required: number;
  /** An argument that was not given is undefined. */
  apply(input: Value, args: readonly Value[], call: FilterCall): Value;
}

export interface FilterCall {
  readonly fuel: Fuel;
  /** Where the filter stands. */
  readonly at: number;
}

const filter = (parameters: readonly string[], required: number, apply: Filter['apply']): Filter => ({ parameters, required, apply });

const number = filter(['default'], 0, (input, [fallback = 0]) => numberOf(input) ?? fallback);
const length = filter([], 0, (input, _, call) => {
  if (input === undefined || input === null) return 0;
  if (typeof input === 'string') return charactersOf(input, call).length;
  if (isList(input)) return input.length;
  if (isObject(input)) return Object.keys(input).length;
  throw new Fault('TYPE', `${typeName(input)} has no length.`, call.at);
});
const fallback = filter(['value', 'boolean'], 1, (input, [value, alsoFalse]) =>
  input === undefined || input === null || (isTrue(alsoFalse) && !isTrue(input)) ? value : input,
);

/** Every filter, by name. `docs/language.md` shows each. */
export const filters: ReadonlyMap<string, Filter> = new Map<string, Filter>([
  ['string', filter([], 0, (input, _, { fuel, at }) => textOf(input, fuel, at))],
  ['int', filter(['default'], 0, (input, [given = 0]) => (numberOf(input) === null ? given : Math.trunc(numberOf(input) ?? 0)))],
  ['float', number],
  [
    'tojson',
    filter([], 0, (input, _, { fuel, at }) => {
      spendText(fuel, measure(input, fuel, at), at);
      return JSON.stringify(input ?? null);
    }),
  ],
  ['default', fallback],
  ['d', fallback],
  ['select', filter(['test'], 0, (input, [test], call) => listOf(input, call).filter((item) => passes(item, test, call)))],
  ['reject', filter(['test'], 0, (input, [test], call) => listOf(input, call).filter((item) => !passes(item, test, call)))],
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
    filter(['attribute', 'start'], 0, (input, [attribute, start = 0], call) =>
      listOf(input, call).reduce<Value>((total, item) => {
        const value = attributeOf(item, attribute, call);
        if (typeof total !== 'number' || typeof value !== 'number')
          throw new Fault('TYPE', `sum adds numbers, not ${typeName(typeof total === 'number' ? value : total)}.`, call.at);
        return finite(total + value, call.at);
      }, start),
    ),
  ],
  ['lower', filter([], 0, (input, _, call) => text(input, call).toLowerCase())],
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
      const parts = listOf(input, call).map((item) => textOf(attributeOf(item, attribute, call), call.fuel, call.at));
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
      if (separator === undefined || separator === null)
        return listOf(
          whole.split(/\s+/).filter((part) => part !== ''),
          call,
        );
      return separator === '' ? charactersOf(whole, call) : pieces(whole, text(separator, call), call);
    }),
  ],
  ['first', filter([], 0, (input, _, call) => (typeof input === 'string' ? Array.from(input.slice(0, 2))[0] : listOf(input, call)[0]))],
  ['last', filter([], 0, (input, _, call) => (typeof input === 'string' ? charactersOf(input, call).at(-1) : listOf(input, call).at(-1)))],
  ['length', length],
  ['count', length],
  [
    'sort',
    filter(['reverse', 'attribute'], 0, (input, [reverse, attribute], call) => {
      const keyed = listOf(input, call).map((item) => ({ item, key: attributeOf(item, attribute, call) }));
      const sign = isTrue(reverse) ? -1 : 1;
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
      const plain = new Set<Value>();
      const composite: Value[] = [];
      return listOf(input, call).filter((item) => {
        const key = attributeOf(item, attribute, call);
        if (typeof key !== 'object' || key === null) return !plain.has(key) && plain.add(key);
        if (composite.some((other) => isEqual(key, other, call.fuel, call.at))) return false;
        composite.push(key);
        return true;
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
      const result = formatDate(input, text(format, call));
      if (result === null)
        throw new Fault('TYPE', `date takes an ISO 8601 text or milliseconds since 1970, not ${typeName(input)} like this one.`, call.at);
      return made(result, call);
    }),
  ],
]);

function text(value: Value, { fuel, at }: FilterCall): string {
  const result = textOf(value, fuel, at);
  spend(fuel, 1 + (result.length >> 6), at);
  return result;
}

/** Whole characters, never halves of one. */
function charactersOf(value: string, { fuel, at }: FilterCall): string[] {
  spend(fuel, 1 + (value.length >> 2), at);
  return Array.from(value);
}

function pieces(whole: string, separator: string, { fuel, at }: FilterCall): string[] {
  spendSearch(fuel, whole, separator, at);
  const parts = whole.split(separator);
  spend(fuel, parts.length, at);
  return parts;
}

function made(result: string, { fuel, at }: FilterCall): string {
  spendText(fuel, result.length, at);
  return result;
}

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
  if (typeof value !== 'string' || !/^\s*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?\s*$/.test(value)) return null;
  const result = Number(value);
  return Number.isFinite(result) ? result : null;
}

function attributeOf(item: Value, attribute: Value, { fuel, at }: FilterCall): Value {
  if (attribute === undefined || attribute === null) return item;
  if (typeof attribute === 'number') return memberOf(item, attribute);
  if (typeof attribute !== 'string') throw new Fault('ARGUMENTS', 'An attribute is the text of a path, such as "owner.name".', at);
  const steps = attribute.split('.');
  spend(fuel, steps.length, at);
  return steps.reduce<Value>((value, step) => memberOf(value, isList(value) && /^-?\d+$/.test(step) ? Number(step) : step), item);
}

function passes(item: Value, name: Value, { at }: FilterCall): boolean {
  if (name === undefined) return isTrue(item);
  const test = typeof name === 'string' ? tests.get(name) : undefined;
  if (test === undefined) throw new Fault('UNKNOWN_TEST', `There is no test ${JSON.stringify(name)}.`, at);
  return test(item);
}

function mapping(name: Value, attribute: Value, given: Value, call: FilterCall): (item: Value) => Value {
  if (name === undefined) {
    if (attribute === undefined) throw new Fault('ARGUMENTS', 'map takes the name of a filter, or attribute="…".', call.at);
    return (item) => attributeOf(item, attribute, call) ?? given;
  }
  const applied = typeof name === 'string' ? filters.get(name) : undefined;
  if (applied === undefined) throw new Fault('UNKNOWN_FILTER', `There is no filter ${JSON.stringify(name)}.`, call.at);
  if (applied.required > 0) throw new Fault('ARGUMENTS', `map cannot give ${JSON.stringify(name)} its arguments.`, call.at);
  return (item) => applied.apply(item, [], call);
}

function extreme(input: Value, attribute: Value, sign: 1 | -1, call: FilterCall): Value {
  let best: Value;
  let bestKey: Value;
  for (const item of listOf(input, call)) {
    const key = attributeOf(item, attribute, call);
    if (key === undefined || key === null) continue;
    if (bestKey === undefined || order(key, bestKey, call.fuel, call.at) === sign) [best, bestKey] = [item, key];
  }
  return best;
}

function trimmed(whole: string, chars: string, call: FilterCall): string {
  const unwanted = new Set(chars);
  const characters = charactersOf(whole, call);
  let start = 0;
  let end = characters.length;
  while (start < end && unwanted.has(characters[start] ?? '')) start++;
  while (end > start && unwanted.has(characters[end - 1] ?? '')) end--;
  return characters.slice(start, end).join('');
}

function replaced(whole: string, before: string, after: string, count: number, call: FilterCall): string {
  if (before === '') return whole;
  const parts = pieces(whole, before, call);
  const times = Math.min(parts.length - 1, Math.max(0, count));
  spendText(call.fuel, whole.length + times * Math.max(0, after.length - before.length), call.at);
  return parts.slice(1).reduce((result, part, i) => result + (i < times ? after : before) + part, parts[0] ?? '');
}
