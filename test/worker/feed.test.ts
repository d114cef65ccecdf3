import { expect, it, vi } from 'vitest';
import { CursorExpiredError, InvalidInputError } from '#domain/errors';
import { decodeCursor } from '#domain/run/run.feed.cursor';
import { type Feed, type FeedEvent, type FeedFilter, createFeed } from '#domain/run/run.feed';
import { type Sequencer, startSequencer } from '#domain/run/run.sequencer';
import type { Run } from '#platform/db/generated/prisma/client';
import { createNotifyWake } from '#platform/events/wake.notify';
import type { Stream } from '#platform/events/stream';
import type { Platform } from '#platform/platform';
import { type FeedSeed, feedLog, insertRun, seedFeedWorkspace, writeEvents } from '#test/support/feed';
import { testPlatform } from '#test/support/platform';

interface House {
  readonly platform: Platform;
  readonly feed: Feed;
  readonly sequencer: Sequencer;
  readonly seed: FeedSeed;
  close(): Promise<void>;
}

async function house(settings: Readonly<Record<string, string>> = {}): Promise<House> {
  const platform = await testPlatform({ settings });
  const feed = createFeed(platform);
  const sequencer = startSequencer(platform);
  const seed = await seedFeedWorkspace(platform.db);
  return {
    platform,
    feed,
    sequencer,
    seed,
    close: async () => {
      await feed.close();
      await sequencer.close();
    },
  };
}

function filterOf({ workspaceId }: FeedSeed, more: Partial<FeedFilter> = {}): FeedFilter {
  return { workspaceIds: [workspaceId], automationIds: null, runIds: null, types: null, statuses: null, ...more };
}

async function take<Value>(stream: Stream<Value>, count: number): Promise<Value[]> {
  const values: Value[] = [];
  while (values.length < count) {
    const step = await stream.next();
    if (step.done === true) break;
    values.push(step.value);
  }
  return values;
}

const place = ({ position, runId, sequence }: FeedEvent) => ({ position, runId, sequence });

it('delivers what happens from the subscription on, and nothing of other workspaces', async () => {
  const { platform, feed, seed, close } = await house();
  const other = await seedFeedWorkspace(platform.db);
  const run = await insertRun(platform, seed);
  await vi.waitFor(async () => expect(await feedLog(platform.db)).toHaveLength(1), { timeout: 15_000 });
  const stream = await feed.events({ filter: filterOf(seed), after: null });
  await insertRun(platform, other);
  await writeEvents(platform, run.id, ['RUN_STARTED', 'STEP_STARTED']);
  const events = await take(stream, 2);
  expect(events.map(({ runId, sequence, type, status }) => ({ runId, sequence, type, status }))).toEqual([
    { runId: run.id, sequence: 2, type: 'RUN_STARTED', status: 'RUNNING' },
    { runId: run.id, sequence: 3, type: 'STEP_STARTED', status: 'RUNNING' },
  ]);
  await stream.return();
  await close();
});

it('lets through what the filter names, from the log and live', async () => {
  const { platform, feed, seed, close } = await house();
  const [one, two] = [await insertRun(platform, seed), await insertRun(platform, seed)];
  await writeEvents(platform, one.id, ['RUN_STARTED', 'LOG']);
  await writeEvents(platform, two.id, ['RUN_STARTED', 'LOG']);
  const follow = (more: Partial<FeedFilter>) => feed.events({ filter: filterOf(seed, more), after: 0n });
  const ofRun = await follow({ runIds: [one.id] });
  const ofType = await follow({ types: ['LOG'] });
  const ofStatus = await follow({ statuses: ['FAILED'] });
  await writeEvents(platform, two.id, ['LOG', 'RUN_FINISHED'], 'FAILED');
  await writeEvents(platform, one.id, ['RUN_FINISHED'], 'FAILED');
  expect((await take(ofRun, 4)).map((event) => [event.runId, event.type])).toEqual([
    [one.id, 'RUN_QUEUED'],
    [one.id, 'RUN_STARTED'],
    [one.id, 'LOG'],
    [one.id, 'RUN_FINISHED'],
  ]);
  expect(new Set((await take(ofType, 3)).map((event) => event.type))).toEqual(new Set(['LOG']));
  expect(new Set((await take(ofStatus, 3)).map((event) => event.status))).toEqual(new Set(['FAILED']));
  for (const stream of [ofRun, ofType, ofStatus]) await stream.return();
  await close();
});

