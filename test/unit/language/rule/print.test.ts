import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatRule, parseRule } from '#language/rule/parse';
import { printRule } from '#language/rule/print';
import { chainOperators, compareOperators, type Rule, units } from '#language/rule/syntax';
import { ruleText } from './fixture.js';

const reserved = new Set([
  'or',
  'and',
  'not',
  'then',
  'else',
  'true',
  'false',
  'nil',
  'not_in',
  'in',
  'contains',
  'starts_with',
  'ends_with',
]);
const word = fc.oneof(
  fc.stringMatching(/^[a-z_][a-z0-9_]{0,8}$/),
  fc.constantFrom('note', 'to', 'from', 'set', 'update', 'add', 'first', 'find'),
);
const name = word.filter((text) => !reserved.has(text));
const text = fc
  .oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: fc.constantFrom('{', '}', '\\', "'", '"', '@', '\n', 'a') }))
  .filter((value) => !/\0|\p{Surrogate}/u.test(value));
const number = fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }).map((value) => (Object.is(value, -0) ? 0 : value));
const duration = fc.oneof(
  fc.record({ type: fc.constant('duration'), amount: fc.nat(1_000), unit: fc.constantFrom(...units), from: fc.constant(null) }),
);
const field = fc.record({ names: fc.tuple(name, fc.array(word, { maxLength: 2 })).map(([first, rest]) => [first, ...rest]) });

/** Any expression that can be written, without its places. In actions, quoted texts may have slots. */
const nodes = (inActions: boolean) =>
  fc.letrec<{ node: object; slot: object }>((tie) => {
    const inner = tie('node');
    const args = fc.array(inner, { maxLength: 2 });
    const step = fc.oneof(
      fc.record({ type: fc.constant('field'), name: word.filter((found) => !units.some((unit) => found.startsWith(unit))) }),
      fc.record({ type: fc.constant('method'), name: word, args }),
      fc.record({ type: fc.constant('method'), name: fc.constantFrom('empty?', 'include?'), args }),
      fc.record({
        type: fc.constant('method'),
        name: fc.constant('split'),
        args: fc.constant([{ type: 'pattern', source: '[,/|]\\/a+' }]),
      }),
      fc.record({
        type: fc.constant('index'),
        index: fc.oneof(fc.integer({ min: 1, max: 99 }), text, fc.constantFrom({ end: 'first' }, { end: 'last' })),
      }),
    );
    const chain = (level: keyof typeof chainOperators) =>
      fc.record({
        type: fc.constant('chain'),
        level: fc.constant(level),
        first: inner,
        rest: fc.array(fc.record({ operator: fc.constantFrom(...chainOperators[level]), right: inner }), { minLength: 1, maxLength: 3 }),
      });
    const slot = fc.record({ mention: fc.boolean(), value: inSlots });
    const filled = fc
      .tuple(fc.array(fc.tuple(text, slot), { minLength: 1, maxLength: 2 }), text)
      .map(([slots, end]) => ({ type: 'text', parts: [...slots.flat(), end].filter((part) => part !== '') }));
    return {
      slot: inSlots,
      node: fc.oneof(
        { maxDepth: 4, depthIdentifier: `node${String(inActions)}` },
        fc.record({ type: fc.constant('literal'), value: fc.oneof(fc.constant(null), fc.boolean(), number, text) }),
        fc.record({ type: fc.constant('name'), name }),
        duration,
        fc.record({
          ...{ type: fc.constant('duration'), amount: fc.nat(9), unit: fc.constantFrom(...units) },
          from: fc.constantFrom('ago', 'from_now'),
        }),
        fc.record({ type: fc.constant('call'), name, args }),
        fc.record({ type: fc.constant('list'), items: fc.array(inner, { maxLength: 3 }) }),
        fc.record({ type: fc.constant('path'), first: inner, steps: fc.array(step, { minLength: 1, maxLength: 3 }) }),
        fc.record({ type: fc.constant('unary'), operator: fc.constantFrom('not', '-'), operand: inner }),
        ...(['or', 'and', 'sum', 'product'] as const).map(chain),
        fc.record({
          type: fc.constant('compare'),
          operator: fc.constantFrom(...compareOperators.filter((operator) => operator !== '=~')),
          left: inner,
          right: inner,
        }),
        fc.record({
          type: fc.constant('compare'),
          operator: fc.constant('=~'),
          left: inner,
          right: fc.constant({ type: 'pattern', source: 'a|b' }),
        }),
        fc.record({ type: fc.constant('ternary'), test: inner, then: inner, otherwise: inner }),
        ...(inActions ? [filled] : []),
      ),
    };
  });
