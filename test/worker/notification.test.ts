import { Webhook } from 'standardwebhooks';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { newId } from '#platform/ids';
import { type Millrace, startMillrace } from '#test/support/api';
import { type Mailbox, mailbox } from '#test/support/mailbox';
import { type Mutate, mutateOn } from '#test/support/mutate';
import { type Answer, type Received, receiver } from '#test/support/receiver';
import { type SeededAction, type Workspace, seed } from '#test/support/seed';

const soon = { timeout: 20_000, interval: 50 };
const fails = "export default async () => { const error = new Error('No such name.'); throw error; }";
const succeeds = { transform: 1 };
const days = 86_400_000;

let millrace: Millrace;
let write: Mutate;
let post: Mailbox;
/** What the mail server says, by the address; others are taken. */
const replies = new Map<string, { readonly code: number; readonly text: string }>();

beforeAll(async () => {
  post = await mailbox((mail) => replies.get(mail.to[0] ?? '') ?? null);
  millrace = await startMillrace({
    settings: {
      OUTGOING_ALLOW: '127.0.0.1',
      SMTP_URL: post.url,
      SMTP_FROM: 'Millrace <millrace@example.com>',
      PUBLIC_URL: 'https://millrace.example.com',
    },
  });
  write = mutateOn(millrace);
});

function present<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('It is not there.');
  return value;
}

const uuidOf = (id: string) => id.slice(id.indexOf('_') + 1);

interface Hearing {
  readonly id: string;
  readonly uuid: string;
  readonly group: string;
  readonly secret: string;
}

async function hears(workspace: Workspace, to: { email: string } | { webhook: string }, group: object = {}): Promise<Hearing> {
  const token = await workspace.token();
  const made = await write(
    token,
    'createNotificationGroup',
    { name: 'Alarm', events: ['RUN_FAILED', 'RUN_SUCCEEDED'], ...group },
    'group { id }',
  );
  const { id } = made['group'] as { id: string };
  const added = await write(token, 'addRecipient', { group: id, ...to }, 'secret recipient { id }');
  const recipient = (added['recipient'] as { id: string }).id;
  return { id: recipient, uuid: uuidOf(recipient), group: id, secret: String(added['secret']) };
}

/** What a receiver got, after its signature was checked. */
function verified({ headers, body }: Received, secret: string) {
  return new Webhook(secret).verify(body, headers as Record<string, string>) as {
    readonly type: string;
    readonly data: { readonly run: { readonly id: string }; readonly automation: { readonly key: string } };
  };
}

const deliveriesOf = (recipientId: string) => millrace.app.db.prisma.delivery.findMany({ where: { recipientId }, orderBy: { id: 'asc' } });

async function endedDelivery(recipientId: string, status: 'SUCCEEDED' | 'FAILED') {
  return vi.waitFor(async () => {
    const [delivery] = await deliveriesOf(recipientId);
    expect(delivery?.status).toBe(status);
    return present(delivery);
  }, soon);
}

/** The first delivery, once it has been tried so often and waits for its next attempt. */
async function waitingDelivery(recipientId: string, attempts: number) {
  return vi.waitFor(async () => {
    const [delivery] = await deliveriesOf(recipientId);
    expect(delivery?.attempts).toHaveLength(attempts);
    return present(delivery);
  }, soon);
}

/** The present moment of the database. */
async function databaseNow(): Promise<number> {
  const [row] = await millrace.app.db.sql.query<{ now: Date }>({ name: 'test.now', text: 'SELECT now()' }, []);
  return row?.now.getTime() ?? 0;
}

const due = (id: string, more: object = {}) =>
  millrace.app.db.prisma.delivery.update({ where: { id }, data: { nextAttemptAt: new Date(0), ...more } });

async function finished(runId: string) {
  await vi.waitFor(
    async () => expect((await millrace.app.db.prisma.run.findUniqueOrThrow({ where: { id: runId } })).finishedAt).not.toBeNull(),
    soon,
  );
}

