import type { Json } from '#plan/plan';
import { SchemaError, compileSchema } from '#language/json-schema';
import { LanguageError, compileTemplate, render } from '#language/template';
import { type BlueprintSpec, type JsonObject, derivedTemplate, propertiesOf } from './blueprint.spec.js';
import type { EntityState } from './entity.state.js';

/** Longest properties of a record, in characters of their JSON. */
export const mostProperties = 100_000;

export type Report = (path: readonly string[], message: string, code: string) => void;

/** With the computed properties, which see those that are given, and the name. */
export function complete(
  given: Map<string, Json>,
  { key, status, number }: Pick<EntityState, 'key' | 'status' | 'number'>,
  spec: BlueprintSpec,
  report: Report,
): { readonly properties: JsonObject; readonly name: string } {
  const templates = [...propertiesOf(spec)].flatMap(([name, property]) => {
    const template = derivedTemplate(property);
    return template === null ? [] : [[name, template] as const];
  });
  for (const [name] of templates) given.delete(name);
  const context = { properties: Object.fromEntries(given), status, name: nameOf(given, spec, key, number) };
  for (const [name, template] of templates)
    try {
      const value = render(compileTemplate(template), context);
      if (value !== null) given.set(name, value);
    } catch (error) {
      if (!(error instanceof LanguageError)) throw error;
      report(['properties', name], `It cannot be computed: ${error.message}`, error.code);
    }
  return { properties: Object.fromEntries(given), name: nameOf(given, spec, key, number) };
}

const mostName = 255;

function nameOf(properties: ReadonlyMap<string, Json>, spec: BlueprintSpec, key: string | null, number: number): string {
  const shown = properties.get(spec.displayField);
  const text = typeof shown === 'string' ? shown.trim() : typeof shown === 'number' ? String(shown) : '';
  if (text === '') return key ?? `${spec.name} ${number}`;
  return text.slice(0, mostName).toWellFormed();
}

/** Reports what the blueprint does not let through. */
export function checkProperties(properties: JsonObject, spec: BlueprintSpec, report: Report): void {
  if (JSON.stringify(properties).length > mostProperties)
    report(['properties'], `The properties have at most ${mostProperties} characters of JSON.`, 'TOO_LONG');
  try {
    for (const { path, message } of compileSchema(spec.schema).problems(properties))
      report(['properties', ...path], `This ${message}.`, message === 'is required' ? 'REQUIRED' : 'SCHEMA');
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    report(['properties', ...error.path], error.message, 'JSON_SCHEMA');
  }
}
