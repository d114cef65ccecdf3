import { beforeAll, describe, expect, it } from 'vitest';
import { eventCursor } from '#domain/event/event.feed.cursor';
import { newId } from '#platform/ids';
import { encodeId } from '#schema/node';
import { type Millrace, startMillrace } from '#test/support/api';
import { type Mutate, codeOf, mutateOn } from '#test/support/mutate';
import { type Workspace, seed } from '#test/support/seed';
import { type Records, seedRecords } from '#test/support/things';

let millrace: Millrace;
let workspace: Workspace;
let records: Records;
let write: Mutate;
let token: string;

beforeAll(async () => {
  millrace = await startMillrace({ worker: false, settings: { INPUT_BYTES: '10000' } });
  workspace = await seed(millrace.app).workspace();
  records = await seedRecords(millrace.app, workspace.uuid);
  write = mutateOn(millrace);
  token = await workspace.token('EDITOR');
});

const read = async (query: string, variables: Readonly<Record<string, unknown>> = {}) => {
  const { data, errors } = await millrace.ask(token, query, variables);
  expect(errors).toEqual([]);
  return data ?? {};
};

interface Listed {
  readonly edges: readonly { readonly node: Readonly<Record<string, unknown>> }[];
  readonly totalCount?: number;
}
const nodes = (list: unknown) => (list as Listed).edges.map(({ node }) => node);

describe('an event of a client', () => {
  it('is told once per idempotency key, about a record or about none', async () => {
    const id = encodeId('Entity', await records.make());
    const input = { type: 'order.paid', entity: id, data: { order: 7 }, idempotencyKey: 'order-7' };
    const made = await write(
      token,
      'emitEvent',
      input,
      'event { id type subjectId blueprint sequence data changed previous depth causedBy { actorKind } }',
    );
    expect(made['event']).toMatchObject({
      type: 'order.paid',
      subjectId: id,
      blueprint: 'thing',
      sequence: 2,
      data: { order: 7 },
      changed: [],
      previous: null,
      depth: 0,
      causedBy: { actorKind: 'TOKEN' },
    });
    expect((await write(token, 'emitEvent', input, 'event { id }'))['event']).toEqual({ id: (made['event'] as { id: string }).id });
    expect(codeOf(await write(token, 'emitEvent', { ...input, data: { order: 8 } }, '__typename'))).toBe('IDEMPOTENCY_CONFLICT');
    const { event } = await write(token, 'emitEvent', { type: 'a.b' }, 'event { subject { id } sequence data }');
    expect(event).toEqual({ subject: null, sequence: 0, data: {} });
  });

  it('is told with others by one request, each by itself, and once per idempotency key', async () => {
    const about = encodeId('Entity', await records.make());
    const keyed = { type: 'order.paid', data: { order: 1 }, idempotencyKey: 'among-others' };
    const items = [
      { type: 'order.paid', data: { order: 0 } },
      keyed,
      { type: 'entity.created' },
      keyed,
      { ...keyed, data: { order: 2 } },
      { type: 'order.paid', entity: about },
      { type: 'order.paid', entity: encodeId('Entity', newId()) },
      { type: 'order.paid', idempotencyKey: '' },
    ];
    const fields =
      '__typename ... on EmitEventSuccess { event { id subjectId data causedBy { actorKind } } } ... on Error { code } ... on InvalidInputError { fields { path } }';
    const told = async () =>
      (await write(token, 'emitEvents', { items }, `results { ${fields} }`))['results'] as Readonly<Record<string, unknown>>[];
    const results = await told();
    expect(results).toMatchObject([
      { event: { data: { order: 0 }, subjectId: null, causedBy: { actorKind: 'TOKEN' } } },
      { event: { data: { order: 1 } } },
      { code: 'INVALID_INPUT', fields: [{ path: ['items', '2', 'type'] }] },
      { event: results[1]?.['event'] },
      { code: 'IDEMPOTENCY_CONFLICT' },
      { event: { subjectId: about } },
      { code: 'NOT_FOUND' },
      { code: 'INVALID_INPUT', fields: [{ path: ['items', '7', 'idempotencyKey'] }] },
    ]);
    const again = await told();
    expect(again[1]).toEqual(results[1]);
    expect(again[0]).not.toEqual(results[0]);
    const many = Array.from({ length: 101 }, () => ({ type: 'a.b' }));
    expect(codeOf(await write(token, 'emitEvents', { items: many }, '__typename'))).toBe('INVALID_INPUT');
  });

  it('is refused for a type that is none or reserved, for data that is too much, and to whoever only reads', async () => {
    for (const type of ['paid', 'Order.paid', 'entity.created', 'rule.due', 'a..b', ''])
      expect(codeOf(await write(token, 'emitEvent', { type }, '__typename'))).toBe('INVALID_INPUT');
    const large = 'x'.repeat(millrace.app.config.run.inputBytes);
    expect(codeOf(await write(token, 'emitEvent', { type: 'a.b', data: large }, '__typename'))).toBe('INVALID_INPUT');
    expect(codeOf(await write(await workspace.token('VIEWER'), 'emitEvent', { type: 'a.b' }, '__typename'))).toBe('FORBIDDEN');
  });
});

