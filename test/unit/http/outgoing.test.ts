import { gzipSync } from 'node:zlib';
import { describe, expect, test, vi } from 'vitest';
import { systemClock } from '#platform/clock';
import { readConfig } from '#platform/config/config';
import { type Outgoing, OutgoingError, type OutgoingRequest, type OutgoingResponse } from '#platform/http/outgoing';
import { createOutgoing, type OutgoingParts } from '#platform/http/outgoing.create';
import { createMetrics } from '#platform/telemetry/metrics';
import { atEnd } from '#test/support/at-end';
import { receiver, tcpReceiver } from '#test/support/receiver';

const metrics = createMetrics();

function client(settings: Record<string, string> = {}, parts: Partial<OutgoingParts> = {}): Outgoing {
  const { outgoing } = readConfig({ DATABASE_URL: 'postgresql://x@y/z', OUTGOING_ALLOW: '127.0.0.1', ...settings });
  const created = createOutgoing(outgoing, { clock: systemClock, metrics, ...parts });
  atEnd(() => created.close());
  return created;
}

const get = (url: string, more: Partial<OutgoingRequest> = {}): OutgoingRequest => ({
  method: 'GET',
  url,
  headers: {},
  body: null,
  timeoutMs: null,
  ...more,
});

const fault = (code: string, more: object = {}): unknown => expect.objectContaining({ name: 'OutgoingError', code, ...more });

describe('a call', () => {
  test('is sent as it is and answered as it came', async () => {
    const there = await receiver((_request, response) => {
      response.writeHead(
        418,
        [
          ['X-Kind', 'tea'],
          ['Set-Cookie', 'a=1'],
          ['Set-Cookie', 'b=2'],
        ].flat(),
      );
      response.end('short and stout');
    });
    const answer = await client().send(
      get(`${there.url}/pot?size=2#handle`, { method: 'put', headers: { 'X-Mine': 'yes' }, body: 'water' }),
    );
    expect(answer).toMatchObject({ status: 418, headers: { 'x-kind': 'tea', 'set-cookie': 'a=1, b=2' }, url: `${there.url}/pot?size=2` });
    expect(answer.body.toString()).toBe('short and stout');
    expect(there.received).toMatchObject([{ method: 'PUT', url: '/pot?size=2', body: 'water', headers: { 'x-mine': 'yes' } }]);
    expect(there.received[0]?.headers['user-agent']).toMatch(/^Millrace\/\d/);
  });

  test('asks for no compression, and what comes compressed stays so', async () => {
    const bomb = gzipSync(Buffer.alloc(5_000_000));
    const there = await receiver((_request, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb));
    const { body } = await client().send(get(there.url, { headers: { 'Accept-Encoding': 'gzip, br' } }));
    expect(body.equals(bomb)).toBe(true);
    expect(there.received[0]?.headers['accept-encoding']).toBe('identity');
  });

  test('may not choose what belongs to the connection', async () => {
    const there = await receiver();
    for (const header of ['Host', 'Content-Length', 'Transfer-Encoding', 'Connection', 'Upgrade', 'Proxy-Authorization', 'TE', 'Expect'])
      await expect(client().send(get(there.url, { headers: { [header]: '1' } }))).rejects.toEqual(
        fault('INVALID_REQUEST', { retryable: false }),
      );
    for (const bad of [{ 'a b': '1' }, { a: 'x\r\ny: z' }, { a: 'x\0' }, { '': 'a' }])
      await expect(client().send(get(there.url, { headers: bad }))).rejects.toEqual(fault('INVALID_REQUEST'));
    for (const method of ['CONNECT', 'TRACE', '', 'GET / HTTP/1.1\r\n'])
      await expect(client().send(get(there.url, { method }))).rejects.toEqual(fault('INVALID_REQUEST'));
    expect(there.received).toEqual([]);
  });
});

