import { z } from 'zod';
import type { Config } from '#platform/config/config';
import { FlowType } from '#platform/db/generated/prisma/enums';
import { jsonProblem } from '#platform/json';
import type { Json } from '#plan/plan';
import { descriptionInput, durationInput, keyInput, labelsInput, nameInput, referenceInput, unique, wellFormed } from '#domain/input';
import { tagsInput } from '#domain/run/run.input';
import { secretsInput } from '#domain/secret/secret.input';
import type { JsonObject } from './flow.spec.js';

type Limits = Pick<Config, 'run' | 'sandbox' | 'outgoing' | 'secrets'>;

/** Most of each in one flow, and how deep steps may stand in others. */
export const mostSteps = 200;
export const mostNesting = 5;
const mostConditions = 100;
const mostTriggers = 20;
const mostWays = 50;
const mostPosition = 2_147_483_647;
const mostStatuses = 100;

const text = wellFormed(z.string());

function json({ run }: Limits, what: string) {
  return z.unknown().transform((value, check): Json => {
    const problem = jsonProblem(value ?? null, run.jsonDepth);
    const bytes = problem === null ? Buffer.byteLength(JSON.stringify(value ?? null)) : 0;
    if (problem !== null) check.addIssue({ code: 'custom', message: problem.message, params: { code: problem.code } });
    else if (bytes > run.inputBytes)
      check.addIssue({ code: 'custom', message: `${what} has at most ${run.inputBytes} bytes.`, params: { code: 'TOO_LARGE' } });
    return (value ?? null) as Json;
  });
}

function object(limits: Limits, what: string) {
  return json(limits, what).transform((value, check): JsonObject => {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
    check.addIssue({ code: 'custom', message: `${what} is an object.`, params: { code: 'INVALID' } });
    return z.NEVER;
  });
}

function conditions(limits: Limits) {
  const condition = z.strictObject({
    field: text.min(1).max(2_000),
    operator: text.min(1).max(32),
    value: json(limits, 'The value of a condition').optional(),
    expression: z.boolean().nullish(),
  });
  return z
    .array(condition)
    .max(mostConditions)
    .transform((list) =>
      list.map(({ field, operator, value, expression }) => ({
        field,
        operator,
        ...(value === undefined ? {} : { value }),
        ...(expression == null ? {} : { expression }),
      })),
    );
}

function triggers(limits: Limits) {
  const events = z
    .array(text.min(1).max(128))
    .min(1)
    .max(20)
    .refine(...unique((event: string) => event, 'event'));
  const event = z.strictObject({ events, conditions: conditions(limits).nullish() });
  const manual = z.strictObject({ inputSchema: object(limits, 'A schema').nullish() });
  const kinds = {
    event: event.nullish(),
    manual: manual.nullish(),
    schedule: timing(limits).nullish(),
    webhook: z.strictObject({}).nullish(),
  };
  return z.array(z.strictObject(kinds)).max(mostTriggers);
}

/** A step as a client writes it. */
export interface StepInput {
  readonly id?: string | null | undefined;
  readonly kind: string;
  readonly title?: string | null | undefined;
  readonly description?: string | null | undefined;
  readonly conditions?:
    | readonly { readonly field: string; readonly operator: string; readonly value?: Json; readonly expression?: boolean }[]
    | null
    | undefined;
  readonly args?: JsonObject | null | undefined;
  readonly retry?:
    | {
        readonly maxRetries?: number | null | undefined;
        readonly delay?: number | null | undefined;
        readonly backoff?: 'FIXED' | 'EXPONENTIAL' | null | undefined;
        readonly maxDelay?: number | null | undefined;
        readonly jitter?: number | null | undefined;
        readonly on?: readonly number[] | null | undefined;
      }
    | null
    | undefined;
  readonly timeout?: number | null | undefined;
  readonly onError?: 'FAIL' | 'CONTINUE' | null | undefined;
  readonly ways?: readonly WayInput[] | null | undefined;
  readonly steps?: readonly StepInput[] | null | undefined;
  readonly catch?: readonly StepInput[] | null | undefined;
}

interface WayInput {
  readonly id?: string | null | undefined;
  readonly title?: string | null | undefined;
  readonly conditions?: StepInput['conditions'];
  readonly steps: readonly StepInput[];
}

