import { expect, test } from 'vitest';
import { transact } from '#platform/work/work';
import { applySuggestion } from '#domain/suggestion/suggestion.apply.service';
import type { Work } from '#domain/work';
import { deleteSuggestion, ignoreSuggestion } from '#domain/suggestion/suggestion.service';
import { testEngine } from '#test/support/engine';
import { seedFlows } from '#test/support/flows';

async function working() {
  const engine = await testEngine();
  engine.work();
  const { prisma } = engine.app.db;
  const flows = await seedFlows(engine);
  return {
    engine,
    prisma,
    ...flows,
    suggestions: () => prisma.suggestion.findMany({ orderBy: { id: 'asc' } }),
    done: (what: (work: Work) => Promise<unknown>) => transact(engine.app, engine.viewer, what),
    /** Waits until what happened led to nothing more. */
    quiet: async () => {
      const open = () =>
        Promise.all([prisma.run.count({ where: { finishedAt: null } }), prisma.event.count({ where: { passedAt: null } })]);
      // A run that ends commits what it told with its end: one look at both after a look at the runs is enough.
      await expect.poll(async () => [...(await open()), ...(await open())], { timeout: 20_000, interval: 15 }).toEqual([0, 0, 0, 0]);
      expect(await prisma.run.findMany({ where: { status: { not: 'SUCCEEDED' } }, select: { errorMessage: true, status: true } })).toEqual(
        [],
      );
    },
  };
}

const onService = (events: string[], ...conditions: object[]) => ({
  event: { events, conditions: [{ field: 'data.blueprintId', operator: 'eq', value: 'service' }, ...conditions] as never },
});
const teamOf = (more: object) => ({
  kind: 'upsertResource',
  id: 'team',
  args: {
    data: {
      id: '{{ data.properties.description }}',
      title: 'Team of {{ data.title }}',
      blueprintId: 'team',
      properties: { lead: '{{ data.properties.stage }}' },
    },
    ...more,
  },
});

test('an event suggests once, the next one changes it, one that is ignored does not return, and a deleted one does', async () => {
  const { flow, make, change, quiet, suggestions, done, read } = await working();
  await flow('find-teams', { triggers: [onService(['create', 'update'])], steps: [teamOf({ createSuggestion: true })] });
  const id = await make('service', 'pay', { properties: { name: 'Pay', description: 'core', stage: 'ada' } });
  await quiet();
  const [first, ...others] = await suggestions();
  expect(others).toEqual([]);
  expect(first).toMatchObject({
    title: 'Team of Pay',
    originId: 'find-teams',
    sourceId: 'pay',
    sourceEntityId: id,
    sourceContext: { title: 'Pay' },
    targetId: 'core',
    targetBlueprint: 'team',
    ignored: false,
    lastAppliedAt: null,
    data: { title: 'Team of Pay', properties: { lead: 'ada' } },
  });
  expect(await read('team', 'core')).toBeNull();
  await change(id, { properties: { stage: 'bob' } });
  await quiet();
  expect(await suggestions()).toMatchObject([{ id: first?.id, data: { properties: { lead: 'bob' } } }]);

  await done((work) => ignoreSuggestion(work, { id: first?.id ?? '' }, true));
  await change(id, { properties: { stage: 'eve' } });
  await quiet();
  expect(await suggestions()).toMatchObject([{ id: first?.id, ignored: true, data: { properties: { lead: 'bob' } } }]);
  await done((work) => deleteSuggestion(work, { id: first?.id ?? '' }));
  await change(id, { properties: { stage: 'kim' } });
  await quiet();
  const again = await suggestions();
  expect(again).toMatchObject([{ ignored: false, data: { properties: { lead: 'kim' } } }]);
  expect(again[0]?.id).not.toBe(first?.id);
});

