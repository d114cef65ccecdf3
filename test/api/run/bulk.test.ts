import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { BulkOperationUpdatedDocument, CancelRunsDocument, RetryRunsDocument } from '#client/index';
import { newId } from '#platform/ids';
import type { RunStatus } from '#platform/db/generated/prisma/enums';
import { encodeId } from '#schema/node';
import { type Millrace, startMillrace } from '#test/support/api';
import { type Mutate, mutateOn } from '#test/support/mutate';
import { type SeededAction, type Workspace, seed } from '#test/support/seed';
import { statementsOf } from '#test/support/statements';

let millrace: Millrace;
let mutate: Mutate;
let workspace: Workspace;
let operator: string;
let action: SeededAction;

/** Without a worker until a test starts one: what is queued stays so. */
afterEach(() => millrace.stopWorker());

beforeAll(async () => {
  millrace = await startMillrace({ worker: false });
  mutate = mutateOn(millrace);
});

async function begin(): Promise<void> {
  workspace = await seed(millrace.app).workspace();
  operator = await workspace.token('OPERATOR');
  action = await workspace.action({ transform: '{{ payload }}' });
}

const work = () => millrace.startWorker();

/** Final runs, as a worker leaves them. */
async function ended(count: number, status: RunStatus, more: Readonly<Record<string, unknown>> = {}): Promise<string[]> {
  const { prisma } = millrace.app.db;
  const version = await prisma.automationVersion.findFirstOrThrow({ where: { automationId: action.uuid } });
  const ids = Array.from({ length: count }, () => newId());
  await prisma.run.createMany({
    data: ids.map((id, n) => ({
      id,
      workspaceId: workspace.uuid,
      environmentId: workspace.environmentId,
      automationId: action.uuid,
      versionId: version.id,
      planHash: version.planHash,
      status,
      trigger: 'API' as const,
      actorKind: 'SYSTEM' as const,
      queuedAt: new Date(),
      finishedAt: new Date(),
      input: { n },
      ...(status === 'SUCCEEDED' ? {} : { errorCode: 'CODE', errorMessage: 'no' }),
      ...more,
    })),
  });
  return ids;
}

const fields = `count operation { id kind status total succeeded failed progress actorName filter finishedAt }`;
const operationOf = (result: Readonly<Record<string, unknown>>) => result['operation'] as { readonly id: string; readonly status: string };
const over = async (id: string) => {
  const uuid = id.slice(4);
  await vi.waitFor(
    async () => expect((await millrace.app.db.prisma.bulkOperation.findUniqueOrThrow({ where: { id: uuid } })).status).not.toBe('RUNNING'),
    { timeout: 20_000 },
  );
  return millrace.app.db.prisma.bulkOperation.findUniqueOrThrow({
    where: { id: uuid },
    include: { items: { orderBy: { ordinal: 'asc' } } },
  });
};

