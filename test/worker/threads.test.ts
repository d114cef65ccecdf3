import { describe, expect, it, vi } from 'vitest';
import type { CreateActionInput } from '#domain/action/action.input';
import { createAction, disableAction } from '#domain/action/action.service';
import { stuckRuns } from '#domain/run/run.invariant';
import { cancelRun, retryRun } from '#domain/run/run.service';
import { newId } from '#platform/ids';
import { transact } from '#platform/work/work';
import { type Engine, openRuns, tally, testEngine } from '#test/support/engine';

const soon = { timeout: 110_000, interval: 50 };

/** A namespace of the engine's workspace. */
async function namespace({ app, workspace: { workspaceId } }: Engine): Promise<{ readonly id: string }> {
  const id = newId();
  await app.db.prisma.namespace.create({ data: { id, workspaceId, key: `space-${id}`, name: 'Space' } });
  return { id };
}

type Wanted = Omit<CreateActionInput, 'workspaceId' | 'name' | 'transform'> & { readonly transform?: unknown };

function action({ app, viewer, workspace: { workspaceId } }: Engine, wanted: Wanted): Promise<string> {
  return transact(app, viewer, (work) =>
    createAction(work, { transform: undefined, ...wanted, workspaceId, name: wanted.key ?? 'Action' }),
  );
}

const runOf = ({ app }: Engine, id: string) => app.db.prisma.run.findUniqueOrThrow({ where: { id } });

async function allFinal(engine: Engine, runIds: readonly string[]): Promise<void> {
  await vi.waitFor(async () => expect(await openRuns(engine.app, runIds)).toBe(0), soon);
}

/** What is wrong with how runs followed each other on their threads: overlaps, and runs that came before an earlier one. */
async function disorder({ app }: Engine, runIds: readonly string[]): Promise<string[]> {
  const runs = await app.db.prisma.run.findMany({ where: { id: { in: [...runIds] }, startedAt: { not: null } }, orderBy: { id: 'asc' } });
  const last = new Map<string, (typeof runs)[number]>();
  return runs.flatMap((run) => {
    const before = last.get(run.threadKey ?? '');
    last.set(run.threadKey ?? '', run);
    if (before === undefined) return [];
    const late = (before.finishedAt?.getTime() ?? Infinity) > (run.startedAt?.getTime() ?? 0);
    return late ? [`${run.threadKey ?? ''}: ${before.id} and ${run.id}`] : [];
  });
}

const sleepy = 'export default async (input) => { await new Promise((done) => setTimeout(done, input.ms)); return input; }';

