import { checkRule } from '#language/rule/check';
import { parseRule } from '#language/rule/parse';
import { type RuleError, RuleFault, ruleError } from '#language/rule/rule-error';
import type { Rule } from '#language/rule/syntax';
import type { RuleTypes } from '#language/rule/world';
import { urlProblem } from '#domain/connection/url.input';
import type { FieldProblem } from '#domain/errors';
import { namesIn, ruleText, type RuleSpec, type Shape } from './rule.spec.js';

/** How a rule calls the webhook of its app. */
export const appWebhook = '{app_offering_webhook}';

export type Checked = { readonly ok: true; readonly rule: Rule } | { readonly ok: false; readonly problems: readonly FieldProblem[] };

/** Reads a rule and checks its names. Each problem has its block as path, and line and column within it. */
export function checkSpec(spec: Omit<RuleSpec, 'triggerKey'>, types: RuleTypes, hasApp: boolean): Checked {
  const parsed = parseRule(ruleText({ ...spec, triggerKey: '' }));
  if (!parsed.ok) return { ok: false, problems: parsed.errors.map(problemOf) };
  const rule = parsed.tree;
  const errors = [
    ...lineErrors('expressions', spec.expressions, rule),
    ...lineErrors('actions', spec.actions, rule),
    ...checkRule(rule, types),
    ...delayErrors(rule, types),
    ...webhookErrors(rule, hasApp),
  ];
  return errors.length === 0 ? { ok: true, rule } : { ok: false, problems: errors.map(problemOf) };
}

export const problemOf = ({ block, line, column, code, message }: RuleError): FieldProblem => ({
  path: [block],
  message,
  code,
  line,
  column,
});

/** A list whose names or values hold more than one line would be another list when it is read back from its text. */
function lineErrors(block: 'expressions' | 'actions', shape: Shape, rule: Rule): readonly RuleError[] {
  if (shape.form === 'TEXT') return [];
  const read = namesIn(rule, block);
  const wrong = shape.list.findIndex(({ name }, index) => read[index]?.name !== name.trim());
  if (wrong < 0 && read.length === shape.list.length) return [];
  const place = read[wrong < 0 ? shape.list.length : wrong]?.at ?? 0;
  return [ruleError(block, rule.text, new RuleFault('SYNTAX', 'Each entry of a list has one name and one value.', place))];
}

function delayErrors(rule: Rule, { rules }: RuleTypes): readonly RuleError[] {
  return rule.actions.flatMap(({ action }) => {
    if (action.type !== 'delay' || rules === null || rules.has(action.rule)) return [];
    const message = `There is no rule “${action.rule}” with the trigger “after delay” for the same type of records.`;
    return [ruleError('actions', rule.text, new RuleFault('UNKNOWN_NAME', message, action.delay.at))];
  });
}

function webhookErrors(rule: Rule, hasApp: boolean): readonly RuleError[] {
  return rule.actions.flatMap(({ at, action }) => {
    const message = action.type === 'webhook' ? webhookProblem(action.webhook, hasApp) : null;
    return message === null ? [] : [ruleError('actions', rule.text, new RuleFault('UNKNOWN_NAME', message, at))];
  });
}

function webhookProblem(webhook: string, hasApp: boolean): string | null {
  if (webhook === appWebhook) return hasApp ? null : 'This rule belongs to no app whose webhook could be called.';
  return urlProblem(webhook, { query: true }) === null ? null : `A webhook is ${appWebhook} or an absolute http or https URL.`;
}
