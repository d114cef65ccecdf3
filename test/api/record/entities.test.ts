import { beforeAll, describe, expect, it } from 'vitest';
import { type Millrace, startMillrace } from '#test/support/api';
import { type Mutate, type Result, codeOf, mutateOn } from '#test/support/mutate';
import { type Workspace, seed } from '#test/support/seed';
import { statementsOf } from '#test/support/statements';

let millrace: Millrace;
let mutate: Mutate;
let workspace: Workspace;
let token: string;

beforeAll(async () => {
  millrace = await startMillrace({ worker: false });
  mutate = mutateOn(millrace);
  workspace = await seed(millrace.app).workspace();
  token = await workspace.token('OPERATOR');
  await mutate(await workspace.token(), 'seedBlueprints', { set: 'SERVICE' });
});

interface Shown {
  readonly id: string;
  readonly number: number;
  readonly key: string | null;
  readonly name: string;
  readonly status: string | null;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly labels: readonly string[];
  readonly updatedAt: string;
}
const shown = 'entity { id number key name status properties labels updatedAt }';
const entityOf = (result: Result): Shown => {
  if (result['entity'] === undefined) throw new Error(JSON.stringify(result));
  return result['entity'] as Shown;
};
const create = async (blueprint: string, input: object = {}) =>
  entityOf(await mutate(token, 'createEntity', { blueprint, ...input }, shown));
const task = (subject: string, input: object = {}) => create('task', { properties: { subject }, ...input });
const faults = ({ fields = [] }: Result) => fields.map(({ path, code }) => `${path.join('.')} ${code}`);
async function ask<Data>(query: string, variables: Readonly<Record<string, unknown>> = {}): Promise<Data> {
  const { data, errors } = await millrace.ask(token, query, variables);
  expect(errors).toEqual([]);
  return data as Data;
}
const namesIn = (list: { readonly edges: readonly { readonly node: { readonly name: string } }[] }) =>
  list.edges.map(({ node }) => node.name);

