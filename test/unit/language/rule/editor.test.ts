import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { methods } from '#language/rule/catalogue';
import { functions } from '#language/rule/functions';
import { type Completion, completeRule } from '#language/rule/complete';
import { hoverRule } from '#language/rule/hover';
import { maxBlock } from '#language/rule/parse';
import { blocks, type Block, type RuleText } from '#language/rule/syntax';
import { ruleText, typesFor } from './fixture.js';
import { hostileDrafts } from './hostile.js';

/** The bar is where the editor's cursor stands. */
function at(block: Block, marked: string, rest: Partial<RuleText> = {}) {
  const position = marked.indexOf('|');
  const text = ruleText({ ...rest, [block]: marked.replace('|', '') });
  return { text, block, position };
}

const rules = { ...typesFor('task'), rules: new Set(['Escalate', "Bob's rule"]) };

function complete(block: Block, marked: string, rest?: Partial<RuleText>, types = rules): readonly Completion[] {
  const { text, position } = at(block, marked, rest);
  return completeRule(text, block, position, types);
}

const labels = (found: readonly Completion[]) => found.map(({ label }) => label);

/** The text with the completion in it. */
function written(block: Block, marked: string, label: string, rest?: Partial<RuleText>): string {
  const { text } = at(block, marked, rest);
  const found = complete(block, marked, rest).find((completion) => completion.label === label);
  if (found === undefined) throw new Error(`${label} is not among ${labels(complete(block, marked, rest)).join(' ')}`);
  return text[block].slice(0, found.replace.from) + found.insertText + text[block].slice(found.replace.to);
}

const above = { expressions: 'request: workflow.requests[first]\nis_open: status < completed\nbroken: (\nlater: now' };

