import { describe, expect, test } from 'vitest';
import { checkCode } from '#language/code';

describe('the text of code', () => {
  test.each([
    'export default async (input) => ({ greeting: `Hello ${input.name}` })',
    'export default function () {}',
    'const run = () => 1;\nexport { run as default };',
    'const setup = await Promise.resolve(1);\nexport const other = 1;\nexport default class { static #x = 1 }',
  ])('%s is fine', (source) => {
    expect(checkCode(source)).toBeNull();
  });

  test.each([
    ['export default async () => {\n  const a = ;\n}', { code: 'SYNTAX', line: 2, column: 13 }],
    ['export default async () => {\n  return 1', { code: 'SYNTAX', line: 2 }],
    ['', { code: 'NO_DEFAULT_EXPORT', line: 1, column: 1 }],
    ['export const a = 1', { code: 'NO_DEFAULT_EXPORT' }],
    ['module.exports = () => 1', { code: 'NO_DEFAULT_EXPORT' }],
    ['export default 5', { code: 'NO_DEFAULT_EXPORT' }],
    ['\nimport fs from "fs";\nexport default () => fs', { code: 'IMPORT', line: 2, column: 1 }],
    ['export * from "x";\nexport default 1', { code: 'IMPORT', line: 1 }],
    ['return 1', { code: 'SYNTAX', line: 1 }],
    ['let a = 1; let a = 2;', { code: 'SYNTAX', line: 1, column: 16 }],
    [`export default ${'('.repeat(50_000)}`, { code: 'SYNTAX' }],
  ])('%s is refused', (source, problem) => {
    expect(checkCode(source)).toMatchObject(problem);
  });

  test('messages do not repeat the place', () => {
    expect(checkCode('a b')?.message).toBe('Unexpected token');
  });
});