describe('a record', () => {
  it('is made with all that belongs to it, and found by its id and by its key', async () => {
    const ann = await create('person', { properties: { name: 'Ann' }, key: 'ann' });
    const made = await create('Req', {
      key: 'R 1/ä',
      status: 'assigned',
      properties: { subject: 'Badge', impact: 'low', custom_fields: { badge: false } },
      labels: ['vip'],
      links: [{ link: 'requested_for', to: [{ key: 'ann' }] }],
      notes: [{ text: '**hello** <b>', mentions: [ann.id] }],
    });
    expect(made).toMatchObject({ name: 'Badge', status: 'assigned', key: 'R 1/ä', labels: ['vip'] });
    const fields = `{ id name properties blueprint { key } link(name: "requested_for") { edges { node { name } } } none: link(name: "nosuch") { totalCount }
      notes { totalCount edges { node { text html actorKind actorName run { id } entity { id } mentions { name } } } } }`;
    const { byId, byKey } = await ask<{ byId: object; byKey: object }>(
      `query ($id: ID!, $key: String!) { byId: entity(id: $id) ${fields} byKey: entity(key: $key, blueprint: "request") ${fields} }`,
      { id: made.id, key: 'R 1/ä' },
    );
    expect(byId).toEqual(byKey);
    expect(byId).toEqual({
      id: made.id,
      name: 'Badge',
      properties: { subject: 'Badge', impact: 'low', custom_fields: { badge: false } },
      blueprint: { key: 'request' },
      link: { edges: [{ node: { name: 'Ann' } }] },
      none: null,
      notes: {
        totalCount: 1,
        edges: [
          {
            node: {
              text: '**hello** <b>',
              html: '<p><strong>hello</strong> &lt;b&gt;</p>\n',
              actorKind: 'TOKEN',
              actorName: 'OPERATOR token',
              run: null,
              entity: { id: made.id },
              mentions: [{ name: 'Ann' }],
            },
          },
        ],
      },
    });
  });

  it('is changed by a patch, and not touched where nothing changes', async () => {
    const { id, updatedAt } = await task('Patch', { properties: { subject: 'Patch', effort: 5, custom_fields: { a: 1, b: 2 } } });
    const change = async (input: object) => entityOf(await mutate(token, 'updateEntity', { id, ...input }, shown));
    const same = await change({ status: 'registered', properties: { effort: 5 }, labels: [], links: [{ link: 'team', to: [] }] });
    expect(same.updatedAt).toBe(updatedAt);
    const { properties, labels, key } = await change({
      newKey: 'P',
      properties: { effort: null, 'custom_fields.b': null, 'custom_fields.c.d': 3 },
      labels: ['x'],
    });
    expect(properties).toEqual({ subject: 'Patch', custom_fields: { a: 1, c: { d: 3 } } });
    expect([labels, key]).toEqual([['x'], 'P']);
    expect(await millrace.app.db.prisma.event.count({ where: { entityId: id.slice(4) } })).toBe(2);
  });

  it('is refused with every field at fault, in the words of the input', async () => {
    const { id } = await task('Refused');
    const link = (name: string, ...to: object[]) => ({ link: name, to });
    const refused = await mutate(token, 'updateEntity', {
      id,
      status: 'nosuch',
      properties: { nosuch: 1, start_at: 'tomorrow' },
      links: [link('team'), link('approvals', { key: 'x' }), link('nosuch', { key: 'x' }), link('workflow', { id })],
    });
    expect(faults(refused)).toEqual([
      'status UNKNOWN_STATUS',
      'links.1 READ_ONLY',
      'links.2 UNKNOWN_LINK',
      'links.3 WRONG_TYPE',
      'properties.nosuch UNKNOWN_FIELD',
    ]);
    expect(faults(await mutate(token, 'updateEntity', { id, properties: { start_at: 'tomorrow', effort: -1 } }))).toEqual([
      'properties.effort SCHEMA',
      'properties.start_at SCHEMA',
    ]);
    expect(faults(await mutate(token, 'createEntity', { blueprint: 'task' }))).toEqual(['properties.subject REQUIRED']);
    expect(await mutate(token, 'updateEntity', { id, status: 'approved' })).toMatchObject({ code: 'CONFLICT', state: 'DERIVED_STATUS' });
    for (const input of [{ blueprint: 'nosuch' }, { blueprint: 'task', links: [link('team', { key: 'nosuch' })] }])
      expect(codeOf(await mutate(token, 'createEntity', { properties: { subject: 'x' }, ...input }))).toBe('NOT_FOUND');
    for (const place of [{}, { id, key: 'x' }, { key: 'x' }])
      expect(codeOf(await mutate(token, 'updateEntity', place))).toBe('INVALID_INPUT');
    for (const hostile of ['\0', '\ud800'])
      expect(codeOf(await mutate(token, 'updateEntity', { id, properties: { subject: hostile } }))).toBe('INVALID_INPUT');
  });

  it('is made once for a key by however many upserts at once, and each of them is seen', async () => {
    const upsert = (nth: number) =>
      mutate(token, 'upsertEntity', { blueprint: 'ci', key: 'CI-1', properties: { name: 'Badge', [`custom_fields.n${nth}`]: nth } }, shown);
    const results = (await Promise.all([1, 2, 3, 4, 5].map(upsert))).map(entityOf);
    expect(new Set(results.map(({ id }) => id)).size).toBe(1);
    const last = entityOf(await upsert(6));
    expect(last.properties).toEqual({ name: 'Badge', custom_fields: { n1: 1, n2: 2, n3: 3, n4: 4, n5: 5, n6: 6 } });
    const events = await millrace.app.db.prisma.event.findMany({ where: { entityId: last.id.slice(4) }, orderBy: { sequence: 'asc' } });
    expect(events.map(({ type, sequence }) => `${sequence} ${type}`)).toEqual([
      '1 entity.created',
      ...[2, 3, 4, 5, 6].map((sequence) => `${sequence} entity.updated`),
    ]);
  });

  it('is made once for an idempotency key, and so is a note', async () => {
    const input = { blueprint: 'team', properties: { name: 'Once' }, idempotencyKey: 'once' };
    const results = await Promise.all([1, 2, 3].map(() => mutate(token, 'createEntity', input, shown)));
    expect(new Set(results.map((result) => entityOf(result).id)).size).toBe(1);
    expect(codeOf(await mutate(token, 'createEntity', { ...input, labels: ['x'] }))).toBe('IDEMPOTENCY_CONFLICT');
    const { id } = entityOf(await mutate(token, 'createEntity', input, shown));
    const notes = await Promise.all(
      [1, 2].map(() => mutate(token, 'addNote', { id, text: 'Hi', idempotencyKey: 'n' }, 'note { id text }')),
    );
    expect(notes[0]).toEqual(notes[1]);
    const { entity } = await ask<{ entity: object }>('query ($id: ID!) { entity(id: $id) { notes { totalCount } } }', { id });
    expect(entity).toEqual({ notes: { totalCount: 1 } });
  });

  it('is gone with its notes and links once it is deleted', async () => {
    const team = await create('team', { properties: { name: 'Gone' }, notes: [{ text: 'x' }] });
    const { id } = await task('Left', { links: [{ link: 'team', to: [{ id: team.id }] }] });
    expect(await mutate(token, 'deleteEntity', { id: team.id }, 'deletedId')).toMatchObject({ deletedId: team.id });
    const { entity, gone } = await ask<{ entity: object; gone: null }>(
      'query ($id: ID!, $gone: ID!) { entity(id: $id) { link(name: "team") { totalCount } } gone: entity(id: $gone) { id } }',
      { id, gone: team.id },
    );
    expect([entity, gone]).toEqual([{ link: { totalCount: 0 } }, null]);
    expect(codeOf(await mutate(token, 'addNote', { id: team.id, text: 'x' }))).toBe('NOT_FOUND');
  });
});

