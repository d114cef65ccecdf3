import { z } from 'zod';
import type { Config } from '#platform/config/config';
import { PointMode, PointStatus } from '#platform/db/generated/prisma/enums';
import { jsonProblem } from '#platform/json';
import { SchemaError, compileSchema } from '#language/json-schema';
import type { Json } from '#plan/plan';
import { descriptionInput, keyInput, nameInput, wellFormed } from '#domain/input';

type Limits = Pick<Config, 'run'>;

export const commandEffects = ['COMMAND', 'DENY', 'REDIRECT'] as const;

/** Names that mean something to JavaScript: `then` would make a promise of what an action is given. */
const reserved = new Set(['__proto__', 'constructor', 'prototype', 'then', 'toJSON', 'secrets', 'configuration']);
const identifier = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;
const mostCommands = 100;
/** Of the schemas of all commands of a point, as JSON: whoever executes the point reads them all. */
const mostSchemas = 50_000;
const mostCompatible = 20;
const mostParts = 5;

/** `access.deny`: names, each of which JavaScript can write after a point. */
const dotted = z.string().refine(
  (text) => {
    const parts = text.split('.');
    return parts.length <= mostParts && parts.every((part) => identifier.test(part) && !reserved.has(part));
  },
  { message: 'This is made of up to 5 names of letters, digits and _, with points between them.', params: { code: 'FORMAT' } },
);

const exported = z.string().regex(identifier, 'The name of an export is made of letters, digits and _.');

/** A JSON Schema 2020-12. */
function schema({ run }: Limits) {
  return z.record(z.string(), z.unknown()).superRefine((value, check) => {
    const problem = jsonProblem(value, run.jsonDepth);
    if (problem !== null) {
      check.addIssue({ code: 'custom', message: problem.message, params: { code: problem.code } });
      return;
    }
    try {
      compileSchema(value as Json);
    } catch (error) {
      if (!(error instanceof SchemaError)) throw error;
      check.addIssue({ code: 'custom', path: [...error.path], message: error.message, params: { code: 'JSON_SCHEMA' } });
    }
  });
}

function fields(config: Limits) {
  const command = z.strictObject({
    name: dotted,
    description: descriptionInput.nullish(),
    effect: z.enum(commandEffects).nullish(),
    target: dotted.nullish(),
    arguments: schema(config).nullish(),
  });
  return {
    description: descriptionInput.nullish(),
    version: wellFormed(z.string().trim().min(1).max(32)).nullish(),
    status: z.enum(PointStatus).nullish(),
    mode: z.enum(PointMode).nullish(),
    handler: exported.nullish(),
    resume: exported.nullish(),
    eventSchema: schema(config).nullish(),
    commands: z
      .array(command)
      .max(mostCommands)
      .refine(
        (given) => given.reduce((sum, { arguments: own }) => sum + (own == null ? 0 : JSON.stringify(own).length), 0) <= mostSchemas,
        {
          message: `The schemas of all commands have at most ${mostSchemas} characters.`,
          params: { code: 'TOO_LONG' },
        },
      )
      .nullish(),
    compatible: z.array(keyInput).max(mostCompatible).nullish(),
  };
}

/** `createTriggerPoint`. The workspace is decided before. */
export function createInput(config: Limits) {
  return z.strictObject({
    workspaceId: z.uuid(),
    key: keyInput.nullish(),
    name: nameInput,
    ...fields(config),
    idempotencyKey: z.string().nullish(),
  });
}

/** `updateTriggerPoint`: what is absent stays; null is the default. */
export function updateInput(config: Limits) {
  return z.strictObject({ name: nameInput.nullish(), ...fields(config) });
}

export type CreatePointInput = z.input<ReturnType<typeof createInput>>;
export type UpdatePointInput = z.input<ReturnType<typeof updateInput>>;
export type PointFields = z.output<z.ZodObject<ReturnType<typeof fields>>>;
