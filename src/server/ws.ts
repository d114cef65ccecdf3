import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { App } from '#app';
import { closeCodes, closeReason } from './close-codes.js';
import { keepAlive } from './keep-alive.js';
import { createMessageRate } from './message-rate.js';
import type { Operations } from './operations.js';
import { mayOpenSocket } from './origin.js';
import { hasSeveralHosts } from './request.js';
import { createSocketPlaces } from './socket-places.js';
import { subprotocol } from './ws-messages.js';
import { Outgoing } from './ws-outgoing.js';
import { Conversation } from './ws-protocol.js';

/** A peer that does not answer a ping before the next one is gone. */
const pingMs = 12_000;

/** Time for a peer to answer a close frame before its connection is cut. */
const closeMs = 2_000;

export interface SocketsOptions {
  readonly app: App;
  readonly operations: Operations;
  /** Where they are opened. */
  readonly path: string;
}

/** The graphql-transport-ws protocol on the HTTP server's upgrades. Answers what closes every socket. */
export function serveSockets(http: Server, { app, operations, path }: SocketsOptions): () => Promise<void> {
  const { ws: limits } = app.config;
  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: limits.messageBytes,
    // Frames are written by us, too.
    perMessageDeflate: false,
    handleProtocols: (offered) => offered.has(subprotocol) && subprotocol,
  });
  const places = createSocketPlaces(limits);
  const open = new Map<WebSocket, (code: number, reason: string) => void>();

  http.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    // Without a listener an error of the stream would end the process.
    stream.on('error', () => stream.destroy());
    if (hasSeveralHosts(request)) refuseUpgrade(stream, '400 Bad Request');
    else if ((request.url ?? '/').split('?', 1)[0] !== path) refuseUpgrade(stream, '404 Not Found');
    else if (!mayOpenSocket(request, app.config.http.corsOrigins)) refuseUpgrade(stream, '403 Forbidden');
    else {
      const leave = places.take(request.socket.remoteAddress ?? '');
      if (leave === null) refuseUpgrade(stream, '503 Service Unavailable');
      else {
        stream.once('close', leave);
        sockets.handleUpgrade(request, stream, head, (socket) => connect(socket, stream, request));
      }
    }
  });

  function connect(socket: WebSocket, stream: Duplex, request: IncomingMessage): void {
    const allows = createMessageRate(limits.messagesPerSecond, app.clock);
    const close = (code: number, reason: string) => {
      if (socket.readyState !== socket.OPEN) return;
      app.metrics.socketsClosed.inc({ code });
      outgoing.flush();
      socket.close(code, closeReason(reason));
      // A peer that reads nothing does not see the close frame either.
      setTimeout(() => socket.terminate(), closeMs).unref();
    };
    const outgoing = new Outgoing(socket, stream, limits.bufferBytes, () =>
      close(closeCodes.tooSlow, `This reader is too slow: more than ${limits.bufferBytes} bytes wait for it.`),
    );
    open.set(socket, close);
    socket.once('close', () => open.delete(socket));
    // Faults of the peer (a frame too large, broken UTF-8): ws closes the socket with the fitting code by itself.
    socket.on('error', (error) => app.log.debug({ err: error }, 'a WebSocket failed'));
    if (socket.protocol !== subprotocol) return close(closeCodes.otherProtocol, 'Subprotocol not acceptable');
    const conversation = new Conversation({
      app,
      operations,
      address: request.socket.remoteAddress ?? '',
      authorization: request.headers.authorization ?? null,
      outgoing,
      close,
    });
    const stopPings = keepAlive(socket, pingMs);
    socket.on('message', (message: Buffer) => {
      if (socket.readyState !== socket.OPEN) return;
      if (allows()) conversation.take(message.toString('utf8'));
      else close(closeCodes.tooManyMessages, `At most ${limits.messagesPerSecond} messages a second.`);
    });
    socket.once('close', () => {
      stopPings();
      conversation.end();
    });
  }

  return async () => {
    const gone = [...open.keys()].map((socket) => new Promise<void>((resolve) => void socket.once('close', () => resolve())));
    for (const close of open.values()) close(closeCodes.goingAway, 'The server is going away.');
    // Also those that were closing before, whose peers may keep their connections.
    const cut = setTimeout(() => {
      for (const socket of open.keys()) socket.terminate();
    }, closeMs);
    await Promise.all(gone);
    clearTimeout(cut);
    sockets.close();
  };
}

function refuseUpgrade(stream: Duplex, status: string): void {
  stream.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}
