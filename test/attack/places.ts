import {
  type GraphQLInputField,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isRequiredInputField,
} from 'graphql';

/** A place of an input where a client writes a single value: the way to it, and the scalar that stands there. */
export interface Place {
  /** Names of fields; `0` is the first item of a list. */
  readonly path: readonly string[];
  readonly scalar: string;
  /** A list of such values is wanted there: `path` ends in `0`. */
  readonly listed: boolean;
}

/** Every place of an input type, each recursion once. */
export function placesOf(type: GraphQLInputObjectType, before: readonly string[] = [], seen: readonly string[] = []): Place[] {
  if (seen.includes(type.name)) return [];
  return Object.values(type.getFields()).flatMap((field) => {
    const listed = isListType(getNullableType(field.type));
    const path = [...before, field.name, ...(listed ? ['0'] : [])];
    const named = getNamedType(field.type);
    if (isInputObjectType(named)) return placesOf(named, path, [...seen, type.name]);
    return [{ path, scalar: named.name, listed }];
  });
}

/** What may stand in a field that an attack needs and does not care about. */
const samples: Readonly<Record<string, unknown>> = {
  String: 'sample',
  ID: 'act_01900000-0000-7000-8000-000000000000',
  Int: 1,
  Float: 1,
  Boolean: true,
  JSON: {},
  JSONObject: {},
  DateTime: '2026-01-01T00:00:00Z',
  Duration: 'PT1H',
  Cron: '0 0 * * *',
  TimeZone: 'UTC',
};

function sample(type: GraphQLInputType): unknown {
  const wanted = getNullableType(type);
  if (isListType(wanted)) return [];
  if (isEnumType(wanted)) return wanted.getValues()[0]?.name;
  if (isInputObjectType(wanted)) return completed(wanted, {});
  return samples[wanted.name] ?? 'sample';
}

/** The object with all that its type cannot do without. */
function completed(type: GraphQLInputObjectType, given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const [first] = Object.values(type.getFields());
  if (type.isOneOf) return Object.keys(given).length > 0 || first === undefined ? { ...given } : { [first.name]: sample(first.type) };
  const missing = (field: GraphQLInputField) => isRequiredInputField(field) && !(field.name in given);
  return {
    ...Object.fromEntries(
      Object.values(type.getFields())
        .filter(missing)
        .map(({ name, type: wanted }) => [name, sample(wanted)]),
    ),
    ...given,
  };
}

/** The input with a value put in one place; whatever must stand on the way to it is made up. */
export function withAt(
  type: GraphQLInputObjectType,
  input: Readonly<Record<string, unknown>>,
  path: readonly string[],
  value: unknown,
): Record<string, unknown> {
  const put = (at: GraphQLInputType, given: unknown, rest: readonly string[]): unknown => {
    const [step] = rest;
    if (step === undefined) return value;
    const wanted = getNullableType(at);
    if (isListType(wanted)) {
      const [first, ...others] = Array.isArray(given) ? (given as readonly unknown[]) : [];
      return [put(wanted.ofType, first, rest.slice(1)), ...others];
    }
    if (!isInputObjectType(wanted)) throw new Error(`${path.join('.')} leads nowhere.`);
    const field = wanted.getFields()[step];
    if (field === undefined) throw new Error(`${wanted.name} has no ${step}.`);
    const kept = typeof given === 'object' && given !== null && !wanted.isOneOf ? (given as Record<string, unknown>) : {};
    return completed(wanted, { ...kept, [step]: put(field.type, kept[step], rest.slice(1)) });
  };
  return put(type, input, path) as Record<string, unknown>;
}

/** The input with a field that its type does not have; whatever must stand on the way to it is made up. */
export function withUnknown(
  type: GraphQLInputObjectType,
  input: Readonly<Record<string, unknown>>,
  path: readonly string[],
): Record<string, unknown> {
  const name = path.at(-1) ?? '';
  // A computed name: `__proto__` becomes a field, as it does in JSON.
  if (path.length === 1) return { ...input, [name]: 'unknown' };
  return withAt(type, input, path.slice(0, -1), { [name]: 'unknown' });
}

/** Lists within lists. */
export function nested(levels: number): unknown {
  return JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`);
}
