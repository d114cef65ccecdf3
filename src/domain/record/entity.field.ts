import { isStorableMoment, isStorableText } from '#platform/json';
import { type BlueprintSpec, type JsonObject, indexColumn, isObject, propertiesOf } from './blueprint.spec.js';

/** Values of a statement. */
export interface Params {
  /** Answers the place of the value: `$3::uuid`. */
  add(value: unknown, type: string): string;
}

export type ValueKind = 'text' | 'number' | 'moment' | 'boolean' | 'json' | 'uuid' | 'integer';

/** Where a value of a record stands. */
export type Field =
  | {
      readonly in: 'COLUMN';
      readonly column: 'id' | 'key' | 'name' | 'number' | 'statusRank' | 'createdAt' | 'updatedAt';
      readonly kind: 'uuid' | 'text' | 'integer' | 'moment';
      readonly nullable: boolean;
    }
  /** An indexed property: in `EntityValue`. */
  | { readonly in: 'VALUE'; readonly property: string; readonly kind: 'text' | 'number' | 'moment' | 'boolean' }
  /** Another one: in `properties`. */
  | {
      readonly in: 'JSON';
      readonly property: string;
      readonly path: readonly string[];
      readonly kind: Exclude<ValueKind, 'uuid' | 'integer'>;
    };

const column = (
  name: Extract<Field, { in: 'COLUMN' }>['column'],
  kind: Extract<Field, { in: 'COLUMN' }>['kind'],
  nullable = false,
): Field => ({ in: 'COLUMN', column: name, kind, nullable });

export const fields = {
  id: column('id', 'uuid'),
  key: column('key', 'text', true),
  name: column('name', 'text'),
  number: column('number', 'integer'),
  status: column('statusRank', 'integer', true),
  createdAt: column('createdAt', 'moment'),
  updatedAt: column('updatedAt', 'moment'),
} as const;

/** What tells two fields apart: `name`, `property:impact`. */
export const nameOfField = (field: Field): string => (field.in === 'COLUMN' ? field.column : `property:${field.property}`);

export const isNullable = (field: Field): boolean => field.in !== 'COLUMN' || field.nullable;

/** The field of a property; a dotted path leads into an object. Null: the blueprint has no such property. */
export function propertyField(spec: Pick<BlueprintSpec, 'schema' | 'indexed'>, name: string): Field | null {
  const properties = propertiesOf(spec);
  const whole = properties.get(name);
  const [head = '', ...rest] = name.split('.');
  const path = whole === undefined ? [head, ...rest] : [name];
  const schema = whole ?? within(properties.get(head), rest);
  if (schema === null) return null;
  const indexed = indexColumn(schema);
  const kind = schema['type'] === 'boolean' ? 'boolean' : (indexed ?? 'json');
  return kind !== 'json' && spec.indexed.includes(name)
    ? { in: 'VALUE', property: name, kind }
    : { in: 'JSON', property: name, path, kind };
}

/** The schema that a path leads to; an empty one where the schema says nothing of it. */
function within(schema: JsonObject | undefined, path: readonly string[]): JsonObject | null {
  if (schema === undefined) return null;
  let inner: JsonObject = schema;
  for (const name of path) {
    const { properties } = inner;
    const member = isObject(properties) && Object.hasOwn(properties, name) ? properties[name] : undefined;
    inner = isObject(member) ? member : {};
  }
  return inner;
}

/** The column of `EntityValue`. */
export const valueColumn = ({ kind }: Extract<Field, { in: 'VALUE' }>): 'text' | 'number' | 'moment' =>
  kind === 'boolean' ? 'text' : kind;

const types = {
  text: 'text',
  boolean: 'text',
  number: 'float8',
  moment: 'timestamptz',
  json: 'jsonb',
  uuid: 'uuid',
  integer: 'int4',
} as const satisfies Record<ValueKind, string>;

/** The type of its values in statements. */
export const typeOf = ({ kind }: Pick<Field, 'kind'>): string => types[kind];

/*
 * What a property holds may have been written under an earlier schema: a cast of it must not fail. These take the moments that JSON Schema
 * takes, of years in which no time zone leaves the four digits.
 */
const leapYear = '(\\d\\d(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)';
const day = `(?!000[01]|9999)(\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|1\\d|2[0-8])|\\d{4}-(0[13-9]|1[0-2])-(29|30)|\\d{4}-(0[13578]|1[02])-31|${leapYear}-02-29)`;
const timeOfDay = '[Tt ]([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(\\.\\d{1,9})?([Zz]|[+-](0\\d|1[0-4]):[0-5]\\d)';

/** The value of a field in `properties` of the record `e`. */
export function jsonExpression({ path, kind }: Extract<Field, { in: 'JSON' }>, params: Params): string {
  const place = params.add(path, 'text[]');
  const text = `(e.properties #>> ${place})`;
  switch (kind) {
    case 'text':
    case 'boolean':
      return `(${text} COLLATE "C")`;
    case 'number':
      return `(CASE WHEN jsonb_typeof(e.properties #> ${place}) = 'number' THEN ${text}::float8 END)`;
    case 'moment':
      // To the millisecond, as cursors and the index have it.
      return `(CASE WHEN ${text} ~ '^${day}$' THEN (${text} || 'T00:00:00Z')::timestamptz WHEN ${text} ~ '^${day}${timeOfDay}$' THEN date_trunc('milliseconds', ${text}::timestamptz) END)`;
    case 'json':
      return `nullif(e.properties #> ${place}, 'null')`;
  }
}

/** Texts in the index are cut; a longer one would be compared with a part of itself. */
export const mostComparedText = 250;

const date = /^\d{4}-\d{2}-\d{2}(?:[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:[Zz]|[+-]\d{2}:\d{2}))?$/;

/** A value of a filter as statements take it; or what it should have been, in words. */
export function comparable({ kind }: Pick<Field, 'kind'>, value: unknown): { readonly value: unknown } | { readonly expected: string } {
  switch (kind) {
    case 'text':
      return typeof value === 'string' && value.length <= mostComparedText && isStorableText(value)
        ? { value }
        : { expected: `a text of at most ${mostComparedText} characters` };
    case 'number':
      return typeof value === 'number' && Number.isFinite(value) ? { value } : { expected: 'a number' };
    case 'integer':
      return typeof value === 'number' && Number.isInteger(value) && Math.abs(value) < 2 ** 31 ? { value } : { expected: 'an integer' };
    case 'boolean':
      return typeof value === 'boolean' ? { value: String(value) } : { expected: 'true or false' };
    case 'moment': {
      const moment = value instanceof Date ? value : typeof value === 'string' && date.test(value) ? new Date(value) : null;
      return moment !== null && isStorableMoment(moment) ? { value: moment } : { expected: 'a date or a moment as in RFC 3339' };
    }
    case 'uuid':
    case 'json':
      return { value: JSON.stringify(value) };
  }
}
