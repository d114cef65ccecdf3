import { once } from 'node:events';
import { connect } from 'node:net';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { type StubServer, stubServer } from '#test/support/stub-server';
import { seedWorkspace } from '#test/support/tenancy';
import { openAcknowledged, openSocket, patience, post } from '#test/support/wire';

let server: StubServer;
let authorization: string;

beforeAll(async () => {
  server = await stubServer({
    settings: { WS_INIT_MS: '200', WS_SUBSCRIPTIONS: '3', WS_MESSAGE_BYTES: '10000', WS_BUFFER_BYTES: '100000' },
  });
  ({ authorization } = await (await seedWorkspace(server.app)).token('EDITOR'));
});

const open = () => openAcknowledged(server.wsUrl, { authorization });
const hello = '{ hello }';
const answered = [{ type: 'next', payload: { data: { hello: 'Hello world' } } }, { type: 'complete' }];
const silent = (id: string) => ({ type: 'subscribe', id, payload: { query: 'subscription { silent }' } });

describe('an operation over a WebSocket', () => {
  it('answers queries, mutations and subscriptions', async () => {
    const socket = await open();
    expect(await socket.run(hello)).toMatchObject(answered);
    expect(await socket.run('mutation ($item: Item!) { add(item: $item) }', { item: { count: 1 } })).toMatchObject([
      { payload: { data: { add: 2 } } },
      { type: 'complete' },
    ]);
    expect(await socket.run('subscription { count(to: 2) }')).toMatchObject([
      { payload: { data: { count: 1 } } },
      { payload: { data: { count: 2 } } },
      { type: 'complete' },
    ]);
    socket.raw.close();
  });

  it('ends a subscription that fails with the error as its last result', async () => {
    const socket = await open();
    expect(await socket.run('subscription { failing }')).toMatchObject([
      { type: 'next', payload: { data: { failing: 1 } } },
      { type: 'next', payload: { errors: [{ message: 'Your rights were taken away.', extensions: { code: 'FORBIDDEN' } }] } },
      { type: 'complete' },
    ]);
    socket.raw.close();
  });

  it('masks what is unexpected, with a request id', async () => {
    const socket = await open();
    const [next] = await socket.run('{ broken }');
    expect(next).toMatchObject({ payload: { errors: [{ extensions: { code: 'INTERNAL', requestId: expect.any(String) } }] } });
    expect(JSON.stringify(next)).not.toContain('secret');
    socket.raw.close();
  });

  it.each([
    ['a document that cannot be read', '{ hello', undefined, 'GRAPHQL_PARSE_FAILED'],
    ['a field that is not there', '{ nothing }', undefined, 'GRAPHQL_VALIDATION_FAILED'],
    ['variables of the wrong type', 'query ($item: Item!) { echo(item: $item) }', { item: 1 }, 'BAD_USER_INPUT'],
    ['variables that are a text', '{ hello }', 'x', 'BAD_REQUEST'],
    ['a document that is no text', 5, undefined, 'BAD_REQUEST'],
    ['an empty document', '', undefined, 'GRAPHQL_PARSE_FAILED'],
    ['no operation', 'fragment A on Query { hello }', undefined, 'GRAPHQL_VALIDATION_FAILED'],
    ['a subscription that is denied', 'subscription { denied }', undefined, 'FORBIDDEN'],
  ])('with %s fails alone: the socket lives on', async (_what, query, variables, code) => {
    const socket = await open();
    const messages = await socket.run(query as string, variables);
    expect(JSON.stringify(messages)).toContain(`"code":"${code}"`);
    expect(await socket.run(hello)).toMatchObject(answered);
    socket.raw.close();
  });

  it('frees a subscription that the client completes, and all of a socket that goes away', async () => {
    const socket = await open();
    socket.send(silent('a'));
    socket.send(silent('b'));
    await vi.waitFor(() => expect(server.open()).toBe(2), patience);
    socket.send({ type: 'complete', id: 'a' });
    await vi.waitFor(() => expect(server.open()).toBe(1), patience);
    socket.raw.terminate();
    await vi.waitFor(() => expect(server.open()).toBe(0), patience);
  });
});

