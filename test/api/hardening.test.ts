import { getIntrospectionQuery } from 'graphql';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { type StubServer, stubServer } from '#test/support/stub-server';
import { seedWorkspace } from '#test/support/tenancy';
import { openAcknowledged, openEvents, patience, post } from '#test/support/wire';

let server: StubServer;
let authorization: string;

beforeAll(async () => {
  server = await stubServer();
  ({ authorization } = await (await seedWorkspace(server.app)).token('VIEWER'));
});

const nested = (depth: number) => `{ ${'node { '.repeat(depth - 1)}name${' }'.repeat(depth - 1)} }`;
/** Each fragment spreads the next one twice: 2^40 selections in 80 spreads. */
const bomb = `{ node { ...F0 } } ${Array.from({ length: 40 }, (_, index) => `fragment F${index} on Node { ...F${index + 1} ...F${index + 1} }`).join(' ')} fragment F40 on Node { name }`;

const hostile = [
  ['a document of more than 20 kB', `{ hello } # ${'x'.repeat(20_000)}`, 20_000],
  ['more than 1 000 tokens', `{ node { ${'name '.repeat(1_000)} } }`, 1_000],
  ['11 levels', nested(11), 10],
  [
    '11 levels in fragments',
    `{ node { ...A } } fragment A on Node { node { node { node { node { ...B } } } } } fragment B on Node { node { node { node { node { node { name } } } } } }`,
    10,
  ],
  ['16 aliases', `{ ${Array.from({ length: 16 }, (_, index) => `a${index}: hello`).join(' ')} }`, 15],
  ['21 root fields', `{ ${'hello '.repeat(21)} }`, 20],
  ['21 root fields in a fragment', `{ ${'...R '.repeat(7)} } fragment R on Query { hello hello hello }`, 20],
  ['fragments that stand for 2^40 selections', bomb, 5_000],
] as const;

describe('a hostile document', () => {
  it.each(hostile)('with %s is refused over HTTP, as an event and over a WebSocket alike', async (_what, query, limit) => {
    const expected = { extensions: { code: 'LIMIT_EXCEEDED', limit } };
    const answer = await post(server.url, query);
    expect(answer).toMatchObject({ status: 400, data: undefined, errors: [expected] });
    const stream = await openEvents(server.url, query);
    expect((await stream.events.next()).value).toMatchObject({ event: 'next', data: { errors: [expected] } });
    expect((await stream.events.next()).value).toMatchObject({ event: 'complete' });
    const socket = await openAcknowledged(server.wsUrl, { authorization });
    expect(await socket.run(query)).toMatchObject([{ type: 'error', payload: [expected] }]);
    expect(await socket.run('{ hello }')).toMatchObject([
      { type: 'next', payload: { data: { hello: 'Hello world' } } },
      { type: 'complete' },
    ]);
    socket.raw.close();
    await socket.closed;
  });

  it('is judged in time that a server can spare', async () => {
    const started = server.app.clock.elapsed();
    await post(server.url, `{ node { ${'node { node { name } } '.repeat(110)} } }`);
    expect(server.app.clock.elapsed() - started).toBeLessThan(1_000);
  });

  it('with fragments in a circle is refused by name', async () => {
    expect(await post(server.url, '{ node { ...A } } fragment A on Node { node { ...B } } fragment B on Node { ...A }')).toMatchObject({
      status: 400,
      code: 'GRAPHQL_VALIDATION_FAILED',
    });
  });

  it('finds nothing to pollute', async () => {
    const variables: unknown = JSON.parse('{ "__proto__": { "polluted": 1 }, "constructor": { "prototype": { "polluted": 1 } } }');
    await post(server.url, { query: 'query ($item: Item) { echo(item: $item) }', variables });
    expect('polluted' in {}).toBe(false);
  });
});

describe('what is within the limits', () => {
  it.each([
    ['10 levels', nested(10)],
    ['15 aliases', `{ ${Array.from({ length: 15 }, (_, index) => `a${index}: hello`).join(' ')} }`],
    ['20 root fields', `{ ${'hello '.repeat(20)} }`],
  ])('%s are answered', async (_what, query) => {
    expect((await post(server.url, query)).status).toBe(200);
  });

  it('is the standard introspection query, 15 levels deep', async () => {
    const answer = await post(
      server.url,
      getIntrospectionQuery({
        descriptions: true,
        specifiedByUrl: true,
        directiveIsRepeatable: true,
        schemaDescription: true,
        inputValueDeprecation: true,
        oneOf: true,
      }),
    );
    expect(answer).toMatchObject({ status: 200, errors: [] });
  });
});

