import { request } from 'node:http';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { type StubServer, stubServer } from '#test/support/stub-server';
import { seedWorkspace } from '#test/support/tenancy';
import { post, postBody } from '#test/support/wire';

let server: StubServer;
let authorization: string;

beforeAll(async () => {
  server = await stubServer({ settings: { GRAPHIQL: 'true', HTTP_REQUEST_MS: '1500' } });
  ({ authorization } = await (await seedWorkspace(server.app)).token('OWNER'));
});

const origin = () => new URL(server.url).origin;

describe('an operation over HTTP', () => {
  it('answers data as JSON', async () => {
    const answer = await post(server.url, '{ hello(name: "you") }');
    expect(answer).toMatchObject({ status: 200, data: { hello: 'Hello you' } });
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
  });

  it('answers application/graphql-response+json to a client that asks for it', async () => {
    const answer = await post(server.url, '{ hello }', { accept: 'application/graphql-response+json, application/json;q=0.9' });
    expect(answer.headers.get('content-type')).toBe('application/graphql-response+json; charset=utf-8');
  });

  it('knows who asks', async () => {
    expect((await post(server.url, '{ who }', { authorization })).data).toEqual({ who: 'OWNER token' });
    expect((await post(server.url, '{ who }')).data).toEqual({ who: null });
  });

  it('refuses a token that it does not know, and says so in the status', async () => {
    const answer = await post(server.url, '{ who }', { authorization: 'Bearer mr_nonsense' });
    expect(answer).toMatchObject({ status: 401, code: 'UNAUTHENTICATED', data: undefined });
  });

  it('takes variables and an operation name', async () => {
    const query = 'query A($name: String) { hello(name: $name) } query B { who }';
    expect((await post(server.url, { query, operationName: 'A', variables: { name: 'x' } })).data).toEqual({ hello: 'Hello x' });
    expect(await post(server.url, { query })).toMatchObject({ status: 400, code: 'OPERATION_RESOLUTION_FAILURE' });
    expect(await post(server.url, { query, operationName: 'C' })).toMatchObject({ status: 400, code: 'OPERATION_RESOLUTION_FAILURE' });
  });
});