describe('runs on one thread', () => {
  it('follow each other in their order, whichever of several workers executes them, while some are killed', {
    timeout: 240_000,
  }, async () => {
    const engine = await testEngine();
    const space = await namespace(engine);
    await action(engine, {
      key: 'threaded',
      code: sleepy,
      namespace: space,
      threadMode: 'TEMPLATE',
      threadTemplate: 'line-{{ payload.line }}',
    });
    await action(engine, { key: 'fixed', code: sleepy, namespace: space, threadMode: 'FIXED', thread: 'line-0' });
    const workers = [engine.worker(), engine.worker(), engine.worker()];
    const runIds: string[] = [];
    // Ten clients, each with its own line: what one asks for later is queued later.
    const clients = Array.from({ length: 10 }, async (_, line) => {
      for (let n = 0; n < 20; n += 1) {
        const key = line === 0 && n % 2 === 1 ? 'fixed' : 'threaded';
        runIds.push(await engine.trigger(key, { line, ms: Math.floor(Math.random() * 60) }));
      }
    });
    await Promise.all(clients);
    for (const [index, worker] of workers.entries()) {
      if (index === 2) break;
      const done = await engine.app.db.prisma.run.count({ where: { status: 'SUCCEEDED' } });
      await vi.waitFor(
        async () =>
          expect(await engine.app.db.prisma.run.count({ where: { status: 'SUCCEEDED' } })).toBeGreaterThan(Math.min(done + 10, 170)),
        soon,
      );
      await worker.kill('SIGKILL');
      engine.worker();
    }
    await allFinal(engine, runIds);
    expect(await tally(engine.app, runIds)).toEqual({ stuck: 0, lost: 0, doubled: 0, statuses: { SUCCEEDED: 200 } });
    expect(await disorder(engine, runIds)).toEqual([]);
    expect(await engine.app.db.prisma.thread.count({ where: { namespaceId: space.id } })).toBe(10);
    expect(await stuckRuns(engine.app.db.sql, 0)).toEqual([]);
  });

  it('wait from the moment they are triggered, and their events say so', { timeout: 120_000 }, async () => {
    const engine = await testEngine();
    await action(engine, { key: 'fixed', transform: 1, namespace: await namespace(engine), threadMode: 'FIXED', thread: 'one' });
    const id = await engine.trigger('fixed');
    expect(await runOf(engine, id)).toMatchObject({
      status: 'WAITING',
      waitKind: 'THREAD',
      dispatchedAt: null,
      threadId: null,
      sequence: 1,
    });
    engine.work();
    await allFinal(engine, [id]);
    const events = await engine.app.db.prisma.runEvent.findMany({ where: { runId: id }, orderBy: { sequence: 'asc' } });
    expect(events.slice(0, 3).map(({ type, status }) => `${type} ${status}`)).toEqual([
      'RUN_WAITING WAITING',
      'RUN_QUEUED QUEUED',
      'RUN_STARTED RUNNING',
    ]);
    expect(await runOf(engine, id)).toMatchObject({ status: 'SUCCEEDED', threadKey: 'one' });
    expect(await tally(engine.app, [id])).toMatchObject({ doubled: 0 });
  });

  it('leave the thread to the next one however they end', { timeout: 120_000 }, async () => {
    const engine = await testEngine();
    const space = await namespace(engine);
    const on = { namespace: space, threadMode: 'FIXED', thread: 'one' } as const;
    await action(engine, { key: 'fails', code: "export default () => { throw new Error('no'); }", ...on });
    await action(engine, {
      key: 'late',
      code: 'export default () => new Promise((done) => setTimeout(done, 60000))',
      timeout: 'PT0.3S',
      ...on,
    });
    await action(engine, {
      key: 'retries',
      code: "export default () => { throw new Error('no'); }",
      retry: { maxRetries: 1, delay: 'PT0.5S' },
      ...on,
    });
    await action(engine, {
      key: 'hangs',
      code: 'export default () => new Promise((done) => setTimeout(done, 60000))',
      timeout: 'PT20S',
      ...on,
    });
    await action(engine, { key: 'works', transform: 1, ...on });
    const ids: string[] = [];
    for (const key of ['fails', 'late', 'retries', 'hangs', 'works', 'works', 'works']) ids.push(await engine.trigger(key));
    const [, , retries = '', hangs = '', , skipped = '', last = ''] = ids;
    // One that waits and is cancelled holds nobody up.
    await transact(engine.app, engine.viewer, (work) => cancelRun(work, { runId: skipped }));
    engine.work();
    // A run that waits for its next attempt keeps its thread.
    await vi.waitFor(async () => expect(await runOf(engine, retries)).toMatchObject({ status: 'WAITING', waitKind: 'RETRY' }), soon);
    expect(await runOf(engine, hangs)).toMatchObject({ status: 'WAITING', waitKind: 'THREAD' });
    await vi.waitFor(async () => expect((await runOf(engine, hangs)).status).toBe('RUNNING'), soon);
    await transact(engine.app, engine.viewer, (work) => cancelRun(work, { runId: hangs }));
    await allFinal(engine, ids);
    const statuses = await Promise.all(ids.map(async (id) => (await runOf(engine, id)).status));
    expect(statuses).toEqual(['FAILED', 'TIMED_OUT', 'FAILED', 'CANCELED', 'SUCCEEDED', 'CANCELED', 'SUCCEEDED']);
    expect(await disorder(engine, ids)).toEqual([]);
    // A repeat joins the thread again, at its end.
    const again = await transact(engine.app, engine.viewer, (work) => retryRun(work, { runId: hangs }));
    expect(await runOf(engine, again)).toMatchObject({ status: 'WAITING', waitKind: 'THREAD', threadKey: 'one' });
    await vi.waitFor(async () => expect((await runOf(engine, again)).status).toBe('RUNNING'), soon);
    expect((await runOf(engine, again)).threadId).toBe((await runOf(engine, last)).threadId);
    await transact(engine.app, engine.viewer, (work) => cancelRun(work, { runId: again }));
    await allFinal(engine, [again]);
  });

  it('move on when no message tells of an end', { timeout: 120_000 }, async () => {
    const engine = await testEngine();
    await action(engine, { key: 'fixed', transform: 1, namespace: await namespace(engine), threadMode: 'FIXED', thread: 'one' });
    const [first, second] = [await engine.trigger('fixed'), await engine.trigger('fixed')];
    engine.work();
    await allFinal(engine, [first, second]);
    const third = await engine.trigger('fixed');
    await allFinal(engine, [third]);
    // As a process would leave them that dies right after its commit.
    const { threadId } = await runOf(engine, third);
    const fourth = newId();
    const { id: _id, ...row } = await runOf(engine, third);
    await engine.app.db.prisma.run.create({
      data: {
        ...row,
        input: 1,
        output: 1,
        errorDetail: {},
        resolvedPayload: 1,
        resumeEvent: 1,
        tags: [],
        id: fourth,
        status: 'WAITING',
        waitKind: 'THREAD',
        waitSince: engine.app.clock.now(),
        threadId,
        finishedAt: null,
        startedAt: null,
        sequence: 0,
      },
    });
    const begun = performance.now();
    await allFinal(engine, [fourth]);
    expect(performance.now() - begun).toBeLessThan(3_000);
  });
});

