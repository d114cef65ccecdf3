import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createAction } from '#domain/action/action.service';
import { pause } from '#domain/run/pause.service';
import { newId } from '#platform/ids';
import { transact } from '#platform/work/work';
import { stepBulkOperation } from '#domain/run/bulk.step';
import { bulkRuns, mostBulkRuns } from '#domain/run/bulk.service';
import type { BulkKind, RunStatus } from '#platform/db/generated/prisma/enums';
import { type Engine, openRuns, tally, testEngine } from '#test/support/engine';

const soon = { timeout: 60_000, interval: 20 };

/** Runs of an action, as many as wanted at once. */
async function runsOf({ app, workspace }: Engine, key: string, count: number, status: RunStatus): Promise<void> {
  await app.db.sql.query(
    {
      name: 'test.bulk.runs',
      text: `
WITH made AS (
  INSERT INTO "Run" (id, "workspaceId", "environmentId", "automationId", "versionId", "planHash", status, trigger, "actorKind", "queuedAt", "finishedAt")
  SELECT gen_random_uuid(), $1::uuid, $2::uuid, a.id, v.id, v."planHash", $4::"RunStatus", 'API', 'SYSTEM', now(), CASE WHEN $4 <> 'QUEUED' THEN now() END
  FROM "Automation" a JOIN "AutomationVersion" v ON v."automationId" = a.id, generate_series(1, $5::int) WHERE a.key = $3 AND a."workspaceId" = $1::uuid
  RETURNING id, "workspaceId", "automationId"
)
INSERT INTO "RunEvent" ("runId", sequence, "workspaceId", "automationId", type, at, status) SELECT id, 1, "workspaceId", "automationId", 'RUN_QUEUED', now(), 'QUEUED' FROM made`,
    },
    [workspace.workspaceId, workspace.environmentId, key, status, count],
  );
}

const ask = (engine: Engine, kind: BulkKind, statuses: readonly RunStatus[]) =>
  transact(engine.app, engine.viewer, (work) =>
    bulkRuns(work, { kind, workspaceId: engine.workspace.workspaceId, filter: { statuses }, described: {}, dryRun: false }),
  );

const operation = (engine: Engine, id: string) => engine.app.db.prisma.bulkOperation.findUniqueOrThrow({ where: { id } });

describe('a worker that is killed in the middle of a bulk operation', () => {
  it.each(['RETRY', 'CANCEL'] as const)('neither doubles nor forgets a run (%s)', { timeout: 300_000 }, async (kind) => {
    const engine = await testEngine();
    const { prisma } = engine.app.db;
    const key = await engine.action({ transform: 1 });
    const from = kind === 'RETRY' ? 'FAILED' : 'WAITING';
    await runsOf(engine, key, 1_600, from);
    // Waits that nothing ends but the operation.
    if (kind === 'CANCEL') await prisma.run.updateMany({ data: { waitKind: 'CONCURRENCY' } });
    const { operationId, count } = await ask(engine, kind, [from]);
    const id = operationId ?? '';
    expect(count).toBe(1_600);
    for (let kill = 1; kill <= 2; kill += 1) {
      const worker = engine.worker();
      const before = (await operation(engine, id)).succeeded;
      await vi.waitFor(async () => expect((await operation(engine, id)).succeeded).toBeGreaterThan(before), { ...soon, interval: 2 });
      await worker.kill('SIGKILL');
      if ((await operation(engine, id)).status !== 'RUNNING') break;
    }
    engine.worker();
    await vi.waitFor(async () => expect((await operation(engine, id)).status).toBe('COMPLETED'), soon);
    expect(await operation(engine, id)).toMatchObject({ total: 1_600, succeeded: 1_600, failed: 0 });
    expect(await prisma.bulkItem.count({ where: { operationId: id, status: 'SUCCEEDED' } })).toBe(1_600);
    if (kind === 'CANCEL') expect(await prisma.run.count({ where: { status: 'CANCELED' } })).toBe(1_600);
    else {
      const repeats = await prisma.run.findMany({ where: { trigger: 'RETRY' }, select: { id: true, retriedFromId: true } });
      expect(repeats).toHaveLength(1_600);
      expect(new Set(repeats.map((run) => run.retriedFromId)).size).toBe(1_600);
      const ids = repeats.map((run) => run.id);
      await vi.waitFor(async () => expect(await openRuns(engine.app, ids)).toBe(0), soon);
      expect(await tally(engine.app, ids)).toEqual({ stuck: 0, lost: 0, doubled: 0, statuses: { SUCCEEDED: 1_600 } });
    }
  });
});