describe('the shape of a request', () => {
  it.each([
    ['text/plain', '{"query":"{ hello }"}'],
    ['application/x-www-form-urlencoded', 'query=mutation+%7B+add%28item%3A%7Bcount%3A1%7D%29+%7D'],
    ['multipart/form-data; boundary=x', '--x--'],
    ['application/graphql', '{ hello }'],
    ['application/json; charset=utf-16', '{"query":"{ hello }"}'],
    ['application/jsonp', '{"query":"{ hello }"}'],
  ])('refuses the content type %s, which a page of another site could send', async (contentType, body) => {
    expect(await postBody(server.url, body, { 'content-type': contentType })).toMatchObject({
      status: 415,
      code: 'UNSUPPORTED_MEDIA_TYPE',
    });
  });

  it('takes application/json with a charset of UTF-8', async () => {
    expect((await postBody(server.url, '{"query":"{ hello }"}', { 'content-type': 'Application/JSON; charset="UTF-8"' })).status).toBe(200);
  });

  it('refuses a compressed body', async () => {
    const answer = await postBody(server.url, gzipSync('{"query":"{ hello }"}'), { 'content-encoding': 'gzip' });
    expect(answer).toMatchObject({ status: 415, code: 'UNSUPPORTED_MEDIA_TYPE' });
  });

  it.each([
    ['nothing', ''],
    ['half of an object', '{"query":'],
    ['a text', '"{ hello }"'],
    ['null', 'null'],
    ['a batch', '[{"query":"{ hello }"}]'],
    ['an empty batch', '[]'],
    ['no query', '{"variables":{}}'],
    ['a query that is no text', '{"query":{"a":1}}'],
    ['variables that are a list', '{"query":"{ hello }","variables":[1]}'],
    ['variables that are a text', '{"query":"{ hello }","variables":"{}"}'],
    ['an operation name that is a number', '{"query":"{ hello }","operationName":1}'],
  ])('refuses %s as malformed', async (_what, body) => {
    expect(await postBody(server.url, body)).toMatchObject({ status: 400, code: 'BAD_REQUEST' });
  });

  it('refuses a body that is not UTF-8', async () => {
    expect(await postBody(server.url, Buffer.from([0x7b, 0xff, 0x7d]))).toMatchObject({ status: 400, code: 'BAD_REQUEST' });
  });

  it('does not repeat what a malformed body held', async () => {
    const { errors } = await postBody(server.url, '{"query": hunter2-secret}');
    expect(JSON.stringify(errors)).not.toContain('hunter2');
  });

  it('refuses a body over the limit by its announced length', async () => {
    expect(await postBody(server.url, `{"query":"{ hello }","variables":{"a":"${'x'.repeat(1_000_000)}"}}`)).toMatchObject({
      status: 413,
      code: 'PAYLOAD_TOO_LARGE',
    });
  });

  it('refuses a body over the limit while it is read', async () => {
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (let sent = 0; sent < 40; sent += 1) yield await Promise.resolve(Buffer.alloc(50_000, 32));
    }
    const status = await new Promise((resolve, reject) => {
      const sending = request(
        server.url,
        { method: 'POST', headers: { 'content-type': 'application/json', 'transfer-encoding': 'chunked' } },
        (response) => {
          response.resume();
          resolve(response.statusCode);
        },
      );
      sending.on('error', reject);
      void (async () => {
        for await (const chunk of endless()) sending.write(chunk);
        sending.end();
      })();
    });
    expect(status).toBe(413);
    expect((await post(server.url, '{ hello }')).status).toBe(200);
  });

  it('does not wait for a body that never ends', async () => {
    const { port } = server;
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      let text = '';
      socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
      socket.on('close', () => resolve(text));
      socket.write('POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"query":');
    });
    expect(answer).toContain('HTTP/1.1 408');
  });

  it('refuses variables nested too deep', async () => {
    const body = `{"query":"{ hello }","variables":{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}}}`;
    expect(await postBody(server.url, body)).toMatchObject({ status: 400, code: 'BAD_USER_INPUT' });
  });

  it('refuses a client that takes nothing we can send', async () => {
    expect(await post(server.url, '{ hello }', { accept: 'image/png' })).toMatchObject({ status: 406, code: 'NOT_ACCEPTABLE' });
    expect(await post(server.url, 'subscription { count(to: 1) }', { accept: 'application/json' })).toMatchObject({
      status: 406,
      code: 'NOT_ACCEPTABLE',
    });
  });

  it.each(['GET', 'PUT', 'DELETE', 'PATCH'])('takes no operation by %s', async (method) => {
    const response = await fetch(`${server.url}?query=${encodeURIComponent('mutation { add(item: { count: 1 }) }')}`, {
      method,
      headers: { 'content-type': 'application/json' },
    });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('POST, OPTIONS');
  });

  it('has a JSON answer for addresses with nothing behind them', async () => {
    for (const path of ['/', '/graphql/', '/graphql/assets/../../package.json', '/admin', '//evil'])
      expect((await fetch(`${origin()}${path}`)).status, path).toBe(404);
  });
});

