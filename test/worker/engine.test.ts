import { describe, expect, it, vi } from 'vitest';
import { transact } from '#platform/work/work';
import { ConflictError, IdempotencyConflictError, InvalidInputError, NotFoundError } from '#domain/errors';
import { cancelRun, retryRun } from '#domain/run/run.service';
import { createSchedule } from '#domain/schedule/schedule.service';
import { type Engine, openRuns, tally, testEngine } from '#test/support/engine';

const soon = { timeout: 20_000, interval: 25 };

async function workingEngine(settings: Readonly<Record<string, string>> = {}): Promise<Engine> {
  const engine = await testEngine(settings);
  engine.work();
  return engine;
}

function runOf(engine: Engine, id: string) {
  return engine.app.db.prisma.run.findUniqueOrThrow({ where: { id }, include: { steps: true } });
}

async function final(engine: Engine, id: string) {
  await vi.waitFor(async () => expect((await runOf(engine, id)).finishedAt).not.toBeNull(), soon);
  return runOf(engine, id);
}

async function eventsOf(engine: Engine, runId: string) {
  return engine.app.db.prisma.runEvent.findMany({ where: { runId }, orderBy: { sequence: 'asc' } });
}

describe('a triggered run', () => {
  it('is committed before the answer, executed, and tells its story without holes', async () => {
    const engine = await workingEngine();
    const key = await engine.action({
      code: "export default async (input) => { console.log('hello', input.name); return { greeting: 'Hello ' + input.name }; }",
    });
    const id = await engine.trigger(key, { name: 'world' });
    const run = await final(engine, id);
    expect(run).toMatchObject({ status: 'SUCCEEDED', output: { greeting: 'Hello world' }, attempt: 1, leaseOwner: null, crashes: 0 });
    expect(run.steps).toMatchObject([{ path: 'main', status: 'SUCCEEDED', output: { greeting: 'Hello world' } }]);
    const events = await eventsOf(engine, id);
    expect(events.map((event) => event.type)).toEqual([
      'RUN_QUEUED',
      'RUN_STARTED',
      'STEP_STARTED',
      'LOG',
      'STEP_FINISHED',
      'RUN_FINISHED',
    ]);
    expect(events.map((event) => event.sequence)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(await engine.app.db.prisma.automationCounter.findMany()).toMatchObject([{ totalRuns: 1, succeededRuns: 1, failedRuns: 0 }]);
  });

  it('shows its log lines while it runs', async () => {
    const engine = await workingEngine();
    const key = await engine.action({
      code: "export default async () => { console.log('first'); await new Promise((done) => setTimeout(done, 3_000)); return 1; }",
    });
    const id = await engine.trigger(key);
    await vi.waitFor(async () => expect((await eventsOf(engine, id)).map((event) => event.type)).toContain('LOG'), soon);
    expect(await runOf(engine, id)).toMatchObject({ status: 'RUNNING', steps: [{ status: 'RUNNING' }] });
    await final(engine, id);
  });

  it('is refused for what is wrong with it, naming the field', async () => {
    const engine = await testEngine({ INPUT_BYTES: '1000' });
    const key = await engine.action({ transform: 1 });
    const { workspaceId } = engine.workspace;
    const trigger = (item: object) =>
      engine.app.triggers.trigger(engine.viewer, { workspaceId, trigger: 'API', automationKey: key, ...item });
    await expect(trigger({ automationKey: 'nobody' })).rejects.toThrow(NotFoundError);
    await expect(trigger({ payload: 'x'.repeat(1_000) })).rejects.toMatchObject({ fields: [{ path: ['payload'], code: 'TOO_LARGE' }] });
    await expect(trigger({ payload: JSON.parse(`${'['.repeat(80)}${']'.repeat(80)}`) as unknown })).rejects.toMatchObject({
      fields: [{ path: ['payload'], code: 'TOO_DEEP' }],
    });
    await expect(trigger({ payload: 'a\0b' })).rejects.toMatchObject({ fields: [{ path: ['payload'], code: 'BAD_TEXT' }] });
    await expect(trigger({ priority: 6 })).rejects.toThrow(InvalidInputError);
    await expect(trigger({ environmentKey: 'nowhere' })).rejects.toMatchObject({ fields: [{ path: ['environment'] }] });
    expect(await engine.app.db.prisma.run.count()).toBe(0);
  });

  it('is made once per idempotency key, in any number of requests at once', async () => {
    const engine = await testEngine();
    const key = await engine.action({ transform: 1 });
    const once = (payload: unknown) =>
      engine.app.triggers.trigger(engine.viewer, {
        workspaceId: engine.workspace.workspaceId,
        automationKey: key,
        payload,
        idempotencyKey: 'order-7',
        trigger: 'API',
      });
    const runs = await Promise.all(Array.from({ length: 25 }, () => once({ order: 7 })));
    expect(new Set(runs.map((run) => run.id)).size).toBe(1);
    expect((await once({ order: 7 })).id).toBe(runs[0]?.id);
    await expect(once({ order: 8 })).rejects.toThrow(IdempotencyConflictError);
    expect(await engine.app.db.prisma.run.count()).toBe(1);
  });

  it('does not use up a key when it is refused', async () => {
    const engine = await testEngine();
    const trigger = (automationKey: string) =>
      engine.app.triggers.trigger(engine.viewer, {
        workspaceId: engine.workspace.workspaceId,
        automationKey,
        idempotencyKey: 'k',
        trigger: 'API',
      });
    await expect(trigger('later')).rejects.toThrow(NotFoundError);
    const key = await engine.action({ transform: 1 });
    expect((await trigger(key)).status).toBe('QUEUED');
  });
});

describe('a step that fails', () => {
  it('is tried again after its delay, and the run says what it waits for', async () => {
    const engine = await workingEngine();
    const key = await engine.action(
      { code: "export default async (input, context) => { if (context.attempt < 3) throw new Error('not yet'); return context.attempt; }" },
      { maxRetries: 3, delay: 'PT0.4S' },
    );
    const id = await engine.trigger(key);
    await vi.waitFor(
      async () =>
        expect(await runOf(engine, id)).toMatchObject({
          status: 'WAITING',
          waitKind: 'RETRY',
          errorMessage: 'Error: not yet',
          leaseOwner: null,
        }),
      soon,
    );
    const run = await final(engine, id);
    expect(run).toMatchObject({ status: 'SUCCEEDED', output: 3, attempt: 3, maxAttempts: 4, errorCode: null, waitKind: null });
    expect(run.steps[0]?.attempts).toMatchObject([
      { number: 1, error: { message: 'Error: not yet' } },
      { number: 2, error: { message: 'Error: not yet' } },
      { number: 3, error: null },
    ]);
    expect(await engine.app.db.prisma.automationCounter.findMany()).toMatchObject([{ totalRuns: 1, succeededRuns: 1, failedRuns: 0 }]);
  });

  it('fails the run with the line of the author', async () => {
    const engine = await workingEngine();
    const id = await engine.trigger(await engine.action({ code: "export default async () => {\n  throw new Error('broken');\n}" }));
    expect(await final(engine, id)).toMatchObject({
      status: 'FAILED',
      errorMessage: 'Error: broken',
      errorDetail: { step: 'main', line: 2 },
    });
  });
});

describe('cancelling', () => {
  const cancel = (engine: Engine, runId: string) => transact(engine.app, engine.viewer, (work) => cancelRun(work, { runId }));

  it('ends a queued run at once', async () => {
    const engine = await testEngine();
    const id = await engine.trigger(await engine.action({ transform: 1 }));
    await cancel(engine, id);
    expect(await runOf(engine, id)).toMatchObject({ status: 'CANCELED', errorCode: 'CANCELED' });
    await cancel(engine, id);
  });

  it('ends a run in another process within two seconds, and never shows it as succeeded later', async () => {
    const engine = await testEngine({ LEASE_MS: '6000' });
    engine.worker();
    const id = await engine.trigger(
      await engine.action({ code: 'export default async () => { await new Promise((done) => setTimeout(done, 4_500)); return 1; }' }),
    );
    await vi.waitFor(async () => expect((await runOf(engine, id)).status).toBe('RUNNING'), soon);
    await cancel(engine, id);
    await vi.waitFor(async () => expect((await runOf(engine, id)).status).toBe('CANCELED'), { timeout: 2_000, interval: 25 });
    expect(await runOf(engine, id)).toMatchObject({ output: null, steps: [{ status: 'CANCELED' }] });
  });

  it('is a conflict once the run is final otherwise', async () => {
    const engine = await workingEngine();
    const id = await engine.trigger(await engine.action({ transform: 1 }));
    await final(engine, id);
    await expect(cancel(engine, id)).rejects.toThrow(ConflictError);
  });
});

describe('retrying by hand', () => {
  it('makes a new run of the same version and input, linked to the first', async () => {
    const engine = await workingEngine();
    const failed = await engine.trigger(await engine.action({ code: 'export default async () => { throw new Error(); }' }), { n: 1 });
    await final(engine, failed);
    const id = await transact(engine.app, engine.viewer, (work) => retryRun(work, { runId: failed }));
    expect(await final(engine, id)).toMatchObject({ retriedFromId: failed, trigger: 'RETRY', input: { n: 1 }, status: 'FAILED' });
  });
});

describe('time', () => {
  it('ends a step that takes longer than it may', async () => {
    const engine = await workingEngine({ SANDBOX_MS: '300' });
    const id = await engine.trigger(await engine.action({ code: 'export default async () => { for (;;); }' }));
    expect(await final(engine, id)).toMatchObject({ status: 'TIMED_OUT', errorCode: 'TIMEOUT', steps: [{ status: 'TIMED_OUT' }] });
  });

  it('ends a run whose budget is used up', async () => {
    const engine = await workingEngine({ RUN_BUDGET_MS: '500' });
    const id = await engine.trigger(
      await engine.action({ code: 'export default async () => { await new Promise((done) => setTimeout(done, 4_000)); }' }),
    );
    expect(await final(engine, id)).toMatchObject({ status: 'TIMED_OUT', errorCode: 'TIMED_OUT' });
  });
});

describe('without Redis', () => {
  it('runs whose wake-up was lost are executed all the same', async () => {
    const engine = await testEngine();
    const key = await engine.action({ transform: { n: '{{ payload.n }}' } });
    // Nobody works yet, so every job is still in Redis when it is emptied of them.
    const runIds = await Promise.all(Array.from({ length: 30 }, (_, n) => engine.trigger(key, { n })));
    await engine.emptyRedis();
    engine.work();
    await vi.waitFor(async () => expect(await openRuns(engine.app, runIds)).toBe(0), { timeout: 20_000, interval: 100 });
    expect(await tally(engine.app, runIds)).toEqual({ stuck: 0, lost: 0, doubled: 0, statuses: { SUCCEEDED: 30 } });
  });

  it('triggers answer and runs are executed while it is away', async () => {
    // Nothing listens on the discard port of loopback.
    const engine = await workingEngine({ REDIS_URL: 'redis://127.0.0.1:9' });
    const key = await engine.action({ transform: 1 });
    const runIds = await Promise.all(Array.from({ length: 5 }, () => engine.trigger(key)));
    await vi.waitFor(async () => expect((await tally(engine.app, runIds)).statuses).toEqual({ SUCCEEDED: 5 }), {
      timeout: 20_000,
      interval: 100,
    });
  });
});

describe('shares and caps', () => {
  it('let a small workspace through beside the backlog of a large one', async () => {
    const engine = await testEngine({ DISPATCH_WINDOW: '1', WORKER_CONCURRENCY: '4' });
    const key = await engine.action({ transform: 1 });
    await engine.app.db.prisma.run.count();
    const large = await Promise.all(Array.from({ length: 400 }, () => engine.trigger(key)));
    const other = await engine.sibling();
    const small = await Promise.all(Array.from({ length: 5 }, () => other.trigger()));
    await engine.emptyRedis();
    await engine.app.db.prisma.run.updateMany({ data: { dispatchedAt: null } });
    engine.work();
    await vi.waitFor(async () => expect(await openRuns(engine.app, [...large, ...small])).toBe(0), soon);
    const finished = await engine.app.db.prisma.run.findMany({ orderBy: { finishedAt: 'asc' }, select: { id: true } });
    const lastSmall = Math.max(...small.map((id) => finished.findIndex((run) => run.id === id)));
    expect(lastSmall).toBeLessThan(100);
  });

  it('of a backlog that workers come back to, workspaces get equal shares, whatever jobs name its runs', async () => {
    const engine = await testEngine({ WORKER_CONCURRENCY: '4' });
    const key = await engine.action({ transform: 1 });
    const large = await Promise.all(Array.from({ length: 600 }, () => engine.trigger(key)));
    const other = await engine.sibling();
    const small = await Promise.all(Array.from({ length: 60 }, () => other.trigger()));
    const { prisma } = engine.app.db;
    expect(await prisma.run.count({ where: { dispatchedAt: null } })).toBe(0);
    await prisma.run.updateMany({ data: { dispatchedAt: new Date(Date.now() - 60_000) } });
    engine.work();
    await vi.waitFor(async () => expect(await openRuns(engine.app, [...large, ...small])).toBe(0), soon);
    const finished = await prisma.run.findMany({ orderBy: { finishedAt: 'asc' }, select: { id: true } });
    expect(Math.max(...small.map((id) => finished.findIndex((run) => run.id === id)))).toBeLessThan(200);
  });

  it('keep a workspace within its cap of running runs', async () => {
    const engine = await testEngine();
    await engine.app.db.prisma.workspace.update({ where: { id: engine.workspace.workspaceId }, data: { maxRunning: 2 } });
    const key = await engine.action({ code: 'export default async () => { await new Promise((done) => setTimeout(done, 150)); }' });
    const runIds = await Promise.all(Array.from({ length: 8 }, () => engine.trigger(key)));
    engine.work();
    engine.work();
    let most = 0;
    await vi.waitFor(async () => {
      most = Math.max(most, await engine.app.db.prisma.run.count({ where: { status: 'RUNNING' } }));
      expect(await openRuns(engine.app, runIds)).toBe(0);
    }, soon);
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(2);
  });
});

describe('an interval schedule', () => {
  it('fires each nominal time once, however many workers there are', async () => {
    const engine = await workingEngine();
    engine.work();
    const key = await engine.action({ transform: 1 });
    const automation = await engine.app.db.prisma.automation.findFirstOrThrow({ where: { key } });
    const scheduleId = await transact(engine.app, engine.viewer, (work) =>
      createSchedule(work, { automationId: automation.id, interval: 'PT1S', payload: null }),
    );
    await vi.waitFor(async () => expect(await engine.app.db.prisma.tick.count({ where: { scheduleId } })).toBeGreaterThanOrEqual(4), soon);
    const ticks = await engine.app.db.prisma.tick.findMany({ where: { scheduleId }, orderBy: { nominalAt: 'asc' }, take: 4 });
    const first = ticks[0]?.nominalAt.getTime() ?? 0;
    expect(ticks.map((tick) => tick.nominalAt.getTime() - first)).toEqual([0, 1_000, 2_000, 3_000]);
    const runs = await engine.app.db.prisma.run.findMany({ where: { scheduleId } });
    const fired = await engine.app.db.prisma.tick.findMany({ where: { scheduleId, status: { not: 'SKIPPED' } } });
    expect(new Set(fired.map((tick) => tick.runId)).size).toBe(fired.length);
    expect(runs.map((run) => run.id).sort()).toEqual(expect.arrayContaining(fired.map((tick) => tick.runId).sort()));
  });
});
