import { beforeAll, describe, expect, it, vi } from 'vitest';
import { type StubServer, stubServer } from '#test/support/stub-server';
import { seedWorkspace } from '#test/support/tenancy';
import { type Message, type Socket, collect, openAcknowledged, openEvents, patience } from '#test/support/wire';

let server: StubServer;
let authorization: string;

beforeAll(async () => {
  server = await stubServer({ settings: { WS_SUBSCRIPTIONS: '50' } });
  ({ authorization } = await (await seedWorkspace(server.app)).token('EDITOR'));
});

const open = () => openAcknowledged(server.wsUrl, { authorization });
const subscribe = (id: string, query: string): Message => ({ type: 'subscribe', id, payload: { query } });

describe('an event for many', () => {
  it('becomes text once for all with the same document, variables and rights, over both transports', async () => {
    const query = 'subscription { told { sequence written } }';
    const socket = await open();
    const ids = Array.from({ length: 20 }, (_, index) => `same-${index}`);
    for (const id of ids) socket.send(subscribe(id, query));
    for (const id of ids) {
      const next = await socket.next((message) => message.id === id && message.type === 'next');
      expect(next.payload).toEqual({ data: { told: { sequence: 1, written: 'written' } } });
    }
    const [event] = await collect((await openEvents(server.url, query, { authorization })).events);
    expect(event?.data?.data).toEqual({ told: { sequence: 1, written: 'written' } });
    expect([server.executions(), server.texts()]).toEqual([1, 1]);
    await socket.run('subscription { other: told { sequence written } }');
    expect([server.executions(), server.texts()]).toEqual([2, 2]);
    socket.raw.close();
  });
});

describe('a reader who takes nothing', () => {
  it('is sent little ahead over a WebSocket, and all of it once it reads', async () => {
    const socket = await open();
    const { floods } = server;
    const before = floods();
    socket.raw.pause();
    socket.send(subscribe('flood', 'subscription { flood(characters: 100000) }'));
    const other = await open();
    await vi.waitFor(async () => {
      const asked = floods();
      expect(asked).toBeGreaterThan(before);
      for (let round = 0; round < 5; round += 1) await other.run('{ hello }');
      expect(floods()).toBe(asked);
    }, patience);
    // What the system takes for a connection, and no more.
    expect((floods() - before) * 100_000).toBeLessThan(20_000_000);
    const asked = floods();
    socket.raw.resume();
    await vi.waitFor(() => expect(floods()).toBeGreaterThan(asked + 100), patience);
    socket.raw.terminate();
    other.raw.close();
  });
});

describe('a socket that is being closed', () => {
  it('asks for nothing more, however much there is', async () => {
    const socket = await open();
    socket.send(subscribe('flood', 'subscription { flood(characters: 1) }'));
    await socket.next(({ type }) => type === 'next');
    socket.send('no JSON');
    expect(await socket.closed).toMatchObject({ code: 4400 });
    await vi.waitFor(async () => {
      const asked = server.floods();
      const other = await open();
      await other.run('{ hello }');
      other.raw.close();
      expect(server.floods()).toBe(asked);
    }, patience);
  });
});

describe('messages of the protocol', () => {
  const texts = (socket: Socket, id: string) => socket.received.filter((message) => message.id === id);

  it.each([10, 100, 125, 126, 127, 60_000, 65_535, 65_536, 200_000])('arrive whole with %d characters in them', async (characters) => {
    const socket = await open();
    const text = 'x'.repeat(characters);
    expect(await socket.run(`{ text(characters: ${characters}) }`)).toMatchObject([{ payload: { data: { text } } }, { type: 'complete' }]);
    socket.raw.close();
  });

  it('carry ids back as they came', async () => {
    const socket = await open();
    for (const id of ['"quoted"', 'Zoë ✓ 🐎', '\n', '__proto__']) {
      socket.send(subscribe(id, 'subscription { count(to: 1) }'));
      await socket.next((message) => message.id === id && message.type === 'complete');
      expect(texts(socket, id)).toMatchObject([{ type: 'next', payload: { data: { count: 1 } } }, { type: 'complete' }]);
    }
    socket.raw.close();
  });

  it('answer a ping with its payload', async () => {
    const socket = await open();
    socket.send('{"type":"ping","payload":{"at":1}}');
    expect(await socket.next(({ type }) => type === 'pong')).toEqual({ type: 'pong', payload: { at: 1 } });
    socket.raw.close();
  });

  it('end the socket when an id is taken twice, and not when it is free again', async () => {
    const socket = await open();
    socket.send(subscribe('a', 'subscription { silent }'));
    socket.send({ type: 'complete', id: 'a' });
    socket.send(subscribe('a', 'subscription { count(to: 1) }'));
    await socket.next(({ type }) => type === 'complete');
    expect(texts(socket, 'a')).toMatchObject([{ type: 'next', payload: { data: { count: 1 } } }, { type: 'complete' }]);
    await vi.waitFor(() => expect(server.open()).toBe(0), patience);
    socket.send(subscribe('b', 'subscription { silent }'));
    socket.send(subscribe('b', 'subscription { silent }'));
    expect(await socket.closed).toEqual({ code: 4409, reason: 'Subscriber for b already exists' });
    await vi.waitFor(() => expect(server.open()).toBe(0), patience);
  });

  it.each(['next', 'error', 'connection_ack'])('that only a server sends end the socket: %s', async (type) => {
    const socket = await open();
    socket.send(JSON.stringify({ type, id: 'a', payload: {} }));
    expect(await socket.closed).toMatchObject({ code: 4400 });
  });

  it('to an operation that was completed before it was answered do not come', async () => {
    const socket = await open();
    socket.send(subscribe('gone', '{ hello }'));
    socket.send({ type: 'complete', id: 'gone' });
    await socket.run('{ hello }');
    expect(texts(socket, 'gone')).toEqual([]);
    socket.raw.close();
  });
});
