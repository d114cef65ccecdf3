import type { Failure, SandboxErrorCode } from './messages.js';

export type { SandboxErrorCode } from './messages.js';

/** Why user code gave no output. The message is for the user. */
export class SandboxError extends Error {
  override readonly name = 'SandboxError';
  readonly code: SandboxErrorCode;
  /** In the user's own text, counted from 1; null where no place is known. */
  readonly line: number | null;
  readonly column: number | null;

  constructor(failure: Failure) {
    super(failure.message);
    this.code = failure.code;
    this.line = failure.line;
    this.column = failure.column;
  }
}

export function crashed(message: string): SandboxError {
  return new SandboxError({ code: 'CRASHED', message, line: null, column: null });
}

export function canceled(): SandboxError {
  return new SandboxError({ code: 'CANCELED', message: 'The run was canceled.', line: null, column: null });
}
