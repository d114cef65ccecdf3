import { type Client, createClient } from 'graphql-ws/client';
import { type Answer, type Operation, travelling } from './document.js';
import { ConnectionLostError, GraphQLRequestError } from './errors.js';
import { createInbox } from './inbox.js';
import { type Token, type Transport, authorizationOf } from './transport.js';

export interface WsTransportOptions {
  readonly url: string;
  readonly token: Token;
  /** A WebSocket constructor; the platform's own when absent, and the package `ws` where the platform has none. */
  readonly webSocketImpl: unknown;
}

/** A ping after so much silence, and the time for its answer. */
const keepAliveMs = 10_000;
const pongMs = 5_000;

/** Answers that may wait for the reader: a socket cannot be told to wait, for it carries other subscriptions too. */
const mostWaiting = 2_000;

/** The client must change before it is worth coming back: see docs/protocol.md. */
const hopeless = new Set([4400, 4401, 4403, 4406, 4409, 4429]);

/** All subscriptions of a client over one socket (graphql-transport-ws), opened for the first and closed after the last. */
export function createWsTransport({ url, token, webSocketImpl }: WsTransportOptions): Transport {
  let connecting: Promise<Client> | undefined;

  async function connect(): Promise<Client> {
    let pong: ReturnType<typeof setTimeout> | undefined;
    const client = createClient({
      url,
      webSocketImpl: webSocketImpl ?? (globalThis as { WebSocket?: unknown }).WebSocket ?? (await import('ws')).WebSocket,
      connectionParams: async () => ({ authorization: await authorizationOf(token) }),
      // Coming back is for the one who knows where the subscription stood (follow.ts).
      retryAttempts: 0,
      keepAlive: keepAliveMs,
      on: {
        ping: (received) => {
          if (!received) pong = setTimeout(() => client.terminate(), pongMs);
        },
        pong: (received) => {
          if (received) clearTimeout(pong);
        },
        closed: () => clearTimeout(pong),
      },
    });
    return client;
  }

  return {
    open: async function* (operation: Operation, signal: AbortSignal): AsyncGenerator<Answer, void> {
      const client = await (connecting ??= connect());
      if (signal.aborted) return;
      const inbox = createInbox<Answer>(mostWaiting);
      const overflow = (): void => {
        inbox.finish(new ConnectionLostError('The reader is slower than the server: what is not read yet is asked for again.'));
        stop();
      };
      const stop = client.subscribe(
        // The package wants a text, also where the document is named by its id.
        { query: '', ...travelling(operation), variables: { ...operation.variables } },
        {
          next: (answer) => {
            if (!inbox.put(answer as Answer)) overflow();
          },
          error: (error) => inbox.finish(failureOf(error, url)),
          complete: () => inbox.finish(),
        },
      );
      // A normal closure would make the package subscribe again by itself, from the wrong place.
      const unhear = client.on('closed', (event) => {
        inbox.finish(failureOf(event, url));
        stop();
      });
      const abort = (): void => inbox.finish();
      signal.addEventListener('abort', abort, { once: true });
      try {
        yield* inbox;
      } finally {
        signal.removeEventListener('abort', abort);
        unhear();
        stop();
      }
    },
    // The package rejects when the socket was still on its way.
    close: () => void connecting?.then(async (client) => client.dispose()).catch(() => undefined),
  };
}

/** What a refused subscription, a close frame or a socket's error means. */
function failureOf(error: unknown, url: string): Error {
  if (Array.isArray(error)) return new GraphQLRequestError(error as GraphQLRequestError['errors']);
  const { code, reason } = (typeof error === 'object' && error !== null ? error : {}) as {
    readonly code?: unknown;
    readonly reason?: unknown;
  };
  const why = typeof reason === 'string' && reason !== '' ? `: ${reason}` : '';
  if (code === 4401) return new GraphQLRequestError([{ message: `Not signed in${why}`, extensions: { code: 'UNAUTHENTICATED' } }]);
  if (typeof code === 'number' && hopeless.has(code))
    return new GraphQLRequestError([
      { message: `The socket was closed with ${code}${why}`, extensions: { code: 'BAD_REQUEST', closeCode: code } },
    ]);
  return new ConnectionLostError(typeof code === 'number' ? `The socket was closed with ${code}${why}` : `${url} cannot be reached.`, {
    cause: error,
  });
}
