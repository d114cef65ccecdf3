import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { type TestGraph, testGraph } from '#test/support/graph';

let graph: TestGraph;

beforeAll(async () => {
  graph = await testGraph();
});

type Input = Readonly<Record<string, unknown>>;
type Answered = Readonly<Record<string, unknown>> & { readonly __typename: string; readonly flow?: Readonly<Record<string, unknown>> };

/** A mutation as the owner: its success with what is selected of the flow, or its error. */
async function write(field: string, input: Input, selection = 'id key'): Promise<Answered> {
  const name = `${field.charAt(0).toUpperCase()}${field.slice(1)}`;
  const success = field === 'deleteFlow' ? 'deletedId' : `flow { ${selection} }`;
  const text = `mutation ($input: ${name}Input!) { ${field}(input: $input) { __typename ... on ${name}Success { ${success} }
    ... on Error { code message } ... on InvalidInputError { fields { path code line column } } } }`;
  return (await graph.answer(text, { input }))[field] as Answered;
}

const make = async (input: Input, selection = 'id key') =>
  (await write('createFlow', { type: 'AUTOMATION', ...input }, selection)).flow ?? {};
const problems = async (input: Input) => {
  const answer = await write('createFlow', { name: 'Wrong', type: 'AUTOMATION', ...input });
  return (answer['fields'] as { path: string[]; code: string }[] | undefined)?.map(({ path, code }) => `${path.join('.')}: ${code}`);
};
const keys = (answer: Readonly<Record<string, unknown>>) =>
  (answer['flows'] as { edges: { node: { key: string } }[] }).edges.map(({ node }) => node.key);

const steps =
  'steps { path parent way id kind title conditions { field operator value expression } args ways { id } retry { maxRetries delay } timeout continueOnError }';
const everything = `id key name description icon enabled type needsApproval selfReview position arguments tags { key value } labels outputs
  triggers { type events conditions { field operator value } inputSchema schedule } ${steps}
  deployedVersion { number flow { type } rule { condition } } secrets { name }`;

const whole = {
  name: 'Tell the owners',
  key: 'tell-owners',
  description: 'When a service goes live.',
  icon: 'rocket',
  needsApproval: true,
  selfReview: true,
  position: 3,
  arguments: { blueprint: 'service' },
  tags: [
    { key: 'owner', value: 'ops' },
    { key: 'default', value: 'true' },
  ],
  secrets: [{ name: 'TOKEN', value: 'a-secret-of-the-flow' }],
  triggers: [
    {
      event: {
        events: ['create', 'update'],
        conditions: [
          { field: 'data.blueprintId', operator: 'eq', value: 'service' },
          { field: 'data.properties.stage', operator: 'neq', value: null },
        ],
      },
    },
    { manual: { inputSchema: { type: 'object', properties: { stage: { type: 'string' } } } } },
    { schedule: { cron: '0 9 * * MON', timeZone: 'Europe/Zurich' } },
  ],
  steps: [
    {
      kind: 'fetchResource',
      id: 'team',
      args: { conditions: [{ field: 'blueprintId', operator: 'eq', value: 'team' }], stopFlowIfNotFound: true },
    },
    {
      kind: 'branch',
      id: 'route',
      ways: [
        {
          id: 'eu',
          conditions: [{ field: 'data.properties.region', operator: 'in', value: 'eu,ch' }],
          steps: [{ kind: 'transform', id: 'map', args: { mapping: '{{ data.id }}' } }],
        },
        { steps: [{ kind: 'delay', args: { for: 'PT1H' } }] },
      ],
    },
    {
      kind: 'tryCatch',
      id: 'safe',
      steps: [
        {
          kind: 'forEach',
          id: 'each',
          args: { items: '{{ actions.team.output.properties.members }}', parallel: 2 },
          steps: [{ kind: 'delay', args: { for: 'PT1S' } }],
        },
      ],
      catch: [{ kind: 'notify', id: 'tell', args: { group: 'ops', subject: '{{ error.message }}' } }],
    },
    {
      kind: 'httpRequest',
      id: 'call',
      conditions: [{ field: 'actions', operator: 'contains', value: 'map' }],
      args: { method: 'POST', url: 'https://example.com/{{ data.id }}', headers: { authorization: 'Bearer {{ secrets.TOKEN }}' } },
      retry: { maxRetries: 3, delay: 'PT2S' },
      timeout: 'PT5S',
      onError: 'CONTINUE',
    },
  ],
  outputs: { called: '{{ actions.call.output.status }}' },
};

