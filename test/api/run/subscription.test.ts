import { expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import {
  type Client,
  GraphQLRequestError,
  RunEventsDocument,
  type RunEventsSubscription,
  RunUpdatedDocument,
  createClient,
} from '#client/index';
import { encodeCursor } from '#domain/run/run.feed.cursor';
import type { Run } from '#platform/db/generated/prisma/client';
import { encodeId } from '#schema/node';
import { type Millrace, startMillrace } from '#test/support/api';
import { atEnd } from '#test/support/at-end';
import { feedLog, insertRun, writeEvents } from '#test/support/feed';
import { type Workspace, seed } from '#test/support/seed';
import { seedPersonalToken } from '#test/support/tenancy';

type Event = RunEventsSubscription['runEvents'];

const transports = ['ws', 'sse'] as const;

function clientOf(
  millrace: Millrace,
  token: string,
  transport: 'ws' | 'sse',
  more: Partial<Parameters<typeof createClient>[0]> = {},
): Client {
  const client = createClient({ url: millrace.url, token, transport, ...more });
  atEnd(() => client.close());
  return client;
}

async function start(
  settings: Readonly<Record<string, string>> = {},
): Promise<{ millrace: Millrace; workspace: Workspace; run: () => Promise<Run> }> {
  const millrace = await startMillrace({ worker: false, settings });
  const workspace = await seed(millrace.app).workspace();
  return {
    millrace,
    workspace,
    run: () => insertRun(millrace.app, { workspaceId: workspace.uuid, environmentId: workspace.environmentId }),
  };
}

const beginning = encodeCursor(0n);

async function take<Value>(values: AsyncIterator<Value>, count: number): Promise<Value[]> {
  const taken: Value[] = [];
  while (taken.length < count) {
    const step = await values.next();
    if (step.done === true) break;
    taken.push(step.value);
  }
  return taken;
}

async function failureOf(promise: Promise<unknown>): Promise<GraphQLRequestError> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(GraphQLRequestError);
  return error as GraphQLRequestError;
}

it.each(transports)('tells a run now, at each change, and completes with its final state (%s)', async (transport) => {
  const { millrace, workspace, run: insert } = await start();
  const run = await insert();
  const client = clientOf(millrace, await workspace.token('VIEWER'), transport);
  const states = client.subscribe(RunUpdatedDocument, { id: encodeId('Run', run.id) });
  expect((await take(states, 1))[0]?.runUpdated.status).toBe('QUEUED');
  await writeEvents(millrace.app, run.id, ['RUN_STARTED']);
  expect((await take(states, 1))[0]?.runUpdated.status).toBe('RUNNING');
  await writeEvents(millrace.app, run.id, ['RUN_FINISHED'], 'SUCCEEDED');
  expect((await take(states, 9)).map((state) => state.runUpdated.status)).toEqual(['SUCCEEDED']);
});

it.each(transports)('delivers every event in order, from the log and then live (%s)', async (transport) => {
  const { millrace, workspace, run: insert } = await start();
  const run = await insert();
  const client = clientOf(millrace, await workspace.token('VIEWER'), transport);
  const events = client.subscribe(RunEventsDocument, { after: beginning });
  await take(events, 1);
  await writeEvents(millrace.app, run.id, ['RUN_STARTED', 'STEP_STARTED', 'STEP_FINISHED']);
  expect((await take(events, 3)).map(({ runEvents }) => [runEvents.sequence, runEvents.type, runEvents.status, runEvents.run.id])).toEqual(
    ['RUN_STARTED', 'STEP_STARTED', 'STEP_FINISHED'].map((type, index) => [index + 2, type, 'RUNNING', encodeId('Run', run.id)]),
  );
  await events.return?.();
});