describe('a run that waits for its thread', () => {
  it('is told of as stuck when nobody admits it, and when its thread is free', { timeout: 120_000 }, async () => {
    const engine = await testEngine();
    const { sql, prisma } = engine.app.db;
    await action(engine, { key: 'fixed', transform: 1, namespace: await namespace(engine), threadMode: 'FIXED', thread: 'one' });
    const first = await engine.trigger('fixed');
    const second = await engine.trigger('fixed');
    expect(await stuckRuns(sql, 60_000)).toEqual([]);
    expect(await stuckRuns(sql, 0)).toEqual([{ reason: 'THREAD_IDLE', runs: 2, runId: first }]);
    const { namespaceId } = await prisma.automationVersion.findFirstOrThrow();
    const thread = await prisma.thread.create({
      data: { id: newId(), workspaceId: engine.workspace.workspaceId, namespaceId: namespaceId ?? '', key: 'one' },
    });
    await prisma.run.update({ where: { id: second }, data: { threadId: thread.id } });
    // An open run before it is what it waits for.
    await prisma.run.update({ where: { id: first }, data: { threadId: thread.id, waitKind: 'RETRY', waitUntil: new Date(9e12) } });
    expect(await stuckRuns(sql, 0)).toEqual([]);
    await transact(engine.app, engine.viewer, (work) => cancelRun(work, { runId: first }));
    expect(await stuckRuns(sql, 60_000)).toEqual([]);
    expect(await stuckRuns(sql, 0)).toEqual([{ reason: 'THREAD_IDLE', runs: 1, runId: second }]);
  });
});

