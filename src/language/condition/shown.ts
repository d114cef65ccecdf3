import { fuelOf } from '#language/fuel';
import { Fault, shortened } from '#language/language-error';
import { jsonOf, measure } from '#language/operations';
import { isList, type JsonValue, typeName, type Value } from '#language/value';

/** Longest text, and largest list or object in characters of JSON, that is shown as it is. */
const maxShown = 1_000;

/** A value as an explanation shows it: of a large one, its beginning or what it is. */
export function shown(value: Value): JsonValue {
  if (typeof value === 'string') return shortened(value, maxShown);
  if (typeof value !== 'object' || value === null) return value ?? null;
  const fuel = fuelOf(2 * maxShown);
  try {
    if (measure(value, fuel, 0) <= 2 * maxShown) return jsonOf(value, fuel, 0);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
  }
  return isList(value) ? `a list of ${String(value.length)}…` : `${typeName(value)}…`;
}
