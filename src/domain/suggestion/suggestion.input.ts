import { z } from 'zod';
import type { Config } from '#platform/config/config';
import { jsonProblem } from '#platform/json';
import type { Json } from '#plan/plan';
import { descriptionInput, wellFormed } from '#domain/input';

type Limits = Pick<Config, 'run'>;

const text = wellFormed(z.string());
const name = text.min(1).max(255);

/** A key of a suggestion is free text. */
const keyInput = text.min(1).max(255);

function json({ run }: Limits) {
  return z.unknown().transform((value, check): Json => {
    const problem = jsonProblem(value ?? null, run.jsonDepth);
    if (problem !== null) check.addIssue({ code: 'custom', message: problem.message, params: { code: problem.code } });
    else if (Buffer.byteLength(JSON.stringify(value ?? null)) > run.inputBytes)
      check.addIssue({ code: 'custom', message: `This has at most ${run.inputBytes} bytes.`, params: { code: 'TOO_LARGE' } });
    return (value ?? null) as Json;
  });
}

/** The same before a schema that looks into it. */
const storable = <Schema extends z.ZodType>({ run }: Limits, schema: Schema) =>
  z.preprocess((value, check) => {
    const problem = jsonProblem(value ?? null, run.jsonDepth);
    if (problem === null) return value;
    check.addIssue({ code: 'custom', message: problem.message, params: { code: problem.code } });
    return z.NEVER;
  }, schema);

const relation = z.strictObject({ value: z.union([z.string(), z.array(z.string()), z.null()]) });

/** The change that a suggestion writes; its target is named beside it. */
export const dataInput = z.strictObject({
  id: z.string().optional(),
  title: text.optional(),
  description: text.nullable().optional(),
  blueprintId: text.min(1).max(128).optional(),
  status: text.optional(),
  properties: z.record(z.string(), z.json()).optional(),
  relations: z.record(z.string(), relation).optional(),
  labels: z.array(text).optional(),
});

export type SuggestionData = z.output<typeof dataInput>;

function fields(limits: Limits) {
  return {
    description: descriptionInput.nullish(),
    sourceContext: json(limits).optional(),
    targetContext: json(limits).optional(),
    targetIdOverride: name.nullish(),
    data: storable(limits, dataInput).nullish(),
    ignored: z.boolean().nullish(),
    autoApply: z.boolean().nullish(),
    /** Of one that moves here from another system. */
    lastAppliedAt: z.date().nullish(),
  };
}

function whole(limits: Limits) {
  return {
    ...fields(limits),
    workspaceId: z.uuid(),
    title: text.min(1).max(256),
    /** The key of a flow. */
    originId: name,
    sourceId: name,
    sourceBlueprint: name.nullish(),
    targetId: name,
    targetBlueprint: name.nullish(),
  };
}

/** `createSuggestion`. */
export const createInput = (limits: Limits) =>
  z.strictObject({ ...whole(limits), key: keyInput.nullish(), idempotencyKey: z.string().nullish() });
/** `upsertSuggestion`: the whole suggestion as it should be; what is absent is the default. */
export const upsertInput = (limits: Limits) => z.strictObject({ ...whole(limits), key: keyInput });
/** `updateSuggestion`: what is absent stays. */
export const updateInput = (limits: Limits) => z.strictObject({ ...fields(limits), title: text.min(1).max(256).nullish() });

export type CreateSuggestionInput = z.input<ReturnType<typeof createInput>>;
export type UpsertSuggestionInput = z.input<ReturnType<typeof upsertInput>>;
export type UpdateSuggestionInput = z.input<ReturnType<typeof updateInput>>;
export type WholeSuggestion = Omit<z.output<ReturnType<typeof upsertInput>>, 'key'> & { readonly key?: string | null | undefined };
