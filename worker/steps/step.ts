import type { ChainPlan, Json, RetryPolicy } from '#plan/plan';
import type { WaitKind } from '#platform/db/generated/prisma/enums';
import type { Sql } from '#platform/db/database';
import type { Clock } from '#platform/clock';
import type { Platform } from '#platform/platform';
import type { Sandbox } from '#platform/sandbox/sandbox';
import type { ClaimedRun } from '#domain/run/run.claim';
import type { PlainWork } from '#domain/work';
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

/** What a step waits for. It is kept with the step, which finds it when it goes on. */
export interface StepWait {
  readonly kind: Extract<WaitKind, 'DELAY' | 'APPROVAL' | 'EVENT' | 'SUBFLOW'>;
  /** In RFC 3339, by the clock of the database; null: no time ends it. */
  readonly until: string | null;
  readonly detail: string;
  /** The run whose end it waits for. */
  readonly child?: string;
  /** How far it had come when it began to wait. */
  readonly progress?: Json;
}

/** What a transaction of a step came to. */
export type StepCommitted =
  | { readonly output: Json }
  /** `asks`: for an approval or an event, which end with the run. */
  | { readonly wait: StepWait; readonly asks?: boolean }
  /** It is not done; whoever goes on with it finds how far it has come. */
  | { readonly progress: Json };

/** What the steps of a flow have beside those of others. */
export interface FlowLink {
  readonly run: ClaimedRun;
  readonly platform: Platform;
  /** For reads outside of `commit`: a statement waits for as long as PostgreSQL is away. */
  readonly sql: Sql;
  /** What the step left when it began to wait, or how far it had come; null: nothing. */
  readonly left: Json;
  /** The clock of the database. */
  now(): Date;
  /**
   * Does something to the database and records what it came to, together. Of an output, it is the last thing that the step does. Rejects when the
   * run is in other hands.
   */
  commit(body: (work: PlainWork) => Promise<StepCommitted>): Promise<StepCommitted>;
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
  /** Null: it is no step of a flow. */
  readonly flow: FlowLink | null;
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

/** A statement took longer than it may. */
export const tooSlow: StepFailure = {
  code: 'TIMEOUT',
  message: 'The database took too long over a statement of this step.',
  retryable: true,
};

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

/** A step goes on when what it waits for is there. The attempt is not over. */
export class StepWaits extends Error {
  override readonly name = 'StepWaits';
  readonly wait: StepWait;
  /** Whether it is recorded already. */
  readonly committed: boolean;

  constructor(wait: StepWait, committed = false) {
    super(wait.detail);
    this.wait = wait;
    this.committed = committed;
  }
}

/** A step found nothing: it has no output. */
export class StepNothing extends Error {
  override readonly name = 'StepNothing';
  /** Whether the run ends quietly. */
  readonly stops: boolean;

  constructor(stops: boolean) {
    super('Nothing was found.');
    this.stops = stops;
  }
}

/** A step ends the run as cancelled. */
export class StepCancels extends Error {
  override readonly name = 'StepCancels';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
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
