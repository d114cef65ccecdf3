import { expect, test, vi } from 'vitest';
import { newId } from '#platform/ids';
import { transact } from '#platform/work/work';
import { decideRun } from '#domain/run/approval.service';
import type { Viewer } from '#domain/tenant/viewer';
import { testEngine } from '#test/support/engine';
import { seedFlows } from '#test/support/flows';

vi.setConfig({ testTimeout: 120_000 });

async function working() {
  const engine = await testEngine();
  engine.work();
  const { workspaceId } = engine.workspace;
  const reviewer: Viewer = {
    actor: { kind: 'USER', id: newId(), name: 'Grace' },
    tokenId: null,
    roles: new Map([[workspaceId, 'OPERATOR' as const]]),
    expiresAt: null,
  };
  const decide = (operation: 'approveRun' | 'rejectRun', runId: string, viewer = reviewer, comment = 'because') =>
    transact(engine.app, viewer, (work) => decideRun(work, operation, { runId }, comment));
  return { engine, ...(await seedFlows(engine)), decide };
}

const map = (id: string, mapping: unknown, more: object = {}) => ({ kind: 'transform', id, args: { mapping: mapping as never }, ...more });

test('a delay holds no worker, and what stands beside it goes on', async () => {
  const { flow, start, waiting, final } = await working();
  await flow('slow', {
    steps: [
      {
        kind: 'forEach',
        id: 'each',
        args: { items: [1, 2], parallel: 2 },
        steps: [
          map('before', '{{ item }}'),
          { kind: 'delay', id: 'rest', args: { for: '{{ "PT1.5S" if item == 1 else "PT0.1S" }}' } },
          map('after', '{{ item * 10 }}'),
        ],
      },
    ],
    outputs: '{{ actions.each.output }}',
  });
  const id = await start('slow');
  const run = await waiting(id, 'DELAY');
  expect(run.steps.find(({ path }) => path === 'each[0]/rest')).toMatchObject({ status: 'WAITING', wait: { kind: 'DELAY' } });
  expect(await final(id)).toMatchObject({ status: 'SUCCEEDED', output: [10, 20] });
});

test('a person approves before a run begins, and it is not who asked for it', async () => {
  const { engine, flow, start, waiting, final, decide } = await working();
  await flow('asks', { needsApproval: true, steps: [map('done', '{{ inputs.a }}')], outputs: '{{ actions.done.output }}' });
  const id = await start('asks', { a: 1 });
  const run = await waiting(id, 'APPROVAL');
  expect(run.approvals).toMatchObject([{ status: 'PENDING', path: '', requesterName: engine.viewer.actor.name }]);
  await expect(decide('approveRun', id, engine.viewer)).rejects.toMatchObject({ code: 'FORBIDDEN' });
  await decide('approveRun', id);
  expect(await final(id)).toMatchObject({ status: 'SUCCEEDED', output: 1 });
  await expect(decide('rejectRun', id)).rejects.toMatchObject({ code: 'CONFLICT', state: 'APPROVED' });
  const other = await start('asks');
  await decide('rejectRun', other);
  expect(await final(other)).toMatchObject({
    status: 'CANCELED',
    errorCode: 'REJECTED',
    errorMessage: 'Grace rejected it: because',
    steps: [],
  });
});

test('whoever starts a run decides its approvals only where the flow, or the step, lets them', async () => {
  const { engine, flow, start, waiting, final, decide } = await working();
  const asks = (selfReview?: boolean) => [
    { kind: 'approval', id: 'ask', args: { title: 'Sure?', ...(selfReview === undefined ? {} : { selfReview }) } },
  ];
  await flow('whole', { needsApproval: true, selfReview: true, steps: [map('done', 1)] });
  await flow('step', { steps: asks(true) });
  await flow('strict', { selfReview: true, steps: asks() });
  for (const key of ['whole', 'step']) {
    const id = await start(key);
    expect((await waiting(id, 'APPROVAL')).approvals).toMatchObject([{ selfReview: true }]);
    await decide('approveRun', id, engine.viewer);
    expect(await final(id)).toMatchObject({ status: 'SUCCEEDED' });
  }
  const id = await start('strict');
  expect((await waiting(id, 'APPROVAL')).approvals).toMatchObject([{ selfReview: false }]);
  await expect(decide('rejectRun', id, engine.viewer)).rejects.toMatchObject({ code: 'FORBIDDEN' });
  await decide('rejectRun', id);
  expect(await final(id)).toMatchObject({ errorCode: 'REJECTED' });
});

test('a step may ask, and go on with the answer, or without one', async () => {
  const { flow, start, waiting, final, decide, cancel } = await working();
  const steps = (args: object) => [
    { kind: 'approval', id: 'ask', args: { title: 'Ship {{ inputs.what }}?', ...args } },
    map('said', '{{ actions.ask.output.approved }} {{ actions.ask.output.comment }}'),
  ];
  await flow('strict', { steps: steps({}), outputs: '{{ actions.said.output }}' });
  await flow('mild', { steps: steps({ onReject: 'CONTINUE', timeout: 'PT1S' }), outputs: '{{ actions.said.output }}' });
  const yes = await start('strict', { what: 'it' });
  expect((await waiting(yes, 'APPROVAL')).approvals).toMatchObject([{ title: 'Ship it?', path: 'ask' }]);
  await decide('approveRun', yes);
  expect(await final(yes)).toMatchObject({ status: 'SUCCEEDED', output: 'true because' });
  const no = await start('strict');
  await waiting(no, 'APPROVAL');
  await decide('rejectRun', no);
  expect(await final(no)).toMatchObject({ status: 'CANCELED', errorCode: 'REJECTED' });
  const late = await start('mild');
  expect(await final(late)).toMatchObject({ status: 'SUCCEEDED', output: 'false ' });
  const gone = await start('strict');
  await waiting(gone, 'APPROVAL');
  await cancel(gone);
  expect((await final(gone)).approvals).toMatchObject([{ status: 'CANCELED' }]);
});

