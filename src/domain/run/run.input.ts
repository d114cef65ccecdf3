import { z } from 'zod';
import type { Config } from '#platform/config/config';
import { jsonProblem } from '#platform/json';
import { type FieldProblem, InvalidInputError } from '#domain/errors';
import { problemsOf, wellFormed } from '#domain/input';
import type { TriggerItem } from './run.trigger.js';

const mostThreadName = 255;

/** The name of a thread. */
export const threadName = wellFormed(z.string().min(1).max(mostThreadName));

const mostTags = 50;

/** What a flow and its runs are found by. */
export const tagsInput = z
  .array(z.strictObject({ key: wellFormed(z.string().min(1).max(128)), value: wellFormed(z.string().max(256)) }))
  .max(mostTags);

/** Tags that a filter asks for. Throws InvalidInputError with the places below `path` that no tag can have. */
export function readTags(tags: readonly { readonly key: string; readonly value: string }[], path: readonly string[]) {
  const given = tags.map(({ key, value }) => ({ key, value }));
  return readAt(tagsInput, given, path);
}

/** A name that a client gives to a run. */
const runKeyInput = wellFormed(z.string().min(1).max(255));

/** The key that a filter asks for. Throws InvalidInputError where no run can have it. */
export const readRunKey = (key: string, path: readonly string[]): string => readAt(runKeyInput, key, path);

function readAt<Schema extends z.ZodType>(schema: Schema, value: unknown, path: readonly string[]): z.output<Schema> {
  const parsed = schema.safeParse(value, { reportInput: true });
  if (parsed.success) return parsed.data;
  throw new InvalidInputError(problemsOf(parsed.error).map((problem) => ({ ...problem, path: [...path, ...problem.path] })));
}

const named = z.object({ runKey: runKeyInput.optional(), tags: tagsInput.optional() });

/** What a run is triggered with, as JSON texts; null: none. */
export interface RunInput {
  readonly input: string | null;
  /** What is sent as it is, in place of what the payload template would make. */
  readonly resolvedPayload: string | null;
}

/** Throws InvalidInputError naming every field at fault. */
export function readInput(item: TriggerItem, limits: Config['run']): RunInput {
  const problems: FieldProblem[] = [];
  if ((item.automationId === undefined) === (item.automationKey === undefined))
    problems.push({ path: ['key'], message: 'Give exactly one of id and key.', code: 'ONE_OF' });
  if (item.priority !== undefined && !(Number.isInteger(item.priority) && item.priority >= 1 && item.priority <= 5))
    problems.push({ path: ['priority'], message: 'A priority is a whole number from 1 (highest) to 5.', code: 'OUT_OF_RANGE' });
  if (item.idempotencyKey !== undefined && !/^[\x20-\x7e]{1,255}$/.test(item.idempotencyKey))
    problems.push({ path: ['idempotencyKey'], message: 'An idempotency key has 1 to 255 printable ASCII characters.', code: 'FORMAT' });
  if (item.thread !== undefined && !threadName.safeParse(item.thread).success)
    problems.push({
      path: ['thread'],
      message: `The name of a thread has 1 to ${mostThreadName} characters, without a NUL or a lone surrogate.`,
      code: 'FORMAT',
    });
  const { error } = named.safeParse(item);
  if (error !== undefined) problems.push(...problemsOf(error));
  // The inputs of a flow are called so.
  const input = readJson(item.payload, item.kind === 'FLOW' ? 'inputs' : 'payload', limits, problems);
  const resolvedPayload = readJson(item.resolvedPayload, 'resolvedPayload', limits, problems);
  if (problems.length > 0) throw new InvalidInputError(problems);
  return { input, resolvedPayload };
}

/** The value as JSON text; null without one, and when it is at fault. */
function readJson(value: unknown, field: string, limits: Config['run'], problems: FieldProblem[]): string | null {
  if (value === undefined || value === null) return null;
  const problem = jsonProblem(value, limits.jsonDepth);
  if (problem !== null) {
    problems.push({ path: [field], ...problem });
    return null;
  }
  const text = JSON.stringify(value);
  const bytes = Buffer.byteLength(text);
  if (bytes > limits.inputBytes)
    problems.push({
      path: [field],
      message: `A payload has at most ${limits.inputBytes} bytes; this one has ${bytes}.`,
      code: 'TOO_LARGE',
    });
  return text;
}
