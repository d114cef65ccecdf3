import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CompiledConditions, compileConditions, type Condition, type ConditionOperator, meets } from '#language/condition/condition';
import { conditionOperators, operatorWords } from '#language/condition/operators';
import { isLike, readLike } from '#language/condition/like';
import { parsePath, printPath } from '#language/condition/path';
import { storeQuery } from '#language/condition/store-query';
import { contextNames } from '#language/context';
import { fuelOf } from '#language/fuel';
import { printExpression } from '#language/print';
import { LanguageError } from '#language/template';
import type { JsonValue } from '#language/value';
import { expressions, safeText } from '#test/unit/language/arbitrary';
import { costOf, largeContext, mostMs } from '#test/unit/language/hostile';

/** How many conditions are tried; a long run tries more. */
const inputs = Number(process.env['CONDITION_INPUTS'] ?? 3_000);

const json = fc.jsonValue({ maxDepth: 2 }).map((value) => value as JsonValue);
const scalar = fc.oneof(
  fc.constantFrom(
    null,
    true,
    false,
    '',
    'a',
    'ab',
    'true',
    '1',
    '1.0',
    '-2',
    '2026-01-01',
    '2026-01-01T00:00:00Z',
    'a,b',
    ' a , ,1',
    '%a_',
    '^a',
  ),
  fc.integer({ min: -3, max: 3 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);
const value: fc.Arbitrary<JsonValue> = fc.oneof(
  scalar,
  fc.array(scalar, { maxLength: 3 }),
  fc.dictionary(fc.constantFrom('a', '1'), scalar),
  json,
);

const holds = (condition: Condition, context: Record<string, JsonValue>) => meets(compileConditions([condition]), context).met;

/** Null where it is refused. */
function compiled(list: readonly Condition[]): CompiledConditions | null {
  const made = outcome(() => compileConditions(list));
  return typeof made === 'string' ? null : made;
}

function outcome<T>(act: () => T): T | string {
  try {
    return act();
  } catch (error) {
    if (error instanceof LanguageError) return error.code;
    throw error;
  }
}

describe('paths', () => {
  test('what is printed reads as the same path', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...contextNames),
        fc.array(fc.oneof(safeText, fc.constantFrom('0', '-1', 'a-b', '$x', 'é')), { maxLength: 5 }),
        (root, rest) => {
          expect(parsePath(printPath([root, ...rest]))).toEqual([root, ...rest]);
        },
      ),
      { numRuns: Math.min(inputs, 2_000) },
    );
  });

  test('any text is read or refused with its place', () => {
    const pieces = fc.array(
      fc.oneof(fc.constantFrom('.', '/', '[', ']', "'", '"', '\\', '0', '-1', 'data', 'a', ' ', '{{', '['), safeText),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(pieces, (parts) => {
        const field = parts.join('');
        try {
          compileConditions([{ field, operator: 'exists' }]);
        } catch (error) {
          if (!(error instanceof LanguageError)) throw error;
          expect(error.path).toEqual(['0', 'field']);
        }
      }),
      { numRuns: Math.min(inputs, 2_000) },
    );
  });
});

