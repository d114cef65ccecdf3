import { lstat, mkdir, mkdtemp, readdir, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '#platform/clock';
import { type Config, processEnvironment } from '#platform/config/config';
import type { Log } from '#platform/telemetry/log';
import type { BuildOutcome, BuildRequest } from './build.js';
import { bundle } from './bundle.js';
import { dependencyProblems } from './dependency.js';
import { createInstaller, type Installer } from './install.js';
import { findNpm } from './npm.js';

/** Makes of code, its modules and its dependencies one ES module that the sandbox can run. Nothing of them is run here. */
export interface Builder {
  /** `onStatus` is told when the dependencies are there. Rejects with the signal's reason when it aborts, and with nothing else. */
  build(request: BuildRequest, onStatus: (status: 'PACKAGED') => void | Promise<void>, signal: AbortSignal): Promise<BuildOutcome>;
  /** Removes what was installed. */
  close(): Promise<void>;
}

/** Bundling alone takes milliseconds. */
const bundleMs = 30_000;

/** Installing writes into the folder; so long without it, and without its process, it is of no use to anybody. */
const abandonedMs = 86_400_000;
const prefix = 'millrace-build-';

interface Place {
  /** Temporary, of this process alone. */
  readonly root: string;
  /** Where code without dependencies is bundled. */
  readonly empty: string;
  readonly installer: Installer;
}

export function createBuilder({ build: settings }: Pick<Config, 'build'>, log: Log): Builder {
  const { dependencies: rules, bundleBytes } = settings;
  let place: Promise<Place> | null = null;

  async function make(): Promise<Place> {
    await removeAbandoned();
    const root = await realpath(await mkdtemp(join(tmpdir(), `${prefix}${String(process.pid)}-`)));
    const empty = join(root, 'empty');
    await mkdir(empty);
    const npm = findNpm(process.execPath, processEnvironment()['PATH']);
    if (npm === null) log.warn('there is no npm: code with dependencies cannot be built here');
    return { root, empty, installer: createInstaller({ root, npm, registry: rules.registry, ms: rules.ms, bytes: rules.bytes }) };
  }

  function found(): Promise<Place> {
    place ??= make().catch((error: unknown) => {
      place = null;
      throw error;
    });
    return place;
  }

  async function whole(
    request: BuildRequest,
    onStatus: (status: 'PACKAGED') => void | Promise<void>,
    signal: AbortSignal,
  ): Promise<BuildOutcome> {
    signal.throwIfAborted();
    const problems = dependencyProblems(request.dependencies, rules);
    if (problems.length > 0) return { kind: 'failed', errors: problems };
    const { empty, installer } = await found();
    if (request.dependencies.length === 0) return bundled(request, empty, [], onStatus, signal);
    const installed = await installer.install(request.dependencies, signal);
    if (installed.kind !== 'installed') return installed;
    try {
      return await bundled(request, installed.folder, installed.dependencies, onStatus, signal);
    } finally {
      await installed.release();
    }
  }

  async function bundled(
    request: BuildRequest,
    folder: string,
    dependencies: BuildRequest['dependencies'],
    onStatus: (status: 'PACKAGED') => void | Promise<void>,
    signal: AbortSignal,
  ): Promise<BuildOutcome> {
    await onStatus('PACKAGED');
    const made = await bundle(request, folder, { bundleBytes, ms: bundleMs }, signal);
    return made.kind === 'bundled' ? { kind: 'built', bundle: made.bundle, sourceMap: made.sourceMap, dependencies } : made;
  }

  return {
    async build(request, onStatus, signal) {
      try {
        return await whole(request, onStatus, signal);
      } catch (error) {
        signal.throwIfAborted();
        log.error({ err: error }, 'a build failed and may be tried again');
        return { kind: 'retry', message: 'The builder failed.' };
      }
    },
    async close() {
      const made = place;
      place = null;
      if (made !== null)
        await made.then(
          ({ root }) => rm(root, { recursive: true, force: true, maxRetries: 3 }),
          () => undefined,
        );
    },
  };
}

/** What processes of this machine left behind that could not close. Another one's processes may share the folder: theirs are younger. */
async function removeAbandoned(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const [, pid] = new RegExp(`^${prefix}(\\d+)-\\w+$`).exec(name) ?? [];
    if (pid === undefined || isAlive(Number(pid))) continue;
    const folder = join(tmpdir(), name);
    const found = await lstat(folder).catch(() => null);
    const age = found === null ? 0 : systemClock.now().getTime() - found.mtimeMs;
    if (found?.isDirectory() === true && found.uid === process.getuid?.() && age > abandonedMs)
      await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
