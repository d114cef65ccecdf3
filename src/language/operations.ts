import { type Fuel, spend, spendSearch, spendText } from './fuel.js';
import { Fault } from './language-error.js';
import { isList, isObject, typeName, type Value } from './value.js';

/** Equal by type and content, at any depth; `1` and `'1'` are not. */
export function isEqual(left: Value, right: Value, fuel: Fuel, at: number): boolean {
  spend(fuel, 1, at);
  if (isList(left)) return isList(right) && left.length === right.length && left.every((item, i) => isEqual(item, right[i], fuel, at));
  if (isObject(left)) {
    if (!isObject(right)) return false;
    const keys = Object.keys(left);
    return (
      keys.length === Object.keys(right).length &&
      keys.every((key) => Object.hasOwn(right, key) && isEqual(left[key], right[key], fuel, at))
    );
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
    spend(fuel, Math.min(left.length, right.length) >> 6, at);
    return left < right ? -1 : left > right ? 1 : 0;
  }
  throw new Fault('TYPE', `${typeName(left)} and ${typeName(right)} have no order.`, at);
}

export function isIn(item: Value, container: Value, fuel: Fuel, at: number): boolean {
  if (isList(container)) return container.some((other) => isEqual(item, other, fuel, at));
  if (isObject(container)) return typeof item === 'string' && Object.hasOwn(container, item);
  if (typeof container !== 'string' || typeof item !== 'string') return false;
  spendSearch(fuel, container, item, at);
  return container.includes(item);
}

/** How a value reads within text: nothing and none are empty, lists and objects are JSON. */
export function textOf(value: Value, fuel: Fuel, at: number): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value;
  if (typeof value !== 'object') return String(value);
  measure(value, fuel, at);
  const text = JSON.stringify(value);
  spendText(fuel, text.length, at);
  return text;
}

/** Characters that a value takes as JSON, roughly, paid for while counting. */
export function measure(value: Value, fuel: Fuel, at: number): number {
  // Looking costs a tenth of working: a payload of a megabyte may pass through.
  spend(fuel, 0.1, at);
  if (typeof value === 'string') return value.length + 2;
  let size = 6;
  if (isList(value)) for (const item of value) size += 1 + measure(item, fuel, at);
  else if (isObject(value)) for (const key of Object.keys(value)) size += key.length + 4 + measure(value[key], fuel, at);
  return size;
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

/** JSON has neither infinity nor NaN. */
export function finite(number: number, at: number): number {
  if (!Number.isFinite(number)) throw new Fault('TYPE', 'The result is not a number.', at);
  return number;
}
