import { z } from 'zod';
import type { Config } from '#platform/config/config';
import type { Json } from '#plan/plan';
import { SchemaError, compileSchema } from '#language/json-schema';
import { checkJson } from './template.input.js';

/** Why a value cannot be used as a JSON Schema, or null: the worker compiles it in the same way. */
function schemaProblem(schema: Json): SchemaError | null {
  try {
    compileSchema(schema);
    return null;
  } catch (error) {
    if (error instanceof SchemaError) return error;
    throw error;
  }
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
