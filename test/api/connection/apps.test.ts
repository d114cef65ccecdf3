import { beforeAll, describe, expect, it } from 'vitest';
import { newId } from '#platform/ids';
import { encodeId } from '#schema/node';
import { type Millrace, startMillrace } from '#test/support/api';
import { type Mutate, codeOf, mutateOn } from '#test/support/mutate';
import { type Workspace, seed } from '#test/support/seed';

let millrace: Millrace;
let write: Mutate;
let home: Workspace;
let token: string;

beforeAll(async () => {
  millrace = await startMillrace({ worker: false });
  write = mutateOn(millrace);
  home = await seed(millrace.app).workspace();
  token = await home.token('EDITOR');
});

async function read(text: string, variables: Readonly<Record<string, unknown>> = {}) {
  const { data, errors } = await millrace.ask(token, text, variables);
  expect(errors).toEqual([]);
  return data;
}

const idOf = (result: Readonly<Record<string, unknown>>, field: string) => (result[field] as { readonly id: string }).id;

/** Makes the newest version of an action refer to something, as its service does. */
async function uses(action: { readonly uuid: string }, used: { readonly namespaceId?: string; readonly endpointId?: string }) {
  await millrace.app.db.prisma.automationVersion.updateMany({ where: { automationId: action.uuid }, data: used });
}

describe('an app', () => {
  it('is made, read by id and by key, changed and deleted, with an audit entry each time', async () => {
    const made = await write(token, 'createApp', { name: 'Billing App', description: 'money' }, 'app { id key name description }');
    expect(made).toMatchObject({ app: { key: 'billing-app', name: 'Billing App', description: 'money' } });
    const id = idOf(made, 'app');
    expect(await read('query ($id: ID!) { app(id: $id) { key } node(id: $id) { ... on App { key } } }', { id })).toEqual({
      app: { key: 'billing-app' },
      node: { key: 'billing-app' },
    });
    expect(await read('{ app(key: "billing-app") { id } }')).toEqual({ app: { id } });
    expect(await read('{ app(key: "no \\u0000 key") { id } }')).toEqual({ app: null });
    const changed = await write(token, 'updateApp', { key: 'billing-app', name: 'Bills', description: null }, 'app { name description }');
    expect(changed['app']).toEqual({ name: 'Bills', description: '' });
    expect((await write(token, 'deleteApp', { id }, 'deletedId'))['deletedId']).toBe(id);
    expect(await read('query ($id: ID!) { app(id: $id) { id } }', { id })).toEqual({ app: null });
    const entries = await millrace.app.db.prisma.auditEntry.findMany({ where: { subjectId: id.slice(4) }, orderBy: { id: 'asc' } });
    expect(entries.map(({ operation, change }) => ({ operation, change }))).toEqual([
      { operation: 'createApp', change: { key: 'billing-app', name: 'Billing App' } },
      {
        operation: 'updateApp',
        change: { name: { from: 'Billing App', to: 'Bills' }, description: { from: 'money', to: '' } },
      },
      { operation: 'deleteApp', change: { key: 'billing-app', name: 'Bills' } },
    ]);
  });

  it('is refused with every field at fault at once', async () => {
    const refused = await write(token, 'createApp', { name: ' ', key: 'Not A Key', description: 'x'.repeat(10_001) });
    expect(refused.fields).toEqual([
      { path: ['key'], code: 'FORMAT' },
      { path: ['name'], code: 'TOO_SHORT' },
      { path: ['description'], code: 'TOO_LONG' },
    ]);
  });

  it('is made once per idempotency key, and keys are unique', async () => {
    const input = { name: 'Once', key: 'once', idempotencyKey: 'k' };
    const made = await Promise.all(Array.from({ length: 4 }, () => write(token, 'createApp', input, 'app { id }')));
    expect(new Set(made.map((one) => idOf(one, 'app'))).size).toBe(1);
    expect(codeOf(await write(token, 'createApp', { ...input, name: 'Twice' }))).toBe('IDEMPOTENCY_CONFLICT');
    expect(codeOf(await write(token, 'createApp', { name: 'Once', key: 'once' }))).toBe('ALREADY_EXISTS');
  });

  it('is found in a list by name, key or description in any case, in the order asked for', async () => {
    for (const [key, name, description] of [
      ['list-a', 'Zebra', 'STRIPED'],
      ['list-b', 'Yak', 'hairy'],
      ['list-striped', 'Ant', ''],
    ])
      await write(token, 'createApp', { key, name, description });
    const list =
      'query ($filter: AppFilter, $orderBy: [AppOrder!]) { apps(filter: $filter, orderBy: $orderBy) { totalCount edges { node { key } } } }';
    expect(await read(list, { filter: { search: 'striped' } })).toEqual({
      apps: { totalCount: 2, edges: [{ node: { key: 'list-striped' } }, { node: { key: 'list-a' } }] },
    });
    expect(await read(list, { filter: { search: 'LIST-' }, orderBy: [{ field: 'KEY', direction: 'DESC' }] })).toEqual({
      apps: {
        totalCount: 3,
        edges: [{ node: { key: 'list-striped' } }, { node: { key: 'list-b' } }, { node: { key: 'list-a' } }],
      },
    });
    const page = '{ apps(first: 1, filter: { search: "list-" }) { pageInfo { hasNextPage endCursor } edges { node { key } } } }';
    const { apps } = (await read(page)) as { apps: { pageInfo: { endCursor: string } } };
    const next = 'query ($after: Cursor) { apps(first: 1, after: $after, filter: { search: "list-" }) { edges { node { key } } } }';
    expect(await read(next, { after: apps.pageInfo.endCursor })).toEqual({ apps: { edges: [{ node: { key: 'list-b' } }] } });
  });

  it('leaves its automations, namespaces and endpoints behind without an app', async () => {
    const app = idOf(await write(token, 'createApp', { name: 'Going' }, 'app { id }'), 'app');
    const action = await home.action({ key: 'staying' });
    await millrace.app.db.prisma.automation.update({ where: { id: action.uuid }, data: { appId: app.slice(4) } });
    await write(token, 'createNamespace', { key: 'staying', name: 'N', app });
    await write(token, 'createEndpoint', { key: 'staying', name: 'E', method: 'GET', url: 'https://example.com', app: 'going' });
    const lists =
      '{ app(key: "going") { automations { edges { node { key app { key } } } } namespaces { totalCount } endpoints { totalCount } } }';
    expect(await read(lists)).toEqual({
      app: {
        automations: { edges: [{ node: { key: 'staying', app: { key: 'going' } } }] },
        namespaces: { totalCount: 1 },
        endpoints: { totalCount: 1 },
      },
    });
    await write(token, 'deleteApp', { id: app });
    const left =
      '{ action(key: "staying") { app { id } } namespace(key: "staying") { app { id } } endpoint(key: "staying") { app { id } } }';
    expect(await read(left)).toEqual({ action: { app: null }, namespace: { app: null }, endpoint: { app: null } });
  });
});

