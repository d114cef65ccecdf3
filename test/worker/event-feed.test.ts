import { expect, it, vi } from 'vitest';
import type { Platform } from '#platform/platform';
import type { Stream } from '#platform/events/stream';
import { CursorExpiredError, InvalidInputError } from '#domain/errors';
import { eventCursor } from '#domain/event/event.feed.cursor';
import { type EventFeed, type EventFeedFilter, type PlacedEvent, createEventFeed } from '#domain/event/event.feed';
import { startEventSequencer } from '#domain/event/event.sequencer';
import { encodeCursor } from '#domain/run/run.feed.cursor';
import { newId } from '#platform/ids';
import { seedFeedWorkspace } from '#test/support/feed';
import { testPlatform } from '#test/support/platform';
import { seedRecords } from '#test/support/things';

const settled = { timeout: 20_000, interval: 20 };

interface Process {
  readonly platform: Platform;
  readonly feed: EventFeed;
  close(): Promise<void>;
}

/** As many processes on one database, each with a candidate for the sequencer and a feed. */
async function processes(count: number, settings: Readonly<Record<string, string>> = {}) {
  const first = await testPlatform({ settings });
  const all: Process[] = [];
  for (let index = 0; index < count; index += 1) {
    const platform = index === 0 ? first : await testPlatform({ settings, databaseUrl: first.databaseUrl, prefix: first.config.prefix });
    const sequencer = startEventSequencer(platform);
    const feed = createEventFeed(platform);
    all.push({
      platform,
      feed,
      close: async () => {
        await feed.close();
        await sequencer.close();
      },
    });
  }
  const { workspaceId } = await seedFeedWorkspace(first.db);
  const at = (index: number): Process => {
    const one = all.at(index);
    if (one === undefined) throw new Error('There is no such process.');
    return one;
  };
  return { all, at, one: at(0), two: at(-1), workspaceId, close: () => Promise.all(all.map((one) => one.close())) };
}

const filterOf = (workspaceId: string, more: Partial<EventFeedFilter> = {}): EventFeedFilter => ({
  workspaceIds: [workspaceId],
  blueprints: null,
  entityIds: null,
  types: null,
  labels: null,
  ...more,
});

async function take(stream: Stream<PlacedEvent>, count: number): Promise<PlacedEvent[]> {
  const events: PlacedEvent[] = [];
  while (events.length < count) {
    const step = await stream.next();
    if (step.done === true) break;
    events.push(step.value);
  }
  return events;
}

const placesOf = (platform: Platform) => platform.db.prisma.eventPosition.findMany({ orderBy: { position: 'asc' } });

it('has every event of concurrent writers once, in one order for all, however often followers come back', async () => {
  const { all, at, one, two, workspaceId, close } = await processes(2);
  const [here, there] = [await seedRecords(one.platform, workspaceId), await seedRecords(two.platform, workspaceId)];
  const ids = await Promise.all(Array.from({ length: 6 }, () => here.make()));
  const total = 6 + 6 * 2 * 8 * 2;
  // Each record is written from both processes at once, so that its transactions wait for each other; each save has two events.
  const writing = Promise.all(
    ids.flatMap((id, record) =>
      [here, there].map(async (records, side) => {
        for (let write = 0; write < 8; write += 1)
          await records.change(id, { properties: { text: `${record}.${side}.${write}` }, notes: [{ text: 'seen' }] });
      }),
    ),
  );
  const followed = async (process: number): Promise<PlacedEvent[]> => {
    const seen: PlacedEvent[] = [];
    for (let turn = process; seen.length < total; turn += 1) {
      const { feed } = at(turn % all.length);
      const stream = await feed.events({ filter: filterOf(workspaceId), after: seen.at(-1)?.position ?? 0n });
      seen.push(...(await take(stream, Math.min(1 + Math.floor(Math.random() * 40), total - seen.length))));
      await stream.return();
    }
    return seen;
  };
  const [, ...seen] = await Promise.all([writing, followed(0), followed(1), followed(0)]);
  const places = (await placesOf(one.platform)).map(({ position, eventId }) => ({ position, eventId }));
  expect(places.map(({ position }) => position)).toEqual(Array.from({ length: total }, (_value, index) => BigInt(index + 1)));
  for (const events of seen) expect(events.map(({ position, id }) => ({ position, eventId: id }))).toEqual(places);
  const last = new Map<string | null, number>();
  for (const { entityId, sequence } of seen.flat().slice(0, total)) {
    expect(sequence).toBe((last.get(entityId) ?? 0) + 1);
    last.set(entityId, sequence);
  }
  await close();
});

