import type { Plan, PlanCondition, PlanStep } from '#plan/plan';
import { completed } from './flow.complete.js';
import { type FlowCondition, type FlowSpec, type FlowStep, retryOf } from './flow.spec.js';

/** The same spec always makes the same plan; what it does not use is absent from it. */
export function compileFlow(spec: FlowSpec): Plan {
  return {
    format: 1,
    steps: completed(spec).steps.map(compileStep),
    atomicity: 'STEP',
    budgetMs: null,
    flow: { arguments: spec.arguments, outputs: spec.outputs },
  };
}

function compileStep(step: FlowStep): PlanStep {
  const { id, title, kind, args, timeoutMs, onError, conditions, ways, steps } = step;
  return {
    id,
    name: title === '' ? id : title,
    kind,
    args,
    retry: retryOf(step),
    timeoutMs,
    onError,
    ...(conditions.length === 0 ? {} : { guard: conditions.map(conditionOf) }),
    ...(ways === undefined
      ? {}
      : { ways: ways.map((way) => ({ id: way.id, guard: way.conditions.map(conditionOf), steps: way.steps.map(compileStep) })) }),
    ...(steps === undefined ? {} : { steps: steps.map(compileStep) }),
    ...(step.catch === undefined ? {} : { catch: step.catch.map(compileStep) }),
  };
}

const conditionOf = ({ field, operator, value, expression }: FlowCondition): PlanCondition => ({
  field,
  operator,
  ...(value === undefined ? {} : { value }),
  ...(expression === true ? { expression } : {}),
});
