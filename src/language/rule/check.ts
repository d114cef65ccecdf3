import { maxErrors, type RuleError, ruleError, type RuleErrorCode, RuleFault } from './rule-error.js';
import { namesOf } from './scope.js';
import { shapeOf, type Surroundings } from './infer.js';
import { recordOf, type Shape } from './shape.js';
import type { Action, Block, Change, Field, Rule } from './syntax.js';
import type { RuleTypes } from './world.js';

/** What is wrong with the names of a rule, given the types of records. What its values are is seen when it runs. */
export function checkRule(rule: Rule, types: RuleTypes): readonly RuleError[] {
  const errors: RuleError[] = [];
  const known = new Map<string, Shape>();
  const checking = (block: Block): Surroundings => ({
    names: namesOf(types),
    known,
    all: new Set(rule.expressions.map(({ name }) => name)),
    members: [],
    report: (code, message, at) => {
      if (errors.length < maxErrors) errors.push(ruleError(block, rule.text, new RuleFault(code, message, at)));
    },
  });
  const { trigger } = rule;
  if (trigger.type === 'field' && types.types.get(types.record)?.fields.has(trigger.field) !== true)
    checking('trigger').report('UNKNOWN_TRIGGER', `A ${types.record} has no field “${trigger.field}” that could be updated.`, 0);
  const inExpressions = checking('expressions');
  for (const { name, value } of rule.expressions) known.set(name, shapeOf(value, inExpressions));
  if (rule.condition !== null) shapeOf(rule.condition, checking('condition'));
  const inActions = checking('actions');
  for (const { action } of rule.actions) checkAction(action, inActions);
  return errors;
}

function checkAction(action: Action, env: Surroundings): void {
  switch (action.type) {
    case 'change':
      checkChange(action.change, action.target === null ? env.names.types.record : recordOf(shapeOf(action.target, env)), env);
      return;
    case 'delay':
      return;
    case 'webhook':
      for (const name of action.payload ?? [])
        if (!env.known.has(name)) env.report('UNKNOWN_NAME', `There is no expression “${name}”.`, action.payloadAt);
      return;
    case 'email':
      for (const part of [action.to, action.subject, action.body]) shapeOf(part, env);
  }
}

function checkChange(change: Change, type: string | null, env: Surroundings): void {
  if (change.type === 'note') shapeOf(change.text, env);
  else {
    if (change.type !== 'clear') shapeOf(change.value, env);
    const problem = type === null ? null : fieldProblem(change.field, type, env.names.types);
    if (problem !== null) env.report(problem.code, problem.message, change.field.at);
  }
}

/** Why a field of a record cannot be written; null where it can. */
export function fieldProblem(
  { names }: Field,
  type: string,
  types: RuleTypes,
): { readonly code: RuleErrorCode; readonly message: string } | null {
  const [name = '', ...inner] = names;
  const field = types.types.get(type)?.fields.get(name);
  if (field === undefined || (inner.length > 0 && field.type !== 'object' && field.type !== 'any'))
    return { code: 'UNKNOWN_FIELD', message: `A ${type} has no field “${names.join('.')}”.` };
  return field.readOnly === true ? { code: 'READ_ONLY_FIELD', message: `${name} of a ${type} cannot be written.` } : null;
}