describe('what comes with an answer', () => {
  it('carries the request id of the client, or a new one', async () => {
    expect((await post(server.url, '{ hello }', { 'x-request-id': 'trace-1.a_B' })).headers.get('x-request-id')).toBe('trace-1.a_B');
    for (const hostile of ['', 'a b', '<script>', 'x'.repeat(65)])
      expect((await post(server.url, '{ hello }', { 'x-request-id': hostile })).headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('carries the headers that keep browsers from guessing, framing and caching', async () => {
    const { headers } = await post(server.url, '{ hello }');
    expect(Object.fromEntries(headers)).toMatchObject({
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    });
    expect(headers.has('x-powered-by')).toBe(false);
  });
});

describe('errors', () => {
  it('masks what is unexpected and keeps the request id', async () => {
    const answer = await post(server.url, '{ broken }', { 'x-request-id': 'here' });
    expect(answer).toMatchObject({ status: 500, code: 'INTERNAL', data: { broken: null } });
    expect(answer.errors[0]).toMatchObject({ path: ['broken'], extensions: { requestId: 'here' } });
    expect(JSON.stringify(answer)).not.toContain('secret');
  });

  it('keeps the data beside a failed field', async () => {
    expect(await post(server.url, '{ hello broken }')).toMatchObject({
      status: 200,
      data: { hello: 'Hello world', broken: null },
      code: 'INTERNAL',
    });
    expect(await post(server.url, '{ hello brokenForGood }')).toMatchObject({ status: 500, data: null, code: 'INTERNAL' });
  });

  it('shows errors of the domain with their code', async () => {
    expect(await post(server.url, '{ hello forbidden }')).toMatchObject({
      status: 200,
      code: 'FORBIDDEN',
      errors: [{ message: 'Not for you.', path: ['forbidden'] }],
    });
    const { status, headers, errors } = await post(server.url, '{ tooMuch }');
    expect({ status, extensions: errors[0]?.extensions, retryAfter: headers.get('retry-after') }).toEqual({
      status: 429,
      extensions: { code: 'LIMIT_EXCEEDED', limit: 3, retryAfterMs: 2_500 },
      retryAfter: '3',
    });
  });

  it.each([
    ['a value of the wrong type', '{ hello(name: 5) }', undefined],
    ['an enum value that is not there', '{ hello(mood: BORED) }', undefined],
    ['a field that an input lacks', '{ echo(item: { count: 1, other: 2 }) }', undefined],
    ['a variable of the wrong type', 'query ($name: String) { hello(name: $name) }', { name: { a: 1 } }],
    ['a variable that is missing', 'query ($item: Item!) { echo(item: $item) }', {}],
    ['an input field that is missing', 'query ($item: Item!) { echo(item: $item) }', { item: {} }],
    ['text that the database cannot hold', '{ unstorable }', undefined],
  ])('calls %s BAD_USER_INPUT', async (_what, query, variables) => {
    expect(await post(server.url, { query, variables })).toMatchObject({ status: 400, code: 'BAD_USER_INPUT' });
  });

  it('tells a broken document from one that asks for what is not there', async () => {
    expect(await post(server.url, '{ hello')).toMatchObject({ status: 400, code: 'GRAPHQL_PARSE_FAILED', data: undefined });
    expect(await post(server.url, '{ nothing }')).toMatchObject({ status: 400, code: 'GRAPHQL_VALIDATION_FAILED', data: undefined });
  });

  it('does not suggest names', async () => {
    const { errors } = await post(server.url, '{ helo } ');
    expect(errors[0]?.message).toBe('Cannot query field "helo" on type "Query".');
    const coerced = await post(server.url, { query: 'query ($mood: Mood) { hello(mood: $mood) }', variables: { mood: 'GLAT' } });
    expect(coerced.errors[0]?.message).not.toContain('GLAD');
  });

  it('ends an operation that takes too long', async () => {
    expect(await post(server.url, '{ never }')).toMatchObject({ status: 504, code: 'TIMEOUT' });
  });
});

describe('a database that is away', () => {
  it('is named at once, and does not keep those out who need none', async () => {
    const away = await stubServer({
      databaseUrl: 'postgresql://nobody@127.0.0.1:1/none',
      prefix: 'test-away',
      settings: { REDIS_URL: '' },
    });
    expect(await post(away.url, '{ who }', { authorization })).toMatchObject({ status: 503, code: 'UNAVAILABLE' });
    expect((await post(away.url, '{ hello }')).status).toBe(200);
    const ready = await fetch(`${new URL(away.url).origin}/health/ready`);
    expect({ status: ready.status, body: await ready.json() }).toMatchObject({
      status: 503,
      body: { status: 'unavailable', checks: { database: 'away' } },
    });
  });
});
