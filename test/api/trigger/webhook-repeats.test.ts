import { beforeAll, describe, expect, it } from 'vitest';
import { forgetRequests } from '#domain/trigger/trigger.log';
import { newId } from '#platform/ids';
import { type Millrace, startMillrace } from '#test/support/api';
import { at, type Hooks, hooksOn, json, type SeededWebhook, sendHook, standardHeaders } from '#test/support/hooks';

let millrace: Millrace;
let twin: Millrace;
let hooks: Hooks;

beforeAll(async () => {
  millrace = await startMillrace({ worker: false });
  twin = await startMillrace({ worker: false, installation: millrace.installation });
  hooks = await hooksOn(millrace);
});

const body = '{"n":1}';
const send = (webhook: SeededWebhook, id: string) => sendHook(webhook.url, body, standardHeaders(webhook.secret, body, { id }));

async function grow<Result>(by: number, during: () => Promise<Result>): Promise<Result> {
  const before = await hooks.runs();
  const result = await during();
  expect((await hooks.runs()) - before).toBe(by);
  return result;
}

describe('a message that is sent again', () => {
  it('is answered as the first time, with the same run, and makes none', async () => {
    const webhook = await hooks.webhook({ verification: 'STANDARD_WEBHOOKS', responseStatus: 201 });
    const [first, second] = await grow(1, async () => [await send(webhook, 'msg_1'), await send(webhook, 'msg_1')] as const);
    expect(second).toMatchObject({ status: 201, text: first.text, run: first.run });
    expect(await hooks.log(webhook)).toMatchObject([
      { status: 'ACCEPTED', messageId: 'msg_1', run: { id: first.run } },
      { status: 'DUPLICATE', messageId: 'msg_1', run: { id: first.run } },
    ]);
    // Ids are the sender's: another webhook has its own, and another id is another message.
    const other = await hooks.webhook({ verification: 'STANDARD_WEBHOOKS' });
    await grow(2, async () => [await send(other, 'msg_1'), await send(webhook, 'msg_2')]);
  });

  it('makes one run of twenty at the same moment, through two processes', async () => {
    const webhook = await hooks.webhook({ verification: 'STANDARD_WEBHOOKS' });
    const headers = standardHeaders(webhook.secret, body, { id: 'msg_race' });
    const answers = await grow(1, () =>
      Promise.all(Array.from({ length: 20 }, (_, index) => sendHook(at(webhook, index % 2 === 0 ? millrace : twin), body, headers))),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    expect(new Set(answers.map(({ run }) => run)).size).toBe(1);
  });

  it('is known by the header that the webhook names', async () => {
    const webhook = await hooks.webhook({ idHeader: 'x-delivery' });
    const delivery = (id: string) => sendHook(webhook.url, body, { ...json, 'X-Delivery': id });
    const [first, again] = await grow(2, async () => [await delivery('a'), await delivery('a'), await delivery('b')] as const);
    expect(again.run).toBe(first.run);
  });

  it('is a new one every time where it has no id', async () => {
    const webhook = await hooks.webhook();
    await grow(2, async () => [await sendHook(webhook.url, body, json), await sendHook(webhook.url, body, json)]);
    // One that has the id of Standard Webhooks is known by it, signed or not.
    await grow(1, async () => [
      await sendHook(webhook.url, body, { ...json, 'webhook-id': '1' }),
      await sendHook(webhook.url, body, { ...json, 'webhook-id': '1' }),
    ]);
  });

  it('may make a run after it was refused', async () => {
    const action = await hooks.workspace.action();
    const webhook = await hooks.webhook({ automation: action.id, idHeader: 'x-id' });
    const delivery = () => sendHook(webhook.url, body, { ...json, 'x-id': '1' });
    await hooks.write('disableAction', { id: action.id });
    expect((await delivery()).status).toBe(409);
    await hooks.write('enableAction', { id: action.id });
    await grow(1, async () => expect((await delivery()).status).toBe(202));
  });

  it('is a new message after a day', async () => {
    const webhook = await hooks.webhook({ idHeader: 'x-id' });
    const delivery = () => sendHook(webhook.url, body, { ...json, 'x-id': '1' });
    const first = await delivery();
    const { prisma } = millrace.app.db;
    const now = millrace.app.clock.now().getTime();
    const received = (ms: number) =>
      prisma.webhookRequest.updateMany({ where: { webhookId: webhook.uuid }, data: { receivedAt: new Date(now - ms) } });
    await received(86_000_000);
    expect((await delivery()).run).toBe(first.run);
    await received(86_500_000);
    const answers = await grow(1, () => Promise.all(Array.from({ length: 6 }, delivery)));
    expect(new Set(answers.map(({ run }) => run)).size).toBe(1);
    expect(answers[0]?.run).not.toBe(first.run);
    const kept = await prisma.webhookRequest.findMany({ where: { webhookId: webhook.uuid, status: 'ACCEPTED' }, orderBy: { id: 'asc' } });
    expect(kept.map(({ messageId }) => messageId)).toEqual([null, '1']);
  });
});

describe('the log', () => {
  it('forgets what is older than a week, some at a time', async () => {
    const webhook = await hooks.webhook();
    const { prisma } = millrace.app.db;
    const row = {
      workspaceId: hooks.workspace.uuid,
      webhookId: webhook.uuid,
      status: 'REJECTED',
      method: 'POST',
      query: {},
      headers: {},
    } as const;
    const ids = [8, 6].map((days) => {
      const ms = (millrace.app.clock.now().getTime() - days * 86_400_000).toString(16).padStart(12, '0');
      return `${ms.slice(0, 8)}-${ms.slice(8)}${newId().slice(13)}`;
    });
    for (const id of ids)
      await prisma.webhookRequest.create({ data: { ...row, id, body: Buffer.from('x'), receivedAt: millrace.app.clock.now() } });
    expect(await forgetRequests(millrace.app.db.sql)).toBe(1);
    expect(await forgetRequests(millrace.app.db.sql)).toBe(0);
    expect(await prisma.webhookRequest.findMany({ where: { webhookId: webhook.uuid }, select: { id: true } })).toEqual([{ id: ids[1] }]);
  });
});
