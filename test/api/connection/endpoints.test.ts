import { beforeAll, describe, expect, it } from 'vitest';
import { createEndpoint } from '#domain/connection/endpoint.service';
import { newId } from '#platform/ids';
import { transact } from '#platform/work/work';
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
const uuidOf = (id: string) => id.slice(id.indexOf('_') + 1);
const counts = async () => {
  const { prisma } = millrace.app.db;
  return [await prisma.system.count(), await prisma.endpoint.count(), await prisma.auditEntry.count()];
};

const whole = `endpoint { id key name description system { key } app { key } method url headers { name value } body inputSchema
  expectedStatus output credential { key } timeout }`;

describe('a system', () => {
  it('is made, changed and read with its headers, and a change that is none leaves no trace', async () => {
    await write(token, 'createCredential', { key: 'crm-token', name: 'CRM', settings: { bearer: { token: 'planted' } } });
    const made = await write(
      token,
      'createSystem',
      {
        name: 'CRM',
        baseUrl: 'https://crm.example.com/api/v2',
        headers: [
          { name: 'X-Tenant', value: '{{ secrets.TENANT }}' },
          { name: 'Accept', value: 'application/json' },
        ],
        credential: 'crm-token',
      },
      'system { id key baseUrl headers { name value } credential { key } }',
    );
    expect(made['system']).toMatchObject({
      key: 'crm',
      baseUrl: 'https://crm.example.com/api/v2',
      headers: [
        { name: 'Accept', value: 'application/json' },
        { name: 'X-Tenant', value: '{{ secrets.TENANT }}' },
      ],
      credential: { key: 'crm-token' },
    });
    const id = idOf(made, 'system');
    const before = await counts();
    await write(token, 'updateSystem', { id, baseUrl: 'https://crm.example.com/api/v2', credential: 'crm-token' });
    expect(await counts()).toEqual(before);
    const changed = await write(
      token,
      'updateSystem',
      { id, headers: null, credential: null },
      'system { headers { name } credential { id } }',
    );
    expect(changed['system']).toEqual({ headers: [], credential: null });
    const [entry] = await millrace.app.db.prisma.auditEntry.findMany({ where: { operation: 'updateSystem' } });
    expect(entry?.change).toMatchObject({ headers: { to: {} }, credentialId: { to: null } });
  });

  it.each([
    'ftp://example.com',
    '/relative',
    'https://user:pass@example.com',
    'https://@example.com',
    'https://example.com?x=1',
    'https://example.com#top',
    'https:example.com',
    'https://exa mple.com',
    'not a url',
  ])('does not take %s for where its endpoints are', async (baseUrl) => {
    const refused = await write(token, 'createSystem', { name: 'S', baseUrl });
    expect(refused.fields).toEqual([{ path: ['baseUrl'], code: 'URL' }]);
  });

  it('names every header at fault', async () => {
    const headers = [
      { name: 'Host', value: 'a' },
      { name: 'content-length', value: '1' },
      { name: 'no spaces', value: 'a' },
      { name: 'x-split', value: 'a\r\nx-injected: 1' },
      { name: 'x-template', value: 'Hello {{ payload. }}' },
      { name: 'x-twice', value: 'a' },
      { name: 'X-Twice', value: 'b' },
    ];
    const refused = await write(
      token,
      'createSystem',
      { name: 'S', baseUrl: 'https://example.com', headers },
      '',
      '... on InvalidInputError { at: fields { line column } }',
    );
    expect(refused.fields).toEqual([
      { path: ['headers', '0', 'name'], code: 'RESERVED' },
      { path: ['headers', '1', 'name'], code: 'RESERVED' },
      { path: ['headers', '2', 'name'], code: 'FORMAT' },
      { path: ['headers', '3', 'value'], code: 'CONTROL' },
      { path: ['headers', '4', 'value'], code: 'SYNTAX' },
      { path: ['headers', '6', 'name'], code: 'REPEATED' },
    ]);
    expect(refused['at']).toContainEqual({ line: 1, column: 19 });
  });

  it('keeps its place while it has endpoints', async () => {
    await write(token, 'createSystem', { key: 'kept', name: 'Kept', baseUrl: 'https://example.com' });
    for (const key of ['kept-b', 'kept-a'])
      await write(token, 'createEndpoint', { key, name: key, system: 'kept', method: 'GET', url: '/' });
    expect(await write(token, 'deleteSystem', { key: 'kept' })).toMatchObject({
      code: 'CONFLICT',
      state: 'IN_USE',
      message: expect.stringContaining('kept-a, kept-b') as string,
    });
    for (const key of ['kept-b', 'kept-a']) await write(token, 'deleteEndpoint', { key });
    expect(codeOf(await write(token, 'deleteSystem', { key: 'kept' }))).toBe('DeleteSystemSuccess');
  });
});

