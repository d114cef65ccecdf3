import { describe, expect, it, vi } from 'vitest';
import { transact } from '#platform/work/work';
import { newId } from '#platform/ids';
import { claimRuns, pullRuns, pullSuspectRuns } from '#domain/run/run.claim';
import { createBacklog } from '#domain/run/run.backlog';
import { stuckRuns } from '#domain/run/run.invariant';
import { queueDueRuns } from '#domain/run/run.lease';
import { pausedHost, parkPausedRuns, releasePausedRuns } from '#domain/run/run.pause';
import { type PauseSubject, pause, resume } from '#domain/run/pause.service';
import { cancelRun } from '#domain/run/run.service';
import { createClaims } from '#worker/claims';
import { createSlots } from '#worker/slots';
import { type Engine, openRuns, tally, testEngine } from '#test/support/engine';

const soon = { timeout: 60_000, interval: 50 };
const hold = { owner: newId(), leaseMs: 6_000 };

const whole = ({ workspace }: Engine): PauseSubject => ({ kind: 'WORKSPACE', id: workspace.workspaceId });
const begin = (engine: Engine, subject = whole(engine), reason = '') =>
  transact(engine.app, engine.viewer, (work) => pause(work, { subject, reason }));
const end = (engine: Engine, subject = whole(engine)) => transact(engine.app, engine.viewer, (work) => resume(work, { subject }));

function stateOf({ app }: Engine, id: string) {
  return app.db.prisma.run.findUniqueOrThrow({ where: { id } });
}

function parked({ app }: Engine): Promise<number> {
  return app.db.prisma.run.count({ where: { status: 'WAITING', waitKind: 'PAUSED' } });
}

/** Queued runs as triggers leave them, but without a wake-up and as many as wanted at once. */
async function backlogOf({ app, workspace }: Engine, key: string, count: number, queuedAt = new Date()): Promise<string[]> {
  const { prisma } = app.db;
  const automation = await prisma.automation.findFirstOrThrow({ where: { key, workspaceId: workspace.workspaceId } });
  const version = await prisma.automationVersion.findFirstOrThrow({ where: { automationId: automation.id } });
  const ids = Array.from({ length: count }, () => newId());
  await prisma.run.createMany({
    data: ids.map((id) => ({
      id,
      workspaceId: workspace.workspaceId,
      environmentId: workspace.environmentId,
      automationId: automation.id,
      versionId: version.id,
      planHash: version.planHash,
      trigger: 'API' as const,
      actorKind: 'SYSTEM' as const,
      queuedAt,
    })),
  });
  await prisma.runEvent.createMany({
    data: ids.map((runId) => ({
      runId,
      sequence: 1,
      workspaceId: workspace.workspaceId,
      automationId: automation.id,
      type: 'RUN_QUEUED' as const,
      at: queuedAt,
      status: 'QUEUED' as const,
    })),
  });
  return ids;
}

