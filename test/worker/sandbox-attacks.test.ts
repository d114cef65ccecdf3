import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSandbox, type Sandbox, type SandboxCall, type SandboxJson } from '#platform/sandbox/sandbox';
import { SandboxError } from '#platform/sandbox/sandbox-error';
import { createLog } from '#platform/telemetry/log';

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = createSandbox({
    processes: 2,
    spares: 0,
    defaultMs: 2_000,
    maxMs: 10_000,
    memoryMb: 32,
    outputBytes: 10_000,
    consoleBytes: 20_000,
    log: createLog('silent', {}),
  });
  await sandbox.ready;
}, 30_000);

afterAll(() => sandbox.close());

const run = (code: string, more: Partial<SandboxCall> = {}): Promise<SandboxJson> =>
  sandbox.run({ code, input: { a: { b: 1 } }, context: { list: [1] }, timeoutMs: null, ...more });
const body = (text: string, more: Partial<SandboxCall> = {}) => run(`export default async (input, context) => {\n${text}\n}`, more);

const codeOf = (error: unknown): string => (error instanceof SandboxError ? error.code : String(error));

/** What tells the host from the guest: every realm of Node has it, the guest does not. Null where nothing could be run. */
const probe = `const reaches = async (make) => {
  globalThis.found = '';
  try { const made = make('globalThis.found = typeof process + typeof Buffer')(); made?.next?.(); await made } catch {}
  return found === '' ? null : found !== 'undefinedundefined';
};`;

describe('no way leads to the host', () => {
  test.each([
    [
      'constructors',
      `[(() => {}).constructor, (async () => {}).constructor, (function* () {}).constructor, (async function* () {}).constructor, console.log.constructor, fetch.constructor, URL.constructor, input.constructor.constructor, context.list.constructor.constructor]`,
    ],
    [
      'prototypes',
      `[input, context, context.list, console, crypto, performance, new URL('https://a'), new Headers(), Promise.resolve(), new Error()].flatMap((value) => { const found = []; for (let at = value; at; at = Object.getPrototypeOf(at)) found.push(at.constructor?.constructor); return found })`,
    ],
    [
      'getters',
      `(() => { const found = []; for (const [value, name] of [[URL.prototype, 'href'], [URL.prototype, 'searchParams'], [Map.prototype, 'size'], [performance, 'timeOrigin'], [Object.prototype, '__proto__']]) { const { get, set } = Object.getOwnPropertyDescriptor(value, name); found.push(get?.constructor, set?.constructor) } return found })()`,
    ],
    [
      'errors',
      `(() => { const found = []; for (const fail of [() => new URL('x'), () => fetch(Symbol()), () => structuredClone(() => 1), () => new TextDecoder('x'), () => JSON.parse('{'), () => null.x, () => setTimeout(1)]) try { const made = fail(); if (made?.catch) made.catch((error) => found.push(error.constructor.constructor)) } catch (error) { found.push(error.constructor.constructor) } return found })()`,
    ],
    [
      'proxies',
      `(() => { const found = []; const spy = (target) => new Proxy(target, { get(_, name) { found.push(target.constructor.constructor); return target[name] }, apply(_, self, args) { found.push(self?.constructor, ...args.map((arg) => arg?.constructor?.constructor)); return Reflect.apply(target, undefined, args) } });
      console.log(spy({ a: 1 })); new URL(spy({ toString: spy(() => 'https://a') })); setTimeout(spy(() => 1), spy({ valueOf: spy(() => 0) })); structuredClone({ a: 1 }); return found.filter(Boolean) })()`,
    ],
    [
      'promises',
      `await (async () => { const found = []; const then = Promise.prototype.then; Promise.prototype.then = function (...args) { for (const arg of args) found.push(arg?.constructor); return then.apply(this, args) };
      try { await fetch('https://a') } catch (error) { found.push(error.constructor.constructor) } await { then(resolve, reject) { found.push(resolve.constructor, reject.constructor); resolve() } }; Promise.prototype.then = then; return found })()`,
    ],
    [
      'generators',
      `(() => { const found = []; const it = (function* () { yield this })(); found.push(it.constructor, it.next.constructor, it.return(1).constructor.constructor, Object.getPrototypeOf(it).constructor, [][Symbol.iterator]().next.constructor); for (const [key] of new URLSearchParams('a=1')) found.push(key.constructor.constructor); return found })()`,
    ],
    [
      'callers',
      `(() => { const found = []; const own = function () { found.push(own.constructor); try { found.push(own.caller?.constructor, arguments.callee?.constructor) } catch {} }; [1].forEach(own); JSON.stringify({ toJSON: own }); setTimeout(own); return found })()`,
    ],
    [
      'stacks',
      `(() => { const found = []; Error.prepareStackTrace = (error, frames) => { for (const frame of [frames].flat()) for (const name of ['getThis', 'getFunction', 'getTypeName']) try { found.push(frame[name]()?.constructor?.constructor) } catch {} return '' }; for (const fail of [() => new URL('x'), () => null.x]) try { fail() } catch (error) { void error.stack } delete Error.prepareStackTrace; return found })()`,
    ],
    [
      'species and coercions',
      `(() => { const found = []; const spy = { [Symbol.toPrimitive](...args) { found.push(this.constructor.constructor, ...args.map((arg) => arg.constructor.constructor)); return 1 } }; setTimeout(() => 1, spy); console.log('%d', spy); new Uint8Array(spy); new TextEncoder().encode(spy); return found })()`,
    ],
  ])('through %s', async (_, sources) => {
    expect(
      await body(
        `${probe} const sources = ${sources}; const reached = []; for (const source of sources) reached.push(await reaches(source)); return [reached.includes(false), reached.filter(Boolean).length]`,
      ),
    ).toEqual([true, 0]);
  });

  test('modules know neither a place nor a path', async () => {
    expect(await run(`export default () => [Object.keys(import.meta).filter((key) => key !== 'url'), String(import.meta.url)]`)).toEqual([
      [],
      expect.not.stringMatching(/\/|file:/),
    ]);
    await expect(run(`import self from 'action.js';\nexport default 1`)).rejects.toMatchObject({ code: 'SYNTAX' });
  });

  test('WebAssembly, workers, shared memory and the engine’s own powers are not there', async () => {
    const names = [
      'WebAssembly',
      'Worker',
      'SharedArrayBuffer',
      'Atomics',
      'std',
      'os',
      'bjson',
      'Bun',
      'Deno',
      'postMessage',
      'navigator',
      'gc',
    ];
    expect(await body(`return ${JSON.stringify(names)}.filter((name) => name in globalThis)`)).toEqual([]);
    expect(
      await body(
        `return Object.getOwnPropertyNames(new Function('return this')()).filter((name) => /wasm|host|settle|native|bridge/i.test(name))`,
      ),
    ).toEqual([]);
  });
});