describe('links', () => {
  it('lead both ways, keep their order, and are paged from either end', async () => {
    const workflow = await create('workflow', { properties: { name: 'W1' } });
    const tasks = [];
    for (const subject of ['a', 'b', 'c', 'd']) tasks.push(await task(subject, { links: [{ link: 'change', to: [{ id: workflow.id }] }] }));
    const [a, b, c, d] = tasks.map(({ id }) => ({ id }));
    const next = await task('next', { links: [{ link: 'predecessors', to: [d, b, a] }] });
    await mutate(token, 'linkEntities', { id: next.id, link: 'predecessors', to: [b, c] });
    const told = await ask<{ events: object }>(
      'query ($id: ID!) { events(filter: { entity: $id }, first: 2) { edges { node { type data previous } } } }',
      {
        id: next.id,
      },
    );
    const led = (...to: ({ id: string } | undefined)[]) => to.map((one) => expect.objectContaining({ entity: one?.id }) as unknown);
    expect(told.events).toEqual({
      edges: expect.arrayContaining(
        ['link.added', 'entity.updated'].map((type) => {
          const record = expect.objectContaining({ links: { predecessors: led(d, b, a, c) } }) as unknown;
          const data = type === 'link.added' ? { link: 'predecessors', to: led(c)[0], record } : record;
          return { node: { type, data, previous: { predecessors: led(d, b, a) } } };
        }),
      ) as unknown,
    });
    const list = '{ totalCount pageInfo { hasNextPage hasPreviousPage endCursor startCursor } edges { node { name } } }';
    const page = async (id: string, link: string, args: string) =>
      (
        await ask<{
          entity: {
            link: {
              totalCount: number;
              pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; endCursor: string; startCursor: string };
              edges: { node: { name: string } }[];
            };
          };
        }>(`query ($id: ID!) { entity(id: $id) { link(name: "${link}"${args}) ${list} } }`, { id })
      ).entity.link;
    expect(namesIn(await page(next.id, 'predecessors', ''))).toEqual(['d', 'b', 'a', 'c']);
    for (const [id, link, names] of [
      [next.id, 'predecessors', ['d', 'b', 'a', 'c']],
      [workflow.id, 'tasks', ['a', 'b', 'c', 'd']],
    ] as const) {
      const first = await page(id, link, ', first: 3');
      expect([namesIn(first), first.totalCount, first.pageInfo.hasNextPage, first.pageInfo.hasPreviousPage]).toEqual([
        names.slice(0, 3),
        4,
        true,
        false,
      ]);
      const rest = await page(id, link, `, first: 3, after: "${first.pageInfo.endCursor}"`);
      expect([namesIn(rest), rest.pageInfo.hasNextPage, rest.pageInfo.hasPreviousPage]).toEqual([names.slice(3), false, true]);
      const back = await page(id, link, `, last: 2, before: "${first.pageInfo.endCursor}"`);
      expect(namesIn(back)).toEqual(names.slice(0, 2));
    }
    await mutate(token, 'unlinkEntities', { id: next.id, link: 'predecessors', to: [b, { id: workflow.id }] });
    expect(namesIn(await page(next.id, 'predecessors', ''))).toEqual(['d', 'a', 'c']);
  });

  it('to one are replaced', async () => {
    const [first, second] = [await create('team', { properties: { name: '1' } }), await create('team', { properties: { name: '2' } })];
    const { id } = await task('One', { links: [{ link: 'team', to: [{ id: first.id }] }] });
    const linked = entityOf(
      await mutate(
        token,
        'linkEntities',
        { id, link: 'team', to: [{ id: second.id }] },
        'entity { id link(name: "team") { edges { node { name } } } }',
      ),
    );
    expect(linked).toEqual({ id, link: { edges: [{ node: { name: '2' } }] } });
    expect(faults(await mutate(token, 'linkEntities', { id, link: 'team', to: [{ id: first.id }, { id: second.id }] }))).toEqual([
      'to TOO_LONG',
    ]);
    expect(faults(await mutate(token, 'linkEntities', { id, link: 'nosuch', to: [{ key: 'x' }] }))).toEqual(['link UNKNOWN_LINK']);
  });

  it('of many records cost as many statements as those of one', async () => {
    const workflow = await create('workflow', { properties: { name: 'Many' } });
    for (let nth = 0; nth < 6; nth += 1)
      await task(`t${nth}`, { links: [{ link: 'workflow', to: [{ id: workflow.id }] }], notes: [{ text: 'x' }] });
    const cost = (first: number) =>
      statementsOf(() =>
        ask(
          `query ($id: ID!) { entity(id: $id) { link(name: "tasks", first: ${first}) { edges { node {
            blueprint { key } notes { totalCount edges { node { text } } } link(name: "workflow") { totalCount edges { node { name blueprint { key } } } } } } } } }`,
          { id: workflow.id },
        ),
      );
    const one = await cost(1);
    expect(one.some((text) => text.includes('"EntityLink"'))).toBe(true);
    expect((await cost(6)).length).toBe(one.length);
  });
});

