import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { maxBlock, parseRule } from '#language/rule/parse';
import { blocks } from '#language/rule/syntax';
import { placesOf, read, ruleText } from './fixture.js';
import { hostileRules } from './hostile.js';

test.each([
  [{ expressions: 'a: (1' }, ['expressions 1:6 SYNTAX']],
  [{ expressions: 'a: 1\nb: 1 +\nc: 2\nd: * 3' }, ['expressions 2:7 SYNTAX', 'expressions 4:4 SYNTAX']],
  [{ expressions: 'a: 1 = 2 = 3' }, ['expressions 1:10 SYNTAX']],
  [{ expressions: 'and: 1' }, ['expressions 1:1 SYNTAX']],
  [{ expressions: 'a 1' }, ['expressions 1:3 SYNTAX']],
  [{ expressions: 'a: 1\nb: § 2' }, ['expressions 2:4 SYNTAX']],
  [{ expressions: "a: 1\nb: 'open" }, ['expressions 2:4 SYNTAX']],
  [{ expressions: 'a: x[1.5]' }, ['expressions 1:6 SYNTAX']],
  [{ expressions: 'a: x[0]' }, ['expressions 1:6 TYPE']],
  [{ expressions: 'a: 1.5.months' }, ['expressions 1:4 TYPE']],
  [{ expressions: 'a: x =~ y' }, ['expressions 1:9 SYNTAX']],
  [{ expressions: 'a: x =~ /(/' }, ['expressions 1:9 SYNTAX']],
  [{ expressions: 'a: x =~ /b{2000}/' }, ['expressions 1:9 TOO_LONG']],
  [{ expressions: 'a: x.upcase(/b/)' }, ['expressions 1:13 SYNTAX']],
  [{ expressions: `a: ${'('.repeat(65)}1` }, ['expressions 1:68 TOO_LONG']],
  [{ condition: `${'!'.repeat(70)}a` }, ['condition 1:65 TOO_LONG']],
  [{ condition: 'a\nor' }, ['condition 2:3 SYNTAX']],
  [{ actions: 'a1: jump' }, ['actions 1:5 SYNTAX']],
  [{ actions: "a1: after 2 trigger 'x'" }, ['actions 1:5 SYNTAX']],
  [{ actions: "a1: after 2.days.ago trigger 'x'" }, ['actions 1:5 SYNTAX']],
  [{ actions: "a1: add note '{{ a'" }, ['actions 1:15 SYNTAX']],
  [{ actions: "a1: add note 'x'\na2: add note 'a \\'b\\' {{ a + }}'" }, ['actions 2:30 SYNTAX']],
  [{ actions: 'a1: clear x\na1: clear y' }, ['actions 2:1 DUPLICATE_NAME']],
  [{ trigger: 'on delete' }, ['trigger 1:1 UNKNOWN_TRIGGER']],
  [{ trigger: '' }, ['trigger 1:1 UNKNOWN_TRIGGER']],
  [{ trigger: `on ${'x'.repeat(130)} update` }, ['trigger 1:1 TOO_LONG']],
  [{ condition: 'é'.repeat(maxBlock / 2 + 1) }, ['condition 1:1 TOO_LONG']],
  [
    { trigger: 'never', expressions: 'a:', condition: '(', actions: 'x' },
    ['trigger 1:1 UNKNOWN_TRIGGER', 'expressions 1:3 SYNTAX', 'condition 1:2 SYNTAX', 'actions 1:2 SYNTAX'],
  ],
] as const)('%j has its faults in their places', (rule, places) => {
  expect(placesOf(rule)).toEqual(places);
});

