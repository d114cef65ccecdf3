import { describe, expect, test } from 'vitest';
import { namesUsed } from '#language/names';
import { compileTemplate, LanguageError, render } from '#language/template';
import type { JsonValue } from '#language/value';
import { costOf, largeContext, mostMs } from './hostile.js';

const context = largeContext(100_000);

const many = (expression: string, times = 64_000) => {
  const count = Math.floor(times / (expression.length + 2));
  return `{{ [${Array.from({ length: count }, () => expression).join(', ')}] | length }}`;
};
const joined = (expression: string, between: string) =>
  `{{ ${Array.from({ length: Math.floor(64_000 / (expression.length + between.length)) }, () => expression).join(between)} }}`;

const rows: readonly (readonly [string, JsonValue])[] = [
  // Each of these is repeated as often as a text can hold it.
  ...[
    'not keys',
    'keys | length',
    'keys and 1',
    '1 if keys else 2',
    'keys == same',
    'keys == other',
    '[keys] == [same]',
    'keys | default(1, true)',
    '[keys] | select',
    '[keys] | reject',
    '[keys] | map("length")',
    '[keys, same] | unique',
    'keys is mapping',
    '"k1" in keys',
    'long in keys',
    'keys[long]',
    'list == list',
    'texts == texts',
    '99999 in list',
    '"x" in texts',
    'records[9] in records',
    'list + list',
    'list | sort',
    'list | sort(reverse=keys)',
    'texts | sort',
    'records | sort(attribute="name")',
    'pairs | sort',
    'texts | unique',
    'records | unique',
    'pairs | unique',
    'records | unique(attribute="tags")',
    'list | sum',
    'records | sum(attribute="id")',
    'list | min',
    'texts | max',
    'records | max(attribute="name")',
    'list | select',
    'list | reject("even")',
    'list | map("string")',
    'list | map("tojson")',
    'texts | map("upper")',
    'records | map(attribute="name")',
    'records | map(attribute="a.b.c.d.e.f")',
    'records | map(attribute=long)',
    'records | map("tojson")',
    'list | map(long)',
    'list | select(long)',
    'texts | join',
    'records | join("", attribute="name")',
    'list | first',
    'list | last',
    'long | first',
    'astral | last',
    'long | length',
    'astral | length',
    'long | lower',
    'letters | lower',
    'letters | upper',
    'spaces | trim',
    'long | trim("x")',
    '"x" | trim(long)',
    'long | trim(astral)',
    'long | replace("x", "yy")',
    'long | replace("y", long)',
    'long | replace(long, "")',
    'long | replace(near, "")',
    'words | split',
    'words | split(" ")',
    'long | split("x")',
    'astral | split("")',
    'long | split(near)',
    'near in long',
    'long in long',
    'long == long',
    'long < long',
    'digits | int',
    'digits | float',
    '1 | date(format)',
    'fraction | date | default(0)',
    'long | date',
    'long | string',
    'long | tojson',
    'quotes | tojson',
    'keys | tojson',
    'records | tojson',
    'deeper | tojson',
    'deepest | string',
    'deeper == deeper',
    'deepest == deepest',
    '[deep, deep] | unique',
    '[deeper] | unique',
    'long ~ long',
    'list ~ ""',
    'keys ~ ""',
    '1.005 | round(15)',
    '2 ** 0.5 ** 0.5',
    'standardize_status(long, keys)',
  ].map((expression): readonly [string, JsonValue] => [expression, many(expression)]),
  // What one slot yields, and many.
  ...['keys', 'records', 'pairs', 'texts', 'long', 'quotes', 'deep', 'deeper', 'deepest', '[keys, missing]', '[records, missing]'].flatMap(
    (name): readonly (readonly [string, JsonValue])[] => [
      [`{{ ${name} }}`, `{{ ${name} }}`],
      [`many {{ ${name} }}`, Array.from({ length: 5_000 }, () => `{{ ${name} }}`)],
      [`text {{ ${name} }}`, `{{ ${name} }}.`.repeat(Math.floor(64_000 / (name.length + 7)))],
    ],
  ),
  ['or', joined('missing', ' or ')],
  ['and keys', joined('keys', ' and ')],
  ['or not keys', joined('not keys', ' or ')],
  ['compare', joined('keys', ' == ')],
  ['chain of texts', joined('"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"', ' + ')],
  ['chain of lists', joined('[1]', ' + ')],
  ['chain of long lists', joined('list', ' + ')],
  ['concatenation', joined('list', ' ~ ')],
  ['power', joined('9', ' ** ')],
  ['filters over filters', `{{ list${' | map("string")'.repeat(150)} }}`],
  ['replaced again and again', `{{ "x"${" | replace('x', 'xxxxxxxx')".repeat(100)} }}`],
  ['split and joined again and again', `{{ words${" | split(' ') | join(' ')".repeat(60)} }}`],
  ['names', joined('a', ',').replace('{{', '{{ [').replace('}}', '] }}')],
  ['lines of names', joined('a', ',\n').replace('{{', '{{ [').replace('}}', '] }}')],
  ['paths', `{{ a${'.b'.repeat(199)} }}`],
  ['brackets', `{{ ${'('.repeat(30_000)}`],
  ['braces', '{'.repeat(65_000)],
  ['slots', '{{1}}'.repeat(13_000)],
  ['trimmed slots', `{{-1-}}${' '.repeat(3)}`.repeat(6_000)],
  ['many texts of slots', Array.from({ length: 50_000 }, () => '{{ 1 }}')],
  ['many long texts of slots', Array.from({ length: 16 }, () => '{{1}}'.repeat(13_000))],
  ['a long text', `{{ '${'a'.repeat(65_000)}' }}`],
  ['escapes', `{{ '${'\\u0041'.repeat(10_900)}' }}`],
  ['an open text', `{{ '${'\\'.repeat(65_000)}`],
  ['a long name', `{{ ${'a'.repeat(65_000)} }}`],
  ['a long filter', `{{ 1 | ${'a'.repeat(65_000)} }}`],
  ['a long number', `{{ ${'1'.repeat(65_000)} }}`],
  ['named arguments', `{{ 1 | round(${'method=1,'.repeat(7_000)}) }}`],
  ['entries', `{{ {${"'a':1,".repeat(10_000)}} }}`],
  ['conditionals', `{{ ${'1 if 0 else '.repeat(60)}2 }}`],
];

describe('hostile templates', () => {
  test.each(rows)('%s', (_, template) => {
    let longest = 0;
    const took = costOf(() => {
      try {
        const compiled = compileTemplate(template, { functions: ['standardize_status'] });
        namesUsed(compiled);
        render(compiled, context, { functions: { standardize_status: (value) => value } });
      } catch (error) {
        if (!(error instanceof LanguageError)) throw error;
        longest = error.message.length;
      }
    });
    expect(longest).toBeLessThan(1_000);
    expect(took).toBeLessThan(mostMs);
  });
});
