import { GraphQLError } from 'graphql';
import * as domain from '#domain/errors';
import { builder } from './builder.js';
import { enumType } from './enums.js';

export const ErrorCode = enumType<domain.ErrorCode>('ErrorCode', 'Why something was refused.', {
  NOT_FOUND: 'There is no such thing, or the viewer may not see it.',
  FORBIDDEN: 'The viewer may see it, and may not do this.',
  UNAUTHENTICATED: 'Nobody is signed in, or the token is no longer valid.',
  INVALID_INPUT: 'The input is at fault; `fields` says where.',
  ALREADY_EXISTS: 'The key is taken.',
  IDEMPOTENCY_CONFLICT: 'The idempotency key was used before, with another input.',
  CONFLICT: 'The thing is not in a state for it.',
  LIMIT_EXCEEDED: 'Too much, or too soon.',
  CURSOR_EXPIRED: 'The cursor of the live feed is older than what is kept.',
});

/** An error as a value: GraphQL takes an Error that a resolver answers for one that it threw. */
export class Refusal<Refused extends domain.DomainError = domain.DomainError> {
  readonly error: Refused;

  constructor(error: Refused) {
    this.error = error;
  }
}

/** All errors of mutations implement this. */
export const ErrorInterface = builder.interfaceRef<Refusal>('Error').implement({
  description: 'Why a mutation did not do what was asked. Nothing was changed.',
  fields: (t) => ({
    message: t.string({ description: 'What went wrong, for a person to read.', resolve: ({ error }) => error.message }),
    code: t.field({ type: ErrorCode, description: 'What went wrong, for a program to read.', resolve: ({ error }) => error.code }),
  }),
});

const InvalidField = builder.objectRef<domain.FieldProblem>('InvalidField').implement({
  description: 'What is wrong with one field of an input.',
  fields: (t) => ({
    path: t.field({
      type: ['String'],
      description: 'The names that lead to the field from the input\'s root: `["items", "0", "payload"]`.',
      resolve: (field) => [...field.path],
    }),
    message: t.exposeString('message', { description: 'What is wrong, for a person to read.' }),
    code: t.exposeString('code', { description: 'What is wrong, for a program to read: `REQUIRED`, `TOO_LONG`, `SYNTAX` and others.' }),
    line: t.int({ nullable: true, description: 'Line of a text language, counted from 1.', resolve: (field) => field.line ?? null }),
    column: t.int({ nullable: true, description: 'Column of a text language, counted from 1.', resolve: (field) => field.column ?? null }),
  }),
});

function errorRef<Refused extends domain.DomainError>(name: string) {
  return builder.objectRef<Refusal<Refused>>(name);
}

const NotFoundError = errorRef<domain.NotFoundError>('NotFoundError').implement({
  description: 'There is no such thing, or the viewer may not see it: the two are not told apart.',
  interfaces: [ErrorInterface],
});

const ForbiddenError = errorRef<domain.ForbiddenError>('ForbiddenError').implement({
  description: 'The viewer may see the thing, and lacks the permission to do this with it.',
  interfaces: [ErrorInterface],
});

const InvalidInputError = errorRef<domain.InvalidInputError>('InvalidInputError').implement({
  description: 'The input is at fault.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    fields: t.field({ type: [InvalidField], description: 'Every field at fault.', resolve: ({ error }) => [...error.fields] }),
  }),
});

const AlreadyExistsError = errorRef<domain.AlreadyExistsError>('AlreadyExistsError').implement({
  description: 'Another thing has this key.',
  interfaces: [ErrorInterface],
  fields: (t) => ({ field: t.string({ description: 'The field whose value is taken.', resolve: ({ error }) => error.field }) }),
});

const IdempotencyConflictError = errorRef<domain.IdempotencyConflictError>('IdempotencyConflictError').implement({
  description: 'The idempotency key was used before, with another input.',
  interfaces: [ErrorInterface],
});

const ConflictError = errorRef<domain.ConflictError>('ConflictError').implement({
  description: 'The thing is not in a state for it.',
  interfaces: [ErrorInterface],
  fields: (t) => ({ state: t.string({ description: 'The state in which it is.', resolve: ({ error }) => error.state }) }),
});

const LimitExceededError = errorRef<domain.LimitExceededError>('LimitExceededError').implement({
  description: 'Too much, or too soon.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    limit: t.int({ description: 'The limit that was met.', resolve: ({ error }) => error.limit }),
    retryAfter: t.field({
      type: 'Duration',
      nullable: true,
      description: 'When it is worth trying again; null when waiting does not help.',
      resolve: ({ error }) => error.retryAfterMs,
    }),
  }),
});

/** An error that ends the whole request, beside the unions. */
interface EndsRequest {
  readonly endsRequest: abstract new (...given: never[]) => domain.DomainError;
}

/** A type of the graph for each error that a mutation can answer. A new error code does not compile without its line. */
export const errorTypes = {
  NOT_FOUND: NotFoundError,
  FORBIDDEN: ForbiddenError,
  INVALID_INPUT: InvalidInputError,
  ALREADY_EXISTS: AlreadyExistsError,
  IDEMPOTENCY_CONFLICT: IdempotencyConflictError,
  CONFLICT: ConflictError,
  LIMIT_EXCEEDED: LimitExceededError,
  UNAUTHENTICATED: { endsRequest: domain.UnauthenticatedError },
  CURSOR_EXPIRED: { endsRequest: domain.CursorExpiredError },
} as const satisfies Record<domain.ErrorCode, object | EndsRequest>;

/** The codes of errors that a mutation can answer. */
export type ResultCode = { [Code in domain.ErrorCode]: (typeof errorTypes)[Code] extends EndsRequest ? never : Code }[domain.ErrorCode];

/** An error of the domain as an error of the request: for queries and subscriptions, which have no result union. */
export function requestError(error: domain.DomainError): GraphQLError {
  return new GraphQLError(error.message, {
    extensions: {
      code: error.code,
      ...(error instanceof domain.InvalidInputError ? { fields: error.fields } : {}),
      ...(error instanceof domain.CursorExpiredError ? { oldestCursor: error.oldestCursor } : {}),
      ...(error instanceof domain.LimitExceededError ? { limit: error.limit, retryAfterMs: error.retryAfterMs } : {}),
    },
  });
}

/** Arguments that are wrong in shape, in a field that has no result union. */
export function badInput(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } });
}
