import type { RE2JS } from 're2js';
import { Fault } from '#language/language-error';
import { compilePattern as compile } from '#language/pattern';
import { RuleFault } from './rule-error.js';

/** Throws {@link RuleFault} for a pattern that cannot be used. */
export function compilePattern(source: string, at: number): RE2JS {
  try {
    return compile(source, at);
  } catch (error) {
    if (error instanceof Fault) throw new RuleFault(error.code === 'SYNTAX' ? 'SYNTAX' : 'TOO_LONG', error.message, error.at);
    throw error;
  }
}
