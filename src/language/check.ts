import { filters } from './filters.js';
import { type FunctionName, functions, isFunctionName, type Signature } from './functions.js';
import { Fault, quoted } from './language-error.js';
import { type Node, partsOf } from './syntax.js';
import { tests } from './tests.js';

/**
 * Throws a {@link Fault} for what can be known to be wrong before there is a context: names of filters, tests, functions and arguments.
 * Only the functions that the host will give may be called.
 */
export function checkExpression(node: Node, given: readonly FunctionName[]): void {
  if (node.type === 'test' && !tests.has(node.name))
    throw new Fault('UNKNOWN_TEST', `There is no test ${quoted(node.name)}. There are: ${[...tests.keys()].join(', ')}.`, node.at);
  if (node.type === 'filter') {
    const filter = filters.get(node.name);
    if (filter === undefined)
      throw new Fault('UNKNOWN_FILTER', `There is no filter ${quoted(node.name)}. There are: ${[...filters.keys()].join(', ')}.`, node.at);
    checkArguments(node, filter);
  }
  if (node.type === 'call') {
    const { name } = node;
    const signature = functions.get(name);
    if (signature === undefined || !isFunctionName(name) || !given.includes(name))
      throw new Fault(
        'UNKNOWN_FUNCTION',
        `There is no function ${quoted(name)} here; filters are written after a bar: value | upper`,
        node.at,
      );
    checkArguments(node, signature);
  }
  for (const part of partsOf(node)) checkExpression(part, given);
}

function checkArguments(node: Extract<Node, { type: 'filter' | 'call' }>, { parameters, required }: Signature): void {
  if (node.args.length > parameters.length)
    throw new Fault(
      'ARGUMENTS',
      `${node.name} takes ${parameters.length === 0 ? 'no arguments' : `at most ${String(parameters.length)}: ${parameters.join(', ')}`}.`,
      node.at,
    );
  const given = new Set(parameters.slice(0, node.args.length));
  for (const [name] of node.named) {
    if (!parameters.includes(name)) throw new Fault('ARGUMENTS', `${node.name} has no argument ${quoted(name)}.`, node.at);
    if (given.has(name)) throw new Fault('ARGUMENTS', `The argument ${quoted(name)} of ${node.name} is given twice.`, node.at);
    given.add(name);
  }
  const missing = parameters.slice(0, required).filter((name) => !given.has(name));
  if (missing.length > 0) throw new Fault('ARGUMENTS', `${node.name} also needs ${missing.join(', ')}.`, node.at);
}
