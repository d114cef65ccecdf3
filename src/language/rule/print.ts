import { escaped, escapedLiteral, quote } from './quoted.js';
import type { Action, Change, ChainLevel, Expression, Field, Index, Rule, RuleText, Step } from './syntax.js';
import { printTrigger } from './trigger.js';

/** How tight an expression holds together. */
const levels = { choice: 0, or: 1, and: 2, not: 3, compare: 4, sum: 5, product: 6, sign: 7, path: 8, whole: 9 } as const;

/** Writes a literal text: within actions its braces could open a slot. */
type WriteText = (text: string) => string;
const inActions: WriteText = (text) => `'${escapedLiteral(text)}'`;

/** Writes a rule so that reading it gives the same tree: `parseRule(printRule(rule))` is `rule`, but for its places. */
export function printRule(rule: Pick<Rule, 'trigger' | 'expressions' | 'condition' | 'actions'>): RuleText {
  return {
    trigger: printTrigger(rule.trigger),
    expressions: rule.expressions.map(({ name, value }) => `${name}: ${printExpression(value)}`).join('\n'),
    condition: rule.condition === null ? '' : printExpression(rule.condition),
    actions: rule.actions.map(({ label, action }) => `${label}: ${printAction(action)}`).join('\n'),
  };
}

export function printExpression(node: Expression, write: WriteText = quote): string {
  const closed = (part: Expression, level: number) => {
    const text = printExpression(part, write);
    return levelOf(part) < level ? `(${text})` : text;
  };
  switch (node.type) {
    case 'literal':
      return printLiteral(node.value, write);
    case 'duration':
      return `${decimal(node.amount)}.${node.unit}${node.amount === 1 ? '' : 's'}${node.from === null ? '' : `.${node.from}`}`;
    case 'pattern':
      return `/${node.source}/`;
    case 'text':
      return `'${node.parts
        .map((part) =>
          typeof part === 'string' ? escapedLiteral(part) : `{{${part.mention ? '@' : ''}${escaped(printExpression(part.value))}}}`,
        )
        .join('')}'`;
    case 'name':
      return node.name;
    case 'call':
      return `${node.name}(${node.args.map((arg) => closed(arg, levels.choice)).join(', ')})`;
    case 'list':
      return `[${node.items.map((item) => closed(item, levels.choice)).join(', ')}]`;
    case 'path':
      return `${printFirst(node, closed)}${node.steps.map((step) => printStep(step, write)).join('')}`;
    case 'unary':
      return node.operator === 'not' ? `not ${closed(node.operand, levels.not)}` : `-${closed(node.operand, levels.path)}`;
    case 'chain': {
      const inner = levels[node.level] + 1;
      return [closed(node.first, inner), ...node.rest.flatMap(({ operator, right }) => [operator, closed(right, inner)])].join(' ');
    }
    case 'compare':
      return `${closed(node.left, levels.sum)} ${node.operator} ${closed(node.right, levels.sum)}`;
    case 'ternary':
      return `${closed(node.test, levels.or)} then ${closed(node.then, levels.choice)} else ${closed(node.otherwise, levels.choice)}`;
  }
}

function levelOf(node: Expression): number {
  switch (node.type) {
    case 'ternary':
      return levels.choice;
    case 'chain':
      return levels[node.level satisfies ChainLevel];
    case 'unary':
      return node.operator === 'not' ? levels.not : levels.sign;
    case 'compare':
      return levels.compare;
    case 'path':
      return levels.path;
    default:
      return levels.whole;
  }
}

function printFirst(node: Extract<Expression, { type: 'path' }>, closed: (part: Expression, level: number) => string): string {
  const text = closed(node.first, levels.whole);
  // `2.days.ago` would be one thing.
  return node.first.type === 'duration' ? `(${text})` : text;
}

function printStep(step: Step, write: WriteText): string {
  switch (step.type) {
    case 'field':
      return `.${step.name}`;
    case 'method':
      return `.${step.name}${step.args.length === 0 && step.name.endsWith('?') ? '' : `(${step.args.map((arg) => printExpression(arg, write)).join(', ')})`}`;
    case 'index':
      return `[${printIndex(step.index)}]`;
  }
}

function printIndex(index: Index): string {
  if (typeof index === 'object') return index.end;
  return typeof index === 'number' ? decimal(index) : quote(index);
}

function printLiteral(value: null | boolean | number | string, write: WriteText): string {
  if (value === null) return 'nil';
  if (typeof value === 'string') return write(value);
  return typeof value === 'number' ? decimal(value) : String(value);
}

/** Without an exponent, which the language does not have. */
function decimal(value: number): string {
  const [mantissa = '', exponent] = String(value).split('e');
  if (exponent === undefined) return mantissa;
  const [whole = '', fraction = ''] = mantissa.split('.');
  const shift = Number(exponent);
  return shift < 0 ? `0.${'0'.repeat(-shift - whole.length)}${whole}${fraction}` : `${whole}${fraction.padEnd(shift, '0')}`;
}

function printAction(action: Action): string {
  const write = (node: Expression) => printExpression(node, inActions);
  switch (action.type) {
    case 'change':
      return `${action.target === null ? '' : `update ${write(action.target)} `}${printChange(action.change, write)}`;
    case 'delay':
      return `after ${write(action.delay)} trigger ${quote(action.rule)}`;
    case 'webhook':
      return `call webhook ${quote(action.webhook)}${action.payload === null ? '' : ` with payload ${quote(action.payload.join(' '))}`}`;
    case 'email':
      return `send email to ${write(action.to)} subject ${write(action.subject)} body ${write(action.body)}`;
  }
}

function printChange(change: Change, write: (node: Expression) => string): string {
  switch (change.type) {
    case 'set':
      return `set ${printField(change.field)} ${change.equals ? '= ' : ''}${write(change.value)}`;
    case 'note':
      return `add note ${write(change.text)}`;
    case 'add':
      return `add ${write(change.value)} to ${printField(change.field)}`;
    case 'remove':
      return `remove ${write(change.value)} from ${printField(change.field)}`;
    case 'clear':
      return `clear ${printField(change.field)}`;
  }
}

const printField = (field: Field): string => field.names.join('.');
