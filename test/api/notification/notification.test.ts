import { beforeAll, describe, expect, it } from 'vitest';
import { Webhook } from 'standardwebhooks';
import { newId } from '#platform/ids';
import { openSecrets } from '#domain/secret/secret.service';
import { encodeId } from '#schema/node';
import { type Millrace, startMillrace } from '#test/support/api';
import { type Mutate, codeOf, mutateOn } from '#test/support/mutate';
import { type Workspace, seed } from '#test/support/seed';
import { statementsOf } from '#test/support/statements';

let millrace: Millrace;
let write: Mutate;

beforeAll(async () => {
  // Nothing listens there: these tests have no worker.
  millrace = await startMillrace({
    worker: false,
    settings: { SMTP_URL: 'smtp://127.0.0.1:1', SMTP_FROM: 'millrace@example.com', GRAPHQL_DEPTH: '20' },
  });
  write = mutateOn(millrace);
});

const uuidOf = (id: string) => id.slice(id.indexOf('_') + 1);

async function groupIn(workspace: Workspace, input: object = {}): Promise<string> {
  const made = await write(
    await workspace.token(),
    'createNotificationGroup',
    { workspace: workspace.id, name: 'Alarm', events: ['RUN_FAILED'], ...input },
    'group { id }',
  );
  expect(made).toMatchObject({ __typename: 'CreateNotificationGroupSuccess' });
  return (made['group'] as { id: string }).id;
}

async function recipientIn(
  workspace: Workspace,
  input: object = { webhook: 'https://example.com/hook' },
): Promise<{ id: string; group: string; secret: string }> {
  const group = await groupIn(workspace);
  const made = await write(await workspace.token(), 'addRecipient', { group, ...input }, 'secret recipient { id }');
  expect(made).toMatchObject({ __typename: 'AddRecipientSuccess' });
  return { id: (made['recipient'] as { id: string }).id, group, secret: String(made['secret']) };
}

/** A delivery that has ended. */
async function deliveryTo(workspace: Workspace, recipient: string, ended: object = {}): Promise<string> {
  const id = newId();
  await millrace.app.db.prisma.delivery.create({
    data: {
      id,
      workspaceId: workspace.uuid,
      recipientId: uuidOf(recipient),
      kind: 'WEBHOOK',
      address: 'https://example.com/hook',
      event: 'RUN_FAILED',
      payload: { type: 'run.failed' },
      status: 'FAILED',
      failure: 'The receiver answered 500.',
      tries: 10,
      finishedAt: new Date('2026-11-20T10:00:00Z'),
      ...ended,
    },
  });
  return encodeId('Delivery', id);
}

const fields = (result: Awaited<ReturnType<Mutate>>) => result.fields?.map(({ path, code }) => `${path.join('.')} ${code}`);

