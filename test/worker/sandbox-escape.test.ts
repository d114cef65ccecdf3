import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSandbox, type Sandbox, type SandboxJson } from '#platform/sandbox/sandbox';
import { createLog } from '#platform/telemetry/log';

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = createSandbox({
    processes: 1,
    spares: 0,
    defaultMs: 2_000,
    maxMs: 10_000,
    memoryMb: 64,
    outputBytes: 256_000,
    consoleBytes: 100_000,
    log: createLog('silent', {}),
  });
  await sandbox.ready;
}, 30_000);

afterAll(() => sandbox.close());

const run = (code: string, input: SandboxJson = null, timeoutMs: number | null = null) =>
  sandbox.run({ code, input, context: {}, timeoutMs });
const body = (text: string, timeoutMs: number | null = null) => run(`export default async (input) => {\n${text}\n}`, null, timeoutMs);

/** This sandbox's only child, found as a user of the machine would. */
function childPid(): number {
  const rows = execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(process.pid)], { encoding: 'utf8' }).split('\n');
  const row = rows.find((line) => line.includes('millrace-sandbox/child-'));
  return Number(row?.trim().split(/\s+/)[0]);
}

describe('the outside cannot be reached', () => {
  test('there is no process, no require, no socket, no files, no threads', async () => {
    const names = [
      'process',
      'require',
      'module',
      'Buffer',
      'global',
      'window',
      'XMLHttpRequest',
      'WebSocket',
      'Worker',
      'WebAssembly',
      'SharedArrayBuffer',
      'Atomics',
      'std',
      'os',
      'scriptArgs',
      'print',
      'host',
    ];
    expect(
      await body(
        `return ${JSON.stringify(names)}.filter((name) => { try { return (0, eval)('typeof ' + name) !== 'undefined' } catch { return false } })`,
      ),
    ).toEqual([]);
  });

  test.each([
    'fs',
    'node:fs',
    'node:process',
    'std',
    'os',
    'qjs:std',
    './x.js',
    '/etc/passwd',
    'https://example.com/x.js',
    'data:text/javascript,1',
  ])('%s cannot be imported', async (name) => {
    await expect(run(`import * as x from ${JSON.stringify(name)};\nexport default () => 1`)).rejects.toMatchObject({ code: 'SYNTAX' });
    await expect(body(`await import(${JSON.stringify(name)}); return 1`)).rejects.toMatchObject({ code: 'UNCAUGHT' });
  });

  test('constructors of functions and of host functions lead to the guest, not to the host', async () => {
    expect(
      await body(`const reached = [];
        const sources = [URL, URL.prototype.toString, console.log, setTimeout, crypto.randomUUID, structuredClone, Math.random, TextEncoder, input?.constructor, (async () => {}).constructor, (function* () {}).constructor];
        for (const source of sources) {
          try { if (source.constructor('return typeof process')() !== 'undefined') reached.push(String(source)) } catch {}
          try { if (source.constructor.constructor('return typeof process')() !== 'undefined') reached.push(String(source)) } catch {}
        }
        return reached`),
    ).toEqual([]);
  });

  test('errors of host functions carry no host paths', async () => {
    const stack = await body(`const stacks = [];
      for (const attempt of [() => new URL('x'), () => new URLSearchParams('%').get(), () => structuredClone(() => {}), () => new TextDecoder('nope'), () => new URL('https://a').href = '::', () => new URL('https://' + 'a'.repeat(200000))])
        try { attempt() } catch (error) { stacks.push(error.stack + error.message) }
      return stacks.join()`);
    expect(stack).not.toMatch(/node_modules|file:|\/work|\/src|\.ts/);
  });

  test('the environment of the child is empty', async () => {
    await body('return 1');
    const environment = readFileSync(`/proc/${String(childPid())}/environ`, 'utf8')
      .split('\0')
      .filter((entry) => entry !== '');
    expect(environment.map((entry) => entry.split('=')[0]).filter((name) => name?.startsWith('NODE_CHANNEL') !== true)).toEqual([]);
  });

  test('a guest that replaces built-ins spoils only its own outcome', async () => {
    await body(
      `JSON.stringify = () => { throw new Error('mine') }; Promise.prototype.then = () => { throw 1 }; Map.prototype.forEach = () => {}; String.prototype.slice = () => { throw 2 }; Array.prototype.map = null; return { a: 1 }`,
    ).catch(() => undefined);
    await body(`Object.defineProperty(Object.prototype, 'then', { get() { throw new Error('trap') } }); return { a: 1 }`).catch(
      () => undefined,
    );
    await body(`Object.prototype.message = 'x'; Object.defineProperty(Array.prototype, '0', { set() { throw 1 } }); throw {}`).catch(
      () => undefined,
    );
    expect(await body('return [1, { a: 2 }].map((x) => x)')).toEqual([1, { a: 2 }]);
  });
});