describe('a run that a pause covers', () => {
  it('is claimed in no way, and the runs beside it are', async () => {
    const engine = await testEngine();
    const { sql, prisma } = engine.app.db;
    const [stopped, going] = [await engine.action({ transform: 1 }), await engine.action({ transform: 1 })];
    const { id } = await prisma.automation.findFirstOrThrow({ where: { key: stopped } });
    await begin(engine, { kind: 'AUTOMATION', id });
    const held = await engine.trigger(stopped);
    const free = await engine.trigger(going);
    expect((await claimRuns(sql, [held, free], hold)).map((run) => run.id)).toEqual([free]);
    await prisma.run.update({ where: { id: held }, data: { dispatchedAt: null } });
    expect(await pullRuns(sql, 10, hold)).toEqual([]);
    await prisma.run.update({ where: { id: held }, data: { crashes: 1 } });
    expect(await pullSuspectRuns(sql, 10, hold)).toEqual([]);
    await end(engine, { kind: 'AUTOMATION', id });
    expect((await pullSuspectRuns(sql, 10, hold)).map((run) => run.id)).toEqual([held]);
  });

  it('is covered by the pause of its app, too', async () => {
    const engine = await testEngine();
    const { sql, prisma } = engine.app.db;
    const key = await engine.action({ transform: 1 });
    const { workspaceId } = engine.workspace;
    const app = await prisma.app.create({ data: { id: newId(), workspaceId, key: 'shop', name: 'Shop' } });
    await prisma.automation.updateMany({ where: { key }, data: { appId: app.id } });
    await begin(engine, { kind: 'APP', id: app.id }, 'moving house');
    const run = await engine.trigger(key);
    expect(await claimRuns(sql, [run], hold)).toEqual([]);
    expect(await parkPausedRuns(sql)).toEqual([run]);
    expect(await stateOf(engine, run)).toMatchObject({ status: 'WAITING', waitDetail: 'Its app is paused: moving house' });
  });

  it('waits for the broadest pause, and for the next one when that has ended', async () => {
    const engine = await testEngine();
    const { sql, prisma } = engine.app.db;
    const key = await engine.action({ transform: 1 });
    const { id } = await prisma.automation.findFirstOrThrow({ where: { key } });
    const own = await begin(engine, { kind: 'AUTOMATION', id });
    const broad = await begin(engine);
    const run = await engine.trigger(key);
    await parkPausedRuns(sql);
    expect(await stateOf(engine, run)).toMatchObject({ status: 'WAITING', waitKind: 'PAUSED', pauseId: broad });
    await end(engine);
    expect(await releasePausedRuns(sql, 2_000)).toEqual([{ id: run, dispatched: true }]);
    expect(await parkPausedRuns(sql)).toEqual([run]);
    expect(await stateOf(engine, run)).toMatchObject({ status: 'WAITING', pauseId: own, waitDetail: 'Its automation is paused.' });
    expect(await tally(engine.app, [run])).toMatchObject({ doubled: 0 });
  });

  it('is parked by a worker, tells so in its events, and is executed in its order after the resume', async () => {
    const engine = await testEngine({ WORKER_CONCURRENCY: '1' });
    const key = await engine.action({ transform: '{{ payload.n }}' });
    await begin(engine, whole(engine), 'maintenance');
    engine.work();
    const runIds: string[] = [];
    for (let n = 0; n < 30; n += 1) runIds.push(await engine.trigger(key, { n }));
    await vi.waitFor(async () => expect(await parked(engine)).toBe(30), soon);
    // Their first wake-ups are used up, too: one that comes late brings its run ahead of the others.
    await vi.waitFor(async () => expect(await engine.app.queue.depth()).toBe(0), soon);
    expect(await stateOf(engine, runIds[0] ?? '')).toMatchObject({ waitDetail: 'The workspace is paused: maintenance', waitUntil: null });
    await end(engine);
    await vi.waitFor(async () => expect(await openRuns(engine.app, runIds)).toBe(0), soon);
    expect(await tally(engine.app, runIds)).toEqual({ stuck: 0, lost: 0, doubled: 0, statuses: { SUCCEEDED: 30 } });
    // Times have milliseconds: of two runs that began in the same one, the ids tell.
    const started = await engine.app.db.prisma.run.findMany({
      orderBy: [{ startedAt: 'asc' }, { id: 'asc' }],
      select: { id: true, pauseId: true },
    });
    expect(started).toEqual(runIds.map((id) => ({ id, pauseId: null })));
    const events = await engine.app.db.prisma.runEvent.findMany({ where: { runId: runIds[0] ?? '' }, orderBy: { sequence: 'asc' } });
    expect(events.slice(0, 4).map(({ type, status }) => [type, status])).toEqual([
      ['RUN_QUEUED', 'QUEUED'],
      ['RUN_WAITING', 'WAITING'],
      ['RUN_QUEUED', 'QUEUED'],
      ['RUN_STARTED', 'RUNNING'],
    ]);
  });

  it('goes on when it was running, and its retry waits', async () => {
    const engine = await testEngine();
    const { prisma, sql } = engine.app.db;
    const code = "let tried = false; export default async () => { throw new Error('no'); }";
    const key = await engine.action({ code }, { maxRetries: 1, delay: 'PT0.3S' });
    const slow = await engine.action({
      code: 'export default async () => { await new Promise((done) => setTimeout(done, 500)); return 1; }',
    });
    engine.work();
    const [retrying, running] = [await engine.trigger(key), await engine.trigger(slow)];
    await vi.waitFor(async () => expect((await stateOf(engine, running)).status).toBe('RUNNING'), soon);
    await begin(engine);
    await vi.waitFor(async () => expect((await stateOf(engine, running)).status).toBe('SUCCEEDED'), soon);
    await vi.waitFor(async () => expect(await stateOf(engine, retrying)).toMatchObject({ status: 'WAITING', waitKind: 'PAUSED' }), soon);
    expect(await queueDueRuns(sql)).toEqual([]);
    await end(engine);
    await vi.waitFor(async () => expect((await stateOf(engine, retrying)).status).toBe('FAILED'), soon);
    expect((await prisma.stepRun.findFirstOrThrow({ where: { runId: retrying } })).attempts).toHaveLength(2);
  });

  it('can be cancelled at once', async () => {
    const engine = await testEngine();
    const key = await engine.action({ transform: 1 });
    await begin(engine);
    const run = await engine.trigger(key);
    await parkPausedRuns(engine.app.db.sql);
    await transact(engine.app, engine.viewer, (work) => cancelRun(work, { runId: run }));
    expect(await stateOf(engine, run)).toMatchObject({ status: 'CANCELED', pauseId: null, waitKind: null });
    await end(engine);
    expect(await releasePausedRuns(engine.app.db.sql, 2_000)).toEqual([]);
  });
});

