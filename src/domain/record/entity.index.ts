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

/** What lists sort and filter by: each indexed property, also one that holds nothing. */
export function indexedValues(spec: Pick<BlueprintSpec, 'schema' | 'indexed'>, properties: JsonObject): IndexedValue[] {
  const known = propertiesOf(spec);
  return spec.indexed.map((property): IndexedValue => {
    const value = own(properties, property);
    const column = indexColumn(known.get(property) ?? {});
    return {
      property,
      text: column === 'text' && (typeof value === 'string' || typeof value === 'boolean') ? cut(String(value), mostIndexedText) : null,
      number: column === 'number' && typeof value === 'number' ? value : null,
      moment: column === 'moment' && typeof value === 'string' ? momentOf(value) : null,
    };
  });
}

function momentOf(text: string): string | null {
  const moment = new Date(text);
  return isStorableMoment(moment) ? moment.toISOString() : null;
}

/**
 * The words of a text in lower case. Searches and the index are made of nothing else, so that "ann@example.org" is found by its parts
 * and not only as a whole.
 */
export function wordsOf(text: string): readonly string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}\p{M}]+/gu) ?? [];
}

/** The words of the name, the key and every text of the properties. */
export function searchText(name: string, key: string | null, properties: JsonObject): string {
  const texts = [name, ...(key === null ? [] : [key])];
  const collect = (value: JsonValue | undefined): void => {
    if (typeof value === 'string') {
      if (value !== name) texts.push(value);
    } else if (Array.isArray(value)) for (const item of value as readonly JsonValue[]) collect(item);
    else if (isObject(value)) for (const item of Object.values(value)) collect(item);
  };
  collect(properties);
  return cut(wordsOf(texts.join(' ')).join(' '), mostSearched);
}

/** In code points, as the database counts characters. */
function cut(text: string, most: number): string {
  return text.length <= most ? text : Array.from(text).slice(0, most).join('');
}
