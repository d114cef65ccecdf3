/** The errors that a user can meet. They know no transport; `schema/errors.ts` maps each to the graph. */
export const errorCodes = [
  'NOT_FOUND',
  'FORBIDDEN',
  'UNAUTHENTICATED',
  'INVALID_INPUT',
  'ALREADY_EXISTS',
  'IDEMPOTENCY_CONFLICT',
  'CONFLICT',
  'LIMIT_EXCEEDED',
  'CURSOR_EXPIRED',
] as const;
export type ErrorCode = (typeof errorCodes)[number];

export abstract class DomainError extends Error {
  abstract readonly code: ErrorCode;
}

/** Also for what the viewer may not see: the two must not be told apart. */
export class NotFoundError extends DomainError {
  override readonly name = 'NotFoundError';
  readonly code = 'NOT_FOUND';
}

export class ForbiddenError extends DomainError {
  override readonly name = 'ForbiddenError';
  readonly code = 'FORBIDDEN';
}

export class UnauthenticatedError extends DomainError {
  override readonly name = 'UnauthenticatedError';
  readonly code = 'UNAUTHENTICATED';
}

/** What is wrong with one field of an input. */
export interface FieldProblem {
  /** The names from the input's root: `['items', '0', 'payload']`. */
  readonly path: readonly string[];
  readonly message: string;
  /** `REQUIRED`, `TOO_LONG`, `SYNTAX`, `UNKNOWN_TIME_ZONE` ... */
  readonly code: string;
  /** Where in a text, counted from 1. */
  readonly line?: number;
  readonly column?: number;
}

export class InvalidInputError extends DomainError {
  override readonly name = 'InvalidInputError';
  readonly code = 'INVALID_INPUT';
  readonly fields: readonly FieldProblem[];

  constructor(fields: readonly FieldProblem[]) {
    super(fields.map((field) => `${field.path.join('.') || 'input'}: ${field.message}`).join('; '));
    this.fields = fields;
  }
}

export class AlreadyExistsError extends DomainError {
  override readonly name = 'AlreadyExistsError';
  readonly code = 'ALREADY_EXISTS';
  readonly field: string;

  constructor(field: string, message: string) {
    super(message);
    this.field = field;
  }
}

export class IdempotencyConflictError extends DomainError {
  override readonly name = 'IdempotencyConflictError';
  readonly code = 'IDEMPOTENCY_CONFLICT';
}

/** The thing is not in a state for it; `state` says in which it is. */
export class ConflictError extends DomainError {
  override readonly name = 'ConflictError';
  readonly code = 'CONFLICT';
  readonly state: string;

  constructor(message: string, state: string) {
    super(message);
    this.state = state;
  }
}

export class LimitExceededError extends DomainError {
  override readonly name = 'LimitExceededError';
  readonly code = 'LIMIT_EXCEEDED';
  readonly limit: number;
  readonly retryAfterMs: number | null;

  constructor(message: string, limit: number, retryAfterMs: number | null = null) {
    super(message);
    this.limit = limit;
    this.retryAfterMs = retryAfterMs;
  }
}

/** A cursor of the feed that is older than what is kept. */
export class CursorExpiredError extends DomainError {
  override readonly name = 'CursorExpiredError';
  readonly code = 'CURSOR_EXPIRED';
  readonly oldestCursor: string;

  constructor(oldestCursor: string) {
    super('The events right after this cursor are no longer kept; oldestCursor is the oldest that can be resumed.');
    this.oldestCursor = oldestCursor;
  }
}
