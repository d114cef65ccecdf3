import { type Fuel, maxText, spend, spendReading, spendSearch, spendText } from './fuel.js';
import { Fault } from './language-error.js';
import { isList, isObject, type JsonValue, type ObjectValue, typeName, type Value } from './value.js';

/** Deepest value that is looked at whole: looking recurses that deep. */
const maxDepth = 500;

/** Nothing, zero and everything empty is false, as in Jinja. */
export function isTrue(value: Value, fuel: Fuel, at: number): boolean {
  if (isList(value)) return value.length > 0;
  if (isObject(value)) return sizeOf(value, fuel, at) > 0;
  return Boolean(value);
}

/** The keys of an object. For one of many keys the engine collects and sorts them anew each time. */
export function keysOf(value: ObjectValue, fuel: Fuel, at: number): readonly string[] {
  const keys = Object.keys(value);
  fuel.sizes.set(value, keys.length);
  spend(fuel, keys.length > 1_000 ? 2 * keys.length : keys.length / 2, at);
  return keys;
}

/** How many keys an object has. */
export function sizeOf(value: ObjectValue, fuel: Fuel, at: number): number {
  return fuel.sizes.get(value) ?? keysOf(value, fuel, at).length;
}

function deeper(depth: number, at: number): number {
  if (depth >= maxDepth) throw new Fault('TOO_DEEP', `A value is nested at most ${String(maxDepth)} levels deep.`, at);
  return depth + 1;
}

/** Equal by type and content, at any depth; `1` and `'1'` are not. */
export function isEqual(left: Value, right: Value, fuel: Fuel, at: number, depth = 0): boolean {
  spend(fuel, 1, at);
  if (isList(left)) {
    if (!isList(right) || left.length !== right.length) return false;
    const below = deeper(depth, at);
    return left.every((item, i) => isEqual(item, right[i], fuel, at, below));
  }
  if (isObject(left)) {
    if (!isObject(right) || sizeOf(left, fuel, at) !== sizeOf(right, fuel, at)) return false;
    const below = deeper(depth, at);
    const keys = keysOf(left, fuel, at);
    spend(fuel, keys.length, at);
    return keys.every((key) => Object.hasOwn(right, key) && isEqual(left[key], right[key], fuel, at, below));
  }
  if (typeof left === 'string' && typeof right === 'string') spend(fuel, left.length >> 6, at);
  // Nothing and none are one thing to a comparison.
  return left === right || (left ?? null) === (right ?? null);
}

/** Below, equal, above: -1, 0, 1. Numbers with numbers, texts with texts; null where one side is nothing or none. */
export function order(left: Value, right: Value, fuel: Fuel, at: number): -1 | 0 | 1 | null {
  spend(fuel, 1, at);
  if (left === undefined || left === null || right === undefined || right === null) return null;
  if (typeof left === 'number' && typeof right === 'number') return left < right ? -1 : left > right ? 1 : 0;
  if (typeof left === 'string' && typeof right === 'string') {
    spend(fuel, 1 + (Math.min(left.length, right.length) >> 6), at);
    return left < right ? -1 : left > right ? 1 : 0;
  }
  throw new Fault('TYPE', `${typeName(left)} and ${typeName(right)} have no order.`, at);
}

export function isIn(item: Value, container: Value, fuel: Fuel, at: number): boolean {
  if (isList(container)) return container.some((other) => isEqual(item, other, fuel, at));
  if (isObject(container)) {
    if (typeof item !== 'string') return false;
    spendReading(fuel, item, at);
    return Object.hasOwn(container, item);
  }
  if (typeof container !== 'string' || typeof item !== 'string') return false;
  spendSearch(fuel, container, item, at);
  return container.includes(item);
}

/** How a value reads within text: nothing and none are empty, lists and objects are JSON. */
export function textOf(value: Value, fuel: Fuel, at: number): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value;
  if (typeof value !== 'object') return String(value);
  return jsonText(value, fuel, at);
}

