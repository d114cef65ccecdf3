import type { AllowList } from '#platform/http/address';
import { type SettingName, settings } from './settings.js';

export interface JwtConfig {
  readonly jwksUrl: string;
  readonly issuer: string;
  readonly audience: string;
}

export interface SecretKey {
  /** Stands beside what it encrypted. */
  readonly id: string;
  /** 32 bytes. */
  readonly key: Buffer;
}

/** The whole configuration, parsed once. What is off is null. */
export type Config = ReturnType<typeof nest>;

/** All problems of an environment at once, one per line. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The configuration is not valid:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** The environment of this process: the only place that reads it. */
export function processEnvironment(): Environment {
  return process.env;
}

/** Reads the settings from an environment. Throws {@link ConfigError} naming every setting at fault. */
export function readConfig(environment: Environment = processEnvironment()): Config {
  const problems: string[] = [];
  const values = new Map<string, unknown>();
  for (const [name, setting] of Object.entries(settings)) {
    const given = environment[name];
    const raw = given === undefined || given === '' ? ('fallback' in setting ? setting.fallback : undefined) : given;
    if (raw === undefined) continue;
    const parsed = setting.schema.safeParse(raw);
    if (parsed.success) values.set(name, parsed.data);
    else problems.push(`${name}: ${parsed.error.issues.map((issue) => issue.message).join('; ')}`);
  }
  const jwt = ['JWT_JWKS_URL', 'JWT_ISSUER', 'JWT_AUDIENCE'] as const;
  if (jwt.some((name) => values.has(name)))
    for (const name of jwt)
      if (!values.has(name)) problems.push(`${name}: required when ${jwt.filter((other) => other !== name).join(' or ')} is set`);
  if (values.has('SMTP_URL') && !values.has('SMTP_FROM')) problems.push('SMTP_FROM: required when SMTP_URL is set');
  if (!values.has('DATABASE_URL') && !problems.some((problem) => problem.startsWith('DATABASE_URL')))
    problems.push('DATABASE_URL: required (`npm start` brings its own database)');
  problems.push(...retentionProblems(values));
  if (problems.length > 0) throw new ConfigError(problems);
  return nest(values);
}

const dayMs = 86_400_000;

/** What a cursor of the feed leads to is kept as long as the cursor, and a run as long as its log lines. */
function retentionProblems(values: ReadonlyMap<string, unknown>): string[] {
  const [runs, logs, feedMs] = ['RETENTION_RUNS_DAYS', 'RETENTION_LOGS_DAYS', 'FEED_RETENTION_MS'].map((name) => Number(values.get(name)));
  if (runs === undefined || logs === undefined || feedMs === undefined) return [];
  return [
    ...(runs < logs ? ['RETENTION_RUNS_DAYS: not shorter than RETENTION_LOGS_DAYS'] : []),
    ...(logs * dayMs < feedMs ? ['RETENTION_LOGS_DAYS: not shorter than FEED_RETENTION_MS, in days'] : []),
  ];
}