describe('who is at the other end', () => {
  it.each(['authorization', 'Authorization'])('is told by %s in connection_init', async (name) => {
    const socket = await openAcknowledged(server.wsUrl, { [name]: authorization });
    expect(await socket.run('{ who }')).toMatchObject([{ payload: { data: { who: 'EDITOR token' } } }, { type: 'complete' }]);
    socket.raw.close();
  });

  it('is refused with a token that is not valid', async () => {
    const socket = await openSocket(server.wsUrl);
    socket.send({ type: 'connection_init', payload: { authorization: 'Bearer mr_nonsense' } });
    expect(await socket.closed).toEqual({ code: 4401, reason: 'This token is not known.' });
    expect(socket.received).toEqual([]);
  });

  it.each([undefined, {}, { authorization: 5 }])('is refused without a token: %j', async (payload) => {
    const socket = await openSocket(server.wsUrl);
    socket.send({ type: 'connection_init', payload });
    expect(await socket.closed).toMatchObject({ code: 4401, reason: expect.stringContaining('must carry a token') });
    expect(socket.received).toEqual([]);
  });

  it('counts for its address until it is known, and is told to come back later', async () => {
    const small = await stubServer({ databaseUrl: server.app.config.database.url, settings: { ANONYMOUS_REQUESTS_PER_MINUTE: '1' } });
    const begin = async (credential: string) => {
      const socket = await openSocket(small.wsUrl);
      socket.send({ type: 'connection_init', payload: { authorization: credential } });
      return (await socket.closed).code;
    };
    expect([await begin('Bearer mr_guess1'), await begin('Bearer mr_guess2')]).toEqual([4401, 1013]);
    (await openAcknowledged(small.wsUrl, { authorization })).raw.close();
  });

  it('is told to come back later when the identity provider does not answer, over HTTP too', async () => {
    const away = await stubServer({
      databaseUrl: server.app.config.database.url,
      settings: { JWT_JWKS_URL: 'http://127.0.0.1:1/jwks', JWT_ISSUER: 'https://id.example.com/', JWT_AUDIENCE: 'millrace' },
    });
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const jwt = { authorization: `Bearer ${part({ alg: 'ES256', kid: 'one' })}.${part({ sub: 'x' })}.${part('signature')}` };
    expect(await post(away.url, '{ who }', jwt)).toMatchObject({
      status: 503,
      errors: [{ message: expect.stringContaining('identity provider'), extensions: { code: 'UNAVAILABLE', retryAfterMs: 1_000 } }],
    });
    const socket = await openSocket(away.wsUrl);
    socket.send({ type: 'connection_init', payload: jwt });
    expect(await socket.closed).toMatchObject({ code: 1013 });
  });

  it.each(['WS_ADDRESS_SOCKETS', 'WS_SOCKETS'])('finds no place beyond %s until another leaves', async (setting) => {
    const small = await stubServer({ databaseUrl: server.app.config.database.url, settings: { [setting]: '1' } });
    const first = await openAcknowledged(small.wsUrl, { authorization });
    await expect(openSocket(small.wsUrl)).rejects.toThrow('503');
    first.raw.close();
    await vi.waitFor(async () => (await openAcknowledged(small.wsUrl, { authorization })).raw.close(), patience);
  });

  it('is looked at again for each operation: a revoked token does nothing more on an open socket', async () => {
    const token = await (await seedWorkspace(server.app)).token('EDITOR');
    const socket = await openAcknowledged(server.wsUrl, { authorization: token.authorization });
    await server.app.db.prisma.apiToken.update({ where: { id: token.tokenId }, data: { revokedAt: server.app.clock.now() } });
    expect(await socket.run('{ who }')).toMatchObject([{ type: 'error', payload: [{ extensions: { code: 'UNAUTHENTICATED' } }] }]);
    socket.raw.close();
  });

  it.each([
    ['https://evil.example', 403],
    ['null', 403],
  ])('is refused as a page of %s', async (origin, status) => {
    const raw = new WebSocket(server.wsUrl, 'graphql-transport-ws', { headers: { origin } });
    const refused = await new Promise((resolve) => {
      raw.once('unexpected-response', (_request, response) => resolve(response.statusCode));
      raw.once('open', () => resolve('open'));
      raw.on('error', () => undefined);
    });
    raw.terminate();
    expect(refused).toBe(status);
  });

  it('may be a page that this server served', async () => {
    const socket = await openSocket(server.wsUrl, { headers: { origin: new URL(server.url).origin } });
    socket.raw.close();
    await socket.closed;
  });

  it('is told that there is nothing at another path', async () => {
    await expect(openSocket(server.wsUrl.replace('/graphql', '/other'))).rejects.toThrow('404');
  });
});

