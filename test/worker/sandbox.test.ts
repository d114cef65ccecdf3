import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSandbox, type Sandbox, type SandboxCall, type SandboxJson } from '#platform/sandbox/sandbox';
import { createLog } from '#platform/telemetry/log';

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = createSandbox({
    processes: 2,
    spares: 0,
    defaultMs: 5_000,
    maxMs: 10_000,
    memoryMb: 64,
    outputBytes: 256_000,
    consoleBytes: 100_000,
    log: createLog('silent', {}),
  });
  await sandbox.ready;
}, 30_000);

afterAll(() => sandbox.close());

function run(code: string, input: SandboxJson = null, more: Partial<SandboxCall> = {}): Promise<SandboxJson> {
  return sandbox.run({ code, input, context: {}, timeoutMs: null, ...more });
}

/** Runs the body of a handler. */
function body(text: string, input: SandboxJson = null, more: Partial<SandboxCall> = {}): Promise<SandboxJson> {
  return run(`export default async (input, context) => {\n${text}\n}`, input, more);
}

describe('what code gets and gives', () => {
  test('input and context come in, the output goes out', async () => {
    await expect(
      run(
        `export default async (input, context) => ({ greeting: 'Hello ' + input.name, run: context.run.id })`,
        { name: 'Ünal 👋' },
        { context: { run: { id: 'run_1' } } },
      ),
    ).resolves.toEqual({
      greeting: 'Hello Ünal 👋',
      run: 'run_1',
    });
  });

  test('nothing returned is null, and the handler need not be async', async () => {
    await expect(run('export default () => {}')).resolves.toBeNull();
    await expect(run('export default function (n) { return n + 1 }', 41)).resolves.toBe(42);
  });

  test('a module may have other declarations and await at its top level', async () => {
    await expect(run('const two = await Promise.resolve(2);\nexport const other = 1;\nexport default (n) => n * two;', 21)).resolves.toBe(
      42,
    );
  });

  test('timers fire in the order of their times', async () => {
    await expect(
      body(`const seen = [];
        const fired = (name) => () => seen.push(name);
        const canceled = setTimeout(fired('never'), 1);
        setTimeout(fired('third'), 20);
        setTimeout(fired('first'), 1);
        setTimeout((name) => seen.push(name), 10, 'second');
        clearTimeout(canceled);
        await new Promise((resolve) => setTimeout(resolve, 21));
        await new Promise((resolve) => {
          const interval = setInterval(() => { if (seen.push('tick') === 6) { clearInterval(interval); resolve() } }, 1);
        });
        await new Promise((resolve) => setTimeout(resolve, 5));
        await new Promise((resolve) => queueMicrotask(resolve));
        return seen`),
    ).resolves.toEqual(['first', 'second', 'third', 'tick', 'tick', 'tick']);
  });

  test('URL and URLSearchParams follow the standard', async () => {
    await expect(
      body(`const url = new URL('../b?x=1&y=%20#h', 'https://user@EXAMPLE.com:8443/a/c/');
        url.searchParams.append('z', 'ä&');
        url.searchParams.delete('y');
        url.pathname = '/p q';
        const params = new URLSearchParams({ a: '1', b: '2' });
        params.set('a', '3');
        return { href: url.href, host: url.host, x: url.searchParams.get('x'), params: String(params), entries: [...params], can: URL.canParse('nope'), text: JSON.stringify({ url }) };`),
    ).resolves.toEqual({
      href: 'https://user@example.com:8443/p%20q?x=1&z=%C3%A4%26#h',
      host: 'example.com:8443',
      x: '1',
      params: 'a=3&b=2',
      entries: [
        ['a', '3'],
        ['b', '2'],
      ],
      can: false,
      text: '{"url":"https://user@example.com:8443/p%20q?x=1&z=%C3%A4%26#h"}',
    });
    await expect(body(`try { new URL('nope') } catch (error) { return error.name + ': ' + error.message }`)).resolves.toBe(
      'TypeError: Invalid URL',
    );
  });

  test('text is encoded and decoded, ids and clones are made', async () => {
    await expect(
      body(`const bytes = new TextEncoder().encode('hé👋');
        const copy = structuredClone({ at: new Date(0), list: [1, { a: 2 }] });
        return { bytes: [...bytes], text: new TextDecoder().decode(bytes), uuid: /^[0-9a-f-]{36}$/.test(crypto.randomUUID()), copy };`),
    ).resolves.toEqual({
      bytes: [104, 195, 169, 240, 159, 145, 139],
      text: 'hé👋',
      uuid: true,
      copy: { at: '1970-01-01T00:00:00.000Z', list: [1, { a: 2 }] },
    });
  });

  test('the clock runs and random numbers differ from call to call', async () => {
    const before = Date.now();
    const code =
      'export default () => ({ at: Date.now(), random: Array.from({ length: 4 }, () => Math.random()), since: performance.now() })';
    const results = (await Promise.all(Array.from({ length: 6 }, () => run(code)))) as { at: number; random: number[]; since: number }[];
    for (const { at, random, since } of results) {
      expect(at).toBeGreaterThanOrEqual(before);
      expect(at).toBeLessThanOrEqual(Date.now());
      expect(since).toBeLessThan(1_000);
      expect(random.every((n) => n >= 0 && n < 1)).toBe(true);
    }
    expect(new Set(results.flatMap(({ random }) => random)).size).toBe(24);
  });
});