describe('cancelling by filter', () => {
  it('tells the count first, then goes through the runs with a result for each', async () => {
    await begin();
    // What is paused stays where it is until it is cancelled.
    await mutate(operator, 'pause', { workspace: workspace.id });
    const runs = await Promise.all(Array.from({ length: 7 }, () => workspace.run(action)));
    const done = await ended(2, 'SUCCEEDED');
    const client = millrace.client(operator);
    const filter = { automationKey: action.key };
    const dry = await client.request(CancelRunsDocument, { input: { filter, dryRun: true } });
    expect(dry.cancelRuns).toEqual({ __typename: 'CancelRunsSuccess', count: 7, operation: null });
    expect(await millrace.app.db.prisma.bulkOperation.count({ where: { workspaceId: workspace.uuid } })).toBe(0);
    const { cancelRuns } = await client.request(CancelRunsDocument, { input: { filter, expectedCount: 7 } });
    if (cancelRuns.__typename !== 'CancelRunsSuccess') throw new Error(cancelRuns.message);
    expect(cancelRuns).toMatchObject({ count: 7, operation: { status: 'RUNNING', total: 7 } });
    const id = cancelRuns.operation?.id ?? '';
    const states = client.subscribe(BulkOperationUpdatedDocument, { id });
    expect((await states.next()).value?.bulkOperationUpdated).toMatchObject({ status: 'RUNNING', progress: 0 });
    await work();
    const last = [];
    for await (const state of states) last.push(state.bulkOperationUpdated);
    expect(last.at(-1)).toMatchObject({ status: 'COMPLETED', total: 7, succeeded: 7, failed: 0, progress: 1 });
    const { prisma } = millrace.app.db;
    const open = await prisma.run.findMany({ where: { id: { in: runs.map(({ uuid }) => uuid) } }, select: { status: true } });
    expect(new Set(open.map(({ status }) => status))).toEqual(new Set(['CANCELED']));
    expect(await prisma.run.count({ where: { id: { in: done }, status: 'SUCCEEDED' } })).toBe(2);
    expect(await prisma.auditEntry.findMany({ where: { operation: 'cancelRuns', workspaceId: workspace.uuid } })).toMatchObject([
      { change: { total: 7, filter }, subjectId: id.slice(4) },
    ]);
  });

  it('takes the filter at its word, and refuses what is final, run by run', async () => {
    await begin();
    const [done = ''] = await ended(1, 'SUCCEEDED');
    await mutate(operator, 'pause', { workspace: workspace.id });
    const open = await workspace.run(action);
    const result = await mutate(operator, 'cancelRuns', { filter: { status: ['SUCCEEDED', 'QUEUED'] } }, fields);
    expect(result).toMatchObject({ count: 2 });
    await work();
    const { items, ...operation } = await over(operationOf(result).id);
    expect(operation).toMatchObject({ status: 'COMPLETED', succeeded: 1, failed: 1 });
    const [first, second] = [items.find(({ runId }) => runId === done), items.find(({ runId }) => runId === open.uuid)];
    expect(first).toMatchObject({ status: 'FAILED', code: 'CONFLICT', message: 'The run is final: SUCCEEDED.' });
    expect(second).toMatchObject({ status: 'SUCCEEDED', code: null });
  });

  it('asks the holders of running runs, which stop', async () => {
    await begin();
    await work();
    const slow = await workspace.action({ code: 'export default async () => { await new Promise((done) => setTimeout(done, 20_000)); }' });
    const runs = await Promise.all(Array.from({ length: 3 }, () => workspace.run(slow)));
    const where = { id: { in: runs.map(({ uuid }) => uuid) } };
    const running = () => millrace.app.db.prisma.run.count({ where: { ...where, status: 'RUNNING' } });
    await expect.poll(running, { timeout: 20_000 }).toBe(3);
    const result = await mutate(operator, 'cancelRuns', { filter: { automation: slow.id } }, fields);
    expect(await over(operationOf(result).id)).toMatchObject({ succeeded: 3, failed: 0 });
    const canceled = () => millrace.app.db.prisma.run.count({ where: { ...where, status: 'CANCELED' } });
    await expect.poll(canceled, { timeout: 20_000 }).toBe(3);
  });
});

describe('repeating by filter', () => {
  it('makes a new run of each that did not succeed, linked to it', async () => {
    await begin();
    const failed = await ended(5, 'FAILED');
    await ended(3, 'SUCCEEDED');
    const client = millrace.client(operator);
    const { retryRuns } = await client.request(RetryRunsDocument, { input: { filter: { errorCode: ['CODE'] } } });
    if (retryRuns.__typename !== 'RetryRunsSuccess') throw new Error(retryRuns.message);
    await work();
    const id = retryRuns.operation?.id ?? '';
    const { items } = await over(id);
    expect(items.map(({ runId }) => runId)).toEqual([...failed].sort());
    const made = await millrace.app.db.prisma.run.findMany({ where: { id: { in: items.map(({ newRunId }) => newRunId ?? '') } } });
    expect(made.map(({ retriedFromId }) => retriedFromId).sort()).toEqual([...failed].sort());
    expect(made.every(({ trigger, actorKind }) => trigger === 'RETRY' && actorKind === 'TOKEN')).toBe(true);
    const text = `query ($id: ID!) { node(id: $id) { ... on BulkOperation { items(filter: { status: [SUCCEEDED] }, first: 2) {
      totalCount pageInfo { hasNextPage } edges { node { ordinal status run { id input } newRun { id input retriedFrom { id } } } } } } } }`;
    const { data } = await millrace.ask(operator, text, { id });
    const { items: page } = data?.['node'] as { items: { totalCount: number; edges: { node: Record<string, unknown> }[] } };
    expect(page.totalCount).toBe(5);
    for (const { node } of page.edges) {
      const [run, repeat] = [node['run'], node['newRun']] as { id: string; input: unknown; retriedFrom?: { id: string } }[];
      expect(repeat?.retriedFrom?.id).toBe(run?.id);
      expect(repeat?.input).toEqual(run?.input);
    }
    await expect
      .poll(() => millrace.app.db.prisma.run.count({ where: { trigger: 'RETRY', workspaceId: workspace.uuid, status: 'SUCCEEDED' } }), {
        timeout: 20_000,
      })
      .toBe(5);
  });

  it('refuses what has no version any more, and what is not final, run by run', async () => {
    await begin();
    const [without = ''] = await ended(1, 'FAILED', { versionId: null });
    expect(await mutate(operator, 'retryRun', { id: encodeId('Run', without) })).toMatchObject({
      code: 'CONFLICT',
      state: 'VERSION_DELETED',
      message: 'The version of this run is no longer there.',
    });
    await mutate(operator, 'pause', { workspace: workspace.id });
    await workspace.run(action);
    await ended(1, 'CANCELED');
    const result = await mutate(operator, 'retryRuns', { filter: { status: ['FAILED', 'QUEUED', 'CANCELED'] } }, fields);
    await work();
    const { items } = await over(operationOf(result).id);
    expect(items.map(({ status, message }) => [status, message]).sort()).toEqual([
      ['FAILED', expect.stringMatching(/^Only a final run that did not succeed can be retried; this one is (QUEUED|WAITING)\.$/)],
      ['FAILED', 'The version of this run is no longer there.'],
      ['SUCCEEDED', null],
    ]);
  });
});