it('goes on within seconds when the process that gives places falls silent', async () => {
  const { one, two, workspaceId, close } = await processes(2);
  const records = await seedRecords(two.platform, workspaceId);
  const id = await records.make();
  await vi.waitFor(async () => expect(await placesOf(two.platform)).toHaveLength(1), settled);
  const lease = await two.platform.db.prisma.lease.findUniqueOrThrow({ where: { name: 'events' } });
  const [holder, other] = lease.holder === one.platform.id ? [one, two] : [two, one];
  const stream = await other.feed.events({ filter: filterOf(workspaceId), after: 0n });
  // A holder that cannot reach its database is as good as dead.
  const query = vi.spyOn(holder.platform.db.sql, 'query').mockRejectedValue(new Error('cut off'));
  const written = await seedRecords(other.platform, workspaceId);
  for (let write = 0; write < 3; write += 1) await written.change(id, { properties: { count: write } });
  expect((await take(stream, 4)).map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4]);
  query.mockRestore();
  await written.change(id, { labels: ['late'] });
  expect((await take(stream, 1)).map(({ sequence, position }) => [sequence, position])).toEqual([[5, 5n]]);
  expect(await other.platform.db.prisma.lease.findUniqueOrThrow({ where: { name: 'events' } })).toMatchObject({
    holder: other.platform.id,
    epoch: lease.epoch + 1,
  });
  await close();
});

it('lets through what the filter names, from the log and live, and tells what is large when it is asked for', async () => {
  const { one, workspaceId, close } = await processes(1);
  const records = await seedRecords(one.platform, workspaceId);
  const stranger = await seedFeedWorkspace(one.platform.db);
  const id = await records.make({ labels: ['red'], properties: { text: Array.from({ length: 400 }, () => newId()).join(' ') } });
  const other = await records.make({ labels: ['blue'] });
  await vi.waitFor(async () => expect(await placesOf(one.platform)).toHaveLength(2), settled);
  const follow = (more: Partial<EventFeedFilter>) => one.feed.events({ filter: filterOf(workspaceId, more), after: 0n });
  const streams = await Promise.all([
    follow({ entityIds: [other] }),
    follow({ types: ['note.added'] }),
    follow({ labels: ['red'] }),
    follow({ blueprints: ['thing'], types: ['entity.created'] }),
  ]);
  await (await seedRecords(one.platform, stranger.workspaceId)).make({ labels: ['red'], notes: [{ text: 'elsewhere' }] });
  await records.change(other, { labels: ['blue', 'red'], notes: [{ text: 'noted' }] });
  await records.change(id, { notes: [{ text: 'noted, too' }] });
  const seen = await Promise.all(streams.map((stream, index) => take(stream, [3, 2, 4, 2][index] ?? 0)));
  expect(seen.map((events) => events.map(({ type, entityId }) => `${type} ${entityId === id ? 'red' : 'blue'}`))).toEqual([
    ['entity.created blue', 'entity.updated blue', 'note.added blue'],
    ['note.added blue', 'note.added red'],
    ['entity.created red', 'entity.updated blue', 'note.added blue', 'note.added red'],
    ['entity.created red', 'entity.created blue'],
  ]);
  expect(seen[3]?.map(({ told }) => told !== null)).toEqual([false, true]);
  await close();
});

it('refuses cursors that are none, of the other feed, not reached or expired', async () => {
  const { one, workspaceId, close } = await processes(1, { FEED_RETENTION_MS: '1' });
  const records = await seedRecords(one.platform, workspaceId);
  for (let made = 0; made < 3; made += 1) await records.make();
  await vi.waitFor(async () => expect((await placesOf(one.platform)).map(({ position }) => position)).toEqual([3n]), settled);
  expect(() => eventCursor.decode(encodeCursor(3n))).toThrow(InvalidInputError);
  const follow = (after: bigint) => one.feed.events({ filter: filterOf(workspaceId), after });
  await expect(follow(9n)).rejects.toThrow(InvalidInputError);
  const expired = await follow(0n).catch((error: unknown) => error);
  expect(expired).toBeInstanceOf(CursorExpiredError);
  const stream = await follow(eventCursor.decode((expired as CursorExpiredError).oldestCursor));
  expect((await take(stream, 1)).map(({ position }) => position)).toEqual([3n]);
  await stream.return();
  await close();
});
