import type { Json, Plan } from '#plan/plan';
import { type Point, chainMs, chainOf } from '#domain/point/point.policy';
import type { ActionSpec } from './action.spec.js';

/** What kind of step an action is. */
export type ActionStepKind = 'code' | 'transform' | 'endpoint';

/** How the code of an action is executed once it was built. */
export interface BuiltCode {
  readonly build: string;
  /** The version whose plan it is. */
  readonly version: string;
  /** Whose secrets it gets: those of the version, or of the action as they are now. */
  readonly secrets: string;
}

export function stepKindOf({ code, endpointId }: ActionSpec): ActionStepKind {
  if (code !== undefined) return 'code';
  return endpointId === undefined ? 'transform' : 'endpoint';
}

function argsOf({ code, transform, endpointId, configuration }: ActionSpec, built: BuiltCode | null): { readonly [name: string]: Json } {
  const given: { readonly [name: string]: Json } = configuration === undefined ? {} : { configuration };
  if (code !== undefined) return built === null ? { code, ...given } : { ...built, ...given };
  return endpointId === undefined ? { mapping: transform ?? null } : { endpointId };
}

/** An action is a plan of one step. The same spec always makes the same plan; what a spec does not use is absent from it. */
export function compileAction(spec: ActionSpec, built: BuiltCode | null = null, point: Point | null = null): Plan {
  const { maxRetries, delayMs, backoff, maxDelayMs, jitter, on } = spec.retry;
  const { namespaceId, thread } = spec;
  return {
    format: 1,
    steps: [
      {
        id: 'main',
        name: 'main',
        kind: stepKindOf(spec),
        args: argsOf(spec, built),
        retry: { max: maxRetries, delayMs, backoff, maxDelayMs, jitter, ...(on === undefined ? {} : { on }) },
        timeoutMs: spec.timeoutMs,
        onError: 'FAIL',
      },
    ],
    atomicity: 'STEP',
    budgetMs: point === null ? null : chainMs,
    // Triggered by itself it is a chain of one.
    ...(point === null ? {} : { chain: chainOf(point) }),
    ...(spec.payload === undefined ? {} : { payload: spec.payload }),
    ...(thread === undefined || namespaceId === undefined ? {} : { thread: { ...thread, namespaceId } }),
  };
}