describe('what the guest makes of its built-ins does not reach into the host', () => {
  const endless = '({ toString() { for (;;); }, valueOf() { for (;;); } })';

  test.each([
    ['the text of a symbol', `Symbol.prototype.toString = () => ${endless}`, `console.log(Symbol())`],
    ['a format', `String.prototype.replace = () => ${endless}; Array.prototype.slice = () => []`, `console.log('%s', 1)`],
    ['a joined line', `Array.prototype.join = () => ${endless}`, `console.log(1, 2)`],
    ['an indented line', `String.prototype.replace = () => ${endless}; console.group()`, `console.log('x')`],
    ['a query', `String.prototype.replace = () => ${endless}`, `new URLSearchParams('a')`],
    ['a stack', '', `console.log(Object.defineProperty(new Error(), 'stack', { value: ${endless} }))`],
  ])('%s that never ends is a time-out, whatever the code catches', async (_, spoil, use) => {
    const outcome = body(`${spoil}; try { ${use} } catch (error) { return { caught: error.stack } } return 'too late'`, 150);
    await expect(outcome).rejects.toMatchObject({ code: 'TIMEOUT' });
    expect(await body('return 1')).toBe(1);
  });

  test('objects in place of texts are shown as the guest wants, in the guest', async () => {
    const lines: string[] = [];
    await sandbox.run({
      code: `export default () => {
        String.prototype.replace = () => ({ toString: () => new Error('where').stack });
        Array.prototype.slice = () => [];
        console.log('%s', 1);
      }`,
      input: null,
      context: {},
      timeoutMs: null,
      onLog: (_, message) => lines.push(message),
    });
    expect(lines).toEqual([expect.stringMatching(/action\.js:2:/)]);
    expect(lines.join()).not.toMatch(/node_modules|file:|\.ts/);
  });

  test('a full memory shows no host paths', async () => {
    const stacks = await body(`const stacks = new Set(), full = [];
      const attempts = [() => crypto.randomUUID(), () => new URL('https://example.com/' + 'a'.repeat(10_000)), () => console.log('x')];
      for (const size of [1_000_000, 10_000, 1_000, 100])
        try { for (;;) { full.push(new ArrayBuffer(size)); if (size < 10_000) for (const attempt of attempts) attempt() } } catch (error) { stacks.add(error) }
      full.length = 0;
      return [...stacks].map((error) => error.name + error.message + error.stack).join()`);
    expect(stacks).toContain('out of memory');
    expect(stacks).not.toMatch(/node_modules|file:|\.ts|wasm/);
  });

  test('a failure is told by the beginning of its text', async () => {
    const long = `'x'.repeat(500_000)`;
    for (const text of [
      `String.prototype.slice = function () { return String(this) }; throw new Error(${long})`,
      `String.prototype.slice = () => ({ toString: () => ${long} }); throw ${long}`,
      `throw Object.assign(new Error(), { name: ${long} })`,
      `throw Object.assign(new Error('short'), { stack: ${long} })`,
      `String.prototype.slice = function () { return String(this) }; return { toJSON() { throw new Error(${long}) } }`,
      `Array.prototype.push = Map.prototype.get = null; throw ['x', ${long}]`,
    ]) {
      const failure = await body(text).catch((error: unknown) => error as Error);
      expect((failure as Error).message.length, text).toBeLessThanOrEqual(2_001);
    }
  });
});

