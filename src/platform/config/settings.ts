import { z } from 'zod';
import { parseAllowed } from '#platform/http/address';

/** One environment variable: what it is for, how it is read, what it is when unset. */
export interface Setting {
  readonly about: string;
  readonly schema: z.ZodType;
  /** As it would be written in the environment; absent means that it has no default. */
  readonly fallback?: string;
  /** Shown in `.env.example` instead of the default. */
  readonly example?: string;
}

const text = z.string().min(1);
const loopback = /^(localhost|127(\.\d+){3}|\[::1\])$/;
/** Keys that came in clear could be anybody's. */
const trusted = z
  .url({ protocol: /^https?$/ })
  .refine((url) => url.startsWith('https:') || loopback.test(new URL(url).hostname), 'must be https, or on the loopback address');
const flag = z.enum(['true', 'false']).transform((value) => value === 'true');
const secretKeys = z.string().transform((value, context) => {
  const keys = value.split(',').map((item) => {
    const [, id = '', key = ''] = /^\s*([A-Za-z0-9_-]{1,32}):([A-Za-z0-9+/_-]+={0,2})\s*$/.exec(item) ?? [];
    return { id, key: Buffer.from(key, 'base64') };
  });
  if (keys.some(({ id }) => id === '')) context.addIssue({ code: 'custom', message: 'must be id:key, comma-separated' });
  else if (keys.some(({ key }) => key.length !== 32)) context.addIssue({ code: 'custom', message: 'each key must be 32 bytes in base64' });
  else if (keys.some(({ key }) => new Set(key).size < 8)) context.addIssue({ code: 'custom', message: 'each key must be random' });
  else if (new Set(keys.map(({ id }) => id)).size < keys.length)
    context.addIssue({ code: 'custom', message: 'each id must be there once' });
  return keys;
});
const list = z.string().transform((value) =>
  value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== ''),
);
/** As browsers write them; `null` would let in every sandboxed page, and `*` is none that a browser sends. */
const origins = list.superRefine((entries, context) => {
  for (const entry of entries)
    if (entry.includes('*') || !URL.canParse(entry) || !/^https?:$/.test(new URL(entry).protocol) || new URL(entry).origin !== entry)
      context.addIssue({ code: 'custom', message: `${entry} is no origin, such as https://app.example.com` });
});
const allowed = list.transform((entries, context) => {
  const bad = entries.filter((entry) => parseAllowed(entry) === null);
  for (const entry of bad) context.addIssue({ code: 'custom', message: `${entry} is no host name, address or range` });
  return entries.map(parseAllowed).filter((entry) => entry !== null);
});
const packageNames = list.transform((entries, context) => {
  const bad = entries.filter((entry) => !/^(\*|(@[\w.~-]+\/)?[\w.~-]+|@[\w.~-]+\/\*)$/.test(entry));
  for (const entry of bad) context.addIssue({ code: 'custom', message: `${entry} is no name of a package, no @scope/* and not *` });
  return entries;
});
const whole = (min: number, max: number) => z.coerce.number().int().min(min).max(max);

const limit = (fallback: number, about: string, max = 2_000_000_000): Setting => ({
  about,
  schema: whole(1, max),
  fallback: String(fallback),
});

const days = (fallback: number, about: string): Setting => limit(fallback, about, 3_650);