describe('a worker that is killed while it parks or queues again', () => {
  it('loses no run and leaves none behind', { timeout: 150_000 }, async () => {
    const engine = await testEngine();
    const key = await engine.action({ transform: 1 });
    const runIds = await backlogOf(engine, key, 3_000);
    await begin(engine);
    const first = engine.worker();
    await vi.waitFor(async () => expect(await parked(engine)).toBeGreaterThan(0), { ...soon, interval: 5 });
    await first.kill('SIGKILL');
    expect((await tally(engine.app, runIds)).lost).toBe(0);
    const second = engine.worker();
    await vi.waitFor(async () => expect(await parked(engine)).toBe(3_000), soon);
    await end(engine);
    await vi.waitFor(async () => expect(await parked(engine)).toBeLessThan(3_000), { ...soon, interval: 5 });
    await second.kill('SIGKILL');
    engine.worker();
    await vi.waitFor(async () => expect(await openRuns(engine.app, runIds)).toBe(0), soon);
    expect(await tally(engine.app, runIds)).toEqual({ stuck: 0, lost: 0, doubled: 0, statuses: { SUCCEEDED: 3_000 } });
  });
});

describe('a paused workspace', () => {
  it('with 5 000 runs leaves others their full speed, in dispatch and in pulls', { timeout: 60_000 }, async () => {
    const engine = await testEngine();
    const { app } = engine;
    const key = await engine.action({ transform: 1 });
    const other = await engine.sibling();
    await begin(engine);
    await backlogOf(engine, key, 5_000);
    const backlog = createBacklog(app);
    await vi.waitFor(() => expect(backlog.wakes(engine.workspace.workspaceId)).toBe(false), { timeout: 5_000 });
    expect(backlog.total()).toBe(0);
    await backlog.close();
    // Before anything is parked: the queue of the paused workspace is not even looked into.
    const own = await other.trigger();
    await app.db.prisma.run.update({ where: { id: own }, data: { dispatchedAt: null } });
    expect((await pullRuns(app.db.sql, 16, hold)).map((run) => run.id)).toEqual([own]);
    engine.work();
    const runIds = await Promise.all(Array.from({ length: 200 }, () => other.trigger()));
    await vi.waitFor(async () => expect((await tally(app, runIds)).statuses).toEqual({ SUCCEEDED: 200 }), {
      timeout: 10_000,
      interval: 20,
    });
    await vi.waitFor(async () => expect(await parked(engine)).toBe(5_000), soon);
    expect(await app.db.prisma.run.count({ where: { workspaceId: engine.workspace.workspaceId, status: { not: 'WAITING' } } })).toBe(0);
  });

  it('keeps its cap on waiting runs', async () => {
    const engine = await testEngine();
    const { app, workspace } = engine;
    const key = await engine.action({ transform: 1 });
    await app.db.prisma.workspace.update({ where: { id: workspace.workspaceId }, data: { maxQueued: 10 } });
    await begin(engine);
    await backlogOf(engine, key, 10);
    expect(await parkPausedRuns(app.db.sql)).toHaveLength(10);
    const backlog = createBacklog(app);
    await vi.waitFor(() => expect(backlog.fullAt(workspace.workspaceId)).toBe(10), { timeout: 5_000 });
    await backlog.close();
  });

  it('is not taken for stuck, and what waits for a pause that ended is', async () => {
    const engine = await testEngine();
    const { app } = engine;
    const key = await engine.action({ transform: 1 });
    await begin(engine);
    const long = new Date(Date.now() - 3_600_000);
    const [run = '', queued = ''] = await backlogOf(engine, key, 2, long);
    expect(await stuckRuns(app.db.sql, 30_000)).toEqual([]);
    await parkPausedRuns(app.db.sql);
    expect(await stuckRuns(app.db.sql, 30_000)).toEqual([]);
    await end(engine);
    // The audit log says that the pause ended a moment ago.
    expect(await stuckRuns(app.db.sql, 30_000)).toEqual([]);
    await app.db.prisma.auditEntry.updateMany({ where: { operation: 'resume' }, data: { at: long } });
    expect(await stuckRuns(app.db.sql, 30_000)).toEqual([{ reason: 'PAUSE_ENDED', runs: 2, runId: run < queued ? run : queued }]);
  });
});

