import type { ExecutionResult } from 'graphql';
import { isLargerThan } from './answer-size.js';
import { type Presentation, present, refusal } from './errors.js';

/** The errors of a result as clients may see them. */
export function presentResult(result: ExecutionResult, presentation: Presentation): ExecutionResult {
  if (result.errors === undefined) return result;
  return { ...result, errors: result.errors.map((error) => present(error, presentation)) };
}

/** Throws LIMIT_EXCEEDED. */
export function assertBearable(result: ExecutionResult, answerBytes: number): void {
  if (isLargerThan(result.data, answerBytes))
    throw refusal('LIMIT_EXCEEDED', `An answer has at most ${answerBytes} bytes: ask for less at once.`, { limit: answerBytes });
}
