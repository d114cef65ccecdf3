import { Webhook } from 'standardwebhooks';
import { beforeAll, describe, expect, it } from 'vitest';
import { sealPlace } from '#domain/secret/secret.service';
import { type Millrace, startMillrace } from '#test/support/api';
import { type HookBody, type Hooks, hmacOf, hooksOn, json, sendHook, standardHeaders } from '#test/support/hooks';

let millrace: Millrace;
let hooks: Hooks;

beforeAll(async () => {
  millrace = await startMillrace({ worker: false });
  hooks = await hooksOn(millrace);
});

const body = '{"text":"Zoë \u{1f600}",\r\n "n": 1.0 }\n';
const ago = (ms: number) => new Date(millrace.app.clock.now().getTime() - ms);
const { header, ...hmac } = { header: 'x-signature', verification: 'HMAC_SHA256' } as const;

describe('a webhook of Standard Webhooks', () => {
  const standard = (more: Readonly<Record<string, unknown>> = {}) => hooks.webhook({ verification: 'STANDARD_WEBHOOKS', ...more });

  it('takes what the official package signs, and tells the run which message it was', async () => {
    const webhook = await standard();
    const at = ago(0);
    const signature = new Webhook(webhook.secret ?? '').sign('msg_1', at, body);
    const answer = await sendHook(webhook.url, body, {
      ...json,
      'webhook-id': 'msg_1',
      'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
      'webhook-signature': `v1,AAAA ${signature}`,
    });
    expect(answer.status).toBe(202);
    const input = await hooks.input(answer.run);
    expect(input).toMatchObject({ messageId: 'msg_1', body: { text: 'Zoë \u{1f600}', n: 1 } });
    expect(input['headers']).not.toHaveProperty('webhook-signature');
    expect(await hooks.log(webhook)).toMatchObject([{ status: 'ACCEPTED', messageId: 'msg_1', body }]);
  });

  it('refuses every forgery, says nothing about it, and logs why', async () => {
    const webhook = await standard();
    const other = await standard();
    const right = standardHeaders(webhook.secret, body);
    const without = (name: string) => Object.fromEntries(Object.entries(right).filter(([key]) => key !== name));
    const forgeries: readonly (readonly [HookBody, Record<string, string>, RegExp])[] = [
      [`${body} `, right, /No signature/],
      [body.replace('\r\n', '\n'), right, /No signature/],
      ['', right, /No signature/],
      [body, { ...right, 'webhook-id': 'msg_other' }, /No signature/],
      [body, standardHeaders(other.secret, body), /No signature/],
      [body, standardHeaders(webhook.secret, body, { at: ago(301_000) }), /older/],
      [body, standardHeaders(webhook.secret, body, { at: ago(-310_000) }), /future/],
      [body, without('webhook-id'), /missing/],
      [body, without('webhook-timestamp'), /missing/],
      [body, without('webhook-signature'), /missing/],
      [body, { ...right, 'webhook-timestamp': 'soon' }, /timestamp/],
    ];
    const before = await hooks.runs();
    const texts = new Set<string>();
    for (const [sent, headers] of forgeries) {
      const answer = await sendHook(webhook.url, sent, headers);
      expect(answer).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
      texts.add(answer.text);
    }
    expect(texts.size).toBe(1);
    expect(await hooks.runs()).toBe(before);
    const log = await hooks.log(webhook);
    // The eleventh in a minute is not logged.
    expect(log).toHaveLength(10);
    for (const [index, entry] of log.entries()) {
      expect(entry.status).toBe('REJECTED');
      expect(entry.reason, String(index)).toMatch(forgeries[index]?.[2] ?? /^$/);
    }
    expect((await sendHook(webhook.url, body, right)).status).toBe(202);
    expect((await sendHook(other.url, body, right)).status).toBe(401);
  });

  it('tolerates as much as it is told to', async () => {
    const webhook = await standard({ tolerance: 'PT1H' });
    expect((await sendHook(webhook.url, body, standardHeaders(webhook.secret, body, { at: ago(3_500_000) }))).status).toBe(202);
    expect((await sendHook(webhook.url, body, standardHeaders(webhook.secret, body, { at: ago(3_700_000) }))).status).toBe(401);
  });

  it('judges a signature before it looks at anything else', async () => {
    const webhook = await standard();
    for (const url of [`${webhook.url}/nowhere`, `${webhook.url}/staging`]) expect((await sendHook(url, '{', json)).status).toBe(401);
  });

  it('takes the secret that the sender chose', async () => {
    const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
    const webhook = await standard({ secret });
    expect(webhook.secret).toBe(secret);
    expect((await sendHook(webhook.url, body, standardHeaders(secret, body))).status).toBe(202);
  });
});

