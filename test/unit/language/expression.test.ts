import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Fault } from '#language/language-error';
import { parseExpression } from '#language/parser';
import { printExpression } from '#language/print';
import { expressions, safeText } from './arbitrary.js';

const name = fc
  .stringMatching(/^[a-z_][a-z0-9_]{0,8}$/)
  .filter((text) => !['and', 'or', 'not', 'in', 'is', 'if', 'else', 'none', 'null', 'true', 'false'].includes(text));
const node = expressions({
  names: name,
  filters: name,
  tests: name,
  functions: name,
  argumentNames: name,
  texts: safeText,
  maxDepth: 5,
});

function withoutOffsets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutOffsets);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== 'at')
      .map(([key, item]) => [key, withoutOffsets(item)]),
  );
}

describe('expressions', () => {
  test('what is printed reads as the same expression', () => {
    fc.assert(
      fc.property(node, (given) => {
        expect(withoutOffsets(parseExpression(printExpression(given)))).toEqual(withoutOffsets(given));
      }),
      { numRuns: 500 },
    );
  });

  test('any text is read or refused with its place', () => {
    const pieces = fc.array(
      fc.oneof(
        fc.constantFrom(
          '(',
          ')',
          '[',
          ']',
          '{',
          '}',
          '|',
          '.',
          ',',
          ':',
          '=',
          '==',
          '-',
          '~',
          '**',
          'is',
          'not',
          'in',
          'if',
          'else',
          'and',
          "'",
          '"',
          '\\',
          '1',
          '1.5',
          'a',
          ' ',
          '\n',
        ),
        fc.string(),
      ),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(pieces, (parts) => {
        const source = parts.join('');
        try {
          parseExpression(source);
        } catch (error) {
          expect(error).toBeInstanceOf(Fault);
          expect((error as Fault).at).toBeLessThanOrEqual(source.length);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  test.each([
    ['brackets', '('.repeat(50_000)],
    ['lists', '['.repeat(50_000)],
    ['signs', '-'.repeat(50_000)],
    ['negations', 'not '.repeat(50_000)],
    ['conditionals', 'a if b else '.repeat(5_000)],
    ['filters', `a${' | abs'.repeat(10_000)}`],
    ['paths', `a${'.b'.repeat(20_000)}`],
    ['nested filters', `${'('.repeat(60)}a${' | abs'.repeat(10)}${')'.repeat(60)}${' | abs'.repeat(300)}`],
  ])('endless %s are refused', (_, source) => {
    expect(() => parseExpression(source)).toThrow(expect.objectContaining({ code: expect.stringMatching(/TOO_DEEP|SYNTAX/) }) as Error);
  });

  test('long chains of operators are no nesting', () => {
    expect(parseExpression(Array.from({ length: 5_000 }, () => '1').join(' + '))).toMatchObject({ type: 'chain' });
  });
});
