import { beforeAll, describe, expect, it } from 'vitest';
import { fewBlueprints } from '#test/support/records';
import { type TestGraph, testGraph } from '#test/support/graph';

let graph: TestGraph;
let source: string;

beforeAll(async () => {
  graph = await testGraph();
  await fewBlueprints(graph.app, graph.workspace.uuid);
  source = await entity('request', 'r1', { subject: 'Printer is on fire' });
  await write('createFlow', { name: 'Finder', key: 'finder', type: 'AUTOMATION' }, 'flow { id }');
});

type Input = Readonly<Record<string, unknown>>;
type Answered = Readonly<Record<string, unknown>>;

async function write(field: string, input: Input, success: string): Promise<Answered> {
  const name = `${field.charAt(0).toUpperCase()}${field.slice(1)}`;
  const text = `mutation ($input: ${name}Input!) { ${field}(input: $input) { __typename ... on ${name}Success { ${success} }
    ... on Error { code message } ... on InvalidInputError { fields { path code } } } }`;
  return (await graph.answer(text, { input }))[field] as Answered;
}

async function entity(blueprint: string, key: string, properties: Input): Promise<string> {
  const made = await write('upsertEntity', { blueprint, key, properties }, 'entity { id }');
  return (made['entity'] as { id: string }).id;
}

const all = `id key title description originType originId origin { key } sourceType sourceId source { id } sourceContext targetType targetId targetBlueprint
  targetContext targetIdOverride data ignored autoApply lastAppliedAt appliedTo { key } createdAt createdBy { actorKind actorName } updatedAt updatedBy { actorKind }`;
const suggestion = (input: Input) => ({
  title: 'Make a ci',
  originId: 'finder',
  sourceId: 'r1',
  targetId: 'printer',
  targetBlueprint: 'ci',
  ...input,
});
const make = async (input: Input) =>
  (await write('createSuggestion', suggestion(input), `suggestion { ${all} }`))['suggestion'] as Answered;
const states = '__typename dryRun ignored previousState newState suggestion { lastAppliedAt }';
const apply = (input: Input) => write('applySuggestion', input, states);
const read = async (key: string, fields = 'name properties sources { key }') =>
  (await graph.answer(`{ entity(key: "${key}", blueprint: "ci") { ${fields} } }`))['entity'] as Answered | null;

