import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSandbox, type Sandbox, type SandboxHandled, type SandboxHandling } from '#platform/sandbox/sandbox';
import { createLog } from '#platform/telemetry/log';

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = createSandbox({
    processes: 1,
    spares: 0,
    defaultMs: 2_000,
    maxMs: 10_000,
    memoryMb: 32,
    outputBytes: 20_000,
    consoleBytes: 100_000,
    log: createLog('silent', {}),
  });
  await sandbox.ready;
}, 30_000);

afterAll(() => sandbox.close());

const commands = ['access.deny', 'idToken.setCustomClaim', 'accessToken.setCustomClaim', 'redirect', 'redirect.sendUserTo'];
const event = { user: { name: 'Ada', tags: ['a', { b: 1 }] }, secrets: { key: 'sesame' } };

function handle(code: string, more: Partial<SandboxHandling> = {}): Promise<SandboxHandled> {
  return sandbox.handle({ code, handler: 'onLogin', fallback: 'default', event, commands, timeoutMs: null, ...more });
}

/** With the body of a handler. */
const body = (text: string, more: Partial<SandboxHandling> = {}) =>
  handle(`export const onLogin = async (event, api) => {\n${text}\n}`, more);

describe('a handler', () => {
  test('gets event and api, and gives an output and commands in their order', async () => {
    expect(
      await body(`api.idToken.setCustomClaim('name', event.user.name).accessToken.setCustomClaim('roles', [1, { a: null }]);
        await null;
        api.redirect.sendUserTo('https://example.com'), api.redirect(), api.access.deny();
        return { done: true }`),
    ).toEqual({
      output: { done: true },
      commands: [
        { command: 'idToken.setCustomClaim', arguments: ['name', 'Ada'] },
        { command: 'accessToken.setCustomClaim', arguments: ['roles', [1, { a: null }]] },
        { command: 'redirect.sendUserTo', arguments: ['https://example.com'] },
        { command: 'redirect', arguments: [] },
        { command: 'access.deny', arguments: [] },
      ],
    });
  });

  test.each([
    ['an export of its name', 'export async function onLogin() { return 1 }\nexport default () => 2'],
    ['a named export before exports', 'export const onLogin = () => 1;\nexports.onLogin = () => 2'],
    ['exports', 'exports.onLogin = async () => 1'],
    ['module.exports', 'module.exports = { onLogin: () => 1 }'],
    ['a property of module.exports', 'module.exports.onLogin = () => 1'],
    ['exports before a default', 'exports.onLogin = () => 1;\nexport default () => 2'],
    ['a default export', 'export default () => 1'],
    ['a function as module.exports', 'module.exports = () => 1'],
    ['a bundled CommonJS file', 'const bundled = {};\nbundled.onLogin = () => 1;\nexport default bundled'],
  ])('is found as %s', async (_, code) => {
    expect(await handle(code)).toEqual({ output: 1, commands: [] });
  });

  test.each([
    ['', 'default'],
    ['exports.onLogout = () => 1', 'default'],
    ['export const onLogin = 5', 'default'],
    ['module.exports = null', 'default'],
    ['export default () => 1', null],
  ] as const)('is missed in %j with the fallback %s', async (code, fallback) => {
    await expect(handle(code, { fallback })).rejects.toMatchObject({
      code: 'SYNTAX',
      message: expect.stringContaining('exports.onLogin ='),
    });
  });

  test('that ends with a command gives no output', async () => {
    expect(await handle(`export const onLogin = (event, api) => api.access.deny('no')`)).toEqual({
      output: null,
      commands: [{ command: 'access.deny', arguments: ['no'] }],
    });
  });

  test('is told what to do about a package', async () => {
    await expect(handle(`const axios = require('axios');\nexports.onLogin = () => axios`)).rejects.toMatchObject({
      code: 'UNCAUGHT',
      message: `Error: require('axios'): add axios to the dependencies of the action`,
      line: 1,
    });
  });

  test('finds CommonJS, fetch and a clock of its own; an action finds no CommonJS', async () => {
    const names = `['module', 'exports', 'require', 'fetch'].map((name) => typeof globalThis[name])`;
    expect((await body(`return ${names}`)).output).toEqual(['object', 'object', 'function', 'function']);
    const call = { code: `export default () => ${names}`, input: null, context: null, timeoutMs: null };
    expect(await sandbox.run(call)).toEqual(['undefined', 'undefined', 'undefined', 'function']);
    const chance = 'const first = Math.random();\nexport default () => first';
    expect((await handle(chance)).output).not.toBe((await handle(chance)).output);
  });
});

