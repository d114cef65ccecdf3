import { namesUsed } from '#language/names';
import { type CompiledTemplate, compileTemplate, LanguageError, render } from '#language/template';
import type { ObjectValue } from '#language/value';
import { jsonProblem, storableText } from '#platform/json';
import type { Json, Plan } from '#plan/plan';
import { threadName } from './run.input.js';
import type { RunError } from './run.write.js';

/** A template of a plan, read once. */
export interface RunTemplate {
  readonly compiled: CompiledTemplate;
  /** Whether it refers to the run before: only then that is read. */
  readonly needsLastRun: boolean;
}

/** Throws LanguageError; a plan that was saved holds none that does. */
export function compileRunTemplate(template: Json): RunTemplate {
  const compiled = compileTemplate(template);
  return { compiled, needsLastRun: namesUsed(compiled).some(({ name }) => name === 'last_run') };
}

/** Plans never change and are kept in memory: their templates are forgotten with them. */
const payloads = new WeakMap<Plan, RunTemplate>();

/** The template of a plan's payload; null when it has none. */
export function payloadTemplate(plan: Plan): RunTemplate | null {
  if (plan.payload === undefined) return null;
  const known = payloads.get(plan);
  if (known !== undefined) return known;
  const template = compileRunTemplate(plan.payload);
  payloads.set(plan, template);
  return template;
}

export type Rendered<Result> = { readonly value: Result } | { readonly error: RunError };

interface PayloadLimits {
  readonly inputBytes: number;
  readonly jsonDepth: number;
}

/** What a run's steps get. A template that fails on this context fails on it again: the run is over. */
export function renderPayload({ compiled }: RunTemplate, context: ObjectValue, limits: PayloadLimits): Rendered<Json> {
  return attempt('payload', () => {
    const value = render(compiled, context, { size: limits.inputBytes });
    const problem = jsonProblem(value, limits.jsonDepth);
    if (problem !== null) return failure('payload', `PAYLOAD_${problem.code}`, problem.message);
    const bytes = Buffer.byteLength(JSON.stringify(value));
    if (bytes > limits.inputBytes)
      return failure('payload', 'PAYLOAD_TOO_LARGE', `A payload has at most ${limits.inputBytes} bytes; this one has ${bytes}.`);
    return { value };
  });
}

/** The name of a run's thread. Numbers and booleans are names as they are written. */
export function renderThread({ compiled }: RunTemplate, context: ObjectValue): Rendered<string> {
  return attempt('threadTemplate', () => {
    const value = render(compiled, context);
    const name = typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
    const read = threadName.safeParse(name);
    if (read.success) return { value: read.data };
    return failure('threadTemplate', 'INVALID_THREAD', 'The name of a thread is a text of 1 to 255 characters; this template made none.');
  });
}

function attempt<Result>(template: string, make: () => Rendered<Result>): Rendered<Result> {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof LanguageError)) throw error;
    const { code, line, column, path } = error;
    return failure([template, ...path].join('.'), code, error.message, { line, column });
  }
}

function failure(place: string, code: string, message: string, detail: Json = null): { readonly error: RunError } {
  return { error: { code, message: storableText(`${place}: ${message}`), detail } };
}
