import { z } from 'zod';
import type { Config } from '#platform/config/config';
import { ThreadMode } from '#platform/db/generated/prisma/enums';
import { jsonProblem } from '#platform/json';
import type { Json } from '#plan/plan';
import { durationInput, referenceInput, wellFormed } from '#domain/input';
import { threadName } from '#domain/run/run.input';
import { type CodeParts, type ModuleUse, codeFields, mergeCode } from './action.code.js';

/** What an action does, as it is stored in a version. Times are milliseconds; what it does not use is absent. */
export interface ActionSpec extends CodeParts {
  /** Exactly one of `code`, `transform` and `endpointId` is there. */
  readonly code?: string;
  readonly transform?: Json;
  readonly endpointId?: string;
  /** A template of what the step gets in place of the run's input. */
  readonly payload?: Json;
  readonly namespaceId?: string;
  /** The release of an integration that its code is of. */
  readonly integrationReleaseId?: string;
  /** Absent: each run has a thread of its own. */
  readonly thread?: ActionThread;
  readonly retry: {
    readonly maxRetries: number;
    readonly delayMs: number;
    readonly backoff: Backoff;
    readonly maxDelayMs: number;
    /** Part of the delay that is random, 0 to 1. */
    readonly jitter: number;
    /** Statuses of a response that are worth another attempt; absent: those of the server. */
    readonly on?: readonly number[];
  };
  /** For one attempt; null: the server's default. */
  readonly timeoutMs: number | null;
  /** Of its runs in the queue, 1 (highest) to 5. */
  readonly priority: number;
}

export type ActionThread = { readonly mode: 'FIXED'; readonly key: string } | { readonly mode: 'TEMPLATE'; readonly template: string };

export const backoffs = ['FIXED', 'EXPONENTIAL'] as const;
export type Backoff = (typeof backoffs)[number];

const second = 1_000;
export const noRetry: ActionSpec['retry'] = {
  maxRetries: 0,
  delayMs: second,
  backoff: 'EXPONENTIAL',
  maxDelayMs: 60 * second,
  jitter: 0.2,
};
export const normalPriority = 3;

/** Most statuses that a retry policy may name, and the most characters of a thread's template. */
const mostStatuses = 100;
const mostTemplate = 2_000;

function json(what: string, run: Config['run']) {
  return z
    .unknown()
    .superRefine((value, check) => {
      if (value === undefined || value === null) return;
      const problem = jsonProblem(value, run.jsonDepth);
      if (problem !== null) check.addIssue({ code: 'custom', message: problem.message, params: { code: problem.code } });
      else if (Buffer.byteLength(JSON.stringify(value)) > run.codeBytes)
        check.addIssue({ code: 'custom', message: `${what} has at most ${run.codeBytes} bytes.`, params: { code: 'TOO_LONG' } });
    })
    .optional();
}

/** The fields of the spec as a client writes them: what is absent keeps its value, or its default in a new action. */
export function specFields({ run, sandbox, outgoing }: Pick<Config, 'run' | 'sandbox' | 'outgoing'>) {
  const text = wellFormed(z.string());
  return {
    code: text
      .min(1)
      .refine((code) => Buffer.byteLength(code) <= run.codeBytes, {
        message: `Code has at most ${run.codeBytes} bytes.`,
        params: { code: 'TOO_LONG' },
      })
      .nullish(),
    ...codeFields,
    transform: json('A transform', run),
    endpoint: referenceInput.nullish(),
    namespace: referenceInput.nullish(),
    payload: json('The template of a payload', run),
    threadMode: z.enum(ThreadMode).nullish(),
    thread: threadName.nullish(),
    threadTemplate: text.min(1).max(mostTemplate).nullish(),
    retry: z
      .strictObject({
        maxRetries: z.int().min(0).max(run.retriesMax).nullish(),
        delay: durationInput(0, run.budgetMs).nullish(),
        backoff: z.enum(backoffs).nullish(),
        maxDelay: durationInput(0, run.budgetMs).nullish(),
        jitter: z.number().min(0).max(1).nullish(),
        on: z.array(z.int().min(100).max(599)).max(mostStatuses).nullish(),
      })
      .nullish(),
    // What it may be depends on what the action is made of: `longestMs`.
    timeout: durationInput(1, Math.max(sandbox.maxMs, outgoing.ms)).nullish(),
    priority: z.int().min(1).max(5).nullish(),
  };
}

