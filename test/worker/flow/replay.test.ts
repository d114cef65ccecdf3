import { expect, test, vi } from 'vitest';
import { newId } from '#platform/ids';
import { transact } from '#platform/work/work';
import { updateFlow } from '#domain/flow/flow.service';
import { testEngine } from '#test/support/engine';
import { flowGraph, runId, versionId } from '#test/support/flow-graph';
import { receiver } from '#test/support/receiver';

const step = '{ status output }';
const replayed = `run { id status trigger output error { code message } steps { path status output attempts { number } }
  replay { effects replayedFrom { id } firstDifference { path was ${step} now ${step} } } }`;

interface Replay {
  readonly id: string;
  readonly status: string;
  readonly [field: string]: unknown;
}

async function replaying() {
  const engine = await testEngine({ OUTGOING_ALLOW: '127.0.0.1' });
  engine.work();
  const graph = await flowGraph(engine);
  const replay = async (input: Readonly<Record<string, unknown>>): Promise<Replay> => {
    const answer = await graph.write('replayRun', input, 'run { id }');
    expect(answer).toMatchObject({ __typename: 'ReplayRunSuccess' });
    const { id } = answer['run'] as { id: string };
    return vi.waitFor(
      async () => {
        const { run } = await graph.query(`query ($id: ID!) { run(id: $id) ${replayed.slice(4)} }`, { id });
        expect((run as Replay).status).not.toMatch(/QUEUED|RUNNING|WAITING/);
        return run as Replay;
      },
      { timeout: 20_000, interval: 20 },
    );
  };
  return { engine, ...graph, replay };
}

const map = (id: string, mapping: unknown, more: object = {}) => ({ kind: 'transform', id, args: { mapping: mapping as never }, ...more });
const code = (id: string, text: string, input: unknown = null) => ({ kind: 'code', id, args: { code: text, input: input as never } });
const save = (stage: string) => ({
  kind: 'upsertResource',
  id: 'save',
  args: { data: { id: 'pay', blueprintId: 'service', properties: { stage } } },
});

test('a replay answers what acts outside from what was recorded, and does nothing', { timeout: 90_000 }, async () => {
  let calls = 0;
  const server = await receiver((_request, response) =>
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ call: ++calls })),
  );
  const { engine, flow, outcome, replay } = await replaying();
  await flow('other', { steps: [map('x', '{{ inputs.n * 2 }}')], outputs: '{{ actions.x.output }}' });
  await flow('all', {
    steps: [
      { kind: 'httpRequest', id: 'call', args: { method: 'POST', url: `${server.url}/call`, body: { n: '{{ inputs.n }}' } } },
      code('code', `export default async (n) => (await (await fetch('${server.url}/code?n=' + n)).json()).call`, '{{ inputs.n }}'),
      save('stage {{ actions.code.output }}'),
      { kind: 'notify', id: 'mail', args: { emails: ['ann@example.com'], subject: 'Hello' } },
      { kind: 'runFlow', id: 'sub', args: { flow: 'other', inputs: { n: '{{ inputs.n }}' } } },
      { kind: 'delay', id: 'later', args: { for: 'PT0.1S' } },
    ],
    outputs: { call: '{{ actions.call.output.body.call }}', code: '{{ actions.code.output }}', sub: '{{ actions.sub.output }}' },
  });
  const run = await outcome('all', { n: 4 });
  expect(run).toMatchObject({ status: 'SUCCEEDED', output: { call: 1, code: 2, sub: 8 } });
  const { prisma } = engine.app.db;
  const before = [await prisma.event.count(), await prisma.delivery.count(), await prisma.effect.count(), await prisma.run.count()];

  const again = await replay({ run: runId(run.id), effects: 'RECORDED' });
  expect(again).toMatchObject({
    status: 'SUCCEEDED',
    trigger: 'REPLAY',
    output: run.output,
    replay: { effects: 'RECORDED', replayedFrom: { id: runId(run.id) }, firstDifference: null },
  });
  expect(again['steps']).toHaveLength(6);
  expect(server.received).toHaveLength(2);
  expect([await prisma.event.count(), await prisma.delivery.count(), await prisma.effect.count(), (await prisma.run.count()) - 1]).toEqual(
    before,
  );

  const real = await replay({ run: runId(run.id), effects: 'REAL' });
  expect(server.received).toHaveLength(4);
  expect(real).toMatchObject({
    output: { call: 3 },
    replay: { firstDifference: { path: 'call', was: { output: { body: { call: 1 } } }, now: { output: { body: { call: 3 } } } } },
  });
});

test('a step that acts otherwise than was recorded ends the replay, and nobody catches that', async () => {
  const { engine, flow, outcome, replay, read } = await replaying();
  const steps = (stage: string, before: object[] = []) => [
    ...before,
    map('stage', stage),
    { kind: 'tryCatch', id: 'safe', steps: [save('{{ actions.stage.output }}')], catch: [map('caught', 1)] },
  ];
  const id = await flow('saver', { steps: steps('live') });
  const run = await outcome('saver');
  await transact(engine.app, engine.viewer, (work) => updateFlow(work, { id }, { steps: steps('gone') }));
  const { id: version } = await engine.app.db.prisma.automationVersion.findFirstOrThrow({
    where: { automationId: id },
    orderBy: { number: 'desc' },
  });
  const told = await replay({ run: runId(run.id), effects: 'RECORDED', version: versionId(version) });
  expect(told).toMatchObject({
    status: 'FAILED',
    error: { code: 'NO_RECORDING' },
    replay: {
      firstDifference: { path: 'stage', was: { status: 'SUCCEEDED', output: 'live' }, now: { status: 'SUCCEEDED', output: 'gone' } },
    },
  });
  expect(await read('service', 'pay')).toMatchObject({ properties: { stage: 'live' } });

  const calling = await flow('caller', { steps: [map('x', 1)] });
  const quiet = await outcome('caller');
  const text = "export default async () => { try { await fetch('http://127.0.0.1:1/'); } catch { return 'caught'; } }";
  await transact(engine.app, engine.viewer, (work) => updateFlow(work, { id: calling }, { steps: [code('x', text)] }));
  const newest = await engine.app.db.prisma.automationVersion.findFirstOrThrow({
    where: { automationId: calling },
    orderBy: { number: 'desc' },
  });
  expect(await replay({ run: runId(quiet.id), effects: 'RECORDED', version: versionId(newest.id) })).toMatchObject({
    status: 'FAILED',
    error: { code: 'NO_RECORDING' },
  });
});