describe('a bulk operation', () => {
  it('is refused when there are more runs than expected, or many fewer', async () => {
    await begin();
    await ended(20, 'FAILED');
    const ask = (expectedCount: number) => mutate(operator, 'retryRuns', { filter: {}, expectedCount }, fields);
    for (const expected of [19, 0, 23]) expect(await ask(expected)).toMatchObject({ code: 'CONFLICT', state: 'COUNT_CHANGED' });
    expect(await ask(-1)).toMatchObject({ code: 'INVALID_INPUT', fields: [{ path: ['expectedCount'] }] });
    expect(await millrace.app.db.prisma.bulkOperation.count({ where: { workspaceId: workspace.uuid } })).toBe(0);
    expect(await ask(22)).toMatchObject({ count: 20 });
    expect(await ask(20)).toMatchObject({ count: 20 });
  });

  it('is made once per idempotency key', async () => {
    await begin();
    await ended(3, 'FAILED');
    const ask = (filter: object) => mutate(operator, 'retryRuns', { filter, idempotencyKey: 'once' }, fields);
    const answers = await Promise.all([ask({}), ask({}), ask({})]);
    expect(new Set(answers.map((answer) => operationOf(answer).id)).size).toBe(1);
    expect(await ask({ status: ['DEAD'] })).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
  });

  it('over nothing is over at once', async () => {
    await begin();
    const result = await mutate(operator, 'cancelRuns', { filter: {} }, fields);
    expect(result).toMatchObject({ count: 0, operation: { status: 'COMPLETED', progress: 1, actorName: 'OPERATOR token', filter: {} } });
    expect(await mutate(operator, 'cancelBulkOperation', { id: operationOf(result).id })).toMatchObject({
      code: 'CONFLICT',
      state: 'COMPLETED',
    });
  });

  it('can be stopped: what was not reached stays as it is', async () => {
    await begin();
    const run = await workspace.run(action);
    const result = await mutate(operator, 'cancelRuns', { filter: {} }, fields);
    const { id } = operationOf(result);
    for (let twice = 0; twice < 2; twice += 1)
      expect(await mutate(operator, 'cancelBulkOperation', { id }, 'operation { status finishedAt }')).toMatchObject({
        operation: { status: 'CANCELED' },
      });
    await work();
    // A later operation has gone through: the stopped one would have been first.
    const later = await mutate(operator, 'retryRuns', { filter: { status: ['QUEUED', 'SUCCEEDED'] } }, fields);
    await over(operationOf(later).id);
    expect((await over(id)).items).toMatchObject([{ status: 'PENDING', runId: run.uuid }]);
    expect((await millrace.app.db.prisma.run.findUniqueOrThrow({ where: { id: run.uuid } })).status).not.toBe('CANCELED');
  });

  it('reaches no other workspace, whatever the filter names', async () => {
    await begin();
    const stranger = await seed(millrace.app).workspace();
    const foreign = await stranger.run(await stranger.action({ key: action.key }));
    for (const filter of [{ automationKey: action.key }, { automation: encodeId('Action', (await stranger.action()).uuid) }, {}])
      expect(await mutate(operator, 'cancelRuns', { filter, dryRun: true }, fields)).toMatchObject({ count: 0 });
    expect(await mutate(operator, 'cancelRuns', { workspace: stranger.id, filter: {} })).toMatchObject({ code: 'NOT_FOUND' });
    expect(await mutate(await workspace.token('VIEWER'), 'cancelRuns', { filter: {}, dryRun: true })).toMatchObject({ code: 'FORBIDDEN' });
    expect((await millrace.app.db.prisma.run.findUniqueOrThrow({ where: { id: foreign.uuid } })).status).toBe('QUEUED');
  });

  it('takes exactly the runs that the list of the same filter shows', async () => {
    await begin();
    const other = await workspace.action({ transform: 1 });
    const editor = await workspace.token('EDITOR');
    const schedule = await mutate(editor, 'createSchedule', { automation: action.id, interval: 'PT1H' }, 'schedule { id }');
    const { id: scheduleId } = schedule['schedule'] as { id: string };
    const early = new Date(Date.now() - 3_600_000);
    await ended(2, 'FAILED', { scheduleId: scheduleId.slice(4), trigger: 'SCHEDULE', queuedAt: early, finishedAt: early });
    await ended(3, 'SUCCEEDED');
    await ended(2, 'TIMED_OUT', { errorCode: 'TIMED_OUT', trigger: 'WEBHOOK' });
    await workspace.run(other);
    const app = await mutate(editor, 'createApp', { workspace: workspace.id, name: 'Shop' }, 'app { id }');
    const { id: appId } = app['app'] as { id: string };
    await millrace.app.db.prisma.automation.update({ where: { id: other.uuid }, data: { appId: appId.slice(4) } });
    const half = new Date(Date.now() - 1_800_000).toISOString();
    const filters = [
      { status: ['FAILED', 'QUEUED'] },
      { automation: action.id },
      { automationKey: other.key },
      { automationKey: 'none' },
      { schedule: scheduleId },
      { app: appId },
      { thread: encodeId('Thread', newId()) },
      { trigger: ['SCHEDULE', 'API'] },
      { errorCode: ['TIMED_OUT'] },
      { queuedAt: { from: half } },
      { queuedAt: { until: half } },
      { finishedAt: { from: half }, automation: action.id },
      { finishedAt: { until: half } },
      { automation: action.id, status: ['SUCCEEDED', 'TIMED_OUT'], trigger: ['API'], queuedAt: { from: half } },
    ];
    const every = ['QUEUED', 'WAITING', 'RUNNING', 'SUCCEEDED', 'PARTIAL', 'FAILED', 'CANCELED', 'TIMED_OUT', 'DEAD'];
    for (const filter of filters) {
      const { data } = await millrace.ask(operator, 'query ($filter: RunFilter) { runs(filter: $filter) { totalCount } }', { filter });
      const bulk = await mutate(operator, 'cancelRuns', { filter: { status: every, ...filter }, dryRun: true }, fields);
      expect({ totalCount: bulk['count'] }, JSON.stringify(filter)).toEqual(data?.['runs']);
    }
  });

  it('is listed with its items by a constant number of statements', async () => {
    await begin();
    await ended(4, 'FAILED');
    for (let count = 0; count < 3; count += 1) await mutate(operator, 'retryRuns', { filter: {} }, fields);
    const text = `query ($first: Int) { bulkOperations(first: $first, filter: { kind: [RETRY], status: [RUNNING] }) { totalCount edges { node {
      id workspace { id } items(first: 3) { totalCount edges { node { run { id } newRun { id } } } } } } } }`;
    const ask = (first: number) => millrace.ask(operator, text, { first });
    const { data, errors } = await ask(3);
    expect(errors).toEqual([]);
    expect(data?.['bulkOperations']).toMatchObject({ totalCount: 3 });
    expect((await statementsOf(() => ask(3))).length).toBe((await statementsOf(() => ask(1))).length);
  });

  it('is refused beside ten others that go on', async () => {
    await begin();
    await ended(1, 'FAILED');
    for (let count = 0; count < 10; count += 1) await mutate(operator, 'retryRuns', { filter: {} });
    const more = '... on LimitExceededError { limit }';
    expect(await mutate(operator, 'retryRuns', { filter: {} }, '', more)).toMatchObject({ code: 'LIMIT_EXCEEDED', limit: 10 });
  });
});
