import { beforeAll, describe, expect, it } from 'vitest';
import { type TestGraph, testGraph } from '#test/support/graph';

let graph: TestGraph;

beforeAll(async () => {
  graph = await testGraph();
});

type Document = Readonly<Record<string, unknown>>;

const text = `mutation ($input: ImportFlowInput!) { importFlow(input: $input) { __typename
  ... on ImportFlowSuccess { flows { change flow { id key name enabled secrets { name } deployedVersion { number } } } }
  ... on Error { code message } ... on InvalidInputError { fields { path code line column } } } }`;

async function load(document: unknown) {
  const answer = (await graph.answer(text, { input: { format: 'RELYIO', document } }))['importFlow'] as {
    readonly flows?: readonly { readonly change: string; readonly flow: { readonly id: string } & Document }[];
    readonly code?: string;
    readonly fields?: readonly { readonly path: string[]; readonly code: string }[];
  };
  return { ...answer, flows: answer.flows ?? [] };
}

const exported = async (ids: readonly string[]) =>
  (await graph.answer('query ($ids: [ID!]!) { exportFlow(ids: $ids, format: RELYIO) }', { ids }))['exportFlow'] as readonly Document[];

/** As the other product answers one: every field of its reference, some of them with their defaults. */
const incidents: Document = {
  id: 'incidents.to-services',
  title: 'Link incidents to services',
  description: 'Suggests the service of an incident.',
  icon: 'fire',
  isActive: true,
  needsApproval: false,
  order: 0,
  type: 'automation',
  arguments: { sourceBlueprintId: 'incident', targetBlueprintId: 'service' },
  triggers: [
    {
      type: 'onEvent',
      conditions: [
        { field: 'data.blueprintId', expression: false, operator: 'eq', value: '{{ arguments.sourceBlueprintId }}' },
        { field: "data.properties.tags['env']", operator: 'in', value: 'main,' },
        { field: 'data.properties.service', operator: 'neq', value: null },
      ],
      event: { resource: 'entity', action: ['create', 'update'] },
    },
  ],
  actions: [
    {
      type: 'fetchResource',
      id: 'fetch_service',
      title: 'Find the service',
      description: '',
      conditions: [],
      args: {
        resourceType: 'entity',
        conditions: [
          { field: 'blueprintId', operator: 'eq', value: '{{ arguments.targetBlueprintId }}' },
          { field: 'properties/name', operator: 'eq', value: '{{ data.properties.service }}' },
        ],
        stopFlowIfNotFound: false,
      },
    },
    {
      type: 'upsertResource',
      id: 'suggest',
      conditions: [{ field: 'actions', operator: 'ncontains', value: 'fetch_service' }],
      args: {
        resourceType: 'entity',
        createSuggestion: true,
        data: {
          id: '{{ data.properties.service | lower }}',
          title: '{{ data.properties.service }}',
          blueprintId: '{{ arguments.targetBlueprintId }}',
          properties: { tags: '{{ [data.properties.env, "auto"] | tojson }}' },
          relations: { team: { value: '{{ data.relations.team.value if data.relations.team else none }}' } },
        },
      },
    },
  ],
  outputs: {},
  tags: [
    { key: 'default', value: 'true' },
    { key: 'owner', value: 'rely' },
  ],
  createdAt: '2024-09-08T00:32:54.376Z',
  createdBy: 7,
  updatedAt: '2024-09-08T00:32:54.376Z',
  updatedBy: null,
};

/** The sample of its reference: the least that it takes. */
const least: Document = { id: 'text', title: 'text', type: 'automation' };

const selfService: Document = {
  id: 'restart',
  title: 'Restart a service',
  type: 'selfServiceAction',
  needsApproval: true,
  secrets: { API_KEY: 'moved-with-the-flow' },
  triggers: [{ type: 'manual', inputSchema: { type: 'object', required: ['service'], properties: { service: { type: 'string' } } } }],
  actions: [{ type: 'httpRequest', args: { url: 'https://example.com/{{ inputs.service }}' } }],
  outputs: ['{{ actions.httpRequest.output.status }}'],
};

