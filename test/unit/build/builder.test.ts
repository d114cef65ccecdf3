import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { BuildOutcome, BuildRequest } from '#platform/build/build';
import { type Builder, createBuilder } from '#platform/build/builder';
import { readConfig } from '#platform/config/config';
import { createSandbox, type Sandbox, type SandboxJson } from '#platform/sandbox/sandbox';
import { createLog } from '#platform/telemetry/log';
import { type Registry, type StubPackage, startRegistry } from '#test/support/registry';

const scriptRan = join(tmpdir(), `script-of-a-package-ran-${process.pid}`);

const packages: readonly StubPackage[] = [
  { name: 'cjs-dep', version: '1.0.0', files: { 'index.js': "exports.version = 'one';" } },
  {
    name: 'cjs-dep',
    version: '1.1.0',
    fields: { dependencies: { deep: '^1.0.0' } },
    files: { 'index.js': "exports.version = 'one and ' + require('deep')();" },
  },
  { name: 'cjs-dep', version: '2.0.0', files: { 'index.js': "exports.version = 'two';" } },
  { name: 'deep', version: '1.4.2', files: { 'index.js': "module.exports = () => 'a bit';" } },
  {
    name: '@scope/esm-dep',
    version: '3.0.0',
    fields: {
      type: 'module',
      exports: { '.': { node: './node.js', default: './index.js' } },
      scripts: { postinstall: "node -e \"require('fs').writeFileSync('ran', '')\"" },
    },
    files: { 'index.js': 'export const double = (n) => n * 2;', 'node.js': "import 'fs'" },
  },
  {
    name: 'needs-address',
    version: '1.0.0',
    get fields() {
      return { dependencies: { deep: `${registry.url}/deep/-/1.4.2.tgz` } };
    },
    files: {},
  },
  { name: 'needs-fs', version: '1.0.0', files: { 'index.js': "module.exports = require('fs').readFileSync;" } },
  { name: 'needs-missing', version: '1.0.0', fields: { dependencies: { missing: '1' } }, files: {} },
  {
    name: 'needs-file',
    version: '1.0.0',
    fields: { dependencies: { host: 'file:/etc' } },
    files: { 'index.js': "module.exports = require('host/passwd')" },
  },
  { name: 'needs-git', version: '1.0.0', fields: { dependencies: { repo: 'git+file:///etc' } }, files: {} },
  { name: 'large', version: '1.0.0', files: { 'index.js': 'exports.a = 1;', 'bulk.txt': 'x'.repeat(3_000_000) } },
];

let registry: Registry;
let sandbox: Sandbox;
let builder: Builder;

function newBuilder(settings: Readonly<Record<string, string>> = {}): Builder {
  const config = readConfig({
    DATABASE_URL: 'postgresql://127.0.0.1/none',
    DEPENDENCIES_REGISTRY: registry.url,
    DEPENDENCIES_BYTES: '2000000',
    ...settings,
  });
  return createBuilder(config, createLog('silent', {}));
}

beforeAll(async () => {
  registry = await startRegistry(packages);
  sandbox = createSandbox({
    processes: 1,
    spares: 0,
    defaultMs: 5_000,
    maxMs: 10_000,
    memoryMb: 64,
    outputBytes: 256_000,
    consoleBytes: 100_000,
    log: createLog('silent', {}),
  });
  builder = newBuilder();
  await sandbox.ready;
});

afterAll(async () => {
  await builder.close();
  await sandbox.close();
  await registry.close();
});

beforeEach(() => registry.hold(null));

interface Asked extends Partial<BuildRequest> {
  readonly code: string;
}

function build(asked: Asked, by = builder, signal = new AbortController().signal): Promise<BuildOutcome> {
  return by.build({ language: 'JAVASCRIPT', dependencies: [], modules: [], handlers: [], ...asked }, () => undefined, signal);
}

async function errorsOf(asked: Asked, by = builder) {
  const outcome = await build(asked, by);
  return outcome.kind === 'failed' ? outcome.errors.map(({ id, message }) => ({ id, message })) : outcome;
}

async function built(asked: Asked) {
  const outcome = await build(asked);
  if (outcome.kind !== 'built') throw new Error(JSON.stringify(outcome));
  return outcome;
}

async function run(asked: Asked, input: SandboxJson = null): Promise<SandboxJson> {
  const { bundle } = await built(asked);
  return sandbox.run({ code: bundle, input, context: {}, timeoutMs: null });
}

