import type { RE2JS } from 're2js';
import { spend, spendSearch, spendText } from '#language/fuel';
import { calculate, type Cost, displayOf, isMember, order } from './operations.js';
import { RuleFault } from './rule-error.js';
import { isRuleList, kindName, plainText, type RuleValue } from './value.js';

/** A pattern is an argument, but no value. */
export type Argument = RuleValue | { readonly kind: 'pattern'; readonly pattern: RE2JS };

export interface RuleFunction {
  readonly least: number;
  readonly most: number;
  apply(input: RuleValue, args: readonly Argument[], cost: Cost): RuleValue;
}

type TextFunction = (text: string, args: readonly Argument[], cost: Cost) => RuleValue;
type ListFunction = (list: readonly RuleValue[], args: readonly Argument[], cost: Cost) => RuleValue;

const isPattern = (value: Argument | undefined): value is Extract<Argument, { kind: 'pattern' }> =>
  typeof value === 'object' && value !== null && 'pattern' in value;

function valueOf(arg: Argument | undefined, cost: Cost): RuleValue {
  if (isPattern(arg)) throw new RuleFault('TYPE', 'A pattern is no value.', cost.at);
  return arg ?? null;
}

function textArgument(arg: Argument | undefined, cost: Cost): string {
  return displayOf(valueOf(arg, cost), cost);
}

function numberArgument(arg: Argument | undefined, cost: Cost): number {
  if (typeof arg !== 'number' || !Number.isInteger(arg))
    throw new RuleFault('TYPE', `A whole number is needed, not ${kindName(valueOf(arg, cost))}.`, cost.at);
  return arg;
}

/** Of texts, or of lists, or of both; nil stays nil. */
function define(
  name: string,
  least: number,
  most: number,
  ofText: TextFunction | null,
  ofList: ListFunction | null,
): [string, RuleFunction] {
  const apply: RuleFunction['apply'] = (input, args, cost) => {
    if (input === null) return null;
    const text = plainText(input);
    if (ofText !== null && text !== null) {
      spendText(cost.fuel, text.length, cost.at);
      return ofText(text, args, cost);
    }
    if (ofList !== null && isRuleList(input)) {
      spend(cost.fuel, 1 + input.length, cost.at);
      return ofList(input, args, cost);
    }
    throw new RuleFault('TYPE', `${name} is no function of ${kindName(input)}.`, cost.at);
  };
  return [name, { least, most, apply }];
}

/** Nothing, white space and an empty list are blank. */
function isBlank(value: RuleValue): boolean {
  if (value === null || value === false) return true;
  if (isRuleList(value)) return value.length === 0;
  const text = plainText(value);
  return text?.trim() === '';
}

const asked = (name: string, answer: (value: RuleValue) => boolean): [string, RuleFunction] => [
  name,
  {
    least: 0,
    most: 0,
    apply: (input, _, cost) => {
      spend(cost.fuel, 1 + ((plainText(input)?.length ?? 0) >> 6), cost.at);
      return answer(input);
    },
  },
];

const size = (name: string) =>
  define(
    name,
    0,
    0,
    (text) => Array.from(text).length,
    (list) => list.length,
  );

/** Upper or lower case, which may be longer. */
const recase = (name: string, change: (text: string) => string) =>
  define(
    name,
    0,
    0,
    (text, _, cost) => {
      const result = change(text);
      spendText(cost.fuel, result.length, cost.at);
      return result;
    },
    null,
  );

