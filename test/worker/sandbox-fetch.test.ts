import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { SandboxRequest, SandboxResponse } from '#platform/sandbox/fetches';
import { createSandbox, type Sandbox, type SandboxCall, type SandboxFetch } from '#platform/sandbox/sandbox';
import { createLog } from '#platform/telemetry/log';

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = createSandbox({
    processes: 1,
    spares: 0,
    defaultMs: 10_000,
    maxMs: 20_000,
    memoryMb: 64,
    outputBytes: 256_000,
    consoleBytes: 100_000,
    log: createLog('silent', {}),
  });
  await sandbox.ready;
}, 60_000);

afterAll(() => sandbox.close());

const answer = (more: Partial<SandboxResponse> = {}): Promise<SandboxResponse> =>
  Promise.resolve({
    status: 200,
    url: 'https://example.com/',
    headers: { 'content-type': 'application/json' },
    body: Buffer.from('{"a":1}'),
    ...more,
  });

const body = (text: string, fetch: SandboxFetch = () => answer(), more: Partial<SandboxCall> = {}) =>
  sandbox.run({ code: `export default async (input) => {\n${text}\n}`, input: null, context: {}, timeoutMs: null, fetch, ...more });

/** Takes calls and answers none. */
function silent() {
  const calls: { readonly request: SandboxRequest; readonly signal: AbortSignal }[] = [];
  const fetch: SandboxFetch = (request, signal) => {
    calls.push({ request, signal });
    return new Promise(() => undefined);
  };
  return { calls, fetch };
}

describe('a call of the code', () => {
  test('reaches the host as it was made, and its answer the code', async () => {
    const seen: SandboxRequest[] = [];
    const fetch: SandboxFetch = (request) => {
      seen.push(request);
      return answer({ status: 201, headers: { 'content-type': 'application/json', 'x-a': '1, 2' } });
    };
    const output = await body(
      `const response = await fetch('https://example.com/a?b=c', { method: 'POST', headers: { 'X-One': 1, 'x-one': '2' }, body: JSON.stringify({ é: '👋' }) });
       const again = await fetch(new URL('https://example.com/'), { headers: new Headers([['a', 'b']]), method: 'PUT', body: new URLSearchParams({ q: 'x y' }) });
       return [response.status, response.ok, response.url, response.headers.get('X-A'), [...response.headers], await response.json(), await again.text(), (await again.arrayBuffer()).byteLength]`,
      fetch,
    );
    expect(output).toEqual([
      201,
      true,
      'https://example.com/',
      '1, 2',
      [
        ['content-type', 'application/json'],
        ['x-a', '1, 2'],
      ],
      { a: 1 },
      '{"a":1}',
      7,
    ]);
    expect(seen).toEqual([
      { ordinal: 1, method: 'POST', url: 'https://example.com/a?b=c', headers: { 'x-one': '1, 2' }, body: '{"é":"👋"}' },
      {
        ordinal: 2,
        method: 'PUT',
        url: 'https://example.com/',
        headers: { a: 'b', 'content-type': 'application/x-www-form-urlencoded' },
        body: 'q=x+y',
      },
    ]);
  });

  test('gets bytes that are no text as they came', async () => {
    const bytes = Buffer.from(Array.from({ length: 1_000 }, (_, n) => (n * 7) % 256));
    expect(await body('return [...(await (await fetch("https://a")).bytes())]', () => answer({ body: bytes }))).toEqual([...bytes]);
  });

  test('that fails is a TypeError with the reason', async () => {
    const fetch: SandboxFetch = () => Promise.reject(new Error('The host is at an address that is not public.'));
    expect(
      await body(
        'try { await fetch("https://a") } catch (error) { return [error instanceof TypeError, error.message, error.stack.includes("/src/")] }',
        fetch,
      ),
    ).toEqual([true, 'The host is at an address that is not public.', false]);
    await expect(body('await fetch("https://a")', fetch)).rejects.toMatchObject({
      code: 'UNCAUGHT',
      message: expect.stringContaining('not public'),
    });
    await expect(
      sandbox.run({ code: 'export default () => fetch("https://a")', input: null, context: {}, timeoutMs: null }),
    ).rejects.toMatchObject({
      message: 'TypeError: Calls cannot be made here.',
    });
  });

  test('waits beside timers and other calls', async () => {
    const releases: (() => void)[] = [];
    const fetch: SandboxFetch = ({ url }) =>
      new Promise((resolve) => {
        releases.push(() => resolve({ status: 200, url, headers: {}, body: Buffer.from(url) }));
        if (releases.length === 3) for (const release of releases.reverse()) release();
      });
    expect(
      await body(
        `const tick = new Promise((done) => setTimeout(() => done('tick'), 20));
         return Promise.all([tick, ...['a', 'b', 'c'].map(async (name) => (await fetch('https://' + name)).text())])`,
        fetch,
      ),
    ).toEqual(['tick', 'https://a', 'https://b', 'https://c']);
  });
});

