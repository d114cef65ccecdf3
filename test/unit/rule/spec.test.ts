import fc from 'fast-check';
import { expect, test } from 'vitest';
import { linesOf, textOf, triggerKeyIn } from '#domain/rule/rule.spec';

const blank = fc.constantFrom('', ' ', '\t', '  ', '\u00a0');
const between = fc.constantFrom('\n', '\r\n', '\n\n', '\n \n');
const value = fc.constantFrom("'a: b'", '"it\'s"', "'two\nlines'", '1 + 2', 'subject', '[1,  2]', "x = 'a:b' then c else d");
const action = fc.constantFrom("add note 'a\nb: {{x}}'", 'set a.b = 1', "call webhook 'https://x.test/?a:b'", 'clear team');

test.each([
  ['expressions', value],
  ['actions', action],
] as const)('the lines of %s are those of their text, and their text says the same', (block, said) => {
  fc.assert(
    fc.property(fc.array(fc.tuple(blank, said, blank), { maxLength: 6 }), between, (given, ends) => {
      const text = given.map(([before, one, after], i) => `${before}e${String(i)}${after}:${before}${one}${after}`).join(ends);
      const lines = linesOf(block, { form: 'TEXT', text });
      expect(lines).toEqual(given.map(([, one], i) => ({ name: `e${String(i)}`, value: one })));
      expect(linesOf(block, { form: 'TEXT', text: textOf({ form: 'LIST', list: lines }) })).toEqual(lines);
    }),
  );
});

test('a trigger means the same however it is written', () => {
  expect([' ON  Status update ', 'on completion target update', 'After DELAY', 'whenever'].map(triggerKeyIn)).toEqual([
    'field:status',
    'field:completion_target',
    'delay',
    null,
  ]);
});
