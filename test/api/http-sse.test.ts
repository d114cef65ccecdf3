import { request } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { type StubServer, stubServer } from '#test/support/stub-server';
import { seedWorkspace } from '#test/support/tenancy';
import { collect, openEvents, patience } from '#test/support/wire';

let server: StubServer;

beforeAll(async () => {
  server = await stubServer();
});

const eventsOf = async (query: string) => collect((await openEvents(server.url, query)).events);

describe('an operation over server-sent events', () => {
  it('streams the results of a subscription and then completes', async () => {
    expect(await eventsOf('subscription { count(to: 3) }')).toEqual([
      ...[1, 2, 3].map((count) => ({ event: 'next', data: { data: { count } } })),
      { event: 'complete', data: null },
    ]);
  });

  it('answers queries and mutations too', async () => {
    expect(await eventsOf('mutation { add(item: { count: 1 }) }')).toEqual([
      { event: 'next', data: { data: { add: 2 } } },
      { event: 'complete', data: null },
    ]);
  });

  it.each([
    ['a document that cannot be read', '{ hello', 'GRAPHQL_PARSE_FAILED'],
    ['a subscription to what is not there', 'subscription { nothing }', 'GRAPHQL_VALIDATION_FAILED'],
    ['a subscription that is denied', 'subscription { denied }', 'FORBIDDEN'],
    ['variables of the wrong type', 'subscription { count(to: "x") }', 'BAD_USER_INPUT'],
  ])('refuses %s as one result without data', async (_what, query, code) => {
    expect(await eventsOf(query)).toMatchObject([{ event: 'next', data: { errors: [{ extensions: { code } }] } }, { event: 'complete' }]);
  });

  it('ends a subscription that fails with the error as its last result', async () => {
    expect(await eventsOf('subscription { failing }')).toMatchObject([
      { event: 'next', data: { data: { failing: 1 } } },
      { event: 'next', data: { errors: [{ message: 'Your rights were taken away.', extensions: { code: 'FORBIDDEN' } }] } },
      { event: 'complete' },
    ]);
  });

  it('frees the subscription of a client that went away', async () => {
    const stream = await openEvents(server.url, 'subscription { silent }');
    await vi.waitFor(() => expect(server.open()).toBe(1), patience);
    stream.abort();
    await vi.waitFor(() => expect(server.open()).toBe(0), patience);
  });
});

describe('many streams', () => {
  it('of one token are bounded, and a freed place can be taken', async () => {
    const small = await stubServer({ databaseUrl: server.app.config.database.url, settings: { TOKEN_SUBSCRIPTIONS: '2' } });
    const { authorization } = await (await seedWorkspace(small.app)).token('OWNER');
    const open = () => openEvents(small.url, 'subscription { silent }', { authorization });
    const [first] = [await open(), await open()];
    await vi.waitFor(() => expect(small.open()).toBe(2), patience);
    const third = await collect((await open()).events);
    expect(third).toMatchObject([
      { event: 'next', data: { errors: [{ extensions: { code: 'LIMIT_EXCEEDED', limit: 2, retryAfterMs: 1_000 } }] } },
      { event: 'complete' },
    ]);
    first.abort();
    await vi.waitFor(() => expect(small.open()).toBe(1), patience);
    await open();
    await vi.waitFor(() => expect(small.open()).toBe(2), patience);
  });

  it('whose reader takes nothing hold a few results and not all of them', async () => {
    const body = JSON.stringify({ query: 'subscription { flood(characters: 100000) }' });
    const sending = request(server.url, { method: 'POST', headers: { 'content-type': 'application/json', accept: 'text/event-stream' } });
    sending.on('response', (response) => response.pause());
    sending.on('error', () => undefined);
    sending.end(body);
    await setTimeout(300);
    const before = process.memoryUsage().external + process.memoryUsage().heapUsed;
    await setTimeout(500);
    expect(process.memoryUsage().external + process.memoryUsage().heapUsed - before).toBeLessThan(50_000_000);
    sending.destroy();
  });
});

describe('an event for many subscribers', () => {
  it('is executed once for those with the same document, variables and rights', async () => {
    const workspace = await seedWorkspace(server.app);
    const [owner, viewer] = [await workspace.token('OWNER'), await workspace.token('VIEWER')];
    const query = 'subscription ($tag: String) { news(tag: $tag) }';
    const read = async (authorization: string, tag: string) => {
      const [next] = await collect((await openEvents(server.url, { query, variables: { tag } }, { authorization })).events);
      return next?.data?.data;
    };
    const answers = await Promise.all([1, 2, 3].map(() => read(owner.authorization, 'a')));
    expect(answers).toEqual([{ news: 1 }, { news: 1 }, { news: 1 }]);
    expect(server.executions()).toBe(1);
    await read(viewer.authorization, 'a');
    await read(owner.authorization, 'b');
    expect(server.executions()).toBe(3);
  });

  it('is executed for each viewer by itself where the answer may depend on who asks', async () => {
    const own = await stubServer({ databaseUrl: server.app.config.database.url });
    const workspace = await seedWorkspace(own.app);
    const tokens = [await workspace.token('OWNER'), await workspace.token('OWNER')];
    const read = (query: string) =>
      Promise.all(
        tokens.map(async ({ authorization }) => {
          const [next] = await collect((await openEvents(own.url, query, { authorization })).events);
          return next?.data?.data;
        }),
      );
    const readers = tokens.map(({ tokenId }) => ({ told: { run: { readBy: tokenId } } }));
    expect(await read('subscription { told { run { readBy } } }')).toEqual(readers);
    expect(await read('subscription { told { ...Event } } fragment Event on RunEvent { run { id ... on Run { readBy } } }')).toMatchObject(
      readers,
    );
    expect(await read('subscription { told { __typename sequence run { id } } }')).toMatchObject([
      { told: { sequence: 1 } },
      { told: { sequence: 1 } },
    ]);
  });
});

describe('a server that closes', () => {
  it('ends streams without `complete`, so that clients come back', async () => {
    const going = await stubServer({ databaseUrl: server.app.config.database.url });
    const { events } = await openEvents(going.url, 'subscription { silent }');
    await vi.waitFor(() => expect(going.open()).toBe(1), patience);
    const rest = collect(events);
    await going.close();
    expect(await rest).toEqual([]);
    expect(going.open()).toBe(0);
    await expect(fetch(going.url)).rejects.toThrow();
  });
});
