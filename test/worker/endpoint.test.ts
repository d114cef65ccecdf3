import { expect, test, vi } from 'vitest';
import { newId } from '#platform/ids';
import { transact } from '#platform/work/work';
import { pause, resume } from '#domain/run/pause.service';
import { isFinal } from '#domain/run/run.status';
import { endpointAction, type WantedEndpoint } from '#test/support/endpoint';
import { type Engine, testEngine } from '#test/support/engine';
import { type Receiver, receiver } from '#test/support/receiver';

const soon = { timeout: 60_000, interval: 25 };
vi.setConfig({ testTimeout: 120_000 });
const allowLocal = { OUTGOING_ALLOW: '127.0.0.1' };

async function finished({ app }: Engine, id: string) {
  return vi.waitFor(async () => {
    const run = await app.db.prisma.run.findUniqueOrThrow({
      where: { id },
      include: { steps: true, effects: { orderBy: [{ attempt: 'asc' }, { ordinal: 'asc' }] } },
    });
    expect(isFinal(run.status)).toBe(true);
    return run;
  }, soon);
}

/** An action on an endpoint, run once. */
async function call(engine: Engine, wanted: WantedEndpoint, payload?: unknown) {
  const { key } = await endpointAction(engine, wanted);
  return finished(engine, await engine.trigger(key, payload));
}

async function working(settings: Record<string, string> = {}): Promise<Engine> {
  const engine = await testEngine({ ...allowLocal, ...settings });
  engine.work();
  return engine;
}

const echo = (): Promise<Receiver> =>
  receiver(({ method, url, headers, body }, response) =>
    response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify({ method, url, headers, body })),
  );

test('an endpoint is called with what its templates make, and its output template makes the output', async () => {
  const there = await echo();
  const engine = await working();
  const run = await call(
    engine,
    {
      system: { baseUrl: `${there.url}/api/`, headers: { 'X-System': 'yes', 'X-Both': 'system' } },
      url: '/orders/{{ payload.id }}/lines?note={{ payload.note }}&run={{ run.id }}',
      headers: { 'X-Both': 'endpoint', 'X-Action': '{{ action.key }}', 'X-None': '{{ payload.none }}' },
      body: { order: '{{ payload.id }}', region: '{{ secrets.REGION }}' },
      output: { status: '{{ status }}', got: '{{ body.url }}', sent: '{{ payload.id }}', hidden: '{{ secrets.REGION }}' },
      secrets: { workspace: { REGION: 'workspace-region' }, action: { REGION: 'own-region' } },
    },
    { id: 'a/../b?c#d é', note: 'x&y=z' },
  );
  const path = `/api/orders/a%2F..%2Fb%3Fc%23d%20%C3%A9/lines?note=x%26y%3Dz&run=run_${run.id}`;
  expect(run).toMatchObject({ status: 'SUCCEEDED', output: { status: 200, got: path, sent: 'a/../b?c#d é', hidden: null } });
  expect(there.received).toMatchObject([
    {
      method: 'POST',
      url: path,
      headers: {
        'x-system': 'yes',
        'x-both': 'endpoint',
        'x-action': 'action-1',
        'content-type': 'application/json',
        'idempotency-key': `${run.id}/main/1`,
      },
      body: '{"order":"a/../b?c#d é","region":"own-region"}',
    },
  ]);
  expect(there.received[0]?.headers).not.toHaveProperty('x-none');
  expect(run.effects).toMatchObject([
    {
      stepPath: 'main',
      ordinal: 1,
      attempt: 1,
      status: 'SUCCEEDED',
      statusCode: 200,
      method: 'POST',
      host: there.host,
      idempotencyKey: `${run.id}/main/1`,
    },
  ]);
  expect(run.effects[0]?.request).toMatchObject({ body: '{"order":"a/../b?c#d é","region":"[redacted]"}', truncated: false });
});

test.for<readonly [string, Partial<WantedEndpoint> & { readonly url: string }, unknown]>([
  ['a path that is empty', { url: '/users/{{ payload.id }}' }, {}],
  ['a segment of dots', { url: '/users/{{ payload.id }}/keys' }, { id: '..' }],
  ['a segment of dots made of two', { url: '/users/{{ payload.id }}{{ payload.id }}/keys' }, { id: '.' }],
  ['another origin than its system’s', { url: 'https://example.com/x' }, {}],
] as const)('a URL with %s is not called', async ([, wanted, payload]) => {
  const there = await echo();
  const run = await call(await working(), { system: { baseUrl: there.url }, ...wanted }, payload);
  expect(run).toMatchObject({ status: 'FAILED', errorCode: 'INVALID_URL', effects: [] });
  expect(there.received).toEqual([]);
});