describe('a batch', () => {
  it('tells of the threads that it frees, so that the next run need not wait to be found', async () => {
    const engine = await testEngine();
    const { app, viewer, workspace } = engine;
    const { workspaceId } = workspace;
    const space = newId();
    await app.db.prisma.namespace.create({ data: { id: space, workspaceId, key: 'space', name: 'Space' } });
    const onThread = (key: string) =>
      transact(app, viewer, (work) =>
        createAction(work, { workspaceId, key, name: key, transform: 1, namespace: { id: space }, threadMode: 'FIXED', thread: 'one' }),
      );
    const held = await onThread('held');
    await onThread('next');
    await transact(app, viewer, (work) => pause(work, { subject: { kind: 'AUTOMATION', id: held } }));
    engine.work();
    const { prisma } = app.db;
    const stateOf = (id: string) => prisma.run.findUniqueOrThrow({ where: { id } });
    const first = await engine.trigger('held');
    await vi.waitFor(
      async () => expect(await stateOf(first)).toMatchObject({ status: 'WAITING', waitKind: 'PAUSED', threadKey: 'one' }),
      soon,
    );
    const next = await engine.trigger('next');
    await vi.waitFor(async () => expect((await stateOf(next)).threadKey).toBe('one'), soon);
    expect(await stateOf(next)).toMatchObject({ status: 'WAITING', waitKind: 'THREAD' });
    const told: string[] = [];
    onTestFinished(app.wake.on('thread', (ids) => void told.push(...ids)));
    const filter = { automationId: held };
    await transact(app, viewer, (work) => bulkRuns(work, { kind: 'CANCEL', workspaceId, filter, described: {}, dryRun: false }));
    await vi.waitFor(async () => expect((await stateOf(next)).status).toBe('SUCCEEDED'), soon);
    expect((await stateOf(first)).status).toBe('CANCELED');
    expect(told).toContain(first);
  });

  it('leaves out runs that somebody is writing, and comes back for them', async () => {
    const engine = await testEngine();
    const { db } = engine.app;
    const key = await engine.action({ transform: 1 });
    const [first, second] = [await engine.trigger(key), await engine.trigger(key)];
    const { operationId } = await ask(engine, 'CANCEL', ['QUEUED']);
    const id = operationId ?? '';
    const written = { name: 'test.lock', text: 'SELECT id FROM "Run" WHERE id = $1::uuid FOR UPDATE' };
    await db.begin(async (sql) => {
      await sql.query(written, [first]);
      expect(await db.begin((inner) => stepBulkOperation(inner, id))).toMatchObject({ settled: 1, canceled: [second] });
      // Another worker finds nothing that it could do.
      expect((await db.begin((inner) => stepBulkOperation(inner, id))).settled).toBe(0);
    });
    expect(await db.begin((sql) => stepBulkOperation(sql, id))).toMatchObject({ settled: 1, canceled: [first] });
    expect(await operation(engine, id)).toMatchObject({ status: 'COMPLETED', succeeded: 2 });
  });

  it('belongs to one worker at a time', async () => {
    const engine = await testEngine();
    const { db } = engine.app;
    const key = await engine.action({ transform: 1 });
    await runsOf(engine, key, 10, 'FAILED');
    const { operationId } = await ask(engine, 'RETRY', ['FAILED']);
    const steps = await Promise.all([1, 2, 3].map(() => db.begin((sql) => stepBulkOperation(sql, operationId ?? ''))));
    expect(steps.reduce((sum, step) => sum + step.made.length, 0)).toBe(10);
    expect(await db.prisma.run.count({ where: { trigger: 'RETRY' } })).toBe(10);
  });

  it('makes no more runs than the queue of the workspace has room for', async () => {
    const engine = await testEngine();
    const { db } = engine.app;
    const key = await engine.action({ transform: 1 });
    await db.prisma.workspace.update({ where: { id: engine.workspace.workspaceId }, data: { maxQueued: 30 } });
    await runsOf(engine, key, 100, 'FAILED');
    const { operationId } = await ask(engine, 'RETRY', ['FAILED']);
    const step = () => db.begin((sql) => stepBulkOperation(sql, operationId ?? ''));
    expect((await step()).made).toHaveLength(30);
    expect((await step()).settled).toBe(0);
    engine.work();
    await vi.waitFor(async () => expect((await operation(engine, operationId ?? '')).status).toBe('COMPLETED'), soon);
    expect(await db.prisma.run.count({ where: { trigger: 'RETRY' } })).toBe(100);
  });

  it('counts what is parked by a pause or waits for a thread as the queue does', async () => {
    const engine = await testEngine();
    const { app, viewer, workspace } = engine;
    const { prisma } = app.db;
    const key = await engine.action({ transform: 1 });
    const { id: automationId } = await prisma.automation.findFirstOrThrow({ where: { key } });
    await prisma.workspace.update({ where: { id: workspace.workspaceId }, data: { maxQueued: 30 } });
    const pauseId = await transact(app, viewer, (work) => pause(work, { subject: { kind: 'AUTOMATION', id: automationId } }));
    await runsOf(engine, key, 10, 'WAITING');
    await prisma.run.updateMany({ data: { waitKind: 'PAUSED', pauseId } });
    await runsOf(engine, key, 5, 'WAITING');
    await prisma.run.updateMany({ where: { pauseId: null }, data: { waitKind: 'THREAD' } });
    await runsOf(engine, key, 40, 'FAILED');
    const { operationId } = await ask(engine, 'RETRY', ['FAILED']);
    const step = () => app.db.begin((sql) => stepBulkOperation(sql, operationId ?? ''));
    expect((await step()).made).toHaveLength(15);
    expect((await step()).settled).toBe(0);
  });

  it('says of an execution of a trigger point that it is fired again and not retried', async () => {
    const engine = await testEngine();
    const { prisma } = engine.app.db;
    await runsOf(engine, await engine.action({ transform: 1 }), 1, 'FAILED');
    await prisma.run.updateMany({ data: { triggerPoint: 'post-login', automationId: null, versionId: null } });
    const { operationId } = await ask(engine, 'RETRY', ['FAILED']);
    await engine.app.db.begin((sql) => stepBulkOperation(sql, operationId ?? ''));
    expect(await prisma.bulkItem.findMany()).toMatchObject([
      { status: 'FAILED', message: expect.stringContaining('fire it again') as unknown },
    ]);
  });

  it('brings few of the inputs that are long', async () => {
    const engine = await testEngine();
    const { db } = engine.app;
    const key = await engine.action({ transform: 1 });
    await runsOf(engine, key, 8, 'FAILED');
    await db.prisma.run.updateMany({ data: { input: 'x'.repeat(1_500_000) } });
    const { operationId } = await ask(engine, 'RETRY', ['FAILED']);
    const made: number[] = [];
    for (let steps = 0; steps < 3; steps += 1) made.push((await db.begin((sql) => stepBulkOperation(sql, operationId ?? ''))).made.length);
    expect(made).toEqual([3, 3, 2]);
    const [repeat] = await db.prisma.run.findMany({ where: { trigger: 'RETRY' }, take: 1 });
    expect(repeat?.input).toHaveLength(1_500_000);
  });
});

