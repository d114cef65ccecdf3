import { request as httpRequest } from 'node:http';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Millrace, startMillrace } from '#test/support/api';
import { type Hooks, hooksOn, json, sendHook } from '#test/support/hooks';

let millrace: Millrace;
let hooks: Hooks;

beforeAll(async () => {
  millrace = await startMillrace({ worker: false });
  hooks = await hooksOn(millrace);
});

const nowhere = () => new URL(`/hooks/${'A'.repeat(43)}`, millrace.url).href;

describe('a request to a webhook', () => {
  it('is answered with its run, which is committed', async () => {
    const webhook = await hooks.webhook();
    const answer = await sendHook(`${webhook.url}?source=shop&tag=a&tag=b&empty=`, '{"order":{"id":7}}', {
      ...json,
      'X-Topic': 'orders',
      authorization: 'Bearer of-somebody',
      cookie: 'session=1',
      'x-hub-signature-256': 'sha256=00',
    });
    expect(answer).toMatchObject({ status: 202, text: `{"run":"${answer.run ?? ''}"}` });
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    const input = await hooks.input(answer.run);
    expect(input).toEqual({
      method: 'POST',
      headers: expect.objectContaining({ 'x-topic': 'orders', 'content-type': 'application/json' }) as unknown,
      query: { source: 'shop', tag: ['a', 'b'], empty: '' },
      body: { order: { id: 7 } },
      contentType: 'application/json',
      receivedAt: expect.stringMatching(/^\d{4}-.*Z$/) as unknown,
      messageId: null,
    });
    for (const name of ['authorization', 'cookie', 'x-hub-signature-256']) expect(input['headers']).not.toHaveProperty(name);
    const run = await millrace.app.db.prisma.run.findUniqueOrThrow({ where: { id: String(answer.run).slice(4) } });
    expect(run).toMatchObject({
      trigger: 'WEBHOOK',
      actorKind: 'SYSTEM',
      actorId: null,
      automationId: hooks.action.uuid,
      status: 'QUEUED',
    });
    expect(await hooks.log(webhook)).toMatchObject([{ status: 'ACCEPTED', reason: null, run: { id: answer.run } }]);
  });

  it.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])('may be a %s', async (method) => {
    const { url } = await hooks.webhook();
    const answer = await sendHook(`${url}?a=1`, null, {}, method);
    expect(answer.status).toBe(202);
    expect(await hooks.input(answer.run)).toMatchObject({ method, query: { a: '1' }, body: null, contentType: null });
  });

  it('makes no run of a HEAD, of an OPTIONS and of anything else', async () => {
    const { url } = await hooks.webhook();
    const before = await hooks.runs();
    expect((await sendHook(url, null, {}, 'HEAD')).status).toBe(405);
    expect(await sendHook(url, null, { origin: 'https://a.example' }, 'OPTIONS')).toMatchObject({ status: 204, text: '' });
    expect((await sendHook(url, null, {}, 'PROPFIND')).status).toBe(405);
    expect((await sendHook(url, null, {}, 'OPTIONS')).headers.get('allow')).toBe('GET, POST, PUT, PATCH, DELETE, OPTIONS');
    expect(await hooks.runs()).toBe(before);
  });

  it('keeps its body byte by byte', async () => {
    const webhook = await hooks.webhook();
    const bodies = ['{\r\n  "name" : "Zoë \u{1f600} \\u00e9",\r\n\t"n": 1.0 }\n', '\ufeff{"bom":true}'];
    for (const body of bodies) expect((await sendHook(webhook.url, body, json)).status).toBe(202);
    const bytes = Uint8Array.from([0, 255, 254, 13, 10, 128]);
    const sent = await sendHook(webhook.url, bytes, { 'content-type': 'application/octet-stream' });
    expect(await hooks.input(sent.run)).toMatchObject({
      body: Buffer.from(bytes).toString('base64'),
      contentType: 'application/octet-stream',
    });
    const log = await hooks.log(webhook);
    expect(log.map((entry) => entry.body)).toEqual([...bodies, null]);
    expect(log[2]?.bodyBase64).toBe(Buffer.from(bytes).toString('base64'));
  });

  it.each([
    ['application/vnd.api+json; charset=UTF-8', '[1,{"a":null}]', [1, { a: null }]],
    [
      'application/x-www-form-urlencoded',
      'a=1&b=x+y&b=%C3%A9&__proto__=z',
      JSON.parse('{"a":"1","b":["x y","é"],"__proto__":"z"}') as unknown,
    ],
    ['text/csv', 'a;b\r\n1;é', 'a;b\r\n1;é'],
    ['text/plain; charset=iso-8859-1', Uint8Array.from([0xe9]), 'é'],
    ['application/xml', '<a/>', '<a/>'],
    ['multipart/form-data; boundary=x', '--x--', Buffer.from('--x--').toString('base64')],
  ])('with %s is read by that', async (contentType, body, expected) => {
    const { url } = await hooks.webhook();
    const answer = await sendHook(url, body, { 'content-type': contentType });
    expect(answer.status).toBe(202);
    const input = await hooks.input(answer.run);
    expect(JSON.stringify(input['body'])).toBe(JSON.stringify(expected));
    expect(input['contentType']).toBe(contentType);
  });
});