describe('a webhook that emits', () => {
  it('makes exactly one event of each message, logs it and answers it', async () => {
    const input = { emits: 'shop.order', name: 'shop', verification: 'NONE', idHeader: 'x-id' };
    const made = await write(token, 'createWebhook', input, 'webhook { id url emits automation { id } }');
    const webhook = made['webhook'] as { id: string; url: string };
    expect(made['webhook']).toMatchObject({ emits: 'shop.order', automation: null });
    const send = async (id: string, path = '') => {
      const headers = { 'content-type': 'application/json', 'x-id': id };
      const response = await fetch(`${webhook.url}${path}`, { method: 'POST', headers, body: '{"order":7}' });
      return { status: response.status, text: await response.text() };
    };
    const answers = await Promise.all(Array.from({ length: 8 }, () => send('m1')));
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    const { event } = JSON.parse(answers[0]?.text ?? '{}') as { event: string };
    expect((await send('m2')).text).not.toContain(event);
    expect((await send('m3', '/production')).status).toBe(404);
    const query = `query ($webhook: ID!) { events(filter: { causedByWebhook: $webhook, types: ["shop.order"] }) {
      totalCount edges { node { id type data causedBy { webhook { id } } } } }
      webhook(id: $webhook) { requests(status: [ACCEPTED]) { edges { node { run { id } event { id } } } } } }`;
    const answer = await read(query, { webhook: webhook.id });
    expect((answer['events'] as Listed).totalCount).toBe(2);
    expect(nodes(answer['events']).at(-1)).toMatchObject({
      id: event,
      data: { method: 'POST', body: { order: 7 }, messageId: 'm1' },
      causedBy: { webhook: { id: webhook.id } },
    });
    expect(nodes((answer['webhook'] as Record<string, unknown>)['requests']).map((one) => one['run'])).toEqual([null, null]);
    expect(nodes((answer['webhook'] as Record<string, unknown>)['requests'])).toContainEqual({ run: null, event: { id: event } });
  });

  it('has one purpose', async () => {
    const both = { name: 'both', verification: 'NONE', emits: 'a.b', automationKey: 'greet' };
    expect(codeOf(await write(token, 'createWebhook', both, '__typename'))).toBe('INVALID_INPUT');
    const reserved = { name: 'reserved', verification: 'NONE', emits: 'note.added' };
    expect(codeOf(await write(token, 'createWebhook', reserved, '__typename'))).toBe('INVALID_INPUT');
  });
});

describe('the events of a record', () => {
  it('are its history, the newest first, with what changed and what it was', async () => {
    const uuid = await records.make({ properties: { text: 'old' } });
    await records.change(uuid, { properties: { text: 'new' }, notes: [{ text: 'seen' }] });
    await records.change(uuid, { properties: { text: 'new' } });
    const answer = await read(
      'query ($id: ID!) { entity(id: $id) { events(first: 2) { totalCount pageInfo { hasNextPage } edges { node { type sequence changed previous } } } } }',
      { id: encodeId('Entity', uuid) },
    );
    expect((answer['entity'] as Record<string, unknown>)['events']).toEqual({
      totalCount: 3,
      pageInfo: { hasNextPage: true },
      edges: [
        { node: { type: 'note.added', sequence: 3, changed: ['text'], previous: { text: 'old' } } },
        { node: { type: 'entity.updated', sequence: 2, changed: ['text'], previous: { text: 'old' } } },
      ],
    });
  });

  it('have their place in the feed', async () => {
    const uuid = await records.make();
    const cursor = async () => {
      const { events } = await read('query ($id: ID!) { events(filter: { entity: $id }) { edges { node { cursor } } } }', {
        id: encodeId('Entity', uuid),
      });
      return nodes(events)[0]?.['cursor'];
    };
    await expect.poll(cursor, { timeout: 15_000 }).not.toBeNull();
    expect(eventCursor.decode(String(await cursor()))).toBeGreaterThan(0n);
  });
});
