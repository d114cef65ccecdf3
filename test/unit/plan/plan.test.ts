import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson, planHash } from '#plan/hash';
import type { Json, Plan, PlanStep } from '#plan/plan';
import { checkPlan } from '#plan/plan-check';
import { schemasOf } from '#plan/step-kinds';

const step = (change: Partial<PlanStep> = {}): PlanStep => ({
  id: 'code',
  name: 'Code',
  kind: 'code',
  args: { code: 'export default () => 1' },
  retry: { max: 0, delayMs: 0, backoff: 'FIXED', maxDelayMs: 0, jitter: 0 },
  timeoutMs: null,
  onError: 'FAIL',
  ...change,
});
const plan = (...steps: readonly PlanStep[]): Plan => ({ format: 1, steps, atomicity: 'STEP', budgetMs: null });

describe('the canonical form', () => {
  test('is JSON of the same value, whatever the order of keys', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value as Json);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(canonicalJson(reversed(value) as Json)).toBe(text);
      }),
    );
  });

  test('names a plan: equal plans have one hash, others another', () => {
    const hash = planHash(plan(step()));
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(planHash(reversed(plan(step())) as Plan)).toBe(hash);
    expect(planHash(plan(step({ timeoutMs: 1 })))).not.toBe(hash);
  });
});

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, item]) => [key, reversed(item)]),
  );
}

describe('the check of a plan', () => {
  test('finds nothing in a sound one', () => {
    expect(checkPlan(plan(step(), step({ id: 'map', kind: 'transform', args: { mapping: { a: '{{ payload.a }}' } } })))).toEqual([]);
  });

  test('names what is wrong, and where', () => {
    expect(checkPlan(plan(step({ kind: 'teleport' })))).toMatchObject([{ path: ['steps', '0', 'kind'], code: 'UNKNOWN_STEP_KIND' }]);
    expect(checkPlan(plan(step(), step()))).toMatchObject([{ path: ['steps', '1', 'id'], code: 'DUPLICATE_STEP' }]);
    expect(checkPlan(plan(step({ args: { code: 'export default () => {\n;;)' } })))).toMatchObject([
      { path: ['steps', '0', 'args', 'code'], code: 'SYNTAX', line: 2 },
    ]);
    expect(checkPlan(plan(step({ args: {} })))).toMatchObject([{ path: ['steps', '0', 'args', 'code'], code: 'CUSTOM' }]);
    expect(checkPlan(plan(step({ args: { code: 'export default () => 1', build: 'a' } })))).toHaveLength(1);
    expect(checkPlan(plan(step({ args: { build: 'a' } })))).toEqual([]);
    expect(checkPlan(plan(step({ args: { code: 'export default () => 1', more: 1 } })))).toMatchObject([
      { path: ['steps', '0', 'args'], code: 'UNRECOGNIZED_KEYS' },
    ]);
    expect(checkPlan(plan(step({ kind: 'transform', args: { mapping: { a: ['{{ 1 | nope }}'] } } })))).toMatchObject([
      { path: ['steps', '0', 'args', 'mapping', 'a', '0'], code: 'UNKNOWN_FILTER', line: 1, column: 8 },
    ]);
  });
});

test('a step kind publishes its arguments and output as JSON Schema', () => {
  expect(schemasOf('code').argumentSchema).toMatchObject({
    type: 'object',
    additionalProperties: false,
    properties: { code: { type: 'string', minLength: 1 }, configuration: { type: 'object' } },
  });
  expect(schemasOf('transform')).toMatchObject({ argumentSchema: { required: ['mapping'] }, outputSchema: expect.any(Object) });
});
