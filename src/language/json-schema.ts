import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import formatsPlugin, { type FormatName } from 'ajv-formats';
import { RE2JS } from 're2js';
import type { JsonValue } from './value.js';

/** What is wrong with a value at one place. */
export interface ValueProblem {
  /** From the root of the value: `['items', '0', 'price']`. */
  readonly path: readonly string[];
  readonly message: string;
}

/** What checks may still cost, in subschemas that are applied. */
export interface SchemaFuel {
  left: number;
}

export interface CompiledSchema {
  /**
   * Everything that is wrong with a value, none when it fits; of very many the first ones. Throws {@link SchemaError} when that costs too
   * much: more than one check may, or than is left of what several share.
   */
  problems(value: JsonValue, shared?: SchemaFuel): readonly ValueProblem[];
}

/** A schema that cannot be used, with the place that is at fault. */
export class SchemaError extends Error {
  override readonly name = 'SchemaError';
  readonly path: readonly string[];

  constructor(message: string, path: readonly string[] = []) {
    super(message);
    this.path = path;
  }
}

/** Longest schema, in characters of its JSON. */
const maxSize = 100_000;
const maxDepth = 64;
/** To read a schema costs up to a millisecond for each of its subschemas, in a process that others wait for. */
const maxSubschemas = 2_000;
/** Subschemas that one check applies: about 0.1 s. References let a small schema mean any number of them. */
const fuel = 200_000;
/** For one check, or for several that belong together. */
export const schemaFuel = (): SchemaFuel => ({ left: fuel });
const mostProblems = 100;
/** Formats are for short texts; some of their patterns are slow on long ones. */
const maxFormatted = 2_048;

const formats = 'date time date-time duration uuid email hostname ipv4 ipv6 json-pointer relative-json-pointer int32 int64 float double'
  .split(' ')
  .map((name) => name as FormatName);

/** Where subschemas stand. */
const single =
  'additionalProperties unevaluatedProperties unevaluatedItems items contains not if then else propertyNames contentSchema'.split(' ');
const lists = ['allOf', 'anyOf', 'oneOf', 'prefixItems'];
const maps = ['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas'];
/** They name places that only the whole schema tells, or make checks wait for something. */
const refused = ['$anchor', '$dynamicRef', '$dynamicAnchor', '$recursiveRef', '$recursiveAnchor', '$async', '$vocabulary'];
const dialect = /^https?:\/\/json-schema\.org\/draft\/2020-12\/schema#?$/;
/** Ours: counts each subschema that is applied. No schema from outside can bring it along. */
const counted = 'millrace:counted';

type Schema = { readonly [key: string]: JsonValue };

const compiled = new Map<string, CompiledSchema>();
const mostCompiled = 200;

/**
 * Reads a JSON Schema 2020-12. Everything that it refers to stands in itself, as `#` or `#/…`; patterns run in linear time, so they know
 * no look-around and no back-references. Throws {@link SchemaError}.
 */
export function compileSchema(schema: JsonValue): CompiledSchema {
  const text = JSON.stringify(schema);
  const known = compiled.get(text);
  if (known !== undefined) {
    compiled.delete(text);
    compiled.set(text, known);
    return known;
  }
  if (text.length > maxSize) throw new SchemaError(`A schema has at most ${String(maxSize)} characters.`);
  const made = compile(JSON.parse(text) as JsonValue);
  compiled.set(text, made);
  const oldest = compiled.keys().next().value;
  if (compiled.size > mostCompiled && oldest !== undefined) compiled.delete(oldest);
  return made;
}

function compile(schema: JsonValue): CompiledSchema {
  if (typeof schema === 'boolean') return { problems: () => (schema ? [] : [{ path: [], message: 'is not allowed' }]) };
  if (!isSchema(schema)) throw new SchemaError('A schema is an object or a boolean.');
  prepare(schema);
  let tank: SchemaFuel = { left: 0 };
  const ajv = new Ajv2020({ allErrors: true, strict: false, logger: false, code: { regExp: linear } });
  for (const name of formats) {
    const format = formatsPlugin.default.get(name, name === 'email' ? 'fast' : 'full');
    const check = typeof format === 'object' && 'validate' in format ? format.validate : format;
    if (typeof format === 'object' && 'type' in format && format.type === 'number') ajv.addFormat(name, format);
    else ajv.addFormat(name, (value: string) => value.length <= maxFormatted && passes(check, value));
  }
  ajv.addFormat('uri', (value: string) => value.length <= maxFormatted && URL.canParse(value));
  // Pages show it as a link: `javascript:` and its like are none.
  ajv.addFormat('url', (value: string) => value.length <= maxFormatted && /^https?:/i.test(value) && URL.canParse(value));
  // Its own compares each item with each other one.
  ajv.removeKeyword('uniqueItems');
  ajv.addKeyword({
    keyword: 'uniqueItems',
    type: 'array',
    schemaType: 'boolean',
    error: { message: 'must NOT have duplicate items' },
    validate: (on: boolean, items: readonly JsonValue[]) => !on || new Set(items.map(canonical)).size === items.length,
  });
  ajv.addKeyword({
    keyword: counted,
    validate: () => {
      tank.left -= 1;
      if (tank.left < 0) throw new SchemaError('The check of the value costs too much.');
      return true;
    },
  });
  let validate: ValidateFunction;
  try {
    validate = ajv.compile(schema);
  } catch (error) {
    if (error instanceof SchemaError) throw error;
    throw new SchemaError(error instanceof Error ? error.message.slice(0, 500) : 'The schema cannot be read.');
  }
  return {
    problems: (value, shared = schemaFuel()) => {
      tank = shared;
      try {
        return validate(value) ? [] : (validate.errors ?? []).filter(isPlain).slice(0, mostProblems).map(problemOf);
      } catch (error) {
        if (error instanceof RangeError) throw new SchemaError('The check of the value goes too deep.');
        throw error;
      }
    },
  };
}