describe('who moves over with flows', () => {
  it('gets every document back equal, key for key, but for its secrets', async () => {
    const { flows } = await load([incidents, least, selfService]);
    expect(flows.map(({ change, flow }) => [change, flow['key']])).toEqual([
      ['CREATED', 'incidents.to-services'],
      ['CREATED', 'text'],
      ['CREATED', 'restart'],
    ]);
    expect(flows[2]?.flow).toMatchObject({ secrets: [{ name: 'API_KEY' }] });
    const { secrets: _secrets, ...open } = selfService;
    expect(await exported(flows.map(({ flow }) => flow.id))).toEqual([incidents, least, open]);
    expect(JSON.stringify(await exported(flows.map(({ flow }) => flow.id)))).not.toContain('moved-with');
  });

  it('may do it again: nothing changes, no version is made, and secrets stay', async () => {
    const { secrets: _secrets, ...open } = selfService;
    const { flows } = await load({ items: [incidents, open], current_page: 'x' });
    expect(flows.map(({ change, flow }) => [change, flow['deployedVersion']])).toEqual([
      ['UNCHANGED', { number: 1 }],
      ['UNCHANGED', { number: 1 }],
    ]);
    expect(flows[1]?.flow['secrets']).toEqual([{ name: 'API_KEY' }]);
  });

  it('sees in the document what was changed here since, and everything else as it was', async () => {
    const { flows } = await load(incidents);
    const id = flows[0]?.flow.id ?? '';
    await graph.answer('mutation ($input: UpdateFlowInput!) { updateFlow(input: $input) { __typename } }', {
      input: { id, name: 'Another title', position: 4 },
    });
    expect(await exported([id])).toEqual([{ ...incidents, title: 'Another title', order: 4 }]);
  });

  it('gets a flow whose steps lack their arguments, as in the sample of its reference, switched off', async () => {
    const condition = { field: 'text', expression: false, operator: 'eq' };
    const sample = {
      ...least,
      id: 'sample',
      isActive: true,
      triggers: [{ type: 'onEvent', conditions: [condition], event: { resource: 'entity', action: ['create'] } }],
      actions: [{ type: 'upsertResource', id: 'text', title: 'text', description: 'text', conditions: [condition] }],
    };
    const { flows } = await load(sample);
    expect(flows).toMatchObject([{ change: 'CREATED', flow: { enabled: false } }]);
    expect(await exported(flows.map(({ flow }) => flow.id))).toEqual([sample]);

    const enable = `mutation ($input: EnableFlowInput!) { enableFlow(input: $input) { __typename ... on EnableFlowSuccess { flow { enabled } }
      ... on InvalidInputError { fields { path code } } } }`;
    const id = flows[0]?.flow.id ?? '';
    expect(await graph.answer(enable, { input: { id } })).toEqual({
      enableFlow: { __typename: 'InvalidInputError', fields: [{ path: ['steps', '0', 'args', 'data'], code: 'REQUIRED' }] },
    });
    const steps = [{ id: 'text', kind: 'delay', args: { for: 'PT1S' } }];
    expect(
      await graph.answer('mutation ($input: UpdateFlowInput!) { updateFlow(input: $input) { __typename } }', { input: { id, steps } }),
    ).toEqual({ updateFlow: { __typename: 'UpdateFlowSuccess' } });
    expect(await graph.answer(enable, { input: { id } })).toEqual({
      enableFlow: { __typename: 'EnableFlowSuccess', flow: { enabled: true } },
    });
  });

  it('is told what is wrong in the words of the document, and nothing of it is imported', async () => {
    const wrong = {
      ...least,
      id: 'wrong',
      actions: [{ type: 'teleport' }, { type: 'tryCatch', actions: [{ type: 'delay', args: { for: '{{ 1 + }}' } }] }],
      triggers: [
        { type: 'onEvent', event: { resource: 'entity', action: ['create', 'created'] }, conditions: [{ field: 'id', operator: 'is' }] },
      ],
    };
    const tagged = { ...least, id: 'tagged', tags: [{ key: 'x'.repeat(500), value: 'x' }] };
    const answer = await load([{ ...least, id: 'right' }, wrong, { ...least, colour: 'red' }, tagged]);
    expect(answer.fields?.map(({ path, code }) => `${path.join('.')}: ${code}`)).toEqual([
      'document.1.triggers.0.event.action.1: UNKNOWN_EVENT',
      'document.1.triggers.0.conditions.0.operator: UNKNOWN_OPERATOR',
      'document.1.actions.0.type: UNKNOWN_STEP_KIND',
      'document.1.actions.1.actions.0.args.for: SYNTAX',
      'document.2.colour: UNKNOWN_FIELD',
      'document.3.tags.0.key: TOO_LONG',
    ]);
    expect((await load({ ...least, colour: 'red' })).fields?.map(({ path }) => path.join('.'))).toEqual(['document.colour']);
    expect((await load({ items: [{ ...least, id: 'No Id' }] })).fields?.map(({ path }) => path.join('.'))).toEqual(['document.items.0.id']);
    expect((await load({ ...least, type: 'plugin' })).fields?.map(({ path }) => path.join('.'))).toEqual(['document.type']);
    expect((await load({ ...least, arguments: { text: 'a\u0000b' } })).fields?.map(({ path }) => path.join('.'))).toEqual(['document']);
    expect((await load('text')).fields?.map(({ path }) => path.join('.'))).toEqual(['document']);
    const list = await graph.answer('{ flow(key: "right") { id } }');
    expect(list).toEqual({ flow: null });
  });
});
