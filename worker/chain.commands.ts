import { SchemaError, compileSchema } from '#language/json-schema';
import type { ChainCommand, ChainPlan, Json } from '#plan/plan';
import type { AskedCommand, Decision } from '#domain/run/run.decision';
import { StepError } from './steps/step.js';

/** A command as an action gave it. */
export interface GivenCommand {
  readonly command: string;
  readonly arguments: readonly Json[];
}

/** The output of an action's step in a chain: what is kept of it, and what the rest of the chain is made of again after a crash. */
export interface LinkOutput {
  readonly commands: readonly GivenCommand[];
}

export type JsonObject = { readonly [key: string]: Json };

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Throws a StepError for the first command whose arguments are not what the trigger point asks for. */
export function checkCommands({ commands }: ChainPlan, given: readonly GivenCommand[]): void {
  for (const { command, arguments: values } of given) {
    const definition = commands.find(({ name }) => name === command);
    const problem = definition === undefined ? 'there is no such command' : argumentProblem(definition, values);
    if (problem !== null) throw new StepError({ code: 'INVALID_COMMAND', message: `api.${command}: ${problem}`, retryable: false });
  }
}

function argumentProblem({ arguments: schema, effect }: ChainCommand, values: readonly Json[]): string | null {
  try {
    const problems = compileSchema(schema).problems([...values]);
    if (problems.length > 0) return problems.map(({ path, message }) => `${placeOf(path)} ${message}`).join('; ');
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    return error.message;
  }
  return effect === 'REDIRECT' && !URL.canParse(redirectUrl(schema, values) ?? '') ? 'there is no URL to redirect to' : null;
}

const placeOf = ([argument, ...rest]: readonly string[]): string =>
  argument === undefined ? 'the arguments' : [`argument ${String(Number(argument) + 1)}`, ...rest].join('.');

/** The argument whose schema has this title, else the first text. */
function textArgument(schema: Json, title: string, values: readonly Json[]): string | null {
  const items = isObject(schema) ? schema['prefixItems'] : undefined;
  const place = Array.isArray(items) ? (items as readonly Json[]).findIndex((item) => isObject(item) && item['title'] === title) : -1;
  const named = place < 0 ? undefined : values[place];
  if (typeof named === 'string') return named;
  return values.find((value) => typeof value === 'string') ?? null;
}

/** The URL with what the `query` of the options adds to it. */
function redirectUrl(schema: Json, values: readonly Json[]): string | null {
  const text = textArgument(schema, 'url', values);
  if (text === null || !URL.canParse(text)) return null;
  const url = new URL(text);
  for (const value of values) {
    const query = isObject(value) ? value['query'] : undefined;
    if (!isObject(query)) continue;
    for (const [name, item] of Object.entries(query)) url.searchParams.set(name, typeof item === 'string' ? item : JSON.stringify(item));
  }
  return url.href;
}

/** What the commands of one action do to the chain. */
export interface Applied {
  /** The event that later actions get. */
  readonly event: Json;
  /** For whoever fired. */
  readonly asked: readonly AskedCommand[];
  /** Null: the chain goes on. */
  readonly decision: Decision | null;
}

/** Applies commands that were checked. A refusal is final: what was commanded after it counts no more. Of several redirects the last one does. */
export function applyCommands({ commands }: ChainPlan, action: string, event: Json, given: readonly GivenCommand[]): Applied {
  let next = event;
  let decision: Decision | null = null;
  const asked: AskedCommand[] = [];
  for (const { command, arguments: values } of given) {
    const definition = commands.find(({ name }) => name === command);
    if (definition === undefined) continue;
    const { effect, target, arguments: schema } = definition;
    if (effect === 'DENY') {
      decision = { kind: 'DENY', action, reason: textArgument(schema, 'reason', values), url: null };
      break;
    }
    if (effect === 'REDIRECT') {
      decision = { kind: 'REDIRECT', action, reason: null, url: redirectUrl(schema, values) };
      continue;
    }
    asked.push({ action, command, arguments: values });
    const [name, value] = values;
    if (target !== null && typeof name === 'string' && value !== undefined) next = withValue(next, [...target.split('.'), name], value);
  }
  return { event: next, asked, decision };
}

/** The value with another one at a place; whatever stands in the way and is no object makes room. */
function withValue(event: Json, [key, ...rest]: readonly string[], value: Json): Json {
  if (key === undefined) return value;
  const own = isObject(event) ? event : {};
  const inner = Object.hasOwn(own, key) ? own[key] : undefined;
  return { ...own, [key]: withValue(inner ?? null, rest, value) };
}
