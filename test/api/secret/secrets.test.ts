import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { CreateEndpointDocument, CreateSystemDocument, SetSecretDocument } from '#client/index';
import { setSecret } from '#domain/secret/named.service';
import { openSecrets } from '#domain/secret/secret.service';
import { newId } from '#platform/ids';
import { transact } from '#platform/work/work';
import { buildSchema } from '#schema/index';
import { type Millrace, startMillrace } from '#test/support/api';
import { graphOf } from '#test/support/graph';
import { type Mutate, type Result, codeOf, mutateOn } from '#test/support/mutate';
import { type Workspace, seed } from '#test/support/seed';
import { statementsOf } from '#test/support/statements';

const logFile = path.join(tmpdir(), `secrets-${newId()}.log`);
/** Stands in every secret of this file, and must not stand anywhere else. */
const canary = 'canary-7f3a';

let millrace: Millrace;
let mutate: Mutate;
let home: Workspace;
let token: string;
const answers: string[] = [];

beforeAll(async () => {
  millrace = await startMillrace({
    worker: false,
    settings: { SECRETS_MAX: '3', SECRET_BYTES: '64', LOG_LEVEL: 'trace', LOG_FILE: logFile },
  });
  mutate = mutateOn(millrace);
  home = await seed(millrace.app).workspace();
  token = await home.token('EDITOR');
});

const write: Mutate = async (...given) => {
  const result = await mutate(...given);
  answers.push(JSON.stringify(result));
  return result;
};

async function read(text: string, variables: Readonly<Record<string, unknown>> = {}, as = token) {
  const { data, errors } = await millrace.ask(as, text, variables);
  answers.push(JSON.stringify({ data, errors }));
  expect(errors).toEqual([]);
  return data;
}

const idOf = (result: Result, field: string) => (result[field] as { readonly id: string }).id;
const uuidOf = (id: string) => id.slice(id.indexOf('_') + 1);
const valuesOf = async (ownerId: string) => Object.fromEntries((await openSecrets(millrace.app, [ownerId])).get(ownerId) ?? []);
const shown = 'secret { id name owner automation { key } createdAt updatedAt }';

