import type { IToken } from 'chevrotain';
import { shapeOf, type Surroundings } from './infer.js';
import { labelOf, linesIn } from './lines.js';
import { maxPatterns } from './nodes.js';
import { expressionOf, looseTokens, maxLines } from './parse.js';
import { namesOf } from './scope.js';
import type { Shape } from './shape.js';
import type { Block, RuleText } from './syntax.js';
import type { RuleTypes } from './world.js';

/** What finding out about one position may read, in words and signs. Beyond it, nothing is known of the values. */
const maxRead = 4_000;
/** How far expressions are followed that name each other. */
const maxNested = 50;

/** A rule that is being written: what can be known of it, found out when it is asked for. */
export interface Draft {
  readonly surroundings: Surroundings;
  /** What some words and signs make; null where they make nothing, or nothing known. */
  read(tokens: readonly IToken[], members?: readonly Shape[]): Shape;
}

/** In the block of expressions, those above the line count that `position` is in. */
export function draftOf(text: RuleText, block: Block, position: number, types: RuleTypes): Draft {
  const budget = { patterns: maxPatterns, words: maxRead };
  const visible = linesIn(text.expressions)
    .filter(({ end }) => block !== 'expressions' || end < position)
    .slice(-maxLines)
    .flatMap((line) => {
      const found = labelOf(text.expressions, line);
      return found === null ? [] : [{ ...found, line }];
    });
  const shapes = new Map<string, Shape>();
  const order = new Map(visible.map(({ name }, i) => [name, i]));
  let nested = 0;
  const surroundings = (limit: number): Surroundings => ({
    names: namesOf(types),
    known: {
      has: (name) => (order.get(name) ?? limit) < limit,
      get: (name) => shapeOfExpression(name),
    },
    all: new Set(),
    members: [],
    report: () => undefined,
  });
  const shapeOfExpression = (name: string): Shape => {
    const found = shapes.get(name);
    if (found !== undefined) return found;
    const index = order.get(name);
    const line = index === undefined ? undefined : visible[index];
    if (index === undefined || line === undefined || nested >= maxNested) return null;
    nested++;
    const long = line.line.bare > budget.words;
    const node = long ? null : expressionOf(looseTokens(text.expressions.slice(line.value, line.line.end)), budget);
    const shape = node === null ? null : shapeOf(node, surroundings(index));
    nested--;
    shapes.set(name, shape);
    return shape;
  };
  const whole: Surroundings = { ...surroundings(visible.length), all: new Set(visible.map(({ name }) => name)) };
  return {
    surroundings: whole,
    read: (tokens, members = []) => {
      const node = expressionOf(tokens, budget);
      return node === null ? null : shapeOf(node, { ...whole, members });
    },
  };
}