test('a suggestion that applies itself writes at once, and its source then feeds the target and starts what listens to that', async () => {
  const { prisma, flow, make, quiet, suggestions, done, read, outcome } = await working();
  await flow('by-itself', {
    triggers: [onService(['create'], { field: 'data.properties.stage', operator: 'eq', value: 'auto' })],
    steps: [teamOf({ createSuggestion: true, autoApply: true })],
  });
  await flow('by-hand', {
    triggers: [onService(['create'], { field: 'data.properties.stage', operator: 'eq', value: 'hand' })],
    steps: [teamOf({ createSuggestion: true })],
  });
  const listener = await flow('listens', {
    triggers: [onService(['addedAsSource'])],
    steps: [{ kind: 'transform', id: 'see', args: { mapping: '{{ event.action }} {{ data.id }}' } }],
    outputs: '{{ actions.see.output }}',
  });
  await make('service', 'pay', { properties: { description: 'core', stage: 'auto' } });
  await make('service', 'log', { properties: { description: 'edge', stage: 'hand' } });
  await quiet();
  expect(await read('team', 'core')).toMatchObject({ properties: { lead: 'auto' } });
  expect(await read('team', 'edge')).toBeNull();
  const heard = async () =>
    (await prisma.run.findMany({ where: { automationId: listener }, orderBy: { id: 'asc' } })).map(({ output }) => output);
  expect(await heard()).toEqual(['addedAsSource pay']);
  const open = (await suggestions()).find(({ lastAppliedAt }) => lastAppliedAt === null);
  await done((work) => applySuggestion(work, { id: open?.id ?? '' }, null));
  await quiet();
  expect(await read('team', 'edge')).toMatchObject({ title: 'Team of log', properties: { lead: 'hand' } });
  expect(await heard()).toEqual(['addedAsSource pay', 'addedAsSource log']);

  const find = (entityIds: unknown) => [
    {
      kind: 'fetchEntitiesBySource',
      id: 'fed',
      args: { targetBlueprintId: 'team', sourceBlueprintId: 'service', entityIds, stopFlowIfNotFound: true },
    },
  ];
  await flow('fed', { steps: find('{{ inputs.ids }}'), outputs: '{{ actions.fed.output.ids }}' });
  expect(await outcome('fed', { ids: ['pay', 'log'] })).toMatchObject({ status: 'SUCCEEDED', output: ['core', 'edge'] });
  expect(await outcome('fed', { ids: ['nothing'] })).toMatchObject({ status: 'SUCCEEDED', stoppedBy: 'fed', output: null });
});

test('levels are kept with their history, and an equal one changes nothing', async () => {
  const { prisma, flow, make, change, quiet } = await working();
  const card = await flow('card', {
    arguments: { least: 2 },
    triggers: [onService(['create', 'update'])],
    steps: [
      {
        kind: 'computeLevel',
        id: 'level',
        args: {
          levels: [
            { name: 'Bronze', conditions: [{ field: 'data.properties.description', operator: 'neq', value: null }] },
            { name: 'Silver', conditions: [{ field: 'properties/level', operator: 'gte', value: '{{ arguments.least }}' }] },
            { name: 'Gold', conditions: [{ field: 'data.properties.stage', operator: 'eq', value: '{{ data.properties.description }}' }] },
          ],
        },
      },
    ],
    outputs: '{{ actions.level.output }}',
  });
  const levels = async () =>
    (await prisma.entityLevel.findMany({ where: { automationId: card }, orderBy: { id: 'asc' } })).map(({ level, rank }) => [level, rank]);
  const id = await make('service', 'pay', { properties: {} });
  await quiet();
  expect(await levels()).toEqual([[null, 0]]);
  // What a record says is no template, whatever it looks like.
  await change(id, { properties: { description: '{{ nobody.knows }}', level: 1 } });
  await quiet();
  await change(id, { properties: { tags: { a: 1 } } });
  await quiet();
  expect(await levels()).toEqual([
    [null, 0],
    ['Bronze', 1],
  ]);
  await change(id, { properties: { level: 3 } });
  await quiet();
  await change(id, { properties: { stage: '{{ nobody.knows }}' } });
  await quiet();
  await change(id, { properties: { description: null } });
  await quiet();
  expect(await levels()).toEqual([
    [null, 0],
    ['Bronze', 1],
    ['Silver', 2],
    ['Gold', 3],
    [null, 0],
  ]);
  const outputs = (await prisma.run.findMany({ where: { automationId: card }, orderBy: { id: 'asc' } })).map(({ output }) => output);
  expect(outputs.at(-1)).toEqual({ level: null, previous: 'Gold' });
});

