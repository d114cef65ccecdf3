import { isStorableMoment } from '#platform/json';
import type { JsonValue } from '#language/value';
import { type BlueprintSpec, type JsonObject, indexColumn, isObject, propertiesOf } from './blueprint.spec.js';
import { own } from './entity.state.js';

/** Longest text that is sorted and filtered by. */
export const mostIndexedText = 256;
// What a person searches for stands at the beginning of long texts, and every word is a place in the index.
const mostSearched = 16_000;

/** A row of `EntityValue`. */
export interface IndexedValue {
  readonly property: string;
  readonly text: string | null;
  readonly number: number | null;
  /** RFC 3339. */
  readonly moment: string | null;
}

/** What lists sort and filter by: the indexed properties that have a value. */
export function indexedValues(spec: Pick<BlueprintSpec, 'schema' | 'indexed'>, properties: JsonObject): IndexedValue[] {
  const known = propertiesOf(spec);
  return spec.indexed.flatMap((property): IndexedValue[] => {
    const value = own(properties, property);
    const none = { property, text: null, number: null, moment: null };
    switch (indexColumn(known.get(property) ?? {})) {
      case 'number':
        return typeof value === 'number' ? [{ ...none, number: value }] : [];
      case 'moment': {
        const moment = typeof value === 'string' ? new Date(value) : null;
        return moment !== null && isStorableMoment(moment) ? [{ ...none, moment: moment.toISOString() }] : [];
      }
      case 'text':
        return typeof value === 'string' || typeof value === 'boolean' ? [{ ...none, text: cut(String(value), mostIndexedText) }] : [];
      case null:
        return [];
    }
  });
}

/** The name, the key and every text of the properties, in lower case. */
export function searchText(name: string, key: string | null, properties: JsonObject): string {
  const texts = [name, ...(key === null ? [] : [key])];
  const collect = (value: JsonValue | undefined): void => {
    if (typeof value === 'string') {
      if (value !== name) texts.push(value);
    } else if (Array.isArray(value)) for (const item of value as readonly JsonValue[]) collect(item);
    else if (isObject(value)) for (const item of Object.values(value)) collect(item);
  };
  collect(properties);
  return cut(texts.join(' ').toLowerCase(), mostSearched);
}

/** Never half of a surrogate pair. */
function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  return text.slice(0, /[\uD800-\uDBFF]/.test(text.charAt(most - 1)) ? most - 1 : most);
}