describe('a short operation', () => {
  it('need not wait for the end of a long one that was there before', { timeout: 60_000 }, async () => {
    const engine = await testEngine();
    const { prisma } = engine.app.db;
    const key = await engine.action({ transform: 1 });
    await runsOf(engine, key, 8_000, 'WAITING');
    await prisma.run.updateMany({ data: { waitKind: 'CONCURRENCY' } });
    const long = (await ask(engine, 'CANCEL', ['WAITING'])).operationId ?? '';
    await runsOf(engine, key, 1, 'FAILED');
    engine.work();
    await vi.waitFor(async () => expect((await operation(engine, long)).succeeded).toBeGreaterThan(0), { ...soon, interval: 2 });
    const short = (await ask(engine, 'RETRY', ['FAILED'])).operationId ?? '';
    await vi.waitFor(async () => expect((await operation(engine, short)).status).toBe('COMPLETED'), { ...soon, interval: 2 });
    expect((await operation(engine, long)).status).toBe('RUNNING');
  });

  it('is not kept back by any number of older ones that wait for room', { timeout: 60_000 }, async () => {
    const engine = await testEngine();
    const { prisma } = engine.app.db;
    const { workspaceId } = engine.workspace;
    await prisma.workspace.update({ where: { id: workspaceId }, data: { maxQueued: 0 } });
    const waits = { workspaceId, kind: 'RETRY', filter: {}, total: 1, actorKind: 'SYSTEM', actorName: 'Millrace' } as const;
    await prisma.bulkOperation.createMany({ data: Array.from({ length: 100 }, () => ({ id: newId(), ...waits })) });
    await runsOf(engine, await engine.action({ transform: 1 }), 1, 'WAITING');
    await prisma.run.updateMany({ data: { waitKind: 'CONCURRENCY' } });
    const { id: runId } = await prisma.run.findFirstOrThrow();
    const id = newId();
    await prisma.bulkOperation.create({ data: { id, ...waits, kind: 'CANCEL', items: { create: { ordinal: 1, runId } } } });
    engine.work();
    await vi.waitFor(async () => expect((await operation(engine, id)).status).toBe('COMPLETED'), { timeout: 15_000, interval: 50 });
  });
});

describe('more runs than one operation takes', () => {
  it('are refused with their number, and nothing is kept', { timeout: 60_000 }, async () => {
    const engine = await testEngine({ STATEMENT_MS: '60000' });
    const key = await engine.action({ transform: 1 });
    await runsOf(engine, key, mostBulkRuns + 5, 'FAILED');
    await expect(ask(engine, 'RETRY', ['FAILED'])).rejects.toMatchObject({
      code: 'LIMIT_EXCEEDED',
      limit: mostBulkRuns,
      message: `${mostBulkRuns + 5} runs match; one operation takes at most ${mostBulkRuns}. Narrow the filter.`,
    });
    expect(await engine.app.db.prisma.bulkOperation.count()).toBe(0);
    expect(await engine.app.db.prisma.bulkItem.count()).toBe(0);
  });
});
