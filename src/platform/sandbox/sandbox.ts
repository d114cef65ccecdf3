import type { Log } from '#platform/telemetry/log';
import type { ConsoleLevel, GuestLimits } from './messages.js';
import type { SandboxFetch } from './fetches.js';
import { outputProblem } from './output.js';
import { canceled, crashed, SandboxError } from './sandbox-error.js';
import { type SandboxProcess, startProcess } from './sandbox-process.js';

export type { SandboxFetch } from './fetches.js';
export type { ConsoleLevel } from './messages.js';

/** Any value that came from JSON. */
export type SandboxJson = null | boolean | number | string | readonly SandboxJson[] | { readonly [key: string]: SandboxJson };

export interface SandboxOptions {
  readonly processes: number;
  /** Time-out of a call that names none, in milliseconds. */
  readonly defaultMs: number;
  /** Longest time-out that a call may name. */
  readonly maxMs: number;
  readonly memoryMb: number;
  readonly outputBytes: number;
  readonly consoleBytes: number;
  readonly log: Log;
}

export interface SandboxCall {
  /** An ES module: `export default async (input, context) => output`. */
  readonly code: string;
  readonly input: SandboxJson;
  /** The handler's second argument. */
  readonly context: SandboxJson;
  /** Wall-clock time from when a process takes the call; null: the default. */
  readonly timeoutMs: number | null;
  readonly signal?: AbortSignal;
  /** Makes the calls of the code. Its signal aborts at the latest when the code has ended. Absent: it can make none. */
  readonly fetch?: SandboxFetch;
  /** Called while the code runs, in order, never after the call ended. */
  readonly onLog?: (level: ConsoleLevel, message: string) => void;
}

/** Runs user code in child processes that have neither environment, files, network nor memory of earlier calls. */
export interface Sandbox {
  /** Resolves when all processes are warm. Calls may come earlier. */
  readonly ready: Promise<void>;
  /** Calls wait their turn, first come first served. Rejects with a {@link SandboxError}. */
  run(call: SandboxCall): Promise<SandboxJson>;
  close(): Promise<void>;
}

interface Waiting {
  start(process: SandboxProcess): Promise<void>;
  refuse(error: SandboxError): void;
}

/** After a process that ended while it started: whatever is wrong, it is not cured by haste. */
const restartMs = 1_000;

export function createSandbox(options: SandboxOptions): Sandbox {
  const limits: GuestLimits = {
    memoryBytes: options.memoryMb * 1_048_576,
    outputBytes: options.outputBytes,
    consoleBytes: options.consoleBytes,
  };
  const processes = new Set<SandboxProcess>();
  const idle: SandboxProcess[] = [];
  const queue = new Set<Waiting>();
  const timers = new Set<NodeJS.Timeout>();
  let closed = false;

  const ready = Promise.all(Array.from({ length: options.processes }, () => launch())).then(() => undefined);

  return { ready, run, close };

  async function launch(): Promise<void> {
    const process = startProcess(limits);
    processes.add(process);
    let started = false;
    void process.gone.then(() => {
      processes.delete(process);
      const at = idle.indexOf(process);
      if (at !== -1) idle.splice(at, 1);
      if (closed) return;
      if (started) {
        options.log.debug({ pid: process.pid }, 'sandbox process ended, starting another');
        void launch();
        return;
      }
      options.log.error({ pid: process.pid }, 'sandbox process ended while it started');
      if (processes.size === 0) for (const waiting of queue) waiting.refuse(crashed('No sandbox process can be started.'));
      const timer = setTimeout(() => {
        timers.delete(timer);
        void launch();
      }, restartMs);
      timers.add(timer);
    });
    try {
      await process.ready;
    } catch {
      return;
    }
    started = true;
    offer(process);
  }

  /** Gives a free process to whoever has waited longest. */
  function offer(process: SandboxProcess): void {
    const [next] = queue;
    if (next === undefined) {
      idle.push(process);
      return;
    }
    queue.delete(next);
    void serve(process, next);
  }

  async function serve(process: SandboxProcess, waiting: Waiting): Promise<void> {
    await waiting.start(process);
    if (process.isAlive()) offer(process);
  }

  function run(call: SandboxCall): Promise<SandboxJson> {
    const { code, signal, onLog } = call;
    const timeoutMs = Math.min(call.timeoutMs ?? options.defaultMs, options.maxMs);
    return new Promise((resolve, reject) => {
      if (closed) {
        reject(crashed('The sandbox is closed.'));
        return;
      }
      if (signal?.aborted === true) {
        reject(canceled());
        return;
      }
      const onAbort = () => {
        waiting.refuse(canceled());
      };
      const waiting: Waiting = {
        async start(process) {
          signal?.removeEventListener('abort', onAbort);
          const message = {
            type: 'run',
            code,
            input: JSON.stringify(call.input),
            context: JSON.stringify(call.context),
            timeoutMs,
          } as const;
          try {
            resolve(parseOutput(await process.call(message, signal, (line) => onLog?.(line.level, line.message), call.fetch)));
          } catch (error) {
            reject(error instanceof SandboxError ? error : crashed('The sandbox failed.'));
          }
        },
        refuse(error) {
          queue.delete(waiting);
          signal?.removeEventListener('abort', onAbort);
          reject(error);
        },
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      const process = idle.shift();
      if (process === undefined) queue.add(waiting);
      else void serve(process, waiting);
    });
  }

  async function close(): Promise<void> {
    closed = true;
    for (const timer of timers) clearTimeout(timer);
    for (const waiting of queue) waiting.refuse(crashed('The sandbox is closed.'));
    await Promise.all(
      [...processes].map((process) => {
        process.kill();
        return process.gone;
      }),
    );
  }
}

function parseOutput(text: string): SandboxJson {
  const output = JSON.parse(text) as SandboxJson;
  const problem = outputProblem(output, text);
  if (problem !== null) throw new SandboxError({ code: 'OUTPUT_NOT_JSON', message: problem, line: null, column: null });
  return output;
}
