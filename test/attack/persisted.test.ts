import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { createClient } from '#client/index';
import { atEnd } from '#test/support/at-end';
import { type StubServer, stubServer } from '#test/support/stub-server';
import { seedWorkspace } from '#test/support/tenancy';
import { collect, openAcknowledged, openEvents, postBody } from '#test/support/wire';

const texts = {
  hello: 'query Hello($name: String) {\n  hello(name: $name)\n}',
  count: 'subscription Count {\n  count(to: 2)\n}',
  deep: `{ ${'node { '.repeat(10)}name${' }'.repeat(10)} }`,
};
const idOf = (text: string) => createHash('sha256').update(text).digest('hex');
const [hello, count, deep] = [idOf(texts.hello), idOf(texts.count), idOf(texts.deep)];
const folder = mkdtempSync(path.join(tmpdir(), 'millrace-persisted-'));

let server: StubServer;
let token: string;
let authorization: string;

function fileOf(content: unknown): string {
  const file = path.join(folder, `${idOf(JSON.stringify(content))}.json`);
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

const listed = fileOf({ [hello]: texts.hello, [`sha256:${count}`]: texts.count, [deep]: texts.deep });

beforeAll(async () => {
  atEnd(() => rmSync(folder, { recursive: true }));
  server = await stubServer({ settings: { PERSISTED_DOCUMENTS: listed } });
  ({ token, authorization } = await (await seedWorkspace(server.app)).token('OWNER'));
});

const send = (operation: object) => postBody(server.url, JSON.stringify(operation));
const notPersisted = { extensions: { code: 'DOCUMENT_NOT_PERSISTED' } };

/** What a socket answers to an operation. */
async function overSocket(payload: object) {
  const socket = await openAcknowledged(server.wsUrl, { authorization });
  socket.send({ type: 'subscribe', id: 'one', payload });
  await socket.next(({ id, type }) => id === 'one' && (type === 'complete' || type === 'error'));
  socket.raw.close();
  await socket.closed;
  return socket.received.filter(({ id }) => id === 'one');
}

describe('a document that is listed', () => {
  it('is named by its id, bare or with how it was made', async () => {
    for (const documentId of [hello, `sha256:${hello}`])
      expect(await send({ documentId, variables: { name: 'you' } })).toMatchObject({ status: 200, data: { hello: 'Hello you' } });
  });

  it('may be written out, whatever stands between its words', async () => {
    for (const query of [texts.hello, '# mine\nquery Hello($name: String,) { hello(name: $name) }'])
      expect(await send({ query })).toMatchObject({ status: 200, data: { hello: 'Hello world' } });
  });

  it('is named over server-sent events and over a WebSocket, too', async () => {
    const { events } = await openEvents(server.url, { documentId: count } as never, { authorization });
    expect((await collect(events)).map(({ data }) => data?.data)).toEqual([{ count: 1 }, { count: 2 }, undefined]);
    for (const named of [{ documentId: count }, { documentId: count, query: null }]) {
      const told = await overSocket(named);
      expect(told.map(({ payload }) => payload)).toEqual([{ data: { count: 1 } }, { data: { count: 2 } }, undefined]);
    }
  });

  it('is sent by its id by the client, and its text by clients that know none', async () => {
    for (const transport of ['ws', 'sse'] as const) {
      const client = createClient({ url: server.url, wsUrl: server.wsUrl, token, transport, persistedDocuments: true });
      atEnd(() => client.close());
      // Its text is another one: what is answered is what the id stands for.
      const generated = (hash: string) => ({ toString: () => 'query Other { who }', __meta__: { hash } });
      expect(await client.request(generated(hello))).toEqual({ hello: 'Hello world' });
      expect(await collect(client.subscribe(generated(count)))).toEqual([{ count: 1 }, { count: 2 }]);
      expect(await client.request(texts.hello)).toEqual({ hello: 'Hello world' });
    }
  });

  it('is held to the limits of any other', async () => {
    const small = await stubServer({
      databaseUrl: server.app.config.database.url,
      settings: { PERSISTED_DOCUMENTS: listed, GRAPHQL_DEPTH: '9' },
    });
    expect(await postBody(small.url, JSON.stringify({ documentId: deep }))).toMatchObject({ status: 400, code: 'LIMIT_EXCEEDED' });
  });
});

describe('another document', () => {
  it('that is longer than any may be is refused before it is read', async () => {
    // To be told from one that is read and not found.
    for (const query of [`{ hello }${' '.repeat(20_000)}`, `#${'é'.repeat(10_000)}`])
      expect(await send({ query })).toMatchObject({ status: 400, code: 'LIMIT_EXCEEDED' });
  });

  it.each([
    ['that is valid', { query: '{ hello }' }],
    ['with one word more', { query: texts.hello.replace('}', ' who }') }],
    ['that asks for the schema', { query: '{ __schema { types { name } } }' }],
    ['that is no document', { query: '{ hello' }],
    ['with the text of an id', { query: hello }],
    ['with an id that is not listed', { documentId: idOf('other') }],
    ['with the id of nothing', { documentId: '' }],
    ['with the name of what every object has', { documentId: '__proto__' }],
    ['with the name of another thing that every object has', { documentId: 'constructor' }],
  ])('%s is refused over HTTP, as an event and over a WebSocket alike', async (_what, operation) => {
    expect(await send(operation)).toMatchObject({ status: 403, data: undefined, errors: [notPersisted] });
    const { events } = await openEvents(server.url, operation as never, { authorization });
    expect(await collect(events)).toMatchObject([{ event: 'next', data: { errors: [notPersisted] } }, { event: 'complete' }]);
    expect(await overSocket(operation)).toMatchObject([{ type: 'error', payload: [notPersisted] }]);
  });

  it.each([
    ['an id that is no text', { documentId: 5 }],
    ['an id and a text', { documentId: hello, query: '{ who }' }],
    ['neither', { variables: {} }],
  ])('is not made of %s', async (_what, operation) => {
    expect(await send(operation)).toMatchObject({ status: 400, code: 'BAD_REQUEST' });
    expect(await overSocket(operation)).toMatchObject([{ type: 'error', payload: [{ extensions: { code: 'BAD_REQUEST' } }] }]);
  });
});

describe('a server without a list', () => {
  it('knows no ids, and says so', async () => {
    const open = await stubServer({ databaseUrl: server.app.config.database.url });
    expect(await postBody(open.url, JSON.stringify({ documentId: hello }))).toMatchObject({ status: 400, code: 'BAD_REQUEST' });
    expect(await postBody(open.url, '{"query":"{ hello }","documentId":null}')).toMatchObject({ status: 200 });
  });
});

describe('a list that is none', () => {
  it.each([
    ['a file that is not there', () => path.join(folder, 'none.json')],
    ['no JSON', () => fileOf('{')],
    ['a list', () => fileOf([texts.hello])],
    ['what is no document', () => fileOf({ a: '{ hello' })],
    ['what is no text', () => fileOf({ a: { query: texts.hello } })],
  ])('keeps the server from starting: %s', async (_what, file) => {
    const started = stubServer({ databaseUrl: server.app.config.database.url, settings: { PERSISTED_DOCUMENTS: file() } });
    await expect(started).rejects.toThrow(/^The configuration is not valid:\n {2}PERSISTED_DOCUMENTS: /);
  });
});