describe('the console', () => {
  async function lines(text: string, more: Partial<SandboxCall> = {}): Promise<string[]> {
    const seen: string[] = [];
    await body(text, null, { onLog: (level, message) => seen.push(`${level} ${message}`), ...more }).catch(() => undefined);
    return seen;
  }

  test('lines arrive in order with their level, values are shown', async () => {
    expect(
      await lines(`console.debug('a', 1, true, null, undefined);
        console.log({ a: [1, 'x'], b: new Map([['k', new Set([2])]]) }, 10n, () => 1);
        console.warn('%s is %d', 'x', 4, 'rest');
        const loop = {}; loop.self = loop;
        console.error(loop);`),
    ).toEqual([
      'DEBUG a 1 true null undefined',
      `INFO {a: [1, "x"], b: Map(1) {"k" => Set(1) {2}}} 10n [Function anonymous]`,
      'WARN x is 4 rest',
      'ERROR {self: [Circular]}',
    ]);
  });

  test('lines arrive while the code still runs, also when it never awaits', async () => {
    const stop = new AbortController();
    const running = body(`console.log('started'); for (;;);`, null, { timeoutMs: 10_000, signal: stop.signal, onLog: () => stop.abort() });
    await expect(running).rejects.toMatchObject({ code: 'CANCELED' });
  });

  test('lines before a failure are kept', async () => {
    expect(await lines(`console.log('so far'); throw new Error('x')`)).toEqual(['INFO so far']);
    expect(await lines(`console.log('so far'); for (;;);`, { timeoutMs: 100 })).toEqual(['INFO so far']);
  });

  test('a flood is cut at its limit, and says so', async () => {
    const seen = await lines(`for (let i = 0; i < 100000; i++) console.log('x'.repeat(100));`);
    expect(seen.at(-1)).toMatch(/^WARN .*limit/);
    expect(seen.join('').length).toBeLessThan(110_000);
    const empty = await lines(`for (let i = 0; i < 100000; i++) console.log();`);
    expect(empty.length).toBeLessThan(4_000);
    const long = await lines(`console.log('y'.repeat(10_000_000));`);
    expect(long[0]?.length).toBeLessThan(20_000);
  });

  test('a line holds nothing that a database cannot keep', async () => {
    expect(await lines(String.raw`console.log('a\u0000b\ud800c👋')`)).toEqual(['INFO a\ufffdb\ufffdc👋']);
  });

  test('values that fight being shown do not fail the run', async () => {
    expect(
      await lines(
        `console.log({ get x() { throw new Error('no') } }); console.log(new Proxy({}, { ownKeys() { throw 1 } })); console.log('on')`,
      ),
    ).toEqual(['INFO [a value that cannot be shown]', 'INFO [a value that cannot be shown]', 'INFO on']);
  });
});