describe('what is too much is refused in the code', () => {
  test('a flood: fifty calls of a run, ten at a time', async () => {
    const made: number[] = [];
    const fetch: SandboxFetch = ({ ordinal }) => {
      made.push(ordinal);
      return answer();
    };
    const refused = await body(
      `const failures = {};
       for (let i = 0; i < 20; i++) await Promise.all(Array.from({ length: 12 }, () => fetch('https://a').catch(({ message }) => { failures[message] = (failures[message] ?? 0) + 1 })));
       return failures`,
      fetch,
    );
    expect(made).toHaveLength(50);
    expect(refused).toEqual({
      'As many calls are under way as may be at a time.': 8,
      'The code made as many calls as one run of it may make.': 182,
    });
  });

  test('bodies, headers and addresses without end', async () => {
    const { calls, fetch } = silent();
    expect(
      await body(
        `const long = (n) => 'x'.repeat(n);
         const tries = [() => fetch('https://a', { method: 'POST', body: long(1_000_001) }), () => fetch('https://a/' + long(8_000)), () => fetch('https://a', { headers: { a: long(32_000) } }), () => fetch('https://a', { method: long(21) })];
         const said = [];
         for (const attempt of tries) await attempt().catch((error) => said.push(error.name + ': ' + error.message));
         return said`,
        fetch,
      ),
    ).toEqual(Array(4).fill('TypeError: The call is too large to be made.'));
    expect(calls).toEqual([]);
  });

  test('a response that does not fit', async () => {
    await expect(
      body('return (await fetch("https://a")).status', () => answer({ body: Buffer.alloc(9_000_000, 'a') })),
    ).rejects.toMatchObject({
      message: 'TypeError: At most 8388608 bytes of a response are read.',
    });
    expect(
      await body('return (await (await fetch("https://a")).text()).length', () => answer({ body: Buffer.alloc(5_000_000, 'a') })),
    ).toBe(5_000_000);
    expect(await body('return 1')).toBe(1);
  });
});

describe('hostile code', () => {
  test('gives no objects to the host, and getters that throw are its own failure', async () => {
    const { calls, fetch } = silent();
    expect(
      await body(
        `const trap = { get method() { throw new Error('mine') }, toString() { throw new Error('also mine') } };
         const said = [];
         for (const attempt of [() => fetch('https://a', trap), () => fetch(trap), () => fetch('https://a', { headers: { a: trap } }), () => fetch('https://a', { method: 'POST', body: trap }), () => fetch(Symbol('a')), () => fetch('https://a', { method: 'POST', body: new Uint8Array(3) })])
           await attempt().then(() => said.push('made'), (error) => said.push(error.message));
         return said`,
        fetch,
      ),
    ).toEqual([
      'mine',
      'also mine',
      'also mine',
      expect.stringContaining('The body'),
      expect.any(String),
      expect.stringContaining('The body'),
    ]);
    expect(calls).toEqual([]);
  });

  test('that replaces built-ins spoils only its own calls', async () => {
    for (const spoil of [
      'JSON.parse = () => { throw 1 }; Map.prototype.get = () => { throw 2 };',
      'Array.prototype[Symbol.iterator] = () => { throw 3 };',
      'Promise.prototype.then = () => { throw 4 };',
      'Object.defineProperty(Object.prototype, "error", { get() { throw 5 } });',
      'String.prototype.toLowerCase = () => ({});',
    ])
      await body(`${spoil} return (await fetch('https://a')).status`, undefined, { timeoutMs: 500 }).catch(() => undefined);
    expect(await body(`return (await (await fetch('https://a')).json()).a`)).toBe(1);
  });

  test('that waits in toString for the end of its time is ended', async () => {
    const { fetch } = silent();
    await expect(body('await fetch({ toString() { for (;;); } })', fetch, { timeoutMs: 200 })).rejects.toMatchObject({ code: 'TIMEOUT' });
    expect(await body('return 1')).toBe(1);
  });
});

describe('nothing of a call leads into the next run of code', () => {
  test('what is under way at the end is aborted and its answer is dropped', async () => {
    const releases: (() => void)[] = [];
    const signals: AbortSignal[] = [];
    const fetch: SandboxFetch = (_request, signal) => {
      signals.push(signal);
      return new Promise((resolve) => releases.push(() => resolve({ status: 200, url: '', headers: {}, body: Buffer.from('late') })));
    };
    const never = `new Promise(() => undefined)`;
    const ends: readonly (readonly [string, Partial<SandboxCall>, unknown])[] = [
      ['void fetch("https://a"); await new Promise((done) => setTimeout(done, 20)); return "ended"', {}, 'ended'],
      ['void fetch("https://a"); throw new Error("thrown")', {}, { code: 'UNCAUGHT' }],
      ['await fetch("https://a")', { timeoutMs: 150 }, { code: 'TIMEOUT' }],
      [`await Promise.race([fetch("https://a"), ${never}])`, { signal: AbortSignal.timeout(300) }, { code: 'CANCELED' }],
    ];
    for (const [code, more, expected] of ends) {
      const outcome: unknown = await body(code, fetch, more).catch((error: unknown) => error);
      if (typeof expected === 'string') expect(outcome).toBe(expected);
      else expect(outcome).toMatchObject(expected as object);
      await vi.waitFor(() => expect(signals.every((signal) => signal.aborted)).toBe(true));
      // Its answer comes while the next one waits for its own.
      const next = body('return (await fetch("https://b")).text()', async () => {
        for (const release of releases.splice(0)) release();
        await new Promise((resolve) => setTimeout(resolve, 30));
        return answer({ body: Buffer.from('own') });
      });
      expect(await next).toBe('own');
    }
    expect(signals.length).toBeGreaterThanOrEqual(3);
  });

  test('nor do counts, headers or what was changed', async () => {
    await body(
      `for (let i = 0; i < 50; i++) await fetch('https://a'); Headers.prototype.get = () => 'spoiled'; globalThis.fetch = null; return 1`,
    );
    expect(await body(`const response = await fetch('https://a'); return [response.status, response.headers.get('content-type')]`)).toEqual(
      [200, 'application/json'],
    );
  });
});