test('a flow waits for what it starts, and both are cancelled together', async () => {
  const { engine, flow, start, waiting, final, cancel } = await working();
  const double = await engine.action({ code: 'export default async (input) => input * 2' });
  await flow('inner', {
    steps: [{ kind: 'runAction', id: 'twice', args: { action: double, payload: '{{ inputs.n }}' } }],
    outputs: { n: '{{ actions.twice.output }}' },
  });
  await flow('outer', {
    steps: [
      {
        kind: 'forEach',
        id: 'each',
        args: { items: [1, 2, 3], parallel: 3 },
        steps: [{ kind: 'runFlow', id: 'in', args: { flow: 'inner', inputs: { n: '{{ item }}' } } }],
      },
    ],
    outputs: '{{ actions.each.output }}',
  });
  const run = await final(await start('outer'));
  expect(run).toMatchObject({ status: 'SUCCEEDED', output: [{ n: 2 }, { n: 4 }, { n: 6 }] });
  expect(await engine.app.db.prisma.run.count({ where: { parentId: run.id } })).toBe(3);
  await flow('sleeper', { steps: [{ kind: 'delay', id: 'rest', args: { for: 'PT1H' } }] });
  await flow('waiter', { steps: [{ kind: 'runFlow', id: 'in', args: { flow: 'sleeper' } }] });
  const parent = await start('waiter');
  await waiting(parent, 'SUBFLOW');
  await cancel(parent);
  expect((await final(parent)).status).toBe('CANCELED');
  const child = await engine.app.db.prisma.run.findFirstOrThrow({ where: { parentId: parent } });
  expect((await final(child.id)).status).toBe('CANCELED');
  await flow('self', { steps: [{ kind: 'runFlow', id: 'in', args: { flow: 'self' } }] });
  const deep = await final(await start('self'));
  expect(deep).toMatchObject({ status: 'FAILED', errorCode: 'RUN_FAILED' });
  expect(deep.errorMessage).toContain('5 levels');
});

test('a step waits for an event that meets its conditions', async () => {
  const { engine, flow, start, waiting, final, make, change, settled } = await working();
  await flow('listens', {
    steps: [
      {
        kind: 'waitForEvent',
        id: 'live',
        args: {
          type: 'entity.updated',
          entity: '{{ inputs.service }}',
          conditions: [{ field: 'data.properties.stage', operator: 'eq', value: '{{ inputs.stage }}' }],
        },
      },
    ],
    outputs: '{{ actions.live.output.previous.properties.stage }}',
  });
  await flow('gives-up', {
    steps: [
      { kind: 'waitForEvent', id: 'never', args: { type: 'entity.updated', timeout: 'PT0.5S', failOnTimeout: false } },
      map('none', '{{ actions.never.output is none }}'),
    ],
    outputs: '{{ actions.none.output }}',
  });
  const id = await make('service', 'pay', { properties: { stage: 'beta' } });
  const run = await start('listens', { service: 'pay', stage: 'live' });
  await waiting(run, 'EVENT');
  await change(id, { properties: { level: 1 } });
  await settled();
  expect((await waiting(run, 'EVENT')).status).toBe('WAITING');
  await change(id, { properties: { stage: 'live' } });
  expect(await final(run)).toMatchObject({ status: 'SUCCEEDED', output: 'beta' });
  expect(await final(await start('gives-up'))).toMatchObject({ status: 'SUCCEEDED', output: true });
  expect(await engine.app.db.prisma.eventWait.count({ where: { eventId: null } })).toBe(0);
});

test('nobody approves what they have caused, also when an event lies between', async () => {
  const { engine, flow, start, final, decide } = await working();
  const made = [
    { field: 'data.blueprintId', operator: 'eq', value: 'team' },
    { field: 'data.id', operator: 'eq', value: 'new' },
  ];
  await flow('asks', {
    needsApproval: true,
    triggers: [{ event: { events: ['create'], conditions: made } }],
    steps: [map('done', 1)],
  });
  await flow('causes', { steps: [{ kind: 'upsertResource', id: 'save', args: { data: { id: 'new', blueprintId: 'team' } } }] });
  await final(await start('causes'));
  const { prisma } = engine.app.db;
  const open = () => prisma.approval.findFirst({ where: { status: 'PENDING' } });
  await expect.poll(open, { timeout: 60_000, interval: 15 }).toMatchObject({ requesterId: engine.viewer.actor.id });
  const runId = (await open())?.runId ?? '';
  await expect(decide('approveRun', runId, engine.viewer)).rejects.toMatchObject({ code: 'FORBIDDEN' });
  await decide('approveRun', runId);
  expect(await final(runId)).toMatchObject({ status: 'SUCCEEDED' });
});
