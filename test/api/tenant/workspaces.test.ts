import { beforeAll, describe, expect, it } from 'vitest';
import type { Role } from '#platform/db/generated/prisma/enums';
import { encodeId } from '#schema/node';
import { type Answer, type Millrace, startMillrace } from '#test/support/api';
import { type Mutate, codeOf, mutateOn } from '#test/support/mutate';
import { seedPersonalToken, seedUser, seedWorkspace } from '#test/support/tenancy';

let millrace: Millrace;
let write: Mutate;

beforeAll(async () => {
  millrace = await startMillrace({ worker: false, settings: { WORKSPACE_RUNNING_MAX: '50', WORKSPACE_QUEUED_MAX: '200000' } });
  write = mutateOn(millrace);
});

const someone = async (role: Role = 'OWNER') => {
  const user = await seedUser(millrace.app);
  return { ...user, token: (await seedPersonalToken(millrace.app, user.userId, role)).token };
};

const dataOf = ({ data, errors }: Answer) => {
  expect(errors).toEqual([]);
  return data;
};
const whole =
  'workspace { id key name role maxRunning maxQueued organization { id } environments(first: 5) { totalCount edges { node { id key } } } members(first: 5) { edges { node { role user { email } } } } }';

interface Workspace {
  readonly id: string;
  readonly key: string;
  readonly organization: { readonly id: string };
  readonly environments: { readonly edges: readonly { readonly node: { readonly id: string; readonly key: string } }[] };
}

const make = async (token: string, input: Readonly<Record<string, unknown>> = { name: 'Team' }) => {
  const result = await write(token, 'createWorkspace', input, whole);
  expect(result.__typename).toBe('CreateWorkspaceSuccess');
  return result['workspace'] as Workspace;
};

