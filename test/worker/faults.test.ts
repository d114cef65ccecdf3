import { describe, expect, it, vi } from 'vitest';
import { databaseFailure } from '#platform/db/failure';
import { Prisma } from '#platform/db/generated/prisma/client';
import { newId } from '#platform/ids';
import { transact } from '#platform/work/work';
import { claimRuns, pullSuspectRuns } from '#domain/run/run.claim';
import { databaseNow, reclaimRuns } from '#domain/run/run.lease';
import { cancelRun } from '#domain/run/run.service';
import { createSchedule } from '#domain/schedule/schedule.service';
import { fireDueSchedules } from '#domain/schedule/schedule.ticks';
import { type Engine, testEngine } from '#test/support/engine';

const statement = (text: string) => ({ name: `test.${text}`, text });

async function automationId(engine: Engine, key: string): Promise<string> {
  return (await engine.app.db.prisma.automation.findFirstOrThrow({ where: { key } })).id;
}

describe('a connection that is lost inside a transaction', () => {
  it('fails that transaction and nothing else', async () => {
    const { app } = await testEngine();
    const end = (pid: number) => app.db.prisma.$executeRawUnsafe('SELECT pg_terminate_backend($1::int)', pid);
    const lost = app.db.begin(async (sql) => {
      const [own] = await sql.query<{ pid: number }>(statement('SELECT pg_backend_pid() AS pid'), []);
      await end(own?.pid ?? 0);
      return sql.query(statement('SELECT pg_sleep(5)'), []);
    });
    await expect(lost).rejects.toThrow();
    expect(await app.db.begin((sql) => sql.query(statement('SELECT 1 AS one'), []))).toEqual([{ one: 1 }]);
  });
});

describe('a connection that is lost in the middle of a read of the graph', () => {
  it('is worth another try: a step that was reading does not fail', async () => {
    const { app } = await testEngine();
    const lost = await app.db.prisma.$queryRawUnsafe('SELECT pg_terminate_backend(pg_backend_pid())').catch((error: unknown) => error);
    expect(databaseFailure(lost)).toBe('TRANSIENT');
    const closed = new Prisma.PrismaClientKnownRequestError('Server has closed the connection.', { code: 'P1017', clientVersion: '' });
    expect(databaseFailure(closed)).toBe('TRANSIENT');
    const wrong = await app.db.prisma.$queryRawUnsafe('SELECT 1 FROM nowhere').catch((error: unknown) => error);
    expect(databaseFailure(wrong)).toBe('FAULT');
  });
});

describe('schedules that queue their fires', () => {
  async function late(engine: Engine, key: string, overlap: 'QUEUE' | 'ALLOW'): Promise<string> {
    const id = await automationId(engine, key);
    const scheduleId = await transact(engine.app, engine.viewer, (work) =>
      createSchedule(work, { automationId: id, interval: 'PT1S', overlap }),
    );
    const behind = new Date(Date.now() - 30_000);
    await engine.app.db.prisma.schedule.update({
      where: { id: scheduleId },
      data: { startAt: behind, nextNominalAt: behind, nextFireAt: behind },
    });
    return scheduleId;
  }

  it('have one open run at a time, however many workers look at once', async () => {
    const engine = await testEngine();
    const key = await engine.action({ transform: 1 });
    const schedules = await Promise.all(Array.from({ length: 15 }, () => late(engine, key, 'QUEUE')));
    for (let round = 0; round < 10; round += 1) {
      await Promise.all(Array.from({ length: 4 }, () => fireDueSchedules(engine.app)));
      const open = await engine.app.db.prisma.run.groupBy({ by: ['scheduleId'], where: { status: 'QUEUED' }, _count: true });
      expect(open.filter((group) => group._count > 1)).toEqual([]);
      await engine.app.db.prisma.run.updateMany({ where: { status: 'QUEUED' }, data: { status: 'SUCCEEDED', finishedAt: new Date() } });
    }
    expect(await engine.app.db.prisma.tick.count({ where: { scheduleId: { in: schedules }, status: 'SKIPPED' } })).toBe(0);
  });

  it('do not keep others from firing while they wait', async () => {
    const engine = await testEngine();
    const key = await engine.action({ transform: 1 });
    for (let made = 0; made < 30; made += 1) await late(engine, key, 'QUEUE');
    while ((await fireDueSchedules(engine.app)) > 0);
    const other = await late(engine, key, 'ALLOW');
    await fireDueSchedules(engine.app);
    expect(await engine.app.db.prisma.tick.count({ where: { scheduleId: other } })).toBeGreaterThan(0);
  });
});

describe('suspects', () => {
  it('are found at once beside the backlogs of many workspaces', async () => {
    const engine = await testEngine();
    const suspect = await engine.trigger(await engine.action({ transform: 1 }));
    for (let made = 0; made < 10; made += 1) await (await engine.sibling()).trigger();
    await engine.app.db.prisma.run.update({ where: { id: suspect }, data: { crashes: 1 } });
    const pulled = await pullSuspectRuns(engine.app.db.sql, 1, { owner: engine.app.id, leaseMs: 1_000 });
    expect(pulled.map((run) => run.id)).toEqual([suspect]);
  });
});