describe('nothing survives a call', () => {
  test('neither globals, nor prototypes, nor modules, nor symbols, nor timers', async () => {
    await body(`globalThis.leak = 1; Array.prototype.leak = 1; Object.prototype.leak = 1; Symbol.for('leak').description; console.leak = 1; JSON.leak = 1; URL.leak = 1;
      globalThis.later = setInterval(() => console.log('still here'), 1); return 1`);
    const lines: string[] = [];
    const seen = await sandbox.run({
      code: `let count = 0; export default async () => { count++; await new Promise((resolve) => setTimeout(resolve, 20)); return { count, leaks: [typeof leak, typeof [].leak, typeof ({}).leak, typeof console.leak, typeof JSON.leak, typeof URL.leak, typeof later] } }`,
      input: null,
      context: {},
      timeoutMs: null,
      onLog: (_, message) => lines.push(message),
    });
    expect(seen).toEqual({ count: 1, leaks: Array.from({ length: 7 }, () => 'undefined') });
    expect(lines).toEqual([]);
  });

  test('nor memory: what one call left cannot be read by the next', async () => {
    await body(`const secret = 'sesame-open'.repeat(1000); globalThis.keep = secret; return secret.length`);
    expect(await body(`const bytes = new Uint8Array(new ArrayBuffer(900000)); return bytes.some((byte) => byte !== 0)`)).toBe(false);
  });

  test('nor after a failure, a time-out, a memory bomb or grown memory', async () => {
    for (const text of [
      'globalThis.leak = 1; throw new Error()',
      'globalThis.leak = 1; for (;;);',
      'globalThis.leak = []; for (;;) leak.push(new Array(1000).fill(0))',
      'globalThis.leak = new Array(1e6).fill(1); return 1',
    ]) {
      await body(text, 200).catch(() => undefined);
      expect(await body('return typeof leak'), text).toBe('undefined');
    }
  });

  test('memory and the stack pointer are all that an instance can change', () => {
    const { resolve } = createRequire(import.meta.url);
    const mutable = (file: string) => {
      const module = new Uint8Array(readFileSync(resolve(`quickjs-wasi/${file}`)));
      return mutableGlobals(module);
    };
    // The stack pointer is back at its start whenever the host is at rest; an instance that trapped is thrown away.
    expect({ engine: mutable('quickjs.wasm'), encoding: mutable('encoding.so'), clone: mutable('structured-clone.so') }).toEqual({
      engine: 1,
      encoding: 0,
      clone: 0,
    });
  });
});

describe('a process that dies', () => {
  test('ends its call as CRASHED, and the next one is served', async () => {
    await body('return 1');
    const pid = childPid();
    const running = body('await new Promise((resolve) => setTimeout(resolve, 1500)); return 1');
    const queued = body('return 2');
    process.kill(pid, 'SIGKILL');
    await expect(running).rejects.toMatchObject({ code: 'CRASHED' });
    await expect(queued).resolves.toBe(2);
    expect(childPid()).not.toBe(pid);
  });

  test('a child that is stopped is killed at the time-out', async () => {
    const pid = childPid();
    const running = body('await new Promise((resolve) => setTimeout(resolve, 150)); return 1', 300);
    process.kill(pid, 'SIGSTOP');
    await expect(running).rejects.toMatchObject({ code: 'TIMEOUT' });
    await expect(body('return 3')).resolves.toBe(3);
  });

  test('an idle one is replaced', async () => {
    const pid = childPid();
    process.kill(pid, 'SIGKILL');
    await expect.poll(() => childPid(), { timeout: 10_000 }).not.toBe(pid);
    await expect.poll(() => body('return 4').catch(() => null), { timeout: 10_000 }).toBe(4);
  });

  test('closing refuses those who wait and leaves no process', async () => {
    const own = createSandbox({
      processes: 1,
      spares: 0,
      defaultMs: 2_000,
      maxMs: 10_000,
      memoryMb: 64,
      outputBytes: 1_000,
      consoleBytes: 1_000,
      log: createLog('silent', {}),
    });
    const waiting = [1, 2, 3].map((n) => own.run({ code: 'export default (n) => n', input: n, context: {}, timeoutMs: null }));
    const refused = Promise.allSettled(waiting);
    await own.close();
    expect((await refused).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    await expect(own.run({ code: '', input: null, context: {}, timeoutMs: null })).rejects.toMatchObject({ code: 'CRASHED' });
  });
});

/** Counts the mutable globals that a WASM binary defines itself (section 6 of the format). */
function mutableGlobals(bytes: Uint8Array): number {
  let at = 8;
  const varuint = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++] ?? 0;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
  };
  while (at < bytes.length) {
    const section = bytes[at++];
    const size = varuint();
    if (section !== 6) {
      at += size;
      continue;
    }
    let mutable = 0;
    for (let left = varuint(); left > 0; left--) {
      at++; // its type
      if (bytes[at++] === 1) mutable++;
      // i32.const and global.get are followed by one LEB number.
      while (bytes[at++] !== 0x0b) varuint();
    }
    return mutable;
  }
  return 0;
}
