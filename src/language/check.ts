import { filters } from './filters.js';
import { Fault } from './language-error.js';
import { type Node, partsOf } from './syntax.js';
import { tests } from './tests.js';

/** Throws a {@link Fault} for what can be known to be wrong before there is a context: names of filters, tests and arguments. */
export function checkExpression(node: Node): void {
  if (node.type === 'test' && !tests.has(node.name))
    throw new Fault('UNKNOWN_TEST', `There is no test “${node.name}”. There are: ${[...tests.keys()].join(', ')}.`, node.at);
  if (node.type === 'filter') checkFilter(node);
  for (const part of partsOf(node)) checkExpression(part);
}

function checkFilter(node: Extract<Node, { type: 'filter' }>): void {
  const filter = filters.get(node.name);
  if (filter === undefined)
    throw new Fault('UNKNOWN_FILTER', `There is no filter “${node.name}”. There are: ${[...filters.keys()].join(', ')}.`, node.at);
  const { parameters, required } = filter;
  if (node.args.length > parameters.length)
    throw new Fault(
      'ARGUMENTS',
      `${node.name} takes ${parameters.length === 0 ? 'no arguments' : `at most ${String(parameters.length)}: ${parameters.join(', ')}`}.`,
      node.at,
    );
  const given = new Set(parameters.slice(0, node.args.length));
  for (const [name] of node.named) {
    if (!parameters.includes(name)) throw new Fault('ARGUMENTS', `${node.name} has no argument “${name}”.`, node.at);
    if (given.has(name)) throw new Fault('ARGUMENTS', `The argument “${name}” of ${node.name} is given twice.`, node.at);
    given.add(name);
  }
  const missing = parameters.slice(0, required).filter((name) => !given.has(name));
  if (missing.length > 0) throw new Fault('ARGUMENTS', `${node.name} also needs ${missing.join(', ')}.`, node.at);
}
