import { describe, expect, it, vi } from 'vitest';
import type { Prisma } from '#platform/db/generated/prisma/client';
import { takeTurn } from '#platform/db/turn';
import { firstIdAt, newId } from '#platform/ids';
import { beforeEveryId, forgetBulkOperations, forgetLogs, forgetLooseEvents, forgetRuns } from '#domain/run/run.forget';
import { type Engine, testEngine } from '#test/support/engine';

const soon = { timeout: 30_000, interval: 20 };
const dayMs = 86_400_000;
const ago = (days: number) => new Date(Date.now() - days * dayMs);
/** An id as it was made then. */
const idOf = (days: number) => firstIdAt(ago(days).getTime()).slice(0, 14) + newId().slice(14);

interface Home {
  readonly engine: Engine;
  readonly automationId: string;
  /** A run that was queued so many days ago, and ended so many days ago; null: it has not. */
  run(queued: number, ended: number | null, more?: Partial<Prisma.RunUncheckedCreateInput>): Promise<string>;
}

async function home(): Promise<Home> {
  const engine = await testEngine();
  const { prisma } = engine.app.db;
  const { workspaceId, environmentId } = engine.workspace;
  const key = await engine.action({ transform: 1 });
  const { id: automationId } = await prisma.automation.findFirstOrThrow({ where: { key } });
  return {
    engine,
    automationId,
    run: async (queued, ended, more = {}) => {
      const id = idOf(queued);
      const status = ended === null ? 'WAITING' : 'FAILED';
      await prisma.run.create({
        data: {
          id,
          workspaceId,
          environmentId,
          automationId,
          planHash: 'none',
          status,
          // A wait that nothing ends.
          ...(ended === null ? { waitKind: 'CONCURRENCY' } : { finishedAt: ago(ended) }),
          trigger: 'API',
          actorKind: 'SYSTEM',
          queuedAt: ago(queued),
          sequence: 3,
          ...more,
        },
      });
      const event = { runId: id, workspaceId, automationId, at: ago(queued), status } as const;
      await prisma.runEvent.createMany({
        data: [
          { ...event, sequence: 1, type: 'RUN_QUEUED' },
          { ...event, sequence: 2, type: 'LOG', data: { level: 'INFO', message: 'said' } },
          { ...event, sequence: 3, type: 'RUN_FINISHED' },
        ],
      });
      await prisma.stepRun.create({
        data: {
          runId: id,
          path: 'main',
          ordinal: 0,
          kind: 'transform',
          name: 'Main',
          status: 'FAILED',
          attempts: [],
          startedAt: ago(queued),
        },
      });
      return id;
    },
  };
}

