import { expect, it, vi } from 'vitest';
import { createAction } from '#domain/action/action.service';
import { cancelRun, retryRun } from '#domain/run/run.service';
import { stuckRuns } from '#domain/run/run.invariant';
import { newId } from '#platform/ids';
import { transact } from '#platform/work/work';
import { type Engine, openRuns, tally, testEngine } from '#test/support/engine';

const soon = { timeout: 180_000, interval: 100 };

/** What the rows say, in the form of the counters. */
async function counted({ app }: Engine) {
  const rows = await app.db.prisma.run.groupBy({ by: ['automationId', 'status'], _count: true });
  const totals: Record<string, { totalRuns: number; succeededRuns: number; failedRuns: number }> = {};
  for (const { automationId, status, _count } of rows) {
    const one = (totals[automationId ?? ''] ??= { totalRuns: 0, succeededRuns: 0, failedRuns: 0 });
    one.totalRuns += _count;
    if (status === 'SUCCEEDED') one.succeededRuns += _count;
    else one.failedRuns += _count;
  }
  return totals;
}

it('the counters of automations agree with their runs, however those end and whichever workers are killed', {
  timeout: 300_000,
}, async () => {
  // Few at once, so that few are suspects after a kill: those run one by one.
  const engine = await testEngine({ CRASHES_MAX: '1', SANDBOXES: '1', WORKER_CONCURRENCY: '6' });
  const { app, viewer } = engine;
  const { prisma } = app.db;
  const { workspaceId } = engine.workspace;
  const namespaceId = newId();
  await prisma.namespace.create({ data: { id: namespaceId, workspaceId, key: 'space', name: 'Space' } });
  const make = (key: string, wanted: object) =>
    transact(app, viewer, (work) => createAction(work, { workspaceId, key, name: key, transform: undefined, ...wanted }));
  const thread = { namespace: { id: namespaceId }, threadMode: 'TEMPLATE', threadTemplate: '{{ payload.line }}' };
  await make('works', { transform: '{{ payload }}' });
  await make('fails', { code: "export default () => { throw new Error('no'); }", retry: { maxRetries: 2, delay: 'PT0.1S' } });
  await make('recovers', {
    code: "export default (input, { attempt }) => { if (attempt < 2) throw new Error('no'); }",
    retry: { maxRetries: 2, delay: 'PT0.1S' },
  });
  await make('late', { code: 'export default () => new Promise((done) => setTimeout(done, 60000))', timeout: 'PT0.2S' });
  await make('slow', { code: 'export default () => new Promise((done) => setTimeout(done, 400))' });
  await make('threaded', { code: 'export default () => new Promise((done) => setTimeout(done, 20))', ...thread });
  await make('unrenderable', { transform: 1, payload: '{{ payload.line + [] }}' });
  await make('unnameable', { transform: 1, ...thread, threadTemplate: '{{ payload.missing }}' });
  const keys = ['works', 'fails', 'recovers', 'late', 'slow', 'threaded', 'unrenderable', 'unnameable'];
  const workers = [engine.worker(), engine.worker()];
  const runIds: string[] = [];
  for (let n = 0; n < 160; n += 1) {
    const id = await engine.trigger(keys[n % keys.length] ?? '', { line: `line-${n % 3}` });
    runIds.push(id);
    // In whatever state it is by now: queued, running, waiting for its thread or for its next attempt, or final.
    const victim = n % 5 === 4 ? runIds[Math.floor(Math.random() * runIds.length)] : undefined;
    if (victim !== undefined) await transact(app, viewer, (work) => cancelRun(work, { runId: victim })).catch(() => undefined);
    if (n % 60 === 59) {
      await workers[0]?.kill('SIGKILL');
      workers.shift();
      workers.push(engine.worker());
    }
  }
  await vi.waitFor(async () => expect(await openRuns(app, runIds)).toBe(0), soon);
  const failed = await prisma.run.findMany({ where: { status: { in: ['FAILED', 'CANCELED', 'TIMED_OUT'] } }, take: 8 });
  for (const run of failed) runIds.push(await transact(app, viewer, (work) => retryRun(work, { runId: run.id })));
  await vi.waitFor(async () => expect(await openRuns(app, runIds)).toBe(0), soon);

  // One that kills whoever executes it: dead after the crash of a process in which it was alone.
  const poison = await engine.trigger('slow');
  await vi.waitFor(async () => expect((await prisma.run.findUniqueOrThrow({ where: { id: poison } })).status).toBe('RUNNING'), soon);
  await prisma.run.update({ where: { id: poison }, data: { epoch: { increment: 1 }, leaseSolo: true, leaseUntil: new Date(0) } });
  await vi.waitFor(async () => expect((await prisma.run.findUniqueOrThrow({ where: { id: poison } })).status).toBe('DEAD'), soon);
  runIds.push(poison);

  const { statuses, doubled, lost } = await tally(app, runIds);
  expect({ doubled, lost }).toEqual({ doubled: 0, lost: 0 });
  for (const status of ['SUCCEEDED', 'FAILED', 'CANCELED', 'TIMED_OUT', 'DEAD']) expect(statuses[status], status).toBeGreaterThan(0);
  const counters = await prisma.automationCounter.findMany();
  expect(Object.fromEntries(counters.map(({ automationId, ...counter }) => [automationId, counter]))).toEqual(await counted(engine));
  expect(await stuckRuns(app.db.sql, 0)).toEqual([]);
});