describe('what cannot be the input of a run', () => {
  const deep = `${'['.repeat(70)}${']'.repeat(70)}`;

  it.each([
    ['JSON that does not parse', '{"a":', json, 400, 'BAD_REQUEST'],
    ['JSON that is no UTF-8', Uint8Array.from([0x22, 0xff, 0x22]), json, 400, 'BAD_REQUEST'],
    ['JSON that is too deep', deep, json, 400, 'BAD_REQUEST'],
    ['JSON with NUL', '"\\u0000"', json, 400, 'BAD_REQUEST'],
    ['JSON with half of a surrogate pair', '{"\\ud800":1}', json, 400, 'BAD_REQUEST'],
    ['a form with NUL', 'a=%00', { 'content-type': 'application/x-www-form-urlencoded' }, 400, 'BAD_REQUEST'],
    ['a charset that nobody knows', 'a', { 'content-type': 'text/plain; charset=klingon' }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['a compressed body', 'a', { 'content-encoding': 'gzip' }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['more than a run may have', JSON.stringify('x'.repeat(1_000_000)), json, 413, 'PAYLOAD_TOO_LARGE'],
    ['more than a request may have', 'x'.repeat(5_000_001), { 'content-type': 'text/plain' }, 413, 'PAYLOAD_TOO_LARGE'],
  ])('is refused: %s', async (_what, body, headers, status, code) => {
    const webhook = await hooks.webhook();
    const before = await hooks.runs();
    expect(await sendHook(webhook.url, body, headers)).toMatchObject({ status, code });
    expect(await hooks.runs()).toBe(before);
    const [entry] = await hooks.log(webhook);
    expect(entry).toMatchObject({ status: 'REJECTED', run: null });
    expect(entry?.reason).toBeTruthy();
    expect((entry?.bodyBase64 ?? '').length).toBeLessThan(6_000);
  });

  it('is refused in the parameters as well, and logged with what can be stored of them', async () => {
    const webhook = await hooks.webhook();
    expect(await sendHook(`${webhook.url}?a=%00&b=%ED%A0%80`)).toMatchObject({ status: 400, code: 'BAD_REQUEST' });
    expect(await hooks.log(webhook)).toMatchObject([{ status: 'REJECTED', query: { a: '\ufffd' } }]);
  });

  it('takes what just fits', async () => {
    const { url } = await hooks.webhook();
    const answer = await sendHook(url, JSON.stringify('x'.repeat(999_000)), json);
    expect(answer.status).toBe(202);
    // White space is no part of the input.
    expect((await sendHook(url, `${' '.repeat(2_000_000)}1`, json)).status).toBe(202);
  });

  it('is not waited for when its sender goes away', async () => {
    const webhook = await hooks.webhook();
    const before = await hooks.runs();
    await new Promise<void>((resolve) => {
      const sending = httpRequest(webhook.url, { method: 'POST', headers: { ...json, 'content-length': '100' } });
      sending.on('error', () => resolve());
      sending.write('{"half":', () => setImmediate(() => sending.destroy()));
    });
    expect((await sendHook(webhook.url)).status).toBe(202);
    expect(await hooks.runs()).toBe(before + 1);
  });
});

describe('the answer of a webhook', () => {
  it.each([
    ['as it was written', { responseStatus: 200, responseBody: '{"ok": true}' }, 200, 'application/json; charset=utf-8', '{"ok": true}'],
    ['as text', { responseFormat: 'TEXT', responseBody: 'OK' }, 202, 'text/plain; charset=utf-8', 'OK'],
    ['as XML', { responseStatus: 201, responseFormat: 'XML', responseBody: '<ok/>' }, 201, 'application/xml; charset=utf-8', '<ok/>'],
    ['as CSV', { responseFormat: 'CSV', responseBody: 'a,b' }, 202, 'text/csv; charset=utf-8', 'a,b'],
    ['empty where it is not JSON', { responseFormat: 'TEXT' }, 202, 'text/plain; charset=utf-8', ''],
    ['nothing', { responseStatus: 204 }, 204, null, ''],
  ])('is sent %s', async (_what, wanted, status, type, text) => {
    const { url } = await hooks.webhook(wanted);
    const before = await hooks.runs();
    const answer = await sendHook(url, '{}', json);
    expect(answer).toMatchObject({ status, text });
    expect(answer.headers.get('content-type')).toBe(type);
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(await hooks.runs()).toBe(before + 1);
  });
});

describe('an address', () => {
  it('that is unknown, disabled, of a deleted action or malformed is the same nothing', async () => {
    const disabled = await hooks.webhook({ enabled: false });
    const action = await hooks.workspace.action();
    const orphan = await hooks.webhook({ automation: action.id });
    await hooks.write('deleteAction', { id: action.id });
    const live = await hooks.webhook();
    const answers = await Promise.all(
      [nowhere(), disabled.url, orphan.url, `${live.url}/a/b`, `${live.url}x`, new URL('/hooks/', millrace.url).href].map((url) =>
        sendHook(url, '{}', json),
      ),
    );
    for (const answer of answers) expect(answer).toMatchObject({ status: 404, code: 'NOT_FOUND', text: answers[0]?.text });
    expect(await hooks.log(disabled)).toEqual([]);
  });

  it('may name another environment, where something is deployed', async () => {
    const webhook = await hooks.webhook();
    const owner = await hooks.workspace.token('OWNER');
    await millrace.ask(
      owner,
      'mutation ($id: ID!) { createEnvironment(input: { workspace: $id, key: "staging", name: "Staging" }) { __typename } }',
      {
        id: hooks.workspace.id,
      },
    );
    expect((await sendHook(`${webhook.url}/production`, '{}', json)).status).toBe(202);
    expect(await sendHook(`${webhook.url}/staging`, '{}', json)).toMatchObject({ status: 409, code: 'CONFLICT' });
    expect(await sendHook(`${webhook.url}/nowhere`, '{}', json)).toMatchObject({ status: 404, code: 'NOT_FOUND' });
    expect(await sendHook(`${webhook.url}/%00`, '{}', json)).toMatchObject({ status: 404, code: 'NOT_FOUND' });
    expect((await hooks.log(webhook)).map(({ status }) => status)).toEqual(['ACCEPTED', 'REJECTED', 'REJECTED', 'REJECTED']);
  });

  it('triggers nothing while the action is disabled', async () => {
    const action = await hooks.workspace.action();
    const webhook = await hooks.webhook({ automation: action.id });
    await hooks.write('disableAction', { id: action.id });
    expect(await sendHook(webhook.url, '{}', json)).toMatchObject({ status: 409, code: 'CONFLICT' });
    await hooks.write('enableAction', { id: action.id });
    expect((await sendHook(webhook.url, '{}', json)).status).toBe(202);
  });

  it('is not told in the log of the server nor in its metrics', async () => {
    const { url } = await hooks.webhook();
    await sendHook(url, '{}', json);
    const text = await millrace.app.metrics.registry.metrics();
    expect(text).toMatch(/millrace_http_request_seconds_count\{route="hooks",status="202"\}/);
    expect(text).not.toContain(new URL(url).pathname);
  });
});
