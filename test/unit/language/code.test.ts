import { describe, expect, test } from 'vitest';
import { checkCode, checkHandlerCode } from '#language/code';

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

describe('the text of a handler', () => {
  test.each([
    'export async function onLogin(event, api) {}',
    'export const onLogin = async (event, api) => {}',
    'const { a: { onLogin: [, onLogin = 1] } } = {};\nexport { onLogin }',
    'export const { a: { b: [, onContinue = 1] } } = {}',
    'const run = () => 1;\nexport { run as onContinue }',
    'export class onLogin {}',
    'export default async (event, api) => {}',
    'exports.onLogin = async (event, api) => {}',
    'exports["onContinue"] = async (event, api) => {}',
    'module.exports.onLogin = async (event, api) => {}',
    'module.exports = { onLogin: async () => {} }',
    'const bundled = require("x");\nmodule.exports = bundled',
    'Object.defineProperty(exports, "onLogin", { value: () => 1 })',
    '(function (self) { self.onLogin = () => 1 })(module.exports)',
    'const a = /exports/;\nconst b = `${1 / 2} exports`;\nexports.onLogin = () => a ?? b',
  ])('%s is fine', (source) => {
    expect(checkHandlerCode(source, ['onLogin', 'onContinue'])).toBeNull();
  });

  test.each([
    ['', { code: 'NO_HANDLER', line: 1, column: 1 }],
    ['export const other = 1', { code: 'NO_HANDLER' }],
    ['export default 5', { code: 'NO_HANDLER' }],
    ['exports.other = () => onLogin', { code: 'NO_HANDLER' }],
    ['const onLogin = () => "exports.onLogin = 1"; // exports.onLogin = 1', { code: 'NO_HANDLER' }],
    ['function onLogin() {}', { code: 'NO_HANDLER' }],
    ['const exports = 1', { code: 'NO_HANDLER' }],
    ['exports.onLogin = async () => {\n  const a = ;\n}', { code: 'SYNTAX', line: 2, column: 13 }],
    ['\nimport fs from "fs";\nexport const onLogin = () => fs', { code: 'IMPORT', line: 2, column: 1 }],
    ['exports.onLogin = () => { with (a) b }', { code: 'SYNTAX', line: 1, column: 27 }],
  ])('%s is refused', (source, problem) => {
    expect(checkHandlerCode(source, ['onLogin', 'onContinue'])).toMatchObject(problem);
  });

  test('the message names the handler', () => {
    expect(checkHandlerCode('1', ['onLogin'])?.message).toContain('exports.onLogin =');
  });
});
