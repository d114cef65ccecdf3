import type { ChainPlan, Json, RetryPolicy } from '#plan/plan';
import type { Clock } from '#platform/clock';
import type { Sandbox } from '#platform/sandbox/sandbox';
import type { Builds } from '#worker/builds';
import type { Calls } from '#worker/calls';
import type { Connections } from '#worker/connections';
import type { Redactor } from '#worker/redactor';
import type { Tokens } from '#worker/tokens';

/** A level of a run's log, as `console` knows them. */
export type LogLevel = 'DEBUG' | 'INFO' | 'WARN' | 'ERROR';

/** How a step is called as an action of a trigger point. */
export interface ChainLink {
  /** The export that is called. */
  readonly handler: string;
  readonly chain: ChainPlan;
}

/** One attempt of a step. */
export interface StepCall {
  readonly runId: string;
  readonly workspaceId: string;
  readonly automationId: string | null;
  /** Where in the plan the step stands. */
  readonly path: string;
  /** Counted from 1. */
  readonly attempt: number;
  /** Of the plan's step, valid against the kind's argument schema. */
  readonly args: { readonly [key: string]: Json };
  /** The run's payload: what its template made of the input, or the input itself. */
  readonly input: Json;
  readonly retry: RetryPolicy;
  /** Aborts when the run is cancelled, handed over or out of time. */
  readonly signal: AbortSignal;
  /** For this attempt, in milliseconds; null: the kind's default. */
  readonly timeoutMs: number | null;
  log(level: LogLevel, message: string): void;
  readonly sandbox: Sandbox;
  readonly clock: Clock;
  /** Every call outside goes through it. */
  readonly calls: Calls;
  readonly connections: Connections;
  readonly tokens: Tokens;
  readonly builds: Builds;
  /** Null: it is no part of a chain. */
  readonly link: ChainLink | null;
  /** What a step learns of secrets it tells here first. */
  readonly redactor: Redactor;
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
  /** The next attempt comes after so many milliseconds at the earliest. */
  readonly retryAfterMs?: number;
}

/** A step that failed in a way its author should see. */
export class StepError extends Error {
  override readonly name = 'StepError';
  readonly code: string;
  readonly line: number | undefined;
  readonly column: number | undefined;
  readonly retryable: boolean;
  readonly retryAfterMs: number;

  constructor(failure: StepFailure) {
    super(failure.message);
    this.code = failure.code;
    this.line = failure.line;
    this.column = failure.column;
    this.retryable = failure.retryable;
    this.retryAfterMs = failure.retryAfterMs ?? 0;
  }
}

/** A step cannot go on before a pause has ended; its attempt does not count. */
export class StepPaused extends Error {
  override readonly name = 'StepPaused';
  readonly pauseId: string;
  readonly host: string;

  constructor(pauseId: string, host: string) {
    super(`Calls of ${host} are paused.`);
    this.pauseId = pauseId;
    this.host = host;
  }
}
