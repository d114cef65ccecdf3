import { Fault } from './language-error.js';

/**
 * What an evaluation may still cost. One unit is one node visited, one item looked at, or 64 characters of text made;
 * the default takes about 0.1 s.
 */
export interface Fuel {
  left: number;
  /** How many keys an object has, once they were counted: an evaluation changes nothing that it looks at. */
  readonly sizes: WeakMap<object, number>;
}

export const defaultFuel = 400_000;

export function fuelOf(units: number = defaultFuel): Fuel {
  return { left: units, sizes: new WeakMap() };
}

/** Longest text that an expression may make, in characters. */
export const maxText = 65_536;

export function spend(fuel: Fuel, units: number, at: number): void {
  fuel.left -= units;
  if (fuel.left < 0) throw new Fault('TOO_COSTLY', 'The expression takes too long.', at);
}

/** Pays for a text before it is made. */
export function spendText(fuel: Fuel, length: number, at: number): void {
  if (length > maxText) throw new Fault('TOO_LARGE', `The text is longer than ${String(maxText)} characters.`, at);
  spend(fuel, 1 + (length >> 6), at);
}

/** Pays for looking at every character of a text that is there already. */
export function spendReading(fuel: Fuel, text: string, at: number): void {
  spend(fuel, 1 + (text.length >> 6), at);
}

/** Pays for looking for a text within another: at worst every character is compared with every other. */
export function spendSearch(fuel: Fuel, text: string, wanted: string, at: number): void {
  spend(fuel, 1 + Math.floor((text.length * Math.max(1, wanted.length)) / 256), at);
}

/** The parts of a text, paid for one by one: no more are made than that. */
export function splitWithin(text: string, separator: string | RegExp, fuel: Fuel, at: number): string[] {
  const parts = text.split(separator, Math.min(Math.floor(fuel.left) + 1, 2 ** 32 - 1));
  spend(fuel, parts.length, at);
  return parts;
}