describe('conditions', () => {
  test.each([
    ['eq', 'neq'],
    ['in', 'nin'],
    ['in', 'notIn'],
    ['contains', 'ncontains'],
    ['like', 'nlike'],
    ['exists', 'nexists'],
    ['empty', 'nempty'],
  ] as const)('%s holds exactly where %s does not', (operator, opposite) => {
    fc.assert(
      fc.property(value, value, (actual, expected) => {
        const one = compiled([{ field: 'data.x', operator, value: expected }]);
        const other = compiled([{ field: 'data.x', operator: opposite, value: expected }]);
        if (one === null || other === null) expect(one).toBe(other);
        else expect(meets(one, { data: { x: actual } }).met).toBe(!meets(other, { data: { x: actual } }).met);
      }),
      { numRuns: Math.min(inputs, 500) },
    );
  });

  test('a value is the same written as it is and rendered from a slot', () => {
    fc.assert(
      fc.property(fc.constantFrom(...conditionOperators), value, value, (operator, actual, expected) => {
        fc.pre(!JSON.stringify(expected).includes('{'));
        const context = { data: { x: actual }, arguments: { y: expected } };
        const plain = compiled([{ field: 'data.x', operator, value: expected }]);
        // What makes no sense is refused when it is saved, and fits nothing when it was rendered.
        fc.pre(plain !== null);
        expect(holds({ field: 'data.x', operator, value: '{{ arguments.y }}' }, context)).toBe(meets(plain, context).met);
      }),
      { numRuns: Math.min(inputs, 1_000) },
    );
  });

  test('order is one of three, and between is both of its bounds', () => {
    fc.assert(
      fc.property(scalar, scalar, scalar, (x, low, high) => {
        const is = (operator: ConditionOperator, bound: JsonValue) => holds({ field: 'data.x', operator, value: bound }, { data: { x } });
        expect(['lt', 'gt'].filter((operator) => is(operator as ConditionOperator, low)).length).toBeLessThanOrEqual(1);
        expect(is('gte', low) && is('lte', high)).toBe(is('between', [low, high]));
        if (is('gt', low)) expect(is('gte', low)).toBe(true);
      }),
      { numRuns: Math.min(inputs, 1_000) },
    );
  });

  test('like finds what a pattern of the platform finds', () => {
    const letters = fc.array(fc.constantFrom('a', 'b', '%', '_', '👋', '.'), { maxLength: 8 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(letters, letters, (text, pattern) => {
        const source = Array.from(pattern, (sign) => (sign === '%' ? '.*' : sign === '_' ? '.' : sign === '.' ? '\\.' : sign)).join('');
        expect(isLike(text, readLike(pattern), fuelOf())).toBe(new RegExp(`^${source}$`, 'su').test(text));
      }),
      { numRuns: Math.min(inputs, 2_000) },
    );
  });
});

describe('conditions made at random', () => {
  const fields = fc.constantFrom('x', 'y', 'properties/x', 'properties.y[0]', "properties['a b']", 'relations/r/value', 'data.x', 'data');
  const record = fc.record({
    x: value,
    y: value,
    properties: fc.record({ x: value, y: fc.array(value, { maxLength: 2 }), 'a b': value }),
    relations: fc.record({ r: fc.record({ value }) }),
  });

  test('a query of the store asks of a record what its conditions ask', () => {
    const condition = fc.record({
      field: fields,
      operator: fc.constantFrom(...operatorWords),
      value: fc.oneof(value, fc.constantFrom('{{ arguments.z }}', ['{{ arguments.z }}', 2], 'a{{ arguments.z }}')),
    });
    fc.assert(
      fc.property(fc.array(condition, { maxLength: 3 }), record, value, (list, data, z) => {
        const context = { data: data as unknown as JsonValue, arguments: { z } };
        fc.pre(list.every(({ field }) => field !== 'data') && !JSON.stringify([list, z]).includes('{%'));
        const read = compiled(list);
        fc.pre(read !== null);
        const met = outcome(() => meets(read, context).met);
        const query = outcome(() => storeQuery(list, context));
        // A pattern that was rendered and is none. The store is told of each, conditions in their order up to the first that does not hold.
        if (typeof met === 'string' || typeof query === 'string') return;
        const asked = compileConditions(
          query.map(({ path, operator }, i) => ({
            field: printPath(['data', ...path]),
            operator,
            value: `{{ arguments.asked[${String(i)}] }}`,
          })),
        );
        expect(meets(asked, { ...context, arguments: { asked: query.map((one) => one.value) } }).met).toBe(met);
      }),
      { numRuns: Math.min(inputs, 5_000) },
    );
  });

  test('hold or not in time, or are refused with their place', () => {
    const large = largeContext(20_000);
    const context = { ...large, data: { ...large, x: 'a' } };
    const names = Object.keys(large);
    const pattern = fc.constantFrom(
      '(a|x)*$',
      'x+x+x+y',
      '(?:x?){50}x{50}',
      '[^ ]{100}%',
      '%x%x%x%y',
      '_%_%_',
      '(x',
      '\\pL{100}',
      'x'.repeat(900),
      '(?i)ÄSS',
    );
    const condition = fc.record({
      field: fc.constantFrom(...names, 'x', 'data.records[5].id', 'data'),
      operator: fc.constantFrom(...conditionOperators),
      value: fc.oneof(
        value,
        pattern,
        fc.constantFrom(...names.map((name) => `{{ ${name} }}`)),
        fc.constantFrom(...names.map((name) => [`{{ ${name} }}`, `{{ ${name} }}`])),
      ),
    });
    const expressed = fc.record({
      field: expressions({
        names: fc.constantFrom(...names),
        filters: fc.constantFrom('length', 'sort', 'unique', 'first', 'tojson', 'upper'),
        tests: fc.constantFrom('none', 'defined'),
        functions: fc.constant('standardize_status'),
        argumentNames: fc.constant('attribute'),
        texts: fc.constantFrom('a', 'x'),
        maxDepth: 2,
      }).map(printExpression),
      operator: fc.constantFrom(...conditionOperators),
      value,
      expression: fc.constant(true),
    });
    fc.assert(
      fc.property(fc.array(fc.oneof({ arbitrary: condition, weight: 3 }, expressed), { minLength: 1, maxLength: 3 }), (list) => {
        const took = costOf(() => {
          try {
            const { met, tried } = meets(compileConditions(list), context);
            expect(tried.map((one) => one.met)).toEqual(met ? list.map(() => true) : [...tried.slice(1).map(() => true), false]);
            expect(JSON.stringify(tried).length).toBeLessThan(20_000);
          } catch (error) {
            if (!(error instanceof LanguageError)) throw error;
            expect(Number(error.path[0])).toBeLessThan(list.length);
            expect(error.path[1]).toMatch(/^(?:field|value)$/);
          }
        });
        expect(took).toBeLessThan(mostMs);
      }),
      { numRuns: inputs },
    );
  }, 3_600_000);
});
