import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { filters } from '#language/filters';
import { functions } from '#language/functions';
import { printExpression } from '#language/print';
import type { Node } from '#language/syntax';
import { compileTemplate, LanguageError, render } from '#language/template';
import { tests } from '#language/tests';
import { expressions } from './arbitrary.js';
import { costOf, largeContext, mostMs } from './hostile.js';

/** How many templates are tried; a long run tries more. */
const inputs = Number(process.env['TEMPLATE_INPUTS'] ?? 3_000);

const context = largeContext(4_000);

const expression = expressions({
  names: fc.constantFrom(...Object.keys(context), 'missing', '__proto__', 'constructor'),
  filters: fc.constantFrom(...filters.keys()),
  tests: fc.constantFrom(...tests.keys()),
  functions: fc.constant('standardize_status'),
  argumentNames: fc.constantFrom(...new Set([...filters.values()].flatMap(({ parameters }) => parameters)), 'targetBlueprintId'),
  texts: fc.constantFrom(
    '',
    'a',
    'x',
    ' ',
    ',',
    'name',
    'id',
    'tags.1',
    'upper',
    'tojson',
    'number',
    '%Y-%m',
    '__proto__',
    '👋',
    '12',
    '{{ 1 }}',
  ),
  maxDepth: 4,
});

/** With the arguments that each filter and function takes, so that more than refusals is tried. */
function fitted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(fitted);
  if (typeof value !== 'object' || value === null) return value;
  const node = Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fitted(item)]));
  const name = String(node['name']);
  const signature = node['type'] === 'filter' ? filters.get(name) : node['type'] === 'call' ? functions.get(name) : undefined;
  if (signature === undefined) return node;
  const { parameters, required } = signature;
  const args = (node['args'] as readonly unknown[]).slice(0, parameters.length);
  while (args.length < required) args.push({ type: 'literal', value: 'x' });
  const open = new Set(parameters.slice(args.length));
  return { ...node, args, named: (node['named'] as readonly (readonly [string, unknown])[]).filter(([given]) => open.delete(given)) };
}

describe('templates made at random', () => {
  test('yield JSON in time or are refused with a place', () => {
    let rendered = 0;
    fc.assert(
      fc.property(fc.array(expression, { minLength: 1, maxLength: 2 }), fc.constantFrom('', ' and '), (nodes, between) => {
        const template = { it: nodes.map((node) => `{{ ${printExpression(fitted(node) as Node)} }}`).join(between) };
        const took = costOf(() => {
          try {
            const made = render(compileTemplate(template, { functions: ['standardize_status'] }), context, {
              functions: { standardize_status: (value) => value },
            });
            rendered++;
            expect(JSON.parse(JSON.stringify(made))).toEqual(made);
          } catch (error) {
            if (!(error instanceof LanguageError)) throw error;
            expect(error.path).toEqual(['it']);
            expect(error.line).toBe(1);
            expect(error.column).toBeLessThanOrEqual(template.it.length + 1);
          }
        });
        expect(took).toBeLessThan(mostMs);
      }),
      { numRuns: inputs },
    );
    // Not all of them were refused.
    expect(rendered).toBeGreaterThan(inputs / 10);
  }, 3_600_000);
});