test('a header that a secret was put into does not follow a redirect to another origin', async () => {
  const other = await echo();
  const there = await receiver((_request, response) => response.writeHead(307, { location: `${other.url}/end` }).end());
  const run = await call(await working(), {
    url: there.url,
    headers: { 'X-Api-Key': 'key {{ secrets.KEY }}', 'X-Plain': 'p', 'Idempotency-Key': 'mine' },
    secrets: { workspace: { KEY: 'very-secret' } },
  });
  expect(run).toMatchObject({ status: 'SUCCEEDED', effects: [{ idempotencyKey: 'mine' }] });
  expect(there.received[0]?.headers).toMatchObject({ 'x-api-key': 'key very-secret', 'idempotency-key': 'mine' });
  expect(other.received[0]?.headers).toMatchObject({ 'x-plain': 'p' });
  expect(other.received[0]?.headers).not.toHaveProperty('x-api-key');
});

test('a payload that does not fit is told whole and neither sent nor tried again', async () => {
  const there = await echo();
  const inputSchema = { type: 'object', required: ['id'], properties: { tags: { type: 'array', items: { type: 'string' } } } };
  const run = await call(await working(), { url: there.url, inputSchema, retry: { max: 5 } }, { tags: ['a', 1, 2] });
  expect(run).toMatchObject({
    status: 'FAILED',
    errorCode: 'INVALID_PAYLOAD',
    errorMessage: 'id: is required; tags.1: must be string; tags.2: must be string',
    attempt: 1,
  });
  expect(there.received).toEqual([]);
});

test('an endpoint that was deleted is told so, once', async () => {
  const engine = await working();
  const { key, endpointId } = await endpointAction(engine, { url: 'https://example.com', retry: { max: 5 } });
  await engine.app.db.prisma.endpoint.delete({ where: { id: endpointId } });
  expect(await finished(engine, await engine.trigger(key))).toMatchObject({ status: 'FAILED', errorCode: 'ENDPOINT_DELETED', attempt: 1 });
});

test('an address inside is not called, and that is not tried again', async () => {
  const there = await echo();
  const run = await call(await working({ OUTGOING_ALLOW: '' }), { url: there.url, retry: { max: 5 } });
  expect(run).toMatchObject({
    status: 'FAILED',
    errorCode: 'BLOCKED_ADDRESS',
    attempt: 1,
    effects: [{ status: 'FAILED', errorCode: 'BLOCKED_ADDRESS' }],
  });
  expect(there.received).toEqual([]);
});

test.for<readonly [number, readonly number[] | undefined, number]>([
  [503, undefined, 3],
  [429, undefined, 3],
  [501, undefined, 1],
  [404, undefined, 1],
  [404, [404], 3],
  [503, [404], 1],
])('status %i with rules %o is tried %i times, each with the same key', async ([status, on, attempts]) => {
  const there = await receiver((_request, response) => response.writeHead(status).end());
  const run = await call(await working(), { url: there.url, retry: { max: 2, ...(on === undefined ? {} : { on }) } });
  expect(run).toMatchObject({ status: 'FAILED', errorCode: 'HTTP_STATUS', errorMessage: `The endpoint answered ${status}.` });
  expect(there.received.map(({ headers }) => headers['idempotency-key'])).toEqual(
    Array.from({ length: attempts }, () => `${run.id}/main/1`),
  );
  expect(run.effects.map(({ attempt, ordinal, statusCode }) => [attempt, ordinal, statusCode])).toEqual(
    Array.from({ length: attempts }, (_, n) => [n + 1, 1, status]),
  );
});

test('a status that is expected is done', async () => {
  const there = await receiver((_request, response) => response.writeHead(404).end('gone'));
  expect(await call(await working(), { url: there.url, expectedStatus: [404] })).toMatchObject({
    status: 'SUCCEEDED',
    output: 'gone',
    effects: [{ status: 'SUCCEEDED', statusCode: 404 }],
  });
});