it('resumes under load, wherever it is cut, without a gap, a duplicate or an inversion', async () => {
  const { platform, feed, seed, close } = await house();
  const runs = await Promise.all(Array.from({ length: 8 }, () => insertRun(platform, seed)));
  let writing = true;
  const writers = Promise.all(
    runs.map(async (run) => {
      for (let write = 0; write < 60; write += 1) await writeEvents(platform, run.id, ['STEP_STARTED', 'LOG', 'STEP_FINISHED']);
    }),
  ).finally(() => (writing = false));

  async function follow(seen: FeedEvent[]): Promise<void> {
    let after = 0n;
    const total = 8 + 8 * 60 * 3;
    while (seen.length < total) {
      const stream = await feed.events({ filter: filterOf(seed), after });
      const cutAfter = writing ? Math.floor(Math.random() * 40) : total;
      for (const event of await take(stream, Math.min(cutAfter, total - seen.length))) {
        seen.push(event);
        after = event.position;
      }
      await stream.return();
    }
  }

  const followers: FeedEvent[][] = Array.from({ length: 5 }, () => []);
  await Promise.all([writers, ...followers.map(follow)]);
  const log = await feedLog(platform.db);
  for (const seen of followers) expect(seen.map(place)).toEqual(log);
  await close();
});

it('serves a consumer that is far too slow from the log, and it misses nothing', async () => {
  const { platform, feed, seed, close } = await house();
  const run = await insertRun(platform, seed);
  const stream = await feed.events({ filter: filterOf(seed, { runIds: [run.id] }), after: 0n });
  const first = await take(stream, 1);
  const lines = Array.from({ length: 500 }, () => 'LOG' as const);
  for (let write = 0; write < 6; write += 1) await writeEvents(platform, run.id, lines);
  // Until the tail has handed out more than waits in memory.
  const witness = await feed.events({ filter: filterOf(seed), after: 0n });
  await take(witness, 3_001);
  const rest = await take(stream, 3_000);
  expect([...first, ...rest].map((event) => event.sequence)).toEqual(Array.from({ length: 3_001 }, (_value, index) => index + 1));
  await writeEvents(platform, run.id, ['RUN_FINISHED'], 'SUCCEEDED');
  expect((await take(stream, 1)).map((event) => event.type)).toEqual(['RUN_FINISHED']);
  await Promise.all([stream.return(), witness.return()]);
  await close();
});

it('refuses an expired cursor and names the oldest one, from which all that is left can be had', async () => {
  const { platform, feed, seed, close } = await house({ FEED_RETENTION_MS: '1' });
  const run = await insertRun(platform, seed);
  await writeEvents(platform, run.id, ['LOG', 'LOG']);
  await vi.waitFor(async () => expect((await feedLog(platform.db)).map((row) => row.position)).toEqual([3n]), { timeout: 15_000 });
  const refused = await feed.events({ filter: filterOf(seed), after: 1n }).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(CursorExpiredError);
  const oldest = decodeCursor((refused as CursorExpiredError).oldestCursor);
  const stream = await feed.events({ filter: filterOf(seed), after: oldest });
  expect((await take(stream, 1)).map((event) => event.position)).toEqual([3n]);
  await stream.return();
  await close();
});

it('refuses a cursor of a place that does not exist yet', async () => {
  const { feed, seed, close } = await house();
  await expect(feed.events({ filter: filterOf(seed), after: 99n })).rejects.toThrow(InvalidInputError);
  await close();
});

