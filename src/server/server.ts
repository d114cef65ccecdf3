import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { GraphQLSchema } from 'graphql';
import type { App } from '#app';
import { listen } from '#platform/http/ops';
import { buildSchema } from '#schema/index';
import { refuseBrokenRequests } from './broken-requests.js';
import { createGraphiQL } from './graphiql.js';
import { createHooks } from './hooks.js';
import { createHttp, graphqlPath } from './http.js';
import { createOperations } from './operations.js';
import { loadPersistedDocuments } from './persisted.js';
import { createEventStreams } from './sse.js';
import { serveSockets } from './ws.js';

export interface ServerOptions {
  /** The graph of this product when absent. */
  readonly schema?: GraphQLSchema;
  /** The configured port when absent; 0: any free one. */
  readonly port?: number;
}

export interface RunningServer {
  /** Of `POST /graphql`. */
  readonly url: string;
  /** Of the WebSocket. */
  readonly wsUrl: string;
  readonly port: number;
  /** Takes no more, lets what is under way end, and tells subscribers to come back elsewhere. */
  close(): Promise<void>;
}

/** Time for requests to end when the server closes; what is left is cut. */
const drainMs = 10_000;
const sweepMs = 20;

/** Headers come at once; a client that dribbles them holds a connection. */
const headersMs = 10_000;

/** A connection on which nothing moved for so long beyond the time of a request is cut: a reader that takes nothing of its answer. */
const idleMs = 30_000;

/** Longer than the idle time of usual proxies (60 s), which else would send into a connection that we are closing. */
const keepAliveMs = 65_000;

export async function startServer(app: App, options: ServerOptions = {}): Promise<RunningServer> {
  const { http: config, graphql } = app.config;
  // Known once the server listens, which is before anybody asks.
  let origin = '';
  const operations = createOperations({
    app,
    schema: options.schema ?? buildSchema(),
    documents: await loadPersistedDocuments(graphql.persistedDocuments, graphql),
    publicUrl: () => app.config.publicUrl?.replace(/\/+$/, '') ?? origin,
  });
  const eventStreams = createEventStreams();
  const graphiql = graphql.graphiql ? createGraphiQL() : null;
  const answer = createHttp({ app, operations, hooks: createHooks(app), graphiql, eventStreams });
  const server = createServer(
    {
      requestTimeout: config.requestMs,
      headersTimeout: Math.min(headersMs, config.requestMs),
      keepAliveTimeout: keepAliveMs,
      connectionsCheckingInterval: 1_000,
    },
    answer,
  );
  refuseBrokenRequests(server);
  server.maxConnections = config.connections;
  server.timeout = config.requestMs + idleMs;
  const closeSockets = serveSockets(server, { app, operations, path: graphqlPath });
  await listen(server, options.port ?? config.port, config.host);
  const { port } = server.address() as AddressInfo;
  const authority = `${urlHost(config.host)}:${port}`;
  origin = `http://${authority}`;
  return {
    url: `${origin}${graphqlPath}`,
    wsUrl: `ws://${authority}${graphqlPath}`,
    port,
    close: async () => {
      const ended = new Promise<void>((resolve) => void server.close(() => resolve()));
      eventStreams.close();
      await closeSockets();
      // A connection becomes idle when its last answer has left, and then would be kept for more.
      const sweep = setInterval(() => server.closeIdleConnections(), sweepMs);
      const timer = setTimeout(() => server.closeAllConnections(), drainMs);
      await ended;
      clearInterval(sweep);
      clearTimeout(timer);
    },
  };
}

/** Under which a client on this machine reaches the address that the server listens on. */
function urlHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