describe('an answer', () => {
  const limit = 10_000;
  const tooLarge = { extensions: { code: 'LIMIT_EXCEEDED', limit } };
  let small: StubServer;

  beforeAll(async () => {
    small = await stubServer({ databaseUrl: server.app.config.database.url, settings: { GRAPHQL_ANSWER_BYTES: String(limit) } });
  });

  it('is sent up to its limit and refused beyond, over HTTP', async () => {
    expect(await post(small.url, '{ text(characters: 9900) }')).toMatchObject({ status: 200, errors: [] });
    expect(await post(small.url, '{ text(characters: 10000) }')).toMatchObject({ status: 400, data: undefined, errors: [tooLarge] });
    const parts = `{ ${Array.from({ length: 15 }, (_, index) => `a${index}: text(characters: 700)`).join(' ')} }`;
    expect(await post(small.url, parts)).toMatchObject({ status: 400, errors: [tooLarge] });
    const wide = `node { ${'nodes { '.repeat(8)}name${' }'.repeat(8)} }`;
    expect(await post(small.url, `{ a: ${wide} b: ${wide} }`)).toMatchObject({ status: 400, errors: [tooLarge] });
  });

  it('is refused over a WebSocket too, and ends a subscription', async () => {
    const socket = await openAcknowledged(small.wsUrl, { authorization });
    expect(await socket.run('{ text(characters: 10000) }')).toMatchObject([{ type: 'error', payload: [tooLarge] }]);
    expect(await socket.run('subscription { flood(characters: 10000) }')).toMatchObject([
      { type: 'next', payload: { errors: [tooLarge] } },
      { type: 'complete' },
    ]);
    socket.raw.close();
    await socket.closed;
  });
});

describe('connections', () => {
  it('are bounded: one more is dropped, and a freed place can be taken', async () => {
    const small = await stubServer({ databaseUrl: server.app.config.database.url, settings: { HTTP_CONNECTIONS: '1' } });
    const socket = await openAcknowledged(small.wsUrl, { authorization });
    await expect(post(small.url, '{ hello }')).rejects.toThrow('fetch failed');
    socket.raw.close();
    await socket.closed;
    await vi.waitFor(async () => expect((await post(small.url, '{ hello }')).status).toBe(200), patience);
  });
});

describe('introspection that is switched off', () => {
  it('is refused, also beside other fields, and __typename is not', async () => {
    const closed = await stubServer({ databaseUrl: server.app.config.database.url, settings: { INTROSPECTION: 'false' } });
    expect(await post(closed.url, '{ hello __schema { types { name } } }')).toMatchObject({
      status: 400,
      code: 'GRAPHQL_VALIDATION_FAILED',
    });
    expect(await post(closed.url, '{ __type(name: "Query") { name } }')).toMatchObject({ status: 400 });
    expect((await post(closed.url, '{ __typename }')).data).toEqual({ __typename: 'Query' });
  });
});

describe('too many operations', () => {
  it('of one token are told when to come back, and trouble no other', async () => {
    const small = await stubServer({
      databaseUrl: server.app.config.database.url,
      settings: { TOKEN_REQUESTS_PER_MINUTE: '3', ANONYMOUS_REQUESTS_PER_MINUTE: '2' },
    });
    const workspace = await seedWorkspace(small.app);
    const [one, other] = [await workspace.token('OWNER'), await workspace.token('OWNER')];
    const ask = (authorization: string) => post(small.url, '{ who }', { authorization });
    for (let count = 0; count < 3; count += 1) expect((await ask(one.authorization)).status).toBe(200);
    const refused = await ask(one.authorization);
    expect(refused).toMatchObject({
      status: 429,
      code: 'LIMIT_EXCEEDED',
      errors: [{ extensions: { limit: 3, retryAfterMs: expect.any(Number) } }],
    });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await ask(other.authorization)).status).toBe(200);
  });

  it('without a token, or with guessed ones, count for their address', async () => {
    const small = await stubServer({ databaseUrl: server.app.config.database.url, settings: { ANONYMOUS_REQUESTS_PER_MINUTE: '2' } });
    expect((await post(small.url, '{ who }')).status).toBe(200);
    expect((await post(small.url, '{ who }', { authorization: 'Bearer mr_guess1' })).status).toBe(401);
    expect(await post(small.url, '{ who }', { authorization: 'Bearer mr_guess2' })).toMatchObject({ status: 429, code: 'LIMIT_EXCEEDED' });
    expect((await post(small.url, '{ who }')).status).toBe(429);
  });
});

describe('a page of another site', () => {
  const asked = { 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization,content-type' };
  const foreign = 'https://evil.example';

  it('is not let in where no origin is configured', async () => {
    const preflight = await fetch(server.url, { method: 'OPTIONS', headers: { origin: foreign, ...asked } });
    const answer = await post(server.url, '{ hello }', { origin: foreign });
    for (const headers of [preflight.headers, answer.headers])
      expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  it('is let in where it is configured, without cookies, and no other is', async () => {
    const open = await stubServer({ databaseUrl: server.app.config.database.url, settings: { CORS_ORIGINS: 'https://app.example' } });
    const preflight = (origin: string) => fetch(open.url, { method: 'OPTIONS', headers: { origin, ...asked } });
    const { status, headers } = await preflight('https://app.example');
    expect({ status, ...Object.fromEntries(headers) }).toMatchObject({
      status: 204,
      'access-control-allow-origin': 'https://app.example',
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': expect.stringContaining('authorization'),
      vary: 'Origin',
    });
    expect(headers.has('access-control-allow-credentials')).toBe(false);
    expect((await post(open.url, '{ hello }', { origin: 'https://app.example' })).headers.get('access-control-allow-origin')).toBe(
      'https://app.example',
    );
    for (const origin of [foreign, 'null', 'https://app.example.evil.example'])
      expect((await preflight(origin)).headers.has('access-control-allow-origin')).toBe(false);
  });
});