describe('a secret', () => {
  it('of the workspace and one of an action have the same name and are told apart', async () => {
    const action = await home.action({ key: 'billing' });
    const [ours, own] = [
      await write(token, 'setSecret', { name: 'TOKEN', value: `${canary}-1` }, shown),
      await write(token, 'setSecret', { action: 'billing', name: 'TOKEN', value: `${canary}-2` }, shown),
    ];
    expect(ours['secret']).toMatchObject({ name: 'TOKEN', owner: 'WORKSPACE', automation: null });
    expect(own['secret']).toMatchObject({ name: 'TOKEN', owner: 'AUTOMATION', automation: { key: 'billing' } });
    expect(await valuesOf(home.uuid)).toEqual({ TOKEN: `${canary}-1` });
    expect(await valuesOf(action.uuid)).toEqual({ TOKEN: `${canary}-2` });
    const list =
      'query ($filter: SecretFilter) { secrets(filter: $filter) { totalCount edges { node { id } } } action(key: "billing") { secrets { id name } } }';
    expect(await read(list, { filter: { automation: action.id } })).toEqual({
      secrets: { totalCount: 1, edges: [{ node: { id: idOf(own, 'secret') } }] },
      action: { secrets: [{ id: idOf(own, 'secret'), name: 'TOKEN' }] },
    });
    expect(await read(list, { filter: { search: 'tok', owner: 'WORKSPACE' } })).toMatchObject({
      secrets: { totalCount: 1, edges: [{ node: { id: idOf(ours, 'secret') } }] },
    });
  });

  it('is set anew under its id, and deleted', async () => {
    const first = await write(token, 'setSecret', { name: 'AGAIN', value: `${canary}-a` }, shown);
    const second = await write(token, 'setSecret', { name: 'AGAIN', value: `${canary}-b` }, shown);
    const id = idOf(first, 'secret');
    expect(idOf(second, 'secret')).toBe(id);
    expect(await valuesOf(home.uuid)).toMatchObject({ AGAIN: `${canary}-b` });
    expect((await write(token, 'deleteSecret', { id }, 'deletedId'))['deletedId']).toBe(id);
    expect(codeOf(await write(token, 'deleteSecret', { id }))).toBe('NOT_FOUND');
    expect(await read('query ($id: ID!) { node(id: $id) { id } }', { id })).toEqual({ node: null });
    const entries = await millrace.app.db.prisma.auditEntry.findMany({ where: { subjectId: uuidOf(id) }, orderBy: { id: 'asc' } });
    expect(entries.map(({ operation, change }) => [operation, change])).toEqual([
      ['setSecret', { name: 'AGAIN', of: null, replaced: false }],
      ['setSecret', { name: 'AGAIN', of: null, replaced: true }],
      ['deleteSecret', { name: 'AGAIN', of: null }],
    ]);
  });

  it('set twice at once is one secret, and it opens', async () => {
    const { app } = millrace;
    const action = await home.action();
    const place = { workspaceId: home.uuid, action: { id: action.uuid }, name: 'RACE' };
    let written = false;
    let first = (): void => undefined;
    const gate = new Promise<void>((open) => {
      first = open;
    });
    const one = transact(app, home.owner, async (work) => {
      const id = await setSecret(work, { ...place, value: `${canary}-one` });
      written = true;
      await gate;
      return id;
    });
    await vi.waitFor(() => {
      expect(written).toBe(true);
    }, 10_000);
    const other = transact(app, home.owner, (work) => setSecret(work, { ...place, value: `${canary}-other` }));
    // The second one has come to where it must wait for the first.
    await vi.waitFor(async () => {
      const waiting = {
        name: 'test.waiting',
        text: 'SELECT count(*)::int AS n FROM pg_locks WHERE NOT granted AND pid IN (SELECT pid FROM pg_stat_activity WHERE datname = current_database())',
      };
      const [row] = await app.db.sql.query<{ n: number }>(waiting, []);
      expect(row?.n).toBeGreaterThan(0);
    }, 10_000);
    first();
    expect(await other).toBe(await one);
    expect(await valuesOf(action.uuid)).toEqual({ RACE: `${canary}-other` });
  });

  it('is refused beyond the most of an action, also by calls at the same time, and of a workspace ten times as many', async () => {
    const action = await home.action();
    const results = await Promise.all(
      Array.from({ length: 6 }, (_, index) =>
        write(
          token,
          'setSecret',
          { action: action.id, name: `N${String(index)}`, value: canary },
          '',
          '... on LimitExceededError { limit }',
        ),
      ),
    );
    expect(results.map(codeOf).filter((code) => code === 'SetSecretSuccess')).toHaveLength(3);
    expect(results.find(({ code }) => code !== undefined)).toMatchObject({ code: 'LIMIT_EXCEEDED', limit: 3 });
    const [kept] = Object.keys(await valuesOf(action.uuid));
    expect(codeOf(await write(token, 'setSecret', { action: action.id, name: kept, value: canary }))).toBe('SetSecretSuccess');
    const full = await seed(millrace.app).workspace();
    const theirs = await full.token('EDITOR');
    for (let index = 0; index < 30; index += 1)
      expect(codeOf(await write(theirs, 'setSecret', { name: `N${String(index)}`, value: canary }))).toBe('SetSecretSuccess');
    expect(codeOf(await write(theirs, 'setSecret', { name: 'ONE_MORE', value: canary }))).toBe('LIMIT_EXCEEDED');
  });

  it('is refused with every field at fault, and the answer does not repeat its value', async () => {
    const refused = await write(token, 'setSecret', { name: '1st', value: canary.repeat(10) });
    expect(refused.fields).toEqual([
      { path: ['name'], code: 'FORMAT' },
      { path: ['value'], code: 'TOO_LONG' },
    ]);
    expect((await write(token, 'setSecret', { name: 'X', value: '' })).fields).toEqual([{ path: ['value'], code: 'TOO_SHORT' }]);
    expect((await write(token, 'setSecret', { name: 'X', value: `${canary}\0` })).fields).toEqual([
      { path: ['value'], code: 'MALFORMED_TEXT' },
    ]);
  });

  it('of an action of another workspace cannot be set, and one goes with its action', async () => {
    const other = await seed(millrace.app).workspace();
    const foreign = await other.action({ key: 'foreign' });
    const count = () => millrace.app.db.prisma.secret.count();
    const before = await count();
    for (const action of [foreign.id, 'foreign'])
      expect(codeOf(await write(token, 'setSecret', { action, name: 'X', value: canary }))).toBe('NOT_FOUND');
    expect(await count()).toBe(before);
    const action = await home.action({ key: 'short-lived' });
    await write(token, 'setSecret', { action: action.id, name: 'X', value: canary });
    await write(token, 'deleteAction', { id: action.id });
    expect(await count()).toBe(before);
    expect(codeOf(await write(token, 'setSecret', { action: action.id, name: 'X', value: canary }))).toBe('NOT_FOUND');
  });

  it('is known to editors only', async () => {
    const viewer = await home.token('VIEWER');
    expect(await read('{ secrets { totalCount } actions(first: 1) { edges { node { secrets { id } } } } }', {}, viewer)).toMatchObject({
      secrets: { totalCount: 0 },
      actions: { edges: [{ node: { secrets: [] } }] },
    });
    expect(codeOf(await write(viewer, 'setSecret', { name: 'X', value: canary }))).toBe('FORBIDDEN');
  });
});

