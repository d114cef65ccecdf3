import { Webhook } from 'standardwebhooks';
import { describe, expect, it, vi } from 'vitest';
import { transact } from '#platform/work/work';
import { createNotificationGroup } from '#domain/notification/notification.service';
import { addRecipient } from '#domain/notification/recipient.service';
import { type Engine, testEngine } from '#test/support/engine';
import { receiver } from '#test/support/receiver';

const soon = { timeout: 60_000, interval: 50 };
const settings = { OUTGOING_ALLOW: '127.0.0.1' };

async function hears(engine: Engine, webhook: string): Promise<{ readonly id: string; readonly secret: string }> {
  const { workspaceId } = engine.workspace;
  return transact(engine.app, engine.viewer, async (work) => {
    const groupId = await createNotificationGroup(work, { workspaceId, name: 'Alarm', events: ['RUN_SUCCEEDED'] });
    const { id, secret } = await addRecipient(work, { groupId, webhook });
    return { id, secret: secret ?? '' };
  });
}

const statuses = async ({ app }: Engine) => (await app.db.prisma.delivery.findMany()).map(({ status }) => status);

async function delivered(engine: Engine, count: number): Promise<void> {
  await vi.waitFor(async () => expect(await statuses(engine)).toEqual(Array<string>(count).fill('SUCCEEDED')), soon);
}

/** Lets time pass for what a lost worker has left. */
async function leasesEnd({ app }: Engine): Promise<void> {
  await app.db.prisma.delivery.updateMany({ where: { status: 'PENDING' }, data: { nextAttemptAt: new Date(0) } });
}

describe('when a worker is killed', () => {
  it('in the middle of sending, the delivery is sent again with the same id', { timeout: 150_000 }, async () => {
    const engine = await testEngine(settings);
    let silent = true;
    const there = await receiver((_request, response) => {
      if (!silent) response.end();
    });
    const { secret } = await hears(engine, there.url);
    const key = await engine.action({ transform: 1 });
    const first = engine.worker();
    await engine.trigger(key);
    await vi.waitFor(() => expect(there.received).toHaveLength(1), soon);
    await first.kill('SIGKILL');
    silent = false;
    await leasesEnd(engine);
    engine.worker();
    await delivered(engine, 1);
    expect(there.received).toHaveLength(2);
    expect(new Set(there.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    for (const { headers, body } of there.received) new Webhook(secret).verify(body, headers as Record<string, string>);
    // The attempt that was lost is not counted as one that failed.
    expect((await engine.app.db.prisma.delivery.findFirstOrThrow()).attempts).toMatchObject([{ number: 1, statusCode: 200 }]);
  });

  it('while it makes deliveries of what it has read, nothing is lost and nothing doubled', { timeout: 150_000 }, async () => {
    const engine = await testEngine(settings);
    const there = await receiver();
    const { id } = await hears(engine, there.url);
    const key = await engine.action({ transform: 1 });
    const { db } = engine.app;
    const first = engine.worker();
    const reader = () => db.prisma.feedReader.findUnique({ where: { name: 'notifications' } });
    await vi.waitFor(async () => expect(await reader()).not.toBeNull(), soon);
    // Inserting a delivery waits for the recipient's row: between the reading and the commit.
    await db.begin(async (sql) => {
      await sql.query({ name: 'test.lock', text: 'SELECT id FROM "Recipient" WHERE id = $1::uuid FOR UPDATE' }, [id]);
      const run = await engine.trigger(key);
      await vi.waitFor(async () => expect((await db.prisma.run.findUniqueOrThrow({ where: { id: run } })).status).toBe('SUCCEEDED'), soon);
      await vi.waitFor(async () => {
        const waiting = await db.prisma.$queryRaw<
          unknown[]
        >`SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%INSERT INTO "Delivery"%'`;
        expect(waiting).toHaveLength(1);
      }, soon);
      await first.kill('SIGKILL');
    });
    expect(await statuses(engine)).toEqual([]);
    engine.worker();
    await delivered(engine, 1);
    expect(there.received).toHaveLength(1);
  });

  it('between inserting and sending, another one sends', { timeout: 150_000 }, async () => {
    const engine = await testEngine(settings);
    const there = await receiver();
    const { id } = await hears(engine, there.url);
    const key = await engine.action({ transform: 1 });
    const { prisma } = engine.app.db;
    const first = engine.worker();
    await engine.trigger(key);
    await delivered(engine, 1);
    await first.kill('SIGKILL');
    const [told] = await prisma.delivery.findMany();
    // As the first worker would have left it, had it been killed a moment earlier.
    await prisma.delivery.update({
      where: { id: told?.id ?? '' },
      data: { status: 'PENDING', attempts: [], tries: 0, nextAttemptAt: new Date(0), finishedAt: null },
    });
    engine.worker();
    await delivered(engine, 1);
    expect((await prisma.recipient.findUniqueOrThrow({ where: { id } })).enabled).toBe(true);
  });
});

describe('two workers', () => {
  it('send each delivery once, at most two at once of each to one recipient', { timeout: 150_000 }, async () => {
    const engine = await testEngine(settings);
    let [now, most] = [0, 0];
    const there = await receiver((_request, response) => {
      now += 1;
      most = Math.max(most, now);
      setTimeout(() => {
        now -= 1;
        response.end();
      }, 50);
    });
    await hears(engine, there.url);
    const key = await engine.action({ transform: 1 });
    engine.work();
    engine.work();
    await Promise.all(Array.from({ length: 40 }, () => engine.trigger(key)));
    await vi.waitFor(async () => expect(await engine.app.db.prisma.delivery.count({ where: { status: 'SUCCEEDED' } })).toBe(40), soon);
    expect(there.received).toHaveLength(40);
    expect(new Set(there.received.map(({ headers }) => headers['webhook-id'])).size).toBe(40);
    expect(most).toBeLessThanOrEqual(4);
  });
});

describe('a worker that is asked to stop', () => {
  it('gives what is under way back without counting it', { timeout: 150_000 }, async () => {
    const engine = await testEngine(settings);
    let silent = true;
    const there = await receiver((_request, response) => {
      if (!silent) response.end();
    });
    await hears(engine, there.url);
    const key = await engine.action({ transform: 1 });
    const first = engine.worker();
    await engine.trigger(key);
    await vi.waitFor(() => expect(there.received).toHaveLength(1), soon);
    await first.kill('SIGTERM');
    expect(await engine.app.db.prisma.delivery.findFirstOrThrow()).toMatchObject({ status: 'PENDING', tries: 0, attempts: [] });
    silent = false;
    engine.worker();
    await delivered(engine, 1);
  });
});