describe('what can be written', () => {
  test.each([
    // Names
    ['condition', 'req|', ['request']],
    ['condition', 'is_open and l|', ['later']],
    ['condition', 'tod|', ['today']],
    ['condition', 'rule_|', ['rule_app_instance']],
    ['condition', 'team_|', ['team_was']],
    ['condition', 'fin|', ['find', 'find_all']],
    ['condition', 'find(te|', ['team']],
    ['condition', 'now(te|', ['team', 'team_was']],
    ['condition', 'not n|', ['new', 'not', 'nil', 'now'].sort()],
    // Behind a dot
    ['condition', 'request.requested_for.man|', ['manager']],
    ['condition', 'workflow.tasks.te|', ['team']],
    ['condition', 'workflow.tasks.team.calendar.tar|', []],
    ['condition', 'team.calendar.|', ['id', 'name', 'target_at', 'duration'].sort()],
    ['condition', 'workflow.tasks[last].sub|', ['subject']],
    ['condition', "workflow.tasks['Install phone'].eff|", ['effort']],
    ['condition', 'find(person, 1).pri|', ['primary_email']],
    ['condition', 'find_all(person, 1).pri|', ['primary_email']],
    ['condition', '(request).im|', ['impact']],
    ['condition', 'subject.s|', ['size', 'slice', 'split', 'squeeze', 'strip', 'swapcase'].sort()],
    ['condition', 'workflow.tasks.s|', ['select', 'size', 'start_at', 'status', 'subject', 'sum'].sort()],
    ['condition', 'effort.|', ['blank?', 'empty?', 'present?']],
    ['condition', 'later.a|', []],
    ['condition', '2.d|', ['days']],
    ['condition', '2.days.|', ['ago', 'from_now']],
    ['condition', 'broken.|', ['select', 'reject'], 2],
    ['condition', 'subject.split(",").f|', ['first']],
    // Members
    ['condition', 'workflow.requests.select(imp|', ['impact']],
    ['condition', 'workflow.requests.select(requested_for.man|', ['manager']],
    ['condition', 'workflow.requests.select(impact = |', ['low', 'medium', 'high', 'top'], 4],
    ['condition', 'workflow.requests.map(workflow.tasks.select(eff|', ['effort', 'effort_was']],
    ['condition', 'workflow.requests.select(impact = low).imp|', ['impact']],
    // Values
    ['condition', 'status = a|', ['assigned', 'approved', 'approvals', 'approvals_was']],
    ['condition', 'request.impact != |', ['low', 'medium', 'high', 'top'], 4],
    ['condition', 'status in [registered, com|', ['completed']],
    ['condition', 'status_was = can|', ['canceled']],
    ['condition', 'subject = canc|', []],
    // Operators
    ['condition', 'status = assigned a|', ['and']],
    ['condition', 'status no|', ['not_in']],
    ['condition', 'workflow.tasks[l|', ['last']],
    // Where nothing can be told
    ['condition', '12|', []],
    ['condition', "'a|'", []],
    ['condition', 'a = "x"|', []],
    ['condition', 'workflow.tasks.nosuch.|', ['select', 'reject'], 2],
    ['expressions', 're|', []],
    ['expressions', 'a: eff|\nb: 1', ['effort', 'effort_was']],
    ['expressions', 'one: 1\nother: o|\nonly: 2', ['one']],
    ['expressions', "a: 'never closed\nb: eff|", ['effort', 'effort_was']],
    ['expressions', 'a: 1\nb: a and\nc: a.emp|', ['empty?']],
    // Actions
    ['actions', 'a1: |', ['set', 'add', 'remove', 'clear', 'update', 'after', 'call', 'send']],
    ['actions', 'a1: set st|', ['start_at', 'status']],
    ['actions', 'a1: set i|', []],
    ['actions', 'a1: set status |', ['=', 'registered'], 2],
    ['actions', 'a1: set status = can|', ['canceled']],
    ['actions', 'a1: set status can|', ['canceled']],
    ['actions', 'a1: update request s|', ['set', 'starts_with']],
    ['actions', 'a1: update req|', ['request']],
    ['actions', 'a1: update request set imp|', ['impact']],
    ['actions', 'a1: update workflow.requests set impact = |', ['low', 'medium', 'high', 'top'], 4],
    ['actions', 'a1: update request.requested_for set na|', ['name']],
    ['actions', 'a1: update request set custom_fields.|', []],
    ['actions', 'a1: add no|', ['note', 'not', 'now'].sort()],
    ['actions', 'a1: add find(ci, 1) t|', ['then', 'to']],
    ['actions', 'a1: add find(ci, 1) to c|', ['change', 'cis']],
    ['actions', 'a1: remove cis[first] f|', ['from']],
    ['actions', 'a1: remove cis[first] from c|', ['change', 'cis']],
    ['actions', 'a1: clear te|', ['team']],
    ['actions', 'a1: after 2.da|', ['days']],
    ['actions', 'a1: after 2.days t|', ['then', 'trigger']],
    ['actions', 'a1: after 2.days trigger |', ["Bob's rule", 'Escalate']],
    ['actions', "a1: after 2.days trigger 'E|'", ['Escalate']],
    ['actions', "a1: after 2.days trigger 'E|", ['Escalate']],
    ['actions', 'a1: call |', ['webhook']],
    ['actions', "a1: call webhook '|'", ['{app_offering_webhook}']],
    ['actions', "a1: call webhook 'x' w|", ['with']],
    ['actions', "a1: call webhook 'x' with |", ['payload']],
    ['actions', "a1: call webhook 'x' with payload 'later re|", ['request']],
    ['actions', 'a1: send email to request.requested_for s|', ['starts_with', 'subject']],
    ['actions', "a1: send email to team subject 'x' |", ['body']],
    ['actions', "a1: add note 'Hello {{request.requested_for.ma|}}'", ['manager']],
    ['actions', "a1: add note 'it\\'s {{@req|", ['request']],
    ['actions', "a1: add note '\\{{ req|", []],
    ['actions', "a1: add note '{{ later }} req|", []],
    ['actions', "a1: add note 'x'\na2: add note '{{ request }}\n\n{{ is_|\n'\na3: clear team", ['is_open']],
    // Triggers
    ['trigger', 'ON  sta|', ['on start at update', 'on status update']],
    ['trigger', 'a|', ['after delay']],
  ] as const)('%s %s', (block, marked, expected, first?: number) => {
    const found = labels(complete(block, marked, block === 'expressions' ? {} : above));
    expect(first === undefined ? [...found].sort() : found.slice(0, first)).toEqual(first === undefined ? [...expected].sort() : expected);
  });

  test.each([
    ['condition', 'imp| and x', 'request', null],
    ['condition', 'not req|uest and x', 'request', 'not request and x'],
    ['condition', 'fin|', 'find', 'find('],
    ['actions', 'a1: after 2.days trigger |', "Bob's rule", "a1: after 2.days trigger 'Bob\\'s rule'"],
    ['actions', "a1: after 2.days trigger 'B|\na2: clear team", "Bob's rule", "a1: after 2.days trigger 'Bob\\'s rule\na2: clear team"],
    ['actions', "a1: call webhook 'x' with payload 'la|x request'", 'later', "a1: call webhook 'x' with payload 'later request'"],
    ['actions', "a1: add note 'x{{ req| }}y'", 'request', "a1: add note 'x{{ request }}y'"],
    ['trigger', 'on st|', 'on status update', 'on status update'],
  ] as const)('%s %s becomes, with %s, %s', (block, marked, label, expected) => {
    if (expected === null) expect(labels(complete(block, marked, above))).not.toContain(label);
    else expect(written(block, marked, label, above)).toBe(expected);
  });

  test('with its type and what it means', () => {
    const find = (label: string, marked: string) => complete('condition', marked, above).find((found) => found.label === label);
    expect(find('effort', 'eff|')).toMatchObject({ kind: 'FIELD', detail: 'number' });
    expect(find('status_was', 'status_|')).toMatchObject({ kind: 'FIELD', documentation: 'What it was before the change.' });
    expect(find('request', 'req|')).toMatchObject({ kind: 'EXPRESSION', detail: 'request' });
    expect(find('is_open', 'is|')).toMatchObject({ kind: 'EXPRESSION', detail: 'boolean' });
    expect(find('slice', 'subject.sl|')).toMatchObject({ kind: 'FUNCTION', detail: 'slice(start, length)', insertText: 'slice(' });
    expect(find('assigned', 'status = as|')).toMatchObject({ kind: 'VALUE', detail: 'value of status' });
  });
});