describe('an address', () => {
  test('that is not public is not dialled, in whatever spelling, nor by a redirect', async () => {
    const inside = await receiver();
    const port = inside.host.split(':')[1] ?? '';
    const outside = await receiver((request, response) =>
      response.writeHead(302, { location: decodeURIComponent(request.url.slice(1)) }).end(),
    );
    const guarded = client({ OUTGOING_ALLOW: outside.host });
    for (const host of [
      '127.0.0.1',
      '2130706433',
      '0x7f.1',
      '0177.1',
      'localhost',
      'localhost.',
      '[::ffff:127.0.0.1]',
      '[::1]',
      '0',
      '127.0.0.1.',
    ]) {
      const url = `http://${host}:${port}/`;
      await expect(guarded.send(get(url)), url).rejects.toEqual(fault('BLOCKED_ADDRESS', { retryable: false }));
      await expect(guarded.send(get(`${outside.url}/${encodeURIComponent(url)}`)), url).rejects.toEqual(fault('BLOCKED_ADDRESS'));
    }
    expect(inside.received).toEqual([]);
  });

  test('is judged once and dialled as judged: a name that moves inside afterwards gains nothing', async () => {
    const inside = await receiver();
    const port = inside.host.split(':')[1] ?? '';
    const answers = [['203.0.113.1', '127.0.0.1'], ['127.0.0.1'], ['::ffff:7f00:1'], ['64:ff9b::7f00:1'], ['8.8.8.8', '10.0.0.1']];
    const asked = vi.fn(() => Promise.resolve(answers.shift() ?? []));
    const guarded = client({ OUTGOING_ALLOW: '' }, { resolve: asked });
    for (let left = answers.length; left > 0; left -= 1)
      await expect(guarded.send(get(`http://moving.example.com:${port}/`))).rejects.toEqual(fault('BLOCKED_ADDRESS'));
    expect(asked).toHaveBeenCalledTimes(5);
    expect(inside.received).toEqual([]);

    // The first answer is dialled, the name is not looked up again for it.
    const moving = [['127.0.0.1'], ['10.0.0.1']];
    const open = client({ OUTGOING_ALLOW: '127.0.0.1' }, { resolve: () => Promise.resolve(moving.shift() ?? []) });
    const answer = await open.send(get(`http://moving.example.com:${port}/`));
    expect(answer.status).toBe(200);
    expect(moving).toHaveLength(1);
    expect(inside.received[0]?.headers.host).toBe(`moving.example.com:${port}`);
  });

  test('that does not answer is followed by the next one of the name', async () => {
    const there = await receiver();
    const port = there.host.split(':')[1] ?? '';
    const open = client({ OUTGOING_ALLOW: '127.0.0.0/8' }, { resolve: () => Promise.resolve(['127.0.0.9', '127.0.0.1']) });
    expect((await open.send(get(`http://two.example.com:${port}/`))).status).toBe(200);
  });

  test('is told neither for a name that leads inside nor for one that is unknown', async () => {
    const guarded = client(
      {},
      { resolve: (host) => (host === 'inside.example.com' ? Promise.resolve(['10.1.2.3']) : Promise.reject(new Error('10.9.9.9'))) },
    );
    const failures = await Promise.all(
      ['inside', 'unknown'].map((name) =>
        guarded.send(get(`http://${name}.example.com/`)).catch((error: unknown) => (error instanceof Error ? error.message : '')),
      ),
    );
    expect(failures).toEqual([expect.stringContaining('not public'), expect.stringContaining('could not be resolved')]);
    expect(JSON.stringify(failures)).not.toContain('10.');
  });
});

