import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type ExecutionArgs, GraphQLError } from 'graphql';
import { type Context, MessageType, type OperationResult, handleProtocols, makeServer } from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import type { App } from '#app';
import { UnauthenticatedError } from '#domain/errors';
import { closeCodes, closeReason } from './close-codes.js';
import { present } from './errors.js';
import { keepAlive } from './keep-alive.js';
import { createMessageRate } from './message-rate.js';
import type { Operations } from './operations.js';
import { mayOpenSocket } from './origin.js';
import { hasSeveralHosts, newRequestId, readOperation } from './request.js';
import { createSocketPlaces } from './socket-places.js';
import type { Carrier } from './subscriptions.js';

/** A peer that does not answer a ping before the next one is gone. */
const pingMs = 12_000;

/** Time for a peer to answer a close frame before its connection is cut. */
const closeMs = 2_000;

/** Ids of subscriptions come back with each of their results. Those of the usual clients are UUIDs or counters. */
const longestId = 100;

export interface SocketsOptions {
  readonly app: App;
  readonly operations: Operations;
  /** Where they are opened. */
  readonly path: string;
}

/** What one socket is, beside the protocol's own state. */
interface Connection {
  readonly address: string;
  readonly carrier: Carrier;
  /** Of the upgrade request, for clients that can set it; connection_init wins. */
  readonly upgradeAuthorization: string | null;
  readonly executions: Set<AbortController>;
  /** connection_init came with a valid credential. */
  signedIn: boolean;
  close(code: number, reason: string): void;
}

type Parameters = Readonly<Record<string, unknown>>;
type SocketContext = Context<Parameters, Connection>;

/** What `onSubscribe` hands on: the outcome of the pipeline stands where graphql-ws would execute. */
interface Performed extends ExecutionArgs {
  readonly rootValue: { readonly outcome: OperationResult };
}

/** The graphql-transport-ws protocol on the HTTP server's upgrades. Answers what closes every socket. */
export function serveSockets(http: Server, options: SocketsOptions): () => Promise<void> {
  const { app, path } = options;
  const { ws: limits } = app.config;
  const sockets = new WebSocketServer({ noServer: true, maxPayload: limits.messageBytes, perMessageDeflate: false, handleProtocols });
  const places = createSocketPlaces(limits);
  const protocol = createProtocol(options);

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
    const gather = gatherWrites(stream);
    const allows = createMessageRate(limits.messagesPerSecond, app.clock);
    const close = (code: number, reason: string) => {
      if (socket.readyState !== socket.OPEN) return;
      app.metrics.socketsClosed.inc({ code });
      socket.close(code, closeReason(reason));
      // A peer that reads nothing does not see the close frame either.
      setTimeout(() => socket.terminate(), closeMs).unref();
    };
    const connection: Connection = {
      address: request.socket.remoteAddress ?? '',
      carrier: { open: 0 },
      upgradeAuthorization: request.headers.authorization ?? null,
      executions: new Set(),
      signedIn: false,
      close,
    };
    // Resolves when the message has left: a subscription is asked for its next result no sooner.
    const send = (message: string) =>
      new Promise<void>((resolve) => {
        if (socket.readyState !== socket.OPEN) resolve();
        else if (socket.bufferedAmount > limits.bufferBytes) {
          close(closeCodes.tooSlow, `This reader is too slow: more than ${limits.bufferBytes} bytes wait for it.`);
          resolve();
        } else {
          gather();
          socket.send(message, () => resolve());
        }
      });
    const closed = protocol.opened(
      {
        protocol: socket.protocol,
        send,
        close: (code = closeCodes.internal, reason = '') => close(code, reason),
        onMessage: (take) => {
          socket.on('message', (message: Buffer) => {
            if (socket.readyState !== socket.OPEN) return;
            if (!allows()) {
              close(closeCodes.tooManyMessages, `At most ${limits.messagesPerSecond} messages a second.`);
              return;
            }
            const text = message.toString('utf8');
            const asked = readSubscribe(text);
            if (asked !== null && asked.id.length > longestId) {
              close(closeCodes.badRequest, `An id has at most ${longestId} characters.`);
              return;
            }
            // Who is not signed in gets no answers: the protocol closes the socket.
            const malformed = asked === null || !connection.signedIn ? null : malformedOperation(asked);
            if (malformed !== null) {
              void send(malformed);
              return;
            }
            take(asked === null ? text : named(text, asked)).catch((error: unknown) => {
              app.log.error({ err: error }, 'a WebSocket message failed');
              close(closeCodes.internal, 'Something went wrong here.');
            });
          });
        },
      },
      connection,
    );
    const stopPings = keepAlive(socket, pingMs);
    // Faults of the peer (a frame too large, broken UTF-8): ws closes the socket with the fitting code by itself.
    socket.on('error', (error) => app.log.debug({ err: error }, 'a WebSocket failed'));
    socket.once('close', (code, reason) => {
      stopPings();
      for (const execution of connection.executions) execution.abort(new Error('The socket closed.'));
      closed(code, reason.toString()).catch((error: unknown) =>
        app.log.error({ err: error }, 'the subscriptions of a WebSocket could not be ended'),
      );
    });
  }

  return async () => {
    const open = [...sockets.clients];
    const gone = open.map(
      (socket) =>
        new Promise<void>((resolve) => (socket.readyState === socket.CLOSED ? resolve() : void socket.once('close', () => resolve()))),
    );
    for (const socket of open) {
      socket.close(closeCodes.goingAway, 'The server is going away.');
      setTimeout(() => socket.terminate(), closeMs).unref();
    }
    await Promise.all(gone);
    sockets.close();
  };
}

