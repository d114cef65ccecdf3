import { execFile, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

/** The user that a server runs as; null: the one that Millrace runs as. */
export type Account = { readonly uid: number; readonly gid: number } | null;

export interface ServerProcess {
  readonly pid: number;
  stop(): Promise<void>;
}

export interface ServerOptions {
  /** As a person calls it, in errors. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly account: Account;
  /** What it prints; emptied at each start. */
  readonly logFile: string;
  readonly ready: () => Promise<boolean>;
  /** What ends it, the gentle way first; the next one follows after 10 s. */
  readonly stopBy: readonly NodeJS.Signals[];
  /** It ended without having been stopped. */
  readonly onLoss: (message: string) => void;
}

const START_MS = 30_000;
const STOP_MS = 10_000;

/** Starts a server and waits until it is ready. It is stopped by `stop`, and in any case when this process exits by itself. */
export async function startServer(options: ServerOptions): Promise<ServerProcess> {
  const output = openSync(options.logFile, 'w', 0o600);
  // Detached: Ctrl-C in a terminal reaches the whole process group, and the servers must outlive what uses them.
  const child = spawn(options.command, options.args, {
    ...options.account,
    cwd: '/',
    detached: true,
    env: { LC_ALL: 'C' },
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  const state: { stopping: boolean; ended: string | null } = { stopping: false, ended: null };
  const end = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      state.ended = error.message;
      resolve();
    });
    child.once('exit', (code, signal) => {
      state.ended = `it ended with ${signal ?? `code ${String(code)}`}`;
      resolve();
    });
  });
  const atExit = () => void child.kill(options.stopBy[0]);
  process.once('exit', atExit);
  const stop = async () => {
    state.stopping = true;
    for (const signal of options.stopBy) {
      if (state.ended !== null) break;
      child.kill(signal);
      await Promise.race([end, sleep(STOP_MS, undefined, { ref: false })]);
    }
    process.off('exit', atExit);
    if (state.ended === null) throw new Error(`${options.name} (process ${String(child.pid)}) does not end.`);
  };

  const deadline = performance.now() + START_MS;
  let ready = false;
  while (!ready && state.ended === null && performance.now() < deadline) {
    ready = await options.ready();
    if (!ready) await sleep(20);
  }
  if (!ready || child.pid === undefined) {
    const reason = state.ended ?? `it was not ready after ${START_MS / 1_000} s`;
    await stop();
    throw new Error(`${options.name} did not start: ${reason}.\n${await lastLines(options.logFile)}`);
  }
  void end.then(() => {
    if (!state.stopping) options.onLoss(`${options.name} is gone: ${state.ended ?? ''}. Its log is ${options.logFile}.`);
  });
  return { pid: child.pid, stop };
}

async function lastLines(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-10).join('\n');
}

/** Ends a server that an earlier process left behind, told by its process id and never by a name alone. */
export async function stopOrphan(pid: number, stopBy: readonly NodeJS.Signals[]): Promise<void> {
  for (const signal of stopBy) {
    const deadline = performance.now() + STOP_MS;
    try {
      process.kill(pid, signal);
    } catch {
      // It ended by itself.
    }
    while (performance.now() < deadline) {
      if ((await commandLine(pid)) === null) return;
      await sleep(20);
    }
  }
  throw new Error(`Process ${pid}, left behind by an earlier start, does not end.`);
}

/** The command line of a running process, or what it shows instead; null: there is no such process. */
export async function commandLine(pid: number): Promise<string | null> {
  try {
    process.kill(pid, 0);
  } catch {
    return null;
  }
  try {
    // Empty for a process that has ended and that nobody has asked about yet.
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ') || null;
  } catch {
    // It ended just now, or this is not Linux.
    return run('ps', ['-ww', '-o', 'command=', '-p', String(pid)], null).catch(() => null);
  }
}

/** What a program prints; rejects with what it complained about. */
export async function run(command: string, args: readonly string[], account: Account): Promise<string> {
  const { stdout } = await promisify(execFile)(command, args, {
    ...account,
    cwd: '/',
    env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
  });
  return stdout;
}

/** A port that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('A TCP port has no number.');
  return address.port;
}