const inSlots: fc.Arbitrary<object> = fc.constantFrom(
  { type: 'name', name: 'person' },
  { type: 'literal', value: "}} {{ ' \\" },
  { type: 'compare', operator: '=', left: { type: 'literal', value: '"' }, right: { type: 'literal', value: 1 } },
);
const expression = nodes(false).node;
const inAction = nodes(true).node;
const noteText = inAction.filter((node) => 'type' in node && (node.type === 'text' || ('value' in node && typeof node.value === 'string')));
const change = fc.oneof(
  fc.record({ type: fc.constant('set'), field, equals: fc.boolean(), value: inAction }),
  fc.record({ type: fc.constant('note'), text: noteText }),
  fc.record({ type: fc.constantFrom('add', 'remove'), value: inAction, field }),
  fc.record({ type: fc.constant('clear'), field }),
);
const action = fc.oneof(
  fc.record({ type: fc.constant('change'), target: fc.option(inAction), change }),
  fc.record({ type: fc.constant('delay'), delay: duration, rule: text }),
  fc.record({ type: fc.constant('webhook'), webhook: text, payload: fc.option(fc.array(name, { maxLength: 3 })) }),
  fc.record({ type: fc.constant('email'), to: inAction, subject: noteText, body: noteText }),
);
const rule = fc.record({
  trigger: fc.oneof(
    fc.record({ type: fc.constantFrom('create', 'update', 'note', 'delay') }),
    fc.record({ type: fc.constant('field'), field: fc.constantFrom('status', 'completion_target') }),
  ),
  expressions: fc.uniqueArray(fc.record({ name, value: expression }), { selector: (item) => item.name, maxLength: 3 }),
  condition: fc.option(expression),
  actions: fc.uniqueArray(fc.record({ label: name, action }), { selector: (item) => item.label, maxLength: 3 }),
});

const withoutPlaces = (tree: unknown): unknown =>
  JSON.parse(JSON.stringify(tree, (key, value: unknown) => (key === 'at' || key === 'payloadAt' || key === 'text_' ? undefined : value)));

test('reading what was printed gives the same rule', () => {
  fc.assert(
    fc.property(rule, (generated) => {
      const printed = printRule(generated as unknown as Rule);
      const parsed = parseRule(printed);
      if (!parsed.ok) throw new Error(`${JSON.stringify(printed)} ${JSON.stringify(parsed.errors)}`);
      const { trigger, expressions, condition, actions } = parsed.tree;
      expect(withoutPlaces({ trigger, expressions, condition, actions })).toEqual(withoutPlaces(generated));
    }),
    { numRuns: 300 },
  );
});

test.each([
  ['on  STATUS update', 'on status update'],
  ['On Completion Target Update', 'on completion target update'],
  ['after delay', 'after delay'],
])('the trigger %s is written %s', (given, printed) => {
  expect(formatRule(ruleText({ trigger: given }))).toMatchObject({ tree: { trigger: printed } });
});

test('a rule is written with one blank between its words, and as it was where that means something', () => {
  const given = {
    expressions: '\n  a :1+2*( 3 )\r\n\nb: !a?1.hour:((2.days.ago))',
    condition: 'a\nand b',
    actions: `a1:set  subject "it's"\na2: set subject='{{ a }}'`,
  };
  expect(formatRule(ruleText(given))).toMatchObject({
    tree: {
      expressions: 'a: 1 + 2 * 3\nb: not a then 1.hour else 2.days.ago',
      condition: 'a and b',
      actions: "a1: set subject 'it\\'s'\na2: set subject = '{{a}}'",
    },
  });
});