test('Retry-After is the shortest delay; beyond the time of the run it ends it', async () => {
  let left = 1;
  const there = await receiver((_request, response) => {
    left -= 1;
    response.writeHead(left >= 0 ? 503 : 200, { 'retry-after': '1' }).end();
  });
  const engine = await working();
  const run = await call(engine, { url: there.url, retry: { max: 2 } });
  expect(run).toMatchObject({ status: 'SUCCEEDED' });
  const [first, second] = run.effects;
  expect((second?.startedAt.getTime() ?? 0) - (first?.finishedAt?.getTime() ?? 0)).toBeGreaterThan(900);
  const never = await receiver((_request, response) =>
    response.writeHead(503, { 'retry-after': new Date(Date.now() + 86_400_000).toUTCString() }).end(),
  );
  expect(await call(engine, { url: never.url, retry: { max: 2 } })).toMatchObject({ status: 'TIMED_OUT', effects: [{ statusCode: 503 }] });
});

test('a credential is sent and never kept', async () => {
  const there = await echo();
  const engine = await working();
  const sent = async (credential: WantedEndpoint['credential']) => {
    const run = await call(engine, {
      url: `${there.url}/?a=1`,
      method: 'GET',
      output: 1,
      ...(credential === undefined ? {} : { credential }),
    });
    expect(run).toMatchObject({ status: 'SUCCEEDED' });
    expect(JSON.stringify(run.effects)).not.toContain('s3cret value');
    return there.received.at(-1);
  };
  const secret = 's3cret value';
  const basic = await sent({ kind: 'BASIC', settings: { username: 'ada' }, secrets: { password: secret } });
  expect(basic?.headers.authorization).toBe(`Basic ${Buffer.from(`ada:${secret}`).toString('base64')}`);
  expect((await sent({ kind: 'BEARER', settings: {}, secrets: { token: secret } }))?.headers.authorization).toBe(`Bearer ${secret}`);
  const header = await sent({ kind: 'API_KEY', settings: { in: 'HEADER', name: 'X-Key' }, secrets: { value: secret } });
  expect(header?.headers['x-key']).toBe(secret);
  expect((await sent({ kind: 'API_KEY', settings: { in: 'QUERY', name: 'key' }, secrets: { value: secret } }))?.url).toBe(
    '/?a=1&key=s3cret%20value',
  );
  const bare = await call(engine, { url: there.url, credential: { kind: 'BEARER', settings: {}, secrets: {} } });
  expect(bare).toMatchObject({ status: 'FAILED', errorCode: 'CREDENTIAL_INCOMPLETE', effects: [] });
});

test('an access token is fetched once, kept, and fetched anew when it is refused', async () => {
  let issued = 0;
  let valid = 'token-1';
  const authority = await receiver((_request, response) => {
    issued += 1;
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ access_token: `token-${issued}`, token_type: 'Bearer', expires_in: 3600 }));
  });
  const there = await receiver((request, response) =>
    response.writeHead(request.headers.authorization === `Bearer ${valid}` ? 200 : 401).end(),
  );
  const engine = await working();
  const { key } = await endpointAction(engine, {
    url: there.url,
    credential: {
      kind: 'OAUTH2_CLIENT_CREDENTIALS',
      settings: { tokenUrl: `${authority.url}/token`, clientId: 'me', scopes: ['a', 'b'], audience: 'all' },
      secrets: { clientSecret: 'pass:word' },
    },
  });
  const run = async () => finished(engine, await engine.trigger(key, { id: 1 }));
  expect([(await run()).status, (await run()).status]).toEqual(['SUCCEEDED', 'SUCCEEDED']);
  expect(authority.received).toMatchObject([
    {
      url: '/token',
      body: 'grant_type=client_credentials&scope=a+b&audience=all',
      headers: { authorization: `Basic ${Buffer.from('me:pass%3Aword').toString('base64')}` },
    },
  ]);
  valid = 'token-2';
  const renewed = await run();
  expect(renewed).toMatchObject({
    status: 'SUCCEEDED',
    effects: [
      { ordinal: 1, statusCode: 401 },
      { ordinal: 2, statusCode: 200 },
    ],
  });
  expect(new Set(renewed.effects.map((effect) => effect.idempotencyKey)).size).toBe(1);
  // Refused again with a new token: once more is enough.
  valid = 'none';
  expect(await run()).toMatchObject({ status: 'FAILED', errorCode: 'HTTP_STATUS', errorMessage: 'The endpoint answered 401.' });
  expect(issued).toBe(3);
});

