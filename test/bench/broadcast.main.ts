import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

/** The least that a server of subscriptions can do: it sends prepared messages. Told `{ count, subscribers }` over IPC, it sends so many to each subscription, once there are as many. */
interface Order {
  readonly count: number;
  readonly subscribers: number;
}

const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
const subscriptions: { readonly socket: WebSocket; readonly id: string }[] = [];
server.on('connection', (socket) => {
  socket.on('message', (bytes: Buffer) => {
    const { type, id } = JSON.parse(bytes.toString()) as { type: string; id: string };
    if (type === 'connection_init') socket.send('{"type":"connection_ack"}');
    else subscriptions.push({ socket, id });
  });
});
await once(server, 'listening');
process.on('message', (order: Order) => void send(order));
process.on('disconnect', () => process.exit());
process.send?.({ port: (server.address() as AddressInfo).port });

async function send({ count, subscribers }: Order): Promise<void> {
  while (subscriptions.length < subscribers) await new Promise(setImmediate);
  for (let event = 0; event < count; event += 1) {
    const result = { cursor: `cursor-${event}`, at: new Date().toISOString(), run: { id: 'run_00000000-0000-0000-0000-000000000000' } };
    const payload = JSON.stringify({ data: { runEvents: result } });
    for (const { socket, id } of subscriptions) socket.send(`{"id":"${id}","type":"next","payload":${payload}}`);
    // Lets the sockets write; a server is never told everything at once either.
    await new Promise(setImmediate);
  }
}
