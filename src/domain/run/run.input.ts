import type { Config } from '#platform/config/config';
import { jsonProblem } from '#platform/json';
import { type FieldProblem, InvalidInputError } from '#domain/errors';
import type { TriggerItem } from './run.trigger.js';

/** The payload as JSON text, or null without one. Throws InvalidInputError naming every field at fault. */
export function readInput(item: TriggerItem, limits: Config['run']): string | null {
  const problems: FieldProblem[] = [];
  if ((item.automationId === undefined) === (item.automationKey === undefined))
    problems.push({ path: ['key'], message: 'Give exactly one of id and key.', code: 'ONE_OF' });
  if (item.priority !== undefined && !(Number.isInteger(item.priority) && item.priority >= 1 && item.priority <= 5))
    problems.push({ path: ['priority'], message: 'A priority is a whole number from 1 (highest) to 5.', code: 'OUT_OF_RANGE' });
  if (item.idempotencyKey !== undefined && !/^[\x20-\x7e]{1,255}$/.test(item.idempotencyKey))
    problems.push({ path: ['idempotencyKey'], message: 'An idempotency key has 1 to 255 printable ASCII characters.', code: 'FORMAT' });
  let text: string | null = null;
  if (item.payload !== undefined && item.payload !== null) {
    const problem = jsonProblem(item.payload, limits.jsonDepth);
    if (problem !== null) problems.push({ path: ['payload'], ...problem });
    else {
      text = JSON.stringify(item.payload);
      const bytes = Buffer.byteLength(text);
      if (bytes > limits.inputBytes)
        problems.push({
          path: ['payload'],
          message: `A payload has at most ${limits.inputBytes} bytes; this one has ${bytes}.`,
          code: 'TOO_LARGE',
        });
    }
  }
  if (problems.length > 0) throw new InvalidInputError(problems);
  return text;
}
