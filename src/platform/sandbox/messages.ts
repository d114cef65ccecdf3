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

/** What one run of code may ask for; kept by the child, and by its parent once more. */
export const fetchLimits = { calls: 50, atOnce: 10, method: 20, url: 8_000, headers: 32_000, body: 1_000_000 } as const;

/** What one call of a handler may command; kept by the guest, and by the parent of its process once more. */
export const mostCommands = 1_000;

interface CallMessage {
  /** Rises with each call of a process: what belongs to an earlier one is dropped. */
  readonly run: number;
  readonly code: string;
  readonly timeoutMs: number;
}

/** JSON texts: the guest parses them, nobody in between. */
export interface RunMessage extends CallMessage {
  readonly type: 'run';
  readonly input: string;
  readonly context: string;
}

export interface HandleMessage extends CallMessage {
  readonly type: 'handle';
  readonly handler: string;
  /** Whether the default export serves when there is none of that name. */
  readonly orDefault: boolean;
  /** JSON. */
  readonly event: string;
  /** JSON: the names, sorted. */
  readonly commands: string;
}

/** A call that the code makes. */
export interface FetchMessage {
  readonly type: 'fetch';
  readonly run: number;
  /** Counts the calls of a run of code from 1. */
  readonly id: number;
  readonly method: string;
  readonly url: string;
  /** JSON: `[name, value][]`. */
  readonly headers: string;
  readonly body: string | null;
}

export interface AnswerMessage {
  readonly type: 'answer';
  readonly run: number;
  readonly id: number;
  /** JSON: `{ status, url, headers, binary }` or `{ error }`. */
  readonly head: string;
  /** Text, or Base64 without padding when it is `binary`. */
  readonly body: string;
}

export type ParentMessage = RunMessage | HandleMessage | AnswerMessage | { readonly type: 'cancel' };

export type ChildMessage =
  | { readonly type: 'ready' }
  | FetchMessage
  | { readonly type: 'console'; readonly lines: readonly ConsoleLine[] }
  /** The last one of a call. */
  | ({ readonly type: 'done'; readonly lines: readonly ConsoleLine[] } & Outcome);

/** What came of a call. */
export interface Outcome {
  /** JSON text; null when there is a failure. */
  readonly output: string | null;
  /** JSON text beside the output of a handler; else empty. */
  readonly commands: string;
  readonly failure: Failure | null;
  /** Processor time that it took. */
  readonly cpuMs: number;
}