it('follows events without a statement of its own per subscriber', async () => {
  const { millrace, workspace, run: insert } = await start();
  const run = await insert();
  const client = clientOf(millrace, await workspace.token('VIEWER'), 'ws');
  const followers = Array.from({ length: 20 }, () => client.subscribe(RunEventsDocument, { after: beginning }));
  await Promise.all(followers.map((events) => take(events, 1)));
  const statements = vi.spyOn(millrace.app.db.sql, 'query');
  const queries = vi.spyOn(millrace.app.db.prisma.run, 'findMany');
  await writeEvents(millrace.app, run.id, ['LOG']);
  await Promise.all(followers.map((events) => take(events, 1)));
  expect(statements.mock.calls.filter(([statement]) => statement.name === 'feed.page')).toEqual([]);
  expect(statements.mock.calls.filter(([statement]) => statement.name === 'feed.tail').length).toBeLessThan(5);
  expect(queries).not.toHaveBeenCalled();
  vi.restoreAllMocks();
});

it.each(transports)(
  'resumes by itself after connections are cut at random under load: no gap, no duplicate, no inversion (%s)',
  async (transport) => {
    const { millrace, workspace, run: insert } = await start();
    const token = await workspace.token('VIEWER');
    const runs = await Promise.all(Array.from({ length: 5 }, insert));
    const total = 5 + 5 * 80 * 2;
    let cuts = 0;
    let writing = true;
    const writers = Promise.all(
      runs.map(async (run) => {
        for (let write = 0; write < 80; write += 1) await writeEvents(millrace.app, run.id, ['STEP_STARTED', 'LOG']);
      }),
    ).finally(() => (writing = false));

    async function follow(): Promise<Event[]> {
      const cutter = createCutter(transport);
      const client = clientOf(millrace, token, transport, cutter.options);
      const seen: Event[] = [];
      let next = 10;
      for await (const { runEvents } of client.subscribe(RunEventsDocument, { after: beginning })) {
        seen.push(runEvents);
        if (seen.length === total) break;
        if (writing && seen.length >= next) {
          next = seen.length + 1 + Math.floor(Math.random() * 60);
          cuts += 1;
          cutter.cut();
        }
      }
      return seen;
    }

    const [seen] = await Promise.all([Promise.all([follow(), follow(), follow()]), writers]);
    const log = (await feedLog(millrace.app.db)).map(({ position, runId, sequence }) => ({
      cursor: encodeCursor(position),
      run: encodeId('Run', runId),
      sequence,
    }));
    for (const events of seen) expect(events.map(({ cursor, run, sequence }) => ({ cursor, run: run.id, sequence }))).toEqual(log);
    expect(cuts).toBeGreaterThan(5);
  },
);

interface Cutter {
  readonly options: Partial<Parameters<typeof createClient>[0]>;
  /** Ends the present connection as a network does: without a word. */
  cut(): void;
}

function createCutter(transport: 'ws' | 'sse'): Cutter {
  if (transport === 'ws') {
    const sockets: WebSocket[] = [];
    class CutSocket extends WebSocket {
      constructor(...address: ConstructorParameters<typeof WebSocket>) {
        super(...address);
        sockets.push(this);
      }
    }
    return { options: { webSocketImpl: CutSocket }, cut: () => sockets.at(-1)?.terminate() };
  }
  let present = new AbortController();
  return {
    options: {
      fetch: (input, init) => {
        present = new AbortController();
        const { signal } = present;
        init?.signal?.addEventListener('abort', () => present.abort());
        return fetch(input, { ...init, signal });
      },
    },
    cut: () => present.abort(),
  };
}

it.each(transports)('refuses an expired cursor with the oldest one, which works (%s)', async (transport) => {
  const { millrace, workspace, run: insert } = await start({ FEED_RETENTION_MS: '1' });
  const run = await insert();
  await writeEvents(millrace.app, run.id, ['LOG', 'LOG']);
  await vi.waitFor(async () => expect((await feedLog(millrace.app.db)).map((row) => row.position)).toEqual([3n]), { timeout: 15_000 });
  const client = clientOf(millrace, await workspace.token('VIEWER'), transport);
  const refused = await failureOf(client.subscribe(RunEventsDocument, { after: beginning }).next());
  expect(refused.code).toBe('CURSOR_EXPIRED');
  const events = client.subscribe(RunEventsDocument, { after: String(refused.extensions['oldestCursor']) });
  expect((await take(events, 1))[0]?.runEvents.sequence).toBe(3);
  await events.return?.();
});