/** A value as JSON. */
export function jsonText(value: Value, fuel: Fuel, at: number): string {
  // A digit is measured as seven characters and takes two: far too long a text is not even made.
  if (measure(value, fuel, at) > 4 * maxText) throw new Fault('TOO_LARGE', `The text is longer than ${String(maxText)} characters.`, at);
  spend(fuel, 2, at);
  const text = JSON.stringify(jsonOf(value, fuel, at));
  spendText(fuel, text.length, at);
  return text;
}

/** Characters that a value takes as JSON, roughly, paid for while counting. */
export function measure(value: Value, fuel: Fuel, at: number, depth = 0): number {
  // Looking costs less than working: a payload of a megabyte may pass through.
  spend(fuel, 0.2, at);
  if (typeof value === 'string') return value.length + 2;
  let size = 6;
  if (isList(value)) {
    const below = deeper(depth, at);
    for (const item of value) size += 1 + measure(item, fuel, at, below);
  } else if (isObject(value)) {
    const below = deeper(depth, at);
    for (const key of keysOf(value, fuel, at)) size += key.length + 4 + measure(value[key], fuel, at, below);
  }
  return size;
}

/** JSON has no undefined: what is not there is null. A value that holds none is handed on as it is; one that was measured is not too deep. */
export function jsonOf(value: Value, fuel: Fuel, at: number): JsonValue {
  spend(fuel, 0.1, at);
  if (value === undefined || value === null) return null;
  if (isList(value)) {
    let copy: JsonValue[] | null = null;
    for (const [i, item] of value.entries()) {
      const json = jsonOf(item, fuel, at);
      if (copy === null && json !== item) copy = value.slice(0, i) as JsonValue[];
      copy?.push(json);
    }
    return copy ?? (value as readonly JsonValue[]);
  }
  if (isObject(value)) {
    const entries = keysOf(value, fuel, at).map((key) => [key, jsonOf(value[key], fuel, at)] as const);
    return entries.every(([key, json]) => json === value[key])
      ? (value as { readonly [key: string]: JsonValue })
      : Object.fromEntries(entries);
  }
  return value;
}

/** The same text for equal values and for no others. */
export function identityOf(value: Value, fuel: Fuel, at: number): string {
  measure(value, fuel, at);
  const text = JSON.stringify(ordered(value, fuel, at));
  spend(fuel, text.length >> 4, at);
  return text;
}

function ordered(value: Value, fuel: Fuel, at: number): unknown {
  spend(fuel, 1.5, at);
  if (isList(value)) return value.map((item) => ordered(item, fuel, at));
  if (!isObject(value)) return value ?? null;
  const keys = [...keysOf(value, fuel, at)].sort();
  spend(fuel, keys.length * Math.log2(keys.length + 1), at);
  return keys.map((key) => ({ [key]: ordered(value[key], fuel, at) })).concat([{}]);
}

export function calculate(operator: '+' | '-' | '*' | '/' | '//' | '%' | '**', left: Value, right: Value, fuel: Fuel, at: number): Value {
  if (typeof left === 'number' && typeof right === 'number') {
    if (right === 0 && (operator === '/' || operator === '//' || operator === '%')) throw new Fault('TYPE', 'Division by zero.', at);
    return finite(arithmetic(operator, left, right), at);
  }
  if (operator === '+' && typeof left === 'string' && typeof right === 'string') {
    spendText(fuel, left.length + right.length, at);
    return left + right;
  }
  if (operator === '+' && isList(left) && isList(right)) {
    spend(fuel, left.length + right.length, at);
    return [...left, ...right];
  }
  throw new Fault('TYPE', `${operator} does not go with ${typeName(left)} and ${typeName(right)}.`, at);
}

function arithmetic(operator: '+' | '-' | '*' | '/' | '//' | '%' | '**', left: number, right: number): number {
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return left / right;
    case '//':
      return Math.floor(left / right);
    case '%':
      // The sign of the divisor, as in Python.
      return ((left % right) + right) % right;
    case '**':
      return left ** right;
  }
}

/** JSON has neither infinity nor NaN, nor a zero with a sign. */
export function finite(number: number, at: number): number {
  if (!Number.isFinite(number)) throw new Fault('TYPE', 'The result is not a number.', at);
  return number + 0;
}