describe('what is old', () => {
  it('goes with all that belongs to it; what is open, young or counted stays', { timeout: 60_000 }, async () => {
    const { engine, automationId, run } = await home();
    const { prisma } = engine.app.db;
    const { workspaceId, environmentId } = engine.workspace;
    const old = await run(12, 10.5);
    const older = await run(40, 40, { status: 'SUCCEEDED' });
    const open = await run(40, null);
    const lately = await run(40, 1);
    const mute = await run(9, 8);
    const young = await run(1, 1, { retriedFromId: old, trigger: 'RETRY' });
    await prisma.automationCounter.create({ data: { automationId, totalRuns: 5, succeededRuns: 1, failedRuns: 4 } });
    const effect = {
      workspaceId,
      stepPath: 'main',
      ordinal: 1,
      attempt: 1,
      kind: 'HTTP',
      idempotencyKey: 'k',
      method: 'GET',
      url: '/',
      host: 'h',
    } as const;
    for (const runId of [old, young]) await prisma.effect.create({ data: { id: newId(), runId, ...effect, startedAt: ago(11) } });
    const schedule = { workspaceId, automationId, environmentId, intervalMs: 1_000, startAt: ago(50), enabled: false };
    const { id: scheduleId } = await prisma.schedule.create({ data: { id: newId(), ...schedule } });
    const ticks = [31, 29, 12].map((days) => ({
      scheduleId,
      nominalAt: ago(days),
      decidedAt: ago(days),
      status: 'FIRED' as const,
      runId: days === 12 ? old : null,
    }));
    // Decided lately, by a backfill.
    await prisma.tick.createMany({ data: [...ticks, { scheduleId, nominalAt: ago(33), decidedAt: ago(3), status: 'LATE' }] });
    const delivery = { workspaceId, kind: 'EMAIL', address: 'a@example.com', payload: {} } as const;
    const [delivered, failed, pending] = [idOf(31), idOf(29), idOf(31)];
    await prisma.delivery.createMany({
      data: [
        { id: delivered, ...delivery, status: 'SUCCEEDED', finishedAt: ago(31) },
        { id: failed, ...delivery, status: 'FAILED', finishedAt: ago(29), runId: old },
        { id: pending, ...delivery, status: 'PENDING', nextAttemptAt: ago(-1) },
      ],
    });
    const audited = await prisma.auditEntry.create({
      data: {
        id: idOf(400),
        workspaceId,
        at: ago(400),
        actorKind: 'SYSTEM',
        actorName: 'x',
        operation: 'x',
        subjectType: 'Run',
        subjectId: old,
      },
    });
    engine.work();
    await vi.waitFor(async () => {
      expect((await prisma.run.findMany({ orderBy: { id: 'asc' } })).map(({ id }) => id)).toEqual([open, lately, mute, young].sort());
      expect(await prisma.tick.count()).toBe(3);
      expect(await prisma.runEvent.count({ where: { runId: mute } })).toBe(2);
      expect(await prisma.delivery.count()).toBe(2);
    }, soon);
    expect((await prisma.stepRun.findMany()).map(({ runId }) => runId).sort()).toEqual([open, lately, mute, young].sort());
    expect((await prisma.effect.findMany()).map(({ runId }) => runId)).toEqual([young]);
    expect(await prisma.run.findUnique({ where: { id: young } })).toMatchObject({ retriedFromId: null });
    expect(await prisma.tick.findMany({ where: { status: 'FIRED' } })).toMatchObject([{ runId: null }, { runId: null }]);
    expect((await prisma.delivery.findMany({ orderBy: { status: 'asc' } })).map(({ id, runId }) => [id, runId])).toEqual([
      [pending, null],
      [failed, null],
    ]);
    // A backfill must not take for missing what ran then.
    expect((await prisma.schedule.findFirst())?.forgotUntil).toEqual(ticks[0]?.nominalAt);
    expect(await prisma.auditEntry.findUnique({ where: { id: audited.id } })).not.toBeNull();
    expect(await prisma.automationCounter.findMany()).toMatchObject([{ totalRuns: 5, succeededRuns: 1, failedRuns: 4 }]);
    // Log lines go before their run, the rest of its history does not.
    const events = await prisma.runEvent.groupBy({ by: ['runId'], _count: true });
    expect(new Map(events.map(({ runId, _count }) => [runId, _count]))).toEqual(
      new Map([
        [open, 3],
        [lately, 3],
        [mute, 2],
        [young, 3],
      ]),
    );
    expect(events.some(({ runId }) => runId === older)).toBe(false);
  });

  it('goes in batches, bounded by runs and by their events', { timeout: 30_000 }, async () => {
    const { engine, automationId } = await home();
    const { sql, prisma } = engine.app.db;
    const { workspaceId, environmentId } = engine.workspace;
    const runs = (count: number, sequence: number) =>
      prisma.run.createMany({
        data: Array.from({ length: count }, () => ({
          id: idOf(20),
          workspaceId,
          environmentId,
          automationId,
          planHash: 'none',
          status: 'SUCCEEDED' as const,
          trigger: 'API' as const,
          actorKind: 'SYSTEM' as const,
          queuedAt: ago(20),
          finishedAt: ago(20),
          sequence,
        })),
      });
    await runs(600, 1);
    const { gone, last } = await forgetRuns(sql, beforeEveryId, ago(10));
    expect(gone).toBe(500);
    expect(await forgetRuns(sql, last ?? '', ago(10))).toMatchObject({ gone: 100 });
    expect(await forgetRuns(sql, beforeEveryId, ago(10))).toEqual({ gone: 0, last: null });
    await runs(3, 15_000);
    expect(await forgetRuns(sql, beforeEveryId, ago(10))).toMatchObject({ gone: 2 });
    // One that somebody holds is left for the next walk.
    await engine.app.db.begin(async (held) => {
      await held.query({ name: 'test.hold', text: 'SELECT id FROM "Run" FOR KEY SHARE' }, []);
      expect(await forgetRuns(sql, beforeEveryId, ago(10))).toMatchObject({ gone: 0 });
    });
    expect(await forgetRuns(sql, beforeEveryId, ago(10))).toMatchObject({ gone: 1 });
    expect(await forgetLogs(sql, beforeEveryId, ago(10))).toEqual({ gone: 0, last: null });
  });

  it('is also what is left of a workspace that was deleted', async () => {
    const { engine, run } = await home();
    const { prisma, sql } = engine.app.db;
    const [gone, kept, young] = [await run(12, 12), await run(11, 1), await run(2, 2)];
    await prisma.run.deleteMany({ where: { id: { in: [gone, young] } } });
    const { gone: events, last } = await forgetLooseEvents(sql, beforeEveryId, ago(10));
    expect([events, last]).toEqual([3, kept]);
    expect(await forgetLooseEvents(sql, kept, ago(10))).toEqual({ gone: 0, last: null });
    expect(new Set((await prisma.runEvent.findMany()).map(({ runId }) => runId))).toEqual(new Set([kept, young]));
  });

  it('is a bulk operation as well, with its items', async () => {
    const { engine } = await home();
    const { sql, prisma } = engine.app.db;
    const { workspaceId } = engine.workspace;
    const operation = async (days: number, over: boolean, items = 1) => {
      const id = idOf(days);
      const made = { workspaceId, kind: 'CANCEL', filter: {}, total: items, actorKind: 'SYSTEM', actorName: 'x' } as const;
      await prisma.bulkOperation.create({
        data: { id, ...made, status: over ? 'COMPLETED' : 'RUNNING', finishedAt: over ? ago(days) : null },
      });
      const text = `INSERT INTO "BulkItem" ("operationId", ordinal, "runId") SELECT $1::uuid, n, gen_random_uuid() FROM generate_series(1, $2::int) n`;
      await sql.query({ name: 'test.items', text }, [id, items]);
      return id;
    };
    const [going, , young] = [await operation(30, false), await operation(20, true, 5_001), await operation(5, true)];
    const gone = [0, 0, 0];
    for (const n of gone.keys()) gone[n] = await forgetBulkOperations(sql, ago(10));
    expect(gone).toEqual([5_000, 2, 0]);
    expect((await prisma.bulkOperation.findMany({ orderBy: { id: 'asc' } })).map(({ id }) => id)).toEqual([going, young]);
    expect(await prisma.bulkItem.count()).toBe(2);
  });

  it('is deleted by one worker at a time', async () => {
    const { engine } = await home();
    const { begin } = engine.app.db;
    await begin(async (one) => {
      expect(await takeTurn(one, 'retention')).toBe(true);
      expect(await begin((other) => takeTurn(other, 'retention'))).toBe(false);
      expect(await begin((other) => takeTurn(other, 'something else'))).toBe(true);
    });
    expect(await begin((other) => takeTurn(other, 'retention'))).toBe(true);
  });
});
