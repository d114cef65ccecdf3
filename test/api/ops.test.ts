import { request } from 'node:http';
import { beforeAll, describe, expect, it } from 'vitest';
import { startOpsServer } from '#platform/http/ops';
import { atEnd } from '#test/support/at-end';
import { type StubServer, stubServer } from '#test/support/stub-server';
import type { HeaderFields } from '#test/support/wire';

let server: StubServer;

beforeAll(async () => {
  server = await stubServer();
});

/** Reads the answer whole: a long one that nobody reads keeps its socket open, also when the server has closed it. */
async function get(path: string, headers: HeaderFields = {}, url = server.url): Promise<Response> {
  const response = await fetch(new URL(path, url), { headers });
  return new Response(await response.arrayBuffer(), response);
}

describe('health', () => {
  it('says that the process lives, without asking anybody', async () => {
    const response = await get('/health/live');
    expect({ status: response.status, body: await response.json() }).toEqual({ status: 200, body: { status: 'live' } });
  });

  it('says that the process is ready once the database answers and has every migration', async () => {
    const response = await get('/health/ready');
    expect({ status: response.status, body: await response.json() }).toEqual({
      status: 200,
      body: { status: 'ready', checks: { database: 'ok', migrations: 'ok', queue: 'ok' } },
    });
  });

  it('stays ready while only the queue is away, and says so', async () => {
    const app = { ...server.app, queue: { ...server.app.queue, depth: () => Promise.resolve(null) } };
    const ops = await startOpsServer(app, 0);
    atEnd(() => ops.close());
    const response = await get('/health/ready', {}, `http://127.0.0.1:${ops.port}`);
    expect({ status: response.status, body: await response.json() }).toMatchObject({ status: 200, body: { checks: { queue: 'away' } } });
  });

  it('is checked once for all who ask within a second', async () => {
    let checks = 0;
    const depth = () => {
      checks += 1;
      return Promise.resolve(0);
    };
    let elapsed = 0;
    const clock = { ...server.app.clock, elapsed: () => elapsed };
    const ops = await startOpsServer({ ...server.app, clock, queue: { ...server.app.queue, depth } }, 0);
    atEnd(() => ops.close());
    const ask = async () => (await get('/health/ready', {}, `http://127.0.0.1:${ops.port}`)).status;
    expect(await Promise.all([ask(), ask(), ask()])).toEqual([200, 200, 200]);
    elapsed = 999;
    await ask();
    expect(checks).toBe(1);
    elapsed = 1_001;
    await ask();
    expect(checks).toBe(2);
  });

  it('is not ready while a migration is missing', async () => {
    const { rows } = await behind();
    expect(rows).toBe(1);
    const fresh = await stubServer({ databaseUrl: server.app.config.database.url });
    const response = await get('/health/ready', {}, fresh.url);
    expect({ status: response.status, body: await response.json() }).toMatchObject({
      status: 503,
      body: { status: 'unavailable', checks: { database: 'ok', migrations: 'pending' } },
    });
  });
});

/** Makes the database forget its last migration. */
async function behind(): Promise<{ readonly rows: number }> {
  const { prisma } = server.app.db;
  return {
    rows: await prisma.$executeRaw`DELETE FROM _prisma_migrations WHERE migration_name = (SELECT max(migration_name) FROM _prisma_migrations)`,
  };
}

describe('metrics', () => {
  it('are Prometheus text, and count requests', async () => {
    await get('/health/live');
    const response = await get('/metrics');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain('text/plain');
    const text = await response.text();
    expect(text).toMatch(/^millrace_http_request_seconds_count\{route="other",status="200"\} \d+$/m);
    for (const name of [
      'millrace_queue_depth',
      'millrace_run_latency_seconds_bucket',
      'millrace_leases_reclaimed_total',
      'millrace_feed_lag_seconds',
    ])
      expect(text).toContain(name);
  });

  it('are for this machine alone where no token is set, and not for what a proxy passes on', async () => {
    expect((await get('/metrics', { 'x-forwarded-for': '203.0.113.9' })).status).toBe(403);
  });

  it.each([
    ['localhost:4000', 200],
    ['[::1]:4000', 200],
    ['millrace.example.com', 403],
    ['localhost.example.com', 403],
  ])('asked for by the name %s are answered with %i', async (host, status) => {
    const answered = await new Promise((resolve, reject) =>
      request(new URL('/metrics', server.url), { headers: { host } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end(),
    );
    expect(answered).toBe(status);
  });

  it('need a token where the address is not this machine’s alone', async () => {
    const open = await stubServer({ databaseUrl: server.app.config.database.url, settings: { HOST: '0.0.0.0' } });
    expect((await get('/metrics', {}, open.url)).status).toBe(403);
  });

  it('ask for the token where one is set', async () => {
    const guarded = await stubServer({ databaseUrl: server.app.config.database.url, settings: { METRICS_TOKEN: 'a-long-random-string' } });
    for (const authorization of ['', 'Bearer ', 'Bearer a-long-random-strinh', 'a-long-random-string'])
      expect((await get('/metrics', { authorization }, guarded.url)).status).toBe(401);
    expect((await get('/metrics', { authorization: 'Bearer a-long-random-string' }, guarded.url)).status).toBe(200);
  });
});

describe('a process without an API', () => {
  it('answers health and metrics on a port of its own, and nothing else', async () => {
    const ops = await startOpsServer(server.app, 0);
    atEnd(() => ops.close());
    const url = `http://127.0.0.1:${ops.port}`;
    expect((await get('/health/live', {}, url)).status).toBe(200);
    expect((await get('/metrics', {}, url)).status).toBe(200);
    expect((await get('/graphql', {}, url)).status).toBe(404);
    expect((await fetch(`${url}/health/live`, { method: 'POST' })).status).toBe(404);
  });
});