describe('a workspace', () => {
  it('is made with its environment production, owned by who made it, in an organization of its own', async () => {
    const me = await someone();
    expect(await make(me.token, { name: 'Data Team!' })).toMatchObject({
      key: 'data-team',
      name: 'Data Team!',
      role: 'OWNER',
      maxRunning: null,
      maxQueued: 100_000,
      environments: { totalCount: 1, edges: [{ node: { key: 'production' } }] },
      members: { edges: [{ node: { role: 'OWNER', user: { email: me.email } } }] },
    });
    const seen = dataOf(
      await millrace.ask(
        me.token,
        '{ workspaces(first: 5) { totalCount edges { node { key auditEntries(first: 5) { edges { node { operation subjectType actorName } } } } } } }',
      ),
    );
    expect(seen).toEqual({
      workspaces: {
        totalCount: 1,
        edges: [
          {
            node: {
              key: 'data-team',
              auditEntries: { edges: [{ node: { operation: 'createWorkspace', subjectType: 'Workspace', actorName: 'Person' } }] },
            },
          },
        ],
      },
    });
  });

  it('joins an organization in which one owns a workspace, where derived keys step aside and given ones do not', async () => {
    const me = await someone();
    const first = await make(me.token);
    const organization = first.organization.id;
    expect(await make(me.token, { organization, name: 'Team' })).toMatchObject({ key: 'team-2', organization: { id: organization } });
    expect(
      await write(me.token, 'createWorkspace', { organization, name: 'Team', key: 'team' }, '', '... on AlreadyExistsError { field }'),
    ).toMatchObject({ code: 'ALREADY_EXISTS', field: 'key' });
    const stranger = await someone();
    expect(codeOf(await write(stranger.token, 'createWorkspace', { organization, name: 'Team' }))).toBe('NOT_FOUND');
  });

  it('is made once per idempotency key, also by calls at the same time', async () => {
    const me = await someone();
    const made = await Promise.all(Array.from({ length: 5 }, () => make(me.token, { name: 'Once', idempotencyKey: 'w' })));
    expect(new Set(made.map(({ id }) => id)).size).toBe(1);
    expect(codeOf(await write(me.token, 'createWorkspace', { name: 'Other', idempotencyKey: 'w' }))).toBe('IDEMPOTENCY_CONFLICT');
    // The key is one person's own.
    const other = await someone();
    expect((await make(other.token, { name: 'Once', idempotencyKey: 'w' })).id).not.toBe(made[0]?.id);
  });

  it('gives nothing back to an owner who was removed and repeats its key', async () => {
    const me = await someone();
    const input = { name: 'Lost', idempotencyKey: 'lost' };
    const { id } = await make(me.token, input);
    const workspaceId = id.slice(3);
    const text = `mutation ($input: CreateWorkspaceInput!, $workspace: ID!) {
      createWorkspace(input: $input) { __typename ... on Error { code } }
      createApiToken(input: { workspace: $workspace, name: "mine", role: OWNER }) { __typename ... on Error { code } }
    }`;
    const replay = async () => (await millrace.ask(me.token, text, { input, workspace: id })).data;
    const membership = { where: { workspaceId_userId: { workspaceId, userId: me.userId } } };
    await millrace.app.db.prisma.membership.update({ ...membership, data: { role: 'VIEWER' } });
    expect(await replay()).toMatchObject({
      createWorkspace: { __typename: 'CreateWorkspaceSuccess' },
      createApiToken: { code: 'FORBIDDEN' },
    });
    await millrace.app.db.prisma.membership.delete(membership);
    expect(await replay()).toMatchObject({ createWorkspace: { code: 'NOT_FOUND' }, createApiToken: { code: 'NOT_FOUND' } });
    await millrace.app.db.prisma.workspace.delete({ where: { id: workspaceId } });
    expect(await write(me.token, 'createWorkspace', input)).toMatchObject({ code: 'CONFLICT', state: 'DELETED' });
  });

  it('is made by persons, not by services or by tokens that may do less', async () => {
    const seeded = await seedWorkspace(millrace.app);
    const service = await seeded.token('OWNER');
    const limited = await someone('ADMIN');
    for (const { token } of [service, limited]) expect(codeOf(await write(token, 'createWorkspace', { name: 'No' }))).toBe('FORBIDDEN');
  });

  it.each([
    [{ name: '' }, 'name'],
    [{ name: 'x'.repeat(129) }, 'name'],
    [{ name: 'a\0b' }, 'name'],
    [{ name: 'Fine', key: 'Not Fine' }, 'key'],
    [{ name: '日本' }, 'key'],
    [{ name: 'Fine', organization: 'org_1' }, 'organization'],
  ])('is refused for %j with the field at fault', async (input, path) => {
    const me = await someone();
    expect(await write(me.token, 'createWorkspace', input)).toMatchObject({ code: 'INVALID_INPUT', fields: [{ path: [path] }] });
  });

  it('changes what is given and keeps the rest, with the difference in the audit', async () => {
    const me = await someone();
    const { id } = await make(me.token);
    await write(me.token, 'updateWorkspace', { id, maxRunning: 5 });
    expect(
      (await write(me.token, 'updateWorkspace', { id, name: 'Renamed', key: 'renamed' }, 'workspace { key name maxRunning }'))['workspace'],
    ).toEqual({ key: 'renamed', name: 'Renamed', maxRunning: 5 });
    expect((await write(me.token, 'updateWorkspace', { id, maxRunning: null }, 'workspace { maxRunning }'))['workspace']).toEqual({
      maxRunning: null,
    });
    expect(await write(me.token, 'updateWorkspace', { id, name: null })).toMatchObject({
      code: 'INVALID_INPUT',
      fields: [{ path: ['name'] }],
    });
    const audit = dataOf(
      await millrace.ask(me.token, '{ auditEntries(filter: { operation: ["updateWorkspace"] }) { edges { node { subjectId change } } } }'),
    );
    expect(audit).toEqual({
      auditEntries: {
        edges: [
          { node: { subjectId: id, change: { maxRunning: { from: 5, to: null } } } },
          { node: { subjectId: id, change: { key: { from: 'team', to: 'renamed' }, name: { from: 'Team', to: 'Renamed' } } } },
          { node: { subjectId: id, change: { maxRunning: { from: null, to: 5 } } } },
        ],
      },
    });
  });

  it('is deleted with all that is in it, and its empty organization with it', async () => {
    const me = await someone();
    const { id, organization } = await make(me.token);
    expect((await write(me.token, 'deleteWorkspace', { id }, 'deletedId'))['deletedId']).toBe(id);
    expect(
      dataOf(
        await millrace.ask(
          me.token,
          'query ($ids: [ID!]!) { nodes(ids: $ids) { id } workspaces { totalCount } viewer { memberships { role } } }',
          { ids: [id, organization.id] },
        ),
      ),
    ).toEqual({
      nodes: [null, null],
      workspaces: { totalCount: 0 },
      viewer: { memberships: [] },
    });
    expect(codeOf(await write(me.token, 'deleteWorkspace', { id }))).toBe('NOT_FOUND');
  });

  it('keeps its place while runs are open', async () => {
    const me = await someone();
    const { id } = await make(me.token);
    await write(me.token, 'createAction', { key: 'a', name: 'A', code: 'export default async () => 1' });
    const { id: run } = (await write(me.token, 'triggerAction', { key: 'a' }, 'run { id }'))['run'] as { id: string };
    expect(await write(me.token, 'deleteWorkspace', { id })).toMatchObject({ code: 'CONFLICT', state: 'OPEN_RUNS' });
    await write(me.token, 'cancelRun', { id: run });
    expect(codeOf(await write(me.token, 'deleteWorkspace', { id }))).toBe('DeleteWorkspaceSuccess');
  });

  it('is deleted by owners only', async () => {
    const seeded = await seedWorkspace(millrace.app);
    const { token } = await seeded.token('ADMIN');
    expect(codeOf(await write(token, 'deleteWorkspace', { id: encodeId('Workspace', seeded.workspaceId) }))).toBe('FORBIDDEN');
  });
});