test('a replay from a step takes over what came before it', async () => {
  const { flow, outcome, replay } = await replaying();
  const random = (id: string) => code(id, 'export default () => Math.random()');
  await flow('dice', {
    steps: [random('first'), { kind: 'forEach', id: 'each', args: { items: [1, 2, 3] }, steps: [random('roll')] }, random('last')],
    outputs: { first: '{{ actions.first.output }}', rolls: '{{ actions.each.output }}', last: '{{ actions.last.output }}' },
  });
  const run = await outcome('dice');
  const { first, rolls, last } = run.output as { first: number; rolls: number[]; last: number };
  const late = await replay({ run: runId(run.id), effects: 'REAL', from: 'last' });
  expect(late).toMatchObject({
    status: 'SUCCEEDED',
    output: { first, rolls },
    replay: { firstDifference: { path: 'last', was: { output: last } } },
  });
  const within = await replay({ run: runId(run.id), effects: 'REAL', from: 'each[1]/roll' });
  expect(within).toMatchObject({ output: { first }, replay: { firstDifference: { path: 'each[1]/roll', was: { output: rolls[1] } } } });
  expect((within['output'] as { rolls: number[] }).rolls[0]).toBe(rolls[0]);
});

test('actions are done again, too, and what cannot be is refused', async () => {
  const { engine, flow, write, replay, start, waiting } = await replaying();
  const key = await engine.action({ code: 'export default async ({ url }) => (await fetch(url)).status' });
  const server = await receiver();
  const id = await engine.trigger(key, { url: `${server.url}/x` });
  await vi.waitFor(async () => expect((await engine.app.db.prisma.run.findUniqueOrThrow({ where: { id } })).status).toBe('SUCCEEDED'), {
    timeout: 20_000,
  });
  expect(await replay({ run: runId(id), effects: 'RECORDED' })).toMatchObject({
    status: 'SUCCEEDED',
    output: 200,
    replay: { firstDifference: null },
  });
  expect(server.received).toHaveLength(1);

  await flow('slow', { steps: [{ kind: 'delay', id: 'later', args: { for: 'PT1H' } }] });
  const open = await start('slow');
  await waiting(open, 'DELAY');
  expect(await write('replayRun', { run: runId(open), effects: 'REAL' }, 'run { id }')).toMatchObject({
    code: 'CONFLICT',
    state: 'WAITING',
  });
  expect(await write('replayRun', { run: runId(id), effects: 'REAL', from: 'nowhere' }, 'run { id }')).toMatchObject({
    fields: [{ path: ['from'], code: 'UNKNOWN_STEP' }],
  });
  // As a rule and a trigger point leave them.
  const { prisma } = engine.app.db;
  const { workspaceId, environmentId } = engine.workspace;
  const rule = await prisma.automation.create({ data: { id: newId(), workspaceId, kind: 'RULE', key: 'rule', name: 'Rule' } });
  const final = { workspaceId, environmentId, planHash: 'none', status: 'SUCCEEDED', actorKind: 'SYSTEM' } as const;
  const moments = { queuedAt: new Date(), finishedAt: new Date() };
  for (const [state, more] of [
    ['RULE', { automationId: rule.id, trigger: 'EVENT' }],
    ['TRIGGER_POINT', { triggerPoint: 'post-login', trigger: 'TRIGGER_POINT' }],
  ] as const) {
    const done = await prisma.run.create({ data: { id: newId(), ...final, ...moments, ...more } });
    for (const effects of ['REAL', 'RECORDED'])
      expect(await write('replayRun', { run: runId(done.id), effects }, 'run { id }')).toMatchObject({ code: 'CONFLICT', state });
  }
  const other = await engine.app.db.prisma.automationVersion.findFirstOrThrow({ where: { automation: { key: 'slow' } } });
  expect(await write('replayRun', { run: runId(id), effects: 'REAL', version: versionId(other.id) }, 'run { id }')).toMatchObject({
    code: 'NOT_FOUND',
  });
});

test('nobody is asked before a replay of what was recorded; before a real one somebody is', async () => {
  const { flow, replay, start, waiting, write } = await replaying();
  await flow('asked', { needsApproval: true, steps: [map('x', 1)], outputs: '{{ actions.x.output }}' });
  const open = await start('asked');
  await waiting(open, 'APPROVAL');
  await write('cancelRun', { id: runId(open) }, 'run { id }');
  expect(await replay({ run: runId(open), effects: 'RECORDED' })).toMatchObject({ status: 'SUCCEEDED', output: 1 });
  const { run } = (await write('replayRun', { run: runId(open), effects: 'REAL' }, 'run { status }')) as unknown as { run: object };
  expect(run).toEqual({ status: 'WAITING' });
});
