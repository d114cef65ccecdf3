import { z } from 'zod';
import type { Config } from '#platform/config/config';
import { checkJson } from './template.input.js';

const dialect = /^https?:\/\/json-schema\.org\/draft\/2020-12\/schema#?$/;

interface SchemaProblem {
  readonly path: readonly string[];
  readonly message: string;
}

/** Why a value cannot be used as a JSON Schema, or null. What it refers to must be in itself: nothing is fetched. */
function schemaProblem(schema: unknown, path: readonly string[] = []): SchemaProblem | null {
  if (Array.isArray(schema)) {
    for (const [index, item] of (schema as readonly unknown[]).entries()) {
      const problem = schemaProblem(item, [...path, String(index)]);
      if (problem !== null) return problem;
    }
    return null;
  }
  if (typeof schema !== 'object' || schema === null) return null;
  for (const [name, value] of Object.entries(schema)) {
    const here = [...path, name];
    if (name === '$schema' && !(typeof value === 'string' && dialect.test(value)))
      return { path: here, message: 'Schemas are read as JSON Schema 2020-12.' };
    if ((name === '$ref' || name === '$dynamicRef') && typeof value === 'string' && !value.startsWith('#'))
      return { path: here, message: 'A schema refers to itself only (#/$defs/...).' };
    const problem = schemaProblem(value, here);
    if (problem !== null) return problem;
  }
  return null;
}

/** A JSON Schema 2020-12; null means none. */
export function schemaInput(config: Pick<Config, 'run'>) {
  return z
    .record(z.string(), z.unknown())
    .superRefine((schema, check) => {
      if (!checkJson(schema, config, check)) return;
      const problem = schemaProblem(schema);
      if (problem !== null)
        check.addIssue({ code: 'custom', path: [...problem.path], message: problem.message, params: { code: 'JSON_SCHEMA' } });
    })
    .nullish();
}
