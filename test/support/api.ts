import { type App, createApp } from '#app';
import { type Client, type ClientOptions, createClient } from '#client/index';
import { readConfig } from '#platform/config/config';
import { startServer } from '#server/server';
import { atEnd } from './at-end.js';
import { createDatabase } from './database.js';
import { redisPrefix, redisUrlOrNull } from './redis.js';
import { testSecretsKeys } from './secrets.js';

export interface MillraceOptions {
  /** A worker of its own beside the API, as a second App on the same database. Default: true. */
  readonly worker?: boolean;
  /** Another Millrace's, to be one more process of the same installation. */
  readonly installation?: Installation;
  /** More settings, as they would stand in the environment. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** What the processes of one installation share. */
export interface Installation {
  readonly databaseUrl: string;
  /** null: the queue runs on PostgreSQL. */
  readonly redisUrl: string | null;
  readonly prefix: string;
}

/** The answer to an operation, as it came over HTTP. */
export interface Answer {
  readonly status: number;
  readonly data: Readonly<Record<string, unknown>> | null;
  readonly errors: readonly {
    readonly message: string;
    readonly path?: readonly (string | number)[];
    readonly extensions?: Readonly<Record<string, unknown>>;
  }[];
}

export interface Millrace {
  readonly installation: Installation;
  /** The App of the API. */
  readonly app: App;
  /** Of `POST /graphql`. */
  readonly url: string;
  readonly wsUrl: string;
  /** Sends an operation as a program without any client would; `token` null: without signing in. */
  ask(token: string | null, query: string, variables?: Readonly<Record<string, unknown>>): Promise<Answer>;
  /** The client that integrators use; closed after the last test of the file. */
  client(token: string, options?: Pick<ClientOptions, 'transport'>): Client;
  /** Drains the worker and hands its runs back. */
  stopWorker(): Promise<void>;
  startWorker(): Promise<void>;
  /** Also done after the last test of the file. */
  close(): Promise<void>;
}

/** A fresh installation, or one more process of one: an API on a free port and, unless told otherwise, a worker. */
export async function startMillrace(options: MillraceOptions = {}): Promise<Millrace> {
  const installation = options.installation ?? { databaseUrl: await createDatabase(), redisUrl: redisUrlOrNull(), prefix: redisPrefix() };
  const config = readConfig({
    DATABASE_URL: installation.databaseUrl,
    REDIS_PREFIX: installation.prefix,
    LOG_LEVEL: 'silent',
    SECRETS_KEYS: testSecretsKeys,
    PORT: '0',
    // Several processes of several test files share one server.
    DATABASE_POOL: '5',
    // From source a process takes long to start; the sandbox's own tests have some.
    SANDBOX_SPARES: '0',
    ...(installation.redisUrl === null ? {} : { REDIS_URL: installation.redisUrl }),
    ...options.settings,
  });
  const app = await createApp(config);
  const server = await startServer(app);
  let worker: { close(): Promise<void> } | null = null;
  let open = true;

  const millrace: Millrace = {
    installation,
    app,
    url: server.url,
    wsUrl: server.wsUrl,
    ask: (token, query, variables = {}) => ask(server.url, token, query, variables),
    client: (token, transport = {}) => {
      const client = createClient({ url: server.url, wsUrl: server.wsUrl, token, ...transport });
      atEnd(() => client.close());
      return client;
    },
    startWorker: async () => {
      const { startWorker } = await import('#worker/worker');
      const workerApp = await createApp(config);
      const started = startWorker(workerApp);
      worker = {
        close: async () => {
          await started.close();
          await workerApp.close();
        },
      };
    },
    stopWorker: async () => {
      const stopped = worker;
      worker = null;
      await stopped?.close();
    },
    close: async () => {
      if (!open) return;
      open = false;
      await millrace.stopWorker();
      await server.close();
      await app.close();
    },
  };
  atEnd(() => millrace.close());
  if (options.worker !== false) await millrace.startWorker();
  return millrace;
}

async function ask(url: string, token: string | null, query: string, variables: Readonly<Record<string, unknown>>): Promise<Answer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/graphql-response+json, application/json',
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ query, variables }),
  });
  const { data = null, errors = [] } = (await response.json()) as Partial<Answer>;
  return { status: response.status, data, errors };
}
