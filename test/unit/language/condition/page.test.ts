import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Condition, type ConditionOperator, compileConditions, meets } from '#language/condition/condition';
import { storeQuery } from '#language/condition/store-query';
import { LanguageError } from '#language/template';
import type { HostFunctions } from '#language/functions';
import type { JsonValue, ObjectValue } from '#language/value';

const page = readFileSync('docs/conditions.md', 'utf8');
const blocks = (kind: string) => [...page.matchAll(new RegExp(`^\`\`\`${kind}\n([\\s\\S]*?)^\`\`\``, 'gm'))].map((found) => found[1] ?? '');
const lines = (kind: string) => blocks(kind).flatMap((block) => block.split('\n').filter((line) => line !== ''));
const context = JSON.parse(blocks('json context')[0] ?? '') as ObjectValue;
const examples = lines('examples');
const functions: HostFunctions = {
  standardize_status: (value, blueprint) => (value === 'Checkout' && blueprint === 'service' ? 'AT_THE_TILL' : undefined),
};

/** `field operator value`, one condition or a list of them. */
function conditionsOf(text: string): readonly Condition[] {
  if (text.startsWith('[')) return JSON.parse(text) as readonly Condition[];
  if (text.startsWith('{"')) return [JSON.parse(text) as Condition];
  const [, field = '', operator = '', value] =
    /^(.+) (is|(?!null$|true$|false$)[a-z]{2,}(?:With|In)?)(?: (null|true|false|[\d["{].*))?$/.exec(text) ?? [];
  return [{ field, operator: operator as ConditionOperator, ...(value === undefined ? {} : { value: JSON.parse(value) as JsonValue }) }];
}

function outcome<T>(act: () => T): T | string {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof LanguageError)) throw error;
    return `error ${error.code} at ${error.path.join('.')} ${String(error.line)}:${String(error.column)}`;
  }
}

const expectation = (text: string): unknown => (text.startsWith('error ') ? text : JSON.parse(text));

describe('the examples of docs/conditions.md', () => {
  test('there are as many as the page shows', () => {
    expect(examples.length).toBeGreaterThan(110);
    expect(lines('store').length).toBeGreaterThan(8);
  });

  test.each(examples)('%s', (example) => {
    const [list = '', expected = ''] = example.split(' → ');
    expect(outcome(() => meets(compileConditions(conditionsOf(list)), context, { functions }).met)).toEqual(expectation(expected));
  });

  test.each(lines('tried'))('%s', (example) => {
    const [list = '', expected = ''] = example.split(' → ');
    const { tried } = meets(compileConditions(conditionsOf(list)), context);
    const told = tried.map(
      (one) => `${one.field} ${one.operator} ${JSON.stringify(one.expected)}: ${JSON.stringify(one.actual)} ${one.met ? 'met' : 'not met'}`,
    );
    expect(told.join('; ')).toBe(expected);
  });

  test.each(lines('store'))('%s', (example) => {
    const [list = '', expected = ''] = example.split(' → ');
    expect(outcome(() => storeQuery(conditionsOf(list), context))).toEqual(expectation(expected));
  });
});