describe('what never ends is ended', () => {
  const endless: Record<string, string> = {
    'a loop before an await': 'for (;;); await null',
    'a loop after an await': 'await null; for (;;);',
    'a loop in a timer': 'await new Promise((resolve) => setTimeout(() => { for (;;); }, 1))',
    'a loop in finally': 'try { for (;;); } finally { for (;;); }',
    'a generator': 'const forever = (function* () { for (;;) yield 1 })(); for (const n of forever); ',
    'an async generator': 'for await (const n of (async function* () { for (;;) yield 1 })());',
    'a spread iterator': 'Math.max(...{ [Symbol.iterator]: () => ({ next: () => ({ done: false }) }) })',
    'a getter of the output': 'return { get a() { for (;;); } }',
    'a Proxy as output': 'return new Proxy({}, { ownKeys() { for (;;); } })',
    'a Proxy as prototype': 'const a = Object.create(new Proxy({}, { has() { for (;;); } })); return "x" in a',
    'a thenable': 'await { then(resolve) { resolve(this) } }',
    'promises that make promises': 'const again = () => Promise.resolve().then(again); await again()',
    microtasks: 'const again = () => queueMicrotask(again); again(); await new Promise(() => {})',
    'a sort': '[3, 2, 1].sort(() => { for (;;); })',
    'a replacement': `'x'.replace(/x/, () => { for (;;); })`,
    'a stack trace': 'Error.prepareStackTrace = () => { for (;;); }; try { null.x } catch (error) { void error.stack } for (;;);',
    'a static block': 'class A { static { for (;;); } }',
    'an eval': `(0, eval)('for (;;);')`,
    'a nested quantifier': `/^(\\w+\\s?)*$/.test('a'.repeat(50) + '!')`,
    'an alternation': `/^(a|a)*$/.test('a'.repeat(50) + 'b')`,
    'a look-behind': `/(?<=(a+)+)b/.test('a'.repeat(50) + 'c'); for (;;);`,
    'a back reference': `/(.*)*\\1x/.test('ab'.repeat(200))`,
    'a pattern through split': `('a'.repeat(50) + 'b').split(/(a*)*c/)`,
  };

  test('at its time, and the next call is served', async () => {
    const outcomes = await Promise.all(
      Object.entries(endless).map(async ([name, text]) => [
        name,
        await body(text, { timeoutMs: 80, owner: { tenant: name, name } }).catch(codeOf),
      ]),
    );
    expect(Object.fromEntries(outcomes)).toEqual(Object.fromEntries(Object.keys(endless).map((name) => [name, 'TIMEOUT'])));
    expect(await body('return 1')).toBe(1);
  });

  test('also while a module loads', async () => {
    for (const code of ['for (;;);\nexport default 1', 'await new Promise((resolve) => setTimeout(resolve, 9000));\nexport default 1'])
      await expect(run(code, { timeoutMs: 80 })).rejects.toMatchObject({ code: 'TIMEOUT' });
  });
});

