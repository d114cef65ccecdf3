import type { Sql, Statement } from '#platform/db/database';
import { jsonProblem } from '#platform/json';
import type { Platform } from '#platform/platform';
import type { Json } from '#plan/plan';
import { compileSchema, SchemaError } from '#language/json-schema';
import { type FieldProblem, InvalidInputError } from '#domain/errors';
import { specOf } from './flow.spec.js';

/** Which flow is started, and where. */
export interface StartedFlow {
  readonly workspaceId: string;
  /** Exactly one of both. */
  readonly id: string | null;
  readonly key: string | null;
  readonly environmentKey: string;
}

const read: Statement = {
  name: 'flow.inputs',
  text: `
SELECT v.spec FROM "Automation" a JOIN "Environment" e ON e."workspaceId" = a."workspaceId" AND e.key = $4
JOIN "Deployment" d ON d."automationId" = a.id AND d."environmentId" = e.id JOIN "AutomationVersion" v ON v.id = d."versionId"
WHERE a.id = coalesce($2::uuid, (SELECT k.id FROM "Automation" k WHERE k."workspaceId" = $1::uuid AND k.key = $3 AND k.kind = 'FLOW' AND k."deletedAt" IS NULL))
  AND a."workspaceId" = $1::uuid AND a.kind = 'FLOW' AND a."deletedAt" IS NULL`,
};

/**
 * What a flow that is started by hand, or by a step, gets as its inputs: what is given, with the defaults of the schema of its manual trigger.
 * Throws InvalidInputError (`inputs.x`) where it does not fit. What is not there is told by whoever starts it.
 */
export async function checkedInputs<Given extends Json | undefined>(
  sql: Sql,
  { workspaceId, id, key, environmentKey }: StartedFlow,
  given: Given,
): Promise<Given | Json> {
  const [row] = await sql.query<{ spec: unknown }>(read, [workspaceId, id, key, environmentKey]);
  const schema =
    row === undefined ? null : specOf(row.spec).triggers.flatMap((trigger) => (trigger.type === 'MANUAL' ? [trigger.inputSchema] : []))[0];
  if (schema == null) return given;
  const inputs = withDefaults(schema['properties'] ?? null, given ?? {});
  const problems = problemsOf(schema, inputs);
  if (problems.length > 0) throw new InvalidInputError(problems);
  return inputs;
}

/** The same for what a client gives; what is no JSON that can be stored is told by whoever starts the run. */
export function clientInputs({ db, config }: Platform, flow: StartedFlow, given: unknown): Promise<unknown> {
  if (jsonProblem(given ?? null, config.run.jsonDepth) !== null) return Promise.resolve(given);
  return checkedInputs(db.sql, flow, given as Json | undefined);
}

const isObject = (value: Json): value is { readonly [name: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Those of the schema's own properties; what lies deeper has to be given. */
function withDefaults(properties: Json, inputs: Json): Json {
  if (!isObject(properties) || !isObject(inputs)) return inputs;
  const added = Object.entries(properties).flatMap(([name, property]) =>
    !Object.hasOwn(inputs, name) && isObject(property) && property['default'] !== undefined ? [[name, property['default']] as const] : [],
  );
  return added.length === 0 ? inputs : { ...inputs, ...Object.fromEntries(added) };
}

function problemsOf(schema: Json, inputs: Json): FieldProblem[] {
  try {
    return compileSchema(schema)
      .problems(inputs)
      .map(({ path, message }) => ({
        path: ['inputs', ...path],
        message: `This ${message}.`,
        code: message === 'is required' ? 'REQUIRED' : 'SCHEMA',
      }));
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    return [{ path: ['inputs'], message: error.message, code: 'JSON_SCHEMA' }];
  }
}