it.each(transports)('refuses what is no cursor, and a run that is unknown or another workspace’s (%s)', async (transport) => {
  const { millrace, workspace } = await start();
  const stranger = await seed(millrace.app).workspace();
  const foreign = await insertRun(millrace.app, { workspaceId: stranger.uuid, environmentId: stranger.environmentId });
  const client = clientOf(millrace, await workspace.token('OWNER'), transport);
  const codeOf = async (events: AsyncIterator<unknown>) => (await failureOf(events.next())).code;
  expect(await codeOf(client.subscribe(RunEventsDocument, { after: 'nonsense' }))).toBe('INVALID_INPUT');
  expect(await codeOf(client.subscribe(RunEventsDocument, { after: encodeCursor(10n ** 9n) }))).toBe('INVALID_INPUT');
  for (const id of [foreign.id, '01900000-0000-7000-8000-000000000000']) {
    expect(await codeOf(client.subscribe(RunUpdatedDocument, { id: encodeId('Run', id) }))).toBe('NOT_FOUND');
    expect(await codeOf(client.subscribe(RunEventsDocument, { filter: { runs: [encodeId('Run', id)] } }))).toBe('NOT_FOUND');
  }
  expect(await codeOf(client.subscribe(RunEventsDocument, { filter: { workspace: stranger.id } }))).toBe('NOT_FOUND');
  expect(await codeOf(client.subscribe(RunEventsDocument, { filter: { automationKey: 'nothing' } }))).toBe('NOT_FOUND');
});

it.each(transports)('never delivers another workspace’s events (%s)', async (transport) => {
  const { millrace, workspace, run: insert } = await start();
  const stranger = await seed(millrace.app).workspace();
  await insertRun(millrace.app, { workspaceId: stranger.uuid, environmentId: stranger.environmentId });
  const own = await insert();
  const client = clientOf(millrace, await workspace.token('OWNER'), transport);
  const events = client.subscribe(RunEventsDocument, { after: beginning });
  expect((await take(events, 1))[0]?.runEvents.run.id).toBe(encodeId('Run', own.id));
  await events.return?.();
});

it.each(transports)('ends within a second when the token is revoked, and says so (%s)', async (transport) => {
  const { millrace, workspace, run: insert } = await start();
  const run = await insert();
  const token = await workspace.token('VIEWER');
  const client = clientOf(millrace, token, transport);
  const subscriptions = [
    client.subscribe(RunEventsDocument, { after: beginning }),
    client.subscribe(RunUpdatedDocument, { id: encodeId('Run', run.id) }),
  ];
  for (const events of subscriptions) await events.next();
  const ends = subscriptions.map((events) => failureOf(events.next()));
  const { app } = millrace;
  const revokedAt = performance.now();
  await app.db.prisma.apiToken.updateMany({ where: { workspaceId: workspace.uuid }, data: { revokedAt: new Date() } });
  for (const end of ends) expect((await end).code).toBe('UNAUTHENTICATED');
  expect(performance.now() - revokedAt).toBeLessThan(1_500);
});

it.each(transports)('ends when a role is lowered, for what it was opened with would show too much (%s)', async (transport) => {
  const { millrace, workspace, run: insert } = await start();
  const run = await insert();
  const { userId, membershipId } = await workspace.member('OWNER');
  const { token } = await seedPersonalToken(millrace.app, userId, 'OWNER');
  const client = clientOf(millrace, token, transport);
  const subscriptions = [
    client.subscribe(RunEventsDocument, { filter: { workspace: workspace.id }, after: beginning }),
    client.subscribe(RunUpdatedDocument, { id: encodeId('Run', run.id) }),
  ];
  for (const events of subscriptions) await events.next();
  const ends = subscriptions.map((events) => failureOf(events.next()));
  await millrace.app.db.prisma.membership.update({ where: { id: membershipId }, data: { role: 'VIEWER' } });
  for (const end of ends) expect((await end).code).toBe('FORBIDDEN');
});

