import { GraphQLError, Kind } from 'graphql';
import { DomainError } from '#domain/errors';
import { JwksUnreachableError } from '#platform/auth/jwt';
import { isDatabaseAway, isSerializationFailure, isStatementTimeout, isTransactionTimeout, isUnstorableText } from '#platform/db/symptoms';
import type { Log } from '#platform/telemetry/log';
import { requestError } from '#schema/errors';

/** Codes of errors that end a request, beside those of the domain. Each has its HTTP status. */
const statuses = {
  BAD_REQUEST: 400,
  BAD_USER_INPUT: 400,
  GRAPHQL_PARSE_FAILED: 400,
  GRAPHQL_VALIDATION_FAILED: 400,
  OPERATION_RESOLUTION_FAILURE: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  DOCUMENT_NOT_PERSISTED: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  NOT_ACCEPTABLE: 406,
  CONFLICT: 409,
  CURSOR_EXPIRED: 410,
  PAYLOAD_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  LIMIT_EXCEEDED: 400,
  RATE_LIMITED: 429,
  INTERNAL: 500,
  UNAVAILABLE: 503,
  TIMEOUT: 504,
} as const;

type Code = keyof typeof statuses;

/** An error that a client meets before or instead of an execution. */
export function refusal(code: Code, message: string, extensions: Readonly<Record<string, unknown>> = {}): GraphQLError {
  return new GraphQLError(message, { extensions: { code, ...extensions } });
}

/** The HTTP status of an answer without data: that of its gravest error. */
export function statusOf(errors: readonly GraphQLError[]): number {
  return Math.max(400, ...errors.map(({ extensions }) => statusOfOne(extensions)));
}

function statusOfOne({ code, retryAfterMs }: Readonly<Record<string, unknown>>): number {
  // A limit that time lifts is "too many requests"; any other is a request that will never do.
  if (code === 'LIMIT_EXCEEDED' && typeof retryAfterMs === 'number') return statuses.RATE_LIMITED;
  return typeof code === 'string' && code in statuses ? statuses[code as Code] : 400;
}

/** The whole seconds after which it is worth trying again, of the first error that says so. */
export function retryAfterOf(errors: readonly GraphQLError[]): number | null {
  for (const { extensions } of errors) {
    const { retryAfterMs } = extensions;
    if (typeof retryAfterMs === 'number') return Math.max(1, Math.ceil(retryAfterMs / 1_000));
  }
  return null;
}

export interface Presentation {
  readonly log: Log;
  readonly requestId: string;
  /** For the log. */
  readonly operationName: string | null;
}

/**
 * What a client may see of an error. Domain errors and errors with a code are shown, faults of the database that need a word
 * are named, everything else is logged and masked.
 */
export function present(error: unknown, { log, requestId, operationName }: Presentation): GraphQLError {
  const cause = causeOf(error);
  const at = error instanceof GraphQLError ? placeOf(error) : {};
  if (cause instanceof DomainError) {
    const { message, extensions } = requestError(cause);
    return new GraphQLError(message, { ...at, extensions });
  }
  if (cause instanceof GraphQLError) {
    const { http: _http, ...extensions } = cause.extensions;
    if (typeof extensions['code'] === 'string') return new GraphQLError(cause.message, { ...at, extensions });
    // An argument that can only be judged with the variables at hand: https://spec.graphql.org/October2021/#sec-Coercing-Field-Arguments
    if (isAboutArgument(cause)) return new GraphQLError(cause.message, { ...at, extensions: { code: 'BAD_USER_INPUT' } });
  }
  if (isUnstorableText(cause)) {
    // Almost always the client's; a statement of ours that makes bad JSON would look the same.
    log.warn({ err: cause, requestId, operationName }, 'text that cannot be stored');
    return new GraphQLError('Text must not contain NUL or half of a surrogate pair.', { ...at, extensions: { code: 'BAD_USER_INPUT' } });
  }
  if (isStatementTimeout(cause)) {
    log.warn({ err: cause, requestId, operationName }, 'a statement took too long');
    return new GraphQLError('This takes the database too long: ask for less at once.', {
      ...at,
      extensions: { code: 'LIMIT_EXCEEDED', requestId },
    });
  }
  if (cause instanceof JwksUnreachableError)
    return new GraphQLError('This JWT cannot be checked now: the identity provider does not answer; try again.', {
      ...at,
      extensions: { code: 'UNAVAILABLE', requestId, retryAfterMs: 1_000 },
    });
  if (isDatabaseAway(cause)) {
    log.error({ err: cause, requestId, operationName }, 'the database does not answer');
    return new GraphQLError('The database does not answer now; try again.', {
      ...at,
      extensions: { code: 'UNAVAILABLE', requestId, retryAfterMs: 1_000 },
    });
  }
  if (isSerializationFailure(cause) || isTransactionTimeout(cause)) {
    log.warn({ err: cause, requestId, operationName }, 'a transaction gave way to others');
    return new GraphQLError('Too much is written at once: nothing of this was done; try again.', {
      ...at,
      extensions: { code: 'UNAVAILABLE', requestId, retryAfterMs: 1_000 },
    });
  }
  log.error({ err: cause, requestId, operationName }, 'an operation failed unexpectedly');
  return new GraphQLError(`Something went wrong here. Its request id is ${requestId}.`, {
    ...at,
    extensions: { code: 'INTERNAL', requestId },
  });
}

/** What was thrown, below what executors put around it. */
function causeOf(error: unknown): unknown {
  let cause = error;
  while (cause instanceof GraphQLError && cause.originalError !== undefined) cause = cause.originalError;
  return cause;
}

function placeOf({ nodes, source, positions, path }: GraphQLError) {
  return { nodes: nodes ?? null, source: source ?? null, positions: positions ?? null, path: path ?? null };
}

function isAboutArgument({ nodes }: GraphQLError): boolean {
  const kind = nodes?.[0]?.kind;
  return kind === Kind.ARGUMENT || kind === Kind.VARIABLE || kind === Kind.OBJECT || kind === Kind.LIST || kind === Kind.NULL;
}
