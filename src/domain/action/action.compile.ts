import type { Plan } from '#plan/plan';
import type { ActionSpec } from './action.spec.js';

/** What kind of step an action is. */
export type ActionStepKind = 'code' | 'transform';

export function stepKindOf(spec: ActionSpec): ActionStepKind {
  return spec.code === undefined ? 'transform' : 'code';
}

/** An action is a plan of one step. The same spec always makes the same plan. */
export function compileAction(spec: ActionSpec): Plan {
  const kind = stepKindOf(spec);
  const { maxRetries, delayMs, backoff, maxDelayMs, jitter } = spec.retry;
  return {
    format: 1,
    steps: [
      {
        id: 'main',
        name: 'main',
        kind,
        args: spec.code === undefined ? { mapping: spec.transform ?? null } : { code: spec.code },
        retry: { max: maxRetries, delayMs, backoff, maxDelayMs, jitter },
        timeoutMs: spec.timeoutMs,
        onError: 'FAIL',
      },
    ],
    atomicity: 'STEP',
    budgetMs: null,
  };
}
