import { RE2JS } from 're2js';
import { type Fuel, spend } from './fuel.js';
import { Fault } from './language-error.js';

/** Longest pattern, in characters. */
const maxLength = 1_000;
/** A count multiplies what it repeats: `\pL{1000}` a few times over takes long to prepare. */
const maxRepeat = 100;
const maxRepeats = 250;
const counts = /\\.|\{(\d+)(?:,(\d*))?\}/g;

/** Authors' patterns run in linear time. Throws {@link Fault} for one that cannot be used. */
export function compilePattern(source: string, at: number): RE2JS {
  if (source.length > maxLength) throw new Fault('TOO_LARGE', `A pattern has at most ${String(maxLength)} characters.`, at);
  let repeats = 0;
  for (const [, least, most] of source.matchAll(counts)) {
    const count = Math.max(Number(least ?? 0), Number(most ?? 0));
    repeats += count;
    if (count > maxRepeat) throw new Fault('TOO_LARGE', `A pattern repeats at most ${String(maxRepeat)} times.`, at);
  }
  if (repeats > maxRepeats) throw new Fault('TOO_LARGE', `The counts of a pattern make at most ${String(maxRepeats)} together.`, at);
  try {
    return RE2JS.compile(RE2JS.translateRegExp(source));
  } catch (error) {
    throw new Fault('SYNTAX', `The pattern cannot be used: ${error instanceof Error ? error.message : ''}`.slice(0, 300), at);
  }
}

/** Whether the pattern occurs in a text. At worst every step of the pattern is tried at every character. */
export function occursIn(pattern: RE2JS, text: string, fuel: Fuel, at: number): boolean {
  spend(fuel, 1 + (text.length * pattern.programSize()) / 12, at);
  return pattern.test(text);
}