describe('a redirect', () => {
  test('is followed as browsers do: 301, 302 and 303 become GET, 307 and 308 stay', async () => {
    const there = await receiver((request, response) => {
      if (request.url === '/end') return response.end('end');
      return response.writeHead(Number(request.url.slice(1)), { location: '/end' }).end('on');
    });
    const ends: unknown[] = [];
    for (const [method, status] of [
      ['POST', 301],
      ['POST', 302],
      ['POST', 303],
      ['PUT', 303],
      ['PUT', 302],
      ['POST', 307],
      ['PUT', 308],
    ] as const) {
      const headers = { 'content-type': 'text/plain', 'idempotency-key': 'k' };
      const answer = await client().send(get(`${there.url}/${status}`, { method, headers, body: 'hello' }));
      expect(answer).toMatchObject({ status: 200, url: `${there.url}/end` });
      const { method: last, body, headers: sent } = there.received.at(-1) ?? {};
      expect(sent?.['idempotency-key']).toBe('k');
      ends.push([last, body, sent?.['content-type']]);
    }
    const kept = (method: string) => [method, 'hello', 'text/plain'];
    expect(ends).toEqual([...Array(4).fill(['GET', '', undefined]), kept('PUT'), kept('POST'), kept('PUT')]);
  });

  test('to another origin goes without credentials, also when it leads back', async () => {
    const other = await receiver((request, response) =>
      request.url === '/back' ? response.writeHead(302, { location: `${first.url}/end` }).end() : response.end(),
    );
    const first = await receiver((request, response) =>
      request.url === '/go' ? response.writeHead(307, { location: `${other.url}/back` }).end() : response.end(),
    );
    const secret = { Authorization: 'Bearer s', Cookie: 'c=s', 'X-Api-Key': 's', 'X-Plain': 'p' };
    await client().send(get(`${first.url}/go`, { headers: secret, secretHeaders: ['x-api-key'] }));
    const seen = [...first.received, ...other.received].map(({ url, headers }) => [
      url,
      ['authorization', 'cookie', 'x-api-key', 'x-plain'].filter((name) => name in headers),
    ]);
    expect(Object.fromEntries(seen)).toEqual({
      '/go': ['authorization', 'cookie', 'x-api-key', 'x-plain'],
      '/back': ['x-plain'],
      '/end': ['x-plain'],
    });
  });

  test('within the origin keeps them', async () => {
    const there = await receiver((request, response) =>
      request.url === '/go' ? response.writeHead(302, { location: 'end' }).end() : response.end(),
    );
    await client().send(get(`${there.url}/go`, { headers: { authorization: 'Bearer s' } }));
    expect(there.received.at(-1)).toMatchObject({ url: '/end', headers: { authorization: 'Bearer s' } });
  });

  test('is followed five times by default, a loop ends there', async () => {
    const there = await receiver((request, response) => {
      const left = Number(request.url.slice(1));
      return left === 0 ? response.end() : response.writeHead(302, { location: Number.isNaN(left) ? '/loop' : `/${left - 1}` }).end();
    });
    expect((await client().send(get(`${there.url}/5`))).url).toBe(`${there.url}/0`);
    await expect(client().send(get(`${there.url}/6`))).rejects.toEqual(fault('TOO_MANY_REDIRECTS', { retryable: false }));
    const before = there.received.length;
    await expect(client().send(get(`${there.url}/loop`))).rejects.toEqual(fault('TOO_MANY_REDIRECTS'));
    expect(there.received.length - before).toBe(6);
  });

  test('to what cannot be called is refused', async () => {
    const there = await receiver((request, response) =>
      response.writeHead(302, { location: decodeURIComponent(request.url.slice(1)) }).end(),
    );
    for (const location of ['file:///etc/passwd', 'http://user:p@127.0.0.1/', 'http://[', 'gopher://127.0.0.1/'])
      await expect(client().send(get(`${there.url}/${encodeURIComponent(location)}`))).rejects.toEqual(fault('INVALID_URL'));
  });

  test('without a place to go is an answer', async () => {
    const there = await receiver((_request, response) => response.writeHead(302).end('here'));
    expect(await client().send(get(there.url))).toMatchObject({ status: 302, body: Buffer.from('here') });
  });
});