describe('bombs hit nobody but who throws them', () => {
  const bombs: Record<string, string> = {
    recursion: 'const f = () => f(); f()',
    'recursion through getters': 'const a = { get b() { return this.b } }; a.b',
    'recursion through a Proxy': 'const a = new Proxy({}, { get: (target, name, self) => self[name] }); a.b',
    'recursion through toString': `const a = { toString() { return '' + this } }; '' + a`,
    'recursion through toJSON': 'const a = { toJSON() { return JSON.stringify(this) } }; return a',
    'recursion through a constructor': 'class A { constructor() { new A() } } new A()',
    'a deep pattern': `new RegExp('(?:'.repeat(100000) + ')'.repeat(100000))`,
    'a deep literal': `eval('['.repeat(200000))`,
    'a deep clone': 'let a = []; for (let i = 0; i < 100000; i++) a = [a]; structuredClone(a)',
    'a full array': 'const a = []; for (;;) a.push(a.slice())',
    'a full map': 'const a = new Map(); for (let i = 0; ; i++) a.set(i, new Array(100).fill(i))',
    'a full set of closures': 'const a = []; for (;;) a.push(() => a)',
    'a long text': `let a = 'x'; for (;;) a += a`,
    'a padded text': `'x'.padEnd(2 ** 30 - 2).split('')`,
    'a joined text': `new Array(2 ** 28).join('xyz')`,
    'a long buffer': 'new ArrayBuffer(2 ** 31)',
    'a growing buffer': 'const a = new ArrayBuffer(1, { maxByteLength: 2 ** 30 }); a.resize(2 ** 30); new Uint8Array(a).fill(1)',
    'a long number': '2n ** (2n ** 40n)',
    'a long encoding': `new TextEncoder().encode('ä'.repeat(2 ** 26))`,
    'a long URL': `new URL('https://a/' + 'x'.repeat(2 ** 24))`,
    'promises without end': 'const a = []; for (;;) a.push(new Promise(() => {}))',
    'a large output': `return 'x'.repeat(20000)`,
    'an output of many': 'return new Array(100000).fill(0)',
    'an output that shares': 'let a = [1]; for (let i = 0; i < 30; i++) a = [a, a]; return a',
  };

  test('and end as errors of theirs', async () => {
    const outcomes = await Promise.all(
      Object.entries(bombs).map(async ([name, text]) => [
        name,
        await body(text, { timeoutMs: 400, owner: { tenant: name, name } }).then(
          () => 'an output',
          (error: unknown) =>
            /^(UNCAUGHT|MEMORY|OUTPUT_TOO_LARGE|OUTPUT_NOT_JSON|TIMEOUT)$/.test(codeOf(error)) ? 'an error' : codeOf(error),
        ),
      ]),
    );
    expect(Object.fromEntries(outcomes)).toEqual(Object.fromEntries(Object.keys(bombs).map((name) => [name, 'an error'])));
    expect(await body('return 1')).toBe(1);
  });

  test('floods of lines are cut, also from code that never ends', async () => {
    let bytes = 0;
    const onLog = (_: unknown, message: string) => (bytes += message.length);
    await expect(body(`for (;;) console.log('x'.repeat(50))`, { timeoutMs: 150, onLog })).rejects.toMatchObject({ code: 'TIMEOUT' });
    await expect(body(`for (;;) { console.error(new Array(1e4).fill('y')); await null }`, { timeoutMs: 150, onLog })).rejects.toMatchObject(
      { code: 'TIMEOUT' },
    );
    expect(bytes).toBeGreaterThan(1_000);
    expect(bytes).toBeLessThan(45_000);
  });

  test('floods of calls of the host end with the code, and calls outside at their number', async () => {
    let calls = 0;
    const fetch = () => {
      calls += 1;
      return Promise.resolve({ status: 200, url: '', headers: {}, body: Buffer.from('') });
    };
    const floods = [
      `for (;;) crypto.randomUUID()`,
      `for (;;) new URL('https://a/' + Math.random())`,
      `for (;;) new URLSearchParams('a=1&b=2').toString()`,
      `for (;;) try { await fetch('https://a') } catch {}`,
      `for (;;) fetch('https://a').catch(() => {})`,
      `for (;;) setTimeout(() => {}, 1e6)`,
    ];
    const outcomes = await Promise.all(
      floods.map((flood) => body(flood, { timeoutMs: 150, fetch, owner: { tenant: flood, name: '' } }).catch(codeOf)),
    );
    // The last one may have a thousand timers.
    expect(outcomes).toEqual(['TIMEOUT', 'TIMEOUT', 'TIMEOUT', 'TIMEOUT', expect.stringMatching(/TIMEOUT|MEMORY/), 'UNCAUGHT']);
    expect(calls).toBeGreaterThan(0);
    expect(calls).toBeLessThanOrEqual(100);
    expect(await body('return 1')).toBe(1);
  });
});

