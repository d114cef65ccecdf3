import type { Condition } from '#language/condition/condition';
import type { FlowType } from '#platform/db/generated/prisma/enums';
import type { Json, RetryPolicy } from '#plan/plan';
import { noFlowRetry } from '#plan/flow-kinds';

export type JsonObject = { readonly [name: string]: Json };

/** One condition, as its author wrote it. */
export interface FlowCondition {
  readonly field: string;
  readonly operator: string;
  /** Absent is not the same as null: it is told back as it came. */
  readonly value?: Json;
  readonly expression?: boolean;
}

/** As the language reads them, which says what is wrong with an operator that it does not know. */
export const conditionsIn = (list: readonly FlowCondition[]): readonly Condition[] => list as readonly Condition[];

/** What starts a flow; several are alternatives. */
export type FlowTrigger =
  | { readonly type: 'EVENT'; readonly events: readonly string[]; readonly conditions: readonly FlowCondition[] }
  | { readonly type: 'MANUAL'; readonly inputSchema: JsonObject | null }
  /** The timing, as its author wrote it. */
  | { readonly type: 'SCHEDULE'; readonly schedule: JsonObject }
  | { readonly type: 'WEBHOOK' };

export interface FlowStep {
  /** Unique in the flow, at any depth: `actions.<id>`. */
  readonly id: string;
  readonly kind: string;
  readonly title: string;
  readonly description: string;
  readonly conditions: readonly FlowCondition[];
  /** With templates. */
  readonly args: JsonObject;
  readonly retry: RetryPolicy | null;
  /** For one attempt; null: the kind's default. */
  readonly timeoutMs: number | null;
  readonly onError: 'FAIL' | 'CONTINUE';
  /** `branch` */
  readonly ways?: readonly FlowWay[];
  /** `forEach` and `tryCatch` */
  readonly steps?: readonly FlowStep[];
  /** `tryCatch` */
  readonly catch?: readonly FlowStep[];
}

export interface FlowWay {
  readonly id: string;
  readonly title: string;
  readonly conditions: readonly FlowCondition[];
  readonly steps: readonly FlowStep[];
}

/** A flow, as it is stored in a version. */
export interface FlowSpec {
  readonly type: FlowType;
  readonly needsApproval: boolean;
  /** Whether whoever starts a run may approve it; absent: no. */
  readonly selfReview?: boolean;
  readonly arguments: JsonObject;
  readonly triggers: readonly FlowTrigger[];
  readonly steps: readonly FlowStep[];
  /** Templates of what a run comes to: an object, a list, or null. */
  readonly outputs: Json;
}

/** A stored spec: written by the service of flows, in this form. */
export function specOf(json: unknown): FlowSpec {
  return json as FlowSpec;
}

export const retryOf = ({ retry }: FlowStep): RetryPolicy => retry ?? noFlowRetry;
