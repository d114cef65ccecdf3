/** What expressions compute with: JSON, and undefined for what is not there. */
export type Value = undefined | null | boolean | number | string | readonly Value[] | { readonly [key: string]: Value };

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

export type ListValue = readonly Value[];
export type ObjectValue = { readonly [key: string]: Value };

export const isList = (value: Value): value is ListValue => Array.isArray(value);
export const isObject = (value: Value): value is ObjectValue => typeof value === 'object' && value !== null && !Array.isArray(value);

/** What a user calls it. */
export function typeName(value: Value): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'none';
  if (isList(value)) return 'a list';
  switch (typeof value) {
    case 'boolean':
      return 'a boolean';
    case 'number':
      return 'a number';
    case 'string':
      return 'a text';
    default:
      return 'an object';
  }
}

/** Own properties only: the prototype of a value is not part of the language. */
export function memberOf(value: Value, key: Value): Value {
  if (typeof value === 'string' || typeof value !== 'object' || value === null) return undefined;
  if (isList(value)) {
    if (typeof key !== 'number' || !Number.isInteger(key)) return undefined;
    return value[key < 0 ? value.length + key : key];
  }
  const name = typeof key === 'number' ? String(key) : key;
  return typeof name === 'string' && Object.hasOwn(value, name) ? value[name] : undefined;
}