/** Every setting of Millrace. `.env.example` is written from this table. */
export const settings = {
  DATABASE_URL: {
    about: 'PostgreSQL 14 or newer. `npm start` starts one of its own when unset.',
    schema: z.url({ protocol: /^postgres(ql)?$/ }),
    example: 'postgresql://millrace:secret@127.0.0.1:5432/millrace',
  },
  DATABASE_POOL: {
    about: 'Connections that one process may hold for the graph, and as many again for runs.',
    schema: whole(2, 200),
    fallback: '10',
  },
  REDIS_URL: {
    about:
      'Redis 6.2 or newer, or Valkey, with maxmemory-policy noeviction. Unset: the queue runs on PostgreSQL, meant for trying Millrace out.',
    schema: z.url({ protocol: /^rediss?$/ }),
    example: 'redis://127.0.0.1:6379',
  },
  REDIS_PREFIX: {
    about: 'Put before every key and channel, so that several installations may share one Redis. Letters, digits, - and _.',
    schema: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
    fallback: 'millrace',
  },
  SECRETS_KEYS: {
    about:
      'Keys that encrypt secrets, comma-separated: `id:key`, the key 32 random bytes in base64 (openssl rand -base64 32). The first one encrypts; others only decrypt, until `millrace secrets rotate` has run. Required; `npm start` makes one of its own.',
    schema: secretKeys,
  },
  PUBLIC_URL: {
    about: 'Where others reach the API from outside, for the addresses of webhooks and links in e-mails. Unset: the address it listens on.',
    schema: z.url({ protocol: /^https?$/ }),
    example: 'https://millrace.example.com',
  },
  OUTGOING_ALLOW: {
    about:
      'Private addresses that endpoints, webhooks and user code may call nevertheless, comma-separated: host names, addresses or CIDR ranges, each with a port where only one is meant (10.0.0.0/8, intranet.example.com, 127.0.0.1:8080, [::1]:8080). A host name allows whatever it resolves to.',
    schema: allowed,
    fallback: '',
  },
  DEPENDENCIES: {
    about: 'Whether code may use packages of a registry: on or off. Workers install them with npm, without running anything of them.',
    schema: z.enum(['on', 'off']),
    fallback: 'on',
  },
  DEPENDENCIES_ALLOWED: {
    about:
      'Packages that code may name as its dependencies, comma-separated: names, @scope/* for all of a scope, * for all. What these packages depend on comes with them.',
    schema: packageNames,
    fallback: '*',
  },
  DEPENDENCIES_REGISTRY: {
    about: 'Registry that packages come from. Unset: the one that npm of this machine is set to, for all its users.',
    schema: z.url({ protocol: /^https?$/ }),
    example: 'https://packages.example.com',
  },
  SMTP_URL: {
    about: 'Mail server for notifications. Unset: no e-mails are sent.',
    schema: z.url({ protocol: /^smtps?$/ }),
    example: 'smtps://user:password@mail.example.com',
  },
  SMTP_FROM: { about: 'Sender of e-mails; required with SMTP_URL.', schema: text, example: 'Millrace <millrace@example.com>' },
  HOST: { about: 'Address the API listens on.', schema: text, fallback: '127.0.0.1' },
  PORT: { about: 'Port the API listens on. 0: any free one.', schema: whole(0, 65_535), fallback: '4000' },
  WORKER_PORT: {
    about: 'Port on which a worker answers /health and /metrics. 0: it does not listen.',
    schema: whole(0, 65_535),
    fallback: '0',
  },
  LOG_LEVEL: {
    about: 'trace, debug, info, warn, error, fatal or silent.',
    schema: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']),
    fallback: 'info',
  },
  LOG_FILE: { about: 'File that logs are added to. Unset: standard output.', schema: text, example: '/var/log/millrace.log' },
  CORS_ORIGINS: {
    about: 'Origins of browser pages that may call the API, comma-separated. Empty: none but its own.',
    schema: origins,
    fallback: '',
  },
  GRAPHIQL: { about: 'Serve GraphiQL at GET /graphql.', schema: flag, fallback: 'false' },
  INTROSPECTION: { about: 'Answer introspection queries.', schema: flag, fallback: 'true' },
  PERSISTED_DOCUMENTS: {
    about:
      'JSON file of the only documents that clients may send, by their ids, as the client preset of GraphQL Code Generator writes it. Unset: any document.',
    schema: text,
    example: '/etc/millrace/persisted-documents.json',
  },
  MIGRATE_AT_START: { about: 'Apply pending migrations when a process starts.', schema: flag, fallback: 'true' },
  JWT_JWKS_URL: {
    about: 'Key set of an identity provider whose JWTs are accepted. Unset: API tokens only.',
    schema: trusted,
    example: 'https://id.example.com/.well-known/jwks.json',
  },
  JWT_ISSUER: { about: 'Expected `iss` of those JWTs; required with JWT_JWKS_URL.', schema: text, example: 'https://id.example.com/' },
  JWT_AUDIENCE: { about: 'Expected `aud` of those JWTs; required with JWT_JWKS_URL.', schema: text, example: 'millrace' },
  METRICS_TOKEN: {
    about: 'Bearer token that /metrics asks for. Unset: /metrics answers on loopback only, and not at all where HOST is another address.',
    schema: z.string().min(16),
    example: 'a-long-random-string',
  },

  HTTP_BODY_BYTES: limit(1_000_000, 'Largest request body.'),
  HTTP_REQUEST_MS: limit(30_000, 'Longest time for one request.'),
  HTTP_CONNECTIONS: limit(20_000, 'Open connections of one API process, WebSockets among them; more are dropped.'),
  TOKEN_REQUESTS_PER_MINUTE: limit(120_000, 'Operations that one token may start in a minute, per API process.'),
  ANONYMOUS_REQUESTS_PER_MINUTE: limit(1_200, 'Operations without a valid token that one address may send in a minute, per API process.'),
  GRAPHQL_DOCUMENT_BYTES: limit(20_000, 'Longest GraphQL document.'),
  GRAPHQL_TOKENS: limit(1_000, 'Most tokens in a document.'),
  GRAPHQL_DEPTH: limit(10, 'Deepest selection; introspection is exempt.'),
  GRAPHQL_ALIASES: limit(15, 'Most aliases in a document.'),
  GRAPHQL_ROOT_FIELDS: limit(20, 'Most root fields in an operation.'),
  GRAPHQL_COMPLEXITY: limit(5_000, 'Highest complexity of an operation, counted with its variables and list sizes.'),
  GRAPHQL_ANSWER_BYTES: limit(20_000_000, 'Largest answer of an operation, before its texts are escaped.'),
  PAGE_DEFAULT: limit(50, 'Nodes in a page when neither first nor last is given.', 200),
  PAGE_MAX: limit(200, 'Largest first or last.', 1_000),
  STATEMENT_MS: limit(5_000, 'Longest time for one SQL statement of a read.'),

  WS_INIT_MS: limit(3_000, 'Time for connection_init after a WebSocket opened.'),
  WS_MESSAGE_BYTES: limit(1_000_000, 'Largest WebSocket message; a larger one closes the socket with 1009.'),
  WS_SUBSCRIPTIONS: limit(50, 'Open subscriptions on one socket.'),
  WS_MESSAGES_PER_SECOND: limit(20, 'Messages a socket may send in a second, on average over ten.'),
  WS_BUFFER_BYTES: limit(1_000_000, 'Unsent bytes a slow subscriber may pile up before it is closed with a reason.'),
  WS_SOCKETS: limit(10_000, 'Open WebSockets of one API process; more are refused with 503.'),
  WS_ADDRESS_SOCKETS: limit(2_000, 'Open WebSockets from one address, per API process. Behind a proxy all come from its address.'),
  TOKEN_SUBSCRIPTIONS: limit(200, 'Open subscriptions of one token, per API process.'),

  OUTGOING_MS: limit(30_000, 'Longest time for one call of another server, redirects included.', 300_000),
  OUTGOING_REDIRECTS: limit(5, 'Most redirects of one call; credentials are not carried to another origin.', 20),
  OUTGOING_READ_BYTES: limit(10_000_000, 'Most bytes read of a response.'),
  OUTGOING_STORED_BYTES: limit(1_000_000, 'Most bytes of a request and of a response that are kept with a run.'),
  WEBHOOK_BODY_BYTES: limit(5_000_000, 'Largest body of a request to a webhook.'),
  WEBHOOK_REQUESTS_PER_MINUTE: limit(6_000, 'Requests that one webhook takes in a minute, per API process.'),
  WEBHOOK_WAITING_MAX: limit(1_000, 'Requests to webhooks that may wait for the database in one API process; more are refused with 503.'),
  SECRET_BYTES: limit(4_096, 'Longest value of a secret.'),
  SECRETS_MAX: limit(30, 'Most secrets of one automation; of a workspace ten times as many.', 1_000),

  WORKSPACE_RUNNING_MAX: limit(100_000, 'Highest `maxRunning` that a workspace may be given.', 100_000),
  WORKSPACE_QUEUED_MAX: limit(10_000_000, 'Highest `maxQueued` that a workspace may be given.', 10_000_000),

  INPUT_BYTES: limit(1_000_000, 'Largest payload of a run.'),
  JSON_DEPTH: limit(64, 'Deepest nesting of a JSON value.'),
  CODE_BYTES: limit(100_000, 'Longest code of an action.'),
  STEP_OUTPUT_BYTES: limit(1_000_000, 'Largest output of a step.'),
  RUN_STEPS: limit(1_000, 'Most steps that one run may execute.'),
  SANDBOX_MS: limit(5_000, 'Wall-clock time for user code when its action names none.', 30_000),
  SANDBOX_MAX_MS: limit(30_000, 'Longest time-out that an action may ask for.', 600_000),
  SANDBOX_MEMORY_MB: limit(64, 'Memory of user code.', 1_024),
  SANDBOX_OUTPUT_BYTES: limit(256_000, 'Largest result of user code.'),
  SANDBOX_CONSOLE_BYTES: limit(1_000_000, 'Console output kept of one run of user code.'),
  SANDBOXES: limit(3, 'Sandbox processes of one worker. The code of one automation holds at most all of them but one.', 64),
  SANDBOX_SPARES: {
    about: 'Sandbox processes that a worker may start beside these while code takes long.',
    schema: whole(0, 64),
    fallback: '3',
  },

  BUNDLE_BYTES: limit(1_000_000, 'Largest code that is run, with its modules and dependencies.', 20_000_000),
  DEPENDENCIES_BYTES: limit(200_000_000, 'Most bytes of the dependencies of one action, installed; a worker keeps as many between builds.'),
  DEPENDENCIES_MS: limit(60_000, 'Longest time to install the dependencies of one action.', 600_000),

  WORKER_CONCURRENCY: limit(32, 'Runs that one worker executes at once.', 1_000),
  WORKER_DRAIN_MS: limit(20_000, 'Time a stopping worker gives its runs before it hands them back.'),
  DISPATCH_WINDOW: limit(2_000, 'Runs that may wait in Redis; the others wait in PostgreSQL.'),
  LEASE_MS: limit(6_000, 'A run whose worker has been silent for this long is taken back.', 600_000),
  RUN_BUDGET_MS: limit(3_600_000, 'Longest time from start to end of a run, waits included.'),
  REDIRECT_MS: limit(3_600_000, 'How long an execution of a trigger point waits for the return from a redirect (1 hour).'),
  RETRIES_MAX: limit(10, 'Most retries that an action may ask for.', 100),
  CRASHES_MAX: limit(3, 'Crashes alone in a process before a run is DEAD.', 100),
  FEED_RETENTION_MS: limit(604_800_000, 'How long a cursor of the live feed can be resumed (7 days).', 31_536_000_000),
  RETENTION_RUNS_DAYS: days(
    10,
    'How long runs are kept after their end, with their steps, events and calls, and bulk operations. At least as long as cursors of the feed.',
  ),
  RETENTION_LOGS_DAYS: days(
    7,
    'How long log lines are kept after the end of their run. At least as long as cursors of the feed, at most as long as runs.',
  ),
  RETENTION_EVENTS_DAYS: days(
    30,
    'How long events of records are kept, with what automations made of them. At least as long as cursors of the feed.',
  ),
  RETENTION_TICKS_DAYS: days(30, 'How long the ledger of schedules is kept; a backfill begins after what was deleted of it.'),
  RETENTION_DELIVERIES_DAYS: days(30, 'How long notifications are kept after they were delivered or given up.'),
  RETENTION_LEVELS_DAYS: days(
    365,
    'How long earlier levels of records are kept after another one took their place; the present ones stay.',
  ),
  RETENTION_AUDIT_DAYS: {
    about: 'How many days the audit log is kept, at least 30. Unset: for ever.',
    schema: whole(30, 36_500),
    example: '365',
  },
  IDEMPOTENCY_MS: limit(86_400_000, 'How long an idempotency key is remembered (24 hours).', 31_536_000_000),
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof settings;