describe('a namespace', () => {
  it('belongs to an app of its workspace, named by id or key, and to none other', async () => {
    const other = await seed(millrace.app).workspace();
    const foreign = idOf(await write(await other.token(), 'createApp', { name: 'Foreign' }, 'app { id }'), 'app');
    await write(token, 'createApp', { name: 'Own' });
    const count = () => millrace.app.db.prisma.namespace.count();
    const before = await count();
    for (const app of [foreign, 'foreign', encodeId('App', newId()), encodeId('System', newId())])
      expect(codeOf(await write(token, 'createNamespace', { name: 'N', app })), app).toBe('NOT_FOUND');
    expect((await write(token, 'createNamespace', { name: 'N', app: 'Not a key' })).fields).toEqual([
      { path: ['app'], code: 'MALFORMED_ID' },
    ]);
    expect(await count()).toBe(before);
    const made = await write(token, 'createNamespace', { name: 'N', app: 'own' }, 'namespace { id app { key } }');
    expect(made['namespace']).toMatchObject({ app: { key: 'own' } });
    const id = idOf(made, 'namespace');
    expect(codeOf(await write(token, 'updateNamespace', { id, app: foreign }))).toBe('NOT_FOUND');
    expect((await write(token, 'updateNamespace', { id, app: null }, 'namespace { app { key } }'))['namespace']).toEqual({ app: null });
  });

  it('is not deleted while what is live uses it, or while runs on its threads are open', async () => {
    const id = idOf(await write(token, 'createNamespace', { key: 'busy', name: 'Busy' }, 'namespace { id }'), 'namespace');
    const namespaceId = id.slice(3);
    const [first, second] = [await home.action({ key: 'user-b' }), await home.action({ key: 'user-a' })];
    await uses(first, { namespaceId });
    await uses(second, { namespaceId });
    expect(await write(token, 'deleteNamespace', { id })).toMatchObject({
      code: 'CONFLICT',
      state: 'IN_USE',
      message: expect.stringContaining('user-a, user-b') as string,
    });
    await write(token, 'deleteAction', { key: 'user-b' });
    await write(token, 'deleteAction', { key: 'user-a' });
    const threadId = newId();
    const { prisma } = millrace.app.db;
    await prisma.thread.create({ data: { id: threadId, workspaceId: home.uuid, namespaceId, key: 't' } });
    const run = await home.run(await home.action());
    await prisma.run.update({ where: { id: run.uuid }, data: { threadId } });
    expect(await write(token, 'deleteNamespace', { id })).toMatchObject({ code: 'CONFLICT', state: 'OPEN_RUNS' });
    await write(token, 'cancelRun', { id: run.id });
    expect(codeOf(await write(token, 'deleteNamespace', { id }))).toBe('DeleteNamespaceSuccess');
    expect(await read('query ($id: ID!) { run(id: $id) { status } }', { id: run.id })).toEqual({ run: { status: 'CANCELED' } });
  });

  it('lists its threads, and each thread its runs in their order', async () => {
    const id = idOf(await write(token, 'createNamespace', { key: 'orders', name: 'Orders' }, 'namespace { id }'), 'namespace');
    const { prisma } = millrace.app.db;
    const action = await home.action();
    const runs: string[] = [];
    for (const key of ['order-1', 'order-2']) {
      const threadId = newId();
      await prisma.thread.create({ data: { id: threadId, workspaceId: home.uuid, namespaceId: id.slice(3), key } });
      for (let count = 0; count < 2; count += 1) {
        const run = await home.run(action);
        await prisma.run.update({ where: { id: run.uuid }, data: { threadId } });
        runs.push(run.id);
      }
    }
    const text = `{ namespace(key: "orders") { threads(first: 5, filter: { search: "ORDER" }, orderBy: [{ field: KEY }]) { totalCount edges { node {
      key namespace { key } runs(first: 5) { totalCount edges { node { id } } } } } } } }`;
    const thread = (key: string, from: number) => ({
      node: {
        key,
        namespace: { key: 'orders' },
        runs: { totalCount: 2, edges: runs.slice(from, from + 2).map((run) => ({ node: { id: run } })) },
      },
    });
    expect(await read(text)).toEqual({ namespace: { threads: { totalCount: 2, edges: [thread('order-1', 0), thread('order-2', 2)] } } });
  });
});