it('stops a waiting consumer at once, from either side', async () => {
  const { feed, seed, close } = await house();
  const stopped = await feed.events({ filter: filterOf(seed), after: null });
  const waiting = stopped.next();
  await stopped.return();
  expect(await waiting).toEqual({ done: true, value: undefined });
  const ended = await feed.events({ filter: filterOf(seed), after: null });
  const refused = ended.next();
  ended.end(new Error('rights are gone'));
  await expect(refused).rejects.toThrow('rights are gone');
  await close();
});

it('follows one run to its final state, coalesced, never backwards, the final state once', async () => {
  const { platform, feed, seed, close } = await house();
  const run = await insertRun(platform, seed);
  const seen: Run[] = [];
  const following = (async () => {
    for await (const state of feed.changes(run)) seen.push(state);
  })();
  for (let write = 0; write < 30; write += 1) await writeEvents(platform, run.id, ['LOG']);
  await writeEvents(platform, run.id, ['RUN_FINISHED'], 'SUCCEEDED');
  await following;
  const sequences = seen.map((state) => state.sequence);
  expect(sequences).toEqual([...new Set(sequences)].sort((left, right) => left - right));
  expect(seen[0]).toEqual(run);
  expect(seen.at(-1)).toEqual(await platform.db.prisma.run.findUnique({ where: { id: run.id } }));
  expect(seen.filter((state) => state.status === 'SUCCEEDED')).toHaveLength(1);
  await close();
});

it('delivers the state of a final run once and ends', async () => {
  const { platform, feed, seed, close } = await house();
  const { id } = await insertRun(platform, seed);
  await writeEvents(platform, id, ['RUN_FINISHED'], 'CANCELED');
  const run = await platform.db.prisma.run.findUniqueOrThrow({ where: { id } });
  const seen: Run[] = [];
  for await (const state of feed.changes(run)) seen.push(state);
  expect(seen).toEqual([run]);
  await close();
});

it('delivers within its polls while no wake-up arrives', async () => {
  const { platform, feed, seed, close } = await house();
  // What a Redis that is away looks like from inside: messages are dropped without a word.
  vi.spyOn(platform.wake, 'send').mockImplementation(() => undefined);
  const run = await insertRun(platform, seed);
  const stream = await feed.events({ filter: filterOf(seed), after: 0n });
  const states = feed.changes(run);
  const startedAt = performance.now();
  await writeEvents(platform, run.id, ['RUN_STARTED', 'RUN_FINISHED'], 'SUCCEEDED');
  expect((await take(stream, 3)).map((event) => event.sequence)).toEqual([1, 2, 3]);
  expect((await take(states, 2)).at(-1)?.status).toBe('SUCCEEDED');
  expect(performance.now() - startedAt).toBeLessThan(2_500);
  await stream.return();
  await close();
});

it('works without Redis, woken by NOTIFY between processes', async () => {
  const { platform, feed, seed, close } = await house({ REDIS_URL: '' });
  const elsewhere = createNotifyWake({ db: platform.db, prefix: platform.config.prefix, log: platform.log });
  await elsewhere.ready;
  const heard = new Set<string>();
  elsewhere.on('runs', (ids) => ids.forEach((id) => heard.add(id)));
  const runs: Run[] = [];
  while (runs.length < 300) runs.push(await insertRun(platform, seed));
  const stream = await feed.events({ filter: filterOf(seed), after: 0n });
  platform.wake.send(
    'runs',
    runs.map((run) => run.id),
  );
  expect(await take(stream, 300)).toHaveLength(300);
  // More ids than one NOTIFY can carry.
  await vi.waitFor(() => expect([...heard].sort()).toEqual(runs.map((run) => run.id).sort()), { timeout: 15_000 });
  await stream.return();
  await elsewhere.close();
  await close();
});
