import type { Answer, GraphQLErrorShape } from './document.js';

/** The server refused the operation, or a part of it failed. */
export class GraphQLRequestError extends Error {
  override readonly name = 'GraphQLRequestError';
  readonly errors: readonly GraphQLErrorShape[];
  /** What was answered beside the errors. */
  readonly data: Answer['data'];

  constructor(errors: readonly GraphQLErrorShape[], data: Answer['data'] = null) {
    super(errors.map((error) => error.message).join('; ') || 'The server answered neither data nor errors.');
    this.errors = errors;
    this.data = data;
  }

  /** Of the first error: `NOT_FOUND`, `UNAUTHENTICATED`, `CURSOR_EXPIRED` ... */
  get code(): string | null {
    const code = this.extensions['code'];
    return typeof code === 'string' ? code : null;
  }

  /** Of the first error. */
  get extensions(): Readonly<Record<string, unknown>> {
    return this.errors[0]?.extensions ?? {};
  }
}

/** The server could not be reached, or the connection was cut off before the end. */
export class ConnectionLostError extends Error {
  override readonly name = 'ConnectionLostError';
}

/** Throws what is wrong with an answer, and narrows it otherwise. */
export function dataOf({ data, errors }: Answer): Readonly<Record<string, unknown>> {
  if (errors !== undefined || data === null || data === undefined) throw new GraphQLRequestError(errors ?? [], data);
  return data;
}