const isSchema = (value: JsonValue | undefined): value is Schema => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Refuses what is not for us and marks every subschema to be counted. */
function prepare(root: Schema): void {
  const seen = new Set<Schema>();
  // The root may be called by a name; what stands inside refers to places of this text.
  Reflect.deleteProperty(root, '$id');
  visit(root, []);

  function visit(schema: JsonValue | undefined, path: readonly string[]): void {
    if (!isSchema(schema) || seen.has(schema)) return;
    if (path.length > maxDepth) throw new SchemaError(`A schema is nested at most ${String(maxDepth)} levels deep.`, path);
    seen.add(schema);
    if (seen.size > maxSubschemas) throw new SchemaError(`A schema has at most ${String(maxSubschemas)} subschemas.`);
    for (const name of [...refused, '$id', counted])
      if (Object.hasOwn(schema, name)) throw new SchemaError(`${name} cannot be used.`, [...path, name]);
    const { $schema, $ref, pattern, patternProperties } = schema;
    if ($schema !== undefined && !(typeof $schema === 'string' && dialect.test($schema)))
      throw new SchemaError('Schemas are read as JSON Schema 2020-12.', [...path, '$schema']);
    if (pattern !== undefined) checkPattern(pattern, [...path, 'pattern']);
    if (isSchema(patternProperties)) for (const name of Object.keys(patternProperties)) checkPattern(name, [...path, 'patternProperties']);
    for (const name of single) visit(schema[name], [...path, name]);
    for (const name of lists) {
      const list = schema[name];
      if (Array.isArray(list)) for (const [index, item] of (list as JsonValue[]).entries()) visit(item, [...path, name, String(index)]);
    }
    for (const name of maps) {
      const map = schema[name];
      if (isSchema(map)) for (const [key, item] of Object.entries(map)) visit(item, [...path, name, key]);
    }
    // After those inside, so that a map that is called like a keyword is not marked twice.
    Object.assign(schema, { [counted]: true });
    if ($ref !== undefined) visit(target($ref, [...path, '$ref']), path);
  }

  function target(ref: JsonValue, path: readonly string[]): JsonValue | undefined {
    if (typeof ref !== 'string' || !/^#(\/|$)/.test(ref)) throw new SchemaError('A schema refers to itself only (#/$defs/…).', path);
    let place: JsonValue | undefined = root;
    for (const step of ref.slice(2).split('/')) {
      if (ref === '#') break;
      const name = decode(step, path).replaceAll('~1', '/').replaceAll('~0', '~');
      place = typeof place === 'object' && place !== null && Object.hasOwn(place, name) ? (place as Schema)[name] : undefined;
    }
    if (place === undefined) throw new SchemaError(`There is nothing at ${ref}.`, path);
    return place;
  }
}

function decode(step: string, path: readonly string[]): string {
  try {
    return decodeURIComponent(step);
  } catch {
    throw new SchemaError('The reference is not well-formed.', path);
  }
}

function checkPattern(pattern: JsonValue, path: readonly string[]): void {
  try {
    if (typeof pattern === 'string') linear(pattern);
  } catch (error) {
    throw new SchemaError(`The pattern cannot be used: ${error instanceof Error ? error.message : ''}`.slice(0, 300), path);
  }
}

function linearPattern(pattern: string): { test(text: string): boolean; toString(): string } {
  const expression = RE2JS.compile(RE2JS.translateRegExp(pattern));
  // ajv takes expressions with the same text for the same one.
  return { test: (text) => expression.matcher(text).find(), toString: () => pattern };
}

/** With a name for code that ajv would write out; it is only run here. */
const linear = Object.assign(linearPattern, { code: 'linear' });

function passes(check: unknown, value: string): boolean {
  if (check instanceof RegExp) return check.test(value);
  if (typeof check === 'function') return (check as (value: string) => boolean)(value);
  return true;
}

/** Equal values have the same text, whatever the order of their keys. */
function canonical(value: JsonValue): string {
  return JSON.stringify(value, (_key, item: JsonValue) =>
    isSchema(item) ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1))) : item,
  );
}

/** "must match then schema" and its like only repeat that something inside is wrong. */
const isPlain = ({ keyword }: ErrorObject): boolean => keyword !== 'if' && keyword !== counted;

function problemOf({ instancePath, keyword, params, message = 'is not valid' }: ErrorObject): ValueProblem {
  const path = instancePath
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  const given = params as Readonly<Record<string, unknown>>;
  if (keyword === 'required') return { path: [...path, String(given['missingProperty'])], message: 'is required' };
  if (keyword === 'additionalProperties') return { path: [...path, String(given['additionalProperty'])], message: 'is not known' };
  if (keyword === 'unevaluatedProperties') return { path: [...path, String(given['unevaluatedProperty'])], message: 'is not known' };
  if (keyword === 'enum') return { path, message: `must be one of ${JSON.stringify(given['allowedValues']).slice(0, 200)}` };
  if (keyword === 'const') return { path, message: `must be ${JSON.stringify(given['allowedValue']).slice(0, 200)}` };
  return { path, message };
}