describe('the event', () => {
  test('cannot be changed, however deep', async () => {
    expect(
      await body(`const attempts = [
          () => { event.user = 1 }, () => { event.user.name = 'Eve' }, () => { event.user.tags.push(1) }, () => { event.user.tags[1].b = 2 },
          () => { delete event.secrets }, () => { Object.defineProperty(event, 'x', { value: 1 }) }, () => { event.user.__proto__ = {} },
        ];
        return [attempts.map((attempt) => { try { attempt(); return 'done' } catch (error) { return error.name } }), event]`),
    ).toEqual({ output: [Array.from({ length: 7 }, () => 'TypeError'), event], commands: [] });
  });

  test('is frozen before the code can replace what freezes', async () => {
    const code = `Object.freeze = Object.keys = JSON.parse = () => ({}); Array.prototype[Symbol.iterator] = null;
      export const onLogin = (event) => { try { event.user.name = 'Eve' } catch {} return event.user.name }`;
    expect((await handle(code)).output).toBe('Ada');
  });

  test('with __proto__ in it is data and pollutes nothing', async () => {
    const hostile = JSON.parse(
      '{ "__proto__": { "admin": true }, "a": { "__proto__": [1] }, "constructor": { "prototype": { "admin": 1 } } }',
    ) as typeof event;
    const handled = await body(`api.access.deny(event); return [event.admin, ({}).admin, Object.keys(event), event]`, { event: hostile });
    expect(JSON.stringify(handled.output)).toBe(`[null,null,["__proto__","a","constructor"],${JSON.stringify(hostile)}]`);
    expect(JSON.stringify(handled.commands[0]?.arguments)).toBe(`[${JSON.stringify(hostile)}]`);
    expect(({} as { admin?: unknown }).admin).toBeUndefined();
  });

  test('behind a Proxy is the code’s own affair', async () => {
    const handled =
      await body(`const own = new Proxy(event, { get: () => { throw new Error('trap') }, ownKeys: () => { throw new Error('trap') } });
      try { api.access.deny(own) } catch (error) { return error.message }`);
    expect(handled).toEqual({ output: 'api.access.deny: argument 1 cannot be written as JSON: trap', commands: [] });
  });
});

