import type { Json } from '#plan/plan';
import type { Sandbox } from '#platform/sandbox/sandbox';

/** A level of a run's log, as `console` knows them. */
export type LogLevel = 'DEBUG' | 'INFO' | 'WARN' | 'ERROR';

/** One attempt of a step. */
export interface StepCall {
  readonly runId: string;
  /** Where in the plan the step stands. */
  readonly path: string;
  /** Counted from 1. */
  readonly attempt: number;
  /** Of the plan's step, valid against the kind's argument schema. */
  readonly args: { readonly [key: string]: Json };
  /** The run's payload: what its template made of the input, or the input itself. */
  readonly input: Json;
  /** The same over all attempts: what outside receivers recognise a repeat by. */
  readonly idempotencyKey: string;
  /** Aborts when the run is cancelled, handed over or out of time. */
  readonly signal: AbortSignal;
  /** For this attempt, in milliseconds; null: the kind's default. */
  readonly timeoutMs: number | null;
  log(level: LogLevel, message: string): void;
  readonly sandbox: Sandbox;
}

/** How a kind of step is executed. */
export interface StepImplementation {
  /** Answers the step's output. Rejects with a {@link StepError}. */
  execute(call: StepCall): Promise<Json>;
}

export interface StepFailure {
  /** `UNCAUGHT`, `TIMEOUT`, `MEMORY` ... */
  readonly code: string;
  readonly message: string;
  /** In the author's text, from 1. */
  readonly line?: number;
  readonly column?: number;
  /** Whether another attempt may succeed. */
  readonly retryable: boolean;
}

/** A step that failed in a way its author should see. */
export class StepError extends Error {
  override readonly name = 'StepError';
  readonly code: string;
  readonly line: number | undefined;
  readonly column: number | undefined;
  readonly retryable: boolean;

  constructor(failure: StepFailure) {
    super(failure.message);
    this.code = failure.code;
    this.line = failure.line;
    this.column = failure.column;
    this.retryable = failure.retryable;
  }
}
