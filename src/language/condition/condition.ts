import type { TemplateContext } from '#language/context';
import { evaluate, type Scope } from '#language/evaluate';
import { fuelOf } from '#language/fuel';
import type { HostFunctions } from '#language/functions';
import { located } from '#language/language-error';
import { renderIn } from '#language/template';
import type { JsonValue, Value } from '#language/value';
import type { CompiledCondition, CompiledConditions } from './compile.js';
import { operators, type OperatorName } from './operators.js';
import { valueAt } from './path.js';
import { shown } from './shown.js';

export { type CompiledConditions, type Condition, compileConditions } from './compile.js';
export type { TemplateContext } from '#language/context';
export type { ConditionOperator } from './operators.js';
export { pinned } from './pinned.js';

/** What came of a condition. */
export interface TriedCondition {
  readonly index: number;
  readonly field: string;
  readonly operator: OperatorName;
  /** What the field was and what it was compared with, to be shown: cut where they are long, and `[redacted]` where one of them may be a secret. */
  readonly actual: JsonValue;
  readonly expected: JsonValue;
  readonly met: boolean;
}

export interface ConditionResult {
  readonly met: boolean;
  /** The conditions up to the first one that does not hold. */
  readonly tried: readonly TriedCondition[];
}

export interface MeetsOptions {
  /** What all of them may cost together; the default is about 0.1 s. */
  readonly fuel?: number;
  /** What the functions do that they may call. */
  readonly functions?: HostFunctions;
}

/** Whether all conditions hold. Throws {@link LanguageError} where that cannot be said. */
export function meets(conditions: CompiledConditions, context: TemplateContext, options: MeetsOptions = {}): ConditionResult {
  const scope: Scope = { context, fuel: fuelOf(options.fuel), functions: options.functions ?? {} };
  const tried: TriedCondition[] = [];
  for (const [index, condition] of conditions.entries()) {
    const one = { index, field: condition.fieldSource.text, operator: condition.operator, ...attempt(condition, scope) };
    tried.push(one);
    if (!one.met) return { met: false, tried };
  }
  return { met: true, tried };
}

function attempt(condition: CompiledCondition, scope: Scope): Pick<TriedCondition, 'actual' | 'expected' | 'met'> {
  const { fuel } = scope;
  const { names, check, operator } = condition;
  const secret = names.has('secrets');
  const actual = located(condition.fieldSource, () => fieldOf(condition, scope));
  const expected = located(condition.valueSource, () => renderIn(condition.value, scope));
  // What is looked at is the field, whatever the value is: an error is told of the field.
  const asked = check ?? located(condition.valueSource, () => operators[operator].prepare(operators[operator].read(expected, fuel), fuel));
  const met = located({ ...condition.fieldSource, text: '' }, () => asked(actual, fuel));
  return { actual: secret ? redacted : shown(actual), expected: secret ? redacted : shown(expected), met };
}

/** As secrets stand in whatever a run records. */
const redacted = '[redacted]';

function fieldOf({ field }: CompiledCondition, scope: Scope): Value {
  return field.type === 'path' ? valueAt(field.path, scope.context, scope.fuel) : evaluate(field.node, scope);
}
