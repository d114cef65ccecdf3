import { beforeAll, describe, expect, it } from 'vitest';
import { type Millrace, startMillrace } from '#test/support/api';
import { type Mutate, type Result, codeOf, mutateOn } from '#test/support/mutate';
import { type Workspace, seed } from '#test/support/seed';

let millrace: Millrace;
let mutate: Mutate;
let workspace: Workspace;
let token: string;

beforeAll(async () => {
  millrace = await startMillrace({ worker: false });
  mutate = mutateOn(millrace);
  workspace = await seed(millrace.app).workspace();
  token = await workspace.token('EDITOR');
});

const whole = `blueprint { id key name description aliases schema displayField indexed
  statuses { name final derived when { link status } } links { name aliases kind blueprint inverseOf }
  release { link from to } template { blueprint parent parentTemplate members } }`;
const blueprintOf = (result: Result) => result['blueprint'] as Readonly<Record<string, unknown>>;
const entityOf = (result: Result) => result['entity'] as { id: string; number: number; name: string; properties: object; status: string };
const faults = ({ fields = [] }: Result) => fields.map(({ path, code }) => `${path.join('.')} ${code}`);
const text = { type: 'string' };
let made = 0;

/** A blueprint of a task with some records of the given properties. */
async function tasks(content: object, ...records: object[]) {
  made += 1;
  const key = `task_${made}`;
  const input = { key, name: 'Task', schema: { properties: { name: text, effort: { type: 'integer' }, color: text } }, ...content };
  expect(codeOf(await mutate(token, 'createBlueprint', input))).toBe('CreateBlueprintSuccess');
  const entities = [];
  for (const record of records)
    entities.push(
      entityOf(await mutate(token, 'createEntity', { blueprint: key, ...record }, 'entity { id number name properties status }')),
    );
  return { key, entities, update: (changes: object, more = '') => mutate(token, 'updateBlueprint', { key, ...changes }, whole, more) };
}
const read = async (id: string) => {
  const { data } = await millrace.ask(token, 'query ($id: ID!) { entity(id: $id) { name status properties } }', { id });
  return data?.['entity'];
};
const valuesOf = (key: string) =>
  millrace.app.db.prisma.entityValue.findMany({
    where: { blueprint: { key, workspaceId: workspace.uuid } },
    select: { property: true, text: true, number: true },
    orderBy: [{ property: 'asc' }, { entityId: 'asc' }],
  });