describe('commands', () => {
  test.each([
    ['undefined', 'argument 2 is not JSON: undefined'],
    ['() => 1', 'argument 2 is not JSON: function'],
    ['Symbol()', 'argument 2 is not JSON: symbol'],
    ['NaN', 'argument 2 is not JSON: a number that is not finite'],
    ['10n', 'argument 2 cannot be written as JSON'],
    ['loop', 'argument 2 cannot be written as JSON'],
    ['{ get a() { throw new Error("mine") } }', 'argument 2 cannot be written as JSON: mine'],
    ['{ toJSON() { throw { get message() { throw 1 } } } }', 'argument 2 cannot be written as JSON'],
  ])('with %s are refused with the name of the command', async (value, message) => {
    const outcome = body(`const loop = {}; loop.loop = loop; api.idToken.setCustomClaim('a', ${value})`);
    await expect(outcome).rejects.toMatchObject({
      code: 'UNCAUGHT',
      message: expect.stringContaining(`TypeError: api.idToken.setCustomClaim: ${message}`),
      line: 2,
    });
  });

  test('take the value that an argument had at the call', async () => {
    const { commands } = await body(`const claim = { a: 1, at: new Date(0), none: undefined }; api.access.deny(claim); claim.a = 2`);
    expect(commands).toEqual([{ command: 'access.deny', arguments: [{ a: 1, at: '1970-01-01T00:00:00.000Z' }] }]);
  });

  test('of a handler that threw, or never ended, are dropped', async () => {
    await expect(body(`api.access.deny('x'); throw new Error('after all')`)).rejects.toMatchObject({ code: 'UNCAUGHT' });
    await expect(body(`api.access.deny('x'); for (;;);`, { timeoutMs: 100 })).rejects.toMatchObject({ code: 'TIMEOUT' });
    expect(await body('return 1')).toEqual({ output: 1, commands: [] });
  });

  test('are a thousand at most, and fit the limit of an output, whatever the code catches', async () => {
    expect((await body(`for (let i = 0; i < 500; i++) api.redirect(); return 1`)).commands).toHaveLength(500);
    const caught = (text: string) => body(`for (let i = 0; i < 3000; i++) try { ${text} } catch {}\nreturn 'quietly'`);
    const failure = (message: string) => ({ code: 'OUTPUT_TOO_LARGE', message: expect.stringContaining(message) });
    await expect(caught(`api.access.deny('x'.repeat(100))`)).rejects.toMatchObject(failure('larger than 20000 bytes'));
    await expect(body(`api.access.deny('ä'.repeat(15000))`)).rejects.toMatchObject(failure('commands are larger than 20000 bytes'));
    const roomy = createSandbox({
      processes: 1,
      spares: 0,
      defaultMs: 2_000,
      maxMs: 2_000,
      memoryMb: 32,
      outputBytes: 100_000,
      consoleBytes: 1,
      log: createLog('silent', {}),
    });
    const code = (count: number) => `export default (event, api) => { for (let i = 0; i < ${count}; i++) try { api.redirect() } catch {} }`;
    const call = { handler: 'onLogin', fallback: 'default', event: null, commands, timeoutMs: null } as const;
    const [most, more] = await Promise.allSettled([
      roomy.handle({ ...call, code: code(1000) }),
      roomy.handle({ ...call, code: code(1001) }),
    ]);
    await roomy.close();
    expect(most).toMatchObject({ value: { commands: { length: 1000 } } });
    expect(more).toMatchObject({ reason: failure('at most 1000 commands') });
  });

  test('hold what a database can keep', async () => {
    for (const value of [String.raw`'\u0000'`, String.raw`{ '\ud800': 1 }`, `JSON.parse('['.repeat(100) + ']'.repeat(100))`])
      await expect(body(`api.access.deny(${value})`), value).rejects.toMatchObject({ code: 'OUTPUT_NOT_JSON' });
  });

  test('given while the output is written count, after it they do not', async () => {
    expect(
      await body(`setTimeout(() => api.access.deny('late'), 0); return { toJSON() { api.access.deny('in time'); return 1 } }`),
    ).toEqual({
      output: 1,
      commands: [{ command: 'access.deny', arguments: ['in time'] }],
    });
  });

  test('given by a getter of an argument come before it', async () => {
    const { commands } = await body(`api.access.deny({ get a() { api.redirect('inner'); return 1 } })`);
    expect(commands.map(({ command }) => command)).toEqual(['redirect', 'access.deny']);
  });
});