describe('a credential', () => {
  const whole = `credential { id key kind basic { username } apiKey { in name } oauth2ClientCredentials { tokenUrl clientId scopes audience } secretsUpdatedAt }`;

  it.each([
    [{ basic: { username: 'ann', password: `${canary}-p` } }, 'BASIC', { basic: { username: 'ann' } }, { password: `${canary}-p` }],
    [{ bearer: { token: `${canary}-t` } }, 'BEARER', {}, { token: `${canary}-t` }],
    [
      { apiKey: { in: 'HEADER', name: 'X-Key', value: `${canary}-v` } },
      'API_KEY',
      { apiKey: { in: 'HEADER', name: 'X-Key' } },
      { value: `${canary}-v` },
    ],
    [
      {
        oauth2ClientCredentials: {
          tokenUrl: 'https://id.example.com/token',
          clientId: 'me',
          clientSecret: `${canary}-s`,
          scopes: ['a', 'b', 'a'],
        },
      },
      'OAUTH2_CLIENT_CREDENTIALS',
      { oauth2ClientCredentials: { tokenUrl: 'https://id.example.com/token', clientId: 'me', scopes: ['a', 'b'], audience: null } },
      { clientSecret: `${canary}-s` },
    ],
  ])('keeps what is secret of %j apart from what is not', async (settings, kind, answered, secrets) => {
    const made = await write(token, 'createCredential', { name: kind, settings }, whole);
    expect(made['credential']).toMatchObject({ kind, basic: null, apiKey: null, oauth2ClientCredentials: null, ...answered });
    const id = idOf(made, 'credential');
    expect((made['credential'] as { secretsUpdatedAt: unknown }).secretsUpdatedAt).toEqual(expect.any(String));
    expect(await valuesOf(uuidOf(id))).toEqual(secrets);
    const secret = await millrace.app.db.prisma.secret.findFirstOrThrow({ where: { ownerId: uuidOf(id) } });
    expect(
      await read('query ($id: ID!) { node(id: $id) { id } secrets(filter: { search: "" }) { edges { node { id } } } }', {
        id: `sec_${secret.id}`,
      }),
    ).toMatchObject({
      node: null,
      secrets: { edges: expect.not.arrayContaining([{ node: { id: `sec_${secret.id}` } }]) as unknown },
    });
    expect(codeOf(await write(token, 'deleteSecret', { id: `sec_${secret.id}` }))).toBe('NOT_FOUND');
  });

  it('changes its settings and keeps its secret, or its secret, or its kind with a new secret', async () => {
    const id = idOf(
      await write(
        token,
        'createCredential',
        { key: 'changing', name: 'C', settings: { basic: { username: 'a', password: canary } } },
        whole,
      ),
      'credential',
    );
    const change = (settings: object) => write(token, 'updateCredential', { id, settings }, whole);
    expect((await change({ basic: { username: 'b' } }))['credential']).toMatchObject({ basic: { username: 'b' } });
    expect(await valuesOf(uuidOf(id))).toEqual({ password: canary });
    const { updatedAt } = await millrace.app.db.prisma.credential.findUniqueOrThrow({ where: { id: uuidOf(id) } });
    expect((await change({ basic: { password: `${canary}-new` } }))['credential']).toMatchObject({ basic: { username: 'b' } });
    expect(await valuesOf(uuidOf(id))).toEqual({ password: `${canary}-new` });
    const after = await millrace.app.db.prisma.credential.findUniqueOrThrow({ where: { id: uuidOf(id) } });
    expect(after.updatedAt.getTime()).toBeGreaterThan(updatedAt.getTime());
    expect((await change({ bearer: {} })).fields).toEqual([{ path: ['settings', 'bearer', 'token'], code: 'REQUIRED' }]);
    expect((await change({ bearer: { token: `${canary}-t` } }))['credential']).toMatchObject({ kind: 'BEARER', basic: null });
    expect(await valuesOf(uuidOf(id))).toEqual({ token: `${canary}-t` });
  });

  it.each([
    [{ basic: { username: 'a:b', password: `${canary}\n` } }, ['basic.username', 'basic.password']],
    [{ basic: {} }, ['basic.username', 'basic.password']],
    [{ bearer: { token: `${canary} with spaces` } }, ['bearer.token']],
    [{ apiKey: { in: 'HEADER', name: 'Host', value: `${canary}☃` } }, ['apiKey.name', 'apiKey.value']],
    [{ apiKey: { in: 'HEADER', name: 'x y', value: `${canary}\r\nx: 1` } }, ['apiKey.value', 'apiKey.name']],
    [
      {
        oauth2ClientCredentials: { tokenUrl: 'https://u:p@id.example.com', clientId: '', clientSecret: canary.repeat(10), scopes: ['a b'] },
      },
      [
        'oauth2ClientCredentials.tokenUrl',
        'oauth2ClientCredentials.clientId',
        'oauth2ClientCredentials.clientSecret',
        'oauth2ClientCredentials.scopes.0',
      ],
    ],
  ])('is refused as %j with the fields at fault', async (settings, fields) => {
    const refused = await write(token, 'createCredential', { name: 'C', settings });
    expect(refused.fields?.map(({ path: at }) => at.slice(1).join('.'))).toEqual(fields);
  });

  it('is not deleted while it is used, unless by force, which detaches it', async () => {
    const id = idOf(
      await write(token, 'createCredential', { key: 'used', name: 'Used', settings: { bearer: { token: canary } } }, whole),
      'credential',
    );
    await write(token, 'createSystem', { key: 'its-system', name: 'S', baseUrl: 'https://example.com', credential: id });
    await write(token, 'createEndpoint', { key: 'its-endpoint', name: 'E', method: 'GET', url: 'https://example.com', credential: 'used' });
    const refused = await write(token, 'deleteCredential', { id });
    expect(refused).toMatchObject({ code: 'CONFLICT', state: 'IN_USE' });
    expect(refused.message).toMatch(/its-system.*its-endpoint/);
    expect(codeOf(await write(token, 'deleteCredential', { id, force: true }))).toBe('DeleteCredentialSuccess');
    expect(await valuesOf(uuidOf(id))).toEqual({});
    expect(await read('{ system(key: "its-system") { credential { id } } endpoint(key: "its-endpoint") { credential { id } } }')).toEqual({
      system: { credential: null },
      endpoint: { credential: null },
    });
  });

  it('is made once per idempotency key, of which no trace of the secret is kept', async () => {
    const input = { key: 'once', name: 'Once', settings: { bearer: { token: canary } }, idempotencyKey: 'c' };
    const [first, second] = [
      await write(token, 'createCredential', input, whole),
      await write(token, 'createCredential', { ...input, settings: { bearer: { token: `${canary}-other` } } }, whole),
    ];
    expect(idOf(second, 'credential')).toBe(idOf(first, 'credential'));
    expect(await valuesOf(uuidOf(idOf(first, 'credential')))).toEqual({ token: canary });
  });
});