test('a link is resolved by a value, to one record or to many, and where it could be several of which one is meant, it says so', async () => {
  const { prisma, flow, make, change, settled, quiet, read } = await working();
  const value = (name: string) => `{{ data.properties.${name} or [] }}`;
  await flow('owner', {
    triggers: [onService(['create', 'update'])],
    steps: [
      {
        kind: 'resolveRelation',
        id: 'owner',
        args: { relation: 'owner', targetBlueprintId: 'team', targetField: 'properties/lead', value: value('description') },
      },
    ],
  });
  await flow('uses', {
    triggers: [onService(['create', 'update'], { field: 'data.properties.tags', operator: 'neq', value: null })],
    steps: [
      {
        kind: 'resolveRelation',
        id: 'uses',
        args: {
          relation: 'uses',
          targetBlueprintId: 'service',
          targetField: 'properties.stage',
          value: '{{ data.properties.tags.stages }}',
        },
      },
    ],
  });
  await make('team', 'core', { properties: { lead: 'ada' } });
  await make('team', 'one', { properties: { lead: 'bob' } });
  await make('team', 'two', { properties: { lead: 'bob' } });
  for (const stage of ['a', 'b', 'c']) await make('service', stage, { properties: { stage } });
  const id = await make('service', 'pay', { properties: { description: 'ada', tags: { stages: ['a', 'c', 'nothing'] } } });
  await quiet();
  expect(await read('service', 'pay')).toMatchObject({ relations: { owner: { value: 'core' }, uses: { value: ['a', 'c'] } } });
  await change(id, { properties: { description: 'bob' } });
  await settled();
  await expect
    .poll(() => prisma.run.findMany({ where: { status: 'FAILED' }, select: { errorCode: true } }), { timeout: 20_000 })
    .toEqual([{ errorCode: 'AMBIGUOUS' }]);
  expect(await read('service', 'pay')).toMatchObject({ relations: { owner: { value: 'core' } } });
  await change(id, { properties: { description: null } });
  await settled();
  await expect
    .poll(() => read('service', 'pay'), { timeout: 20_000 })
    .toMatchObject({ relations: { owner: { value: null }, uses: { value: ['a', 'c'] } } });
});

test('a scorecard and a reference are what their arguments say, and need no steps', async () => {
  const { prisma, flow, make, change, quiet, read } = await working();
  const card = await flow('card', {
    type: 'SCORECARD',
    arguments: {
      blueprintId: 'service',
      least: 2,
      levels: [
        { name: 'Told', conditions: [{ field: 'data.properties.description', operator: 'neq', value: null }] },
        { name: 'Grown', conditions: [{ field: 'properties.level', operator: 'gte', value: '{{ arguments.least }}' }] },
      ],
    },
  });
  await flow('owners', {
    type: 'REFERENCE',
    arguments: {
      sourceBlueprintId: 'service',
      relation: 'owner',
      sourceProperty: 'properties/description',
      targetBlueprintId: 'team',
      targetField: 'properties/lead',
    },
  });
  await make('team', 'core', { properties: { lead: 'ada' } });
  const id = await make('service', 'pay', { properties: { description: 'ada', level: 1 } });
  await quiet();
  expect(await read('service', 'pay')).toMatchObject({ relations: { owner: { value: 'core' } } });
  await change(id, { properties: { level: 2 } });
  await quiet();
  await change(id, { properties: { description: null } });
  await quiet();
  expect(await read('service', 'pay')).toMatchObject({ relations: { owner: { value: null } } });
  const levels = await prisma.entityLevel.findMany({ where: { automationId: card, entityId: id }, orderBy: { id: 'asc' } });
  expect(levels.map(({ level }) => level)).toEqual(['Told', 'Grown', null]);
  await expect(
    flow('wrong', {
      type: 'SCORECARD',
      arguments: { blueprintId: 'service', levels: [{ name: 'A', conditions: [{ field: 'title', operator: 'is' }] }] },
    }),
  ).rejects.toMatchObject({
    fields: [{ path: ['arguments', 'levels', '0', 'conditions', '0', 'operator'] }],
  });
  await expect(
    flow('less', {
      type: 'REFERENCE',
      arguments: { sourceBlueprintId: 'service', relation: 'owner', sourceProperty: 'a b', targetField: 'id' },
    }),
  ).rejects.toMatchObject({
    fields: [
      { path: ['arguments', 'sourceProperty'], code: 'INVALID' },
      { path: ['arguments', 'targetBlueprintId'], code: 'REQUIRED' },
    ],
  });
  const unknown = {
    sourceBlueprintId: 'service',
    relation: 'uses',
    sourceProperty: 'nosuch',
    targetBlueprintId: 'team',
    targetField: 'id',
  };
  for (const [type, given, fields] of [
    ['SCORECARD', { blueprintId: 'sevice', levels: [{ name: 'A', conditions: [] }] }, ['blueprintId UNKNOWN_BLUEPRINT']],
    ['REFERENCE', unknown, ['targetBlueprintId WRONG_TYPE', 'sourceProperty UNKNOWN_FIELD']],
    [
      'REFERENCE',
      { ...unknown, relation: 'use', targetBlueprintId: 'no' },
      ['targetBlueprintId UNKNOWN_BLUEPRINT', 'relation UNKNOWN_LINK', 'sourceProperty UNKNOWN_FIELD'],
    ],
  ] as const)
    await expect(flow('unknown', { type, arguments: given })).rejects.toMatchObject({
      fields: fields.map((said) => ({ path: ['arguments', said.split(' ')[0]], code: said.split(' ')[1] })),
    });
});
