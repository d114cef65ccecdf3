import { expect, test } from 'vitest';
import { testEngine } from '#test/support/engine';
import { entityId, eventId, flowGraph, flowId, workspaceId } from '#test/support/flow-graph';
import { receiver } from '#test/support/receiver';

const selection = `test { status triggered stoppedBy output failed { text } waitingFor { kind path duration detail } error { code message }
  steps { path kind status args output error { code message } failed { text values { text value } } calls { method url headers body sent statusCode } }
  changes { entity type changed before after } suggestions { key title targetId } deliveries { kind address } runs { step automation runs } logs { step message } }`;

interface Step {
  readonly path: string;
  readonly status: string;
  readonly args: unknown;
  readonly output: unknown;
}
interface Tested {
  readonly status: string;
  readonly output: unknown;
  readonly steps: readonly Step[];
  readonly [field: string]: unknown;
}

async function trying() {
  const engine = await testEngine({ OUTGOING_ALLOW: '127.0.0.1' });
  engine.work();
  const graph = await flowGraph(engine);
  const { prisma } = engine.app.db;
  return {
    engine,
    ...graph,
    dry: async (input: Readonly<Record<string, unknown>>): Promise<Tested> => {
      const answer = await graph.write('testFlow', input, selection);
      expect(answer).toMatchObject({ __typename: 'TestFlowSuccess' });
      return answer['test'] as Tested;
    },
    /** Everything that a flow could leave behind. */
    left: async () => ({
      runs: await prisma.run.count(),
      events: await prisma.event.count(),
      entities: await prisma.entity.count(),
      suggestions: await prisma.suggestion.count(),
      deliveries: await prisma.delivery.count(),
      automations: await prisma.automation.count(),
      steps: await prisma.stepRun.count(),
      approvals: await prisma.approval.count(),
      tests: await prisma.codeTest.count(),
    }),
  };
}

const map = (id: string, mapping: unknown, more: object = {}) => ({ kind: 'transform', id, args: { mapping: mapping as never }, ...more });
const service = (id: string, stage: string) => ({ data: { id, blueprintId: 'service', properties: { stage } } });
const find = (id: string, stage: string) => ({
  kind: 'fetchFieldsFromResources',
  id,
  args: {
    fields: ['id'],
    conditions: [
      { field: 'blueprintId', operator: 'eq', value: 'service' },
      { field: 'properties.stage', operator: 'eq', value: stage },
    ],
  },
});

test('a dry run does what the real run then does, and leaves nothing', async () => {
  const { flow, dry, left, make, outcome, read } = await trying();
  await make('service', 'old', { properties: { stage: 'beta' } });
  const id = await flow('release', {
    steps: [
      { kind: 'upsertResource', id: 'save', args: service('{{ inputs.id }}', 'live') },
      find('live', 'live'),
      map('never', 1, { conditions: [{ field: 'inputs.id', operator: 'eq', value: 'other' }] }),
      {
        kind: 'forEach',
        id: 'each',
        args: { items: '{{ actions.live.output.id }}', parallel: 3 },
        steps: [
          {
            kind: 'tryCatch',
            id: 'safe',
            steps: [{ kind: 'deleteResource', id: 'gone', args: { id: '{{ item }}' } }],
            catch: [map('tell', '{{ error.code }} {{ item }}')],
          },
        ],
      },
      { kind: 'deleteResource', id: 'drop', args: { blueprintId: 'service', id: 'old' } },
      { kind: 'code', id: 'sum', args: { code: 'export default (n) => { console.log("counted"); return n + 1; }', input: '{{ 1 + 1 }}' } },
    ],
    outputs: { live: '{{ actions.live.output.id }}', sum: '{{ actions.sum.output }}' },
  });
  const before = await left();
  const told = await dry({ flow: flowId(id), inputs: { id: 'new' } });
  expect(await left()).toEqual(before);
  expect(await read('service', 'new')).toBeNull();
  expect(told).toMatchObject({
    status: 'SUCCEEDED',
    output: { live: ['new'], sum: 3 },
    triggered: null,
    logs: [{ step: 'sum', message: 'counted' }],
  });
  expect(told.steps.find(({ path }) => path === 'never')).toMatchObject({
    status: 'SKIPPED',
    failed: { text: 'inputs.id eq "other"', values: [{ text: 'inputs.id', value: 'new' }] },
  });
  expect(told.steps.find(({ path }) => path === 'save')?.args).toEqual(service('new', 'live'));
  expect(told['changes']).toMatchObject([
    { entity: null, type: 'service', before: null, after: { key: 'new', stage: 'live' } },
    { type: 'service', before: { key: 'old', stage: 'beta' }, after: null },
  ]);

  const run = await outcome('release', { id: 'new' });
  expect(run).toMatchObject({ status: told.status, output: told.output });
  // The record that it makes has another id each time, and other times.
  const comparable = (steps: readonly { path: string; status: string; output: unknown }[]) =>
    steps.map(({ path, status, output }) => [path, status, path === 'save' ? null : output]);
  expect(comparable(told.steps)).toEqual(comparable(run.steps));
});