describe('the name of a thread', () => {
  it('is rendered with what the run was triggered with', { timeout: 120_000 }, async () => {
    const engine = await testEngine();
    const space = await namespace(engine);
    await action(engine, {
      key: 'named',
      transform: '{{ input }}',
      namespace: space,
      threadMode: 'TEMPLATE',
      threadTemplate: '{{ payload.customer }}-{{ date }}-{{ action.key }}-{{ last_run.status or "first" }}',
    });
    engine.work();
    const first = await engine.trigger('named', { customer: 7 });
    await allFinal(engine, [first]);
    const second = await engine.trigger('named', { customer: 7 });
    await allFinal(engine, [second]);
    const day = (await runOf(engine, first)).queuedAt.toISOString().slice(0, 10);
    expect((await runOf(engine, first)).threadKey).toBe(`7-${day}-named-first`);
    expect((await runOf(engine, second)).threadKey).toBe(`7-${day}-named-SUCCEEDED`);
  });

  it('that cannot be made ends the run, and counts it', { timeout: 120_000 }, async () => {
    const engine = await testEngine();
    const space = await namespace(engine);
    const id = await action(engine, {
      key: 'named',
      transform: 1,
      namespace: space,
      threadMode: 'TEMPLATE',
      threadTemplate: '{{ payload.name + 1 }}',
    });
    engine.work();
    const typed = await engine.trigger('named', { name: 'x' });
    const missing = await engine.trigger('named', {});
    const long = await engine.trigger('named', { name: 5 });
    await allFinal(engine, [typed, missing, long]);
    expect(await runOf(engine, typed)).toMatchObject({
      status: 'FAILED',
      errorCode: 'TYPE',
      errorDetail: { line: 1, column: 4 },
      startedAt: null,
    });
    expect(await runOf(engine, long)).toMatchObject({ status: 'SUCCEEDED', threadKey: '6' });
    expect(await tally(engine.app, [typed, missing, long])).toMatchObject({ doubled: 0 });
    expect(await engine.app.db.prisma.automationCounter.findUnique({ where: { automationId: id } })).toMatchObject({
      totalRuns: 3,
      succeededRuns: 1,
      failedRuns: 2,
    });
  });

  it('can be given with the trigger, in place of what the mode says, also while the action is disabled', { timeout: 120_000 }, async () => {
    const engine = await testEngine();
    const space = await namespace(engine);
    const { app, viewer } = engine;
    const { workspaceId } = engine.workspace;
    const id = await action(engine, { key: 'free', transform: 1, namespace: space });
    await action(engine, { key: 'bare', transform: 1 });
    await transact(app, viewer, (work) => disableAction(work, { id }));
    const item = { workspaceId, trigger: 'API', thread: 'given' } as const;
    const run = await app.triggers.trigger(viewer, { ...item, automationKey: 'free' });
    expect(run).toMatchObject({ status: 'WAITING', waitKind: 'THREAD', threadKey: 'given' });
    await expect(app.triggers.trigger(viewer, { ...item, automationKey: 'bare' })).rejects.toMatchObject({
      fields: [{ path: ['thread'], code: 'NO_NAMESPACE' }],
    });
    await expect(app.triggers.trigger(viewer, { ...item, automationKey: 'free', thread: '' })).rejects.toMatchObject({
      fields: [{ path: ['thread'], code: 'FORMAT' }],
    });
    engine.work();
    await allFinal(engine, [run.id]);
    const own = await engine.trigger('free');
    await allFinal(engine, [own]);
    expect(await runOf(engine, own)).toMatchObject({ threadId: null, threadKey: null });
    expect(await app.db.prisma.thread.findMany({ select: { key: true } })).toEqual([{ key: 'given' }]);
  });

  it('has a namespace that is gone: the run ends', { timeout: 120_000 }, async () => {
    const engine = await testEngine();
    const space = await namespace(engine);
    await action(engine, { key: 'fixed', transform: 1, namespace: space, threadMode: 'FIXED', thread: 'one' });
    const id = await engine.trigger('fixed');
    await engine.app.db.prisma.namespace.delete({ where: space });
    engine.work();
    await allFinal(engine, [id]);
    expect(await runOf(engine, id)).toMatchObject({ status: 'FAILED', errorCode: 'NAMESPACE_DELETED' });
  });
});