test('a paused host is not called: the run waits, and no attempt is counted', async () => {
  const there = await echo();
  const engine = await working();
  const { workspaceId } = engine.workspace;
  const pauseId = newId();
  await engine.app.db.prisma.pause.create({ data: { id: pauseId, workspaceId, kind: 'HOST', host: there.host, createdBy: 'test' } });
  const { key } = await endpointAction(engine, { url: there.url });
  const id = await engine.trigger(key);
  const waiting = await vi.waitFor(async () => {
    const run = await engine.app.db.prisma.run.findUniqueOrThrow({ where: { id }, include: { steps: true, effects: true } });
    expect(run.status).toBe('WAITING');
    return run;
  }, soon);
  expect(waiting).toMatchObject({
    waitKind: 'PAUSED',
    pauseId,
    waitUntil: null,
    effects: [],
    steps: [{ status: 'RETRYING', attempts: [{ error: { code: 'PAUSED' } }] }],
  });
  expect(there.received).toEqual([]);
});

test('an access token is not fetched from a paused host either; a token that is there is used', async () => {
  const authority = await receiver((_request, response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ access_token: 'token-1', expires_in: 3600 })),
  );
  const there = await echo();
  const engine = await working();
  const { workspaceId } = engine.workspace;
  const { key } = await endpointAction(engine, {
    url: there.url,
    credential: {
      kind: 'OAUTH2_CLIENT_CREDENTIALS',
      settings: { tokenUrl: `${authority.url}/token`, clientId: 'me' },
      secrets: { clientSecret: 'pass' },
    },
  });
  const subject = { kind: 'HOST', workspaceId, host: authority.host } as const;
  const paused = await transact(engine.app, engine.viewer, (work) => pause(work, { subject }));
  const id = await engine.trigger(key);
  const { prisma } = engine.app.db;
  await vi.waitFor(
    async () =>
      expect(await prisma.run.findUnique({ where: { id } })).toMatchObject({ status: 'WAITING', pauseId: paused, waitKind: 'PAUSED' }),
    soon,
  );
  expect([authority.received, there.received]).toEqual([[], []]);
  await transact(engine.app, engine.viewer, (work) => resume(work, { subject }));
  expect(await finished(engine, id)).toMatchObject({ status: 'SUCCEEDED', attempt: 1 });
  await transact(engine.app, engine.viewer, (work) => pause(work, { subject }));
  expect(await finished(engine, await engine.trigger(key))).toMatchObject({ status: 'SUCCEEDED' });
  expect(authority.received).toHaveLength(1);
});

test('what is kept of a call is bounded', async () => {
  const there = await receiver((_request, response) => response.end('é'.repeat(3_000)));
  const run = await call(await working({ OUTGOING_STORED_BYTES: '1001' }), { url: there.url, output: 1 }, 'x'.repeat(2_000));
  expect(run.effects).toMatchObject([
    { request: { truncated: true, body: `"${'x'.repeat(1_000)}` }, response: { truncated: true, body: 'é'.repeat(500) } },
  ]);
});

test('a worker that is killed between a call and its answer leaves the intent; the next one calls with the same key', async () => {
  let release: () => void = () => undefined;
  const there = await receiver((_request, response) => {
    if (there.received.length > 1) return response.end('"second"');
    release = () => response.end('"first"');
    return undefined;
  });
  const engine = await testEngine(allowLocal);
  const secrets = { action: { KEY: 'known to every process' } };
  const { key } = await endpointAction(engine, { url: there.url, headers: { 'X-Key': '{{ secrets.KEY }}' }, secrets });
  const first = engine.worker();
  const id = await engine.trigger(key, { order: 7 });
  await vi.waitFor(() => expect(there.received).toHaveLength(1), soon);
  await first.kill('SIGKILL');
  release();
  engine.worker();
  const run = await finished(engine, id);
  expect(run).toMatchObject({ status: 'SUCCEEDED', errorCode: null, errorMessage: null });
  expect(there.received.map(({ headers }) => headers['idempotency-key'])).toEqual([`${id}/main/1`, `${id}/main/1`]);
  // The process in which suspects are alone has the whole configuration, too.
  expect(there.received.map(({ headers }) => headers['x-key'])).toEqual(Array(2).fill(secrets.action.KEY));
  const [intended, done] = run.effects;
  expect([intended, done]).toMatchObject([
    { attempt: 1, ordinal: 1, status: 'INTENDED', statusCode: null },
    { ordinal: 1, status: 'SUCCEEDED', statusCode: 200 },
  ]);
  // On a busy machine the next worker may be lost as well, before its call.
  const attempts = run.steps[0]?.attempts as { number: number; error: unknown }[];
  expect(attempts[0]).toMatchObject({ number: 1, error: { code: 'WORKER_LOST' } });
  expect(attempts.at(-1)).toMatchObject({ number: done?.attempt, error: null });
});