describe('a flow', () => {
  it('is made, read by id and key, and shows its steps with their paths', async () => {
    const made = await make(whole, everything);
    expect(made).toMatchObject({
      key: 'tell-owners',
      icon: 'rocket',
      enabled: true,
      type: 'AUTOMATION',
      needsApproval: true,
      position: 3,
      arguments: { blueprint: 'service' },
      tags: whole.tags,
      outputs: whole.outputs,
      secrets: [{ name: 'TOKEN' }],
      triggers: [
        { type: 'EVENT', events: ['create', 'update'], conditions: [{ value: 'service' }, { operator: 'neq', value: null }] },
        { type: 'MANUAL', inputSchema: { type: 'object' } },
        { type: 'SCHEDULE', schedule: { cron: '0 9 * * MON' } },
      ],
      deployedVersion: { number: 1, flow: { type: 'AUTOMATION' }, rule: null },
    });
    const listed = made['steps'] as { path: string; parent: string | null; way: string | null }[];
    expect(listed.map(({ path, parent, way }) => [path, parent, way])).toEqual([
      ['team', null, null],
      ['route', null, null],
      ['route.eu/map', 'route', 'eu'],
      ['route.way-2/delay', 'route', 'way-2'],
      ['safe', null, null],
      ['safe.try/each', 'safe', 'try'],
      ['safe.try/each/delay-2', 'safe.try/each', null],
      ['safe.catch/tell', 'safe', 'catch'],
      ['call', null, null],
    ]);
    expect(listed.at(-1)).toMatchObject({
      conditions: [{ field: 'actions', operator: 'contains', value: 'map', expression: false }],
      args: whole.steps[3]?.args,
      retry: { maxRetries: 3, delay: 'PT2S' },
      timeout: 'PT5S',
      continueOnError: true,
    });
    const read = await graph.answer(
      'query ($id: ID!) { byId: flow(id: $id) { key } byKey: flow(key: "tell-owners") { id } node(id: $id) { __typename id } }',
      { id: made['id'] },
    );
    expect(read).toEqual({ byId: { key: 'tell-owners' }, byKey: { id: made['id'] }, node: { __typename: 'Flow', id: made['id'] } });
    const schedules = await graph.answer(
      'query ($id: ID!) { schedules(filter: { automation: $id }) { edges { node { cron timeZone } } } }',
      { id: made['id'] },
    );
    expect(schedules).toEqual({ schedules: { edges: [{ node: { cron: '0 9 * * MON', timeZone: 'Europe/Zurich' } }] } });
  });

  it('is replaced whole by upsertFlow, but for its secrets, and changed in part by updateFlow', async () => {
    await write('upsertFlow', { ...whole, key: 'whole', type: 'AUTOMATION' });
    const replaced = await write('upsertFlow', { key: 'whole', name: 'Less', type: 'SELF_SERVICE_ACTION' }, everything);
    expect(replaced.flow).toMatchObject({
      name: 'Less',
      description: '',
      icon: null,
      type: 'SELF_SERVICE_ACTION',
      needsApproval: false,
      selfReview: false,
      position: 0,
      arguments: {},
      tags: [],
      triggers: [],
      steps: [],
      outputs: null,
      secrets: [{ name: 'TOKEN' }],
      deployedVersion: { number: 2 },
    });
    const again = await write('upsertFlow', { key: 'whole', name: 'Less', type: 'SELF_SERVICE_ACTION' }, everything);
    expect(again.flow).toMatchObject({ deployedVersion: { number: 2 } });
    const changed = await write(
      'updateFlow',
      { key: 'whole', steps: [{ kind: 'delay', args: { for: 'PT1M' } }], icon: 'clock' },
      everything,
    );
    expect(changed.flow).toMatchObject({
      name: 'Less',
      icon: 'clock',
      type: 'SELF_SERVICE_ACTION',
      steps: [{ path: 'delay' }],
      deployedVersion: { number: 3 },
    });
    const { versions } = (await graph.answer('{ flow(key: "whole") { versions(first: 5) { edges { node { id number } } } } }'))['flow'] as {
      versions: { edges: { node: { id: string; number: number } }[] };
    };
    const second = versions.edges.find(({ node }) => node.number === 2)?.node.id;
    const back = await write('rollBackFlow', { version: second }, everything);
    expect(back.flow).toMatchObject({ steps: [], deployedVersion: { number: 4 } });
  });

  it('says what is wrong with each field, all at once, with the place in the text', async () => {
    expect(
      await problems({
        triggers: [
          { event: { events: ['create'], conditions: [{ field: 'data.x', operator: 'resembles', value: 1 }] } },
          { manual: { inputSchema: { type: 'nothing' } } },
        ],
        steps: [
          { kind: 'teleport' },
          { kind: 'delay', id: 'same', args: { fr: 'PT1S' } },
          { kind: 'delay', id: 'same', args: { for: '{{ 1 + }}' } },
          { kind: 'branch', steps: [] },
          { kind: 'httpRequest', args: { method: 'FETCH' } },
          { kind: 'transform', args: { mapping: '{{ nobody.knows }}' } },
        ],
        outputs: { secret: '{{ secrets.TOKEN }}' },
      }),
    ).toEqual([
      'triggers.0.event.conditions.0.operator: UNKNOWN_OPERATOR',
      'triggers.1.manual.inputSchema: JSON_SCHEMA',
      'steps.0.kind: UNKNOWN_STEP_KIND',
      'steps.1.args.fr: UNKNOWN_FIELD',
      'steps.2.id: DUPLICATE',
      'steps.2.args.for: SYNTAX',
      'steps.3.ways: REQUIRED',
      'steps.3.steps: UNEXPECTED',
      'steps.4.args.method: INVALID',
      'steps.4.args.url: REQUIRED',
      'steps.5.args.mapping: UNKNOWN_NAME',
      'outputs.secret: SECRETS',
    ]);
    // A trigger knows no secrets, whichever way they are asked for; a step does.
    const asking = [
      { field: 'secrets.TOKEN', operator: 'exists' },
      { field: 'data.id', operator: 'eq', value: { deep: ['{{ secrets.TOKEN }}'] } },
      { field: "secrets['TOKEN'] | length", operator: 'gt', value: 3, expression: true },
    ];
    const token = { secrets: [{ name: 'TOKEN', value: 'a-secret' }] };
    expect(await problems({ ...token, triggers: [{ event: { events: ['create'], conditions: asking } }] })).toEqual([
      'triggers.0.event.conditions.0: SECRETS',
      'triggers.0.event.conditions.1: SECRETS',
      'triggers.0.event.conditions.2: SECRETS',
    ]);
    const step = { kind: 'transform', conditions: asking, args: { mapping: 1 } };
    expect(await problems({ ...token, name: 'Asks', steps: [step] })).toBeUndefined();
    expect(await problems({ type: 'SELF_SERVICE_ACTION', triggers: [{ event: { events: ['create'] } }] })).toEqual([
      'triggers: NOT_APPLICABLE',
    ]);
    expect(await problems({ triggers: [{ event: { events: ['create', 'order.paid', 'created', 'constructor'] } }] })).toEqual([
      'triggers.0.event.events.2: UNKNOWN_EVENT',
      'triggers.0.event.events.3: UNKNOWN_EVENT',
    ]);
    expect(await problems({ triggers: [{ schedule: { cron: 'never' } }] })).toEqual(['triggers.0.schedule.cron: SYNTAX']);
    expect(await problems({ triggers: [{ webhook: false }] })).toEqual(['triggers.0: ONE_OF']);
    expect(keys(await graph.answer('{ flows(filter: { search: "wrong" }) { edges { node { key } } } }'))).toEqual([]);
  });

  it('is made as docs/flows.md shows', async () => {
    const page = readFileSync('docs/flows.md', 'utf8');
    const examples = [...page.matchAll(/^```graphql\n([\s\S]*?)^```$/gm)].map(([, text = '']) => text);
    const kinds = /`(\{ stepKinds \{.*?\} \})`/.exec(page)?.[1] ?? '';
    expect(examples).toHaveLength(1);
    expect(await graph.answer(examples[0] ?? '')).toMatchObject({
      createFlow: { flow: { key: 'first-note', steps: [{ path: 'text' }, {}, {}] } },
    });
    expect(await graph.answer(kinds)).toMatchObject({
      stepKinds: expect.arrayContaining([expect.objectContaining({ kind: 'notify' })]) as unknown,
    });
  });

  it('refuses steps that stand too deep, and a key that is taken', async () => {
    const nested = (depth: number): Input => ({ kind: 'tryCatch', steps: depth === 0 ? [] : [nested(depth - 1)] });
    expect(await problems({ steps: [nested(4)] })).toBeUndefined();
    expect((await problems({ key: 'deeper', steps: [nested(6)] }))?.at(0)).toMatch(/TOO_DEEP/);
    await make({ name: 'First', key: 'taken' });
    expect(await write('createFlow', { name: 'Second', key: 'taken', type: 'AUTOMATION' })).toMatchObject({ code: 'ALREADY_EXISTS' });
  });

  it('is found by type, tag, text, blueprint and state, in the order of positions, both ways', async () => {
    const tag = { key: 'list', value: 'of flows' };
    const on = (blueprint: string) => [
      { event: { events: ['create'], conditions: [{ field: 'data.blueprintId', operator: 'eq', value: blueprint }] } },
    ];
    await make({ name: 'Lion', key: 'l1', position: 2, tags: [tag], triggers: on('cat') });
    await make({
      name: 'Ant',
      key: 'l2',
      position: 1,
      tags: [tag, { key: 'size', value: 'small' }],
      triggers: on('insect'),
      type: 'SCORECARD',
    });
    await make({ name: 'Bee', key: 'l3', position: 2, tags: [tag], triggers: on('insect'), enabled: false });
    const list = async (rest: Input, more = '') =>
      keys(
        await graph.answer(`query ($filter: FlowFilter) { flows(filter: $filter${more}) { edges { node { key } } } }`, {
          filter: { tag, ...rest },
        }),
      );
    expect(await list({})).toEqual(['l2', 'l1', 'l3']);
    expect(await list({}, ', orderBy: [{ field: NAME, direction: DESC }]')).toEqual(['l1', 'l3', 'l2']);
    expect(await list({ type: ['SCORECARD'] })).toEqual(['l2']);
    expect(await list({ blueprint: 'insect' })).toEqual(['l2', 'l3']);
    expect(await list({ blueprint: 'insect', enabled: true })).toEqual(['l2']);
    expect(await list({ search: 'lIo' })).toEqual(['l1']);
    expect(await list({ tag: { key: 'size', value: 'small' } })).toEqual(['l2']);
    expect(await list({ tag: { key: 'size', value: 'large' } })).toEqual([]);
    const page = await graph.answer(
      'query ($filter: FlowFilter) { flows(filter: $filter, first: 2) { totalCount pageInfo { endCursor hasNextPage } edges { node { key } } } }',
      { filter: { tag } },
    );
    const { totalCount, pageInfo } = page['flows'] as { totalCount: number; pageInfo: { endCursor: string; hasNextPage: boolean } };
    expect([totalCount, pageInfo.hasNextPage]).toEqual([3, true]);
    const next = await graph.answer(
      'query ($filter: FlowFilter, $after: Cursor) { flows(filter: $filter, first: 2, after: $after) { pageInfo { startCursor } edges { node { key } } } }',
      { filter: { tag }, after: pageInfo.endCursor },
    );
    expect(keys(next)).toEqual(['l3']);
    const { startCursor } = (next['flows'] as { pageInfo: { startCursor: string } }).pageInfo;
    const back =
      'query ($filter: FlowFilter, $before: Cursor) { flows(filter: $filter, last: 1, before: $before) { edges { node { key } } } }';
    expect(keys(await graph.answer(back, { filter: { tag }, before: startCursor }))).toEqual(['l1']);
  });

  it('is disabled with its schedule, enabled again, and deleted, after which its key is free', async () => {
    const { id } = await make({ name: 'Gone soon', key: 'gone', triggers: [{ schedule: { interval: 'PT1H' } }, { webhook: true }] });
    const next =
      'query ($id: ID!) { schedules(filter: { automation: $id }) { edges { node { nextFireAt } } } webhooks(filter: { automation: $id }) { edges { node { verification } } } }';
    const webhooks = { edges: [{ node: { verification: 'STANDARD_WEBHOOKS' } }] };
    expect((await write('disableFlow', { key: 'gone' }, 'enabled')).flow).toEqual({ enabled: false });
    expect(await graph.answer(next, { id })).toEqual({ schedules: { edges: [{ node: { nextFireAt: null } }] }, webhooks });
    expect((await write('enableFlow', { key: 'gone' }, 'enabled')).flow).toEqual({ enabled: true });
    expect(await graph.answer(next, { id })).toMatchObject({
      schedules: { edges: [{ node: { nextFireAt: expect.any(String) as string } }] },
    });
    expect(await write('deleteFlow', { key: 'gone' })).toMatchObject({ deletedId: id });
    expect(await graph.answer('{ flow(key: "gone") { id } }')).toEqual({ flow: null });
    expect((await make({ name: 'New', key: 'gone' }))['id']).not.toBe(id);
  });
});