function nest(values: ReadonlyMap<string, unknown>) {
  const text = (name: SettingName) => String(values.get(name));
  const optional = (name: SettingName) => (values.has(name) ? text(name) : null);
  const number = (name: SettingName) => Number(values.get(name));
  const flag = (name: SettingName) => values.get(name) === true;
  const jwksUrl = optional('JWT_JWKS_URL');
  const redisUrl = optional('REDIS_URL');
  const smtpUrl = optional('SMTP_URL');
  return {
    database: {
      url: text('DATABASE_URL'),
      pool: number('DATABASE_POOL'),
      statementMs: number('STATEMENT_MS'),
      migrateAtStart: flag('MIGRATE_AT_START'),
    },
    redis: redisUrl === null ? null : { url: redisUrl },
    /** Before every key, channel and queue name. */
    prefix: text('REDIS_PREFIX'),
    log: { level: text('LOG_LEVEL'), file: optional('LOG_FILE') },
    auth: { jwt: jwksUrl === null ? null : ({ jwksUrl, issuer: text('JWT_ISSUER'), audience: text('JWT_AUDIENCE') } satisfies JwtConfig) },
    http: {
      host: text('HOST'),
      port: number('PORT'),
      corsOrigins: values.get('CORS_ORIGINS') as readonly string[],
      bodyBytes: number('HTTP_BODY_BYTES'),
      connections: number('HTTP_CONNECTIONS'),
      requestMs: number('HTTP_REQUEST_MS'),
      requestsPerMinute: number('TOKEN_REQUESTS_PER_MINUTE'),
      anonymousRequestsPerMinute: number('ANONYMOUS_REQUESTS_PER_MINUTE'),
      metricsToken: optional('METRICS_TOKEN'),
    },
    graphql: {
      graphiql: flag('GRAPHIQL'),
      introspection: flag('INTROSPECTION'),
      documentBytes: number('GRAPHQL_DOCUMENT_BYTES'),
      tokens: number('GRAPHQL_TOKENS'),
      depth: number('GRAPHQL_DEPTH'),
      aliases: number('GRAPHQL_ALIASES'),
      rootFields: number('GRAPHQL_ROOT_FIELDS'),
      complexity: number('GRAPHQL_COMPLEXITY'),
      answerBytes: number('GRAPHQL_ANSWER_BYTES'),
    },
    page: { default: number('PAGE_DEFAULT'), max: number('PAGE_MAX') },
    ws: {
      initMs: number('WS_INIT_MS'),
      messageBytes: number('WS_MESSAGE_BYTES'),
      subscriptions: number('WS_SUBSCRIPTIONS'),
      messagesPerSecond: number('WS_MESSAGES_PER_SECOND'),
      bufferBytes: number('WS_BUFFER_BYTES'),
      sockets: number('WS_SOCKETS'),
      addressSockets: number('WS_ADDRESS_SOCKETS'),
      tokenSubscriptions: number('TOKEN_SUBSCRIPTIONS'),
    },
    workspace: { runningMax: number('WORKSPACE_RUNNING_MAX'), queuedMax: number('WORKSPACE_QUEUED_MAX') },
    run: {
      inputBytes: number('INPUT_BYTES'),
      jsonDepth: number('JSON_DEPTH'),
      codeBytes: number('CODE_BYTES'),
      stepOutputBytes: number('STEP_OUTPUT_BYTES'),
      steps: number('RUN_STEPS'),
      budgetMs: number('RUN_BUDGET_MS'),
      redirectMs: number('REDIRECT_MS'),
      retriesMax: number('RETRIES_MAX'),
      crashesMax: number('CRASHES_MAX'),
      leaseMs: number('LEASE_MS'),
      dispatchWindow: number('DISPATCH_WINDOW'),
      idempotencyMs: number('IDEMPOTENCY_MS'),
    },
    sandbox: {
      processes: number('SANDBOXES'),
      spares: number('SANDBOX_SPARES'),
      defaultMs: number('SANDBOX_MS'),
      maxMs: number('SANDBOX_MAX_MS'),
      memoryMb: number('SANDBOX_MEMORY_MB'),
      outputBytes: number('SANDBOX_OUTPUT_BYTES'),
      consoleBytes: number('SANDBOX_CONSOLE_BYTES'),
    },
    build: {
      bundleBytes: number('BUNDLE_BYTES'),
      dependencies: {
        on: text('DEPENDENCIES') === 'on',
        /** Names, `@scope/*`, or `*` for all. */
        allowed: values.get('DEPENDENCIES_ALLOWED') as readonly string[],
        registry: optional('DEPENDENCIES_REGISTRY'),
        ms: number('DEPENDENCIES_MS'),
        bytes: number('DEPENDENCIES_BYTES'),
      },
    },
    worker: { port: number('WORKER_PORT'), concurrency: number('WORKER_CONCURRENCY'), drainMs: number('WORKER_DRAIN_MS') },
    feed: { retentionMs: number('FEED_RETENTION_MS') },
    retention: {
      runsMs: number('RETENTION_RUNS_DAYS') * dayMs,
      logsMs: number('RETENTION_LOGS_DAYS') * dayMs,
      eventsMs: number('RETENTION_EVENTS_DAYS') * dayMs,
      ticksMs: number('RETENTION_TICKS_DAYS') * dayMs,
      deliveriesMs: number('RETENTION_DELIVERIES_DAYS') * dayMs,
      levelsMs: number('RETENTION_LEVELS_DAYS') * dayMs,
      /** Null: for ever. */
      auditMs: values.has('RETENTION_AUDIT_DAYS') ? number('RETENTION_AUDIT_DAYS') * dayMs : null,
    },
    secrets: {
      /** The first one encrypts. None: nothing that needs secrets can start. */
      keys: (values.get('SECRETS_KEYS') ?? []) as readonly SecretKey[],
      bytes: number('SECRET_BYTES'),
      most: number('SECRETS_MAX'),
    },
    outgoing: {
      allow: values.get('OUTGOING_ALLOW') as AllowList,
      ms: number('OUTGOING_MS'),
      redirects: number('OUTGOING_REDIRECTS'),
      readBytes: number('OUTGOING_READ_BYTES'),
      storedBytes: number('OUTGOING_STORED_BYTES'),
    },
    webhook: {
      bodyBytes: number('WEBHOOK_BODY_BYTES'),
      requestsPerMinute: number('WEBHOOK_REQUESTS_PER_MINUTE'),
      waitingMax: number('WEBHOOK_WAITING_MAX'),
    },
    mail: smtpUrl === null ? null : { url: smtpUrl, from: text('SMTP_FROM') },
    publicUrl: optional('PUBLIC_URL'),
  };
}
