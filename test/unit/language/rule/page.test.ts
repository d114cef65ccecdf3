import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { RuleText } from '#language/rule/syntax';
import { effects, errorsOf, run, shown, t1, worldFor } from './fixture.js';

const page = readFileSync('docs/rules.md', 'utf8');
const blocks = (kind: string) => [...page.matchAll(new RegExp(`^\`\`\`${kind}\n([\\s\\S]*?)^\`\`\``, 'gm'))].map((found) => found[1] ?? '');
const lines = (kind: string) => blocks(kind).flatMap((block) => block.split('\n').filter((line) => line !== ''));
const examples = lines('examples');
const actions = lines('actions');
const world = worldFor(t1);

const problem = (rule: Partial<RuleText>) => errorsOf(rule, 'task')[0]?.code;

async function outcome(expression: string): Promise<string> {
  const rule = { expressions: `value: ${expression}` };
  const code = problem(rule);
  if (code !== undefined) return `error ${code}`;
  const { status, values, ...rest } = await run(rule, world);
  if (status === 'FAILED' && 'error' in rest) return `error ${rest.error.code}`;
  const value = values[0]?.value ?? null;
  return value === null ? 'nil' : shown(value);
}

describe('the examples of docs/rules.md', () => {
  test('there are as many as the page shows', () => {
    expect(examples.length).toBeGreaterThan(80);
    expect(actions.length).toBeGreaterThan(10);
  });

  test.each(examples)('%s', async (example) => {
    const [expression = '', expected = ''] = example.split(' → ');
    expect(await outcome(expression)).toBe(JSON.parse(expected));
  });

  test.each(actions)('%s', async (example) => {
    const [action = '', expected = ''] = example.split(' → ');
    const rule = { actions: `a1: ${action}` };
    const code = problem(rule);
    expect(code === undefined ? (await effects(rule, world)).join('; ') : `error ${code}`).toBe(expected);
  });

  test.each(lines('reasons'))('%s', async (example) => {
    const [condition = '', expected = ''] = example.split(' → ');
    const found = await run({ condition }, world);
    if (found.status !== 'NOT_MET') throw new Error(found.status);
    const values = found.failed.values.map(({ text, value }) => `${text} is ${value === null ? 'nil' : shown(value)}`);
    expect(`${found.failed.text}: ${values.join(', ')}`).toBe(expected);
  });

  test('the rule it begins with', async () => {
    const [, trigger = '', expressions = '', condition = '', actionsText = ''] =
      /^trigger: (.*)\nexpressions:\n([\s\S]*)condition:\n(.*)\nactions:\n([\s\S]*)$/.exec(blocks('rule')[0] ?? '') ?? [];
    expect(await effects({ trigger, expressions, condition, actions: actionsText }, world)).toEqual([
      'note Prepare a security badge Not needed by Ann.',
      'set Prepare a security badge status canceled',
    ]);
  });
});
