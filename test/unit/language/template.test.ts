import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileTemplate, LanguageError, render } from '#language/template';
import type { JsonValue, ObjectValue } from '#language/value';
import { failure } from './refused.js';

const run = (template: JsonValue, context: ObjectValue = {}, limits = {}) => render(compileTemplate(template), context, limits);

describe('templates', () => {
  test('JSON without slots is itself', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        fc.pre(!JSON.stringify(value).includes('{{') && !JSON.stringify(value).includes('{%'));
        expect(run(value as JsonValue)).toEqual(value);
      }),
    );
  });

  test('a single slot yields any value of the context as it is', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        expect(run({ a: ['{{ it }}'] }, { it: value as JsonValue })).toEqual({ a: [value] });
      }),
    );
  });

  test('any text is compiled or refused, and what compiles renders or fails, with a place', () => {
    const pieces = fc.constantFrom(
      '{{',
      '}}',
      '{%',
      'a',
      'payload',
      '.',
      '[0]',
      ' | ',
      'upper',
      'join',
      'map',
      "('a')",
      'sort',
      ' + ',
      ' ~ ',
      ' * ',
      '9',
      "'x'",
      '[',
      ']',
      '{',
      '}',
      ' is none',
      ' in ',
      '\n',
      ' if ',
      ' else ',
      '-',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 30 }), (parts) => {
        try {
          run({ text: parts.join('') }, { payload: { a: ['x', 1, null] }, a: 2 });
        } catch (error) {
          expect(error).toBeInstanceOf(LanguageError);
          expect((error as LanguageError).path[0]).toBe('text');
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test('errors name the string, the line and the column', () => {
    expect(failure(() => compileTemplate({ a: ['fine', 'two\n  lines {{ 1 + }}'] }))).toMatchObject({
      code: 'SYNTAX',
      path: ['a', '1'],
      line: 2,
      column: 16,
    });
    expect(failure(() => compileTemplate({ a: '{{ x | nope }}' }))).toMatchObject({
      code: 'UNKNOWN_FILTER',
      path: ['a'],
      line: 1,
      column: 8,
      message: expect.stringContaining('nope'),
    });
    expect(failure(() => run({ 'a.b': [{ c: "{{ 1 + 'x' }}" }] }))).toMatchObject({ code: 'TYPE', path: ['a.b', '0', 'c'], line: 1 });
  });

  test('an open slot is refused where it opens', () => {
    expect(failure(() => compileTemplate('ab {{ x'))).toMatchObject({ code: 'SYNTAX', column: 6 });
  });

  test('prototypes cannot be reached or changed', () => {
    for (const path of [
      'constructor',
      '__proto__',
      'toString',
      "constructor['constructor']",
      'hasOwnProperty',
      'a.constructor',
      "list['map']",
      'list.length',
      'text.length',
      'text.at',
      'n.toFixed',
    ])
      expect(run(`{{ ${path} }}`, { a: {}, list: [1], text: 'x', n: 1 }), path).toBeNull();
    for (const filter of ['constructor', '__proto__', 'toString'])
      expect(failure(() => compileTemplate(`{{ a | ${filter} }}`)).code).toBe('UNKNOWN_FILTER');
    expect(run({ made: "{{ {'__proto__': {'polluted': 1}} }}", ['__proto__']: '{{ 1 }}' })).toMatchObject({});
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    expect(run("{{ [a] | map(attribute='constructor.name') }}", { a: {} })).toEqual([null]);
  });

  test('texts hold no NUL and no half of a character', () => {
    for (const text of [String.raw`\u0000`, String.raw`\x00`, String.raw`\ud800`])
      expect(failure(() => compileTemplate(`{{ '${text}' }}`)).code).toBe('SYNTAX');
    expect(run(String.raw`{{ '\ud83d\udc4b' | first }}`)).toBe('👋');
    expect(run(`{{ '👋a' | split('') }}`)).toEqual(['👋', 'a']);
  });
});

describe('hostile templates and payloads are bounded', () => {
  const long = 'x'.repeat(1_000_000);
  const list = Array.from({ length: 100_000 }, (_, i) => i);
  const deep = JSON.parse(`${'['.repeat(60)}1${']'.repeat(60)}`) as JsonValue;
  const context: ObjectValue = {
    long,
    list,
    deep,
    texts: Array.from({ length: 1_000 }, () => 'y'.repeat(1_000)),
    near: `${'x'.repeat(500_000)}y`,
  };

  test.each([
    ['text that doubles', `{{ ${Array.from({ length: 40 }, () => 'long').join(' ~ ')} }}`],
    ['a filter over a filter over a list', `{{ list${' | map("string")'.repeat(40)} }}`],
    ['comparing long lists', `{{ [${Array.from({ length: 12 }, () => 'list == list').join(', ')}] }}`],
    ['looking for a long text in a long text', '{{ near in long }}'],
    ['replacing with a long text', "{{ texts | join | replace('y', long) }}"],
    ['splitting into characters again and again', `{{ [${Array.from({ length: 60 }, () => "long | split('')").join(', ')}] }}`],
    ['many large values', { a: Array.from({ length: 5_000 }, () => '{{ list }}') }],
    ['JSON of large values', '{{ list | tojson }} {{ list | tojson }}'],
    ['digits that look like a number', "{{ (digits | int) ~ (digits | float) ~ ([digits] | map('int')) ~ long }}"],
  ] as const)('%s', (_, template) => {
    const compiled = compileTemplate(template);
    const start = performance.now();
    const { code } = failure(() => render(compiled, { ...context, digits: `${'1'.repeat(500_000)}x` }));
    expect(code).toMatch(/TOO_COSTLY|TOO_LARGE/);
    expect(performance.now() - start).toBeLessThan(1_500);
  });

  test('a large value passes through one slot, up to the limit of the result', () => {
    expect(run('{{ text }}', { text: 'x'.repeat(900_000) })).toHaveLength(900_000);
    expect(failure(() => run(['{{ text }}', '{{ text }}'], { text: 'x'.repeat(900_000) })).code).toBe('TOO_LARGE');
    expect(failure(() => run('{{ [1, 2] }}', {}, { size: 10 })).code).toBe('TOO_LARGE');
  });

  test('the fuel decides, not the clock', () => {
    const template = '{{ list | sum }}';
    expect(run(template, context)).toBe(4_999_950_000);
    expect(failure(() => run(template, context, { fuel: 1_000 })).code).toBe('TOO_COSTLY');
  });

  test('deep JSON is refused, and so is a long text with slots', () => {
    expect(failure(() => compileTemplate(JSON.parse(`${'['.repeat(100)}"{{ 1 }}"${']'.repeat(100)}`) as JsonValue)).code).toBe('TOO_DEEP');
    expect(failure(() => compileTemplate(`{{ 1 }}${'x'.repeat(70_000)}`)).code).toBe('TOO_LARGE');
  });

  test('many slots are read in time', () => {
    const start = performance.now();
    expect(run('{{- 1 -}} '.repeat(6_000))).toBe('1'.repeat(6_000));
    expect(performance.now() - start).toBeLessThan(1_000);
  });
});
