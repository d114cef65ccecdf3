import { type Fuel, spend, spendReading, spendSearch, spendText, splitWithin } from './fuel.js';
import { textOf } from './operations.js';
import type { Value } from './value.js';

/** Where the work is paid for. */
export interface FilterCall {
  readonly fuel: Fuel;
  /** Where the filter stands. */
  readonly at: number;
}

export function text(value: Value, { fuel, at }: FilterCall): string {
  const result = textOf(value, fuel, at);
  spendReading(fuel, result, at);
  return result;
}

/** Whole characters, never halves of one. */
export function charactersOf(value: string, { fuel, at }: FilterCall): string[] {
  spend(fuel, 1 + (value.length >> 2), at);
  return Array.from(value);
}

export function countCharacters(value: string, { fuel, at }: FilterCall): number {
  spend(fuel, 1 + (value.length >> 5), at);
  let count = 0;
  for (let i = 0; i < value.length; i++) {
    if ((value.codePointAt(i) ?? 0) > 0xffff) i++;
    count++;
  }
  return count;
}

export function pieces(whole: string, separator: string, call: FilterCall): string[] {
  const { fuel, at } = call;
  spendSearch(fuel, whole, separator, at);
  return splitWithin(whole, separator, fuel, at);
}

export function made(result: string, { fuel, at }: FilterCall): string {
  spendText(fuel, result.length, at);
  return result;
}

export function trimmed(whole: string, chars: string, call: FilterCall): string {
  const unwanted = new Set(charactersOf(chars, call));
  const characters = charactersOf(whole, call);
  let start = 0;
  let end = characters.length;
  while (start < end && unwanted.has(characters[start] ?? '')) start++;
  while (end > start && unwanted.has(characters[end - 1] ?? '')) end--;
  return characters.slice(start, end).join('');
}

export function replaced(whole: string, before: string, after: string, count: number, call: FilterCall): string {
  if (before === '') return whole;
  const parts = pieces(whole, before, call);
  const times = Math.min(parts.length - 1, Math.max(0, count));
  spendText(call.fuel, whole.length + times * Math.max(0, after.length - before.length), call.at);
  return parts.slice(1).reduce((result, part, i) => result + (i < times ? after : before) + part, parts[0] ?? '');
}
