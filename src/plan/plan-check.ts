import { checkCode } from '#language/code';
import { compileTemplate, LanguageError } from '#language/template';
import type { Json, Plan, PlanStep } from './plan.js';
import { type FlowKindName, flowKindNames } from './flow-kinds.js';
import { checkPlanTemplate } from './plan-template.js';
import { isStepKind, type StepKindName, stepKinds } from './step-kinds.js';

/** One thing that is wrong with a plan. */
export interface PlanProblem {
  /** From the plan's root: `['steps', '0', 'args', 'code']`. */
  readonly path: readonly string[];
  readonly message: string;
  /** `SYNTAX`, `UNKNOWN_STEP_KIND`, `DUPLICATE_STEP` ... */
  readonly code: string;
  /** Where in a text, counted from 1. */
  readonly line?: number;
  readonly column?: number;
}

/** Their arguments hold templates: what they come to is checked when it is executed. */
const unchecked = Object.fromEntries(flowKindNames.map((kind) => [kind, () => []])) as unknown as Record<FlowKindName, Check>;

type Check = (args: Readonly<Record<string, Json>>) => readonly PlanProblem[];

/** What a schema cannot say of a kind's arguments. Paths start at the arguments. */
const checks = {
  ...unchecked,
  code: ({ code }) => {
    const problem = typeof code === 'string' ? checkCode(code) : null;
    return problem === null ? [] : [{ path: ['code'], ...problem }];
  },
  endpoint: () => [],
  transform: ({ mapping = null }) => {
    try {
      compileTemplate(mapping);
      return [];
    } catch (error) {
      if (!(error instanceof LanguageError)) throw error;
      const { code, message, line, column } = error;
      return [{ path: ['mapping', ...error.path], message, code, line, column }];
    }
  },
} as const satisfies Record<StepKindName, Check>;

/** Everything that is wrong with a plan that was just compiled; none: it can be executed. */
export function checkPlan(plan: Plan): readonly PlanProblem[] {
  return [...checkSteps(plan), ...checkTemplate(['payload'], plan.payload), ...checkTemplate(['thread', 'template'], threadTemplate(plan))];
}

function threadTemplate({ thread }: Plan): Json | undefined {
  return thread?.mode === 'TEMPLATE' ? thread.template : undefined;
}

function checkTemplate(place: readonly string[], template: Json | undefined): readonly PlanProblem[] {
  if (template === undefined) return [];
  return checkPlanTemplate(template).map((problem) => ({ ...problem, path: [...place, ...problem.path] }));
}

function checkSteps(plan: Plan): readonly PlanProblem[] {
  if (plan.flow !== undefined) return checkFlowSteps(plan.steps, ['steps'], new Set());
  const seen = new Set<string>();
  return plan.steps.flatMap((step, i) => {
    const duplicate = seen.has(step.id);
    seen.add(step.id);
    const problems = checkStep(step);
    if (duplicate)
      return [
        { path: ['steps', String(i), 'id'], message: `Two steps have the id ${JSON.stringify(step.id)}.`, code: 'DUPLICATE_STEP' },
        ...problems.map(under(i)),
      ];
    return problems.map(under(i));
  });
}

/** The steps of a flow have ids of their own at any depth, and templates in their arguments. */
function checkFlowSteps(steps: readonly PlanStep[], path: readonly string[], seen: Set<string>): readonly PlanProblem[] {
  return steps.flatMap((step, i) => {
    const place = [...path, String(i)];
    const problems: PlanProblem[] = [];
    if (seen.has(step.id))
      problems.push({ path: [...place, 'id'], message: `Two steps have the id ${JSON.stringify(step.id)}.`, code: 'DUPLICATE_STEP' });
    seen.add(step.id);
    if (!isStepKind(step.kind))
      problems.push({
        path: [...place, 'kind'],
        message: `There is no step kind ${JSON.stringify(step.kind)}.`,
        code: 'UNKNOWN_STEP_KIND',
      });
    const { code: _code, ...templates } = step.args;
    problems.push(
      ...checkPlanTemplate(step.kind === 'code' ? templates : step.args).map((one) => ({ ...one, path: [...place, 'args', ...one.path] })),
    );
    const inner = [
      { within: step.steps, at: ['steps'] },
      { within: step.catch, at: ['catch'] },
      ...(step.ways ?? []).map((way, index) => ({ within: way.steps, at: ['ways', String(index), 'steps'] })),
    ];
    return [...problems, ...inner.flatMap(({ within = [], at }) => checkFlowSteps(within, [...place, ...at], seen))];
  });
}

const under =
  (step: number) =>
  (problem: PlanProblem): PlanProblem => ({ ...problem, path: ['steps', String(step), ...problem.path] });

function checkStep(step: PlanStep): readonly PlanProblem[] {
  const { kind, args } = step;
  if (!isStepKind(kind)) return [{ path: ['kind'], message: `There is no step kind ${JSON.stringify(kind)}.`, code: 'UNKNOWN_STEP_KIND' }];
  const parsed = stepKinds[kind].args.safeParse(args);
  const problems: readonly PlanProblem[] = parsed.success
    ? checks[kind](args)
    : parsed.error.issues.map((issue) => ({ path: issue.path.map(String), message: issue.message, code: issue.code.toUpperCase() }));
  return problems.map((problem) => ({ ...problem, path: ['args', ...problem.path] }));
}
