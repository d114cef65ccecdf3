import { expect, it, vi } from 'vitest';
import { type Sequencer, startSequencer } from '#domain/run/run.sequencer';
import { feedLog, insertRun, seedFeedWorkspace, writeEvents } from '#test/support/feed';
import { testPlatform } from '#test/support/platform';
import type { Platform } from '#platform/platform';

const settled = { timeout: 10_000, interval: 20 };

/** As many processes on one database. */
async function processes(count: 1 | 2, settings: Readonly<Record<string, string>> = {}): Promise<Platform[]> {
  const first = await testPlatform({ settings });
  return count === 1 ? [first] : [first, await testPlatform({ settings, databaseUrl: first.databaseUrl, prefix: first.config.prefix })];
}

/** Every event has one place, places have no holes, and each run's events are in the order of their sequence. */
async function expectWhole(platform: Platform, events: number): Promise<void> {
  const log = await feedLog(platform.db);
  expect(log.map((row) => row.position)).toEqual(Array.from({ length: events }, (_value, index) => BigInt(index + 1)));
  const last = new Map<string, number>();
  for (const { runId, sequence } of log) {
    expect(sequence).toBe((last.get(runId) ?? 0) + 1);
    last.set(runId, sequence);
  }
}

async function placed(platform: Platform, events: number): Promise<void> {
  await vi.waitFor(async () => expect(await platform.db.prisma.feedPosition.count()).toBe(events), settled);
}

async function closeAll(sequencers: readonly Sequencer[]): Promise<void> {
  for (const sequencer of sequencers) await sequencer.close();
}

it('places events of concurrent writers once, without holes, in the order of each run', async () => {
  const [one, two] = (await processes(2)) as [Platform, Platform];
  const sequencers = [startSequencer(one), startSequencer(two)];
  const seed = await seedFeedWorkspace(one.db);
  const runs = await Promise.all(Array.from({ length: 12 }, (_value, index) => insertRun(index % 2 === 0 ? one : two, seed)));
  // Each run is written from both processes at once, so that its transactions wait for each other.
  await Promise.all(
    runs.flatMap((run) =>
      [one, two].map(async (platform) => {
        for (let write = 0; write < 15; write += 1) await writeEvents(platform, run.id, ['STEP_STARTED', 'STEP_FINISHED']);
      }),
    ),
  );
  const total = 12 + 12 * 2 * 15 * 2;
  await placed(one, total);
  await expectWhole(one, total);
  await closeAll(sequencers);
});

it('keeps no place for an event whose transaction was rolled back', async () => {
  const [platform] = (await processes(1)) as [Platform];
  const sequencer = startSequencer(platform);
  const run = await insertRun(platform, await seedFeedWorkspace(platform.db));
  await expect(writeEvents(platform, run.id, ['LOG', 'LOG'], 'RUNNING', () => Promise.reject(new Error('refused')))).rejects.toThrow(
    'refused',
  );
  await writeEvents(platform, run.id, ['STEP_STARTED']);
  await placed(platform, 2);
  await expectWhole(platform, 2);
  await sequencer.close();
});

it('places a long transaction after the ones that committed before it', async () => {
  const [platform] = (await processes(1)) as [Platform];
  const sequencer = startSequencer(platform);
  const seed = await seedFeedWorkspace(platform.db);
  const [slow, quick] = [await insertRun(platform, seed), await insertRun(platform, seed)];
  let commit: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (commit = resolve));
  const writing = writeEvents(platform, slow.id, ['STEP_STARTED'], 'RUNNING', () => held);
  await writeEvents(platform, quick.id, ['STEP_STARTED']);
  await placed(platform, 3);
  commit();
  await writing;
  await placed(platform, 4);
  expect((await feedLog(platform.db)).slice(2).map((row) => row.runId)).toEqual([quick.id, slow.id]);
  await sequencer.close();
});

it('is taken over within two seconds when the holder falls silent, and the old holder places nothing more', async () => {
  const [one, two] = (await processes(2)) as [Platform, Platform];
  const seed = await seedFeedWorkspace(one.db);
  const run = await insertRun(one, seed);
  const first = startSequencer(one);
  await placed(one, 1);
  const second = startSequencer(two);
  // A holder that cannot reach its database is as good as dead.
  const query = vi.spyOn(one.db.sql, 'query').mockRejectedValue(new Error('cut off'));
  const silentAt = performance.now();
  await writeEvents(two, run.id, ['STEP_STARTED']);
  await placed(two, 2);
  expect(performance.now() - silentAt).toBeLessThan(3_000);
  query.mockRestore();
  const holder = () => two.db.prisma.lease.findUniqueOrThrow({ where: { name: 'sequencer' } });
  expect(await holder()).toMatchObject({ holder: two.id, epoch: 2 });
  for (let write = 0; write < 20; write += 1) await writeEvents(write % 2 === 0 ? one : two, run.id, ['LOG']);
  await placed(two, 22);
  await expectWhole(two, 22);
  expect(await holder()).toMatchObject({ holder: two.id, epoch: 2 });
  await closeAll([first, second]);
});

it('is handed on at once when the holder closes', async () => {
  const [one, two] = (await processes(2)) as [Platform, Platform];
  const first = startSequencer(one);
  const run = await insertRun(one, await seedFeedWorkspace(one.db));
  await placed(one, 1);
  const second = startSequencer(two);
  await first.close();
  const closedAt = performance.now();
  await writeEvents(two, run.id, ['LOG']);
  await placed(two, 2);
  expect(performance.now() - closedAt).toBeLessThan(1_000);
  await second.close();
});

it('forgets places older than the retention, but never the newest one', async () => {
  const [platform] = (await processes(1, { FEED_RETENTION_MS: '1' })) as [Platform];
  const run = await insertRun(platform, await seedFeedWorkspace(platform.db));
  await writeEvents(platform, run.id, ['LOG', 'LOG', 'LOG']);
  const sequencer = startSequencer(platform);
  await vi.waitFor(async () => expect((await feedLog(platform.db)).map((row) => row.position)).toEqual([4n]), settled);
  await writeEvents(platform, run.id, ['LOG']);
  await vi.waitFor(async () => expect((await feedLog(platform.db)).at(-1)?.position).toBe(5n), settled);
  await sequencer.close();
});
