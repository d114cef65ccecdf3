import type { Node } from './syntax.js';

const whole: ReadonlySet<Node['type']> = new Set<Node['type']>(['literal', 'name', 'member', 'list', 'object', 'call']);

/** Writes an expression so that reading it gives the same expression: `parseExpression(printExpression(node))` is `node`. */
export function printExpression(node: Node): string {
  switch (node.type) {
    case 'literal':
      return printLiteral(node.value);
    case 'name':
      return node.name;
    case 'member':
      return `${closed(node.object)}[${printExpression(node.key)}]`;
    case 'list':
      return `[${node.items.map(printExpression).join(', ')}]`;
    case 'object':
      return `{${node.entries.map(([key, value]) => `${printExpression(key)}: ${printExpression(value)}`).join(', ')}}`;
    case 'unary':
      return node.operator === 'not' ? `not ${closed(node.operand)}` : `${node.operator}${closed(node.operand)}`;
    case 'chain':
      return [closed(node.first), ...node.rest.flatMap(({ operator, right }) => [operator, closed(right)])].join(' ');
    case 'conditional':
      return `${closed(node.then)} if ${closed(node.test)}${node.otherwise === null ? '' : ` else ${closed(node.otherwise)}`}`;
    case 'filter': {
      const args = printArguments(node);
      return `${closed(node.input)} | ${node.name}${args === '' ? '' : `(${args})`}`;
    }
    case 'call':
      return `${node.name}(${printArguments(node)})`;
    case 'test':
      return `${closed(node.input)} is ${node.negated ? 'not ' : ''}${node.name}`;
  }
}

function printArguments({ args, named }: Extract<Node, { type: 'filter' | 'call' }>): string {
  return [...args.map(printExpression), ...named.map(([name, value]) => `${name}=${printExpression(value)}`)].join(', ');
}

/** In brackets unless it holds together by itself. */
function closed(node: Node): string {
  const text = printExpression(node);
  return whole.has(node.type) ? text : `(${text})`;
}

function printLiteral(value: null | boolean | number | string): string {
  if (value === null) return 'none';
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}
