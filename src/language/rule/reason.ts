import { Fault } from '#language/language-error';
import { type Answer, after, firstThat, fold, otherwise } from './answer.js';
import { type Environment, evaluate, partsOf } from './evaluate.js';
import { printExpression } from './print.js';
import { RuleFault } from './rule-error.js';
import { meaningOf } from './scope.js';
import type { Expression, Rule } from './syntax.js';
import { isKind, isTruthy, type RuleValue } from './value.js';

/** Why a condition was not met: the first part of it that was false, as the printer writes it, and what was compared there. */
export interface Reason {
  readonly text: string;
  readonly values: readonly { readonly text: string; readonly value: RuleValue }[];
}

/** A reader takes in no more. */
const maxText = 500;
const maxValues = 10;

/** What decided, whether it was to be true, and the expressions that it may use. */
interface Part {
  readonly node: Expression;
  readonly wanted: boolean;
  readonly env: Environment;
}

/**
 * The first part of a condition that was false. It goes through `and` and `not`, and from the name of an expression into what that says.
 * All of it was evaluated before, so that to evaluate it again tells the same.
 */
export function reasonOf(rule: Rule, condition: Expression, env: Environment): Answer<Reason> {
  let part: Part = { node: condition, wanted: true, env };
  const values = new Map<string, RuleValue>();
  const shown = otherwise(
    () =>
      after(decisive(part, rule), (found) => {
        part = found;
        return after(valuesIn(part.node, part.env), (all) => {
          for (const { node, value } of all) if (values.size < maxValues) values.set(written(node), value);
          return true;
        });
      }),
    (error) => {
      // It may be that there is no fuel left to ask again.
      if (!(error instanceof RuleFault) && !(error instanceof Fault)) throw error;
      return false;
    },
  );
  return after(shown, () => {
    const { node, wanted } = part;
    const text = wanted ? written(node) : shorten(printExpression({ type: 'unary', at: node.at, operator: 'not', operand: node }));
    return { text, values: [...values].map(([name, value]) => ({ text: name, value })) };
  });
}

const known = new WeakMap<Expression, string>();

/** Printed once: a rule whose condition is not met tells the same of it at each event. */
function written(node: Expression): string {
  const found = known.get(node);
  if (found !== undefined) return found;
  const text = shorten(printExpression(node));
  known.set(node, text);
  return text;
}

const shorten = (text: string) => (text.length > maxText ? `${text.slice(0, maxText)}…` : text);

function decisive(part: Part, rule: Rule): Answer<Part> {
  const { node, wanted, env } = part;
  if (node.type === 'unary' && node.operator === 'not') return decisive({ ...part, node: node.operand, wanted: !wanted }, rule);
  const whole = (): Answer<Part> => (node.type === 'name' ? withinExpression(part, node.name, rule) : part);
  // Only the part that ended it decided; where all of them were asked, all of them did.
  if (node.type !== 'chain' || !(wanted ? node.level === 'and' : node.level === 'or')) return whole();
  const ended = firstThat(partsOf(node), (item) => after(evaluate(item, env), (value) => isTruthy(value) !== wanted));
  return after(ended, (item) => (item === null ? whole() : decisive({ ...part, node: item }, rule)));
}

/** The value of a path is the answer; what compares or joins goes on. */
const isQuestion = (node: Expression) =>
  node.type === 'compare' ||
  node.type === 'name' ||
  (node.type === 'unary' && node.operator === 'not') ||
  (node.type === 'chain' && (node.level === 'and' || node.level === 'or'));

function withinExpression(part: Part, name: string, rule: Rule): Answer<Part> {
  const { env } = part;
  if (meaningOf(name, (word) => env.values.has(word), env.names)?.type !== 'expression') return part;
  const index = rule.expressions.findIndex((expression) => expression.name === name);
  const value = rule.expressions[index]?.value;
  if (value === undefined || !isQuestion(value)) return part;
  // An expression saw those above it only: what stands below could have the name of a field.
  const above = rule.expressions.slice(0, index).map((expression) => [expression.name, env.values.get(expression.name) ?? null] as const);
  const inner = { ...part, node: value, env: { ...env, values: new Map(above) } };
  return value.type === 'name' && meaningOf(value.name, (word) => inner.env.values.has(word), env.names)?.type !== 'expression'
    ? part
    : decisive(inner, rule);
}

type Found = { readonly node: Expression; readonly value: RuleValue };

/** What was compared: literals say their value themselves. */
function valuesIn(node: Expression, env: Environment): Answer<readonly Found[]> {
  const itself = () => after(evaluate(node, env), (value) => [{ node, value }]);
  switch (node.type) {
    case 'literal':
    case 'pattern':
    case 'duration':
      return [];
    case 'unary':
      return node.operator === 'not' ? valuesIn(node.operand, env) : itself();
    case 'chain': {
      if (node.level !== 'and' && node.level !== 'or') return itself();
      return fold<Expression, readonly Found[]>(partsOf(node), [], (found, part) =>
        found.length >= maxValues ? found : after(valuesIn(part, env), (more) => [...found, ...more]),
      );
    }
    case 'compare':
      return after(evaluate(node.left, env), (left): Answer<readonly Found[]> => {
        const shown = isPlain(node.left) ? [] : [{ node: node.left, value: left }];
        if (isPlain(node.right)) return shown;
        const name = node.right.type === 'name' && isKind(left, 'choice') && left.order.includes(node.right.name) ? node.right.name : null;
        return after(name ?? evaluate(node.right, env), (right) => [...shown, { node: node.right, value: right }]);
      });
    default:
      return itself();
  }
}

const isPlain = ({ type }: Expression) => type === 'literal' || type === 'pattern' || type === 'duration';