describe('errors name the place in the user’s own text', () => {
  test('syntax', async () => {
    await expect(run('export default async () => {\n  const a = ;\n}')).rejects.toMatchObject({ code: 'SYNTAX', line: 2 });
  });

  test('no default export, or one that is no function', async () => {
    await expect(run('export const a = 1')).rejects.toMatchObject({ code: 'SYNTAX', message: expect.stringContaining('default export') });
    await expect(run('export default 5')).rejects.toMatchObject({ code: 'SYNTAX' });
  });

  test('an exception', async () => {
    await expect(run(`export default async (input) => {\n  await null;\n\n  return input.a.b;\n}`, {})).rejects.toMatchObject({
      code: 'UNCAUGHT',
      line: 4,
      message: expect.stringContaining('TypeError'),
    });
    await expect(run(`const fail = () => {\n  throw new RangeError('too far');\n};\nexport default fail`)).rejects.toMatchObject({
      code: 'UNCAUGHT',
      message: 'RangeError: too far',
      line: 2,
      column: expect.any(Number),
    });
    await expect(run(`export default 1;\nthrow new Error('at load')`)).rejects.toMatchObject({
      code: 'UNCAUGHT',
      message: 'Error: at load',
      line: 2,
    });
  });

  test('an exception in a timer or a microtask', async () => {
    await expect(body(`setTimeout(() => {\n  throw new Error('late') }, 1);\nawait new Promise(() => {})`)).rejects.toMatchObject({
      code: 'UNCAUGHT',
      message: 'Error: late',
      line: 3,
    });
    await expect(body(`queueMicrotask(() => { throw new Error('soon') });\nawait new Promise(() => {})`)).rejects.toMatchObject({
      code: 'UNCAUGHT',
      line: 2,
    });
  });

  test('what is thrown need not be an error', async () => {
    await expect(body(`throw { a: 1 }`)).rejects.toMatchObject({ code: 'UNCAUGHT', message: 'Thrown: {a: 1}', line: null });
    await expect(body(`throw null`)).rejects.toMatchObject({ code: 'UNCAUGHT', message: 'Thrown: null' });
    await expect(body(`throw { get message() { throw 1 } }`)).rejects.toMatchObject({ code: 'UNCAUGHT' });
    await expect(body(`throw Object.assign(new Error('x'.repeat(100000)))`)).rejects.toMatchObject({ code: 'UNCAUGHT' });
  });
});

