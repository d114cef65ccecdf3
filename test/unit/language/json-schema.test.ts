import { describe, expect, test } from 'vitest';
import { compileSchema, SchemaError } from '#language/json-schema';
import type { JsonValue } from '#language/value';

const problems = (schema: JsonValue, value: JsonValue) =>
  compileSchema(schema)
    .problems(value)
    .map(({ path, message }) => `${path.join('.')}: ${message}`);

const order: JsonValue = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'https://example.com/order',
  type: 'object',
  required: ['id', 'items'],
  properties: {
    id: { type: 'string', pattern: '^o-\\d+$' },
    at: { format: 'date-time' },
    items: { type: 'array', minItems: 1, items: { $ref: '#/$defs/item' } },
  },
  additionalProperties: false,
  $defs: { item: { type: 'object', required: ['price'], properties: { price: { type: 'number', minimum: 0 } } } },
};

describe('a value', () => {
  test('that fits has no problem', () => {
    expect(problems(order, { id: 'o-1', at: '2026-02-28T10:00:00Z', items: [{ price: 1 }] })).toEqual([]);
  });

  test('is told everything that is wrong with it, each with its place', () => {
    expect(problems(order, { id: 'x', at: '2026-02-30T10:00:00Z', items: [{}, { price: -1 }], more: 1 }).sort()).toEqual([
      'at: must match format "date-time"',
      'id: must match pattern "^o-\\d+$"',
      'items.0.price: is required',
      'items.1.price: must be >= 0',
      'more: is not known',
    ]);
  });

  test('with a million problems is told a hundred', () => {
    expect(
      problems(
        { items: { type: 'string' } },
        Array.from({ length: 50_000 }, () => 0),
      ),
    ).toHaveLength(100);
  });

  test('has unique items by content, in time that grows with their number', () => {
    const unique: JsonValue = { uniqueItems: true };
    expect(
      problems(unique, [
        { a: 1, b: 2 },
        { b: 2, a: 1 },
      ]),
    ).toHaveLength(1);
    expect(problems(unique, [1, '1', [1], { 1: 1 }])).toEqual([]);
    const begun = process.cpuUsage();
    expect(
      problems(
        unique,
        Array.from({ length: 100_000 }, (_, n) => ({ n })),
      ),
    ).toEqual([]);
    expect(process.cpuUsage(begun).user / 1_000).toBeLessThan(5_000);
  });

  test.for([
    ['email', 'a@example.com', 'a@'],
    ['uuid', '0190163d-8694-739b-aea5-966c26f8ad91', '0190'],
    ['uri', 'https://example.com/a', '/a'],
    ['date', '2026-02-28', '2026-02-29'],
    ['ipv4', '10.0.0.1', '10.0.0.256'],
    ['hostname', 'a.example.com', '-a.example.com'],
  ] as const)('has the format %s or not', ([format, good, bad]) => {
    expect(problems({ format }, good)).toEqual([]);
    expect(problems({ format }, bad)).toHaveLength(1);
    expect(problems({ format }, 'a'.repeat(1_000_000))).toHaveLength(1);
  });

  test('of a format that is not known is not checked', () => {
    expect(problems({ format: 'colour' }, 'x')).toEqual([]);
  });
});

describe('patterns run in linear time', () => {
  test.for(['^(a+)+$', '^(a|a)*$', '^(.*)*x$'])('%s', (pattern) => {
    const begun = process.cpuUsage();
    expect(problems({ pattern }, `${'a'.repeat(50_000)}!`)).toHaveLength(1);
    expect(process.cpuUsage(begun).user / 1_000).toBeLessThan(5_000);
  });

  test.for(['(?=a)', '(a)\\1', '(', '[z-a]'])('%s is refused', (pattern) => {
    expect(() => compileSchema({ pattern })).toThrow(SchemaError);
    expect(() => compileSchema({ patternProperties: { [pattern]: true } })).toThrow(SchemaError);
  });
});

describe('a schema is refused', () => {
  test.for<readonly [string, JsonValue]>([
    ['with another dialect', { $schema: 'http://json-schema.org/draft-07/schema#' }],
    ['that refers to another server', { $ref: 'https://example.com/schema.json' }],
    ['that refers to a file', { properties: { a: { $ref: 'file:///etc/passwd' } } }],
    ['that refers to what is not there', { $ref: '#/$defs/a' }],
    ['that refers to what objects inherit', { $ref: '#/constructor' }],
    ['with an anchor', { $anchor: 'a' }],
    ['with an id inside', { properties: { a: { $id: 'https://example.com/a' } } }],
    ['that must be waited for', { $async: true }],
    ['that brings our own keyword', { 'millrace:counted': false }],
    ['with a type that there is not', { type: 'strange' }],
    ['with a keyword of the wrong form', { required: 'a' }],
    ['that is a list', []],
    ['that is a text', 'a'],
    ['that is too long', { description: 'x'.repeat(100_001) }],
    ['of very many parts', { allOf: Array.from({ length: 2_000 }, (_, n) => ({ const: n })) }],
    ['that is too deep', Array.from({ length: 70 }).reduce<JsonValue>((inner) => ({ not: inner }), {})],
  ])('%s', ([, schema]) => {
    expect(() => compileSchema(schema)).toThrow(SchemaError);
  });
});

describe('a check is bounded', () => {
  test('where references mean thousands of millions of subschemas', () => {
    const $defs: Record<string, JsonValue> = { d0: { type: 'number' } };
    for (let n = 1; n <= 40; n += 1)
      $defs[`d${String(n)}`] = { allOf: [{ $ref: `#/$defs/d${String(n - 1)}` }, { $ref: `#/$defs/d${String(n - 1)}` }] };
    expect(() => compileSchema({ $defs, $ref: '#/$defs/d40' }).problems(1)).toThrow('costs too much');
  });

  test('where a schema grows with each level of the value', () => {
    const schema: JsonValue = { properties: { a: { allOf: [{ $ref: '#' }, { $ref: '#' }] } } };
    const value = Array.from({ length: 60 }).reduce<JsonValue>((inner) => ({ a: inner }), {});
    expect(() => compileSchema(schema).problems(value)).toThrow('costs too much');
  });

  test('where references hide outside the places of subschemas', () => {
    const schema: JsonValue = { $ref: '#/x/0', x: [{ allOf: [{ $ref: '#/x/0' }, { $ref: '#/x/0' }] }] };
    expect(() => compileSchema(schema).problems(1)).toThrow(SchemaError);
  });

  test('where a schema means itself', () => {
    expect(() => compileSchema({ $ref: '#' }).problems(1)).toThrow(SchemaError);
  });
});

test('properties that are called like keywords are properties', () => {
  expect(
    problems(
      { properties: { properties: { type: 'string' }, $id: { type: 'number' }, const: { type: 'string' } }, enum: [{ const: 1 }] },
      { const: 1 },
    ),
  ).toEqual(['const: must be string']);
});

test('the same schema is compiled once, and what was asked before says nothing about the next value', () => {
  expect(compileSchema({ type: 'string' })).toBe(compileSchema({ type: 'string' }));
  expect([problems({ type: 'string' }, 1), problems({ type: 'string' }, 'a')]).toEqual(
    [['root'], []].map((list) => list.map(() => ': must be string')),
  );
});