describe('a blueprint', () => {
  it('reads back as it was written, and becomes what it is by default where an upsert says nothing', async () => {
    const given = {
      key: 'visit',
      name: 'Visit',
      description: 'Somebody comes.',
      aliases: ['Visit'],
      schema: { type: 'object', required: ['title'], properties: { title: text, at: { type: 'string', format: 'date-time' } } },
      statuses: [
        { name: 'planned', final: false, derived: false, when: null },
        { name: 'done', final: true, derived: true, when: { link: 'parts', status: 'done' } },
      ],
      links: [
        { name: 'host', aliases: ['owner'], kind: 'ONE', blueprint: 'person', inverseOf: null },
        { name: 'parts', aliases: [], kind: 'INVERSE', blueprint: 'visit', inverseOf: 'part_of' },
        { name: 'part_of', aliases: [], kind: 'ONE', blueprint: 'visit', inverseOf: null },
      ],
      displayField: 'title',
      indexed: ['at'],
      release: { link: 'parts', from: 'planned', to: 'done' },
      template: { blueprint: 'visit_template', parent: 'part_of', parentTemplate: 'template', members: 'templates' },
    };
    const created = blueprintOf(await mutate(token, 'upsertBlueprint', given, whole));
    expect(created).toEqual({ id: created['id'], ...given });
    expect(created['id']).toMatch(/^bp_/);
    const reset = blueprintOf(await mutate(token, 'upsertBlueprint', { key: 'visit', name: 'Visit' }, whole));
    expect(reset).toEqual({
      id: created['id'],
      key: 'visit',
      name: 'Visit',
      description: '',
      aliases: [],
      schema: { type: 'object', properties: { name: text } },
      statuses: [],
      links: [],
      displayField: 'name',
      indexed: [],
      release: null,
      template: null,
    });
  });

  it('is refused with every field at fault', async () => {
    const create = async (input: object) => faults(await mutate(token, 'createBlueprint', { key: 'bad', name: 'Bad', ...input }));
    expect(await create({ key: 'Not-a-word', statuses: [{ name: 'not_in' }, { name: 'a' }, { name: 'a' }], indexed: ['x_was'] })).toEqual([
      'key FORMAT',
      'statuses.0.name RESERVED',
      'statuses DUPLICATE',
      'indexed.0 RESERVED',
    ]);
    const property = { type: 'string', derived: '{{ secret }}' };
    expect(await create({ schema: { type: 'array', required: ['y'], properties: { id: text, 'a-b': text, derived: property } } })).toEqual([
      'schema.type JSON_SCHEMA',
      'schema.properties.id RESERVED',
      'schema.properties.a-b NAME',
      'schema.properties.derived.derived UNKNOWN_NAME',
      'schema.required.0 UNKNOWN_FIELD',
    ]);
    expect(await create({ schema: { properties: { a: text, t: { type: 'strin' } } } })).toEqual(['schema.properties.t.type JSON_SCHEMA']);
    expect(await create({ schema: { properties: { name: text, size: { enum: ['S', 'M'] } } } })).toEqual([
      'schema.properties.size.type REQUIRED',
    ]);
    expect(await create({ schema: { properties: { a: { pattern: '(?=x)' } } } })).toEqual(['schema.properties.a.pattern JSON_SCHEMA']);
    expect(
      await create({
        schema: { properties: { name: { type: 'object' }, list: { type: 'array' } } },
        statuses: [{ name: 'a', final: true, when: { link: 'nosuch', status: 'b' } }],
        links: [
          { name: 'name', kind: 'ONE', blueprint: 'bad' },
          { name: 'other', aliases: ['list'], kind: 'INVERSE', blueprint: 'bad', inverseOf: 'nosuch' },
          { name: 'third', kind: 'MANY', blueprint: 'bad', inverseOf: 'other' },
        ],
        indexed: ['list'],
        release: { link: 'nosuch', from: 'a', to: 'a' },
        template: { blueprint: 'bad', parent: 'third', members: 'x' },
      }),
    ).toEqual([
      'links.0.name DUPLICATE',
      'links.1.aliases.0 DUPLICATE',
      'links.1.inverseOf UNKNOWN_LINK',
      'links.2.inverseOf ONE_OF',
      'statuses.0.when NOT_DERIVED',
      'statuses.0.when.link UNKNOWN_LINK',
      'release.link UNKNOWN_LINK',
      'release.to SAME',
      'release.from FINAL',
      'displayField UNKNOWN_FIELD',
      'indexed.0 UNKNOWN_FIELD',
      'template.parent UNKNOWN_LINK',
      'template.members ONE_OF',
    ]);
    expect(await create({ key: 'note' })).toEqual(['key RESERVED']);
    expect(await create({ indexed: Array.from({ length: 21 }, (_, nth) => `p${nth}`) })).toEqual(['indexed TOO_LONG']);
  });

  it('is the only one that is called so', async () => {
    await tasks({ aliases: ['Job'] });
    expect(codeOf(await mutate(token, 'createBlueprint', { key: 'visit', name: 'Other' }))).toBe('ALREADY_EXISTS');
    expect(codeOf(await mutate(token, 'createBlueprint', { key: 'job', name: 'Other', aliases: ['Job'] }))).toBe('ALREADY_EXISTS');
    const made = await Promise.all(
      ['a', 'b'].map((name) => mutate(token, 'createBlueprint', { key: `race_${name}`, name, aliases: ['Race'] })),
    );
    expect(made.map(codeOf).sort()).toEqual(['ALREADY_EXISTS', 'CreateBlueprintSuccess']);
  });

  it('is deleted with its records only where that is asked for', async () => {
    const { key, entities } = await tasks({}, { properties: { name: 'a' } }, { properties: { name: 'b' } });
    expect(await mutate(token, 'deleteBlueprint', { key })).toMatchObject({ code: 'CONFLICT', state: 'IN_USE' });
    expect(codeOf(await mutate(token, 'deleteBlueprint', { key, force: true }))).toBe('DeleteBlueprintSuccess');
    const { prisma } = millrace.app.db;
    expect(await prisma.entity.count({ where: { number: { in: entities.map(({ number }) => number) } } })).toBe(0);
    expect(await prisma.event.count({ where: { blueprint: key, type: 'entity.deleted' } })).toBe(2);
  });

  it('is for editors', async () => {
    const operator = await workspace.token('OPERATOR');
    expect(codeOf(await mutate(operator, 'createBlueprint', { key: 'mine', name: 'Mine' }))).toBe('FORBIDDEN');
    expect(codeOf(await mutate(operator, 'updateBlueprint', { key: 'visit', name: 'Mine' }))).toBe('FORBIDDEN');
    const { auditEntries } = (await millrace.ask(await workspace.token(), '{ auditEntries(first: 200) { edges { node { operation } } } }'))
      .data as { auditEntries: { edges: { node: { operation: string } }[] } };
    const operations = auditEntries.edges.map(({ node }) => node.operation);
    expect(operations).toEqual(expect.arrayContaining(['createBlueprint', 'upsertBlueprint', 'deleteBlueprint']));
    expect(operations).not.toContain('createEntity');
  });
});