test('calls that only read are made, and of others it is told what would be sent, without secrets', async () => {
  const { dry, engine, flow } = await trying();
  const server = await receiver((_request, response) => response.setHeader('content-type', 'application/json').end('{"stage":"live"}'));
  const id = await flow('caller', {
    secrets: [{ name: 'TOKEN', value: 'a-secret-of-the-flow' }],
    steps: [
      { kind: 'httpRequest', id: 'look', args: { url: `${server.url}/stage` } },
      {
        kind: 'httpRequest',
        id: 'tell',
        args: {
          method: 'POST',
          url: `${server.url}/tell`,
          headers: { 'x-key': '{{ secrets.TOKEN }}' },
          body: { stage: '{{ actions.look.output.body.stage }}', key: '{{ secrets.TOKEN }}' },
        },
      },
      {
        kind: 'code',
        id: 'code',
        args: { code: `export default async () => (await fetch('${server.url}/code', { method: 'PUT', body: 'x' })).status` },
      },
    ],
    outputs: '{{ actions.code.output }}',
  });
  const told = await dry({ flow: flowId(id) });
  expect(server.received.map(({ method, url }) => `${method} ${url}`)).toEqual(['GET /stage']);
  expect(told).toMatchObject({ status: 'SUCCEEDED', output: 200 });
  expect(told.steps).toMatchObject([
    { path: 'look', output: { status: 200, body: { stage: 'live' } }, calls: [{ method: 'GET', sent: true, statusCode: 200 }] },
    {
      path: 'tell',
      calls: [
        { method: 'POST', sent: false, statusCode: null, headers: { 'x-key': '[redacted]' }, body: '{"key":"[redacted]","stage":"live"}' },
      ],
    },
    { path: 'code', calls: [{ method: 'PUT', sent: false, body: 'x' }] },
  ]);
  expect(JSON.stringify(told)).not.toContain('a-secret-of-the-flow');
  expect(await engine.app.db.prisma.effect.count()).toBe(0);
});

test('a flow that is being written is tried on an event, with what it would suggest, send and start', async () => {
  const { dry, engine, flow, left, make, change, settled } = await trying();
  await flow('other', { steps: [map('x', 1)] });
  const entity = await make('service', 'pay', { properties: { stage: 'beta' } });
  await change(entity, { properties: { stage: 'live' } });
  await settled();
  const event = await engine.app.db.prisma.event.findFirstOrThrow({ where: { type: 'entity.updated' } });
  const draft = {
    workspace: workspaceId(engine.workspace.workspaceId),
    triggers: [
      { event: { events: ['update'], conditions: [{ field: 'data.properties.stage', operator: 'eq', value: '{{ arguments.stage }}' }] } },
    ],
    arguments: { stage: 'live' },
    steps: [
      {
        kind: 'upsertResource',
        id: 'propose',
        args: { data: { id: 'copy-of-{{ data.id }}', title: 'A copy', blueprintId: 'service' }, createSuggestion: true },
      },
      { kind: 'notify', id: 'mail', args: { emails: ['ann@example.com'], subject: '{{ data.id }}' } },
      {
        kind: 'triggerAutomations',
        id: 'start',
        args: { automationIds: 'other', entities: { conditions: [{ field: 'blueprintId', operator: 'eq', value: 'service' }] } },
      },
      { kind: 'approval', id: 'ask', args: { title: 'Go on?' } },
      map('after', 1),
    ],
  };
  const before = await left();
  const told = await dry({ draft, event: eventId(event.id) });
  expect(await left()).toEqual(before);
  expect(told).toMatchObject({
    status: 'WAITING',
    triggered: true,
    failed: null,
    waitingFor: { kind: 'APPROVAL', path: 'ask', detail: 'Go on?' },
    suggestions: [{ title: 'A copy', targetId: 'copy-of-pay' }],
    deliveries: [{ kind: 'EMAIL', address: 'ann@example.com' }],
    runs: [{ step: 'start', automation: 'other', runs: 1 }],
  });
  expect(told.steps.map(({ path, status }) => `${path} ${status}`)).toEqual([
    'propose SUCCEEDED',
    'mail SUCCEEDED',
    'start SUCCEEDED',
    'ask WAITING',
  ]);
  const missed = await dry({ draft: { ...draft, arguments: { stage: 'gone' }, steps: [] }, event: eventId(event.id) });
  expect(missed).toMatchObject({ triggered: false, failed: { text: 'data.properties.stage eq "gone"' } });
  expect(
    await dry({ draft: { ...draft, steps: [map('see', '{{ data.id }}')], outputs: '{{ actions.see.output }}' }, entity: entityId(entity) }),
  ).toMatchObject({ output: 'pay' });
});

test('what cannot be tried is refused', async () => {
  const { engine, flow, write, ask, make } = await trying();
  const workspace = engine.workspace.workspaceId;
  const id = await flow('plain', { steps: [map('x', 1)] });
  const problem = async (input: Readonly<Record<string, unknown>>) => (await write('testFlow', input, selection))['fields'];
  expect(await problem({})).toMatchObject([{ path: ['flow'], code: 'REQUIRED' }]);
  expect(await problem({ flow: flowId(id), inputs: {}, event: eventId(workspace) })).toMatchObject([{ code: 'ONE_OF' }]);
  const wrong = { workspace: workspaceId(workspace), steps: [{ kind: 'transform', id: 'x', args: { mapping: '{{ nobody }}' } }] };
  expect(await problem({ draft: wrong })).toMatchObject([{ path: ['draft', 'steps', '0', 'args', 'mapping'], code: 'UNKNOWN_NAME' }]);
  const text = 'mutation ($input: TestFlowInput!) { testFlow(input: $input) { __typename } }';
  const { viewer: reader } = await engine.workspace.token('VIEWER');
  const entity = await make('service', 'pay');
  expect((await ask(reader, text, { input: { flow: flowId(id), entity: entityId(entity) } })).data).toEqual({
    testFlow: { __typename: 'ForbiddenError' },
  });
  expect((await ask(reader, text, { input: { draft: wrong } })).data).toEqual({ testFlow: { __typename: 'ForbiddenError' } });
  expect(await write('testFlow', { flow: flowId(workspace) }, selection)).toMatchObject({ code: 'NOT_FOUND' });
});
