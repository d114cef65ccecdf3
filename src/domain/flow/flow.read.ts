import { z } from 'zod';
import type { Json } from '#plan/plan';
import { invalid, parseInput } from '#domain/input';
import type { StepInput, UpsertFlowInput } from './flow.input.js';
import { documentTypes } from './flow.document.js';
import { eventTypes } from './flow.trigger.js';

/** Most flows of one document. */
export const mostDocuments = 200;

const json = z.json();
const condition = z.strictObject({ field: z.string(), expression: z.boolean().nullish(), operator: z.string(), value: json.optional() });
const conditions = z.array(condition);

const trigger = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('onEvent'),
    conditions: conditions.nullish(),
    event: z.strictObject({ resource: z.literal('entity').nullish(), action: z.array(z.string()).min(1) }),
  }),
  z.strictObject({
    type: z.literal('manual'),
    conditions: z.array(z.never()).nullish(),
    inputSchema: z.record(z.string(), json).nullish(),
  }),
  z.strictObject({ type: z.literal('onSchedule'), schedule: z.record(z.string(), json) }),
  z.strictObject({ type: z.literal('onWebhook') }),
]);

const retry = z.strictObject({
  max: z.int().min(0),
  delayMs: z.int().min(0),
  backoff: z.enum(['FIXED', 'EXPONENTIAL']),
  maxDelayMs: z.int().min(0),
  jitter: z.number(),
  on: z.array(z.int()).optional(),
});

interface ActionDocument {
  readonly type: string;
  readonly id?: string | null | undefined;
  readonly title?: string | null | undefined;
  readonly description?: string | null | undefined;
  readonly conditions?: z.output<typeof conditions> | null | undefined;
  readonly args?: Readonly<Record<string, z.output<typeof json>>> | null | undefined;
  readonly retry?: z.output<typeof retry> | null | undefined;
  readonly timeoutMs?: number | null | undefined;
  readonly onError?: 'FAIL' | 'CONTINUE' | null | undefined;
  readonly ways?:
    | readonly {
        readonly id?: string | null | undefined;
        readonly title?: string | null | undefined;
        readonly conditions?: z.output<typeof conditions> | null | undefined;
        readonly actions: readonly ActionDocument[];
      }[]
    | null
    | undefined;
  readonly actions?: readonly ActionDocument[] | null | undefined;
  readonly catch?: readonly ActionDocument[] | null | undefined;
}

const text = z.string().nullish();

const action: z.ZodType<ActionDocument> = z.lazy(() =>
  z.strictObject({
    type: z.string().min(1),
    id: text,
    title: text,
    description: text,
    conditions: conditions.nullish(),
    args: z.record(z.string(), json).nullish(),
    retry: retry.nullish(),
    timeoutMs: z.int().min(1).nullish(),
    onError: z.enum(['FAIL', 'CONTINUE']).nullish(),
    ways: z.array(z.strictObject({ id: text, title: text, conditions: conditions.nullish(), actions: z.array(action) })).nullish(),
    actions: z.array(action).nullish(),
    catch: z.array(action).nullish(),
  }),
);

/** What the reference product answers and takes. Who made it and when is of its own system. */
const document = z.strictObject({
  id: z.string(),
  title: z.string(),
  description: text,
  icon: text,
  isActive: z.boolean().nullish(),
  needsApproval: z.boolean().nullish(),
  selfReview: z.boolean().nullish(),
  order: z.int().nullish(),
  type: z.string().refine((type) => Object.hasOwn(documentTypes, type), {
    message: `There is no such type. There are: ${Object.keys(documentTypes).join(', ')}.`,
    params: { code: 'INVALID' },
  }),
  arguments: z.record(z.string(), json).nullish(),
  secrets: z.record(z.string(), z.union([z.string(), z.null()])).nullish(),
  triggers: z.array(trigger).nullish(),
  actions: z.array(action).nullish(),
  outputs: json.optional(),
  tags: z.array(z.strictObject({ key: z.string(), value: z.string() })).nullish(),
  createdAt: json.optional(),
  createdBy: json.optional(),
  updatedAt: json.optional(),
  updatedBy: json.optional(),
});

/** A flow of a document, as `upsertFlow` takes it. */
export type ReadFlow = Omit<UpsertFlowInput, 'workspaceId'> & { readonly document: Readonly<Record<string, Json>> };

/**
 * The documents of flows in what is given: one, a list, or a list as the reference product answers it (`items`). `place` is where each stands.
 * Throws InvalidInputError (`document`).
 */
export function documentsIn(given: unknown): readonly { readonly place: readonly string[]; readonly document: unknown }[] {
  const [within, list] = isObject(given) && Array.isArray(given['items']) ? [['items'], given['items'] as unknown[]] : [[], given];
  if (isObject(list)) return [{ place: [], document: list }];
  if (!Array.isArray(list)) throw invalid(['document'], 'This is neither a flow nor a list of flows.', 'INVALID');
  if (list.length > mostDocuments) throw invalid(['document'], `A document has at most ${mostDocuments} flows.`, 'TOO_LONG');
  return list.map((document: unknown, index) => ({ place: [...within, String(index)], document }));
}

/** Reads one document of the reference product. Throws InvalidInputError with paths within the document. */
export const readDocument = (given: unknown): ReadFlow => flowOf(parseInput(document, given), given as ReadFlow['document']);

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function flowOf(given: z.output<typeof document>, source: ReadFlow['document']): ReadFlow {
  return {
    key: given.id,
    name: given.title,
    description: given.description,
    icon: given.icon,
    enabled: given.isActive,
    needsApproval: given.needsApproval,
    selfReview: given.selfReview,
    position: given.order,
    type: documentTypes[given.type] ?? 'AUTOMATION',
    arguments: given.arguments,
    secrets: given.secrets == null ? null : Object.entries(given.secrets).map(([name, value]) => ({ name, value })),
    triggers: given.triggers?.map(triggerOf),
    steps: given.actions?.map(stepOf),
    outputs: given.outputs ?? null,
    tags: given.tags,
    document: source,
  };
}

function triggerOf(given: z.output<typeof trigger>): NonNullable<UpsertFlowInput['triggers']>[number] {
  switch (given.type) {
    case 'onEvent':
      return { event: { events: given.event.action.map((name) => eventTypes[name] ?? name), conditions: given.conditions } };
    case 'manual':
      return { manual: { inputSchema: given.inputSchema } };
    case 'onSchedule':
      return { schedule: given.schedule };
    case 'onWebhook':
      return { webhook: {} };
  }
}

function stepOf(given: ActionDocument): StepInput {
  const { type: kind, actions, ways, retry: policy, timeoutMs, ...rest } = given;
  return {
    ...rest,
    kind,
    retry:
      policy == null
        ? null
        : {
            maxRetries: policy.max,
            delay: duration(policy.delayMs),
            backoff: policy.backoff,
            maxDelay: duration(policy.maxDelayMs),
            jitter: policy.jitter,
            on: policy.on,
          },
    timeout: timeoutMs == null ? null : duration(timeoutMs),
    ways: ways?.map(({ actions: inner, ...way }) => ({ ...way, steps: inner.map(stepOf) })),
    steps: actions?.map(stepOf),
    catch: given.catch?.map(stepOf),
  } as unknown as StepInput;
}

/** As inputs have it. */
const duration = (ms: number): string => `PT${String(ms / 1_000)}S`;
