import { expect, test } from 'vitest';
import { evaluateRule } from '#language/rule/run';
import type { RuleWorld } from '#language/rule/world';
import { effects, read, record, t1, w1, worldFor } from './fixture.js';

const rules = [
  { expressions: 'long: effort > 5\nmine: long and status = assigned', condition: 'mine and !team' },
  { expressions: "all: workflow.tasks.select(effort > 10 and team = 'Service Desk').size", condition: 'all > 9 or all < 0' },
  { expressions: "sites: workflow.requests.custom_fields.site.join('-')", condition: "sites contains 'Boston' or sites =~ /^X/" },
  { expressions: "other: workflow.tasks['Install phone'].effort ? 1 : 2", condition: 'other = 2' },
  { expressions: 'wrong: effort + [1]', condition: 'true' },
].map((texts) => read({ trigger: 'on update', actions: "a1: add note 'x'", ...texts }));

/** The same world, which has nothing at hand. */
function slow(world: RuleWorld): RuleWorld {
  return { ...world, field: (record, name) => Promise.resolve(world.field(record, name)) };
}

test('a rule whose condition is not met is answered at once where nothing has to be read', () => {
  for (const rule of rules) expect(evaluateRule(rule, worldFor(t1))).not.toBeInstanceOf(Promise);
});

test('what has to be waited for leads to the same as what is at hand, and costs the same', async () => {
  for (const rule of rules)
    for (const fuel of [20, 40, 400_000])
      expect(await evaluateRule(rule, slow(worldFor(t1)), { fuel })).toEqual(await evaluateRule(rule, worldFor(t1), { fuel }));
});

test('the actions of a rule want a bounded number of changes, and pay for what they name', async () => {
  const many = (count: number) => Array.from({ length: count }, (_, i) => record('task', 1_000 + i, 'Many'));
  const wanted = (count: number, ...actions: string[]) =>
    effects(
      { actions: actions.map((action, i) => `a${String(i)}: ${action}`).join('\n') },
      worldFor(t1, { [`workflow ${String(w1.id)} tasks`]: many(count) }),
    );
  const note = "update workflow.tasks add note 'x'";
  expect(await wanted(500, note, note)).toHaveLength(1_000);
  expect(await wanted(501, note, note)).toEqual(['failed actions 2 TOO_LONG']);
  expect(await wanted(900, 'update workflow.tasks set cis = workflow.tasks')).toEqual(['failed actions 1 TOO_LONG']);
});
