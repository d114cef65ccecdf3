import { type CompiledSchema, SchemaError, type SchemaFuel, compileSchema, schemaFuel } from '#language/json-schema';
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

/**
 * Throws a StepError for the first command whose arguments are not what the trigger point asks for. All checks share what one may cost:
 * the point and the commands are the tenant's, the process is everybody's.
 */
export function checkCommands({ commands }: ChainPlan, given: readonly GivenCommand[]): void {
  const fuel = schemaFuel();
  const compiled = new Map<string, CompiledSchema>();
  for (const { command, arguments: values } of given) {
    const definition = commands.find(({ name }) => name === command);
    const problem = definition === undefined ? 'there is no such command' : argumentProblem(definition, values, compiled, fuel);
    if (problem !== null) throw new StepError({ code: 'INVALID_COMMAND', message: `api.${command}: ${problem}`, retryable: false });
  }
}

function argumentProblem(
  { name, arguments: schema, effect }: ChainCommand,
  values: readonly Json[],
  compiled: Map<string, CompiledSchema>,
  fuel: SchemaFuel,
): string | null {
  try {
    const own = compiled.get(name) ?? compileSchema(schema);
    compiled.set(name, own);
    const problems = own.problems([...values], fuel);
    if (problems.length > 0) return problems.map(({ path, message }) => `${placeOf(path)} ${message}`).join('; ');
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    return error.message;
  }
  if (effect !== 'REDIRECT') return null;
  const url = redirectUrl(schema, values);
  if (url === null) return 'there is no URL to redirect to';
  return url.length <= longestUrl ? null : `the URL to redirect to has at most ${String(longestUrl)} characters`;
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

/** What browsers and servers take. */
const longestUrl = 8_000;

/** The URL with what the `query` of the options adds to it. */
function redirectUrl(schema: Json, values: readonly Json[]): string | null {
  const text = textArgument(schema, 'url', values);
  if (text === null || !URL.canParse(text)) return null;
  const url = new URL(text);
  const added = new Map<string, string>();
  for (const value of values) {
    const query = isObject(value) ? value['query'] : undefined;
    if (!isObject(query)) continue;
    for (const [name, item] of Object.entries(query)) added.set(name, typeof item === 'string' ? item : JSON.stringify(item));
  }
  // At once: to set them one by one writes the whole URL each time.
  if (added.size > 0)
    url.search = new URLSearchParams([...[...url.searchParams].filter(([name]) => !added.has(name)), ...added]).toString();
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
  const next = changing(event);
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
    if (target !== null && typeof name === 'string' && value !== undefined) next.set([...target.split('.'), name], value);
  }
  return { event: next.value(), asked, decision };
}

/** An event in which places get values. Each object on the way is copied once, however many commands set something in it. */
function changing(event: Json): { set(path: readonly string[], value: Json): void; value(): Json } {
  const own = new WeakSet<object>();
  /** Whatever stands in the way and is no object makes room. */
  const ownOf = (value: Json | undefined): JsonObject => {
    if (isObject(value) && own.has(value)) return value;
    const copy = isObject(value) ? { ...value } : {};
    own.add(copy);
    return copy;
  };
  // Not by assignment, which `__proto__` would take for something else.
  const put = (node: JsonObject, key: string, value: Json) =>
    Object.defineProperty(node, key, { value, enumerable: true, configurable: true, writable: true });
  let root = event;
  return {
    set: (path, value) => {
      let node = ownOf(root);
      root = node;
      for (const [place, key] of path.entries()) {
        const inner = place === path.length - 1 ? value : ownOf(Object.hasOwn(node, key) ? node[key] : undefined);
        put(node, key, inner);
        if (isObject(inner)) node = inner;
      }
    },
    value: () => root,
  };
}