describe('names', () => {
  test.each([
    [{ expressions: 'a: b\nb: 1' }, ['expressions 1:4 FORWARD_REFERENCE']],
    [{ expressions: 'a: a' }, ['expressions 1:4 FORWARD_REFERENCE']],
    [{ expressions: 'a: 5.seconds' }, ['expressions 1:4 TYPE']],
    [{ expressions: 'a: status\nstatus: 1' }, []],
    [{ expressions: 'a: nosuch' }, ['expressions 1:4 UNKNOWN_NAME']],
    [{ expressions: 'a: requested_for.nosuch' }, ['expressions 1:18 UNKNOWN_FIELD']],
    [{ expressions: 'a: requested_for.manager.manager.name.upcase' }, []],
    [{ expressions: 'a: workflow.tasks.team.name\nb: workflow.tasks.nosuch' }, ['expressions 2:19 UNKNOWN_FIELD']],
    [{ expressions: 'a: workflow.tasks.select(effort > 1 and impact = high)' }, []],
    [{ expressions: 'a: workflow.tasks.select(nosuch)' }, ['expressions 1:26 UNKNOWN_NAME']],
    [{ expressions: 'a: custom_fields.any.thing\nb: custom_fields.list.select(any = 1)' }, []],
    [{ expressions: 'a: status_was = completed and impact_was != top' }, []],
    [{ expressions: 'a: nosuch_was' }, ['expressions 1:4 UNKNOWN_NAME']],
    [{ expressions: 'a: find(nosuch, 1)' }, ['expressions 1:9 UNKNOWN_NAME']],
    [{ expressions: 'a: find(team)' }, ['expressions 1:4 TYPE']],
    [{ expressions: 'a: search(team, 1)' }, ['expressions 1:4 UNKNOWN_NAME']],
    [{ expressions: 'a: subject.shout()' }, ['expressions 1:12 UNKNOWN_NAME']],
    [{ expressions: 'a: subject.slice()' }, ['expressions 1:12 TYPE']],
    [{ condition: 'now > today and current_user = nil and nosuch' }, ['condition 1:40 UNKNOWN_NAME']],
    [{ actions: "a1: add note 'x'\na2: add note 'to {{ nosuch }}'" }, ['actions 2:21 UNKNOWN_NAME']],
    [{ expressions: 'a: 1', actions: "a1: call webhook 'x' with payload 'a b'" }, ['actions 1:35 UNKNOWN_NAME']],
    [{ actions: 'a1: update workflow.tasks set impact = high' }, ['actions 1:31 UNKNOWN_FIELD']],
    [{ actions: 'a1: set custom_fields.any = 1\na2: set team.name = 1' }, ['actions 2:9 UNKNOWN_FIELD']],
    [{ trigger: 'on impact update' }, []],
    [{ trigger: 'on nosuch update' }, ['trigger 1:1 UNKNOWN_TRIGGER']],
  ] as const)('%j', (rule, places) => {
    expect(placesOf(rule, 'request')).toEqual(places);
  });
});

test('a text of an action may go over lines', () => {
  const { actions } = read({ actions: "a1: add note 'one\r\ntwo\n\nthree'\n\na2: clear x" });
  expect(actions).toMatchObject([{ action: { change: { text: { value: 'one\r\ntwo\n\nthree' } } } }, { label: 'a2' }]);
});

test('a text without its own slots is literal', () => {
  expect(read({ expressions: "a: '{{ x }}'", actions: "a1: add note '\\{{ x }}'" })).toMatchObject({
    expressions: [{ value: { type: 'literal', value: '{{ x }}' } }],
    actions: [{ action: { change: { text: { type: 'literal', value: '{{ x }}' } } } }],
  });
});

test('words of actions are names elsewhere', () => {
  const { actions } = read({ expressions: 'from: 1\nnote: from\nset: first', actions: 'to: add note to notes\nadd: set from = note' });
  expect(actions.map(({ label }) => label)).toEqual(['to', 'add']);
});

/** Texts that are tried. A long run takes a million. */
const inputs = Number(process.env['RULE_INPUTS'] ?? 10_000);

test(
  'any text is read or refused in its place',
  () => {
    const pieces = fc.constantFrom(
      ...[
        'a',
        ': ',
        'status',
        ' = ',
        "'",
        '"',
        '{{',
        '}}',
        '\\',
        '(',
        ')',
        '[',
        ']',
        '.',
        ',',
        '1',
        '0.5',
        '.days',
        '.ago',
        '/',
        ' =~ /',
        '?',
        '!',
      ],
      ...[
        '\n',
        '\r',
        ' then ',
        ' else ',
        ' and ',
        ' not ',
        ' in ',
        ' not_in ',
        'nil',
        'first',
        '.empty?',
        '@',
        '§',
        '\u2028',
        '😀',
        '\ud800',
      ],
      ...[
        'update ',
        'set ',
        'add ',
        'note ',
        ' to ',
        'after ',
        ' trigger ',
        'call webhook ',
        ' with payload ',
        '.split(/',
        'a1: ',
        'x.y',
        '-',
        '*=',
      ],
    );
    const text = fc.oneof(
      fc.array(pieces, { maxLength: 20 }).map((parts) => parts.join('')),
      fc.string({ unit: 'binary', maxLength: 30 }),
    );
    fc.assert(
      fc.property(fc.record({ expressions: text, condition: text, actions: text, trigger: fc.constant('on create') }), (rule) => {
        const parsed = parseRule(rule);
        if (parsed.ok) return;
        expect(parsed.errors.length).toBeGreaterThan(0);
        for (const { block, line, column } of parsed.errors) {
          expect(blocks).toContain(block);
          const lines = rule[block].split('\n');
          expect(line).toBeLessThanOrEqual(lines.length);
          expect(column).toBeLessThanOrEqual((lines[line - 1] ?? '').length + 1);
        }
      }),
      { numRuns: Math.ceil(inputs / 3) },
    );
  },
  30_000 + inputs,
);

test.each(Object.entries(hostileRules))('64 kB of %s are answered at once', (_, text) => {
  parseRule(ruleText({}));
  const times = [1, 2, 3].map(() => {
    const started = performance.now();
    parseRule(ruleText({ expressions: text }));
    parseRule(ruleText({ actions: text }));
    return performance.now() - started;
  });
  // Two texts each. The fastest of three, for what else the machine does; what is quadratic takes seconds.
  expect(Math.min(...times)).toBeLessThan(400);
});