describe('a suggestion', () => {
  it('has every field, is read by id and key, listed, changed and deleted', async () => {
    const made = await make({
      key: 'first of all',
      description: 'Because of the fire.',
      sourceContext: { subject: 'fire' },
      targetContext: { name: 'old' },
      targetIdOverride: 'other',
      data: { title: 'Printer' },
    });
    expect(made).toMatchObject({
      key: 'first of all',
      title: 'Make a ci',
      description: 'Because of the fire.',
      originType: 'AUTOMATION',
      originId: 'finder',
      origin: { key: 'finder' },
      sourceType: 'ENTITY',
      sourceId: 'r1',
      source: { id: source },
      sourceContext: { subject: 'fire' },
      targetType: 'ENTITY',
      targetId: 'printer',
      targetBlueprint: 'ci',
      targetContext: { name: 'old' },
      targetIdOverride: 'other',
      data: { title: 'Printer' },
      ignored: false,
      autoApply: false,
      lastAppliedAt: null,
      createdBy: { actorKind: 'SYSTEM' },
    });
    expect(await write('createSuggestion', suggestion({ key: 'first of all' }), 'suggestion { id }')).toMatchObject({
      code: 'ALREADY_EXISTS',
    });
    const found =
      'query ($id: ID!) { byId: suggestion(id: $id) { key } byKey: suggestion(key: "first of all") { id } node(id: $id) { __typename } }';
    expect(await graph.answer(found, { id: made['id'] })).toEqual({
      byId: { key: 'first of all' },
      byKey: { id: made['id'] },
      node: { __typename: 'Suggestion' },
    });
    const list = 'query ($f: SuggestionFilter) { suggestions(filter: $f) { totalCount edges { node { key } } } }';
    const keys = async (f: Input) =>
      ((await graph.answer(list, { f }))['suggestions'] as { edges: { node: { key: string } }[] }).edges.map(({ node }) => node.key);
    expect(await keys({ origin: 'finder', source, targetBlueprint: 'ci', ignored: false, applied: false })).toEqual(['first of all']);
    expect(await keys({ search: 'MAKE' })).toEqual(['first of all']);
    expect(await keys({ targetId: 'nothing' })).toEqual([]);
    const changed = await write('upsertSuggestion', suggestion({ key: 'first of all', title: 'Less' }), `suggestion { ${all} }`);
    expect(changed['suggestion']).toMatchObject({ id: made['id'], title: 'Less', description: '', data: {}, targetIdOverride: null });
    const updated = await write('updateSuggestion', { id: made['id'], description: 'More' }, 'suggestion { title description }');
    expect(updated['suggestion']).toEqual({ title: 'Less', description: 'More' });
    expect(await write('deleteSuggestion', { key: 'first of all' }, 'deletedId')).toMatchObject({ deletedId: made['id'] });
    expect(await graph.answer(found, { id: made['id'] })).toEqual({ byId: null, byKey: null, node: null });
  });

  it('is tried as it would be applied, writing nothing, and then applied just so', async () => {
    const { id } = await make({ data: { title: 'Printer', labels: ['hot'] } });
    const tried = await apply({ id, dryRun: true });
    expect(tried).toMatchObject({
      dryRun: true,
      ignored: false,
      previousState: null,
      newState: { id: 'printer', title: 'Printer', labels: ['hot'], blueprintId: 'ci' },
      suggestion: { lastAppliedAt: null },
    });
    expect(await read('printer')).toBeNull();
    const before = await graph.app.db.prisma.event.count();
    expect(await apply({ id, dryRun: true })).toMatchObject({ dryRun: true });
    expect(await graph.app.db.prisma.event.count()).toBe(before);
    const done = await apply({ id });
    const same = (answer: Answered) => {
      const { entity: _entity, number: _number, createdAt: _created, updatedAt: _updated, ...rest } = answer['newState'] as Answered;
      return rest;
    };
    expect(same(done)).toEqual(same(tried));
    expect((done['suggestion'] as Answered)['lastAppliedAt']).toEqual(expect.any(String));
    expect(await read('printer')).toEqual({ name: 'Printer', properties: { name: 'Printer' }, sources: [{ key: 'r1' }] });
    const { sourceOf } = (await graph.answer('query ($id: ID!) { entity(id: $id) { sourceOf { key } } }', { id: source }))[
      'entity'
    ] as Answered;
    expect(sourceOf).toEqual([{ key: 'printer' }]);
    const events = await graph.app.db.prisma.event.findMany({ orderBy: { id: 'asc' }, skip: before });
    expect(events.map(({ type }) => type)).toEqual(['entity.created', 'entity.addedAsSource', 'suggestion.applied']);
    expect(events[1]).toMatchObject({ entityId: source.slice(4), data: { key: 'r1' } });
    const again = await apply({ id });
    expect(again).toMatchObject({ previousState: { title: 'Printer' }, newState: { title: 'Printer' } });
  });

  it('is applied to another record when one is named, and merged into what is there', async () => {
    await entity('ci', 'scanner', { name: 'Scanner' });
    const { id } = await make({ targetId: 'plotter', data: { labels: ['seen'] } });
    expect(await apply({ id, targetIdOverride: 'scanner' })).toMatchObject({
      previousState: { id: 'scanner', title: 'Scanner', labels: [] },
      newState: { id: 'scanner', title: 'Scanner', labels: ['seen'] },
    });
    expect(await read('plotter')).toBeNull();
    expect(await apply({ id, targetIdOverride: 'ent_01900000-0000-7000-8000-000000000000' })).toMatchObject({ code: 'NOT_FOUND' });
  });

  it('that nobody wants is not applied, until it is wanted again', async () => {
    const { id } = await make({ targetId: 'unwanted', data: { title: 'No' } });
    expect(await write('ignoreSuggestion', { id }, 'suggestion { ignored }')).toMatchObject({ suggestion: { ignored: true } });
    expect(await apply({ id })).toMatchObject({ ignored: true, previousState: null, newState: null, suggestion: { lastAppliedAt: null } });
    expect(await read('unwanted')).toBeNull();
    await write('ignoreSuggestion', { id, ignored: false }, 'suggestion { ignored }');
    expect(await apply({ id })).toMatchObject({ ignored: false, newState: { title: 'No' } });
  });

  it('applies itself where it is made so, and what cannot be written leaves no suggestion', async () => {
    expect(await make({ targetId: 'by-itself', autoApply: true, data: { title: 'Self' } })).toMatchObject({ autoApply: true });
    expect(await read('by-itself')).toMatchObject({ name: 'Self' });
    const wrong = suggestion({ key: 'wrong', targetId: 'wrong', autoApply: true, data: { status: 'nowhere' } });
    expect(await write('createSuggestion', wrong, 'suggestion { id }')).toMatchObject({ code: 'INVALID_INPUT' });
    expect(await graph.answer('{ suggestion(key: "wrong") { id } }')).toEqual({ suggestion: null });
  });

  it('names the field at fault', async () => {
    const fields = async (input: Input) =>
      ((await write('createSuggestion', suggestion(input), 'suggestion { id }'))['fields'] as { path: string[] }[]).map(({ path }) =>
        path.join('.'),
      );
    await entity('team', 'twice', {});
    await entity('person', 'twice', { name: 'T' });
    expect(await fields({ sourceId: 'twice' })).toEqual(['sourceBlueprint']);
    expect(await fields({ targetBlueprint: null })).toEqual(['targetBlueprint']);
    expect(await fields({ data: { colour: 'red' } })).toEqual(['data.colour']);
    expect(await fields({ data: { properties: { name: 'a\u0000b' } } })).toEqual(['data']);
    expect(await write('createSuggestion', suggestion({ targetBlueprint: 'nothing' }), 'suggestion { id }')).toMatchObject({
      code: 'NOT_FOUND',
    });
  });
});
