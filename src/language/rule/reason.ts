import { Fault } from '#language/language-error';
import { type Environment, evaluate } from './evaluate.js';
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
export async function reasonOf(rule: Rule, condition: Expression, env: Environment): Promise<Reason> {
  let part: Part = { node: condition, wanted: true, env };
  const values = new Map<string, RuleValue>();
  try {
    part = await decisive(part, rule);
    for (const { node, value } of await valuesIn(part.node, part.env)) {
      if (values.size < maxValues) values.set(shorten(printExpression(node)), value);
    }
  } catch (error) {
    // It may be that there is no fuel left to ask again.
    if (!(error instanceof RuleFault) && !(error instanceof Fault)) throw error;
  }
  const { node, wanted } = part;
  const text = printExpression(wanted ? node : { type: 'unary', at: node.at, operator: 'not', operand: node });
  return { text: shorten(text), values: [...values].map(([name, value]) => ({ text: name, value })) };
}

const shorten = (text: string) => (text.length > maxText ? `${text.slice(0, maxText)}…` : text);

async function decisive(part: Part, rule: Rule): Promise<Part> {
  const { node, wanted, env } = part;
  if (node.type === 'unary' && node.operator === 'not') return decisive({ ...part, node: node.operand, wanted: !wanted }, rule);
  // Only the part that ended it decided; where all of them were asked, all of them did.
  if (node.type === 'chain' && (wanted ? node.level === 'and' : node.level === 'or')) {
    for (const item of [node.first, ...node.rest.map(({ right }) => right)])
      if (isTruthy(await evaluate(item, env)) !== wanted) return decisive({ ...part, node: item }, rule);
  }
  return node.type === 'name' ? withinExpression(part, node.name, rule) : part;
}

/** The value of a path is the answer; what compares or joins goes on. */
const isQuestion = (node: Expression) =>
  node.type === 'compare' ||
  node.type === 'name' ||
  (node.type === 'unary' && node.operator === 'not') ||
  (node.type === 'chain' && (node.level === 'and' || node.level === 'or'));

async function withinExpression(part: Part, name: string, rule: Rule): Promise<Part> {
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
async function valuesIn(node: Expression, env: Environment): Promise<readonly Found[]> {
  switch (node.type) {
    case 'literal':
    case 'pattern':
    case 'duration':
      return [];
    case 'unary':
      return node.operator === 'not' ? valuesIn(node.operand, env) : [{ node, value: await evaluate(node, env) }];
    case 'chain': {
      if (node.level !== 'and' && node.level !== 'or') return [{ node, value: await evaluate(node, env) }];
      const found: Found[] = [];
      for (const part of [node.first, ...node.rest.map(({ right }) => right)]) {
        if (found.length >= maxValues) break;
        found.push(...(await valuesIn(part, env)));
      }
      return found;
    }
    case 'compare': {
      const left = await evaluate(node.left, env);
      const shown = isPlain(node.left) ? [] : [{ node: node.left, value: left }];
      if (isPlain(node.right)) return shown;
      const name = node.right.type === 'name' && isKind(left, 'choice') && left.order.includes(node.right.name) ? node.right.name : null;
      const right = name ?? (await evaluate(node.right, env));
      return [...shown, { node: node.right, value: right }];
    }
    default:
      return [{ node, value: await evaluate(node, env) }];
  }
}

const isPlain = ({ type }: Expression) => type === 'literal' || type === 'pattern' || type === 'duration';
