import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import path from 'node:path';
import { run } from '#dev/server-process';
import type { Environment } from '#platform/config/config';

/** A process of the product, of one start: a restart makes another one. */
export interface Program {
  /** Under which it is known to the database, unique in a drill: `worker-1.3`. */
  readonly name: string;
  readonly pid: number;
  alive(): boolean;
  signal(signal: NodeJS.Signals): void;
  /** How it ended: an exit code, or a signal. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

export interface ProgramOptions {
  readonly name: string;
  readonly root: string;
  /** Below the root. */
  readonly entry: string;
  /** Of Node itself. */
  readonly nodeArgs: readonly string[];
  readonly environment: Environment;
  readonly logDir: string;
}

/** Starts a process of the product as it is started in production. It dies with this one. */
export function startProgram({ name, root, entry, nodeArgs, environment, logDir }: ProgramOptions): Program {
  const output = openSync(path.join(logDir, `${name}.log`), 'a', 0o600);
  // Detached: Ctrl-C in a terminal reaches the whole group, and the drill itself says what ends when.
  const child = spawn(process.execPath, [...nodeArgs, path.join(root, entry)], {
    cwd: root,
    env: environment,
    detached: true,
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  const { pid } = child;
  if (pid === undefined) throw new Error(`${name} could not be started.`);
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once('exit', (code, signal) => {
      process.off('exit', kill);
      resolve(signal ?? code ?? 0);
    });
  });
  return { name, pid, alive: () => alive(child), signal: (signal) => void (alive(child) && child.kill(signal)), ended };
}

function alive(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}

export interface ListedProcess {
  readonly pid: number;
  readonly parent: number;
  readonly rssMb: number;
  readonly command: string;
}

/** All processes of this machine. */
export async function listProcesses(): Promise<ListedProcess[]> {
  const text = await run('ps', ['-ww', '-A', '-o', 'pid=,ppid=,rss=,command='], null);
  return text.split('\n').flatMap((line) => {
    const [, pid, parent, rss, command] = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return pid === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), rssMb: Number(rss) / 1_024, command: command ?? '' }];
  });
}