async function passed(workspace: Workspace, action: SeededAction): Promise<void> {
  const { uuid } = await workspace.run(action);
  await finished(uuid);
  // What comes after it in the feed has been told: then it has been, too.
  const { prisma } = millrace.app.db;
  await vi.waitFor(async () => {
    const position = await prisma.feedPosition.findFirst({ where: { runId: uuid }, orderBy: { position: 'desc' } });
    const reader = await prisma.feedReader.findUniqueOrThrow({ where: { name: 'notifications' } });
    const run = await prisma.run.findUniqueOrThrow({ where: { id: uuid } });
    expect(position?.sequence).toBe(run.sequence);
    expect(reader.position >= (position?.position ?? 0n)).toBe(true);
  }, soon);
}

describe('a webhook', () => {
  it('is told of the end of a run, signed after Standard Webhooks', async () => {
    const workspace = await seed(millrace.app).workspace();
    const there = await receiver();
    const { uuid, secret } = await hears(workspace, { webhook: `${there.url}/hook?of=me` });
    const action = await workspace.action({ key: 'greet', code: fails });
    const run = await workspace.run(action, { secretInput: 'kept-inside' });
    const delivery = await endedDelivery(uuid, 'SUCCEEDED');
    const [got] = there.received as [Received];
    expect(there.received).toHaveLength(1);
    expect(got).toMatchObject({ method: 'POST', url: '/hook?of=me' });
    expect(got.headers).toMatchObject({ 'content-type': 'application/json', 'webhook-id': `dlv_${delivery.id}` });
    expect(verified(got, secret)).toMatchObject({
      type: 'run.failed',
      data: {
        run: {
          id: run.id,
          status: 'FAILED',
          trigger: 'API',
          error: { code: 'UNCAUGHT', message: expect.stringContaining('No such name.') as unknown },
        },
        automation: { id: action.id, key: 'greet', name: 'greet' },
        workspace: { id: workspace.id, name: 'Main' },
        url: expect.stringContaining('https://millrace.example.com/graphql?query=') as unknown,
      },
    });
    expect(got.body).not.toContain('kept-inside');
    expect(delivery.attempts).toMatchObject([{ number: 1, statusCode: 200 }]);
  });

  it('is told only of what its group wants: events, an action, an app, while both are enabled', async () => {
    const workspace = await seed(millrace.app).workspace();
    const token = await workspace.token();
    const { prisma } = millrace.app.db;
    const [greet, other] = [await workspace.action({ key: 'greet', ...succeeds }), await workspace.action({ key: 'other', ...succeeds })];
    const appId = newId();
    await prisma.app.create({ data: { id: appId, workspaceId: workspace.uuid, key: 'shop', name: 'Shop' } });
    await prisma.automation.update({ where: { id: other.uuid }, data: { appId } });
    const there = await receiver();
    const at = (path: string) => ({ webhook: `${there.url}/${path}` });
    await hears(workspace, at('all'));
    await hears(workspace, at('failures'), { events: ['RUN_FAILED', 'RUN_DEAD'] });
    await hears(workspace, at('greet'), { automationKey: 'greet' });
    await hears(workspace, at('shop'), { appKey: 'shop' });
    await hears(workspace, at('off'), { enabled: false });
    const muted = await hears(workspace, at('muted'));
    await write(token, 'updateRecipient', { id: muted.id, enabled: false });
    await passed(workspace, greet);
    await passed(workspace, other);
    await vi.waitFor(() => expect(there.received).toHaveLength(4), soon);
    expect(there.received.map(({ url }) => url).sort()).toEqual(['/all', '/all', '/greet', '/shop']);
  });

  it('hears nothing of another workspace, nor of dry runs, nor of what ended before it was added', async () => {
    const [workspace, foreign] = [await seed(millrace.app).workspace(), await seed(millrace.app).workspace()];
    const action = await workspace.action(succeeds);
    await passed(workspace, action);
    const there = await receiver();
    const { uuid } = await hears(workspace, { webhook: there.url });
    await passed(foreign, await foreign.action(succeeds));
    const slow = await workspace.action({
      code: 'export default async () => { await new Promise((done) => setTimeout(done, 1_000)); return 1; }',
    });
    const dry = await workspace.run(slow);
    await millrace.app.db.prisma.run.update({ where: { id: dry.uuid }, data: { dryRun: true } });
    await finished(dry.uuid);
    await passed(workspace, action);
    await endedDelivery(uuid, 'SUCCEEDED');
    expect(await deliveriesOf(uuid)).toHaveLength(1);
  });

  it('is tried again after it failed, with the same id', async () => {
    const workspace = await seed(millrace.app).workspace();
    let answers = 0;
    const there = await receiver((_request, response) => {
      answers += 1;
      response.writeHead(answers === 1 ? 500 : 204).end();
    });
    const { uuid, secret } = await hears(workspace, { webhook: there.url });
    await workspace.run(await workspace.action(succeeds));
    const waiting = await waitingDelivery(uuid, 1);
    const delayMs = (waiting.nextAttemptAt?.getTime() ?? 0) - (await databaseNow());
    expect(delayMs).toBeGreaterThan(3_000);
    expect(delayMs).toBeLessThanOrEqual(6_000);
    const { failingSince } = await millrace.app.db.prisma.recipient.findUniqueOrThrow({ where: { id: uuid } });
    expect(failingSince).not.toBeNull();
    const { attempts } = await endedDelivery(uuid, 'SUCCEEDED');
    expect(attempts).toMatchObject([
      { number: 1, statusCode: 500, error: 'The receiver answered 500.' },
      { number: 2, statusCode: 204 },
    ]);
    expect(new Set(there.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    for (const got of there.received) expect(verified(got, secret).type).toBe('run.succeeded');
    expect((await millrace.app.db.prisma.recipient.findUniqueOrThrow({ where: { id: uuid } })).failingSince).toBeNull();
  });

  it.each([
    [
      'answers 429 with Retry-After: 3600',
      (response: Parameters<Answer>[1]) => response.writeHead(429, { 'retry-after': '3600' }).end(),
      3_600_000,
    ],
    [
      'answers 503 with Retry-After of a year',
      (response: Parameters<Answer>[1]) => response.writeHead(503, { 'retry-after': '31536000' }).end(),
      days,
    ],
  ])('that %s is left alone for so long, at most a day', async (_name, answer, ms) => {
    const workspace = await seed(millrace.app).workspace();
    const there = await receiver((_request, response) => answer(response));
    const { uuid } = await hears(workspace, { webhook: there.url });
    await workspace.run(await workspace.action(succeeds));
    const { nextAttemptAt } = await waitingDelivery(uuid, 1);
    const delayMs = (nextAttemptAt?.getTime() ?? 0) - (await databaseNow());
    expect(Math.abs(delayMs - ms)).toBeLessThan(10_000);
  });

  it('that sends on to another address has failed, and nothing is sent there', async () => {
    const workspace = await seed(millrace.app).workspace();
    const other = await receiver();
    const there = await receiver((_request, response) => response.writeHead(307, { location: other.url }).end());
    const { uuid } = await hears(workspace, { webhook: there.url });
    await workspace.run(await workspace.action(succeeds));
    expect((await waitingDelivery(uuid, 1)).attempts).toMatchObject([{ statusCode: 307 }]);
    expect(other.received).toEqual([]);
  });

  it('at a private address is not called unless it is allowed', async () => {
    const workspace = await seed(millrace.app).workspace();
    const { uuid } = await hears(workspace, { webhook: 'http://127.0.0.2:9/' });
    await workspace.run(await workspace.action(succeeds));
    expect((await endedDelivery(uuid, 'FAILED')).failure).toMatch(/^BLOCKED_ADDRESS/);
  });

  it('that answers 410 is switched off at once; the administrators hear of it once', async () => {
    const workspace = await seed(millrace.app).workspace();
    const [admin] = [await workspace.member('ADMIN'), await workspace.member('EDITOR')];
    const there = await receiver((_request, response) => response.writeHead(410).end());
    const { uuid, id } = await hears(workspace, { webhook: `${there.url}/services/k3y?token=t0p` });
    await workspace.run(await workspace.action(succeeds));
    const { failure, attempts } = await endedDelivery(uuid, 'FAILED');
    expect({ failure, attempts }).toMatchObject({ failure: 'The receiver answered 410.', attempts: [{ statusCode: 410 }] });
    const { prisma } = millrace.app.db;
    await vi.waitFor(
      async () =>
        expect(await prisma.recipient.findUniqueOrThrow({ where: { id: uuid } })).toMatchObject({
          enabled: false,
          disabledReason: 'The receiver answered 410: it is gone.',
        }),
      soon,
    );
    await vi.waitFor(() => expect(post.mails.filter(({ to }) => to[0] === admin.email)).toHaveLength(1), soon);
    const [mail] = post.mails.filter(({ to }) => to[0] === admin.email);
    expect(mail?.header('subject')).toBe('[Main] A recipient of Alarm was switched off');
    expect(mail?.text).toContain(id);
    expect(mail?.text).toContain(there.url);
    // The log of deliveries can be read by whoever may not see the recipient's URL.
    const log = await millrace.ask(await workspace.token('VIEWER'), '{ deliveries(first: 10) { edges { node { type payload } } } }');
    expect(JSON.stringify(log.data)).toContain('recipient.disabled');
    expect(JSON.stringify([log.data, mail?.text])).not.toMatch(/k3y|t0p/);
    expect(await prisma.delivery.count({ where: { workspaceId: workspace.uuid, recipientId: null } })).toBe(1);
    expect(await prisma.auditEntry.findMany({ where: { subjectId: uuid, operation: 'disableRecipient' } })).toMatchObject([
      { actorKind: 'SYSTEM' },
    ]);
  });

  it('to which nothing could be delivered for five days is switched off, and what waits is given up', async () => {
    const workspace = await seed(millrace.app).workspace();
    const there = await receiver((_request, response) => response.writeHead(500).end());
    const { uuid, id } = await hears(workspace, { webhook: there.url });
    const action = await workspace.action(succeeds);
    await workspace.run(action);
    const { id: first } = await waitingDelivery(uuid, 1);
    await workspace.run(action);
    await vi.waitFor(async () => expect((await deliveriesOf(uuid)).map(({ tries }) => tries)).toEqual([1, 1]), soon);
    const { prisma } = millrace.app.db;
    // Four days are not enough, though the delivery has been given up.
    await prisma.recipient.update({ where: { id: uuid }, data: { failingSince: new Date((await databaseNow()) - 4 * days) } });
    await due(first, { tries: 9 });
    await vi.waitFor(
      async () => expect(await prisma.delivery.findUniqueOrThrow({ where: { id: first } })).toMatchObject({ status: 'FAILED', tries: 10 }),
      soon,
    );
    expect(await prisma.recipient.findUniqueOrThrow({ where: { id: uuid } })).toMatchObject({ enabled: true });
    await prisma.recipient.update({ where: { id: uuid }, data: { failingSince: new Date((await databaseNow()) - 5 * days) } });
    await prisma.delivery.update({ where: { id: first }, data: { status: 'PENDING', tries: 9, nextAttemptAt: new Date(0) } });
    await vi.waitFor(
      async () =>
        expect(await prisma.recipient.findUniqueOrThrow({ where: { id: uuid } })).toMatchObject({
          enabled: false,
          disabledReason: 'Nothing could be delivered for 5 days.',
        }),
      soon,
    );
    expect((await deliveriesOf(uuid)).map(({ status }) => status)).toEqual(['FAILED', 'FAILED']);
    await write(await workspace.token(), 'updateRecipient', { id, enabled: true });
    expect(await prisma.recipient.findUniqueOrThrow({ where: { id: uuid } })).toMatchObject({
      enabled: true,
      disabledReason: null,
      failingSince: null,
    });
  });

  it('that is left alone does not keep workers busy: what waits for it is not touched meanwhile', async () => {
    const workspace = await seed(millrace.app).workspace();
    const there = await receiver((_request, response) => response.writeHead(500).end());
    const [down, up] = [await hears(workspace, { webhook: `${there.url}/` }), await hears(workspace, { webhook: (await receiver()).url })];
    const { prisma } = millrace.app.db;
    const longAgo = new Date(0);
    const waiting = (uuid: string, count: number) =>
      prisma.delivery.createMany({
        data: Array.from({ length: count }, () => ({
          id: newId(),
          workspaceId: workspace.uuid,
          recipientId: uuid,
          kind: 'WEBHOOK' as const,
          address: there.url,
          payload: { type: 'notification.test', timestamp: longAgo.toISOString(), data: {} },
          nextAttemptAt: longAgo,
        })),
      });
    await waiting(down.uuid, 400);
    await vi.waitFor(() => expect(there.received.length).toBeGreaterThanOrEqual(10), soon);
    await waiting(up.uuid, 30);
    await vi.waitFor(
      async () => expect(await prisma.delivery.count({ where: { recipientId: up.uuid, status: 'SUCCEEDED' } })).toBe(30),
      soon,
    );
    expect(there.received.length).toBeLessThan(20);
    expect(await prisma.delivery.count({ where: { recipientId: down.uuid, nextAttemptAt: longAgo } })).toBeGreaterThan(380);
  });

  it('that was switched off gets nothing of what was made for it meanwhile', async () => {
    const workspace = await seed(millrace.app).workspace();
    const there = await receiver((_request, response) => response.writeHead(500).end());
    const { uuid } = await hears(workspace, { webhook: there.url });
    await workspace.run(await workspace.action(succeeds));
    const { id } = await waitingDelivery(uuid, 1);
    await millrace.app.db.prisma.recipient.update({ where: { id: uuid }, data: { enabled: false } });
    await due(id);
    expect(await endedDelivery(uuid, 'FAILED')).toMatchObject({ failure: 'The recipient was disabled.', attempts: [{ number: 1 }] });
    expect(there.received).toHaveLength(1);
  });

  it('is switched off, too, when what is older than five days has not had all its attempts', async () => {
    const workspace = await seed(millrace.app).workspace();
    const there = await receiver((_request, response) => response.writeHead(500).end());
    const { uuid } = await hears(workspace, { webhook: there.url });
    await workspace.run(await workspace.action(succeeds));
    const { id } = await waitingDelivery(uuid, 1);
    const { prisma } = millrace.app.db;
    const then = new Date((await databaseNow()) - 5 * days);
    await prisma.recipient.update({ where: { id: uuid }, data: { failingSince: then } });
    await due(id);
    await waitingDelivery(uuid, 2);
    expect(await prisma.recipient.findUniqueOrThrow({ where: { id: uuid } })).toMatchObject({ enabled: true });
    await due(id, { createdAt: then });
    await endedDelivery(uuid, 'FAILED');
    expect(await prisma.recipient.findUniqueOrThrow({ where: { id: uuid } })).toMatchObject({
      enabled: false,
      disabledReason: 'Nothing could be delivered for 5 days.',
    });
  });

  it('gets what was given up again with the same id when it is re-driven', async () => {
    const workspace = await seed(millrace.app).workspace();
    let broken = true;
    const there = await receiver((_request, response) => response.writeHead(broken ? 400 : 200).end());
    const { uuid } = await hears(workspace, { webhook: there.url });
    await workspace.run(await workspace.action(succeeds));
    const { id } = await waitingDelivery(uuid, 1);
    await due(id, { tries: 9 });
    await endedDelivery(uuid, 'FAILED');
    broken = false;
    expect(await write(await workspace.token(), 'redriveDelivery', { id: `dlv_${id}` })).toMatchObject({
      __typename: 'RedriveDeliverySuccess',
    });
    const { attempts, tries } = await endedDelivery(uuid, 'SUCCEEDED');
    expect(tries).toBe(1);
    expect(attempts).toMatchObject([{ number: 1 }, { number: 2 }, { number: 3, statusCode: 200 }]);
    expect(there.received.map(({ headers }) => headers['webhook-id'])).toEqual([`dlv_${id}`, `dlv_${id}`, `dlv_${id}`]);
  });

  it('is signed with both secrets for a day after a rotation, and with the new one after it', async () => {
    const workspace = await seed(millrace.app).workspace();
    const there = await receiver();
    const { uuid, id, secret: old } = await hears(workspace, { webhook: there.url });
    const token = await workspace.token();
    const next = String((await write(token, 'rotateRecipientSecret', { id }, 'secret'))['secret']);
    const test = async (count: number) => {
      await write(token, 'sendTestNotification', { recipient: id });
      await vi.waitFor(() => expect(there.received).toHaveLength(count), soon);
      return present(there.received[count - 1]);
    };
    const both = await test(1);
    expect(String(both.headers['webhook-signature']).split(' ')).toHaveLength(2);
    expect(verified(both, old)).toEqual(verified(both, next));
    await millrace.app.db.prisma.recipient.update({ where: { id: uuid }, data: { rotatedAt: new Date((await databaseNow()) - days) } });
    const one = await test(2);
    expect(verified(one, next).type).toBe('notification.test');
    expect(() => verified(one, old)).toThrow();
  });
});

describe('a chat', () => {
  it('is told in its own form, by a flow and of the end of a run; nothing in a text calls anybody, and nothing is signed', async () => {
    const workspace = await seed(millrace.app).workspace();
    const token = await workspace.token();
    const there = await receiver((_request, response) => response.writeHead(204).end());
    const group = await write(token, 'createNotificationGroup', { key: 'ops', name: 'Ops', events: ['RUN_FAILED'] }, 'group { id }');
    const { id } = group['group'] as { id: string };
    const add = (input: object) => write(token, 'addRecipient', { group: id, ...input }, 'secret recipient { kind format }');
    for (const format of ['SLACK', 'DISCORD', 'TEAMS'])
      expect(await add({ webhook: `${there.url}/${format}`, format })).toMatchObject({
        secret: null,
        recipient: { kind: 'WEBHOOK', format },
      });
    const secret = `whsec_${Buffer.alloc(24).toString('base64')}`;
    expect(await add({ webhook: there.url, format: 'SLACK', secret })).toMatchObject({ fields: [{ path: ['secret'] }] });
    expect(await add({ email: 'ann@example.com', format: 'SLACK' })).toMatchObject({ fields: [{ path: ['format'] }] });

    const notify = { kind: 'notify', args: { group: 'ops', subject: 'Ship {{ inputs.what }}', text: 'Look at\nthe log' } };
    await write(token, 'createFlow', { key: 'tells', name: 'Tells', type: 'AUTOMATION', steps: [notify] });
    await write(token, 'startFlow', { key: 'tells', inputs: { what: '<!channel> & @everyone' } });
    const got = (format: string, count: number) =>
      vi.waitFor(() => {
        const bodies = there.received.filter(({ url }) => url === `/${format}`).map(({ body }) => JSON.parse(body) as unknown);
        expect(bodies).toHaveLength(count);
        return bodies[count - 1];
      }, soon);
    const card = (...lines: string[]) => ({
      type: 'message',
      attachments: [
        {
          contentType: 'application/vnd.microsoft.card.adaptive',
          content: { type: 'AdaptiveCard', body: lines.map((text) => ({ type: 'TextBlock', text, wrap: true })) },
        },
      ],
    });
    expect(await got('SLACK', 1)).toEqual({ text: 'Ship &lt;!channel&gt; &amp; @\u200beveryone\nLook at\nthe log' });
    expect(await got('DISCORD', 1)).toEqual({
      content: 'Ship <!channel> & @everyone\nLook at\nthe log',
      allowed_mentions: { parse: [] },
    });
    expect(await got('TEAMS', 1)).toMatchObject(card('Ship <!channel> & @everyone', 'Look at', 'the log'));

    await workspace.run(await workspace.action({ key: 'greet', code: fails }));
    const told = (await got('SLACK', 2)) as { text: string };
    expect(told.text).toMatch(/^\[.*\] greet failed: UNCAUGHT\nError: No such name\.\nhttps:\/\/millrace\.example\.com\//);
    await got('TEAMS', 2);
    expect(there.received.filter(({ headers }) => 'webhook-signature' in headers)).toEqual([]);
  });
});

describe('an e-mail recipient', () => {
  it('gets a mail that is one for the same delivery, with nothing of a name in its headers', async () => {
    const workspace = await seed(millrace.app).workspace();
    await millrace.app.db.prisma.workspace.update({ where: { id: workspace.uuid }, data: { name: 'Main\r\nBcc: spy@example.com' } });
    const { uuid } = await hears(workspace, { email: 'night@example.com' });
    const action = await workspace.action({ code: fails });
    await millrace.app.db.prisma.automation.update({ where: { id: action.uuid }, data: { name: 'Größe\nX-Evil: 1\n\nbody' } });
    await workspace.run(action);
    const { id } = await endedDelivery(uuid, 'SUCCEEDED');
    const [mail] = post.mails.filter(({ to }) => to[0] === 'night@example.com');
    expect(mail?.to).toEqual(['night@example.com']);
    expect(mail?.header('from')).toBe('Millrace <millrace@example.com>');
    expect(mail?.header('subject')).toBe('[Main Bcc: spy@example.com] Größe X-Evil: 1 body failed: UNCAUGHT');
    expect(mail?.header('message-id')).toBe(`<dlv_${id}@example.com>`);
    expect(mail?.header('auto-submitted')).toBe('auto-generated');
    expect([mail?.headers('bcc'), mail?.headers('x-evil')]).toEqual([0, 0]);
    expect(mail?.text).toContain('No such name.');
    expect(mail?.text).toContain('https://millrace.example.com/graphql?query=');
  });

  it('whom the server refuses for good is given up at once; a refusal for now is retried', async () => {
    const workspace = await seed(millrace.app).workspace();
    replies.set('unknown@example.com', { code: 550, text: 'No such user here' });
    replies.set('greylisted@example.com', { code: 451, text: 'Come back later' });
    const unknown = await hears(workspace, { email: 'unknown@example.com' });
    const greylisted = await hears(workspace, { email: 'greylisted@example.com' });
    await workspace.run(await workspace.action(succeeds));
    expect((await endedDelivery(unknown.uuid, 'FAILED')).attempts).toMatchObject([
      { statusCode: 550, error: expect.stringContaining('No such user here') as unknown },
    ]);
    expect(await waitingDelivery(greylisted.uuid, 1)).toMatchObject({ status: 'PENDING', attempts: [{ statusCode: 451 }] });
    replies.delete('greylisted@example.com');
    await due((await deliveriesOf(greylisted.uuid))[0]?.id ?? '');
    await endedDelivery(greylisted.uuid, 'SUCCEEDED');
  });
});

describe('the owner of an action', () => {
  it('gets a mail when a run fails, then none for 15 minutes, then one that says how many were left out', async () => {
    const workspace = await seed(millrace.app).workspace();
    const { prisma } = millrace.app.db;
    const owner = await workspace.member('EDITOR');
    const action = await workspace.action({ code: fails });
    await prisma.automation.update({ where: { id: action.uuid }, data: { ownerId: owner.userId } });
    const mails = () => post.mails.filter(({ to }) => to[0] === owner.email);
    await passed(workspace, action);
    await vi.waitFor(() => expect(mails()).toHaveLength(1), soon);
    expect(mails()[0]?.header('subject')).toMatch(/failed: UNCAUGHT$/);
    await passed(workspace, action);
    await passed(workspace, action);
    const told = { where: { automationId: action.uuid, recipientId: null }, orderBy: { id: 'asc' as const } };
    const [first, ...more] = await prisma.delivery.findMany(told);
    expect(more).toEqual([]);
    expect(first).toMatchObject({ leftOut: 2, kind: 'EMAIL', event: 'RUN_FAILED' });
    await prisma.delivery.update({ where: { id: first?.id ?? '' }, data: { createdAt: new Date((await databaseNow()) - 15 * 60_000) } });
    await passed(workspace, action);
    await vi.waitFor(() => expect(mails()).toHaveLength(2), soon);
    expect(mails()[1]?.text).toContain('2 more of its runs failed since the mail before this one.');
  });

  it('hears nothing of successes, of cancelled runs, when it is switched off, or after leaving the workspace', async () => {
    const workspace = await seed(millrace.app).workspace();
    const { prisma } = millrace.app.db;
    const owner = await workspace.member('EDITOR');
    const own = async (action: SeededAction, more: object = {}) =>
      prisma.automation.update({ where: { id: action.uuid }, data: { ownerId: owner.userId, ...more } });
    const [fine, quiet, broken] = [
      await workspace.action(succeeds),
      await workspace.action({ code: fails }),
      await workspace.action({ code: fails }),
    ];
    await own(fine);
    await own(quiet, { notifyOwner: false });
    await own(broken);
    await passed(workspace, fine);
    await passed(workspace, quiet);
    await prisma.membership.delete({ where: { id: owner.membershipId } });
    await passed(workspace, broken);
    expect(await prisma.delivery.count({ where: { workspaceId: workspace.uuid } })).toBe(0);
  });
});

describe('the reader of the feed', () => {
  it('goes on with the oldest event that is kept when it was away for too long', async () => {
    const workspace = await seed(millrace.app).workspace();
    const action = await workspace.action(succeeds);
    const there = await receiver();
    const { uuid } = await hears(workspace, { webhook: there.url });
    await millrace.stopWorker();
    const { prisma } = millrace.app.db;
    const before = await prisma.feedReader.findUniqueOrThrow({ where: { name: 'notifications' } });
    await prisma.feedPosition.deleteMany({ where: { position: { lt: before.position } } });
    await prisma.feedReader.update({ where: { name: 'notifications' }, data: { position: 0n } });
    await millrace.startWorker();
    await workspace.run(action);
    await endedDelivery(uuid, 'SUCCEEDED');
    expect(await deliveriesOf(uuid)).toHaveLength(1);
  });
});
