import { parseRule } from '#language/rule/parse';
import { RuleFault } from '#language/rule/rule-error';
import { parseTrigger } from '#language/rule/trigger';
import type { Rule, RuleText, Trigger } from '#language/rule/syntax';
import type { Json } from '#plan/plan';

/** One line of expressions or of actions: a name, or a label, and what stands behind its colon. */
export interface Line {
  readonly name: string;
  readonly value: string;
}

/** Expressions or actions in the form in which they were given, byte for byte. */
export type Shape = { readonly form: 'TEXT'; readonly text: string } | { readonly form: 'LIST'; readonly list: readonly Line[] };

/** A rule, as it is stored in a version. */
export interface RuleSpec {
  /** The type of records, as it was written: `Req`. */
  readonly recordType: string;
  /** The key of the blueprint that this named. */
  readonly blueprint: string;
  readonly trigger: string;
  readonly triggerKey: string;
  readonly expressions: Shape;
  readonly condition: string;
  readonly actions: Shape;
  /** Markdown. */
  readonly description: string;
}

/** What a client says of it; the rest is what that means. */
export type GivenSpec = Omit<RuleSpec, 'blueprint' | 'triggerKey'>;

export const noLines: Shape = { form: 'TEXT', text: '' };

/** A stored spec: written by the service of rules, in this form. */
export function specOf(json: unknown): RuleSpec {
  return json as RuleSpec;
}

export function jsonOf(spec: RuleSpec): Json {
  return { ...spec, expressions: shapeJson(spec.expressions), actions: shapeJson(spec.actions) };
}

const shapeJson = (shape: Shape): Json =>
  shape.form === 'TEXT' ? { ...shape } : { form: 'LIST', list: shape.list.map(({ name, value }) => ({ name, value })) };

/** The rule as the language reads it. */
export function ruleText({ trigger, expressions, condition, actions }: RuleSpec): RuleText {
  return { trigger, expressions: textOf(expressions), condition, actions: textOf(actions) };
}

export function textOf(shape: Shape): string {
  return shape.form === 'TEXT' ? shape.text : shape.list.map(({ name, value }) => `${name}: ${value}`).join('\n');
}

/** The lines of a shape: those that were given, or what a text says; of a text that cannot be read, none. */
export function linesOf(block: 'expressions' | 'actions', shape: Shape): readonly Line[] {
  if (shape.form === 'LIST') return shape.list;
  const { text } = shape;
  const parsed = parseRule({ trigger: 'on create', expressions: '', condition: '', actions: '', [block]: text });
  if (!parsed.ok) return [];
  const names = namesIn(parsed.tree, block);
  return names.map(({ name, at }, index) => {
    const line = text.slice(at + name.length, names[index + 1]?.at);
    return { name, value: line.slice(line.indexOf(':') + 1).trim() };
  });
}

/** The names of a block with the offsets at which they stand. */
export function namesIn(rule: Rule, block: 'expressions' | 'actions'): readonly { readonly name: string; readonly at: number }[] {
  return block === 'expressions'
    ? rule.expressions.map(({ name, at }) => ({ name, at }))
    : rule.actions.map(({ label, at }) => ({ name: label, at }));
}

/** What events are matched with: `create`, `update`, `note`, `delay`, `field:status`. */
export function triggerKeyOf(trigger: Trigger): string {
  return trigger.type === 'field' ? `field:${trigger.field}` : trigger.type;
}

/** The same of a text; null when that is no trigger. */
export function triggerKeyIn(text: string): string | null {
  try {
    return triggerKeyOf(parseTrigger(text));
  } catch (error) {
    if (error instanceof RuleFault) return null;
    throw error;
  }
}

/** The names of the rules that the actions trigger after a delay. */
export function delayedBy({ actions }: Rule): string[] {
  return [...new Set(actions.flatMap(({ action }) => (action.type === 'delay' ? [action.rule] : [])))];
}
