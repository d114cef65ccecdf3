import { type Fuel, spend, spendText } from './fuel.js';
import { filters } from './filters.js';
import { Fault, quoted } from './language-error.js';
import { type HostFunctions, functions, isFunctionName } from './functions.js';
import { calculate, isEqual, isIn, isTrue, order, textOf } from './operations.js';
import type { Node, Operator } from './syntax.js';
import { tests } from './tests.js';
import { memberOf, type ObjectValue, typeName, type Value } from './value.js';

/** What an expression is evaluated with. */
export interface Scope {
  readonly context: ObjectValue;
  readonly functions: HostFunctions;
  readonly fuel: Fuel;
}

/** What a call of a function costs. */
const callCost = 20;

/** The value of a checked expression. Throws {@link Fault}. */
export function evaluate(node: Node, scope: Scope): Value {
  const { context, fuel } = scope;
  spend(fuel, 1, node.at);
  switch (node.type) {
    case 'literal':
      return node.value;
    case 'name':
      return Object.hasOwn(context, node.name) ? context[node.name] : undefined;
    case 'member':
      return member(evaluate(node.object, scope), evaluate(node.key, scope), node.at, fuel);
    case 'list':
      return node.items.map((item) => evaluate(item, scope));
    case 'object':
      return Object.fromEntries(node.entries.map(([key, value]) => [textOf(evaluate(key, scope), fuel, key.at), evaluate(value, scope)]));
    case 'unary': {
      const value = evaluate(node.operand, scope);
      if (node.operator === 'not') return !isTrue(value, fuel, node.at);
      if (typeof value !== 'number') throw new Fault('TYPE', `${node.operator} does not go with ${typeName(value)}.`, node.at);
      return node.operator === '-' ? 0 - value : value;
    }
    case 'conditional':
      if (isTrue(evaluate(node.test, scope), fuel, node.at)) return evaluate(node.then, scope);
      return node.otherwise === null ? undefined : evaluate(node.otherwise, scope);
    case 'filter': {
      const filter = filters.get(node.name);
      if (filter === undefined) throw new Fault('UNKNOWN_FILTER', `There is no filter ${quoted(node.name)}.`, node.at);
      const input = evaluate(node.input, scope);
      return filter.apply(input, argumentsOf(node, filter.parameters, scope), { fuel, at: node.at });
    }
    case 'call': {
      const { name } = node;
      const called = isFunctionName(name) ? scope.functions[name] : undefined;
      if (called === undefined) throw new Fault('UNKNOWN_FUNCTION', `There is no function ${quoted(name)} here.`, node.at);
      spend(fuel, callCost, node.at);
      return called(...argumentsOf(node, functions.get(name)?.parameters ?? [], scope));
    }
    case 'test': {
      const test = tests.get(node.name);
      if (test === undefined) throw new Fault('UNKNOWN_TEST', `There is no test ${quoted(node.name)}.`, node.at);
      return test(evaluate(node.input, scope)) !== node.negated;
    }
    case 'chain':
      return chain(node, scope);
  }
}

function member(object: Value, key: Value, at: number, fuel: Fuel): Value {
  if (typeof key === 'string') spend(fuel, key.length >> 6, at);
  return memberOf(object, key);
}

function argumentsOf(node: Extract<Node, { type: 'filter' | 'call' }>, parameters: readonly string[], scope: Scope): readonly Value[] {
  const args = node.args.map((arg) => evaluate(arg, scope));
  for (const [name, value] of node.named) args[parameters.indexOf(name)] = evaluate(value, scope);
  return args;
}

function chain(node: Extract<Node, { type: 'chain' }>, scope: Scope): Value {
  const { fuel } = scope;
  let left = evaluate(node.first, scope);
  switch (node.level) {
    case 'or':
    case 'and':
      // The operand that decides, not a boolean: `a or b` is a value to fall back on.
      for (const { right } of node.rest) {
        if (isTrue(left, fuel, node.at) === (node.level === 'or')) break;
        left = evaluate(right, scope);
      }
      return left;
    case 'compare':
      // `a < b < c` is `a < b and b < c`.
      for (const { operator, right } of node.rest) {
        const value = evaluate(right, scope);
        if (!compare(operator, left, value, fuel, right.at)) return false;
        left = value;
      }
      return true;
    case 'concat': {
      const parts = [left, ...node.rest.map(({ right }) => evaluate(right, scope))].map((part) => textOf(part, fuel, node.at));
      spendText(
        fuel,
        parts.reduce((total, part) => total + part.length, 0),
        node.at,
      );
      return parts.join('');
    }
    case 'sum':
    case 'product':
    case 'power':
      for (const { operator, right } of node.rest) left = compute(operator, left, evaluate(right, scope), fuel, node.at);
      return left;
  }
}

function compare(operator: Operator, left: Value, right: Value, fuel: Fuel, at: number): boolean {
  switch (operator) {
    case '==':
      return isEqual(left, right, fuel, at);
    case '!=':
      return !isEqual(left, right, fuel, at);
    case 'in':
      return isIn(left, right, fuel, at);
    case 'not in':
      return !isIn(left, right, fuel, at);
    case '<':
      return order(left, right, fuel, at) === -1;
    case '>':
      return order(left, right, fuel, at) === 1;
    case '<=': {
      const result = order(left, right, fuel, at);
      return result !== null && result <= 0;
    }
    case '>=': {
      const result = order(left, right, fuel, at);
      return result !== null && result >= 0;
    }
    default:
      throw new Fault('SYNTAX', `${operator} compares nothing.`, at);
  }
}

function compute(operator: Operator, left: Value, right: Value, fuel: Fuel, at: number): Value {
  switch (operator) {
    case '+':
    case '-':
    case '*':
    case '/':
    case '//':
    case '%':
    case '**':
      return calculate(operator, left, right, fuel, at);
    default:
      throw new Fault('SYNTAX', `${operator} computes nothing.`, at);
  }
}
