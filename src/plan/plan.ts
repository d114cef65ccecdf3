/** A JSON value, as it travels and is stored. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** What the worker executes: immutable, named by the hash of its canonical form, and silent about who authored it. */
export interface Plan {
  readonly format: 1;
  readonly steps: readonly PlanStep[];
  /** STEP: each step commits by itself. ALL: one transaction. */
  readonly atomicity: 'STEP' | 'ALL';
  /** Longest time from start to end of the run, in milliseconds, waits included; null: the server's limit. */
  readonly budgetMs: number | null;
  /** A template of what the steps get in place of the run's input; absent: the input itself. */
  readonly payload?: Json;
  /** On which thread the runs are; absent: each on one of its own. */
  readonly thread?: ThreadPlan;
  /** Its steps are the actions of a trigger point, one after the other; absent: they are not. */
  readonly chain?: ChainPlan;
  /** Its steps are those of a flow; absent: they are not. */
  readonly flow?: FlowPlan;
}

/** What the steps of a flow have beside them. */
export interface FlowPlan {
  /** `arguments` in its templates and conditions. */
  readonly arguments: { readonly [name: string]: Json };
  /** Templates of what the run comes to, rendered after the last step. */
  readonly outputs: Json;
}

export type ThreadPlan =
  | { readonly mode: 'FIXED'; readonly namespaceId: string; readonly key: string }
  | { readonly mode: 'TEMPLATE'; readonly namespaceId: string; readonly template: string };

/** How the actions of a trigger point are called, and what comes of what they ask for. */
export interface ChainPlan {
  /** The point's key. */
  readonly triggerPoint: string;
  /** The export that is called. */
  readonly handler: string;
  /** The export that is called after a redirect; null: there are no redirects. */
  readonly resume: string | null;
  readonly commands: readonly ChainCommand[];
}

export interface ChainCommand {
  /** As actions call it: `access.deny`. */
  readonly name: string;
  /** DENY ends the chain, REDIRECT interrupts it, COMMAND is for whoever fired. */
  readonly effect: 'COMMAND' | 'DENY' | 'REDIRECT';
  /** The place of the event that a command of a name and a value sets for later actions: `user.app_metadata`; null: none. */
  readonly target: string | null;
  /** JSON Schema of the list of its arguments. */
  readonly arguments: Json;
}

export interface PlanStep {
  /** Unique in the plan, at any depth; the path of its StepRun at the top level. Within others: `each[3]/call`, `route.eu/map`, `safe.try/call`, `safe.catch/tell`. */
  readonly id: string;
  readonly name: string;
  /** A kind of the registry (`step-kinds.ts`). */
  readonly kind: string;
  /** Valid against the kind's argument schema. */
  readonly args: { readonly [key: string]: Json };
  readonly retry: RetryPolicy;
  /** For one attempt, in milliseconds; null: the kind's default. */
  readonly timeoutMs: number | null;
  readonly onError: 'FAIL' | 'CONTINUE';
  /** All must hold, else the step is skipped, without an output; absent: it is executed. */
  readonly guard?: readonly PlanCondition[];
  /** `branch`: the first way whose conditions hold is gone. */
  readonly ways?: readonly PlanWay[];
  /** `forEach`: what is done for each item. `tryCatch`: what is tried. */
  readonly steps?: readonly PlanStep[];
  /** `tryCatch`: what is done when one of `steps` failed. */
  readonly catch?: readonly PlanStep[];
}

/** One alternative of a branch. */
export interface PlanWay {
  /** Unique in the branch; its steps have the path `<branch>.<way>/<step>`. */
  readonly id: string;
  /** Empty: it is gone when no earlier one is. */
  readonly guard: readonly PlanCondition[];
  readonly steps: readonly PlanStep[];
}

/** See `language/condition`. */
export interface PlanCondition {
  readonly field: string;
  readonly operator: string;
  readonly value?: Json;
  readonly expression?: boolean;
}

export interface RetryPolicy {
  /** Retries after the first attempt. */
  readonly max: number;
  readonly delayMs: number;
  readonly backoff: 'FIXED' | 'EXPONENTIAL';
  /** Longest delay, in milliseconds. */
  readonly maxDelayMs: number;
  /** Part of the delay that is random, 0 to 1. */
  readonly jitter: number;
  /** Statuses of a response that are worth another attempt; absent: 408, 425, 429 and 500 to 599 but for 501. */
  readonly on?: readonly number[];
}