describe('a pause of a host', () => {
  it('is found by the spelling of a call, holds nothing back by itself, and lets go of who waits for it', async () => {
    const engine = await testEngine();
    const { sql, prisma } = engine.app.db;
    const { workspaceId } = engine.workspace;
    const subject: PauseSubject = { kind: 'HOST', workspaceId, host: 'API.example.com:443' };
    const id = await begin(engine, subject, 'they asked');
    expect(await pausedHost(sql, workspaceId, 'api.example.com')).toEqual({ id, reason: 'they asked' });
    expect(await pausedHost(sql, newId(), 'api.example.com')).toBeNull();
    expect(await pausedHost(sql, workspaceId, 'example.com')).toBeNull();
    const run = await engine.trigger(await engine.action({ transform: 1 }));
    expect(await parkPausedRuns(sql)).toEqual([]);
    expect(await claimRuns(sql, [run], hold)).toHaveLength(1);
    await prisma.run.update({
      where: { id: run },
      data: { status: 'WAITING', waitKind: 'PAUSED', pauseId: id, waitSince: new Date(), leaseOwner: null, leaseUntil: null },
    });
    expect(await releasePausedRuns(sql, 2_000)).toEqual([]);
    await end(engine, subject);
    expect((await releasePausedRuns(sql, 2_000)).map((released) => released.id)).toEqual([run]);
  });
});

it('a run whose wake-up came while it was paused, and that nobody parked, can be pulled as soon as the pause ends', async () => {
  const engine = await testEngine();
  const key = await engine.action({ transform: 1 });
  await begin(engine);
  const id = await engine.trigger(key);
  const slots = createSlots(1, () => undefined);
  const claims = createClaims({
    platform: engine.app,
    slots,
    total: 1,
    options: hold,
    solo: false,
    start: () => expect.unreachable('the run is paused'),
  });
  await claims.take([id]);
  await claims.close();
  await end(engine);
  expect((await pullRuns(engine.app.db.sql, 1, hold)).map((run) => run.id)).toEqual([id]);
});
