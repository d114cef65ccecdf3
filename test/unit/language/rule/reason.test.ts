import { describe, expect, test } from 'vitest';
import type { RuleRecord } from '#language/rule/value';
import type { RuleText } from '#language/rule/syntax';
import { type Patch, r1, run, shown, t1, tasks, worldFor } from './fixture.js';

async function reason(rule: Partial<RuleText>, of: RuleRecord = t1, patch: Patch = {}, was: Patch = {}): Promise<string> {
  const outcome = await run(rule, worldFor(of, patch, was));
  if (outcome.status !== 'NOT_MET') return outcome.status;
  const { text, values } = outcome.failed;
  return [text, ...values.map(({ text: name, value }) => `${name} = ${value === null ? 'nil' : shown(value)}`)].join('; ');
}

const badge = 'is_assigned: status = assigned\nbadge: workflow.requests[first].custom_fields.site';
const completed = 'completed: status = completed\nwas_not: status_was != completed';

describe('a condition that is not met says', () => {
  test.each([
    ['the first part that was false', 'subject = subject and effort > 20 and status = approved', 'effort > 20; effort = 10'],
    ['what was true, but should not', 'status = assigned and !subject', 'not subject; subject = Approve access'],
    ['both sides', 'effort > workflow.id', 'effort > workflow.id; effort = 10; workflow.id = nil'],
    [
      'all of what could have been true',
      "effort > 20 or subject = 'x'",
      "effort > 20 or subject = 'x'; effort = 10; subject = Approve access",
    ],
    ['the one that should not be true', 'not (effort > 20 or effort < 15)', 'not effort < 15; effort = 10'],
    ['all that should not all be true', 'not (effort > 5 and effort < 15)', 'not (effort > 5 and effort < 15); effort = 10'],
    ['what a value was', 'cis[first]', 'cis[first]; cis[first] = nil'],
    [
      'what a choice was made between',
      'effort > 5 then effort > 20 else true',
      'effort > 5 then effort > 20 else true; effort > 5 then effort > 20 else true = false',
    ],
    ['a sum', 'effort + 1 = 12', 'effort + 1 = 12; effort + 1 = 11'],
    ['that it never will be', 'false', 'false'],
  ])('%s', async (_, condition, expected) => {
    expect(await reason({ condition })).toBe(expected);
  });

  test('what the expression says that it names', async () => {
    expect(await reason({ expressions: badge, condition: 'is_assigned and !badge' })).toBe('not badge; badge = Chicago');
    expect(await reason({ expressions: badge, condition: 'is_assigned and !badge' }, t1, { 'task 101 status': 'completed' })).toBe(
      'status = assigned; status = completed; assigned = assigned',
    );
    expect(
      await reason(
        { expressions: completed, condition: 'completed and was_not' },
        r1,
        { 'request 201 status': 'completed' },
        { status: 'completed' },
      ),
    ).toBe('status_was != completed; status_was = completed; completed = completed');
  });

  test('it through several names, and with the names that stood above', async () => {
    const expressions = 'a: effort > 20\nb: a\nc: not (b or false)\nd: not c\neffort: 30';
    expect(await reason({ expressions, condition: 'd' })).toBe('b or false; b = false');
    expect(await reason({ expressions, condition: 'b' })).toBe('effort > 20; effort = 10');
  });

  test('it in few words', async () => {
    const outcome = await run(
      { condition: Array.from({ length: 300 }, (_, i) => `effort = ${String(i + 11)}`).join(' or ') },
      worldFor(t1),
    );
    if (outcome.status !== 'NOT_MET') throw new Error(outcome.status);
    expect(outcome.failed.text.length).toBeLessThan(510);
    expect(outcome.failed.values).toHaveLength(1);
  });
});

describe('members of a collection are read together', () => {
  const reading = async (expression: string) => {
    const calls: string[] = [];
    const world = worldFor(t1);
    const outcome = await run(
      { expressions: `value: ${expression}` },
      { ...world, prefetch: (records) => void calls.push(records.map(({ name }) => name).join(', ')) },
    );
    expect(outcome.values).toEqual((await run({ expressions: `value: ${expression}` }, world)).values);
    return calls;
  };
  const all = tasks.map(({ name }) => name).join(', ');

  test.each([
    ['workflow.tasks.team', [all]],
    ['workflow.tasks.team.name', [all]],
    ['workflow.tasks.select(effort > 20)', [all]],
    ['workflow.tasks.reject(effort > 20).map(team)', [all, 'Approve access, Prepare a security badge']],
    ["workflow.requests.select(requested_for.manager.name = 'Bob')", ['R1, R2', 'Ann, Bob']],
    ['workflow.tasks.size', []],
    ["workflow.tasks['Install phone'].effort", []],
  ])('%s', async (expression, calls) => {
    expect(await reading(expression)).toEqual(calls);
  });
});