/** Every function that stands behind a dot, but for those with a condition or a calendar. */
export const functions: ReadonlyMap<string, RuleFunction> = new Map([
  size('size'),
  size('length'),
  define('count', 0, 0, null, (list) => list.length),
  define('strip', 0, 0, (text) => text.trim(), null),
  define(
    'squeeze',
    0,
    0,
    (text) =>
      Array.from(text)
        .filter((char, i, all) => char !== all[i - 1])
        .join(''),
    null,
  ),
  define(
    'reverse',
    0,
    0,
    (text) => Array.from(text).reverse().join(''),
    (list) => [...list].reverse(),
  ),
  recase('upcase', (text) => text.toUpperCase()),
  recase('downcase', (text) => text.toLowerCase()),
  recase('swapcase', (text) =>
    Array.from(text)
      .map((char) => (char === char.toUpperCase() ? char.toLowerCase() : char.toUpperCase()))
      .join(''),
  ),
  define('split', 1, 1, split, null),
  define('slice', 1, 2, slice, null),
  define('replace', 2, 2, replace, null),
  define('first', 0, 0, null, (list) => list[0] ?? null),
  define('last', 0, 0, null, (list) => list.at(-1) ?? null),
  define('uniq', 0, 0, null, (list, _, cost) => unique(list, cost)),
  define('join', 0, 1, null, (list, [separator = ', '], cost) => join(list, textArgument(separator, cost), cost)),
  define('sum', 0, 0, null, (list, _, cost) => sum(list, cost)),
  define('min', 0, 0, null, (list, _, cost) => extreme(list, -1, cost)),
  define('max', 0, 0, null, (list, _, cost) => extreme(list, 1, cost)),
  define(
    'include?',
    1,
    1,
    (text, [part], cost) => {
      const wanted = textArgument(part, cost);
      spendSearch(cost.fuel, text, wanted, cost.at);
      return text.includes(wanted);
    },
    (list, [item], cost) => isMember(valueOf(item, cost), list, cost),
  ),
  asked('empty?', isBlank),
  asked('blank?', isBlank),
  asked('present?', (value) => !isBlank(value)),
]);

/** Those that a collection has; any other word behind it is a field of its members. */
export const collectionFunctions: ReadonlySet<string> = new Set([
  ...[
    'size',
    'length',
    'count',
    'reverse',
    'first',
    'last',
    'uniq',
    'join',
    'sum',
    'min',
    'max',
    'include?',
    'empty?',
    'blank?',
    'present?',
  ],
]);

function split(text: string, [separator]: readonly Argument[], cost: Cost): RuleValue {
  if (isPattern(separator)) {
    const parts: string[] = [];
    const matcher = separator.pattern.matcher(text);
    let from = 0;
    while (matcher.find()) {
      spend(cost.fuel, 1, cost.at);
      if (matcher.end() === 0 || (matcher.start() === matcher.end() && matcher.start() >= text.length)) continue;
      parts.push(text.slice(from, matcher.start()));
      from = matcher.end();
    }
    return [...parts, text.slice(from)];
  }
  const by = textArgument(separator, cost);
  spendSearch(cost.fuel, text, by, cost.at);
  const parts = by === '' ? Array.from(text) : text.split(by);
  spend(cost.fuel, parts.length, cost.at);
  return parts;
}

/** From a place that counts from 0; a negative one counts from the end. */
function slice(text: string, [start, length]: readonly Argument[], cost: Cost): RuleValue {
  const characters = Array.from(text);
  const given = numberArgument(start, cost);
  const from = given < 0 ? characters.length + given : given;
  if (from < 0 || from > characters.length) return null;
  if (length === undefined) return characters.slice(from).join('');
  return characters.slice(from, from + Math.max(0, numberArgument(length, cost))).join('');
}

function replace(text: string, [what, by]: readonly Argument[], cost: Cost): RuleValue {
  const replacement = textArgument(by, cost);
  if (!isPattern(what) && textArgument(what, cost) === '') return text;
  const parts = split(text, [what ?? null], cost);
  return join(isRuleList(parts) ? parts : [text], replacement, cost);
}

function join(list: readonly RuleValue[], separator: string, cost: Cost): string {
  const parts = list.map((item) => displayOf(item, cost));
  spendText(
    cost.fuel,
    parts.reduce((total, part) => total + part.length + separator.length, 0),
    cost.at,
  );
  return parts.join(separator);
}

function unique(list: readonly RuleValue[], cost: Cost): readonly RuleValue[] {
  const found: RuleValue[] = [];
  for (const item of list) if (!isMember(item, found, cost)) found.push(item);
  return found;
}

function sum(list: readonly RuleValue[], cost: Cost): RuleValue {
  const [first = 0, ...rest] = list.filter((item) => item !== null);
  if (plainText(first) !== null) throw new RuleFault('TYPE', 'sum adds numbers and durations, not texts.', cost.at);
  return rest.reduce<RuleValue>((total, item) => calculate('+', total, item, cost), first);
}

/** Of what is there: nil counts neither as large nor as small. */
function extreme(list: readonly RuleValue[], sign: 1 | -1, cost: Cost): RuleValue {
  let found: RuleValue = null;
  for (const item of list) if (found === null || (order(item, found, cost) ?? 0) * sign > 0) found = item;
  return found;
}
