import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Environment } from '#platform/config/config';
import { packageRoot } from '#platform/package';

export interface Spawned {
  readonly pid: number;
  /** Asks it to stop, and ends it when it does not within 20 seconds. */
  stop(): Promise<void>;
}

export interface SpawnOptions {
  /** As a person calls it. */
  readonly name: string;
  /** Below the folder of the package. */
  readonly entry: string;
  readonly environment: Environment;
  /** Where it writes its CPU profile when it ends; null: it is not profiled. */
  readonly profileTo: string | null;
  /** It ended without having been stopped. */
  readonly onLoss: (error: Error) => void;
}

const stopMs = 20_000;

/** Starts a process of the product as it is started in production. It dies with this one. */
export function start({ name, entry, environment, profileTo, onLoss }: SpawnOptions): Spawned {
  const profile = profileTo === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileTo}`, `--cpu-prof-name=${name}.cpuprofile`];
  // What they print goes to stderr: stdout is for the result.
  const child = spawn(process.execPath, [...profile, entry], { cwd: packageRoot(), env: environment, stdio: ['ignore', 2, 2] });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${name} could not be started.`);
  let stopping = false;
  const kill = () => void child.kill('SIGKILL');
  process.once('exit', kill);
  const ended = once(child, 'exit').then(() => {
    process.off('exit', kill);
    if (!stopping) onLoss(new Error(`${name} ended with ${child.signalCode ?? `code ${String(child.exitCode)}`}.`));
  });
  return {
    pid,
    stop: async () => {
      stopping = true;
      if (isGone(child)) return;
      child.kill('SIGTERM');
      const timer = setTimeout(kill, stopMs);
      await ended;
      clearTimeout(timer);
    },
  };
}

/** A process beside the product that shows what a machine can do at least. */
export interface Yardstick {
  readonly port: number;
  tell(message: object): void;
  stop(): Promise<void>;
}

/** Starts one; it tells its port, once it has one. `atEnd` stops it when nobody else did. */
export async function startYardstick(entry: URL, args: readonly string[], atEnd: (undo: () => Promise<void>) => void): Promise<Yardstick> {
  const child = fork(fileURLToPath(entry), args, { env: { ...process.env, NODE_ENV: 'production' } });
  const stop = async (): Promise<void> => {
    if (isGone(child)) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };
  atEnd(stop);
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  return { port, tell: (message) => void child.send(message), stop };
}

/** Runs a command to its end; rejects when it fails. What it prints goes to stderr. */
export async function run(command: string, args: readonly string[], signal: AbortSignal): Promise<void> {
  const child = spawn(command, args, { cwd: packageRoot(), stdio: ['ignore', 2, 2], signal });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with code ${String(code)}.`);
}

function isGone(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
