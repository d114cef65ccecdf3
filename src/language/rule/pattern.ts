import { RE2JS } from 're2js';
import { RuleFault } from './rule-error.js';

/** A count multiplies what it repeats: `\pL{1000}` a few times over takes long to prepare. */
const maxRepeat = 100;
const counts = /\\.|\{(\d+)(?:,(\d*))?\}/g;

/** Authors' patterns run in linear time. Throws {@link RuleFault} for one that cannot be used. */
export function compilePattern(source: string, at: number): RE2JS {
  for (const [, least, most] of source.matchAll(counts))
    if (Number(least ?? 0) > maxRepeat || Number(most ?? 0) > maxRepeat)
      throw new RuleFault('TOO_LONG', `A pattern repeats at most ${String(maxRepeat)} times.`, at);
  try {
    return RE2JS.compile(RE2JS.translateRegExp(source));
  } catch (error) {
    throw new RuleFault('SYNTAX', `The pattern cannot be used: ${error instanceof Error ? error.message : ''}`.slice(0, 300), at);
  }
}