/** What the subscriptions of a socket send within one turn leaves in one write: with many of them, a write for each is most of the cost of an event. */
function gatherWrites(stream: Duplex): () => void {
  let gathering = false;
  return () => {
    if (gathering) return;
    gathering = true;
    stream.cork();
    setImmediate(() => {
      gathering = false;
      stream.uncork();
    });
  };
}

interface Subscribe {
  readonly id: string;
  readonly payload: unknown;
}

/** A message that asks for an operation; null for any other. */
function readSubscribe(text: string): Subscribe | null {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof message !== 'object' || message === null || !('type' in message) || message.type !== 'subscribe') return null;
  if (!('id' in message) || typeof message.id !== 'string' || message.id === '') return null;
  return { id: message.id, payload: 'payload' in message ? message.payload : undefined };
}

/** The message as the protocol takes it, which knows of no documents that are named by an id and wants a text. */
function named(text: string, { id, payload }: Subscribe): string {
  if (typeof payload !== 'object' || payload === null || !('documentId' in payload)) return text;
  if ('query' in payload && typeof payload.query === 'string') return text;
  return JSON.stringify({ type: MessageType.Subscribe, id, payload: { ...payload, query: '' } });
}

/**
 * The answer to a `subscribe` whose payload is no operation; null: it is one. The protocol would close the socket for it, and with it
 * every subscription that does no harm.
 */
function malformedOperation({ id, payload }: Subscribe): string | null {
  try {
    readOperation(payload);
    return null;
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    return JSON.stringify({ type: MessageType.Error, id, payload: [error] });
  }
}

function refuseUpgrade(stream: Duplex, status: string): void {
  stream.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}

function createProtocol({ app, operations }: SocketsOptions) {
  const run = (args: ExecutionArgs) => (args as Performed).rootValue.outcome;
  return makeServer<Parameters, Connection>({
    connectionInitWaitTimeout: app.config.ws.initMs,
    onConnect: async (context) => {
      const { extra } = context;
      try {
        // A socket without a viewer could do nothing but stay.
        if ((await operations.authenticate(authorizationOf(context), extra.address)) === null)
          throw new UnauthenticatedError('connection_init must carry a token: { "authorization": "Bearer ..." }.');
        extra.signedIn = true;
        return true;
      } catch (error) {
        const shown = present(error, { log: app.log, requestId: newRequestId(), operationName: null });
        extra.close(shown.extensions['code'] === 'UNAUTHENTICATED' ? closeCodes.unauthorized : closeCodes.tryAgainLater, shown.message);
        // No acknowledgement follows a close frame.
        return new Promise<never>(() => undefined);
      }
    },
    onSubscribe: async (context, id, payload) => {
      const { extra } = context;
      const requestId = newRequestId();
      const execution = new AbortController();
      extra.executions.add(execution);
      try {
        const outcome = await operations.perform(readOperation(payload), {
          // Resolved again for each operation: a token may be revoked while its socket is open.
          authorization: authorizationOf(context),
          address: extra.address,
          requestId,
          execution,
          carrier: extra.carrier,
        });
        if (outcome.kind === 'refused') {
          app.log.info(
            { requestId, operationName: payload.operationName, code: outcome.errors[0]?.extensions['code'] },
            'operation refused',
          );
          return outcome.errors;
        }
        if (outcome.kind === 'stream' && !(id in context.subscriptions)) await outcome.events.return();
        const performed: Performed = {
          schema: outcome.schema,
          document: outcome.document,
          operationName: payload.operationName ?? null,
          contextValue: null,
          rootValue: { outcome: outcome.kind === 'single' ? outcome.result : outcome.events },
        };
        return performed;
      } catch (error) {
        return [present(error, { log: app.log, requestId, operationName: null })];
      } finally {
        extra.executions.delete(execution);
      }
    },
    execute: run,
    subscribe: run,
  });
}

function authorizationOf({ connectionParams, extra }: SocketContext): string | null {
  const given = connectionParams?.['authorization'] ?? connectionParams?.['Authorization'];
  return typeof given === 'string' ? given : extra.upgradeAuthorization;
}