describe('a handler that attacks', () => {
  test('cannot put methods of its own into api', async () => {
    expect(
      await body(`const attempts = [
          () => { api.access.deny = () => {} }, () => { api.access = {} }, () => { api.extra = () => {} }, () => { delete api.access.deny },
          () => { Object.setPrototypeOf(api, {}) }, () => { api.access.deny.call = 1 }, () => { Object.defineProperty(api.redirect, 'x', { value: 1 }) },
        ];
        const tried = attempts.map((attempt) => { try { attempt(); return 'done' } catch (error) { return error.name } });
        api.access.deny.call(null, 'x');
        return [tried, Object.keys(api).sort(), api.__proto__ === undefined]`),
    ).toEqual({
      output: [Array.from({ length: 7 }, () => 'TypeError'), ['access', 'accessToken', 'idToken', 'redirect'], true],
      commands: [{ command: 'access.deny', arguments: ['x'] }],
    });
  });

  test.each([
    ['JSON', `JSON.stringify = JSON.parse = () => '"mine"'`],
    ['arrays', `Array.prototype[Symbol.iterator] = Array.prototype.push = Array.prototype.entries = () => { throw 1 }`],
    ['maps', `for (const name of ['get', 'set', 'has', 'delete', 'forEach']) Map.prototype[name] = () => { throw 1 }`],
    ['objects', `Object.freeze = Object.keys = Object.hasOwn = Object.create = Object.defineProperty = () => { throw 1 }`],
    ['texts', `String.prototype.split = String.prototype.slice = () => { throw 1 }; globalThis.String = null`],
    [
      'prototypes',
      `Object.prototype.toJSON = Array.prototype.toJSON = function () { return this }; Object.prototype.value = 1; Object.prototype.command = 'x'`,
    ],
    ['functions', `Function.prototype.call = Function.prototype.apply = Reflect.apply = () => { throw 1 }`],
    ['promises', `Promise.prototype.then = Promise.resolve = () => { throw 1 }; globalThis.Promise = null`],
  ])('replaces %s in vain', async (_, spoil) => {
    expect(await body(`${spoil}; api.idToken.setCustomClaim('a', ['b', 1]); return [event.user.name]`)).toEqual({
      output: ['Ada'],
      commands: [{ command: 'idToken.setCustomClaim', arguments: ['a', ['b', 1]] }],
    });
    expect(await body('return [].concat(1)')).toEqual({ output: [1], commands: [] });
  });

  test.each([
    ['that is not there', `globalThis.module = { exports: { onLogin: () => 2 } }`, 'SYNTAX'],
    ['that is a getter', `Object.defineProperty(module, 'exports', { get() { throw new Error('trap') } })`, 'UNCAUGHT'],
    ['that is a Proxy', `module.exports = new Proxy({}, { get() { throw new Error('trap') } })`, 'UNCAUGHT'],
    ['that never ends', `module.exports = new Proxy({}, { get() { for (;;); } })`, 'TIMEOUT'],
    ['that is revoked', `const { proxy, revoke } = Proxy.revocable({}, {}); module.exports = proxy; revoke()`, 'UNCAUGHT'],
  ])('with exports %s fails alone', async (_, code, failure) => {
    await expect(handle(code, { timeoutMs: 200 })).rejects.toMatchObject({ code: failure });
    expect((await handle('exports.onLogin = () => 1')).output).toBe(1);
  });

  test('with a thenable in place of an output gives what it resolves to, or ends', async () => {
    expect((await body(`return { then(resolve) { resolve({ then(resolve) { resolve('deep') } }) } }`)).output).toBe('deep');
    await expect(body(`return { then() {} }`)).rejects.toMatchObject({ message: expect.stringContaining('nothing can settle') });
    await expect(body(`return { then(resolve) { resolve(this) } }`, { timeoutMs: 150 })).rejects.toMatchObject({ code: 'TIMEOUT' });
    await expect(body(`return { then() { throw new Error('no') } }`)).rejects.toMatchObject({ code: 'UNCAUGHT', message: 'Error: no' });
  });

  test('leaves nothing to the next one on the same machine', async () => {
    await body(
      `globalThis.leak = event.secrets; exports.leak = module.leak = require.leak = 1; Object.prototype.leak = 1; api.access.deny('earlier')`,
    );
    const code = `exports.onLogin = (event) => [typeof leak, typeof ({}).leak, typeof module.leak, typeof require.leak, Object.keys(exports), Object.keys(event)]`;
    expect(await handle(code, { event: { other: 1 } })).toEqual({
      output: ['undefined', 'undefined', 'undefined', 'undefined', ['onLogin'], ['other']],
      commands: [],
    });
  });

  test('with names that are no names of commands is told so', async () => {
    await expect(body('api.access.allow()')).rejects.toMatchObject({
      code: 'UNCAUGHT',
      message: expect.stringContaining('not a function'),
    });
    const hostile = ['__proto__.polluted', 'constructor', 'a.prototype.b', 'toString'];
    const handled = await body(`api['__proto__'].polluted(1); api.constructor(2); api.a.prototype.b(3); return typeof ({}).polluted`, {
      commands: hostile,
    });
    expect(handled.output).toBe('undefined');
    expect(handled.commands.map(({ command }) => command)).toEqual(['__proto__.polluted', 'constructor', 'a.prototype.b']);
  });
});
