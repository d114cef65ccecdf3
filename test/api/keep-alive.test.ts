import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { keepAlive } from '#server/keep-alive';
import { atEnd } from '#test/support/at-end';

/** A peer that is pinged every 50 ms; `answer` says what it does at each ping. */
async function peer(answer: (socket: WebSocket, payload: Buffer) => void): Promise<WebSocket> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  server.on('connection', (socket) => {
    const stop = keepAlive(socket, 50);
    socket.once('close', stop);
  });
  await once(server, 'listening');
  const socket = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, { autoPong: false });
  socket.on('ping', (payload: Buffer) => answer(socket, payload));
  atEnd(() => {
    socket.terminate();
    return new Promise<void>((resolve) => void server.close(() => resolve()));
  });
  await once(socket, 'open');
  return socket;
}

const ended = async (socket: WebSocket) => ((await once(socket, 'close')) as [number])[0];

describe('a peer', () => {
  it('stays as long as it answers pings', async () => {
    let pings = 0;
    const socket = await peer((self, payload) => {
      pings += 1;
      self.pong(payload);
      if (pings === 5) self.close(1000);
    });
    expect(await ended(socket)).toBe(1000);
  });

  it('that answers nothing is cut off', async () => {
    expect(await ended(await peer(() => undefined))).toBe(1006);
  });

  it('that sends pongs unasked is cut off too', async () => {
    expect(await ended(await peer((self) => self.pong('unasked')))).toBe(1006);
  });
});