describe('what is built runs in the sandbox', () => {
  test('JavaScript', async () => {
    expect(await run({ code: 'export default async (n) => n + 1;' }, 41)).toBe(42);
    expect(await run({ code: 'module.exports = async (n) => n + 1;' }, 41)).toBe(42);
  });

  test('TypeScript with its types, an enum and a namespace', async () => {
    const code = `
      import type { Nothing } from './nothing';
      interface Input { readonly count: number }
      enum Colour { Red = 'red', Blue = 'blue' }
      namespace Shop { export const price = 3 }
      abstract class Thing<T> { constructor(protected readonly value: T) {} get(): T { return this.value } }
      class Box extends Thing<number> {}
      export default async ({ count }: Input, _?: Nothing): Promise<object> =>
        ({ sum: new Box(count).get()! * Shop.price, colour: Colour.Blue satisfies string, all: Object.values(Colour) as string[] });`;
    expect(await run({ code, language: 'TYPESCRIPT' }, { count: 2 })).toEqual({ sum: 6, colour: 'blue', all: ['red', 'blue'] });
  });

  test.each([
    [
      'ES module',
      "import { rate } from 'actions:rates'; export const onExecutePostLogin = async (event, api) => { api.access.deny(event.user + rate); };",
    ],
    [
      'CommonJS',
      "const { rate } = require('actions:rates'); exports.onExecutePostLogin = async (event, api) => { api.access.deny(event.user + rate); };",
    ],
    [
      'CommonJS of one object',
      "const { rate } = require('actions:rates'); module.exports = { onExecutePostLogin: async (event, api) => { api.access.deny(event.user + rate); } };",
    ],
    [
      'a mixture',
      "import { rate } from 'actions:rates'; exports.onExecutePostLogin = async (event, api) => { api.access.deny(event.user + rate); };",
    ],
    [
      'CommonJS after types were stripped',
      "const { rate } = require('actions:rates'); exports.onExecutePostLogin = async (event: { user: string }, api: any): Promise<void> => { api.access.deny(event.user + rate); };",
    ],
  ])('a handler of a trigger point, as %s', async (form, code) => {
    const { bundle } = await built({
      code,
      language: form.includes('types') ? 'TYPESCRIPT' : 'JAVASCRIPT',
      modules: [{ name: 'rates', code: 'export const rate: number = 3;', language: 'TYPESCRIPT' }],
      handlers: ['onExecutePostLogin'],
    });
    const { commands } = await sandbox.handle({
      code: bundle,
      handler: 'onExecutePostLogin',
      fallback: 'default',
      event: { user: 'ada' },
      commands: ['access.deny'],
      timeoutMs: null,
    });
    expect(commands).toEqual([{ command: 'access.deny', arguments: ['ada3'] }]);
  });

  test('modules, imported and required, in both languages, by each other', async () => {
    const modules = [
      {
        name: 'money',
        code: "import { rate } from 'actions:rates';\nexport default (n: number): number => n * rate;",
        language: 'TYPESCRIPT',
      },
      { name: 'rates', code: 'exports.rate = 3;', language: 'JAVASCRIPT' },
    ] as const;
    const code = "import pay from 'actions:money'; const { rate } = require('actions:rates'); export default (n) => [pay(n), rate];";
    expect(await run({ code, modules }, 7)).toEqual([21, 3]);
  });

  test('dependencies, CommonJS and ES modules, as a range, a version and a tag', async () => {
    const dependencies = [
      { name: 'cjs-dep', version: '^1.0.0' },
      { name: '@scope/esm-dep', version: 'latest' },
      { name: 'deep', version: '1.4.2' },
    ];
    const code =
      "import { double } from '@scope/esm-dep'; const { version } = require('cjs-dep'); export default (n) => [double(n), version];";
    const made = await built({ code, dependencies });
    expect(made.dependencies).toEqual([
      { name: 'cjs-dep', version: '1.1.0' },
      { name: '@scope/esm-dep', version: '3.0.0' },
      { name: 'deep', version: '1.4.2' },
    ]);
    expect(await sandbox.run({ code: made.bundle, input: 4, context: {}, timeoutMs: null })).toEqual([8, 'one and a bit']);
    expect(existsSync(scriptRan)).toBe(false);
    expect(made.bundle).not.toContain(realpathSync(tmpdir()));
    expect(made.sourceMap).not.toContain(realpathSync(tmpdir()));
  });
});