describe('what stands there', () => {
  test.each([
    ['condition', 'not requ|est.impact', 'request EXPRESSION request 4-11'],
    ['condition', 'not |request.impact', 'request EXPRESSION request 4-11'],
    ['condition', 'not request|.impact', 'request EXPRESSION request 4-11'],
    ['condition', 'request.imp|act', 'impact FIELD one of low, medium, high, top 8-14'],
    ['condition', 'status = assi|gned', 'assigned VALUE value of status 9-17'],
    ['condition', 'subject = assi|gned', 'assigned VALUE value 10-18'],
    ['condition', 'team_w|as', 'team_was FIELD team 0-8'],
    ['condition', 'subject.sli|ce(1)', 'slice FUNCTION slice(start, length) 8-13'],
    ['condition', 'find(te|am, 9)', 'team TYPE type of records 5-9'],
    ['condition', '1.da|y.ago', 'day KEYWORD days 2-5'],
    ['condition', 'a no|t_in []', "not_in KEYWORD not_in ['a', 'b'] 2-8"],
    ['condition', 'nos|uch', 'nothing'],
    ['condition', "'req|uest'", 'nothing'],
    ['condition', '1 |+ 1', 'nothing'],
    ['expressions', 'request: workflow.requests[first]\nis_o|pen: 1', 'is_open EXPRESSION number 34-41'],
    ['actions', 'a1: up|date request set impact = high', 'update KEYWORD update record set field = value 4-10'],
    ['actions', 'a1: update request s|et impact = high', 'set KEYWORD set field = value 19-22'],
    ['actions', 'a1: update request set im|pact = high', 'impact FIELD one of low, medium, high, top 23-29'],
    ['actions', 'a1: update request set impact = hi|gh', 'high VALUE value of impact 32-36'],
    ['actions', "a1: add note 'to {{reques|t}}'", 'request EXPRESSION request 19-26'],
    ['actions', 'a|1: clear team', 'nothing'],
    [
      'trigger',
      'On Status|  update',
      'on status update KEYWORD one of registered, assigned, in_progress, completed, approved, canceled 0-17',
    ],
    ['trigger', 'on |', 'nothing'],
  ] as const)('%s %s', (block, marked, expected) => {
    const { text, position } = at(block, marked, above);
    const found = hoverRule(text, block, position, rules);
    expect(
      found === null ? 'nothing' : `${found.name} ${found.kind} ${found.type} ${String(found.range.from)}-${String(found.range.to)}`,
    ).toBe(expected);
  });
});

