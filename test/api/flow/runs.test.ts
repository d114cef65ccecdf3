import { expect, test, vi } from 'vitest';
import { newId } from '#platform/ids';
import type { Viewer } from '#domain/tenant/viewer';
import { encodeId } from '#schema/node';
import { buildSchema } from '#schema/index';
import { type Engine, testEngine } from '#test/support/engine';
import { seedFlows } from '#test/support/flows';
import { graphOf } from '#test/support/graph';

vi.setConfig({ testTimeout: 120_000 });

async function working() {
  const engine = await testEngine();
  engine.work();
  const ask = graphOf(buildSchema(), engine.app);
  const answer = async (text: string, variables: object = {}, viewer: Viewer = engine.viewer) => {
    const { data, errors } = await ask(viewer, text, { ...variables });
    expect(errors).toEqual([]);
    return (data ?? {}) as Readonly<Record<string, Record<string, unknown>>>;
  };
  return { engine, answer, ...(await seedFlows(engine)) };
}

const person = ({ workspace: { workspaceId } }: Engine, role: 'VIEWER' | 'OPERATOR'): Viewer => ({
  actor: { kind: 'USER', id: newId(), name: 'Grace' },
  tokenId: null,
  roles: new Map([[workspaceId, role]]),
  expiresAt: null,
});

const step = (id: string, mapping: unknown) => ({ kind: 'transform', id, args: { mapping: mapping as never } });

const start = `mutation ($input: StartFlowInput!) { startFlow(input: $input) { __typename
  ... on StartFlowSuccess { run { id status trigger key tags { key value } startedBy waitingFor { kind } approvals { id status title requestedBy stepPath } } } ... on Error { code message } ... on InvalidInputError { fields { path } } } }`;
const decide = (
  name: 'approveRun' | 'rejectRun',
) => `mutation ($input: ${name === 'approveRun' ? 'Approve' : 'Reject'}RunInput!) { ${name}(input: $input) { __typename
  ... on ${name === 'approveRun' ? 'Approve' : 'Reject'}RunSuccess { approval { status comment reviewedBy } } ... on Error { code message } } }`;

test('a client starts a flow by its key, another person approves it, and the graph tells of both', async () => {
  const { engine, answer, flow, final } = await working();
  await flow('ship', { needsApproval: true, steps: [step('done', '{{ inputs.what }}')], outputs: '{{ actions.done.output }}' });
  const input = { key: 'ship', inputs: { what: 'it' }, runKey: 'ship-1', tags: [{ key: 'for', value: 'ops' }], idempotencyKey: 'once' };
  const { startFlow } = await answer(start, { input });
  const run = startFlow?.['run'] as Readonly<Record<string, unknown>>;
  expect(run).toMatchObject({
    status: 'WAITING',
    key: 'ship-1',
    tags: [{ key: 'for', value: 'ops' }],
    startedBy: engine.viewer.actor.name,
    waitingFor: { kind: 'APPROVAL' },
    approvals: [{ status: 'PENDING', title: 'ship', requestedBy: engine.viewer.actor.name, stepPath: null }],
  });
  expect((await answer(start, { input }))['startFlow']).toMatchObject({ run: { id: run['id'] } });
  const { idempotencyKey: _key, ...again } = input;
  expect((await answer(start, { input: again }))['startFlow']).toMatchObject({ code: 'ALREADY_EXISTS' });
  const given = { input: { run: run['id'], comment: 'fine' } };
  expect((await answer(decide('approveRun'), given))['approveRun']).toMatchObject({ code: 'FORBIDDEN' });
  expect((await answer(decide('approveRun'), given, person(engine, 'VIEWER')))['approveRun']).toMatchObject({ code: 'FORBIDDEN' });
  expect((await answer(decide('approveRun'), given, person(engine, 'OPERATOR')))['approveRun']).toMatchObject({
    approval: { status: 'APPROVED', comment: 'fine', reviewedBy: 'Grace' },
  });
  expect((await answer(decide('rejectRun'), given, person(engine, 'OPERATOR')))['rejectRun']).toMatchObject({ code: 'CONFLICT' });
  expect(await final(String(run['id']).slice(4))).toMatchObject({ status: 'SUCCEEDED', output: 'it' });
  const { approvals } = await answer(
    '{ approvals(filter: { status: [APPROVED] }) { totalCount edges { node { run { key } automation { key } } } } }',
  );
  const [from, until] = [-1, 1].map((days) => new Date(Date.now() + days * 86_400_000).toISOString());
  const found = async (filter: string) =>
    (await answer(
      `{ runs(filter: ${filter}) { totalCount } runStats(filter: ${filter}, from: "${String(from)}", until: "${String(until)}", interval: DAY) { total { count } } }`,
    )) as unknown;
  const one = { runs: { totalCount: 1 }, runStats: { total: { count: 1 } } };
  const none = { runs: { totalCount: 0 }, runStats: { total: { count: 0 } } };
  expect(await found('{ key: "ship-1" }')).toEqual(one);
  expect(await found('{ tags: [{ key: "for", value: "ops" }] }')).toEqual(one);
  expect(await found('{ key: "ship-2" }')).toEqual(none);
  expect(await found('{ tags: [{ key: "for", value: "ops" }, { key: "for", value: "dev" }] }')).toEqual(none);
  expect(await found('{ tags: [{ key: "ops", value: "for" }] }')).toEqual(none);
  expect(approvals).toMatchObject({ totalCount: 1, edges: [{ node: { run: { key: 'ship-1' }, automation: { key: 'ship' } } }] });
});

