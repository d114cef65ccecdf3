import type { ChainPlan, Json, Plan, PlanStep } from '#plan/plan';
import type { Point } from './point.js';

/** Longest time of a whole chain; a redirect begins a new one. */
export const chainMs = 20_000;

/** A bound action with what of its live version the chain needs. */
export interface ChainLink {
  readonly bindingId: string;
  readonly versionId: string;
  readonly actionKey: string;
  /** To what the secrets of the version belong. */
  readonly secretsOf: string;
  /** The version's own plan. */
  readonly plan: Plan;
  readonly configuration: Readonly<Record<string, string>> | null;
}

/** The code of an action, as the one step of its plan has it; null: it is not made of code. */
export function codeOf(plan: Plan): { readonly code: Json } | { readonly build: Json } | null {
  const [step] = plan.steps;
  if (step?.kind !== 'code') return null;
  const { code, build } = step.args;
  if (build !== undefined) return { build };
  return code === undefined ? null : { code };
}

const once: PlanStep['retry'] = { max: 0, delayMs: 0, backoff: 'FIXED', maxDelayMs: 0, jitter: 0 };

/** The plan of a trigger point's bound actions, in their order. The same links always make the same plan. */
export function compileChain(point: Point, links: readonly ChainLink[]): Plan {
  return {
    format: 1,
    steps: links.flatMap((link, index): PlanStep[] => {
      const code = codeOf(link.plan);
      if (code === null) return [];
      const { versionId, bindingId, secretsOf, configuration, actionKey } = link;
      return [
        {
          id: String(index + 1),
          name: actionKey,
          kind: 'code',
          args: {
            ...code,
            version: versionId,
            binding: bindingId,
            secrets: secretsOf,
            ...(configuration === null ? {} : { configuration }),
          },
          retry: once,
          timeoutMs: null,
          onError: 'FAIL',
        },
      ];
    }),
    atomicity: 'STEP',
    budgetMs: chainMs,
    chain: chainOf(point),
  };
}

/** How the actions of a point are called. */
export function chainOf({ key, handler, resume, commands }: Point): ChainPlan {
  return {
    triggerPoint: key,
    handler,
    resume,
    commands: commands.map(({ name, effect, target, arguments: schema }) => ({ name, effect, target, arguments: schema })),
  };
}