describe('a notification group', () => {
  it('is made, read by id and key, changed and deleted', async () => {
    const workspace = await seed(millrace.app).workspace();
    const token = await workspace.token();
    const action = await workspace.action({ key: 'greet' });
    const id = await groupIn(workspace, {
      description: 'At night',
      events: ['RUN_FAILED', 'RUN_DEAD', 'RUN_FAILED'],
      automationKey: 'greet',
    });
    const text = `query ($id: ID, $key: String) { notificationGroup(id: $id, key: $key) { id key name description events enabled automation { id } workspace { id } recipients { totalCount } } }`;
    const byKey = await millrace.ask(token, text, { key: 'alarm' });
    expect(byKey.data).toEqual({
      notificationGroup: {
        id,
        key: 'alarm',
        name: 'Alarm',
        description: 'At night',
        events: ['RUN_FAILED', 'RUN_DEAD'],
        enabled: true,
        automation: { id: action.id },
        workspace: { id: workspace.id },
        recipients: { totalCount: 0 },
      },
    });
    expect((await millrace.ask(token, text, { id })).data).toEqual(byKey.data);
    const changed = await write(
      token,
      'updateNotificationGroup',
      { id, name: 'Calm', enabled: false, automation: null },
      'group { name enabled events automation { id } }',
    );
    expect(changed['group']).toEqual({ name: 'Calm', enabled: false, events: ['RUN_FAILED', 'RUN_DEAD'], automation: null });
    expect(await write(token, 'deleteNotificationGroup', { id }, 'deletedId')).toMatchObject({ deletedId: id });
    expect((await millrace.ask(token, text, { id })).data).toEqual({ notificationGroup: null });
    const { prisma } = millrace.app.db;
    const audited = await prisma.auditEntry.findMany({ where: { subjectId: uuidOf(id) }, orderBy: { id: 'asc' } });
    expect(audited.map(({ operation }) => operation)).toEqual([
      'createNotificationGroup',
      'updateNotificationGroup',
      'deleteNotificationGroup',
    ]);
  });

  it('is refused with every field at fault', async () => {
    const workspace = await seed(millrace.app).workspace();
    const token = await workspace.token();
    const made = await write(token, 'createNotificationGroup', { name: ' ', key: 'No Key', events: [], description: 'x'.repeat(2_001) });
    expect(fields(made)).toEqual(['key FORMAT', 'name TOO_SHORT', 'description TOO_LONG', 'events TOO_SHORT']);
    expect(fields(await write(token, 'createNotificationGroup', { name: 'A', events: ['RUN_DEAD'], automationKey: 'nobody' }))).toEqual([
      'automationKey UNKNOWN_AUTOMATION',
    ]);
    expect(fields(await write(token, 'createNotificationGroup', { name: 'A', events: ['RUN_DEAD'], appKey: 'nobody' }))).toEqual([
      'appKey UNKNOWN_APP',
    ]);
    expect(codeOf(await write(token, 'createNotificationGroup', { name: 'A', events: ['RUN_EXPLODED'] }))).toBe('BAD_USER_INPUT');
  });

  it('can be narrowed to an app by its id or key, and no longer', async () => {
    const workspace = await seed(millrace.app).workspace();
    const token = await workspace.token();
    const app = ((await write(token, 'createApp', { key: 'shop', name: 'Shop' }, 'app { id }'))['app'] as { id: string }).id;
    const [byId, byKey] = [await groupIn(workspace, { key: 'a', app }), await groupIn(workspace, { key: 'b', appKey: 'shop' })];
    const { data } = await millrace.ask(
      token,
      'query ($app: ID!) { notificationGroups(filter: { app: $app }) { edges { node { id app { id } } } } }',
      { app },
    );
    expect(data?.['notificationGroups']).toEqual({ edges: [byId, byKey].map((id) => ({ node: { id, app: { id: app } } })) });
    expect(fields(await write(token, 'updateNotificationGroup', { id: byId, app, appKey: 'shop' }))).toEqual(['app ONE_OF']);
    const lifted = await write(token, 'updateNotificationGroup', { id: byId, appKey: null }, 'group { app { id } }');
    expect(lifted['group']).toEqual({ app: null });
  });

  it('is not found by a key that no group can have', async () => {
    const token = await (await seed(millrace.app).workspace()).token();
    for (const key of ['\0', '\ud800', "' OR 1=1"]) {
      const { data, errors } = await millrace.ask(token, 'query ($key: String) { notificationGroup(key: $key) { id } }', { key });
      expect([data, errors]).toEqual([{ notificationGroup: null }, []]);
      expect(fields(await write(token, 'createNotificationGroup', { name: 'A', events: ['RUN_DEAD'], automationKey: key }))).toEqual([
        'automationKey UNKNOWN_AUTOMATION',
      ]);
    }
  });

  it('cannot be narrowed to what belongs to another workspace', async () => {
    const [workspace, other] = [await seed(millrace.app).workspace(), await seed(millrace.app).workspace()];
    const foreign = await other.action();
    const made = await write(await workspace.token(), 'createNotificationGroup', {
      name: 'A',
      events: ['RUN_DEAD'],
      automation: foreign.id,
    });
    expect(fields(made)).toEqual(['automation UNKNOWN_AUTOMATION']);
  });

  it('is made once per idempotency key, and its key is taken once', async () => {
    const workspace = await seed(millrace.app).workspace();
    const token = await workspace.token();
    const input = { key: 'night', name: 'Night', events: ['RUN_DEAD'], idempotencyKey: 'k' };
    const [first, second] = [
      await write(token, 'createNotificationGroup', input, 'group { id }'),
      await write(token, 'createNotificationGroup', input, 'group { id }'),
    ];
    expect(second['group']).toEqual(first['group']);
    expect(codeOf(await write(token, 'createNotificationGroup', { ...input, name: 'Day' }))).toBe('IDEMPOTENCY_CONFLICT');
    expect(codeOf(await write(token, 'createNotificationGroup', { ...input, idempotencyKey: 'l' }))).toBe('ALREADY_EXISTS');
  });

  it('is one of at most 50, also when many are made at once', async () => {
    const workspace = await seed(millrace.app).workspace();
    const token = await workspace.token();
    const { prisma } = millrace.app.db;
    await prisma.notificationGroup.createMany({
      data: Array.from({ length: 48 }, (_, n) => ({
        id: newId(),
        workspaceId: workspace.uuid,
        key: `g-${n}`,
        name: 'G',
        events: ['RUN_DEAD' as const],
      })),
    });
    const made = await Promise.all(
      Array.from({ length: 5 }, (_, n) => write(token, 'createNotificationGroup', { name: `New ${n}`, events: ['RUN_DEAD'] })),
    );
    expect(made.map(codeOf).sort()).toEqual([
      'CreateNotificationGroupSuccess',
      'CreateNotificationGroupSuccess',
      'LIMIT_EXCEEDED',
      'LIMIT_EXCEEDED',
      'LIMIT_EXCEEDED',
    ]);
  });
});

