import { beforeAll, describe, expect, it } from 'vitest';
import { openSecrets } from '#domain/secret/secret.service';
import { type TestGraph, testGraph } from '#test/support/graph';
import { fewBlueprints } from '#test/support/records';
import { seedWorkspace } from '#test/support/tenancy';

let graph: TestGraph;

beforeAll(async () => {
  graph = await testGraph();
  await fewBlueprints(graph.app, graph.workspace.uuid);
});

type Answered = Readonly<Record<string, unknown>> & { readonly __typename: string };

async function write(field: string, input: object, selection: string, viewer = graph.workspace.owner): Promise<Answered> {
  const name = `${field.charAt(0).toUpperCase()}${field.slice(1)}`;
  const text = `mutation ($input: ${name}Input!) { ${field}(input: $input) { __typename ... on ${name}Success { ${selection} }
    ... on Error { code message } ... on ConflictError { state } ... on InvalidInputError { fields { path code } } } }`;
  const { data, errors } = await graph.ask(viewer, text, { input });
  expect(errors).toEqual([]);
  return data?.[field] as Answered;
}

const app = 'app { id key reference disabled scopes webhookUrl }';
const all = ['entity.read', 'entity.write', 'note.write', 'webhook.call', 'mail.send'];

describe('an app offering', () => {
  it('has scopes, a webhook and a secret that is shown once', async () => {
    const plain = await write('createApp', { name: 'Plain' }, `${app} secret`);
    expect(plain).toMatchObject({
      app: { key: 'plain', reference: 'plain', disabled: false, scopes: all, webhookUrl: null },
      secret: null,
    });
    const webhookUrl = 'https://hook.test/x';
    const first = await write('updateApp', { key: 'plain', webhookUrl, scopes: ['entity.read', 'entity.write:request'] }, `${app} secret`);
    expect(first).toMatchObject({ app: { webhookUrl, scopes: ['entity.read', 'entity.write:request'] } });
    expect(first['secret']).toMatch(/^whsec_/);
    const disabled = await write('updateApp', { key: 'plain', disabled: true, scopes: null }, `${app} secret`);
    expect(disabled).toMatchObject({ app: { disabled: true, scopes: all }, secret: null });
    const made = await write('createApp', { name: 'Signed', webhookUrl, idempotencyKey: 'signed' }, `${app} secret`);
    expect(made['secret']).toMatch(/^whsec_/);
    expect(await write('createApp', { name: 'Signed', webhookUrl, idempotencyKey: 'signed' }, 'secret')).toMatchObject({ secret: null });
    const rotated = await write('rotateAppSecret', { key: 'signed' }, `${app} secret`);
    expect(rotated['secret']).toMatch(/^whsec_/);
    expect(rotated['secret']).not.toBe(made['secret']);
    const { id } = rotated['app'] as { id: string };
    const ownerId = id.slice(4);
    expect((await openSecrets(graph.app, [ownerId])).get(ownerId)?.get('WEBHOOK_SECRET')).toBe(rotated['secret']);
    await write('deleteApp', { id }, 'deletedId');
    expect(await graph.app.db.prisma.secret.count({ where: { ownerId } })).toBe(0);
    const audit = JSON.stringify(await graph.app.db.prisma.auditEntry.findMany());
    for (const secret of [first, made, rotated].map((one) => String(one['secret']))) expect(audit).not.toContain(secret);
    const refused = await write(
      'createApp',
      { name: 'x', webhookUrl: 'https://a:b@x.test', scopes: ['entity.read', 'everything', 'mail.send:a:b'] },
      app,
    );
    expect(refused['fields']).toEqual([
      { path: ['scopes', '1'], code: 'UNKNOWN_SCOPE' },
      { path: ['scopes', '2'], code: 'UNKNOWN_SCOPE' },
      { path: ['webhookUrl'], code: 'CREDENTIALS' },
    ]);
  });

  it('is not deleted while rules belong to it, and its rules stay its own', async () => {
    await write('createApp', { key: 'owner', name: 'Owner' }, app);
    const rule = { key: 'owned', name: 'Owned', recordType: 'Req', trigger: 'on note added', app: 'owner' };
    const call = { text: "a1: call webhook '{app_offering_webhook}' with payload 'url'" };
    const expressions = { text: 'url: rule_app_instance.custom_fields.url' };
    expect(await write('createRule', { ...rule, expressions, actions: call }, 'rule { app { key } }')).toMatchObject({
      rule: { app: { key: 'owner' } },
    });
    expect(await write('createRule', { ...rule, key: 'other', app: null, expressions }, 'rule { id }')).toMatchObject({
      fields: [{ path: ['expressions'], code: 'UNKNOWN_NAME' }],
    });
    expect(await write('upsertRule', { ...rule, app: 'plain' }, 'rule { id }')).toMatchObject({
      fields: [{ path: ['app'], code: 'IMMUTABLE' }],
    });
    expect(await write('upsertRule', { ...rule, app: undefined }, 'rule { app { key } }')).toMatchObject({
      rule: { app: { key: 'owner' } },
    });
    expect(await write('deleteApp', { key: 'owner' }, 'deletedId')).toMatchObject({
      code: 'CONFLICT',
      state: 'HAS_RULES',
      message: 'Rules belong to the app: owned.',
    });
    await write('deleteRule', { key: 'owned' }, 'deletedId');
    expect(await write('deleteApp', { key: 'owner' }, 'deletedId')).toMatchObject({ __typename: 'DeleteAppSuccess' });
  });
});