describe('an environment', () => {
  it('is made and deleted, but for production', async () => {
    const me = await someone();
    const { environments } = await make(me.token);
    const staging = await write(me.token, 'createEnvironment', { name: 'Staging' }, 'environment { id key }');
    expect(staging['environment']).toMatchObject({ key: 'staging' });
    expect(
      await write(me.token, 'createEnvironment', { name: 'Staging', key: 'staging' }, '', '... on AlreadyExistsError { field }'),
    ).toMatchObject({ code: 'ALREADY_EXISTS', field: 'key' });
    expect(codeOf(await write(me.token, 'deleteEnvironment', { id: (staging['environment'] as { id: string }).id }))).toBe(
      'DeleteEnvironmentSuccess',
    );
    expect(codeOf(await write(me.token, 'deleteEnvironment', { id: environments.edges[0]?.node.id }))).toBe('FORBIDDEN');
  });
});

it('caps what a workspace may be given by the limits of the installation', async () => {
  const me = await someone();
  const { id } = await make(me.token);
  for (const [limit, most] of [
    ['maxRunning', 50],
    ['maxQueued', 200_000],
  ] as const) {
    expect(codeOf(await write(me.token, 'updateWorkspace', { id, [limit]: most }))).toBe('UpdateWorkspaceSuccess');
    expect(await write(me.token, 'updateWorkspace', { id, [limit]: most + 1 })).toMatchObject({
      code: 'INVALID_INPUT',
      fields: [{ path: [limit], code: 'TOO_BIG' }],
    });
  }
});

it('looks for the text that is asked for, and not for a pattern', async () => {
  const me = await someone();
  await make(me.token, { name: 'Half price' });
  await make(me.token, { name: '50% off' });
  const found = async (search: string) =>
    millrace.ask(me.token, 'query ($search: String) { workspaces(filter: { search: $search }) { totalCount edges { node { name } } } }', {
      search,
    });
  expect(dataOf(await found('%'))).toMatchObject({ workspaces: { totalCount: 1, edges: [{ node: { name: '50% off' } }] } });
  expect(dataOf(await found('_'))).toMatchObject({ workspaces: { totalCount: 0 } });
  expect(await found('x'.repeat(129))).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
  const members = 'query ($search: String) { members(filter: { search: $search }) { totalCount } }';
  expect(dataOf(await millrace.ask(me.token, members, { search: '%' }))).toEqual({ members: { totalCount: 0 } });
});

