import { describe, expect, test } from 'vitest';
import { compileConditions, type Condition, type ConditionOperator, meets, pinned } from '#language/condition/condition';
import type { JsonValue } from '#language/value';
import { largeContext } from '#test/unit/language/hostile';
import { failure } from '#test/unit/language/refused';

const holds = (condition: Condition, context: Record<string, JsonValue>) => meets(compileConditions([condition]), context).met;

describe('conditions', () => {
  test('prototypes cannot be reached', () => {
    for (const field of ['data.constructor', 'data.__proto__', "data['toString']", 'data/x/length', 'constructor', 'data.list.map'])
      expect(holds({ field, operator: 'exists' }, { data: { x: 'text', list: [1] } }), field).toBe(false);
    expect(holds({ field: 'data', operator: 'contains', value: 'constructor' }, { data: {} })).toBe(false);
  });

  test('what is refused names the condition and its part', () => {
    const fine: Condition = { field: 'data.x', operator: 'exists' };
    expect(failure(() => compileConditions([fine, { ...fine, operator: 'is' as ConditionOperator }]))).toMatchObject({
      code: 'UNKNOWN_OPERATOR',
      path: ['1', 'operator'],
      message: expect.stringContaining('startsWith'),
    });
    expect(
      failure(() => compileConditions([{ field: 'a b', operator: 'exists' }], { path: ['triggers', '2', 'conditions'] })),
    ).toMatchObject({
      code: 'SYNTAX',
      path: ['triggers', '2', 'conditions', '0', 'field'],
      message: expect.stringContaining('“expression”'),
    });
    expect(failure(() => compileConditions(Array.from({ length: 101 }, () => fine)))).toMatchObject({ code: 'TOO_LARGE', path: [] });
    expect(failure(() => compileConditions([{ field: 'x(1)', operator: 'exists', expression: true }])).code).toBe('UNKNOWN_FUNCTION');
  });

  test('a large value is told of, not told', () => {
    const { tried } = meets(compileConditions([{ field: 'data', operator: 'contains', value: 'records' }]), { data: largeContext(1_000) });
    expect(tried).toEqual([{ index: 0, field: 'data', operator: 'contains', actual: 'an object…', expected: 'records', met: true }]);
  });
});

describe('what a list demands of a path', () => {
  test.each<[readonly Condition[], JsonValue | undefined]>([
    [[{ field: 'data.blueprintId', operator: 'eq', value: 'service' }], 'service'],
    [[{ field: 'data/blueprintId', operator: 'eq', value: 'service' }], 'service'],
    [[{ field: "data['blueprintId']", operator: 'eq', value: 'service' }], 'service'],
    [[{ field: 'blueprintId', operator: 'eq', value: 'service' }], 'service'],
    [[{ field: 'data.blueprintId', operator: 'eq', value: 'service', expression: true }], 'service'],
    [
      [
        { field: 'id', operator: 'exists' },
        { field: 'blueprintId', operator: 'eq', value: 'service' },
      ],
      'service',
    ],
    [[{ field: 'blueprintId', operator: 'eq', value: null }], null],
    [[{ field: 'blueprintId', operator: 'eq' }], null],
    [[{ field: 'blueprintId', operator: 'eq', value: '{{ arguments.targetBlueprintId }}' }], undefined],
    [[{ field: 'blueprintId', operator: 'neq', value: 'service' }], undefined],
    [[{ field: 'previous.blueprintId', operator: 'eq', value: 'service' }], undefined],
    [[{ field: 'blueprintId', operator: 'eq', value: 'service', expression: true }], undefined],
    [[{ field: 'not a path', operator: 'eq', value: 'service' }], undefined],
    [[], undefined],
  ])('%j', (list, expected) => {
    for (const path of ['data.blueprintId', 'data/blueprintId', 'blueprintId']) expect(pinned(list, path)).toEqual(expected);
  });
});
