import { describe, expect, it, vi } from 'vitest';
import type { CreateActionInput } from '#domain/action/action.input';
import { createAction } from '#domain/action/action.service';
import { retryRun } from '#domain/run/run.service';
import { transact } from '#platform/work/work';
import { encodeId } from '#schema/node';
import { type Engine, openRuns, tally, testEngine } from '#test/support/engine';

const soon = { timeout: 100_000, interval: 50 };

function action(
  { app, viewer, workspace: { workspaceId } }: Engine,
  wanted: Partial<CreateActionInput> & { readonly key: string },
): Promise<string> {
  return transact(app, viewer, (work) => createAction(work, { transform: undefined, ...wanted, workspaceId, name: 'Named' }));
}

async function final(engine: Engine, id: string) {
  await vi.waitFor(async () => expect(await openRuns(engine.app, [id])).toBe(0), soon);
  return engine.app.db.prisma.run.findUniqueOrThrow({ where: { id } });
}

const echo = 'export default async (input) => input';

describe('the payload template of an action', () => {
  it('sees what the trigger gave, the time, the run, its action and the run before', { timeout: 120_000 }, async () => {
    const engine = await testEngine();
    const payload = {
      whole: '{{ payload }}',
      same: '{{ input.name }}',
      now: '{{ now }}',
      date: '{{ date }}',
      run: '{{ run }}',
      action: '{{ action }}',
      last: '{{ last_run }}',
    };
    const automationId = await action(engine, { key: 'templated', code: echo, payload });
    engine.work();
    const first = await final(engine, await engine.trigger('templated', { name: 'Ada' }));
    expect(first.output).toEqual(first.resolvedPayload);
    expect(first.resolvedPayload).toEqual({
      whole: { name: 'Ada' },
      same: 'Ada',
      now: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as unknown,
      date: first.startedAt?.toISOString().slice(0, 10),
      run: { id: encodeId('Run', first.id), trigger: 'API', queuedAt: first.queuedAt.toISOString(), attempt: 1 },
      action: { id: encodeId('Action', automationId), key: 'templated', name: 'Named' },
      last: null,
    });
    const second = await final(engine, await engine.trigger('templated'));
    expect(second.resolvedPayload).toMatchObject({
      whole: null,
      last: { id: encodeId('Run', first.id), status: 'SUCCEEDED', output: first.output, finishedAt: first.finishedAt?.toISOString() },
    });
  });

  it('is rendered once: later attempts get the same, also from another worker', { timeout: 240_000 }, async () => {
    const engine = await testEngine();
    const code = `export default async (input, { attempt }) => { console.log(input.now); if (attempt < 3) throw new Error('again'); return input; }`;
    await action(engine, { key: 'retried', code, payload: { now: '{{ now }}' }, retry: { maxRetries: 2, delay: 'PT0.05S' } });
    await action(engine, {
      key: 'killed',
      code: 'export default async (input) => { console.log(input.now); await new Promise((done) => setTimeout(done, 1000)); return input; }',
      payload: { now: '{{ now }}' },
    });
    const worker = engine.worker();
    const retried = await final(engine, await engine.trigger('retried'));
    expect(retried).toMatchObject({ status: 'SUCCEEDED', attempt: 3, output: retried.resolvedPayload });
    const killed = await engine.trigger('killed');
    const { prisma } = engine.app.db;
    await vi.waitFor(async () => expect(await prisma.runEvent.count({ where: { runId: killed, type: 'LOG' } })).toBe(1), soon);
    await worker.kill('SIGKILL');
    const { resolvedPayload } = await prisma.run.findUniqueOrThrow({ where: { id: killed } });
    expect(resolvedPayload).not.toBeNull();
    engine.worker();
    expect(await final(engine, killed)).toMatchObject({ status: 'SUCCEEDED', resolvedPayload, output: resolvedPayload });
    for (const runId of [retried.id, killed]) {
      const lines = await prisma.runEvent.findMany({ where: { runId, type: 'LOG' } });
      expect(lines.length).toBeGreaterThan(1);
      expect(new Set(lines.map(({ data }) => JSON.stringify(data))).size).toBe(1);
      expect(await tally(engine.app, [runId])).toMatchObject({ doubled: 0 });
    }
  });

  it('may make nothing: the step gets null', { timeout: 120_000 }, async () => {
    const engine = await testEngine();
    await action(engine, { key: 'nothing', transform: { got: '{{ payload }}' }, payload: '{{ payload.missing }}' });
    engine.work();
    expect(await final(engine, await engine.trigger('nothing', { a: 1 }))).toMatchObject({ status: 'SUCCEEDED', output: { got: null } });
  });

  it('that made nothing is not rendered anew for a run that repeats another', { timeout: 120_000 }, async () => {
    const engine = await testEngine();
    const { app, viewer } = engine;
    await action(engine, { key: 'first', code: "export default async () => { throw new Error('no'); }", payload: '{{ last_run.id }}' });
    engine.work();
    const first = await final(engine, await engine.trigger('first'));
    expect(first).toMatchObject({ status: 'FAILED', resolvedPayload: null });
    const repeat = await final(engine, await transact(app, viewer, (work) => retryRun(work, { runId: first.id })));
    expect(repeat).toMatchObject({ status: 'FAILED', retriedFromId: first.id, resolvedPayload: null });
  });

  it('that cannot be filled ends the run with the code of the error, and is not tried again', { timeout: 120_000 }, async () => {
    const engine = await testEngine({ INPUT_BYTES: '2000' });
    const retry = { maxRetries: 3, delay: 'PT0.01S' };
    const id = await action(engine, { key: 'typed', code: echo, payload: { deep: [{ text: '{{ payload.a + 1 }}' }] }, retry });
    await action(engine, { key: 'large', code: echo, payload: ['{{ payload.text }}', '{{ payload.text }}', '{{ payload.text }}'], retry });
    await action(engine, { key: 'wide', code: echo, payload: ['{{ payload.text }}', '{{ payload.text }}'], retry });
    engine.work();
    const typed = await final(engine, await engine.trigger('typed', { a: 'x' }));
    expect(typed).toMatchObject({
      status: 'FAILED',
      attempt: 0,
      errorCode: 'TYPE',
      errorMessage: expect.stringContaining('payload.deep.0.text: ') as unknown,
      errorDetail: { line: 1, column: 4 },
      resolvedPayload: null,
    });
    expect(await final(engine, await engine.trigger('large', { text: 'x'.repeat(900) }))).toMatchObject({
      status: 'FAILED',
      errorCode: 'TOO_LARGE',
    });
    // Few characters, many bytes.
    expect(await final(engine, await engine.trigger('wide', { text: '…'.repeat(600) }))).toMatchObject({
      status: 'FAILED',
      errorCode: 'PAYLOAD_TOO_LARGE',
    });
    expect(await engine.app.db.prisma.stepRun.count()).toBe(0);
    expect(await tally(engine.app, [typed.id])).toMatchObject({ doubled: 0 });
    expect(await engine.app.db.prisma.automationCounter.findUnique({ where: { automationId: id } })).toMatchObject({
      totalRuns: 1,
      failedRuns: 1,
    });
  });

  it('gives way to what the trigger sends as it is, which a repeat of the run sends again', { timeout: 120_000 }, async () => {
    const engine = await testEngine();
    const { app, viewer } = engine;
    await action(engine, {
      key: 'sent',
      code: 'export default async (input) => { throw new Error(JSON.stringify(input)); }',
      payload: { made: '{{ payload }}' },
    });
    engine.work();
    const { workspaceId } = engine.workspace;
    const given = { a: '{{ not a template }}' };
    const { id } = await app.triggers.trigger(viewer, {
      workspaceId,
      automationKey: 'sent',
      payload: 1,
      resolvedPayload: given,
      trigger: 'API',
    });
    expect(await final(engine, id)).toMatchObject({
      input: 1,
      resolvedPayload: given,
      errorMessage: expect.stringContaining(JSON.stringify(given)) as unknown,
    });
    const again = await transact(app, viewer, (work) => retryRun(work, { runId: id }));
    expect(await final(engine, again)).toMatchObject({ input: 1, resolvedPayload: given });
  });
});
