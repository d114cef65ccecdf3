import type { Blueprint } from '#platform/db/generated/prisma/client';
import type { JsonValue } from '#language/value';
import type { FieldType, RecordType } from '#language/rule/world';

export type JsonObject = { readonly [key: string]: JsonValue };

export interface Status {
  readonly name: string;
  /** Nothing follows it by itself. */
  readonly final: boolean;
  /** Nobody sets it: a record gets it by itself. */
  readonly derived: boolean;
  /** When it does, from any status that is not final: when every record of the link, and at least one, has that status. */
  readonly when?: { readonly link: string; readonly status: string } | null;
}

export interface Link {
  readonly name: string;
  /** Other names by which rules call it. */
  readonly aliases: readonly string[];
  /** INVERSE: the records whose link `inverseOf` leads here. */
  readonly kind: 'ONE' | 'MANY' | 'INVERSE';
  /** The key of the blueprint that it leads to. */
  readonly blueprint: string;
  readonly inverseOf?: string;
}

/** When every record of `link`, and at least one, has a final status, a record in `from` moves to `to`. */
export interface Release {
  readonly link: string;
  readonly from: string;
  readonly to: string;
}

/** What `new` makes records of. */
export interface Template {
  /** The key of the blueprint whose records are the templates. */
  readonly blueprint: string;
  /** The link that a new record shares with the record of the rule; null: none. */
  readonly parent: string | null;
  /** The link of that parent to its own template; null: it has none. */
  readonly parentTemplate: string | null;
  /** The link of the parent's template to the templates that may be used. */
  readonly members: string | null;
}

/** A blueprint as the code reads it. */
export interface BlueprintSpec {
  readonly id: string;
  readonly workspaceId: string;
  readonly key: string;
  readonly name: string;
  readonly aliases: readonly string[];
  readonly schema: JsonObject;
  readonly statuses: readonly Status[];
  readonly links: readonly Link[];
  readonly displayField: string;
  readonly indexed: readonly string[];
  readonly release: Release | null;
  readonly template: Template | null;
}

type Row = Pick<
  Blueprint,
  'id' | 'workspaceId' | 'key' | 'name' | 'aliases' | 'schema' | 'statuses' | 'links' | 'displayField' | 'indexed' | 'release' | 'template'
>;

/** What the services checked when they stored it. */
export function blueprintSpec(row: Row): BlueprintSpec {
  const stored = row as unknown as BlueprintSpec;
  return {
    id: row.id,
    workspaceId: row.workspaceId,
    key: row.key,
    name: row.name,
    aliases: row.aliases,
    schema: stored.schema,
    statuses: stored.statuses,
    links: stored.links,
    displayField: row.displayField,
    indexed: row.indexed,
    release: stored.release,
    template: stored.template,
  };
}

/** Of each schema: rules ask for each field of a record. */
const properties = new WeakMap<JsonObject, ReadonlyMap<string, JsonObject>>();

/** The properties by name. */
export function propertiesOf({ schema }: Pick<BlueprintSpec, 'schema'>): ReadonlyMap<string, JsonObject> {
  const known = properties.get(schema);
  if (known !== undefined) return known;
  const given = schema['properties'];
  const found = new Map(isObject(given) ? Object.entries(given).map(([name, one]) => [name, isObject(one) ? one : {}]) : []);
  properties.set(schema, found);
  return found;
}

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The template of a property that is computed, or null. */
export function derivedTemplate(property: JsonObject): string | null {
  const { derived } = property;
  return typeof derived === 'string' ? derived : null;
}

/** Kept when the record is made and not changed afterwards. */
export const isReadOnly = (property: JsonObject): boolean => property['readOnly'] === true;

/** In which column of `EntityValue` a property stands; null: it cannot be indexed. */
export function indexColumn(property: JsonObject): 'text' | 'number' | 'moment' | null {
  switch (property['type']) {
    case 'string':
      return property['format'] === 'date-time' || property['format'] === 'date' ? 'moment' : 'text';
    case 'boolean':
      return 'text';
    case 'number':
    case 'integer':
      return 'number';
    default:
      return null;
  }
}

export const isFinal = (spec: Pick<BlueprintSpec, 'statuses'>, status: string | null): boolean =>
  spec.statuses.some(({ name, final }) => name === status && final);

/** By a key, or one of the aliases: as rules name a type. A key goes before an alias. */
export function blueprintCalled(specs: readonly BlueprintSpec[], name: string): BlueprintSpec | null {
  return specs.find(({ key }) => key === name) ?? specs.find(({ aliases }) => aliases.includes(name)) ?? null;
}

/** Fields of every record, which no property may be called like. */
export const builtInFields = ['id', 'key', 'status', 'labels', 'notes', 'links', 'created_at', 'updated_at'] as const;

/** Types that rules know beside the blueprints, whose keys none can be. */
export const pseudoTypes: ReadonlyMap<string, RecordType> = new Map<string, RecordType>([
  [
    'note',
    {
      fields: new Map<string, FieldType>([
        ['id', { type: 'text', readOnly: true }],
        ['text', { type: 'text', readOnly: true }],
        ['author', { type: 'text', readOnly: true }],
        ['created_at', { type: 'time', readOnly: true }],
      ]),
    },
  ],
  [
    'app_instance',
    {
      fields: new Map<string, FieldType>([
        ['id', { type: 'text', readOnly: true }],
        ['name', { type: 'text', readOnly: true }],
        ['custom_fields', { type: 'object', readOnly: true }],
      ]),
    },
  ],
]);

/** For rules: the fields of a record of this type. */
export function recordTypeOf(spec: BlueprintSpec): RecordType {
  const fields = new Map<string, FieldType>([
    ['id', { type: 'number', readOnly: true }],
    ['key', { type: 'text', readOnly: true }],
    ['name', { type: 'text', readOnly: true }],
    ['labels', { type: 'any' }],
    ['notes', { type: 'many', of: 'note', readOnly: true }],
    ['created_at', { type: 'time', readOnly: true }],
    ['updated_at', { type: 'time', readOnly: true }],
  ]);
  if (spec.statuses.length > 0) fields.set('status', { type: 'choice', values: spec.statuses.map(({ name }) => name) });
  for (const [name, property] of propertiesOf(spec)) fields.set(name, fieldType(property));
  for (const link of spec.links) {
    const type: FieldType =
      link.kind === 'ONE'
        ? { type: 'one', of: link.blueprint }
        : { type: 'many', of: link.blueprint, ...(link.kind === 'INVERSE' ? { readOnly: true } : {}) };
    for (const name of [link.name, ...link.aliases]) fields.set(name, type);
  }
  return { fields };
}

function fieldType(property: JsonObject): FieldType {
  const { type, format, enum: choices, description } = property;
  const fixed = {
    ...(isReadOnly(property) || derivedTemplate(property) !== null ? { readOnly: true } : {}),
    ...(typeof description === 'string' ? { description } : {}),
  };
  switch (type) {
    case 'string':
      if (format === 'date-time' || format === 'date') return { type: 'time', ...fixed };
      if (Array.isArray(choices) && choices.every((one) => typeof one === 'string')) return { type: 'choice', values: choices, ...fixed };
      return { type: 'text', ...fixed };
    case 'number':
    case 'integer':
      return { type: 'number', ...fixed };
    case 'boolean':
      return { type: 'boolean', ...fixed };
    case 'object':
      return { type: 'object', ...fixed };
    default:
      return { type: 'any', ...fixed };
  }
}