describe('a socket that breaks the rules', () => {
  it('is closed when it does not begin in time', async () => {
    const socket = await openSocket(server.wsUrl);
    expect(await socket.closed).toMatchObject({ code: 4408 });
  });

  it('is closed when it begins twice, or without beginning', async () => {
    const twice = await open();
    twice.send({ type: 'connection_init' });
    expect(await twice.closed).toMatchObject({ code: 4429 });
    const never = await openSocket(server.wsUrl);
    never.send({ type: 'subscribe', id: '1', payload: { query: hello } });
    expect(await never.closed).toMatchObject({ code: 4401 });
  });

  it('is closed when it speaks another protocol', async () => {
    const other = new WebSocket(server.wsUrl, 'graphql-ws');
    const ended = await new Promise((resolve) => {
      other.once('close', (code) => resolve(code));
      other.on('error', () => undefined);
    });
    expect([1006, 4406]).toContain(ended);
  });

  it.each(['no JSON', '{"type":"unknown"}', '[]', '{"type":"subscribe","id":5}'])('is closed for the message %s', async (message) => {
    const socket = await open();
    socket.send(message);
    expect(await socket.closed).toMatchObject({ code: 4400 });
  });

  it('is closed for an id that only serves to be sent back', async () => {
    const socket = await open();
    socket.send({ type: 'subscribe', id: 'x'.repeat(101) });
    expect(await socket.closed).toEqual({ code: 4400, reason: 'An id has at most 100 characters.' });
    expect(socket.received).toMatchObject([{ type: 'connection_ack' }]);
  });

  it('gets no answer to malformed operations before it is signed in', async () => {
    const socket = await openSocket(server.wsUrl);
    socket.send({ type: 'subscribe', id: '1' });
    expect(await socket.closed).toMatchObject({ code: 4400 });
    expect(socket.received).toEqual([]);
  });

  it('is closed when it reads no answers, those to malformed operations too', async () => {
    const small = await stubServer({
      databaseUrl: server.app.config.database.url,
      settings: { WS_BUFFER_BYTES: '1', WS_MESSAGES_PER_SECOND: '1000000' },
    });
    const socket = await openAcknowledged(small.wsUrl, { authorization });
    socket.raw.pause();
    const malformed = JSON.stringify({ type: 'subscribe', id: 'x'.repeat(100) });
    const timer = setInterval(() => {
      for (let sent = 0; sent < 2_000; sent += 1) socket.send(malformed);
    }, 5);
    await vi.waitFor(
      async () => expect(await small.app.metrics.registry.metrics()).toContain('millrace_websockets_closed_total{code="4413"} 1'),
      patience,
    );
    clearInterval(timer);
    socket.raw.terminate();
  });

  it('is closed for a message over the limit', async () => {
    const socket = await open();
    socket.send({ type: 'subscribe', id: '1', payload: { query: `{ hello } # ${'x'.repeat(10_000)}` } });
    expect(await socket.closed).toMatchObject({ code: 1009 });
  });

  it('is closed for a flood of messages, with a reason', async () => {
    const socket = await open();
    for (let sent = 0; sent < 300; sent += 1) socket.send({ type: 'ping' });
    expect(await socket.closed).toEqual({ code: 4429, reason: 'At most 20 messages a second.' });
  });

  it('may have so many subscriptions and no more; the others go on', async () => {
    const socket = await open();
    for (const id of ['a', 'b', 'c']) socket.send(silent(id));
    await vi.waitFor(() => expect(server.open()).toBe(3), patience);
    expect(await socket.run('subscription { silent }')).toMatchObject([
      { type: 'error', payload: [{ extensions: { code: 'LIMIT_EXCEEDED', limit: 3 } }] },
    ]);
    expect(server.open()).toBe(3);
    expect(await socket.run(hello)).toMatchObject(answered);
    socket.raw.close();
    await vi.waitFor(() => expect(server.open()).toBe(0), patience);
  });

  it('is closed with a reason when it takes nothing of what it asked for', async () => {
    const socket = await open();
    socket.raw.pause();
    for (let sent = 0; sent < 15; sent += 1)
      socket.send({ type: 'subscribe', id: `big-${sent}`, payload: { query: '{ text(characters: 2000000) }' } });
    await vi.waitFor(
      async () => expect(await server.app.metrics.registry.metrics()).toContain('millrace_websockets_closed_total{code="4413"} 1'),
      patience,
    );
    socket.raw.resume();
    expect(await socket.closed).toEqual({ code: 4413, reason: 'This reader is too slow: more than 100000 bytes wait for it.' });
  });
});

describe('a server that closes', () => {
  it('tells its sockets to go elsewhere', async () => {
    const going = await stubServer({ databaseUrl: server.app.config.database.url });
    const socket = await openAcknowledged(going.wsUrl, { authorization });
    socket.send(silent('a'));
    await vi.waitFor(() => expect(going.open()).toBe(1), patience);
    await going.close();
    expect(await socket.closed).toMatchObject({ code: 1001 });
    expect(going.open()).toBe(0);
    expect(socket.received.filter(({ id }) => id === 'a')).toEqual([]);
  });

  it('does not wait for a peer that said goodbye and keeps its connection', { timeout: 15_000 }, async () => {
    const going = await stubServer({ databaseUrl: server.app.config.database.url });
    const { hostname, port, pathname } = new URL(going.wsUrl);
    const peer = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    peer.write(
      `GET ${pathname} HTTP/1.1\r\nhost: ${hostname}\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n` +
        'sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\nsec-websocket-protocol: graphql-transport-ws\r\n\r\n',
    );
    const [answer] = (await once(peer, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 101 /);
    // A close frame without a reason, masked with nothing (RFC 6455, 5.2).
    peer.write(Buffer.from([0x88, 0x80, 0, 0, 0, 0]));
    await once(peer.resume(), 'end');
    await going.close();
    peer.destroy();
  });
});