describe('a webhook of plain HMAC', () => {
  it.each([
    ['HEX', '', 'hex'],
    ['HEX', 'sha256=', 'hex'],
    ['BASE64', '', 'base64'],
  ] as const)('takes %s with the prefix "%s"', async (encoding, prefix, written) => {
    const webhook = await hooks.webhook({ ...hmac, header: 'X-Hub-Signature-256', encoding });
    const signature = { 'x-hub-signature-256': `${prefix}${hmacOf(webhook.secret, body, written)}` };
    const answer = await sendHook(webhook.url, body, { ...json, ...signature });
    expect(answer.status).toBe(202);
    expect((await hooks.input(answer.run))['headers']).not.toHaveProperty('x-hub-signature-256');
  });

  it('covers the bytes as they came, also those that are no text', async () => {
    const webhook = await hooks.webhook({ ...hmac, header });
    const bytes = Uint8Array.from([0xff, 13, 10, 0, 0x80]);
    const signature = { [header]: hmacOf(webhook.secret, bytes) };
    expect((await sendHook(webhook.url, bytes, signature)).status).toBe(202);
    expect((await sendHook(webhook.url, Uint8Array.from([0xfe, 13, 10, 0, 0x80]), signature)).status).toBe(401);
    expect((await sendHook(webhook.url, Uint8Array.from([0xff, 10, 0, 0x80]), signature)).status).toBe(401);
  });

  it('refuses another secret, another encoding, and none', async () => {
    const webhook = await hooks.webhook({ ...hmac, header });
    const other = await hooks.webhook({ ...hmac, header });
    for (const signature of [hmacOf(other.secret, body), hmacOf(webhook.secret, body, 'base64'), 'sha256=', ''])
      expect((await sendHook(webhook.url, body, { ...json, [header]: signature })).status, signature).toBe(401);
    expect((await sendHook(webhook.url, body, json)).status).toBe(401);
  });

  it('signs a GET without a body, too', async () => {
    const webhook = await hooks.webhook({ ...hmac, header });
    expect((await sendHook(webhook.url, null, { [header]: hmacOf(webhook.secret, '') }, 'GET')).status).toBe(202);
    expect((await sendHook(webhook.url, null, {}, 'GET')).status).toBe(401);
  });

  it('refuses a request without the id that it is told to look for', async () => {
    const webhook = await hooks.webhook({ ...hmac, header, idHeader: 'X-GitHub-Delivery' });
    const signature = { ...json, [header]: hmacOf(webhook.secret, body) };
    expect(await sendHook(webhook.url, body, signature)).toMatchObject({ status: 400, code: 'BAD_REQUEST' });
    const answer = await sendHook(webhook.url, body, { ...signature, 'x-github-delivery': 'd-1' });
    expect(await hooks.input(answer.run)).toMatchObject({ messageId: 'd-1' });
    expect((await sendHook(webhook.url, body, { ...signature, 'x-github-delivery': 'd'.repeat(256) })).status).toBe(400);
  });
});

describe('a secret', () => {
  const rotate = (id: string, more: Readonly<Record<string, unknown>> = {}) =>
    hooks.write('rotateWebhookSecret', { id, ...more }, 'secret webhook { id }');
  const status = async (url: string, secret: string | null) => (await sendHook(url, body, standardHeaders(secret, body))).status;

  it('stays valid for a day beside the one that took its place, and no longer', async () => {
    const webhook = await hooks.webhook({ verification: 'STANDARD_WEBHOOKS' });
    const second = String((await rotate(webhook.id))['secret']);
    expect(second).toMatch(/^whsec_/);
    expect(await status(webhook.url, webhook.secret)).toBe(202);
    expect(await status(webhook.url, second)).toBe(202);
    // A second rotation ends what was before the last one.
    const third = String((await rotate(webhook.id))['secret']);
    expect([await status(webhook.url, webhook.secret), await status(webhook.url, second), await status(webhook.url, third)]).toEqual([
      401, 202, 202,
    ]);
    // A day later: the end stands in the secret itself.
    const { prisma } = millrace.app.db;
    const row = await prisma.secret.findFirstOrThrow({ where: { ownerId: webhook.uuid, name: 'signing.previous' } });
    const [, until = ''] = /^(\S+) /.exec(millrace.app.secrets.open(sealPlace(row), row)) ?? [];
    expect(new Date(until).getTime() - ago(0).getTime()).toBeGreaterThan(86_000_000);
    const past = millrace.app.secrets.seal(sealPlace(row), `${ago(1_000).toISOString()} ${second}`);
    await prisma.secret.update({ where: { id: row.id }, data: past });
    expect([await status(webhook.url, second), await status(webhook.url, third)]).toEqual([401, 202]);
  });

  it('ends at once where it is not kept', async () => {
    const webhook = await hooks.webhook({ verification: 'STANDARD_WEBHOOKS' });
    const second = String((await rotate(webhook.id, { keepPrevious: false }))['secret']);
    expect([await status(webhook.url, webhook.secret), await status(webhook.url, second)]).toEqual([401, 202]);
  });

  it('may be chosen, in the form that the verification needs', async () => {
    const webhook = await hooks.webhook({ ...hmac, header });
    expect(await rotate(webhook.id, { secret: 'short' })).toMatchObject({
      code: 'INVALID_INPUT',
      fields: [{ path: ['secret'], code: 'TOO_SHORT' }],
    });
    const secret = 'chosen-by-the-sender';
    expect(await rotate(webhook.id, { secret })).toMatchObject({ secret });
    expect((await sendHook(webhook.url, body, { ...json, [header]: hmacOf(secret, body) })).status).toBe(202);
  });

  it('is not there where nothing is verified', async () => {
    const webhook = await hooks.webhook();
    expect(webhook.secret).toBeNull();
    expect(await rotate(webhook.id)).toMatchObject({ code: 'CONFLICT', state: 'NONE' });
  });

  it('comes anew with another verification', async () => {
    const webhook = await hooks.webhook({ ...hmac, header });
    const changed = await hooks.write(
      'updateWebhook',
      { id: webhook.id, verification: 'STANDARD_WEBHOOKS' },
      'secret webhook { verification header encoding tolerance }',
    );
    expect(changed).toMatchObject({ webhook: { verification: 'STANDARD_WEBHOOKS', header: null, encoding: null, tolerance: 'PT5M' } });
    expect(await status(webhook.url, String(changed['secret']))).toBe(202);
    const open = await hooks.write('updateWebhook', { id: webhook.id, verification: 'NONE' }, 'secret');
    expect(open).toMatchObject({ secret: null });
    expect((await sendHook(webhook.url, body, json)).status).toBe(202);
    expect(await millrace.app.db.prisma.secret.count({ where: { ownerId: webhook.uuid } })).toBe(0);
  });
});