it.each(transports)('comes back when the API restarts, and misses nothing that happened meanwhile (%s)', async (transport) => {
  const { millrace, workspace, run: insert } = await start();
  const run = await insert();
  const port = new URL(millrace.url).port;
  const client = clientOf(millrace, await workspace.token('VIEWER'), transport);
  const events = client.subscribe(RunEventsDocument, { after: beginning });
  await take(events, 1);
  const waiting = take(events, 3);
  const { installation } = millrace;
  await millrace.close();
  const next = await startMillrace({ worker: false, installation, settings: { PORT: port } });
  await writeEvents(next.app, run.id, ['RUN_STARTED', 'LOG', 'LOG']);
  expect((await waiting).map(({ runEvents }) => runEvents.sequence)).toEqual([2, 3, 4]);
  await events.return?.();
});

it.each(transports)('waits for its turn where a limit passes by itself (%s)', async (transport) => {
  const { millrace, workspace, run: insert } = await start({ TOKEN_SUBSCRIPTIONS: '1' });
  await insert();
  const client = clientOf(millrace, await workspace.token('VIEWER'), transport);
  const first = client.subscribe(RunEventsDocument, { after: beginning });
  await take(first, 1);
  const refusals: Error[] = [];
  const second = client.subscribe(RunEventsDocument, { after: beginning }, { onDisconnect: (error) => refusals.push(error) });
  const turn = take(second, 1);
  await vi.waitFor(() => expect(refusals).toMatchObject([{ code: 'LIMIT_EXCEEDED' }]), { timeout: 10_000 });
  await first.return?.();
  expect(await turn).toHaveLength(1);
  await second.return?.();
});

it.each(transports)('asks for the token at each request and each connection (%s)', async (transport) => {
  const { millrace, workspace, run: insert } = await start();
  const run = await insert();
  const tokens = [await workspace.token('VIEWER'), 'mr_not-known'];
  const cutter = createCutter(transport);
  const client = createClient({ url: millrace.url, token: () => Promise.resolve(tokens.shift() ?? ''), transport, ...cutter.options });
  atEnd(() => client.close());
  const states = client.subscribe(RunUpdatedDocument, { id: encodeId('Run', run.id) });
  await take(states, 1);
  const waiting = failureOf(states.next());
  cutter.cut();
  expect((await waiting).code).toBe('UNAUTHENTICATED');
  tokens.push(await workspace.token('VIEWER'));
  expect(await client.request('{ __typename }')).toEqual({ __typename: 'Query' });
});

it('holds few events for a reader that is slow over a WebSocket, and loses none', async () => {
  const { millrace, workspace, run: insert } = await start();
  const run = await insert();
  const total = 6_000;
  await writeEvents(
    millrace.app,
    run.id,
    Array.from({ length: total - 1 }, () => 'LOG' as const),
  );
  const client = clientOf(millrace, await workspace.token('VIEWER'), 'ws');
  const lost: Error[] = [];
  const events = client.subscribe(RunEventsDocument, { after: beginning }, { onDisconnect: (error) => lost.push(error) });
  const [first] = await take(events, 1);
  await vi.waitFor(async () => expect((await millrace.app.metrics.subscriptions.get()).values[0]?.value).toBe(0), { timeout: 10_000 });
  expect(lost).toEqual([]);
  const sequences = [first, ...(await take(events, total - 1))].map((event) => event?.runEvents.sequence);
  expect(sequences).toEqual(Array.from({ length: total }, (_, index) => index + 1));
  expect(lost.length).toBeGreaterThan(0);
  await events.return?.();
});
