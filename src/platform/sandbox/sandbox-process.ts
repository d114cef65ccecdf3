import { fork } from 'node:child_process';
import { childEntry } from './child-entry.js';
import { createFetches, type SandboxFetch } from './fetches.js';
import type {
  ChildMessage,
  ConsoleLine,
  FetchMessage,
  GuestLimits,
  HandleMessage,
  Outcome,
  ParentMessage,
  RunMessage,
} from './messages.js';
import { starvedMs } from './processor-time.js';
import { canceled, crashed, SandboxError } from './sandbox-error.js';

/** One child process. Its call comes to an outcome or ends with the process. */
export interface SandboxProcess {
  readonly pid: number | undefined;
  /** False as soon as it is killed, before it is gone. */
  isAlive(): boolean;
  /** Resolves when it can take calls; rejects when it ended before. */
  readonly ready: Promise<void>;
  /** Resolves when it is gone. */
  readonly gone: Promise<void>;
  /** One at a time. Rejects with a {@link SandboxError} when the process had to be killed or was lost. */
  call(
    message: Omit<RunMessage, 'run'> | Omit<HandleMessage, 'run'>,
    signal: AbortSignal | undefined,
    onLine: (line: ConsoleLine) => void,
    fetch?: SandboxFetch,
  ): Promise<Outcome>;
  /** From now on it may be late with its time-outs: it gets little of the processor. */
  bearWith(): void;
  kill(): void;
}

/**
 * Beyond the time-out of the code, which the child keeps by itself wherever the engine lets it. On a busy machine it is late with
 * that, and killed it would take its last console lines along.
 */
const timeoutGraceMs = 400;
/** Of a process that stands behind others. To start another one costs more than to wait. */
const behindGraceMs = 2_000;
/** On a machine that is too busy for it, a process is looked at for so long, and lives while it waits for the processor half of that. */
const starvingMs = 100;
/** The memory of the code holds a response several times while it is read. */
const bodyShare = 8;
/** For a canceled call that awaits something; one that computes is killed after it. */
const cancelGraceMs = 50;

export function startProcess(limits: GuestLimits): SandboxProcess {
  const { path, execArgv } = childEntry();
  const heapMb = Math.ceil(limits.memoryBytes / 1_048_576) + 64;
  const child = fork(path, [JSON.stringify(limits)], {
    env: {},
    execArgv: [...execArgv, '--disallow-code-generation-from-strings', `--max-old-space-size=${String(heapMb)}`],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    serialization: 'json',
  });
  let alive = true;
  let runs = 0;
  let behind = false;
  const kill = () => {
    alive = false;
    child.kill('SIGKILL');
  };
  // A child that ends while a message is on its way to it is told of by `gone`.
  const send = (message: ParentMessage) => {
    if (child.connected) child.send(message, () => undefined);
  };
  let running: {
    finish(outcome: Outcome): void;
    print(lines: readonly ConsoleLine[]): void;
    fetch(message: FetchMessage): void;
    lose(): void;
  } | null = null;

  child.once('exit', () => {
    alive = false;
  });
  const gone = new Promise<void>((resolve) => {
    child.once('close', () => {
      resolve();
    });
    // Each of them: without a listener the second one would end this process.
    child.on('error', () => {
      kill();
      resolve();
    });
  });
  const ready = new Promise<void>((resolve, reject) => {
    child.on('message', (message: ChildMessage) => {
      if (message.type === 'ready') {
        resolve();
        return;
      }
      if (message.type === 'fetch') {
        running?.fetch(message);
        return;
      }
      running?.print(message.lines);
      if (message.type === 'done') running?.finish(message);
    });
    void gone.then(() => {
      reject(crashed('A sandbox process ended while it started.'));
      running?.lose();
    });
  });
  // Whoever waits for it hears of it; nobody has to wait.
  ready.catch(() => undefined);

  return {
    pid: child.pid,
    isAlive: () => alive,
    ready,
    gone,
    bearWith: () => {
      behind = true;
    },
    kill,
    call: (message, signal, onLine, fetch) =>
      new Promise((resolve, reject) => {
        runs += 1;
        const fetches = createFetches(runs, fetch, limits.memoryBytes / bodyShare, send);
        const late = () => {
          end(() => {
            reject(
              new SandboxError({
                code: 'TIMEOUT',
                message: `The code ran longer than ${String(message.timeoutMs)} ms.`,
                line: null,
                column: null,
              }),
            );
          });
          kill();
        };
        let left = Math.ceil(message.timeoutMs / starvingMs);
        const unlessStarved = () => {
          const before = starvedMs(child.pid ?? 0);
          killTimer = setTimeout(() => {
            const after = starvedMs(child.pid ?? 0);
            left -= 1;
            if (left > 0 && before !== null && after !== null && after - before > starvingMs / 2) unlessStarved();
            else late();
          }, starvingMs);
        };
        let killTimer = setTimeout(() => {
          if (behind) killTimer = setTimeout(late, behindGraceMs);
          else unlessStarved();
        }, message.timeoutMs + timeoutGraceMs);
        const onAbort = () => {
          send({ type: 'cancel' });
          clearTimeout(killTimer);
          killTimer = setTimeout(() => {
            end(() => {
              reject(canceled());
            });
            kill();
          }, cancelGraceMs);
        };
        const end = (tell: () => void) => {
          clearTimeout(killTimer);
          signal?.removeEventListener('abort', onAbort);
          running = null;
          fetches.end();
          tell();
        };
        running = {
          finish: (outcome) => {
            end(() => {
              resolve(outcome);
            });
          },
          fetch: (asked) => {
            fetches.take(asked);
          },
          print: (lines) => {
            lines.forEach(onLine);
          },
          lose: () => {
            end(() => {
              reject(crashed('The process that ran the code ended.'));
            });
          },
        };
        signal?.addEventListener('abort', onAbort, { once: true });
        if (alive) send({ ...message, run: runs });
        else running.lose();
      }),
  };
}
