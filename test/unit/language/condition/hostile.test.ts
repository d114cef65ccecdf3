import { describe, expect, test } from 'vitest';
import { compileConditions, type Condition, type ConditionOperator, meets } from '#language/condition/condition';
import { storeQuery } from '#language/condition/store-query';
import { LanguageError } from '#language/template';
import type { JsonValue } from '#language/value';
import { costOf, largeContext, mostMs } from '#test/unit/language/hostile';

const large = largeContext(100_000);
const context = { data: large, arguments: { ...large, commas: 'a,'.repeat(500_000), percents: 'x%'.repeat(30_000) } };

const rows: readonly (readonly [string, ConditionOperator, JsonValue])[] = [
  ['keys', 'eq', '{{ arguments.same }}'],
  ['keys', 'empty', null],
  ['keys', 'contains', '{{ arguments.long }}'],
  ['list', 'contains', -1],
  ['records', 'contains', { id: -1, name: 'n', tags: [] }],
  ['records', 'eq', '{{ arguments.records }}'],
  ['deeper', 'eq', '{{ arguments.deeper }}'],
  ['deepest', 'in', ['{{ arguments.deepest }}']],
  ['long', 'contains', '{{ arguments.near }}'],
  ['long', 'contains', '{{ arguments.long }}'],
  ['long', 'eq', '{{ arguments.long }}'],
  ['long', 'gt', '{{ arguments.long }}'],
  ['long', 'startsWith', '{{ arguments.long }}'],
  ['long', 'in', '{{ arguments.commas }}'],
  ['long', 'nin', '{{ arguments.texts }}'],
  ['digits', 'gt', 1],
  ['digits', 'eq', 1],
  ['fraction', 'lt', '2026-01-01'],
  ['fraction', 'between', ['{{ arguments.fraction }}', '{{ arguments.fraction }}']],
  ['long', 'like', `%${'x%'.repeat(400)}y`],
  ['long', 'like', '{{ arguments.percents }}'],
  ['long', 'like', `%${'_'.repeat(2_000)}y`],
  ['letters', 'like', '%Äß%Äß%ÄÄ'],
  ['long', 'regex', '(x+x+)+y'],
  ['long', 'regex', '^(?:x?){50}x{50}y?$'],
  ['long', 'regex', '(x|y)*x(x|y){60}$'],
  ['letters', 'regex', '(?i)äÄ'],
  ['astral', 'regex', '[^ ]{100}$'],
  ['words', 'regex', '\\b(?:a ){90}b'],
  ['long', 'regex', '{{ arguments.near }}'],
  ['list', 'regex', `${'[\\pL\\pN]{60}'.repeat(4)}$`],
  ['list', 'regex', '((\\pL{10}){10}){2}'],
  ['list', 'regex', '('.repeat(1_000)],
  ['list', 'regex', '{{ arguments.long }}'],
];

describe('hostile conditions', () => {
  test.each(rows)('%s %s %j', (field, operator, value) => {
    // As many of them as a list can hold, so that none is cheap because it is alone.
    const list: readonly Condition[] = Array.from({ length: 100 }, () => ({ field: `data.${field}`, operator, value }));
    for (const act of [() => meets(compileConditions(list), context), () => storeQuery(list, context)])
      expect(
        costOf(() => {
          try {
            act();
          } catch (error) {
            if (!(error instanceof LanguageError)) throw error;
            expect(error.message.length).toBeLessThan(1_000);
          }
        }),
      ).toBeLessThan(mostMs);
  });
});
