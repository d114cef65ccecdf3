import { type Fuel, spend, spendText } from './fuel.js';
import { filters } from './filters.js';
import { Fault } from './language-error.js';
import { calculate, isEqual, isIn, order, textOf } from './operations.js';
import type { Node, Operator } from './syntax.js';
import { tests } from './tests.js';
import { isTrue, memberOf, type ObjectValue, typeName, type Value } from './value.js';

/** The value of a checked expression in a context. Throws {@link Fault}. */
export function evaluate(node: Node, context: ObjectValue, fuel: Fuel): Value {
  spend(fuel, 1, node.at);
  switch (node.type) {
    case 'literal':
      return node.value;
    case 'name':
      return Object.hasOwn(context, node.name) ? context[node.name] : undefined;
    case 'member':
      return memberOf(evaluate(node.object, context, fuel), evaluate(node.key, context, fuel));
    case 'list':
      return node.items.map((item) => evaluate(item, context, fuel));
    case 'object':
      return Object.fromEntries(
        node.entries.map(([key, value]) => [textOf(evaluate(key, context, fuel), fuel, key.at), evaluate(value, context, fuel)]),
      );
    case 'unary': {
      const value = evaluate(node.operand, context, fuel);
      if (node.operator === 'not') return !isTrue(value);
      if (typeof value !== 'number') throw new Fault('TYPE', `${node.operator} does not go with ${typeName(value)}.`, node.at);
      return node.operator === '-' ? -value : value;
    }
    case 'conditional':
      if (isTrue(evaluate(node.test, context, fuel))) return evaluate(node.then, context, fuel);
      return node.otherwise === null ? undefined : evaluate(node.otherwise, context, fuel);
    case 'filter': {
      const filter = filters.get(node.name);
      if (filter === undefined) throw new Fault('UNKNOWN_FILTER', `There is no filter ${JSON.stringify(node.name)}.`, node.at);
      const input = evaluate(node.input, context, fuel);
      const args: Value[] = node.args.map((arg) => evaluate(arg, context, fuel));
      for (const [name, value] of node.named) args[filter.parameters.indexOf(name)] = evaluate(value, context, fuel);
      return filter.apply(input, args, { fuel, at: node.at });
    }
    case 'test': {
      const test = tests.get(node.name);
      if (test === undefined) throw new Fault('UNKNOWN_TEST', `There is no test ${JSON.stringify(node.name)}.`, node.at);
      return test(evaluate(node.input, context, fuel)) !== node.negated;
    }
    case 'chain':
      return chain(node, context, fuel);
  }
}

function chain(node: Extract<Node, { type: 'chain' }>, context: ObjectValue, fuel: Fuel): Value {
  let left = evaluate(node.first, context, fuel);
  switch (node.level) {
    case 'or':
    case 'and':
      // The operand that decides, not a boolean: `a or b` is a value to fall back on.
      for (const { right } of node.rest) {
        if (isTrue(left) === (node.level === 'or')) break;
        left = evaluate(right, context, fuel);
      }
      return left;
    case 'compare':
      // `a < b < c` is `a < b and b < c`.
      for (const { operator, right } of node.rest) {
        const value = evaluate(right, context, fuel);
        if (!compare(operator, left, value, fuel, right.at)) return false;
        left = value;
      }
      return true;
    case 'concat': {
      const parts = [left, ...node.rest.map(({ right }) => evaluate(right, context, fuel))].map((part) => textOf(part, fuel, node.at));
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
      for (const { operator, right } of node.rest) left = compute(operator, left, evaluate(right, context, fuel), fuel, node.at);
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