describe('a viewer', () => {
  it('reads records and writes none', async () => {
    const viewer = await workspace.token('VIEWER');
    const { id } = await task('Seen');
    const { data } = await millrace.ask(viewer, 'query ($id: ID!) { entity(id: $id) { name blueprint { key } } }', { id });
    expect(data).toEqual({ entity: { name: 'Seen', blueprint: { key: 'task' } } });
    for (const [field, input] of [
      ['createEntity', { blueprint: 'task' }],
      ['upsertEntity', { blueprint: 'task', key: 'x' }],
      ['updateEntity', { id }],
      ['deleteEntity', { id }],
      ['addNote', { id, text: 'x' }],
    ] as const)
      expect(codeOf(await mutate(viewer, field, input))).toBe('FORBIDDEN');
  });

  it('of another workspace does not find them, nor can they be linked to', async () => {
    const other = await seed(millrace.app).workspace();
    const owner = await other.token();
    await mutate(owner, 'seedBlueprints', { set: 'SERVICE' });
    const team = await create('team', { properties: { name: 'Ours' }, key: 'ours' });
    for (const to of [{ id: team.id }, { key: 'ours' }])
      expect(
        codeOf(
          await mutate(owner, 'createEntity', { blueprint: 'task', properties: { subject: 'x' }, links: [{ link: 'team', to: [to] }] }),
        ),
      ).toBe('NOT_FOUND');
    const own = entityOf(await mutate(owner, 'createEntity', { blueprint: 'task', properties: { subject: 'x' } }, shown));
    expect(codeOf(await mutate(owner, 'addNote', { id: own.id, text: 'x', mentions: [team.id] }))).toBe('NOT_FOUND');
    for (const [field, input] of [
      ['updateEntity', { id: team.id }],
      ['addNote', { id: team.id, text: 'x' }],
      ['deleteEntity', { key: 'ours', blueprint: 'team' }],
    ] as const)
      expect(codeOf(await mutate(owner, field, input))).toBe('NOT_FOUND');
  });
});