describe('a recipient', () => {
  it('of a webhook has a secret that is shown once, and nowhere else', async () => {
    const workspace = await seed(millrace.app).workspace();
    const token = await workspace.token();
    const group = await groupIn(workspace);
    const input = { group, webhook: 'https://example.com/hook#top', idempotencyKey: 'k' };
    const made = await write(
      token,
      'addRecipient',
      input,
      'secret recipient { id kind address enabled disabledReason failingSince group { id } }',
    );
    expect(made['recipient']).toMatchObject({
      kind: 'WEBHOOK',
      address: 'https://example.com/hook',
      enabled: true,
      disabledReason: null,
      group: { id: group },
    });
    const secret = String(made['secret']);
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    const again = await write(token, 'addRecipient', input, 'secret recipient { id }');
    expect(again).toMatchObject({ secret: null, recipient: { id: (made['recipient'] as { id: string }).id } });
    const { prisma } = millrace.app.db;
    const kept = JSON.stringify([
      await prisma.auditEntry.findMany(),
      await prisma.recipient.findMany(),
      await prisma.idempotencyKey.count(),
    ]);
    expect(kept).not.toContain(secret.slice(6));
  });

  it('shows the path of its URL to those only who may change it, with its deliveries, too', async () => {
    const workspace = await seed(millrace.app).workspace();
    const { id, group } = await recipientIn(workspace, { webhook: 'https://hooks.example.com:8443/services/T0/k3y?token=t0p' });
    const { address } = await millrace.app.db.prisma.recipient.findFirstOrThrow({ where: { id: uuidOf(id) } });
    await deliveryTo(workspace, id, { address });
    const seenBy = async (role: 'VIEWER' | 'OPERATOR' | 'EDITOR') => {
      const text =
        'query ($group: ID!) { notificationGroup(id: $group) { recipients(first: 1) { edges { node { address deliveries(first: 1) { edges { node { address } } } } } } } }';
      const found: string[] = [];
      JSON.stringify((await millrace.ask(await workspace.token(role), text, { group })).data, (name, value: unknown) => {
        if (name === 'address') found.push(String(value));
        return value;
      });
      return found;
    };
    for (const role of ['VIEWER', 'OPERATOR'] as const)
      expect(await seenBy(role)).toEqual(['https://hooks.example.com:8443', 'https://hooks.example.com:8443']);
    expect(await seenBy('EDITOR')).toEqual([address, address]);
  });

  it('may bring a secret of its own', async () => {
    const workspace = await seed(millrace.app).workspace();
    const own = `whsec_${Buffer.alloc(24, 'k').toString('base64')}`;
    expect((await recipientIn(workspace, { webhook: 'http://example.com/', secret: own })).secret).toBe(own);
  });

  it('of an e-mail address has none', async () => {
    const workspace = await seed(millrace.app).workspace();
    const { secret } = await recipientIn(workspace, { email: ' Night@Example.COM ' });
    expect(secret).toBe('null');
    const { address } = await millrace.app.db.prisma.recipient.findFirstOrThrow({ where: { workspaceId: workspace.uuid } });
    expect(address).toBe('night@example.com');
  });

  it.each([
    [{}, 'email ONE_OF'],
    [{ email: 'a@example.com', webhook: 'https://example.com' }, 'email ONE_OF'],
    [{ email: 'nobody' }, 'email FORMAT'],
    [{ email: 'a@example.com\r\nBcc: b@example.com' }, 'email FORMAT'],
    [{ email: 'a@example.com, b@example.com' }, 'email FORMAT'],
    [{ webhook: '/relative' }, 'webhook FORMAT'],
    [{ webhook: 'ftp://example.com' }, 'webhook SCHEME'],
    [{ webhook: 'javascript:alert(1)' }, 'webhook SCHEME'],
    [{ webhook: 'https://user:password@example.com' }, 'webhook CREDENTIALS'],
    [{ webhook: `https://example.com/${'x'.repeat(2_048)}` }, 'webhook TOO_LONG'],
    [{ webhook: 'https://example.com', secret: 'whsec_c2hvcnQ=' }, 'secret FORMAT'],
    [{ email: 'a@example.com', secret: `whsec_${Buffer.alloc(24, 'k').toString('base64')}` }, 'secret NOT_ALLOWED'],
  ])('is refused with %j', async (input, problem) => {
    const workspace = await seed(millrace.app).workspace();
    const group = await groupIn(workspace);
    expect(fields(await write(await workspace.token(), 'addRecipient', { group, ...input }))).toContain(problem);
  });

  it('is one of at most 20 of a group', async () => {
    const workspace = await seed(millrace.app).workspace();
    const token = await workspace.token();
    const group = await groupIn(workspace);
    await millrace.app.db.prisma.recipient.createMany({
      data: Array.from({ length: 19 }, () => ({
        id: newId(),
        workspaceId: workspace.uuid,
        groupId: uuidOf(group),
        kind: 'EMAIL' as const,
        address: 'a@example.com',
      })),
    });
    const made = await Promise.all([1, 2].map((n) => write(token, 'addRecipient', { group, webhook: `https://example.com/${n}` })));
    expect(made.map(codeOf).sort()).toEqual(['AddRecipientSuccess', 'LIMIT_EXCEEDED']);
  });

  it('keeps its kind, and enabling it again forgets why it was off', async () => {
    const workspace = await seed(millrace.app).workspace();
    const token = await workspace.token();
    const { id } = await recipientIn(workspace);
    expect(fields(await write(token, 'updateRecipient', { id, email: 'a@example.com' }))).toEqual(['email KIND']);
    const { prisma } = millrace.app.db;
    const data = {
      enabled: false,
      disabledReason: 'The receiver answered 410: it is gone.',
      failingSince: new Date('2026-11-20T10:00:00Z'),
    };
    await prisma.recipient.update({ where: { id: uuidOf(id) }, data });
    const enabled = await write(token, 'updateRecipient', { id, enabled: true }, 'recipient { enabled disabledReason failingSince }');
    expect(enabled['recipient']).toEqual({ enabled: true, disabledReason: null, failingSince: null });
  });

  it('that is disabled gets nothing: what waits is given up, and nothing is sent or sent again', async () => {
    const workspace = await seed(millrace.app).workspace();
    const token = await workspace.token();
    const { id, group } = await recipientIn(workspace);
    const sample = await write(
      token,
      'sendTestNotification',
      { recipient: id },
      'delivery { id type status event recipient { id } run { id } }',
    );
    expect(sample['delivery']).toMatchObject({ type: 'notification.test', status: 'PENDING', event: null, recipient: { id }, run: null });
    await write(token, 'updateRecipient', { id, enabled: false });
    const delivery = (sample['delivery'] as { id: string }).id;
    const { data } = await millrace.ask(token, 'query ($id: ID!) { node(id: $id) { ... on Delivery { status error nextAttemptAt } } }', {
      id: delivery,
    });
    expect(data?.['node']).toEqual({ status: 'FAILED', error: 'The recipient was disabled.', nextAttemptAt: null });
    expect(await write(token, 'sendTestNotification', { recipient: id })).toMatchObject({ code: 'CONFLICT', state: 'DISABLED' });
    expect(await write(token, 'redriveDelivery', { id: delivery })).toMatchObject({ code: 'CONFLICT', state: 'DISABLED' });
    expect(await write(token, 'redriveDeliveries', { recipient: id, since: '2026-01-01T00:00:00Z' })).toMatchObject({
      code: 'CONFLICT',
      state: 'DISABLED',
    });
    expect(await write(token, 'redriveDeliveries', { group, since: '2026-01-01T00:00:00Z' }, 'count more')).toMatchObject({
      count: 0,
      more: false,
    });
  });

  it('that is rotated has a new secret beside the old one; removed, it leaves none', async () => {
    const workspace = await seed(millrace.app).workspace();
    const token = await workspace.token();
    const { id, secret } = await recipientIn(workspace);
    const rotated = await write(token, 'rotateRecipientSecret', { id }, 'secret recipient { rotatedAt }');
    expect(rotated['secret']).not.toBe(secret);
    expect(() => new Webhook(String(rotated['secret']))).not.toThrow();
    const own = (await openSecrets(millrace.app, [uuidOf(id)])).get(uuidOf(id));
    expect(own).toEqual(
      new Map([
        ['signing', rotated['secret']],
        ['previous', secret],
      ]),
    );
    await write(token, 'removeRecipient', { id });
    expect(await millrace.app.db.prisma.secret.count({ where: { ownerId: uuidOf(id) } })).toBe(0);
  });

  it('of an e-mail address is neither rotated nor, without a mail server, added', async () => {
    const workspace = await seed(millrace.app).workspace();
    const { id } = await recipientIn(workspace, { email: 'a@example.com' });
    expect(await write(await workspace.token(), 'rotateRecipientSecret', { id })).toMatchObject({ code: 'CONFLICT', state: 'EMAIL' });
    const mute = await startMillrace({ worker: false });
    const there = await seed(mute.app).workspace();
    const group = (
      await mutateOn(mute)(await there.token(), 'createNotificationGroup', { name: 'A', events: ['RUN_DEAD'] }, 'group { id }')
    )['group'] as { id: string };
    const refused = await mutateOn(mute)(await there.token(), 'addRecipient', { group: group.id, email: 'a@example.com' });
    expect(refused).toMatchObject({ code: 'CONFLICT', state: 'NO_MAIL_SERVER' });
  });
});

