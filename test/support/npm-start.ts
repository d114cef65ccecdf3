import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { vi } from 'vitest';
import { atEnd } from './at-end.js';
import { compiled } from './compiled.js';

/** What `.millrace/dev.json` tells scripts. */
export interface DevInstance {
  readonly url: string;
  readonly wsUrl: string;
  readonly token: string;
  readonly workspace: string;
}

export interface NpmStart extends DevInstance {
  readonly process: ChildProcess;
  /** Milliseconds from the start of the process until it could be used. */
  readonly readyMs: number;
  /** All that it has printed. */
  printed(): string;
  /** Ctrl-C; answers the exit code. */
  interrupt(): Promise<number | null>;
}

/** Until it is ready. It takes a few seconds; several at once on a busy machine took over 30. */
const longestMs = 90_000;

const main = path.resolve('src/cli/main.ts');
const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

/** The words after `node` that `npm start` has in package.json. */
const fromSource = ['--conditions=source', '--import', tsx, main];

/** What `npm start` runs, in a folder of its own and with nothing configured, so that a developer's own instance is left alone. */
export function npmStart(dir: string): Promise<NpmStart> {
  return startDev(dir, fromSource, {});
}

/** The same of the program as it was compiled: it starts in a third of the time. */
export function compiledStart(dir: string, settings: Readonly<Record<string, string>> = {}): Promise<NpmStart> {
  return startDev(dir, [compiled('src/cli/main.ts')], settings);
}

async function startDev(dir: string, program: readonly string[], settings: Readonly<Record<string, string>>): Promise<NpmStart> {
  const begun = performance.now();
  const child = spawn(process.execPath, [...program, 'dev'], {
    cwd: dir,
    env: { PATH: process.env['PATH'], ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const interrupt = () => {
    child.kill('SIGINT');
    return exited;
  };
  atEnd(async () => void (await interrupt()));
  const instance = await vi
    .waitFor(
      async () => {
        if (child.exitCode !== null || child.signalCode !== null) return null;
        return JSON.parse(await readFile(path.join(dir, '.millrace', 'dev.json'), 'utf8')) as DevInstance;
      },
      { timeout: longestMs, interval: 25 },
    )
    .catch(() => {
      throw new Error(`It was not ready within ${longestMs / 1_000} seconds. Until then it printed:\n${text}`);
    });
  if (instance === null) throw new Error(text);
  return { ...instance, process: child, readyMs: performance.now() - begun, printed: () => text, interrupt };
}