describe('dependencies', () => {
  const code = "const dep = require('cjs-dep'); module.exports = () => dep.version;";

  test('of exact versions are installed once', async () => {
    const dependencies = [{ name: 'cjs-dep', version: '2.0.0' }];
    expect(await run({ code, dependencies })).toBe('two');
    const asked = registry.asked.length;
    expect(await run({ code: `${code} // again`, dependencies })).toBe('two');
    expect(registry.asked.length).toBe(asked);
  });

  test.each([
    ['nothing', '1.0.0', 'dependency_not_found', 'The package "nothing" is not in the registry.'],
    [
      'needs-missing',
      '1.0.0',
      'dependency_not_found',
      'The package "missing" is not in the registry, and one of the dependencies needs it.',
    ],
    ['cjs-dep', '9.9.9', 'version_not_found', 'The package "cjs-dep" has no version "9.9.9".'],
    ['needs-fs', '1.0.0', 'node_builtin', 'The package "needs-fs" needs "fs" of Node, and code does not run in Node.'],
    ['needs-file', '1.0.0', 'dependency_refused', 'A dependency wants a package that comes from no registry.'],
    ['needs-git', '1.0.0', 'dependency_refused', 'A dependency wants a package that comes from no registry.'],
    ['needs-address', '1.0.0', 'dependency_refused', 'A dependency wants a package that comes from no registry.'],
    ['large', '1.0.0', 'too_large', 'The dependencies have more than 2000000 bytes when they are installed.'],
  ])('%s at %s: %s', async (name, version, id, message) => {
    expect(await errorsOf({ code: `export { default } from '${name}'`, dependencies: [{ name, version }] })).toEqual([{ id, message }]);
  });

  test('are not even asked for when they are not allowed, or off', async () => {
    const dependencies = [{ name: 'cjs-dep', version: '2.0.0' }];
    const asked = registry.asked.length;
    const some = newBuilder({ DEPENDENCIES_ALLOWED: '@scope/*,deep' });
    expect(await errorsOf({ code, dependencies }, some)).toEqual([expect.objectContaining({ id: 'dependency_not_allowed' })]);
    const none = newBuilder({ DEPENDENCIES: 'off' });
    expect(await errorsOf({ code, dependencies }, none)).toEqual([expect.objectContaining({ id: 'dependencies_off' })]);
    expect(registry.asked.length).toBe(asked);
  });

  test('are tried again later when the registry is away or slow', async () => {
    const dependencies = [{ name: 'cjs-dep', version: '^2.0.0' }];
    const away = newBuilder({ DEPENDENCIES_REGISTRY: 'http://127.0.0.1:9' });
    const slow = newBuilder({ DEPENDENCIES_MS: '1200' });
    registry.hold('/cjs-dep');
    expect(await build({ code, dependencies }, away)).toEqual({
      kind: 'retry',
      message: 'The dependencies could not be installed: npm says ECONNREFUSED.',
    });
    expect(await build({ code, dependencies }, slow)).toEqual({
      kind: 'retry',
      message: 'The dependencies were not installed within 1200 ms.',
    });
    await Promise.all([away.close(), slow.close()]);
  });
});

describe('a builder that ends', () => {
  test('lets go of what it installs at once, and leaves nothing behind', async () => {
    const before = leftovers();
    const own = newBuilder();
    registry.hold('/cjs-dep/-/');
    const ending = new AbortController();
    const asked = registry.asked.length;
    const building = build({ code: 'module.exports = 1', dependencies: [{ name: 'cjs-dep', version: '1.0.0' }] }, own, ending.signal);
    await expect.poll(() => registry.asked.slice(asked)).toContain('/cjs-dep/-/1.0.0.tgz');
    const [mine = ''] = leftovers().filter((folder) => !before.includes(folder));
    expect(existsSync(join(tmpdir(), mine))).toBe(true);
    ending.abort(new Error('the worker ends'));
    await expect(building).rejects.toThrow('the worker ends');
    await own.close();
    expect(leftovers()).not.toContain(mine);
  });

  function leftovers(): string[] {
    return readdirSync(tmpdir()).filter((name) => name.startsWith(`millrace-build-${process.pid}-`));
  }
});