it('is named where a key could be of several', async () => {
  const me = await someone();
  const one = await make(me.token, { name: 'One' });
  const read = 'query ($workspace: ID) { action(key: "hello", workspace: $workspace) { id } }';
  expect(dataOf(await millrace.ask(me.token, read))).toEqual({ action: null });
  await make(me.token, { name: 'Two' });
  expect(await millrace.ask(me.token, read)).toMatchObject({
    errors: [{ extensions: { code: 'INVALID_INPUT', fields: [{ path: ['workspace'], code: 'REQUIRED' }] } }],
  });
  expect(dataOf(await millrace.ask(me.token, read, { workspace: one.id }))).toEqual({ action: null });
});

describe('an API token', () => {
  const service = (token: string, more: Readonly<Record<string, unknown>> = {}) =>
    write(
      token,
      'createApiToken',
      { name: 'CI', role: 'EDITOR', ...more },
      'token apiToken { id prefix role user { id } workspace { key } expiresAt }',
    );
  const whoIs = (token: string) =>
    millrace.ask(token, '{ viewer { kind name user { email } memberships { role permissions } apiTokens { totalCount } } }');

  it('of a service works in its workspace, is shown once, and is refused once it is revoked', async () => {
    const me = await someone();
    await make(me.token);
    const made = await service(me.token);
    const token = String(made['token']);
    expect(made['apiToken']).toMatchObject({ prefix: token.slice(0, 9), role: 'EDITOR', user: null, workspace: { key: 'team' } });
    expect(dataOf(await whoIs(token))).toMatchObject({
      viewer: { kind: 'TOKEN', name: 'CI', user: null, memberships: [{ role: 'EDITOR' }], apiTokens: { totalCount: 1 } },
    });
    const listed = await millrace.ask(me.token, '{ apiTokens { edges { node { name prefix lastUsedAt } } } }');
    expect(JSON.stringify(listed)).not.toContain(token);
    const { id } = made['apiToken'] as { id: string };
    expect(codeOf(await write(me.token, 'revokeApiToken', { id }))).toBe('RevokeApiTokenSuccess');
    expect(await whoIs(token)).toMatchObject({ data: null, errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
    expect(codeOf(await write(me.token, 'revokeApiToken', { id }))).toBe('RevokeApiTokenSuccess');
  });

  it('of a person acts as the person with at most its role, and can be revoked by that person only', async () => {
    const me = await someone();
    const { id: workspace } = await make(me.token);
    const made = await service(me.token, { personal: true, role: 'VIEWER' });
    const reader = String(made['token']);
    expect(dataOf(await whoIs(reader))).toMatchObject({
      viewer: { kind: 'USER', user: { email: me.email }, memberships: [{ role: 'VIEWER' }], apiTokens: { totalCount: 2 } },
    });
    expect(codeOf(await write(reader, 'updateWorkspace', { id: workspace, name: 'No' }))).toBe('FORBIDDEN');
    const { id } = made['apiToken'] as { id: string };
    const stranger = await someone();
    expect(codeOf(await write(stranger.token, 'revokeApiToken', { id }))).toBe('NOT_FOUND');
    expect(codeOf(await write(me.token, 'revokeApiToken', { id }))).toBe('RevokeApiTokenSuccess');
  });

  it('gives no right that its maker does not have', async () => {
    const seeded = await seedWorkspace(millrace.app);
    const admin = await seeded.token('ADMIN');
    expect(codeOf(await service(admin.token, { role: 'OWNER' }))).toBe('FORBIDDEN');
    expect(codeOf(await service((await seeded.token('EDITOR')).token, { role: 'VIEWER' }))).toBe('FORBIDDEN');
    // A service is nobody's person.
    expect(codeOf(await service(admin.token, { personal: true, role: 'VIEWER' }))).toBe('FORBIDDEN');
    // A person's token makes no stronger one, whatever the person may do.
    const me = await someone('VIEWER');
    expect(codeOf(await service(me.token, { personal: true, role: 'OPERATOR' }))).toBe('FORBIDDEN');
    expect(codeOf(await service(me.token, { personal: true, role: 'VIEWER' }))).toBe('CreateApiTokenSuccess');
  });

  it('revokes itself, and none that may do more', async () => {
    const me = await someone();
    const { id: workspace } = await make(me.token);
    const idOf = (made: Awaited<ReturnType<typeof service>>) => (made['apiToken'] as { id: string }).id;
    const strong = await service(me.token, { personal: true, role: 'OWNER' });
    const weak = await service(me.token, { personal: true, role: 'VIEWER' });
    expect(codeOf(await write(String(weak['token']), 'revokeApiToken', { id: idOf(strong) }))).toBe('FORBIDDEN');
    expect(codeOf(await write(String(weak['token']), 'revokeApiToken', { id: idOf(weak) }))).toBe('RevokeApiTokenSuccess');
    const owner = await service(me.token, { workspace, role: 'OWNER' });
    const admin = await service(me.token, { workspace, role: 'ADMIN' });
    expect(codeOf(await write(String(admin['token']), 'revokeApiToken', { id: idOf(owner) }))).toBe('FORBIDDEN');
    expect(codeOf(await write(String(owner['token']), 'revokeApiToken', { id: idOf(admin) }))).toBe('RevokeApiTokenSuccess');
    const reader = await service(me.token, { workspace, role: 'VIEWER' });
    expect(codeOf(await write(String(reader['token']), 'revokeApiToken', { id: idOf(reader) }))).toBe('RevokeApiTokenSuccess');
  });

  it('makes none that outlives it', async () => {
    const seeded = await seedWorkspace(millrace.app);
    const expiresAt = new Date(Date.now() + 60_000);
    const { token } = await seeded.token('ADMIN', { expiresAt });
    for (const wanted of [null, '2030-01-01T00:00:00Z'])
      expect((await service(token, { expiresAt: wanted }))['apiToken']).toMatchObject({ expiresAt: expiresAt.toISOString() });
    const sooner = new Date(expiresAt.getTime() - 30_000).toISOString();
    expect((await service(token, { expiresAt: sooner }))['apiToken']).toMatchObject({ expiresAt: sooner });
  });

  it('is not shown again by its idempotency key', async () => {
    const me = await someone();
    await make(me.token);
    const [first, second] = [await service(me.token, { idempotencyKey: 't' }), await service(me.token, { idempotencyKey: 't' })];
    expect(second['token']).toBeNull();
    expect(second['apiToken']).toEqual(first['apiToken']);
    const kept = await millrace.app.db.prisma.idempotencyKey.findMany({ where: { key: 't' } });
    expect(JSON.stringify(kept)).not.toContain(String(first['token']).slice(10));
  });

  it('leaves an entry in the audit of every workspace it opens, without the secret', async () => {
    const me = await someone();
    await make(me.token, { name: 'One' });
    await make(me.token, { name: 'Two' });
    const made = await service(me.token, { personal: true });
    const audit = dataOf(
      await millrace.ask(
        me.token,
        '{ auditEntries(filter: { operation: ["createApiToken"] }) { totalCount edges { node { workspace { key } change } } } }',
      ),
    );
    expect(audit).toMatchObject({ auditEntries: { totalCount: 2 } });
    expect(JSON.stringify(audit)).not.toContain(String(made['token']));
  });

  it.each([
    [{ expiresAt: '2020-01-01T00:00:00Z' }, 'expiresAt'],
    [{ name: ' ' }, 'name'],
    [{ idempotencyKey: '' }, 'idempotencyKey'],
  ])('is refused for %j with the field at fault', async (input, path) => {
    const me = await someone();
    await make(me.token);
    expect(await service(me.token, input)).toMatchObject({ code: 'INVALID_INPUT', fields: [{ path: [path] }] });
  });
});