export type SpecFields = z.output<z.ZodObject<ReturnType<typeof specFields>>>;

/** What the fields that name something of the workspace lead to: absent stays, null is none. */
export interface SpecReferences {
  readonly endpointId?: string | null;
  readonly namespaceId?: string | null;
  readonly modules?: readonly ModuleUse[] | null;
  readonly integrationReleaseId?: string | undefined;
}

/** The spec that a save makes. `before` is null for a new one and for a replacement. */
export function mergeSpec(before: ActionSpec | null, given: SpecFields, references: SpecReferences): ActionSpec {
  const payload = given.payload === undefined ? before?.payload : (given.payload as Json | null);
  const namespaceId = references.namespaceId === undefined ? before?.namespaceId : references.namespaceId;
  const thread = mergeThread(before?.thread, given);
  const integrationReleaseId = references.integrationReleaseId ?? before?.integrationReleaseId;
  return {
    ...mergeBody(before, given, references),
    ...mergeCode(before, given, references.modules),
    ...(payload == null ? {} : { payload }),
    ...(namespaceId == null ? {} : { namespaceId }),
    ...(thread === undefined ? {} : { thread }),
    ...(integrationReleaseId === undefined ? {} : { integrationReleaseId }),
    retry: given.retry === undefined && before !== null ? before.retry : readRetry(given.retry),
    timeoutMs: given.timeout === undefined && before !== null ? before.timeoutMs : (given.timeout ?? null),
    priority: given.priority ?? before?.priority ?? normalPriority,
  };
}

type Body = Pick<ActionSpec, 'code' | 'transform' | 'endpointId'>;

function mergeBody(before: ActionSpec | null, given: SpecFields, { endpointId }: SpecReferences): Body {
  if (given.code != null) return { code: given.code };
  if (given.transform != null) return { transform: given.transform as Json };
  if (endpointId != null) return { endpointId };
  if (before?.code !== undefined) return { code: before.code };
  if (before?.endpointId !== undefined) return { endpointId: before.endpointId };
  return before?.transform === undefined ? {} : { transform: before.transform };
}

/** The thread mode that a save makes. */
export function threadModeOf(before: ActionThread | undefined, given: SpecFields): ThreadMode {
  return given.threadMode === undefined ? (before?.mode ?? 'NEW_EACH_RUN') : (given.threadMode ?? 'NEW_EACH_RUN');
}

function mergeThread(before: ActionThread | undefined, given: SpecFields): ActionThread | undefined {
  const mode = threadModeOf(before, given);
  const key = given.thread ?? (before?.mode === 'FIXED' ? before.key : undefined);
  const template = given.threadTemplate ?? (before?.mode === 'TEMPLATE' ? before.template : undefined);
  // One that lacks its name is refused: `specProblems`.
  if (mode === 'FIXED' && key !== undefined) return { mode, key };
  return mode === 'TEMPLATE' && template !== undefined ? { mode, template } : undefined;
}

function readRetry(given: SpecFields['retry']): ActionSpec['retry'] {
  return {
    maxRetries: given?.maxRetries ?? noRetry.maxRetries,
    delayMs: given?.delay ?? noRetry.delayMs,
    backoff: given?.backoff ?? noRetry.backoff,
    maxDelayMs: given?.maxDelay ?? Math.max(noRetry.maxDelayMs, given?.delay ?? 0),
    jitter: given?.jitter ?? noRetry.jitter,
    ...(given?.on == null ? {} : { on: [...new Set(given.on)].sort((a, b) => a - b) }),
  };
}