test('every function is described', () => {
  expect([...functions.keys(), 'select', 'reject', 'map'].filter((name) => !methods.has(name))).toEqual([]);
});

const inputs = Number(process.env['RULE_INPUTS'] ?? 10_000);

test(
  'an editor gets an answer for any text',
  () => {
    const piece = fc.constantFrom(
      ...[
        'a',
        ': ',
        'status',
        ' = ',
        "'",
        '"',
        '{{',
        '}}',
        '{{@',
        '\\',
        '(',
        ')',
        '[',
        ']',
        '.',
        ', ',
        '1',
        '.days',
        '/',
        '?',
        '!',
        '\n',
        '\r\n',
      ],
      ...[
        'a1: ',
        'workflow.',
        'tasks',
        '.select(',
        'update ',
        ' set ',
        'add ',
        'note ',
        ' to ',
        'after ',
        ' trigger ',
        'call webhook ',
        ' with payload ',
      ],
      ...['send email to ', ' subject ', ' body ', 'find(', 'team', '§', '😀', '\ud800', '\0', ' and ', ' in ', 'nil', '[first]'],
    );
    const text = fc.oneof(
      { weight: 4, arbitrary: fc.array(piece, { maxLength: 20 }).map((parts) => parts.join('')) },
      { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 30 }) },
    );
    const rule = fc.record({ expressions: text, condition: text, actions: text, trigger: text });
    fc.assert(
      fc.property(rule, fc.constantFrom(...blocks), fc.double({ min: 0, max: 1, noNaN: true }), (given, block, share) => {
        const position = Math.round(share * given[block].length);
        const outside = completeRule(given, block, position, rules).filter(
          ({ replace: { from, to }, label, insertText }) =>
            from > to || to > given[block].length || from > position || label === '' || insertText === '',
        );
        const hover = hoverRule(given, block, position, rules);
        const missed = hover !== null && block !== 'trigger' && (hover.range.from > position || hover.range.to < position);
        expect({ outside, missed }).toEqual({ outside: [], missed: false });
      }),
      // Each is asked two questions.
      { numRuns: Math.ceil(inputs / 2) },
    );
  },
  60_000 + inputs,
);

test.each(Object.entries(hostileDrafts))('64 kB of %s are answered at once', (_, long) => {
  const rule = ruleText({ expressions: long, condition: `${long.slice(0, maxBlock - 1)}a`, actions: long });
  for (const block of ['expressions', 'condition', 'actions'] as const) {
    const times = [1, 2, 3].map(() => {
      const started = performance.now();
      completeRule(rule, block, rule[block].length, rules);
      hoverRule(rule, block, rule[block].length, rules);
      return performance.now() - started;
    });
    // Two questions about two texts each; the fastest of three, for what else the machine does.
    expect(Math.min(...times)).toBeLessThan(400);
  }
});
