import { z } from 'zod';
import type { Config } from '#platform/config/config';
import { jsonProblem } from '#platform/json';
import type { Json } from '#plan/plan';
import { durationInput, wellFormed } from '#domain/input';

/** What an action does, as it is stored in a version. Times are milliseconds. */
export interface ActionSpec {
  /** Exactly one of `code` and `transform` is there. */
  readonly code?: string;
  readonly transform?: Json;
  readonly retry: {
    readonly maxRetries: number;
    readonly delayMs: number;
    readonly backoff: Backoff;
    readonly maxDelayMs: number;
    /** Part of the delay that is random, 0 to 1. */
    readonly jitter: number;
  };
  /** For one attempt; null: the server's default. */
  readonly timeoutMs: number | null;
  /** Of its runs in the queue, 1 (highest) to 5. */
  readonly priority: number;
}

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

/** The fields of the spec as a client writes them: what is absent keeps its value, or its default in a new action. */
export function specFields({ run, sandbox }: Pick<Config, 'run' | 'sandbox'>) {
  const text = wellFormed(z.string());
  return {
    code: text
      .min(1)
      .refine((code) => Buffer.byteLength(code) <= run.codeBytes, {
        message: `Code has at most ${run.codeBytes} bytes.`,
        params: { code: 'TOO_LONG' },
      })
      .nullish(),
    transform: z
      .unknown()
      .superRefine((value, check) => {
        if (value === undefined || value === null) return;
        const problem = jsonProblem(value, run.jsonDepth);
        if (problem !== null) check.addIssue({ code: 'custom', message: problem.message, params: { code: problem.code } });
        else if (Buffer.byteLength(JSON.stringify(value)) > run.codeBytes)
          check.addIssue({ code: 'custom', message: `A transform has at most ${run.codeBytes} bytes.`, params: { code: 'TOO_LONG' } });
      })
      .optional(),
    retry: z
      .strictObject({
        maxRetries: z.int().min(0).max(run.retriesMax).nullish(),
        delay: durationInput(0, run.budgetMs).nullish(),
        backoff: z.enum(backoffs).nullish(),
        maxDelay: durationInput(0, run.budgetMs).nullish(),
        jitter: z.number().min(0).max(1).nullish(),
      })
      .nullish(),
    timeout: durationInput(1, sandbox.maxMs).nullish(),
    priority: z.int().min(1).max(5).nullish(),
  };
}

export type SpecFields = z.output<z.ZodObject<ReturnType<typeof specFields>>>;

/** The spec that a save makes. `before` is null for a new one and for a replacement. */
export function mergeSpec(before: ActionSpec | null, given: SpecFields): ActionSpec {
  const body =
    given.code != null ? { code: given.code } : given.transform != null ? { transform: given.transform as Json } : bodyOf(before);
  return {
    ...body,
    retry: given.retry === undefined && before !== null ? before.retry : readRetry(given.retry),
    timeoutMs: given.timeout === undefined && before !== null ? before.timeoutMs : (given.timeout ?? null),
    priority: given.priority ?? before?.priority ?? normalPriority,
  };
}

function bodyOf(spec: ActionSpec | null): Pick<ActionSpec, 'code' | 'transform'> {
  if (spec?.code !== undefined) return { code: spec.code };
  return spec?.transform === undefined ? {} : { transform: spec.transform };
}

function readRetry(given: SpecFields['retry']): ActionSpec['retry'] {
  return {
    maxRetries: given?.maxRetries ?? noRetry.maxRetries,
    delayMs: given?.delay ?? noRetry.delayMs,
    backoff: given?.backoff ?? noRetry.backoff,
    maxDelayMs: given?.maxDelay ?? Math.max(noRetry.maxDelayMs, given?.delay ?? 0),
    jitter: given?.jitter ?? noRetry.jitter,
  };
}