describe('what comes back is bounded', () => {
  const small = { OUTGOING_READ_BYTES: '1000' };

  test('by its announced length and by what comes', async () => {
    const there = await receiver((request, response) => {
      if (request.url === '/announced') return response.writeHead(200, { 'content-length': '1001' }).write('x');
      for (let piece = 0; piece < 100; piece += 1) response.write('x'.repeat(100));
      return undefined;
    });
    for (const path of ['/announced', '/endless'])
      await expect(client(small).send(get(there.url + path))).rejects.toEqual(fault('TOO_LARGE', { retryable: false }));
    const exact = await receiver((_request, response) => response.end('x'.repeat(1_000)));
    // What is only announced is no body: HEAD asks how long it would be.
    const long = await receiver((_request, response) => response.writeHead(200, { 'content-length': '5000' }).end());
    expect((await client(small).send({ ...get(long.url), method: 'HEAD' })).headers['content-length']).toBe('5000');
    expect((await client(small).send(get(exact.url))).body).toHaveLength(1_000);
  });

  test('and its connection is closed, however much is still to come', async () => {
    let closed = 0;
    const there = await receiver((_request, response) => {
      response.socket?.once('close', () => (closed += 1));
      response.writeHead(200, { 'content-length': '99999999' });
      return response.write('x'.repeat(500_000));
    });
    await expect(client(small).send(get(there.url))).rejects.toEqual(fault('TOO_LARGE', { retryable: false }));
    await vi.waitFor(() => expect(closed).toBe(1));
  });

  test('in its headers: one that is too large, and ones without end', async () => {
    const large = await tcpReceiver((socket) => socket.write(`HTTP/1.1 200 OK\r\nA: ${'x'.repeat(100_000)}\r\n\r\n`));
    await expect(client().send(get(large.url))).rejects.toEqual(fault('TOO_LARGE'));
    const endless = await tcpReceiver((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      const timer = setInterval(() => socket.write('A: b\r\n'.repeat(100)), 1);
      socket.on('close', () => clearInterval(timer));
    });
    await expect(client().send(get(endless.url))).rejects.toEqual(fault('TOO_LARGE'));
  });

  test('in time: silence, a body that drips, headers that drip, interim answers without end', async () => {
    const talks: ((write: (text: string) => void) => void)[] = [
      () => undefined,
      (write) => write('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n'),
      (write) => write('HTTP/1.1 200 OK\r\nA'),
      (write) => write('HTTP/1.1 103 Early Hints\r\n\r\n'),
    ];
    const drips = ['', 'x', 'a', 'HTTP/1.1 103 Early Hints\r\n\r\n'];
    for (const [kind, talk] of talks.entries()) {
      const slow = await tcpReceiver((socket) => {
        talk((text) => socket.write(text));
        const timer = setInterval(() => socket.write(drips[kind] ?? ''), 20);
        socket.on('close', () => clearInterval(timer));
      });
      await expect(client().send(get(slow.url, { timeoutMs: 150 })), String(kind)).rejects.toEqual(fault('TIMEOUT', { retryable: true }));
    }
  });

  test('in time over all redirects together', async () => {
    const there = await receiver((_request, response) => setTimeout(() => response.writeHead(302, { location: '/' }).end(), 60));
    await expect(client().send(get(there.url, { timeoutMs: 150 }))).rejects.toEqual(fault('TIMEOUT'));
    expect(there.received.length).toBeLessThan(5);
  });

  test('and no call asks for more time than the settings give', async () => {
    const silent = await tcpReceiver(() => undefined);
    await expect(client({ OUTGOING_MS: '100' }).send(get(silent.url, { timeoutMs: 60_000 }))).rejects.toEqual(
      fault('TIMEOUT', { message: 'The call took longer than 100 ms.' }),
    );
  });

  test.for([
    ['nothing', ''],
    ['nonsense', 'SSH-2.0-OpenSSH_9.6\r\n'],
    ['half a body', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf'],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
    ['a broken chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'],
  ] as const)('%s is no answer', async ([, text]) => {
    const broken = await tcpReceiver((socket) => socket.once('data', () => socket.end(text)));
    await expect(client().send(get(broken.url))).rejects.toEqual(fault('NETWORK', { retryable: true }));
  });

  test('names of headers that mean something to objects are names', async () => {
    const odd = await tcpReceiver((socket) =>
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\n__proto__: x\r\nconstructor: y\r\n\r\n')),
    );
    const { headers } = await client().send(get(odd.url));
    expect(Object.entries(headers)).toEqual(
      expect.arrayContaining([
        ['__proto__', 'x'],
        ['constructor', 'y'],
      ]),
    );
  });
});

test('a refused connection is told without its address', async () => {
  const gone = await receiver();
  await gone.close();
  await expect(client().send(get(gone.url))).rejects.toEqual(
    fault('NETWORK', { message: 'The call failed: ECONNREFUSED.', retryable: true }),
  );
});

test('a caller cancels before, while it waits and while it reads', async () => {
  const slow = await receiver((_request, response) => response.writeHead(200).write('x'));
  const canceled = new AbortController();
  canceled.abort();
  await expect(client().send(get(slow.url, { signal: canceled.signal }))).rejects.toEqual(fault('CANCELED', { retryable: false }));
  expect(slow.received).toEqual([]);
  const canceling = new AbortController();
  const call = client().send(get(slow.url, { signal: canceling.signal }));
  const outcome = expect(call).rejects.toEqual(fault('CANCELED'));
  await vi.waitFor(() => expect(slow.received).toHaveLength(1));
  canceling.abort();
  await outcome;
});

describe('a host that fails', () => {
  const limits = { failures: 3, restMs: 200 };

  /** Fails until it is told otherwise. */
  async function patient() {
    const state = { status: 503, calls: 0 };
    const there = await receiver((_request, response) => {
      state.calls += 1;
      response.writeHead(state.status).end();
    });
    return { ...there, state };
  }
  const statusOf = (answer: Promise<OutgoingResponse>): Promise<unknown> =>
    answer.then(
      ({ status }) => status,
      (error: unknown) => (error instanceof OutgoingError ? error.code : error),
    );

  test('is left alone after failures in a row, then tried by one call, and comes back', async () => {
    const there = await patient();
    const caller = client({}, { hosts: limits });
    const statuses = async (count: number) => {
      const seen: unknown[] = [];
      for (let call = 0; call < count; call += 1) seen.push(await statusOf(caller.send(get(there.url))));
      return seen;
    };
    expect(await statuses(5)).toEqual([503, 503, 503, 'BREAKER_OPEN', 'BREAKER_OPEN']);
    await expect(caller.send(get(there.url))).rejects.toEqual(fault('BREAKER_OPEN', { retryable: true, retryAfterMs: expect.any(Number) }));
    expect(there.state.calls).toBe(3);
    // Another caller's calls are not his.
    expect(await statusOf(caller.send(get(there.url, { scope: 'another' })))).toBe(503);

    await vi.waitFor(async () => expect(await statuses(1)).toEqual([503]));
    expect(await statuses(1)).toEqual(['BREAKER_OPEN']);
    there.state.status = 200;
    await vi.waitFor(async () => expect(await statuses(1)).toEqual([200]));
    expect(await statuses(3)).toEqual([200, 200, 200]);
  });

  test('is not one that refuses, nor one whose caller went away, nor one that may not be called', async () => {
    const there = await patient();
    there.state.status = 404;
    const caller = client({ OUTGOING_ALLOW: there.host }, { hosts: limits });
    for (let call = 0; call < 5; call += 1) {
      expect(await statusOf(caller.send(get(there.url)))).toBe(404);
      expect(await statusOf(caller.send(get('http://127.0.0.1:1')))).toBe('BLOCKED_ADDRESS');
      expect(await statusOf(caller.send(get(there.url, { signal: AbortSignal.abort() })))).toBe('CANCELED');
    }
  });

  test('is also one that cannot be reached', async () => {
    const gone = await receiver();
    await gone.close();
    const caller = client({}, { hosts: limits });
    for (let call = 0; call < 3; call += 1) expect(await statusOf(caller.send(get(gone.url)))).toBe('NETWORK');
    expect(await statusOf(caller.send(get(gone.url)))).toBe('BREAKER_OPEN');
  });

  test('is forgotten when too many others came since, and never while it is called', async () => {
    const there = await patient();
    const caller = client({}, { hosts: { ...limits, failures: 1, most: 2, restMs: 60_000 } });
    expect(await statusOf(caller.send(get(there.url)))).toBe(503);
    expect(await statusOf(caller.send(get(there.url)))).toBe('BREAKER_OPEN');
    for (const scope of ['a', 'b']) await statusOf(caller.send(get(there.url, { scope })));
    expect(await statusOf(caller.send(get(there.url)))).toBe(503);
  });
});

test('a host gets so many calls at once; the others wait in their turn, within their time', async () => {
  const held: (() => void)[] = [];
  const there = await receiver((_request, response) => held.push(() => response.end()));
  const caller = client({}, { hosts: { places: 2 } });
  const calls = ['a', 'b', 'c'].map((name) => caller.send(get(`${there.url}/${name}`)));
  await vi.waitFor(() => expect(held).toHaveLength(2));
  await expect(caller.send(get(there.url, { timeoutMs: 50 }))).rejects.toEqual(fault('TIMEOUT'));
  expect(held).toHaveLength(2);
  held[0]?.();
  await vi.waitFor(() => expect(held).toHaveLength(3));
  for (const end of held) end();
  expect((await Promise.all(calls)).map(({ status }) => status)).toEqual([200, 200, 200]);
});

test('outcomes are measured', async () => {
  const text = await metrics.registry.metrics();
  for (const outcome of ['2xx', '4xx', '5xx', 'TIMEOUT', 'BLOCKED_ADDRESS', 'BREAKER_OPEN', 'TOO_LARGE', 'CANCELED'])
    expect(text).toContain(`millrace_outgoing_call_seconds_count{outcome="${outcome}"}`);
});
