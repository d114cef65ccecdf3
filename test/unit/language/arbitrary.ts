import fc from 'fast-check';
import { chainOperators, type Node } from '#language/syntax';

/** What expressions are made of. */
export interface Words {
  readonly names: fc.Arbitrary<string>;
  readonly filters: fc.Arbitrary<string>;
  readonly tests: fc.Arbitrary<string>;
  readonly functions: fc.Arbitrary<string>;
  readonly argumentNames: fc.Arbitrary<string>;
  readonly texts: fc.Arbitrary<string>;
  readonly maxDepth: number;
}

export const safeText = fc.string({ unit: 'grapheme' }).filter((value) => !/\0|\p{Surrogate}/u.test(value));

/** Any expression that can be written, without its offsets. */
export function expressions({ names, filters, tests, functions, argumentNames, texts, maxDepth }: Words): fc.Arbitrary<Node> {
  const { node } = fc.letrec<{ node: object }>((tie) => {
    const inner = tie('node');
    const literal = fc.oneof(
      fc.constant(null),
      fc.boolean(),
      texts,
      fc.nat({ max: 10 }),
      fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }).map((number) => (Object.is(number, -0) ? 0 : number)),
    );
    const chain = (level: keyof typeof chainOperators) =>
      fc.record({
        type: fc.constant('chain'),
        level: fc.constant(level),
        first: inner,
        rest: fc.array(fc.record({ operator: fc.constantFrom(...chainOperators[level]), right: inner }), { minLength: 1, maxLength: 3 }),
      });
    const args = { args: fc.array(inner, { maxLength: 2 }), named: fc.array(fc.tuple(argumentNames, inner), { maxLength: 2 }) };
    return {
      node: fc.oneof(
        { maxDepth, depthIdentifier: 'node' },
        fc.record({ type: fc.constant('literal'), value: literal }),
        { arbitrary: fc.record({ type: fc.constant('name'), name: names }), weight: 3 },
        fc.record({ type: fc.constant('member'), object: inner, key: inner }),
        fc.record({ type: fc.constant('list'), items: fc.array(inner, { maxLength: 3 }) }),
        fc.record({ type: fc.constant('object'), entries: fc.array(fc.tuple(inner, inner), { maxLength: 3 }) }),
        fc.record({ type: fc.constant('unary'), operator: fc.constantFrom('not', '-', '+'), operand: inner }),
        ...(['or', 'and', 'compare', 'sum', 'concat', 'product', 'power'] as const).map(chain),
        fc.record({ type: fc.constant('conditional'), test: inner, then: inner, otherwise: fc.option(inner) }),
        { arbitrary: fc.record({ type: fc.constant('filter'), input: inner, name: filters, ...args }), weight: 6 },
        fc.record({ type: fc.constant('call'), name: functions, ...args }),
        fc.record({ type: fc.constant('test'), input: inner, name: tests, negated: fc.boolean() }),
      ),
    };
  });
  return node as fc.Arbitrary<Node>;
}