const idInput = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'An id has 1 to 64 characters of letters, digits, _ and -.');

function steps(limits: Limits, depth = 0): z.ZodType<readonly StepInput[]> {
  const { run, sandbox, outgoing } = limits;
  const shared = {
    id: idInput.nullish(),
    kind: text.min(1).max(64),
    title: text.max(256).nullish(),
    description: descriptionInput.nullish(),
    conditions: conditions(limits).nullish(),
    args: object(limits, 'The arguments of a step').nullish(),
    retry: z
      .strictObject({
        maxRetries: z.int().min(0).max(run.retriesMax).nullish(),
        delay: durationInput(0, run.budgetMs).nullish(),
        backoff: z.enum(['FIXED', 'EXPONENTIAL']).nullish(),
        maxDelay: durationInput(0, run.budgetMs).nullish(),
        jitter: z.number().min(0).max(1).nullish(),
        on: z.array(z.int().min(100).max(599)).max(mostStatuses).nullish(),
      })
      .nullish(),
    timeout: durationInput(1, Math.max(sandbox.maxMs, outgoing.ms)).nullish(),
    onError: z.enum(['FAIL', 'CONTINUE']).nullish(),
  };
  const tooDeep = z.custom<never>(() => false, {
    message: `Steps stand at most ${mostNesting} deep in others.`,
    params: { code: 'TOO_DEEP' },
  });
  const inner = depth >= mostNesting ? tooDeep : steps(limits, depth + 1);
  const way = z.strictObject({
    id: idInput.nullish(),
    title: text.max(256).nullish(),
    conditions: conditions(limits).nullish(),
    steps: inner,
  });
  return z
    .array(z.strictObject({ ...shared, ways: z.array(way).min(1).max(mostWays).nullish(), steps: inner.nullish(), catch: inner.nullish() }))
    .max(mostSteps);
}

/** Its own service reads the rest of what it says, once the flow is written. */
const timing = (limits: Limits) => z.looseObject({ payload: json(limits, 'A payload').optional() });

function content(limits: Limits) {
  return {
    description: descriptionInput.nullish(),
    icon: text.min(1).max(64).nullish(),
    labels: labelsInput.nullish(),
    needsApproval: z.boolean().nullish(),
    selfReview: z.boolean().nullish(),
    position: z.int().min(0).max(mostPosition).nullish(),
    arguments: object(limits, 'The arguments of a flow').nullish(),
    triggers: triggers(limits).nullish(),
    steps: steps(limits).nullish(),
    outputs: json(limits, 'The outputs of a flow').optional(),
    tags: tagsInput.nullish(),
    secrets: secretsInput(limits).nullish(),
    notifyOwner: z.boolean().nullish(),
    app: referenceInput.nullish(),
  };
}

function whole(limits: Limits) {
  return {
    ...content(limits),
    workspaceId: z.uuid(),
    name: nameInput,
    type: z.enum(FlowType),
    enabled: z.boolean().nullish(),
    /** Whether it then runs over the records that are there and meet its conditions. */
    trigger: z.boolean().nullish(),
  };
}

/** `createFlow`. */
export const createInput = (limits: Limits) =>
  z.strictObject({ ...whole(limits), key: keyInput.nullish(), idempotencyKey: z.string().nullish() });
/** `upsertFlow`: the whole flow as it should be; what is absent is the default, but for its secrets, which stay. */
export const upsertInput = (limits: Limits) => z.strictObject({ ...whole(limits), key: keyInput });
/** `updateFlow`: what is absent stays; null is the default. */
export const updateInput = (limits: Limits) =>
  z.strictObject({ ...content(limits), name: nameInput.nullish(), type: z.enum(FlowType).nullish(), owner: z.guid().nullish() });

export type CreateFlowInput = z.input<ReturnType<typeof createInput>>;
export type UpsertFlowInput = z.input<ReturnType<typeof upsertInput>>;
export type UpdateFlowInput = z.input<ReturnType<typeof updateInput>>;
export type FlowContent = z.output<ReturnType<typeof updateInput>>;
/** A whole flow, checked but for what its steps and conditions say. */
export type WholeFlow = Omit<z.output<ReturnType<typeof upsertInput>>, 'key'> & { readonly key?: string | null | undefined };
