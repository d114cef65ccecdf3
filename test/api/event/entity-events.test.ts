import { expect, it, vi } from 'vitest';
import { eventCursor } from '#domain/event/event.feed.cursor';
import { encodeCursor } from '#domain/run/run.feed.cursor';
import { encodeId } from '#schema/node';
import { type Millrace, startMillrace } from '#test/support/api';
import { type Workspace, seed } from '#test/support/seed';
import { type Records, seedRecords } from '#test/support/things';
import { EntityEventsDocument, GraphQLRequestError, createClient } from '#client/index';
import { atEnd } from '#test/support/at-end';

async function start(): Promise<{ millrace: Millrace; workspace: Workspace; records: Records }> {
  const millrace = await startMillrace({ worker: false });
  const workspace = await seed(millrace.app).workspace();
  return { millrace, workspace, records: await seedRecords(millrace.app, workspace.uuid) };
}

function follow({ url }: Millrace, token: string, after: string, filter = {}) {
  const client = createClient({ url, token, transport: 'ws' });
  atEnd(() => client.close());
  return client.subscribe(EntityEventsDocument, { after, filter });
}

async function take<Value>(values: AsyncIterator<Value>, count: number): Promise<Value[]> {
  const taken: Value[] = [];
  while (taken.length < count) {
    const step = await values.next();
    if (step.done === true) break;
    taken.push(step.value);
  }
  return taken;
}

const beginning = eventCursor.encode(0n);

it('tells followers of two processes what happens to records, with no statement for each of them', async () => {
  const { millrace, workspace, records } = await start();
  const second = await startMillrace({ worker: false, installation: millrace.installation });
  const token = await workspace.token('VIEWER');
  const id = await records.make({ properties: { text: 'one' } });
  const followers = [millrace, second].flatMap((one) => [1, 2, 3].map(() => follow(one, token, beginning, { blueprints: ['thing'] })));
  await Promise.all(followers.map((events) => take(events, 1)));
  const statements = vi.spyOn(second.app.db.sql, 'query');
  await records.change(id, { properties: { text: 'two' } });
  const seen = await Promise.all(followers.map((events) => take(events, 1)));
  expect(new Set(seen.map((events) => JSON.stringify(events))).size).toBe(1);
  expect(seen[0]?.[0]?.entityEvents).toMatchObject({
    type: 'entity.updated',
    subjectId: encodeId('Entity', id),
    sequence: 2,
    changed: ['text'],
    data: { text: 'two' },
    previous: { text: 'one' },
  });
  expect(statements.mock.calls.filter(([{ name }]) => name === 'events.page')).toEqual([]);
  vi.restoreAllMocks();
});

it('refuses cursors of the feed of runs, and what is not there to follow', async () => {
  const { millrace, workspace } = await start();
  const token = await workspace.token('VIEWER');
  const codeOf = async (after: string, filter = {}) => {
    const error: unknown = await follow(millrace, token, after, filter)
      .next()
      .catch((reason: unknown) => reason);
    return error instanceof GraphQLRequestError ? error.code : null;
  };
  expect(await codeOf(encodeCursor(0n))).toBe('INVALID_INPUT');
  expect(await codeOf(beginning, { blueprints: ['nothing'] })).toBe('NOT_FOUND');
  expect(await codeOf(beginning, { entities: [encodeId('Entity', workspace.uuid)] })).toBe('NOT_FOUND');
});

it('ends when the rights of its follower end', async () => {
  const { millrace, workspace, records } = await start();
  const token = await workspace.token('VIEWER');
  await records.make();
  const events = follow(millrace, token, beginning);
  await take(events, 1);
  const ended = events.next().then(
    () => null,
    (error: unknown) => error,
  );
  await millrace.app.db.prisma.apiToken.updateMany({ where: { workspaceId: workspace.uuid }, data: { revokedAt: new Date() } });
  millrace.app.wake.send('access');
  const error = await ended;
  expect(error).toBeInstanceOf(GraphQLRequestError);
  expect((error as GraphQLRequestError).code).toBe('UNAUTHENTICATED');
});