describe('nothing of one call is seen by the next', () => {
  test.each([
    [
      'a finaliser',
      `const registry = new FinalizationRegistry(() => { globalThis.leak = 1; console.log('leak') }); registry.register({}, 1); globalThis.registry = registry`,
    ],
    [
      'a pending promise',
      `globalThis.later = new Promise((resolve) => setTimeout(resolve, 1)).then(() => { globalThis.leak = 1; console.log('leak') })`,
    ],
    ['a call under way', `fetch('https://a').then(() => { globalThis.leak = 1; console.log('leak') }, () => console.log('leak'))`],
    ['a microtask', `queueMicrotask(() => Promise.resolve().then(() => Promise.resolve()).then(() => { globalThis.leak = 1 }))`],
    ['a setter on everything', `Object.defineProperty(Object.prototype, 'leak', { set() {}, get: () => 1, configurable: true })`],
    ['a replaced global', `globalThis.Array = globalThis.Promise = globalThis.console = 1; globalThis.undefined_ = globalThis.leak = 1`],
    [
      'a replaced intrinsic',
      `Object.getPrototypeOf((async () => {})()).then = 1; Object.getPrototypeOf(function* () {}).leak = 1; Object.prototype.leak = 1`,
    ],
    [
      'a frozen world',
      `for (const name of Object.getOwnPropertyNames(globalThis)) try { Object.freeze(globalThis[name]?.prototype); Object.freeze(globalThis[name]) } catch {} globalThis.leak = 1`,
    ],
  ])('%s', async (_, text) => {
    const lines: string[] = [];
    const call = {
      timeoutMs: 1_000,
      onLog: (__: unknown, message: string) => lines.push(message),
      fetch: () => new Promise<never>(() => undefined),
    };
    await Promise.allSettled([body(text, call), body(text, call)]);
    lines.length = 0;
    const look = `Array.prototype.own = 1; delete Array.prototype.own; await new Promise((resolve) => setTimeout(resolve, 5)); return [typeof leak, typeof ({}).leak, typeof console.log, Array.isArray([])]`;
    const seen = ['undefined', 'undefined', 'function', true];
    expect(await Promise.all([body(look, call), body(look, call)])).toEqual([seen, seen]);
    expect(lines).toEqual([]);
  });
});