describe('limits', () => {
  test('an endless loop ends at the time-out', async () => {
    await Promise.all([
      expect(body('for (;;);', null, { timeoutMs: 150 })).rejects.toMatchObject({
        code: 'TIMEOUT',
        message: expect.stringContaining('150 ms'),
      }),
      expect(body('for (;;) { try { for (;;); } catch {} finally { continue } }', null, { timeoutMs: 150 })).rejects.toMatchObject({
        code: 'TIMEOUT',
      }),
    ]);
  });

  test('so does one after an await, of microtasks, of timers, in a pattern, and while a module loads', async () => {
    const loops = [
      'await new Promise((resolve) => setTimeout(resolve, 5)); for (;;);',
      'for (;;) { try { await null } catch {} }',
      'const again = () => setTimeout(again, 0); again(); await new Promise(() => {})',
      `/^(a+)+$/.test('a'.repeat(40) + 'b')`,
      'const a = []; a.length = 4e9; a.indexOf(1)',
      'let n = 3n; for (;;) n = n ** 7n % (2n ** 5000n)',
    ];
    await Promise.all([
      ...loops.map((loop) =>
        expect(body(loop, null, { timeoutMs: 150 }), loop).rejects.toMatchObject({ code: expect.stringMatching(/TIMEOUT|MEMORY/) }),
      ),
      expect(run('for (;;);\nexport default 1', null, { timeoutMs: 150 })).rejects.toMatchObject({ code: 'TIMEOUT' }),
      expect(body('return { toJSON() { for (;;); } }', null, { timeoutMs: 150 })).rejects.toMatchObject({ code: 'TIMEOUT' }),
    ]);
  });

  test('a promise that nothing can settle ends the call at once', async () => {
    await expect(body('await new Promise(() => {})')).rejects.toMatchObject({
      code: 'UNCAUGHT',
      message: expect.stringContaining('nothing can settle'),
    });
  });

  test('a call cannot ask for more time than the server allows', async () => {
    const small = createSandbox({
      processes: 1,
      spares: 0,
      defaultMs: 50,
      maxMs: 100,
      memoryMb: 16,
      outputBytes: 1_000,
      consoleBytes: 1_000,
      log: createLog('silent', {}),
    });
    await expect(
      small.run({ code: 'export default () => { for (;;); }', input: null, context: {}, timeoutMs: 60_000 }),
    ).rejects.toMatchObject({ code: 'TIMEOUT', message: expect.stringContaining('100 ms') });
    await small.close();
  });

  test('memory', async () => {
    const bombs = [
      'const a = []; for (;;) a.push(new Array(10000).fill(1))',
      'globalThis.a = []; for (;;) a.push({})',
      `let s = 'x'; for (;;) s += s + '!'`,
      `const a = []; for (let i = 0; ; i++) a.push(new Uint8Array(1e6).fill(i))`,
      `return 'x'.repeat(3e7).split('')`,
    ];
    await Promise.all(
      bombs.map((bomb) => expect(body(bomb), bomb).rejects.toMatchObject({ code: expect.stringMatching(/MEMORY|UNCAUGHT/) })),
    );
    await expect(body(bombs[0] ?? '')).rejects.toMatchObject({ code: 'MEMORY', message: expect.stringContaining('64 MB'), line: 2 });
  });

  test('recursion', async () => {
    await expect(body(`const f = () => f() + 1;\nreturn f()`)).rejects.toMatchObject({
      code: 'UNCAUGHT',
      message: expect.stringContaining('stack'),
      line: 2,
    });
    await expect(body(`let a = []; for (let i = 0; i < 200000; i++) a = [a]; return a`)).rejects.toMatchObject({
      code: expect.stringMatching(/UNCAUGHT|OUTPUT_NOT_JSON/),
    });
    await expect(body(`return JSON.parse('['.repeat(500000))`)).rejects.toMatchObject({ code: 'UNCAUGHT' });
    await expect(body(`return eval('('.repeat(500000))`)).rejects.toMatchObject({ code: expect.stringMatching(/UNCAUGHT|CRASHED/) });
    await expect(body(`return new RegExp('('.repeat(500000))`)).rejects.toMatchObject({ code: expect.stringMatching(/UNCAUGHT|CRASHED/) });
  });

  test('output', async () => {
    await expect(body(`return 'x'.repeat(300000)`)).rejects.toMatchObject({
      code: 'OUTPUT_TOO_LARGE',
      message: expect.stringContaining('256000'),
    });
    await expect(body(`return 'ä'.repeat(200000)`)).rejects.toMatchObject({ code: 'OUTPUT_TOO_LARGE' });
    await expect(body(`return 'x'.repeat(20000000)`)).rejects.toMatchObject({ code: 'OUTPUT_TOO_LARGE' });
    await expect(body(`return 10n`)).rejects.toMatchObject({ code: 'OUTPUT_NOT_JSON' });
    await expect(body(`const a = {}; a.a = a; return a`)).rejects.toMatchObject({ code: 'OUTPUT_NOT_JSON' });
    await expect(body(`let a = 1; for (let i = 0; i < 100; i++) a = [a]; return a`)).rejects.toMatchObject({
      code: 'OUTPUT_NOT_JSON',
      message: expect.stringContaining('64'),
    });
    await expect(body(String.raw`return { a: ['\u0000'] }`)).rejects.toMatchObject({ code: 'OUTPUT_NOT_JSON' });
    await expect(body(String.raw`return { '\ud800': 1 }`)).rejects.toMatchObject({ code: 'OUTPUT_NOT_JSON' });
    await expect(body(String.raw`return { text: '\\u0000 \\ud800 [[[[', ok: '👋' }`)).resolves.toEqual({
      text: String.raw`\u0000 \ud800 [[[[`,
      ok: '👋',
    });
  });
});

describe('cancel', () => {
  test.each([
    ['awaits', 'await new Promise((resolve) => setTimeout(resolve, 8000))'],
    ['computes', 'for (;;);'],
  ])('ends code that %s', async (_, text) => {
    const stop = new AbortController();
    const running = body(`console.log('started');\n${text}`, null, {
      signal: stop.signal,
      timeoutMs: 9_000,
      onLog: () => {
        stop.abort();
      },
    });
    await expect(running).rejects.toMatchObject({ code: 'CANCELED' });
    await expect(run('export default () => 1')).resolves.toBe(1);
  });

  test('ends a call that waits its turn, and one that comes canceled', async () => {
    const stop = new AbortController();
    const busy = [1, 2].map(() => body('await new Promise((resolve) => setTimeout(resolve, 100)); return 1'));
    const waiting = run('export default () => 1', null, { signal: stop.signal });
    stop.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'CANCELED' });
    await expect(run('export default () => 1', null, { signal: stop.signal })).rejects.toMatchObject({ code: 'CANCELED' });
    await expect(Promise.all(busy)).resolves.toEqual([1, 1]);
  });
});
