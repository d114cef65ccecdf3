import { beforeAll, describe, expect, it } from 'vitest';
import { CreateWebhookDocument } from '#client/index';
import { type Millrace, startMillrace } from '#test/support/api';
import { type Hooks, hooksOn, json, sendHook, standardHeaders } from '#test/support/hooks';
import { codeOf } from '#test/support/mutate';
import { testGraph } from '#test/support/graph';
import { statementsOf } from '#test/support/statements';

let millrace: Millrace;
let hooks: Hooks;

beforeAll(async () => {
  millrace = await startMillrace({ worker: false });
  hooks = await hooksOn(millrace);
});

const selection =
  'secret webhook { id name enabled url verification header encoding tolerance idHeader responseStatus responseBody responseFormat automation { id } environment { key } createdAt updatedAt }';

describe('a webhook', () => {
  it('is made by the client that integrators use', async () => {
    const client = millrace.client(hooks.token);
    const made = await client.request(CreateWebhookDocument, {
      input: { automation: hooks.action.id, name: 'From the shop', verification: 'STANDARD_WEBHOOKS' },
    });
    if (made.createWebhook.__typename !== 'CreateWebhookSuccess') throw new Error(JSON.stringify(made));
    const { webhook, secret } = made.createWebhook;
    expect(secret).toMatch(/^whsec_/);
    expect(new URL(webhook.url).pathname).toMatch(/^\/hooks\/[A-Za-z0-9_-]{43}$/);
    expect((await sendHook(webhook.url, '{}', standardHeaders(secret ?? '', '{}'))).status).toBe(202);
  });

  it('has the defaults that its documentation tells, and is found by the key of its action', async () => {
    const input = {
      automationKey: hooks.action.key,
      workspace: hooks.workspace.id,
      name: ' shop ',
      verification: 'HMAC_SHA256',
      header: 'X-Sig',
    };
    expect(await hooks.write('createWebhook', input, selection)).toMatchObject({
      secret: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown,
      webhook: {
        name: 'shop',
        enabled: true,
        header: 'x-sig',
        encoding: 'HEX',
        tolerance: null,
        idHeader: null,
        responseStatus: 202,
        responseBody: null,
        responseFormat: 'JSON',
        automation: { id: hooks.action.id },
        environment: { key: 'production' },
      },
    });
  });

  it('has its address below the public one', async () => {
    const graph = await testGraph();
    const action = await graph.workspace.action();
    const { createWebhook } = await graph.answer(
      'mutation ($id: ID!) { createWebhook(input: { automation: $id, name: "a", verification: NONE }) { ... on CreateWebhookSuccess { webhook { url } } } }',
      { id: action.id },
    );
    expect(createWebhook).toMatchObject({ webhook: { url: expect.stringMatching(/^https:\/\/millrace\.test\/hooks\//) as unknown } });
  });

  it('tells every field that is at fault', async () => {
    const wrong = async (input: Readonly<Record<string, unknown>>) => {
      const { fields } = await hooks.write('createWebhook', { automation: hooks.action.id, name: 'x', verification: 'NONE', ...input });
      return (fields ?? []).map(({ path, code }) => `${path.join('.')} ${code}`).sort();
    };
    expect(
      await wrong({
        name: '',
        header: 'a b',
        tolerance: 'PT0S',
        idHeader: '',
        responseStatus: 500,
        responseBody: '{{ payload }}',
      }),
    ).toEqual([
      'header FORMAT',
      'idHeader FORMAT',
      'name TOO_SHORT',
      'responseBody TEMPLATE',
      'responseStatus OUT_OF_RANGE',
      'tolerance OUT_OF_RANGE',
    ]);
    expect(
      await wrong({ header: 'x-a', encoding: 'HEX', tolerance: 'PT1M', secret: 'x'.repeat(20), responseStatus: 204, responseBody: '{' }),
    ).toEqual([
      'encoding NOT_APPLICABLE',
      'header NOT_APPLICABLE',
      'responseBody NOT_APPLICABLE',
      'responseBody SYNTAX',
      'secret NOT_APPLICABLE',
      'tolerance NOT_APPLICABLE',
    ]);
    expect(await wrong({ verification: 'HMAC_SHA256', secret: 'short' })).toEqual(['header REQUIRED', 'secret TOO_SHORT']);
    expect(await wrong({ verification: 'STANDARD_WEBHOOKS', idHeader: 'x-id', secret: 'whsec_AAAA' })).toEqual([
      'idHeader NOT_APPLICABLE',
      'secret FORMAT',
    ]);
    expect(await wrong({ secret: `a\u0000${'b'.repeat(20)}`, verification: 'HMAC_SHA256', header: 'x-a' })).toEqual([
      'secret MALFORMED_TEXT',
    ]);
    expect(await wrong({ environment: 'A\u0000' })).toEqual(['environment UNKNOWN_ENVIRONMENT']);
    expect(await wrong({ environment: 'nowhere' })).toEqual(['environment UNKNOWN_ENVIRONMENT']);
    expect(await wrong({ automationKey: 'a' })).toEqual(['automation ONE_OF']);
    expect(await wrong({ automation: null })).toEqual(['automation ONE_OF']);
    expect(codeOf(await hooks.write('createWebhook', { automationKey: 'nothing', name: 'x', verification: 'NONE' }))).toBe('NOT_FOUND');
  });

  it('is made once per idempotency key, and its secret is shown once', async () => {
    const input = { automation: hooks.action.id, name: 'once', verification: 'STANDARD_WEBHOOKS', idempotencyKey: 'k1' };
    const first = await hooks.write('createWebhook', input, 'secret webhook { id }');
    const again = await hooks.write('createWebhook', input, 'secret webhook { id }');
    expect(first['secret']).toMatch(/^whsec_/);
    expect(again).toMatchObject({ secret: null, webhook: first['webhook'] });
    expect(codeOf(await hooks.write('createWebhook', { ...input, name: 'another' }))).toBe('IDEMPOTENCY_CONFLICT');
  });

  it('is changed from the next request on', async () => {
    const webhook = await hooks.webhook();
    const changed = await hooks.write(
      'updateWebhook',
      { id: webhook.id, name: 'new', responseStatus: 200, responseBody: 'ok', responseFormat: 'TEXT' },
      selection,
    );
    expect(changed).toMatchObject({
      secret: null,
      webhook: { name: 'new', responseStatus: 200, responseBody: 'ok', responseFormat: 'TEXT', url: webhook.url },
    });
    expect(await sendHook(webhook.url, '{}', json)).toMatchObject({ status: 200, text: 'ok' });
    expect(await hooks.write('updateWebhook', { id: webhook.id, responseFormat: 'JSON' })).toMatchObject({
      fields: [{ path: ['responseBody'], code: 'SYNTAX' }],
    });
    await hooks.write('updateWebhook', { id: webhook.id, enabled: false });
    expect((await sendHook(webhook.url, '{}', json)).status).toBe(404);
    await hooks.write('updateWebhook', { id: webhook.id, enabled: true, responseBody: null, responseFormat: 'JSON' });
    expect((await sendHook(webhook.url, '{}', json)).run).toMatch(/^run_/);
    expect(await hooks.write('updateWebhook', { id: webhook.id, secret: 'x'.repeat(20) })).toMatchObject({
      fields: [{ path: ['secret'], code: 'NOT_APPLICABLE' }],
    });
  });

  it('gets a new address at once, and the old one is nothing', async () => {
    const webhook = await hooks.webhook();
    const { webhook: moved } = await hooks.write('rotateWebhookToken', { id: webhook.id }, 'webhook { url }');
    const { url } = moved as { readonly url: string };
    expect((await sendHook(webhook.url, '{}', json)).status).toBe(404);
    expect((await sendHook(url, '{}', json)).status).toBe(202);
  });

  it('is deleted with its log and its secrets; its runs stay', async () => {
    const webhook = await hooks.webhook({ verification: 'STANDARD_WEBHOOKS' });
    await hooks.write('rotateWebhookSecret', { id: webhook.id });
    const { prisma } = millrace.app.db;
    expect(await prisma.secret.count({ where: { ownerId: webhook.uuid } })).toBe(2);
    const { run } = await sendHook(webhook.url, '{}', standardHeaders(webhook.secret, '{}'));
    expect(await hooks.write('deleteWebhook', { id: webhook.id }, 'deletedId')).toMatchObject({ deletedId: webhook.id });
    expect((await sendHook(webhook.url, '{}', standardHeaders(webhook.secret, '{}'))).status).toBe(404);
    expect(await prisma.secret.count({ where: { ownerId: webhook.uuid } })).toBe(0);
    expect(await prisma.webhookRequest.count({ where: { webhookId: webhook.uuid } })).toBe(0);
    expect(await hooks.input(run)).toBeTruthy();
    expect(codeOf(await hooks.write('deleteWebhook', { id: webhook.id }))).toBe('NOT_FOUND');
  });

  it('goes with its environment, its secrets too', async () => {
    const owner = await hooks.workspace.token('OWNER');
    const { data } = await millrace.ask(
      owner,
      'mutation ($id: ID!) { createEnvironment(input: { workspace: $id, key: "gone", name: "Gone" }) { ... on CreateEnvironmentSuccess { environment { id } } } }',
      { id: hooks.workspace.id },
    );
    const { environment } = data?.['createEnvironment'] as { readonly environment: { readonly id: string } };
    const webhook = await hooks.webhook({ environment: 'gone', verification: 'STANDARD_WEBHOOKS' });
    await millrace.ask(owner, 'mutation ($id: ID!) { deleteEnvironment(input: { id: $id }) { __typename } }', { id: environment.id });
    const { prisma } = millrace.app.db;
    expect([
      await prisma.webhook.count({ where: { id: webhook.uuid } }),
      await prisma.secret.count({ where: { ownerId: webhook.uuid } }),
    ]).toEqual([0, 0]);
  });

  it('keeps its secret and its address from the audit log', async () => {
    const webhook = await hooks.webhook({ verification: 'STANDARD_WEBHOOKS', secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' });
    await hooks.write('rotateWebhookToken', { id: webhook.id });
    await hooks.write('rotateWebhookSecret', { id: webhook.id });
    const entries = await millrace.app.db.prisma.auditEntry.findMany({ where: { subjectId: webhook.uuid } });
    expect(entries.map(({ operation }) => operation).sort()).toEqual(['createWebhook', 'rotateWebhookSecret', 'rotateWebhookToken']);
    const text = JSON.stringify(entries);
    for (const secret of ['MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', new URL(webhook.url).pathname.slice(7)]) expect(text).not.toContain(secret);
  });
});

describe('the webhooks of an action', () => {
  const list = 'query ($id: ID!) { action(id: $id) { webhooks(first: 5) { totalCount edges { node { id } } } } }';

  it('are listed for who may see them only', async () => {
    const action = await hooks.workspace.action();
    const made = [await hooks.webhook({ automation: action.id }), await hooks.webhook({ automation: action.id, enabled: false })];
    const newest = made.map(({ id }) => ({ node: { id } })).reverse();
    const { data } = await millrace.ask(hooks.token, list, { id: action.id });
    expect(data).toMatchObject({ action: { webhooks: { totalCount: 2, edges: newest } } });
    const operator = await millrace.ask(await hooks.workspace.token('OPERATOR'), list, { id: action.id });
    expect(operator.data).toMatchObject({ action: { webhooks: { totalCount: 0, edges: [] } } });
    const enabled = await millrace.ask(
      hooks.token,
      'query ($id: ID!) { webhooks(filter: { automation: $id, enabled: true }, orderBy: [{ field: NAME }]) { totalCount edges { node { id } } } }',
      { id: action.id },
    );
    expect(enabled.data).toMatchObject({ webhooks: { totalCount: 1, edges: [{ node: { id: made[0]?.id } }] } });
  });

  it('and their requests cost as many statements for many as for one', async () => {
    const { prisma } = millrace.app.db;
    const fill = async (count: number) => {
      const action = await hooks.workspace.action();
      for (let index = 0; index < count; index += 1) {
        const webhook = await hooks.webhook({ automation: action.id });
        for (let sent = 0; sent <= index; sent += 1) await sendHook(webhook.url, `[${sent}]`, json);
      }
      return action;
    };
    const query =
      'query ($id: ID!) { webhooks(first: 5, filter: { automation: $id }) { edges { node { automation { key } environment { key } requests(first: 2, status: [ACCEPTED]) { totalCount edges { node { body headers run { id status } } } } } } } }';
    const [one, many] = [await fill(1), await fill(4)];
    expect(await prisma.webhookRequest.count({ where: { webhook: { automationId: many.uuid } } })).toBe(10);
    const cost = async (id: string) =>
      (await statementsOf(async () => expect((await millrace.ask(hooks.token, query, { id })).errors).toEqual([]))).length;
    const few = await cost(one.id);
    expect(few).toBeGreaterThan(4);
    expect(await cost(many.id)).toBe(few);
  });
});