test('a flow that is started by hand gets what its schema lets through', async () => {
  const { answer, flow, final } = await working();
  const inputSchema = { type: 'object', properties: { n: { type: 'integer' }, unit: { type: 'string', default: 'ms' } }, required: ['n'] };
  await flow('asks', {
    triggers: [{ manual: { inputSchema } }],
    steps: [step('say', '{{ inputs.n }} {{ inputs.unit }}')],
    outputs: '{{ actions.say.output }}',
  });
  const wrong = await answer(start, { input: { key: 'asks', inputs: { n: 'three' } } });
  expect(wrong['startFlow']).toMatchObject({ code: 'INVALID_INPUT', fields: [{ path: ['inputs', 'n'] }] });
  const { startFlow } = await answer(start, { input: { key: 'asks', inputs: { n: 3 } } });
  const { id } = startFlow?.['run'] as { readonly id: string };
  expect(await final(id.slice(4))).toMatchObject({ status: 'SUCCEEDED', output: '3 ms' });
});

test('an event explains what it made of flows', async () => {
  const { engine, answer, flow, make, settled } = await working();
  const on = (...conditions: object[]) => [
    {
      event: { events: ['create'], conditions: [{ field: 'data.blueprintId', operator: 'eq', value: 'service' }, ...conditions] as never },
    },
  ];
  await flow('met', { position: 1, triggers: on(), steps: [step('done', 1)] });
  await flow('unmet', {
    position: 2,
    triggers: on({ field: 'data.properties.level', operator: 'gt', value: 5 }),
    steps: [step('done', 1)],
  });
  await flow('other', {
    position: 3,
    triggers: on({ field: 'data.properties.stage', operator: 'eq', value: 'live' }),
    steps: [step('done', 1)],
  });
  await make('service', 'pay', { properties: { level: 1, stage: 'beta' } });
  await settled();
  const event = await engine.app.db.prisma.event.findFirstOrThrow({ where: { type: 'entity.created', blueprint: 'service' } });
  const { explainEvent } = await answer(
    `query ($id: ID!) { explainEvent(id: $id) { pending flows { totalCount edges { node { automation { key } reason considered failed { text values { text value } } run { trigger event { id } } } } } } }`,
    { id: encodeId('Event', event.id) },
  );
  const flows = explainEvent?.['flows'] as { edges: readonly { node: unknown }[] };
  expect(flows.edges.map(({ node }) => node)).toMatchObject([
    { automation: { key: 'met' }, reason: 'MET', run: { trigger: 'EVENT', event: { id: encodeId('Event', event.id) } } },
    { automation: { key: 'unmet' }, reason: 'NOT_MET', failed: { values: [{ text: 'data.properties.level', value: 1 }] } },
    { automation: { key: 'other' }, reason: 'OTHER_TRIGGER', considered: false, run: null },
  ]);
});

test('a run tells of the runs that its steps started, and a step of the run that it waits for', async () => {
  const { answer, flow, start: begin, waiting, cancel, final } = await working();
  await flow('slow', { steps: [{ kind: 'delay', id: 'rest', args: { for: 'PT1H' } }] });
  await flow('outer', { steps: [{ kind: 'runFlow', id: 'in', args: { flow: 'slow' } }] });
  const id = await begin('outer');
  await waiting(id, 'SUBFLOW');
  const { run } = await answer(
    'query ($id: ID!) { run(id: $id) { steps { path status waitingFor { kind runId } } children { totalCount edges { node { id trigger parentStepPath parent { id } } } } } }',
    { id: encodeId('Run', id) },
  );
  const children = run?.['children'] as { edges: readonly { node: { id: string } }[] };
  const child = children.edges[0]?.node.id;
  expect(children).toMatchObject({
    totalCount: 1,
    edges: [{ node: { trigger: 'STEP', parentStepPath: 'in', parent: { id: encodeId('Run', id) } } }],
  });
  expect(run?.['steps']).toMatchObject([{ path: 'in', status: 'WAITING', waitingFor: { kind: 'SUBFLOW', runId: child } }]);
  await cancel(id);
  expect((await final(id)).status).toBe('CANCELED');
});