describe('the delivery log', () => {
  it('is filtered, ordered and paged, and leads to what it tells of', async () => {
    const workspace = await seed(millrace.app).workspace();
    const token = await workspace.token();
    const action = await workspace.action();
    const run = await workspace.run(action);
    const { id: recipient, group } = await recipientIn(workspace);
    const { id: other } = await recipientIn(workspace);
    const told = await deliveryTo(workspace, recipient, { runId: run.uuid, automationId: action.uuid });
    const taken = await deliveryTo(workspace, recipient, {
      status: 'SUCCEEDED',
      failure: null,
      event: 'RUN_SUCCEEDED',
      finishedAt: new Date('2026-11-19T10:00:00Z'),
    });
    const elsewhere = await deliveryTo(workspace, other, { event: null });
    const list = async (filter: object, orderBy: object[] = []) => {
      const text =
        'query ($filter: DeliveryFilter, $orderBy: [DeliveryOrder!]) { deliveries(filter: $filter, orderBy: $orderBy) { totalCount edges { node { id } } } }';
      const { data } = await millrace.ask(token, text, { filter, orderBy });
      const page = data?.['deliveries'] as { totalCount: number; edges: { node: { id: string } }[] };
      expect(page.totalCount).toBe(page.edges.length);
      return page.edges.map(({ node }) => node.id);
    };
    expect(await list({})).toEqual([elsewhere, taken, told]);
    expect(await list({ group })).toEqual([taken, told]);
    expect(await list({ recipient: other })).toEqual([elsewhere]);
    expect(await list({ run: run.id })).toEqual([told]);
    expect(await list({ action: action.id })).toEqual([told]);
    expect(await list({ status: ['SUCCEEDED'] })).toEqual([taken]);
    expect(await list({ event: ['RUN_FAILED'] })).toEqual([told]);
    expect(await list({ recipient }, [{ field: 'FINISHED_AT', direction: 'ASC' }])).toEqual([taken, told]);
    const { data } = await millrace.ask(
      token,
      'query ($id: ID!) { run(id: $id) { deliveries { totalCount edges { node { id run { id } automation { id } } } } } }',
      { id: run.id },
    );
    expect(data?.['run']).toEqual({
      deliveries: { totalCount: 1, edges: [{ node: { id: told, run: { id: run.id }, automation: { id: action.id } } }] },
    });
  });

  it('costs the same number of statements for any number of rows', async () => {
    const workspace = await seed(millrace.app).workspace();
    const token = await workspace.token();
    const action = await workspace.action();
    const text =
      '{ notificationGroups(first: 5) { edges { node { recipients(first: 3) { totalCount edges { node { group { id } deliveries(first: 3) { totalCount edges { node { recipient { id } run { id deliveries(first: 1) { totalCount } } automation { id } attempts { number } } } } } } } } } } }';
    const add = async () => {
      const run = await workspace.run(action);
      const { id } = await recipientIn(workspace);
      await deliveryTo(workspace, id, { runId: run.uuid, automationId: action.uuid });
    };
    await add();
    const ask = async () => expect((await millrace.ask(token, text)).errors).toEqual([]);
    const one = await statementsOf(ask);
    await add();
    await add();
    const three = await statementsOf(ask);
    expect(one.length).toBeGreaterThan(3);
    expect(three.length).toBe(one.length);
  });
});

