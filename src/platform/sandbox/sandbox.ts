import type { Log } from '#platform/telemetry/log';
import { readCommands, type SandboxCommand } from './commands.js';
import type { SandboxFetch } from './fetches.js';
import type { ConsoleLevel, HandleMessage, Outcome, RunMessage } from './messages.js';
import { outputProblem } from './output.js';
import { createPool, type Job } from './pool.js';
import { canceled, crashed, SandboxError } from './sandbox-error.js';
import type { SandboxOwner } from './turns.js';

export type { SandboxCommand } from './commands.js';
export type { SandboxFetch } from './fetches.js';
export type { ConsoleLevel } from './messages.js';
export type { SandboxOwner } from './turns.js';

/** Any value that came from JSON. */
export type SandboxJson = null | boolean | number | string | readonly SandboxJson[] | { readonly [key: string]: SandboxJson };

export interface SandboxOptions {
  /** Of which code of one name holds all but one. */
  readonly processes: number;
  /** Processes that may be started beside these for calls that take long. */
  readonly spares: number;
  /** Time-out of a call that names none, in milliseconds. */
  readonly defaultMs: number;
  /** Longest time-out that a call may name. */
  readonly maxMs: number;
  readonly memoryMb: number;
  readonly outputBytes: number;
  readonly consoleBytes: number;
  readonly log: Log;
}

interface Call {
  readonly code: string;
  /** Whose turn it is. Absent: that of all who name none. */
  readonly owner?: SandboxOwner;
  /** Wall-clock time from when a process takes the call; null: the default. */
  readonly timeoutMs: number | null;
  readonly signal?: AbortSignal;
  /** Makes the calls of the code. Its signal aborts at the latest when the code has ended. Absent: it can make none. */
  readonly fetch?: SandboxFetch;
  /** Called while the code runs, in order, never after the call ended. */
  readonly onLog?: (level: ConsoleLevel, message: string) => void;
}

/** `code` is an ES module: `export default async (input, context) => output`. */
export interface SandboxCall extends Call {
  readonly input: SandboxJson;
  /** The second argument. */
  readonly context: SandboxJson;
}

/** `code` is an ES module, or what CommonJS looks like in one: `exports.onExecutePostLogin = async (event, api) => {}`. */
export interface SandboxHandling extends Call {
  /** The name of the export. */
  readonly handler: string;
  /** What serves when there is no such export; null: nothing. */
  readonly fallback: 'default' | null;
  /** The handler cannot change it. */
  readonly event: SandboxJson;
  /** The methods of `api`: `access.deny`. */
  readonly commands: readonly string[];
}

export interface SandboxHandled {
  readonly output: SandboxJson;
  /** In the order in which they were given. */
  readonly commands: readonly SandboxCommand[];
}

/** Runs user code in child processes that have neither environment, files, network nor memory of earlier calls. */
export interface Sandbox {
  /** Resolves when all processes are warm. Calls may come earlier. */
  readonly ready: Promise<void>;
  /** Calls wait their turn, owner by owner. Rejects with a {@link SandboxError}. */
  run(call: SandboxCall): Promise<SandboxJson>;
  /** As `run`, for a handler that commands. What a handler commanded that failed is dropped. */
  handle(call: SandboxHandling): Promise<SandboxHandled>;
  close(): Promise<void>;
}

const nobody: SandboxOwner = { tenant: '', name: '' };
/** The list, the command, its list of arguments. */
const commandDepth = 3;

export function createSandbox(options: SandboxOptions): Sandbox {
  const { memoryMb, outputBytes, consoleBytes } = options;
  const pool = createPool(options, { memoryBytes: memoryMb * 1_048_576, outputBytes, consoleBytes });
  let closed = false;

  return {
    ready: pool.ready,
    run: async (call) => {
      const { output } = await outcomeOf(call, {
        type: 'run',
        ...codeOf(call),
        input: JSON.stringify(call.input),
        context: JSON.stringify(call.context),
      });
      return parsed('output', output);
    },
    handle: async (call) => {
      const outcome = await outcomeOf(call, {
        type: 'handle',
        ...codeOf(call),
        handler: call.handler,
        orDefault: call.fallback === 'default',
        event: JSON.stringify(call.event),
        commands: JSON.stringify([...call.commands].sort()),
      });
      const commands = readCommands(parsed('list of commands', outcome.commands, commandDepth), call.commands);
      if (commands === null) throw crashed('The code broke its sandbox.');
      return { output: parsed('output', outcome.output), commands };
    },
    close: () => {
      closed = true;
      return pool.close();
    },
  };

  function codeOf({ code, timeoutMs }: Call) {
    return { code, timeoutMs: Math.min(timeoutMs ?? options.defaultMs, options.maxMs) };
  }

  function outcomeOf(call: Call, message: Omit<RunMessage, 'run'> | Omit<HandleMessage, 'run'>): Promise<Outcome & { output: string }> {
    const { signal, owner = nobody, onLog, fetch } = call;
    return new Promise((resolve, reject) => {
      if (closed) {
        reject(crashed('The sandbox is closed.'));
        return;
      }
      if (signal?.aborted === true) {
        reject(canceled());
        return;
      }
      const onAbort = () => job.refuse(canceled());
      const job: Job = {
        owner,
        async start(process) {
          signal?.removeEventListener('abort', onAbort);
          try {
            const outcome = await process.call(message, signal, (line) => onLog?.(line.level, line.message), fetch);
            const { output, failure, cpuMs } = outcome;
            if (failure === null && output !== null) resolve({ ...outcome, output });
            else reject(failure === null ? crashed('The code gave no outcome.') : new SandboxError(failure));
            return cpuMs;
          } catch (error) {
            reject(error instanceof SandboxError ? error : crashed('The sandbox failed.'));
            return null;
          }
        },
        refuse(error) {
          pool.remove(job);
          signal?.removeEventListener('abort', onAbort);
          reject(error);
        },
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      pool.add(job);
    });
  }
}

function parsed(what: string, text: string, deeper = 0): SandboxJson {
  const json = parse(text);
  const problem = outputProblem(what, json, text, deeper);
  if (problem !== null) throw new SandboxError({ code: 'OUTPUT_NOT_JSON', message: problem, line: null, column: null });
  return json;
}

function parse(text: string): SandboxJson {
  try {
    return JSON.parse(text) as SandboxJson;
  } catch {
    throw crashed('The sandbox failed.');
  }
}