describe('an instance of an app', () => {
  const instance = 'appInstance { id enabled suspended suspendedComment scopes customFields workspace { id } app { key } }';

  it('acts in a workspace of the same organization, within the scopes of the app', async () => {
    const there = await seedWorkspace(graph.app, graph.workspace.organizationId);
    const far = await seedWorkspace(graph.app);
    const both = {
      ...graph.workspace.owner,
      roles: new Map([graph.workspace.uuid, there.workspaceId, far.workspaceId].map((id) => [id, 'EDITOR' as const])),
    };
    const made = await write('createApp', { key: 'spread', name: 'Spread', scopes: ['entity.read', 'entity.write:request'] }, app);
    const { id } = made['app'] as { id: string };
    const at = (workspaceId: string) => ({ app: id, workspace: `ws_${workspaceId}` });
    const here = await write('createAppInstance', { app: 'spread', customFields: { url: 'https://hook.test/x' } }, instance);
    expect(here['appInstance']).toMatchObject({
      enabled: true,
      suspended: false,
      scopes: ['entity.read', 'entity.write:request'],
      customFields: { url: 'https://hook.test/x' },
      app: { key: 'spread' },
    });
    expect(await write('createAppInstance', { app: 'spread' }, instance)).toMatchObject({ code: 'ALREADY_EXISTS' });
    expect(await write('createAppInstance', at(there.workspaceId), instance)).toMatchObject({ code: 'NOT_FOUND' });
    expect(await write('createAppInstance', at(far.workspaceId), instance, both)).toMatchObject({ code: 'NOT_FOUND' });
    const wide = { ...at(there.workspaceId), scopes: ['entity.read:task', 'entity.write', 'mail.send'] };
    expect(await write('createAppInstance', wide, instance, both)).toMatchObject({
      fields: [
        { path: ['scopes', '1'], code: 'NOT_GRANTED' },
        { path: ['scopes', '2'], code: 'NOT_GRANTED' },
      ],
    });
    const elsewhere = await write('createAppInstance', { ...wide, scopes: ['entity.read:task'] }, instance, both);
    expect(elsewhere['appInstance']).toMatchObject({ workspace: { id: `ws_${there.workspaceId}` }, scopes: ['entity.read:task'] });
    const spread =
      '{ app(id: "ID") { instances { totalCount edges { node { workspace { id } } } } } appInstances(filter: { suspended: false }) { totalCount } }';
    const { data } = await graph.ask(both, spread.replace('ID', id));
    expect(data).toMatchObject({ app: { instances: { totalCount: 2 } }, appInstances: { totalCount: 2 } });
    expect(await graph.answer(spread.replace('ID', id))).toMatchObject({ app: { instances: { totalCount: 1 } } });
    const onlyThere = { ...both, roles: new Map([[there.workspaceId, 'EDITOR' as const]]) };
    const change = {
      id: (elsewhere['appInstance'] as { id: string }).id,
      suspended: true,
      suspendedComment: 'unpaid',
      customFields: { deep: { a: [1] } },
    };
    expect((await write('updateAppInstance', change, instance, onlyThere))['appInstance']).toMatchObject({
      suspended: true,
      suspendedComment: 'unpaid',
      app: null,
    });
    expect(
      await write('updateAppInstance', { ...change, customFields: null, scopes: null, suspended: null }, instance, both),
    ).toMatchObject({
      appInstance: { suspended: false, customFields: {}, scopes: ['entity.read', 'entity.write:request'] },
    });
    expect(await write('deleteAppInstance', { id: change.id }, 'deletedId', onlyThere)).toMatchObject({ deletedId: change.id });
    let deep: object = {};
    for (let level = 0; level < 10; level += 1) deep = { deep };
    const { id: hereId } = here['appInstance'] as { id: string };
    expect(await write('updateAppInstance', { id: hereId, customFields: deep }, instance)).toMatchObject({
      fields: [{ path: ['customFields'], code: 'TOO_DEEP' }],
    });
    await write('deleteApp', { id }, 'deletedId');
    expect(await graph.app.db.prisma.appInstance.count({ where: { id: hereId.slice(3) } })).toBe(0);
  });
});