it('serves integrators by ready documents', async () => {
  const client = millrace.client(token);
  const secret = await client.request(SetSecretDocument, { input: { name: 'READY', value: canary } });
  expect(secret.setSecret).toMatchObject({ __typename: 'SetSecretSuccess', secret: { name: 'READY' } });
  const system = await client.request(CreateSystemDocument, { input: { key: 'ready', name: 'R', baseUrl: 'https://example.com' } });
  expect(system.createSystem).toMatchObject({ system: { key: 'ready' } });
  const endpoint = await client.request(CreateEndpointDocument, {
    input: { name: 'Ready', system: 'ready', method: 'GET', url: '/{{ x ' },
  });
  expect(endpoint.createEndpoint).toMatchObject({ fields: [{ path: ['url'], code: 'SYNTAX', line: 1, column: 4 }] });
});

it('lists with everything nested cost the same statements however many rows there are', async () => {
  const { app } = millrace;
  const workspace = await seed(app).workspace();
  const theirs = await workspace.token('OWNER');
  const ask = graphOf(buildSchema(), app);
  const grow = async (from: number, to: number) => {
    for (let index = from; index < to; index += 1) {
      const key = `k${String(index)}`;
      const made = await write(theirs, 'createApp', { key, name: key }, 'app { id }');
      await write(theirs, 'createNamespace', { key, name: key, app: key });
      await write(theirs, 'createCredential', { key, name: key, settings: { bearer: { token: canary } } });
      await write(theirs, 'createSystem', { key, name: key, baseUrl: 'https://example.com', credential: key });
      const endpoint = await write(
        theirs,
        'createEndpoint',
        { key, name: key, system: key, app: key, credential: key, method: 'GET', url: '/' },
        'endpoint { id }',
      );
      const action = await workspace.action({ key });
      await write(theirs, 'setSecret', { action: key, name: 'N', value: canary });
      await app.db.prisma.automation.update({ where: { id: action.uuid }, data: { appId: uuidOf(idOf(made, 'app')) } });
      await app.db.prisma.automationVersion.updateMany({
        where: { automationId: action.uuid },
        data: { endpointId: uuidOf(idOf(endpoint, 'endpoint')) },
      });
    }
  };
  const text = `{
    apps(first: 5) { totalCount edges { node {
      automations(first: 2) { totalCount edges { node { key app { key } secrets { name } } } }
      namespaces(first: 2) { totalCount edges { node { key app { key } threads(first: 2) { totalCount edges { node { key } } } } } }
      endpoints(first: 2) { totalCount edges { node { key system { key } app { key } credential { key } usedBy(first: 2) { totalCount edges { node { key } } } } } }
    } } }
    systems(first: 5) { edges { node { credential { key secretsUpdatedAt } endpoints(first: 2) { totalCount edges { node { key } } } } } }
    secrets(first: 5) { edges { node { name automation { key } } } }
  }`;
  const statements = () =>
    statementsOf(async () => {
      const { errors } = await ask(workspace.owner, text);
      expect(errors).toEqual([]);
    });
  await grow(0, 1);
  const few = await statements();
  await grow(1, 5);
  const many = await statements();
  expect(many.length).toBe(few.length);
  expect(few.length).toBeLessThan(40);
});

// Last: everything above planted the canary.
it('no value was in an answer, in the audit, in what is kept of a call, or in the log', async () => {
  await read(
    '{ auditEntries(first: 50) { edges { node { operation change } } } credentials { edges { node { id name basic { username } } } } }',
    {},
    await home.token('OWNER'),
  );
  expect(answers.length).toBeGreaterThan(50);
  expect(answers.filter((answer) => answer.includes(canary))).toEqual([]);
  const { prisma } = millrace.app.db;
  const kept = [
    await prisma.auditEntry.findMany(),
    await prisma.credential.findMany(),
    await prisma.system.findMany(),
    await prisma.endpoint.findMany(),
    (await prisma.secret.findMany()).map(({ sealed, ...row }) => ({ ...row, sealed: Buffer.from(sealed).toString('latin1') })),
  ];
  expect(JSON.stringify(kept)).not.toContain(canary);
  const log = await readFile(logFile, 'utf8');
  expect(log.length).toBeGreaterThan(0);
  expect(log).not.toContain(canary);
});