describe('the set of a service desk', () => {
  it('is made once, and what somebody changed of it stays', async () => {
    const fresh = await seed(millrace.app).workspace();
    const owner = await fresh.token();
    const selection = 'blueprints { key name aliases }';
    const first = await mutate(owner, 'seedBlueprints', { set: 'SERVICE' }, selection);
    expect(first['blueprints']).toEqual(
      expect.arrayContaining([
        { key: 'request', name: 'Request', aliases: ['Req'] },
        { key: 'task', name: 'Task', aliases: ['Task'] },
        { key: 'ci', name: 'Configuration item', aliases: ['Ci'] },
      ]),
    );
    await mutate(owner, 'updateBlueprint', { key: 'ci', name: 'Asset' });
    const again = (await mutate(owner, 'seedBlueprints', { set: 'SERVICE' }, selection))['blueprints'] as object[];
    expect(again).toHaveLength(10);
    expect(again).toContainEqual({ key: 'ci', name: 'Asset', aliases: ['Ci'] });
  });
});

describe('another version of a blueprint', () => {
  it('takes down what is indexed now, and forgets what is not', async () => {
    const { key, update } = await tasks(
      { indexed: ['effort'] },
      { properties: { name: 'a', effort: 2, color: 'red' } },
      { properties: { name: 'b' } },
    );
    await update({ indexed: ['color'] });
    expect(await valuesOf(key)).toEqual([
      { property: 'color', text: 'red', number: null },
      { property: 'color', text: null, number: null },
    ]);
  });

  it('renames records by another display field, and computes what is derived now', async () => {
    const derived = { type: 'string', derived: '{{ properties.color }}!' };
    const { entities, update } = await tasks({}, { properties: { name: 'a', color: 'red' } });
    const schema = { properties: { name: text, effort: { type: 'integer' }, color: text, loud: derived } };
    expect(codeOf(await update({ displayField: 'color', schema }))).toBe('UpdateBlueprintSuccess');
    expect(await read(entities[0]?.id ?? '')).toMatchObject({ name: 'red', properties: { name: 'a', color: 'red', loud: 'red!' } });
  });

  it('is refused where records would not fit, lose something or be in no status', async () => {
    const statuses = [{ name: 'open' }, { name: 'doing' }, { name: 'done', final: true }];
    const links = [{ name: 'next', kind: 'MANY', blueprint: 'task_0' }];
    const { key, entities, update } = await tasks(
      { statuses },
      { status: 'doing', properties: { name: 'a', effort: 5, color: 'red' } },
      {},
    );
    const id = entities[0]?.id ?? '';
    await update({ links: [{ ...links[0], blueprint: key }] });
    await mutate(token, 'linkEntities', { id, link: 'next', to: [{ id }] });
    const state = async (changes: object) => (await update(changes)).state ?? 'DONE';
    const before = await read(id);
    expect(await state({ statuses: [{ name: 'open' }] })).toBe('STATUS_IN_USE');
    expect(await state({ schema: { properties: { name: text, color: text } } })).toBe('IN_USE');
    expect(await state({ links: [] })).toBe('IN_USE');
    expect(await state({ schema: { properties: { name: text, effort: { type: 'integer', maximum: 4 }, color: text } } })).toBe(
      'RECORDS_INVALID',
    );
    expect(await state({ schema: { required: ['color'], properties: { name: text, effort: { type: 'integer' }, color: text } } })).toBe(
      'RECORDS_INVALID',
    );
    expect(await read(id)).toEqual(before);
    expect(await state({ statuses: [{ name: 'doing' }, { name: 'done' }, { name: 'open' }] })).toBe('DONE');
    const { prisma } = millrace.app.db;
    expect((await prisma.entity.findMany({ where: { blueprint: { key } }, orderBy: { id: 'asc' } })).map((row) => row.statusRank)).toEqual([
      0, 2,
    ]);
    expect(await state({ schema: { properties: { name: text } }, links: [], force: true })).toBe('DONE');
    expect(await read(id)).toEqual({ name: 'a', status: 'doing', properties: { name: 'a' } });
    expect(await prisma.entityLink.count({ where: { fromId: id.slice(4) } })).toBe(0);
  });

  it('never leaves a record that does not fit, also while records are written', async () => {
    const { key, update } = await tasks({}, { properties: { name: 'a', effort: 1 } });
    const schema = { required: ['effort'], properties: { name: text, effort: { type: 'integer' }, color: text } };
    const writes = Array.from({ length: 8 }, (_, nth) =>
      mutate(token, 'createEntity', { blueprint: key, properties: nth % 2 === 0 ? { name: 'x' } : { name: 'x', effort: nth } }),
    );
    const changed = await update({ schema });
    await Promise.all(writes);
    const rows = await millrace.app.db.prisma.entity.findMany({ where: { blueprint: { key } } });
    const unfit = rows.filter(({ properties }) => !Object.hasOwn(properties as object, 'effort')).length;
    expect([codeOf(changed), changed.state, unfit > 0]).toEqual(
      unfit > 0 ? ['CONFLICT', 'RECORDS_INVALID', true] : ['UpdateBlueprintSuccess', undefined, false],
    );
  });
});