describe('an endpoint', () => {
  it('holds all that a call needs, and gives it back as it was given', async () => {
    await write(token, 'createSystem', { key: 'erp', name: 'ERP', baseUrl: 'https://erp.example.com' });
    await write(token, 'createApp', { key: 'shop', name: 'Shop' });
    await write(token, 'createCredential', { key: 'erp-user', name: 'ERP', settings: { basic: { username: 'u', password: 'planted' } } });
    const input = {
      key: 'order',
      name: 'Order',
      description: 'Places an order',
      system: 'erp',
      app: 'shop',
      method: 'POST',
      url: '/orders/{{ payload.id }}?at={{ now }}',
      headers: [{ name: 'x-run', value: '{{ run.id }}' }],
      body: { order: '{{ payload }}', list: [1, null, 'x'] },
      inputSchema: { type: 'object', required: ['id'], properties: { id: { $ref: '#/$defs/id' } }, $defs: { id: { type: 'string' } } },
      expectedStatus: [201, 409, 201],
      output: { id: '{{ response.body.id }}' },
      credential: 'erp-user',
      timeout: 'PT5S',
    };
    const made = await write(token, 'createEndpoint', input, whole);
    expect(made['endpoint']).toMatchObject({
      ...input,
      system: { key: 'erp' },
      app: { key: 'shop' },
      credential: { key: 'erp-user' },
      expectedStatus: [201, 409],
    });
    const reset = { key: 'order', url: 'https://other.example.com', system: null, app: null, credential: null };
    const nulls = { headers: null, body: null, inputSchema: null, expectedStatus: null, output: null, timeout: null, description: null };
    expect((await write(token, 'updateEndpoint', { ...reset, ...nulls }, whole))['endpoint']).toMatchObject({
      ...reset,
      ...nulls,
      description: '',
      headers: [],
      expectedStatus: [],
      name: 'Order',
      method: 'POST',
    });
  });

  it('is made by an upsert and made as given by the next one, also by several at once', async () => {
    const input = { key: 'upserted', name: 'U', method: 'PUT', url: 'https://example.com/a', body: { a: 1 } };
    const made = await Promise.all(Array.from({ length: 5 }, () => write(token, 'upsertEndpoint', input, whole)));
    expect(new Set(made.map((one) => idOf(one, 'endpoint'))).size).toBe(1);
    const next = await write(token, 'upsertEndpoint', { key: 'upserted', name: 'V', method: 'GET', url: 'https://example.com/b' }, whole);
    expect(next['endpoint']).toMatchObject({ id: idOf(made[0] ?? {}, 'endpoint'), name: 'V', method: 'GET', body: null });
  });

  it('is refused with every field at fault at once, with line and column of templates', async () => {
    const refused = await write(
      token,
      'createEndpoint',
      {
        key: 'BAD',
        name: '',
        method: 'POST',
        url: 'https://example.com/{{ payload.',
        headers: [{ name: 'te', value: 'x' }],
        body: { deep: ['{{ nothing | unknownfilter }}'] },
        inputSchema: { properties: { a: { $ref: 'https://evil.example.com/schema' } } },
        expectedStatus: [99],
        output: 'line one\n{% if x %}',
        timeout: 'P1Y',
      },
      '',
      '... on InvalidInputError { at: fields { path line column } }',
    );
    expect(refused.fields?.map(({ path, code }) => [path.join('.'), code])).toEqual([
      ['key', 'FORMAT'],
      ['name', 'TOO_SHORT'],
      ['url', 'SYNTAX'],
      ['headers.0.name', 'RESERVED'],
      ['body.deep.0', 'UNKNOWN_FILTER'],
      ['inputSchema.properties.a.$ref', 'JSON_SCHEMA'],
      ['expectedStatus.0', 'TOO_SMALL'],
      ['output', 'SYNTAX'],
      ['timeout', 'FORMAT'],
    ]);
    expect(refused['at']).toContainEqual({ path: ['output'], line: 2, column: 1 });
  });

  it.each([
    [{ method: 'GET', url: '/orders' }, 'url'],
    [{ method: 'GET', url: 'orders' }, 'url'],
    [{ method: 'GET', url: 'javascript:alert(1)' }, 'url'],
    [{ method: 'GET', url: 'https://user:{{ secrets.P }}@example.com/' }, 'url'],
    [{ method: 'POST', url: 'https://example.com/', inputSchema: { properties: { a: { pattern: '(?=a)' } } } }, 'inputSchema'],
    [{ method: 'POST', url: 'https://example.com/', inputSchema: { type: 'strin' } }, 'inputSchema'],
    [{ method: 'GET', url: 'https://u:p@example.com/{{ payload.id }}' }, 'url'],
    [{ method: 'GET', url: 'https://example.com/a b' }, 'url'],
    [{ method: 'GET', url: 'https://example.com/\nx' }, 'url'],
    [{ method: 'GET', url: 'https://example.com', body: {} }, 'body'],
    [{ method: 'POST', url: 'https://example.com', inputSchema: { $schema: 'http://json-schema.org/draft-07/schema#' } }, 'inputSchema'],
    [{ method: 'POST', url: 'https://example.com', timeout: 'PT1H' }, 'timeout'],
  ])('is refused as %j', async (input, field) => {
    const refused = await write(token, 'createEndpoint', { name: 'E', ...input });
    expect(refused.code).toBe('INVALID_INPUT');
    expect(refused.fields?.map(({ path }) => path[0])).toEqual([field]);
  });

  it('takes nothing of another workspace, and then nothing is written', async () => {
    const other = await seed(millrace.app).workspace();
    const theirs = await other.token();
    const foreign = {
      system: idOf(await write(theirs, 'createSystem', { key: 'f', name: 'F', baseUrl: 'https://example.com' }, 'system { id }'), 'system'),
      app: idOf(await write(theirs, 'createApp', { key: 'f', name: 'F' }, 'app { id }'), 'app'),
      credential: idOf(
        await write(theirs, 'createCredential', { key: 'f', name: 'F', settings: { bearer: { token: 't' } } }, 'credential { id }'),
        'credential',
      ),
    };
    const own = idOf(
      await write(token, 'createEndpoint', { name: 'Own', method: 'GET', url: 'https://example.com' }, 'endpoint { id }'),
      'endpoint',
    );
    const before = await counts();
    for (const [field, id] of Object.entries(foreign)) {
      for (const reference of [id, 'f']) {
        const call = { name: 'E', method: 'GET', url: 'https://example.com', [field]: reference };
        expect(codeOf(await write(token, 'createEndpoint', call)), field).toBe('NOT_FOUND');
        expect(codeOf(await write(token, 'updateEndpoint', { id: own, [field]: reference })), field).toBe('NOT_FOUND');
        expect(codeOf(await write(token, 'upsertEndpoint', { key: 'new', ...call })), field).toBe('NOT_FOUND');
      }
    }
    expect(codeOf(await write(token, 'createSystem', { name: 'S', baseUrl: 'https://example.com', credential: foreign.credential }))).toBe(
      'NOT_FOUND',
    );
    expect(await counts()).toEqual(before);
    // Not even for who belongs to both.
    const viewer = { ...home.owner, roles: new Map([...home.owner.roles, ...other.owner.roles]) };
    const call = {
      workspaceId: home.uuid,
      name: 'E',
      method: 'GET',
      url: 'https://example.com',
      app: { id: uuidOf(foreign.app) },
    } as const;
    await expect(
      transact(millrace.app, viewer, (work) => createEndpoint(work, { ...call, body: undefined, output: undefined })),
    ).rejects.toThrow('No such app.');
  });

  it('shows who uses it and is not deleted from under them', async () => {
    const id = idOf(
      await write(token, 'createEndpoint', { key: 'used', name: 'Used', method: 'GET', url: 'https://example.com' }, 'endpoint { id }'),
      'endpoint',
    );
    const { prisma } = millrace.app.db;
    const users = [];
    for (let count = 0; count < 3; count += 1) {
      const action = await home.action({ key: `calls-${String(count)}` });
      await prisma.automationVersion.updateMany({ where: { automationId: action.uuid }, data: { endpointId: uuidOf(id) } });
      users.push(action);
    }
    // Live in a second environment, too: it counts once.
    const environmentId = newId();
    await prisma.environment.create({ data: { id: environmentId, workspaceId: home.uuid, key: 'staging', name: 'Staging' } });
    const version = await prisma.automationVersion.findFirstOrThrow({ where: { automationId: users[0]?.uuid ?? '' } });
    await prisma.deployment.create({ data: { id: newId(), automationId: version.automationId, environmentId, versionId: version.id } });
    const page = `query ($first: Int, $after: Cursor, $last: Int, $before: Cursor) { endpoint(key: "used") {
      usedBy(first: $first, after: $after, last: $last, before: $before) { totalCount pageInfo { hasNextPage endCursor startCursor } edges { node { key } } } } }`;
    interface Page {
      readonly totalCount: number;
      readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string; readonly startCursor: string };
      readonly edges: readonly { readonly node: { readonly key: string } }[];
    }
    const ask = async (variables: object) => ((await read(page, { ...variables })) as { endpoint: { usedBy: Page } }).endpoint.usedBy;
    const keys = ({ edges }: Page) => edges.map(({ node }) => node.key);
    const first = await ask({ first: 2 });
    expect([first.totalCount, keys(first), first.pageInfo.hasNextPage]).toEqual([3, ['calls-2', 'calls-1'], true]);
    const second = await ask({ first: 2, after: first.pageInfo.endCursor });
    expect([keys(second), second.pageInfo.hasNextPage]).toEqual([['calls-0'], false]);
    expect(keys(await ask({ last: 1, before: second.pageInfo.startCursor }))).toEqual(['calls-1']);
    expect(await write(token, 'deleteEndpoint', { id })).toMatchObject({
      code: 'CONFLICT',
      state: 'IN_USE',
      message: expect.stringContaining('calls-0, calls-1, calls-2') as string,
    });
    // A newer version without it, and a deleted action, no longer count.
    await write(token, 'updateAction', { key: 'calls-0', code: 'export default async () => 0' });
    await prisma.deployment.delete({ where: { automationId_environmentId: { automationId: version.automationId, environmentId } } });
    await write(token, 'deleteAction', { key: 'calls-1' });
    expect(keys(await ask({}))).toEqual(['calls-2']);
    await write(token, 'deleteAction', { key: 'calls-2' });
    expect(codeOf(await write(token, 'deleteEndpoint', { id }))).toBe('DeleteEndpointSuccess');
  });

  it('is found by system, app, credential and method', async () => {
    await write(token, 'createSystem', { key: 'find', name: 'Find', baseUrl: 'https://example.com' });
    for (const method of ['GET', 'DELETE'])
      await write(token, 'createEndpoint', { key: `find-${method.toLowerCase()}`, name: method, system: 'find', method, url: '/x' });
    const { system } = (await read(
      '{ system(key: "find") { id endpoints(filter: { method: [DELETE] }) { edges { node { key } } } } }',
    )) as {
      system: { id: string; endpoints: object };
    };
    expect(system.endpoints).toEqual({ edges: [{ node: { key: 'find-delete' } }] });
    const list = 'query ($filter: EndpointFilter) { endpoints(filter: $filter) { edges { node { key } } } }';
    expect(await read(list, { filter: { system: system.id, method: ['GET', 'HEAD'], search: 'FIND' } })).toEqual({
      endpoints: { edges: [{ node: { key: 'find-get' } }] },
    });
  });
});