describe('redriving', () => {
  it('begins anew with what has ended, and refuses what has not', async () => {
    const workspace = await seed(millrace.app).workspace();
    const token = await workspace.token('OPERATOR');
    const { id: recipient } = await recipientIn(workspace);
    const [failed, taken] = [
      await deliveryTo(workspace, recipient),
      await deliveryTo(workspace, recipient, { status: 'SUCCEEDED', failure: null }),
    ];
    for (const id of [failed, taken]) {
      const redriven = await write(token, 'redriveDelivery', { id }, 'delivery { id status error finishedAt nextAttemptAt }');
      expect(redriven['delivery']).toMatchObject({ id, status: 'PENDING', error: null, finishedAt: null });
      expect(await write(token, 'redriveDelivery', { id })).toMatchObject({ code: 'CONFLICT', state: 'PENDING' });
    }
    expect(await millrace.app.db.prisma.delivery.findMany({ where: { recipientId: uuidOf(recipient) }, select: { tries: true } })).toEqual([
      { tries: 0 },
      { tries: 0 },
    ]);
  });

  it('takes what was given up of a group or a recipient since a moment', async () => {
    const workspace = await seed(millrace.app).workspace();
    const token = await workspace.token();
    const { id: recipient, group } = await recipientIn(workspace);
    const createdAt = new Date('2026-11-20T10:00:00Z');
    await deliveryTo(workspace, recipient, { createdAt: new Date('2026-11-19T10:00:00Z') });
    await deliveryTo(workspace, recipient, { createdAt });
    await deliveryTo(workspace, recipient, { createdAt, status: 'SUCCEEDED' });
    const since = createdAt.toISOString();
    expect(await write(token, 'redriveDeliveries', { group, since }, 'count more')).toMatchObject({ count: 1, more: false });
    expect(await write(token, 'redriveDeliveries', { recipient, since: '2026-01-01T00:00:00Z' }, 'count more')).toMatchObject({ count: 1 });
    expect(fields(await write(token, 'redriveDeliveries', { since }))).toEqual(['group ONE_OF']);
    expect(fields(await write(token, 'redriveDeliveries', { group, recipient, since }))).toEqual(['group ONE_OF']);
  });
});
