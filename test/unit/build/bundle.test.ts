import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { BuildRequest } from '#platform/build/build';
import { bundle } from '#platform/build/bundle';
import { placeInSource } from '#platform/build/place';

/** Stands in files of the host that no bundle may hold. */
const canary = 'CANARY-4711';

let host: string;
let folder: string;

beforeAll(() => {
  host = realpathSync(mkdtempSync(join(tmpdir(), 'bundle-test-')));
});
beforeEach(() => {
  folder = mkdtempSync(join(host, 'installed-'));
  write(join(host, 'canary.js'), `export default '${canary}'; exports.secret = '${canary}';`);
  write(join(host, 'canary.json'), JSON.stringify({ secret: canary }));
  write(join(host, 'canary.map'), JSON.stringify({ version: 3, sources: [canary], sourcesContent: [canary], names: [], mappings: 'AAAA' }));
  write(join(host, 'tsconfig.json'), JSON.stringify({ compilerOptions: { paths: { dep: ['./canary.js'] }, jsxFactory: canary } }));
  write(join(host, 'node_modules/stray/index.js'), `exports.secret = '${canary}';`);
});
afterAll(() => rmSync(host, { recursive: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

function install(name: string, files: Readonly<Record<string, string>>, fields: object = {}): void {
  write(join(folder, 'node_modules', name, 'package.json'), JSON.stringify({ name, version: '1.0.0', ...fields }));
  for (const [path, text] of Object.entries(files)) write(join(folder, 'node_modules', name, path), text);
}

function make(code: string, more: Partial<BuildRequest> = {}, bundleBytes = 100_000) {
  const request: BuildRequest = { code, language: 'JAVASCRIPT', dependencies: [], modules: [], handlers: [], ...more };
  return bundle(request, folder, { bundleBytes, ms: 10_000 }, new AbortController().signal);
}

const withDep = { dependencies: [{ name: 'dep', version: '1.0.0' }] };

async function errorsOf(code: string, more: Partial<BuildRequest> = {}) {
  const outcome = await make(code, more);
  return outcome.kind === 'failed' ? outcome.errors : outcome.kind;
}

describe('errors', () => {
  test('of syntax have their line and column in the text', async () => {
    expect(await errorsOf('const a = 1;\nexport default () => {\n  const "ü" = 2;\n}')).toEqual([
      expect.objectContaining({ id: 'syntax', line: 3, column: 9 }),
    ]);
    expect(await errorsOf('const ü = "ä€😀"; const b = ;')).toEqual([expect.objectContaining({ id: 'syntax', line: 1, column: 29 })]);
    expect(await errorsOf('let a: number = 1;\nenum {', { language: 'TYPESCRIPT' })).toEqual([
      expect.objectContaining({ id: 'syntax', line: 2, column: 6 }),
    ]);
    expect(await errorsOf('let a: number = 1;')).toEqual([expect.objectContaining({ id: 'syntax', line: 1, column: 6 })]);
  });

  test('of imports say what to do, all at once', async () => {
    const code =
      "import a from 'lodash/fp';\nconst b = require('@scope/part');\nimport fs from 'node:fs/promises';\nimport x from 'actions:nothing';\nconsole.log(a, b, fs, x)";
    expect(await errorsOf(code)).toEqual([
      expect.objectContaining({
        id: 'undeclared_dependency',
        message: expect.stringContaining('Add "lodash"') as string,
        line: 1,
        column: 15,
      }),
      expect.objectContaining({
        id: 'undeclared_dependency',
        message: expect.stringContaining('Add "@scope/part"') as string,
        line: 2,
        column: 19,
      }),
      expect.objectContaining({ id: 'node_builtin', message: expect.stringContaining('"fs/promises"') as string, line: 3, column: 16 }),
      expect.objectContaining({ id: 'unknown_module', message: expect.stringContaining('"nothing"') as string, line: 4, column: 15 }),
    ]);
  });

  test('in a module name the module', async () => {
    const modules = [{ name: 'money', code: 'export const a = 1;\nexport const b = ;', language: 'JAVASCRIPT' }] as const;
    expect(await errorsOf("import { a } from 'actions:money'; export default () => a", { modules })).toEqual([
      expect.objectContaining({ id: 'syntax', message: expect.stringMatching(/^In the module "money": /) as string, line: 2, column: 18 }),
    ]);
  });

  test('of a package name the package and what it needs of Node', async () => {
    install('dep', { 'index.js': "exports.read = require('fs').readFileSync; exports.a = require('./nothing.js');" });
    expect(await errorsOf("import dep from 'dep'; export default () => dep", withDep)).toEqual([
      expect.objectContaining({
        id: 'node_builtin',
        message: 'The package "dep" needs "fs" of Node, and code does not run in Node.',
        line: null,
      }),
      expect.objectContaining({ id: 'import_not_found', message: 'The package "dep" imports "./nothing.js", which is not there.' }),
    ]);
  });

  test('of names that a package does not export', async () => {
    install('dep', { 'index.js': 'export const a = 1;' }, { type: 'module' });
    expect(await errorsOf("import { b } from 'dep';\nexport default () => b", withDep)).toEqual([
      expect.objectContaining({ id: 'import_not_found', message: expect.stringContaining('"b"') as string, line: 1, column: 10 }),
    ]);
    expect(await errorsOf("import b from 'dep/part'; export default () => b", withDep)).toEqual([
      expect.objectContaining({ id: 'import_not_found', message: '"dep/part" is not there.', line: 1, column: 15 }),
    ]);
  });

  test('of a handler that is missing name it', async () => {
    const handlers = ['onExecutePostLogin', 'onContinuePostLogin'];
    expect(await errorsOf('export const other = 1')).toEqual([expect.objectContaining({ id: 'no_default_export' })]);
    expect(await errorsOf('const onExecutePostLogin = () => 1', { handlers })).toEqual([
      expect.objectContaining({ id: 'no_handler', message: expect.stringContaining('onExecutePostLogin') as string }),
    ]);
    for (const code of [
      'export const onContinuePostLogin = () => 1',
      'export default () => 1',
      'exports.onExecutePostLogin = () => 1',
      "import x from 'actions:x'; exports.onExecutePostLogin = () => x",
    ])
      expect(await errorsOf(code, { handlers, modules: [{ name: 'x', code: 'export default 1', language: 'JAVASCRIPT' }] }), code).toBe(
        'bundled',
      );
  });

  test('what is too large is refused', async () => {
    expect(await make(`export default () => '${'x'.repeat(2_000)}'`, {}, 1_000)).toEqual({
      kind: 'failed',
      errors: [expect.objectContaining({ id: 'too_large' })],
    });
  });
});

describe('packages', () => {
  test('are taken as for a browser, and may try for what is not there', async () => {
    install(
      'dep',
      {
        'index.js': "try { require('supports-color') } catch {}\nconst fs = require('fs'); exports.kind = require('./node.js');",
        'node.js': "module.exports = require('http')",
        'browser.js': "module.exports = 'for browsers'",
      },
      { browser: { fs: false, './node.js': './browser.js' } },
    );
    expect(await make("import dep from 'dep'; export default () => dep.kind", withDep)).toEqual(
      expect.objectContaining({ kind: 'bundled', bundle: expect.stringContaining('for browsers') as string }),
    );
  });

  test('with characters that PostgreSQL cannot keep are kept otherwise', async () => {
    install('dep', { 'index.js': 'module.exports = [`\0`, "\0", /\0/.source];' });
    const made = await make("import dep from 'dep'; export default () => dep", withDep);
    if (made.kind !== 'bundled') throw new Error(JSON.stringify(made));
    expect(made.bundle).not.toContain('\0');
    expect(made.bundle).toContain('\\x00');
    expect(await errorsOf("import a from 'no\0thing'; import b from 'also\ud800'; export default () => [a, b]")).toEqual([
      expect.objectContaining({ message: expect.stringContaining('no\ufffdthing') as string }),
      expect.objectContaining({ message: expect.stringContaining('also\ufffd') as string }),
    ]);
  });

  test('with native code or other files are refused', async () => {
    install('dep', { 'index.js': "module.exports = require('./build.node')", 'build.node': 'binary', 'index.css': 'a{}' });
    expect(await errorsOf("import dep from 'dep'; export default () => dep", withDep)).toEqual([
      expect.objectContaining({ id: 'unsupported_file', message: expect.stringContaining('.node') as string }),
    ]);
    expect(await errorsOf("import 'dep/index.css'", withDep)).toEqual([expect.objectContaining({ id: 'unsupported_file' })]);
  });
});

describe('nothing of the host comes into a bundle', () => {
  async function refuses(code: string, more: Partial<BuildRequest> = withDep): Promise<void> {
    const outcome = await make(code, more);
    expect(JSON.stringify(outcome)).not.toContain(canary);
    if (!code.includes(host)) expect(JSON.stringify(outcome)).not.toContain(host);
    expect(outcome.kind, JSON.stringify(outcome)).toBe('failed');
  }

  test('by an import of the author', async () => {
    for (const path of [
      join(host, 'canary.js'),
      '../canary.js',
      './../canary',
      '../../canary.json',
      `file://${host}/canary.js`,
      'stray',
      'dep/../../../canary.js',
      '.',
      '..',
      '/',
      `${host}/canary.js?x`,
      'https://example.com/x.js',
    ])
      for (const code of [
        `import x from '${path}'; export default x`,
        `exports.x = require('${path}')`,
        `export default import('${path}')`,
      ])
        await refuses(code);
    for (const type of ['text', 'file', 'bytes', 'json'])
      await refuses(`import x from '${host}/canary.js' with { type: '${type}' }; export default x`);
    await refuses(`import x from '../canary.js'; export default x`, { modules: [{ name: 'a', code: '', language: 'JAVASCRIPT' }] });
    await refuses("import x from 'actions:a'", {
      modules: [{ name: 'a', code: "export { default } from '../canary.js'", language: 'TYPESCRIPT' }],
    });
  });

  test('by a package', async () => {
    const cases: readonly (readonly [Readonly<Record<string, string>>, object])[] = [
      [{ 'index.js': "module.exports = require('../../../canary.js')" }, {}],
      [{ 'index.js': `module.exports = require('${host}/canary.js')` }, {}],
      [{ 'index.js': "module.exports = require('../../canary.js')" }, {}],
      [{ 'index.js': "module.exports = require('stray')" }, {}],
      [{ 'index.js': `import x from '${host}/canary.json' with { type: 'json' }; export default x` }, {}],
      [{}, { main: '../../../canary.js' }],
      [{}, { main: `${host}/canary.js` }],
      [{ 'index.js': "module.exports = require('./a.js')", 'a.js': '' }, { browser: { './a.js': '../../../canary.js' } }],
      [{ 'index.js': "module.exports = require('#a')" }, { imports: { '#a': '../../../canary.js' } }],
      [{}, { exports: '../../../canary.js' }],
      [
        { 'index.ts': "export { default } from 'mapped'", 'tsconfig.json': JSON.stringify({ extends: '../../../tsconfig.json' }) },
        { main: 'index.ts' },
      ],
    ];
    for (const [files, fields] of cases) {
      rmSync(join(folder, 'node_modules'), { recursive: true, force: true });
      install('dep', files, fields);
      await refuses("import dep from 'dep'; export default dep");
    }
  });

  test('by a link', async () => {
    install('dep', { 'index.js': "module.exports = require('./linked.js')" });
    symlinkSync(join(host, 'canary.js'), join(folder, 'node_modules/dep/linked.js'));
    await refuses("import dep from 'dep'; export default dep");
    rmSync(join(folder, 'node_modules/dep'), { recursive: true });
    symlinkSync(join(host, 'node_modules/stray'), join(folder, 'node_modules/dep'));
    await refuses("import dep from 'dep'; export default dep");
  });

  test('by the source map that a comment names', async () => {
    install('dep', { 'index.js': 'module.exports = 1;\n//# sourceMappingURL=../../../canary.map' });
    for (const code of [
      `export default 1\n//# sourceMappingURL=file://${host}/canary.map`,
      "export { default } from 'dep'",
      'export default 1\n/*@ sourceMappingURL=../canary.map */',
    ]) {
      const outcome = await make(code, withDep);
      expect(outcome.kind).toBe('bundled');
      expect(JSON.stringify(outcome)).not.toContain(canary);
      expect(JSON.stringify(outcome)).not.toContain(host);
    }
  });

  test('by a tsconfig.json above or beside', async () => {
    write(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ extends: '../tsconfig.json', compilerOptions: { paths: { dep: ['../canary.js'] } } }),
    );
    await refuses("import dep from 'dep'; export default dep");
  });
});

test('a place in a bundle leads to its line in the action, in a module, in a package', async () => {
  install('dep', { 'index.js': 'exports.a = () => {\n  throw new Error("of dep");\n};' });
  const modules = [
    { name: 'money', code: '\n\nexport const pay = () => { throw new Error("of module") };', language: 'TYPESCRIPT' },
  ] as const;
  const code =
    "import { a } from 'dep';\nimport { pay } from 'actions:money';\ninterface A { a: string }\nexport default () => {\n  throw new Error('of action', { cause: [a, pay] });\n}";
  const made = await make(code, { ...withDep, modules, language: 'TYPESCRIPT' });
  if (made.kind !== 'bundled' || made.sourceMap === null) throw new Error(JSON.stringify(made));
  const sourceMap = made.sourceMap;
  const at = (text: string) => {
    const lines = made.bundle.split('\n');
    const line = lines.findIndex((each) => each.includes(text));
    return placeInSource(sourceMap, line + 1, (lines[line]?.indexOf('throw') ?? -1) + 1);
  };
  expect(at('of action')).toEqual({ file: 'action', line: 5, column: 3 });
  expect(at('of module')).toEqual({ file: 'actions:money', line: 3, column: 28 });
  expect(at('of dep')).toEqual({ file: 'node_modules/dep/index.js', line: 2, column: 3 });
  expect(placeInSource(sourceMap, 100_000, 1)).toBeNull();
});

test('places in a large bundle are found again and again without reading its source map each time', async () => {
  const { transform } = await import('esbuild');
  const code = Array.from({ length: 10_000 }, (_, n) => `export const f${String(n)} = (a, b) => a + b * ${String(n)};`).join('\n');
  const { map } = await transform(code, { sourcemap: 'external', sourcesContent: false });
  const begun = performance.now();
  for (let line = 1; line <= 1_000; line += 1) expect(placeInSource(map, line, 1)?.line).toBe(line);
  expect(performance.now() - begun).toBeLessThan(2_000);
});
