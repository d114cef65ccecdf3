import { checkPlan } from '#plan/plan-check';
import type { FieldProblem } from '#domain/errors';
import { compileAction } from './action.compile.js';
import type { ActionSpec } from './action.spec.js';

/** Where in the spec a place of its plan comes from. The plan is one step: `steps.0.args.<name>`. */
function fieldOf([, , , argument, ...rest]: readonly string[]): string[] {
  return argument === 'mapping' ? ['transform', ...rest] : argument === undefined ? [] : [argument, ...rest];
}

/** What is wrong with a spec, found before anything runs: its plan must be one that can be executed. */
export function checkSpec(spec: ActionSpec): FieldProblem[] {
  return checkPlan(compileAction(spec)).map((problem) => ({ ...problem, path: fieldOf(problem.path) }));
}