describe('taking runs back', () => {
  async function leased(engine: Engine, leaseMs: number): Promise<string> {
    const runId = await engine.trigger(await engine.action({ transform: 1 }));
    const [claimed] = await claimRuns(engine.app.db.sql, [runId], { owner: newId(), leaseMs });
    expect(claimed?.id).toBe(runId);
    return runId;
  }

  it('is not done by a statement that was held up, for renewals were held up as well', async () => {
    const engine = await testEngine();
    const runId = await leased(engine, 0);
    const now = await databaseNow(engine.app.db.sql);
    expect(await reclaimRuns(engine.app.db.sql, 3, new Date(now.getTime() - 10_000), 500)).toEqual([]);
    expect(await reclaimRuns(engine.app.db.sql, 3, now, 60_000)).toEqual([{ id: runId, status: 'QUEUED' }]);
  });

  it('ends the steps of a run that it ends', async () => {
    const engine = await testEngine();
    const runId = await leased(engine, 0);
    const attempts = [{ number: 1, startedAt: '2026-01-01T00:00:00.000Z', finishedAt: null, error: null }];
    await engine.app.db.prisma.stepRun.create({
      data: { runId, path: 'main', ordinal: 0, kind: 'transform', name: 'main', status: 'RUNNING', attempts, startedAt: new Date() },
    });
    await engine.app.db.prisma.run.update({ where: { id: runId }, data: { leaseSolo: true, soloCrashes: 2 } });
    expect(await reclaimRuns(engine.app.db.sql, 3, await databaseNow(engine.app.db.sql), 60_000)).toEqual([{ id: runId, status: 'DEAD' }]);
    expect(await engine.app.db.prisma.stepRun.findFirst({ where: { runId } })).toMatchObject({
      status: 'FAILED',
      errorCode: 'WORKER_CRASHED',
      attempts: [{ number: 1, finishedAt: expect.stringMatching(/Z$/) as string, error: { code: 'WORKER_LOST' } }],
    });
    expect(await engine.app.db.prisma.automationCounter.findFirst()).toMatchObject({ totalRuns: 1, failedRuns: 1 });
  });
});

describe('a run that waits for its next attempt', () => {
  it('ends with its step when it is cancelled', async () => {
    const engine = await testEngine();
    engine.work();
    const runId = await engine.trigger(
      await engine.action({ code: 'export default async () => { throw new Error(); }' }, { maxRetries: 1, delay: 'PT1H' }),
    );
    await vi.waitFor(
      async () => expect((await engine.app.db.prisma.run.findUniqueOrThrow({ where: { id: runId } })).status).toBe('WAITING'),
      { timeout: 20_000 },
    );
    await transact(engine.app, engine.viewer, (work) => cancelRun(work, { runId }));
    expect(await engine.app.db.prisma.stepRun.findFirst({ where: { runId } })).toMatchObject({
      status: 'CANCELED',
      attempts: [{ number: 1, error: { code: 'UNCAUGHT' } }],
    });
  });
});

describe('an idempotency key', () => {
  it('makes one run in two processes at once, whatever the order of the payload', async () => {
    const engine = await testEngine();
    const key = await engine.action({ transform: 1 });
    const twin = await engine.twin();
    const payloads = [
      { a: 1, b: 2 },
      { b: 2, a: 1 },
    ];
    const item = (n: number) => ({
      workspaceId: engine.workspace.workspaceId,
      automationKey: key,
      payload: payloads[n % 2],
      idempotencyKey: `k${n % 5}`,
      trigger: 'API' as const,
    });
    const runs = await Promise.all(
      Array.from({ length: 60 }, (_, n) => (Math.floor(n / 5) % 2 === 0 ? engine.app : twin).triggers.trigger(engine.viewer, item(n))),
    );
    expect(new Set(runs.map((run) => run.id)).size).toBe(5);
    expect(await engine.app.db.prisma.run.count()).toBe(5);
  });

  it('answers a repeat even when the queue is full', async () => {
    const engine = await testEngine();
    const key = await engine.action({ transform: 1 });
    const trigger = (idempotencyKey: string) =>
      engine.app.triggers.trigger(engine.viewer, {
        workspaceId: engine.workspace.workspaceId,
        automationKey: key,
        idempotencyKey,
        trigger: 'API',
      });
    const first = await trigger('one');
    await engine.app.db.prisma.workspace.update({ where: { id: engine.workspace.workspaceId }, data: { maxQueued: 1 } });
    let tries = 0;
    await vi.waitFor(() => expect(trigger(`new-${(tries += 1)}`)).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' }), { timeout: 20_000 });
    expect((await trigger('one')).id).toBe(first.id);
  });
});
