import { readDate } from '#language/date';
import { type Fuel, spend } from '#language/fuel';
import { isEqual } from '#language/operations';
import type { Value } from '#language/value';

/** Longer texts are no numbers. */
const maxNumber = 100;
const numbers = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

/** Equal by content; a number is also equal to its text and a boolean to `true` or `false`. Nothing and none are equal. */
export function isAlike(left: Value, right: Value, fuel: Fuel, at: number): boolean {
  spend(fuel, 1, at);
  if (typeof left === 'string' && typeof right !== 'string') return isAlike(right, left, fuel, at);
  if (typeof right === 'string') {
    if (typeof left === 'number') return numberOf(right) === left;
    if (typeof left === 'boolean') return right === String(left);
  }
  return isEqual(left, right, fuel, at);
}

/** Below, equal, above: -1, 0, 1. As numbers, else as dates, else as texts; null for what has no order. */
export function orderOf(left: Value, right: Value, fuel: Fuel, at: number): -1 | 0 | 1 | null {
  spend(fuel, 1, at);
  const asNumbers = sign(numberOf(left), numberOf(right));
  if (asNumbers !== null) return asNumbers;
  if (typeof left !== 'string' || typeof right !== 'string') return null;
  spend(fuel, Math.min(left.length, right.length) >> 6, at);
  return sign(readDate(left), readDate(right)) ?? (left < right ? -1 : left > right ? 1 : 0);
}

function sign(left: number | null, right: number | null): -1 | 0 | 1 | null {
  if (left === null || right === null) return null;
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Ids of many digits are no numbers: as numbers, two of them could be one. */
function numberOf(value: Value): number | null {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || value.length > maxNumber || !numbers.test(value)) return null;
  const number = Number(value);
  return Math.abs(number) <= Number.MAX_SAFE_INTEGER ? number : null;
}
