import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { atEnd } from './at-end.js';

export interface Received {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Receiver {
  /** `http://127.0.0.1:port`. */
  readonly url: string;
  /** `127.0.0.1:port`. */
  readonly host: string;
  readonly received: readonly Received[];
  close(): Promise<void>;
}

export type Answer = (request: Received, response: Parameters<RequestListener>[1]) => unknown;

/** A server on this machine that keeps what it gets. It answers as told, 200 `{}` unless told. */
export async function receiver(answer: Answer = (_request, response) => response.end('{}')): Promise<Receiver> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      const got = { method: request.method ?? '', url: request.url ?? '', headers: request.headers, body };
      received.push(got);
      answer(got, response);
    });
  });
  const { close, host } = await listening(server, () => server.closeAllConnections());
  return { url: `http://${host}`, host, received, close };
}

/** A server that speaks as it likes. */
export async function tcpReceiver(talk: (socket: Socket) => void): Promise<Omit<Receiver, 'received'>> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    talk(socket);
  });
  const { close, host } = await listening(server, () => {
    for (const socket of sockets) socket.destroy();
  });
  return { url: `http://${host}`, host, close };
}

async function listening(server: Server, drop: () => void): Promise<{ host: string; close(): Promise<void> }> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      drop();
    });
  atEnd(close);
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}
