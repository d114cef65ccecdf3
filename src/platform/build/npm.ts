import { spawn } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { basename, delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface NpmInstall {
  /** Holds a package.json; becomes npm's whole world. */
  readonly folder: string;
  readonly cache: string;
  /** Null: npm's own default. */
  readonly registry: string | null;
  readonly ms: number;
  readonly folderBytes: number;
  readonly signal: AbortSignal;
}

export type NpmOutcome =
  | { readonly kind: 'installed' }
  /** What npm printed, JSON where it knew why. */
  | { readonly kind: 'refused'; readonly output: string }
  | { readonly kind: 'late' | 'large' };

const measureMs = 300;
/** Of what npm prints. */
const outputLength = 20_000;

/** npm's entry file: of this Node's own npm, else of the one on the path; null when there is none. */
export function findNpm(execPath: string, path: string | undefined): string | null {
  const entry = join('npm', 'bin', 'npm-cli.js');
  const home = dirname(execPath);
  const own = [join(home, '..', 'lib', 'node_modules', entry), join(home, 'node_modules', entry)];
  const others = (path ?? '').split(delimiter).filter((folder) => folder !== '');
  const linked = others.map((folder) => join(folder, 'npm')).filter(existsSync);
  const found = [...own.filter(existsSync), ...linked].map((file) => realpathSync(file));
  return found.find((file) => basename(file) === 'npm-cli.js') ?? null;
}

/**
 * Nothing of what is installed runs: no scripts, no binaries, no git. The process has no environment, its home is the folder, and it ends
 * with its whole group.
 */
export async function npmInstall(npm: string, { folder, cache, registry, ms, folderBytes, signal }: NpmInstall): Promise<NpmOutcome> {
  signal.throwIfAborted();
  const child = spawn(
    process.execPath,
    ['--eval', orphanless, npm, 'install', ...flags, `--cache=${cache}`, ...(registry === null ? [] : [`--registry=${registry}`])],
    {
      cwd: folder,
      env: { PATH: join(folder, 'bin'), HOME: folder, npm_config_userconfig: join(folder, 'npmrc') },
      stdio: ['ignore', 'pipe', 'ignore', 'ipc'],
      detached: true,
      shell: false,
    },
  );
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output = (output + text).slice(0, outputLength);
  });
  const ended = new AbortController();
  const gone = new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(null));
    child.once('close', (code) => resolve(code));
  }).finally(() => ended.abort());
  const kill = (): void => killGroup(child.pid);
  const state: { stopped: 'late' | 'large' | null } = { stopped: null };
  const stop = (reason: 'late' | 'large') => {
    state.stopped ??= reason;
    kill();
  };
  const timer = setTimeout(() => stop('late'), ms);
  signal.addEventListener('abort', kill, { once: true });
  try {
    while (!ended.signal.aborted) {
      await sleep(measureMs, undefined, { signal: ended.signal }).catch(() => undefined);
      if ((await folderSize(folder)) > folderBytes) stop('large');
    }
    const code = await gone;
    signal.throwIfAborted();
    if (state.stopped !== null) return { kind: state.stopped };
    return code === 0 ? { kind: 'installed' } : { kind: 'refused', output };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', kill);
  }
}

/** npm in a process that ends with its group when this one is gone, however it went. */
const orphanless = `
process.once('disconnect', () => process.kill(-process.pid, 'SIGKILL'));
process.channel.unref();
require(process.argv[1]);
`;

const flags = [
  '--ignore-scripts',
  '--no-audit',
  '--no-fund',
  '--omit=dev',
  '--no-bin-links',
  '--no-package-lock',
  // So that what is from no registry is told by where it is from.
  '--omit-lockfile-registry-resolved',
  '--no-workspaces',
  '--install-links=false',
  // Of packages' own dependencies, too; an npm that does not know these finds no git, and what it got elsewhere is refused afterwards.
  '--allow-git=none',
  '--allow-remote=none',
  '--allow-file=none',
  '--allow-directory=none',
  '--update-notifier=false',
  '--logs-max=0',
  '--progress=false',
  '--json',
  // Whoever asked tries again.
  '--fetch-retries=1',
  '--fetch-retry-mintimeout=200',
  '--fetch-retry-maxtimeout=1000',
] as const;

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

/** Bytes of all files in a folder; what vanishes meanwhile counts nothing. */
export async function folderSize(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  let bytes = 0;
  for (const entry of entries)
    if (entry.isFile())
      bytes += await lstat(join(entry.parentPath, entry.name)).then(
        (file) => file.size,
        () => 0,
      );
  return bytes;
}
