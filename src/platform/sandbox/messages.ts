/** What went wrong with user code; `docs/language.md` says what each means. */
export const sandboxErrorCodes = [
  'SYNTAX',
  'UNCAUGHT',
  'TIMEOUT',
  'MEMORY',
  'OUTPUT_TOO_LARGE',
  'OUTPUT_NOT_JSON',
  'CRASHED',
  'CANCELED',
] as const;
export type SandboxErrorCode = (typeof sandboxErrorCodes)[number];

export const consoleLevels = ['DEBUG', 'INFO', 'WARN', 'ERROR'] as const;
export type ConsoleLevel = (typeof consoleLevels)[number];

export interface ConsoleLine {
  readonly level: ConsoleLevel;
  readonly message: string;
}

export interface Failure {
  readonly code: SandboxErrorCode;
  readonly message: string;
  /** In the user's own text, counted from 1; null where no place is known. */
  readonly line: number | null;
  readonly column: number | null;
}

/** Limits of one child process, given to it once, as JSON in its only argument. */
export interface GuestLimits {
  readonly memoryBytes: number;
  /** Of the result's JSON text, in UTF-8. */
  readonly outputBytes: number;
  readonly consoleBytes: number;
}

export interface RunMessage {
  readonly type: 'run';
  readonly code: string;
  /** JSON texts: the guest parses them, nobody in between. */
  readonly input: string;
  readonly context: string;
  readonly timeoutMs: number;
}

export type ParentMessage = RunMessage | { readonly type: 'cancel' };

export type ChildMessage =
  | { readonly type: 'ready' }
  | { readonly type: 'console'; readonly lines: readonly ConsoleLine[] }
  /** The last one of a call; `output` is JSON text. */
  | { readonly type: 'done'; readonly lines: readonly ConsoleLine[]; readonly output: string | null; readonly failure: Failure | null };
