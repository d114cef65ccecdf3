import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { buildError, type Dependency, type Failed, failed, type Retry } from './build.js';
import { folderSize, npmInstall } from './npm.js';
import { foreign, refusal } from './npm.failure.js';

export interface InstallOptions {
  /** Its own, an absolute path without links. */
  readonly root: string;
  /** npm's entry file; null: there is no npm. */
  readonly npm: string | null;
  readonly registry: string | null;
  readonly ms: number;
  /** Of one installed folder, and of all that are kept. */
  readonly bytes: number;
}

export interface Installed {
  readonly kind: 'installed';
  /** Dependencies are in its `node_modules`. */
  readonly folder: string;
  readonly dependencies: readonly Dependency[];
  /** Nobody reads the folder any more. */
  release(): Promise<void>;
}

export interface Installer {
  /** Rejects with the signal's reason. */
  install(dependencies: readonly Dependency[], signal: AbortSignal): Promise<Installed | Failed | Retry>;
}

/** Versions never change, ranges and tags do. */
const exact = /^\d+\.\d+\.\d+(?:[-+][\w.+-]+)?$/;

interface Kept {
  readonly folder: string;
  readonly dependencies: readonly Dependency[];
  readonly bytes: number;
  readers: number;
}

/** Installs dependencies, each set in a folder of its own. Sets of exact versions are kept while there is room; the longest unused goes first. */
export function createInstaller({ root, npm, registry, ms, bytes }: InstallOptions): Installer {
  const kept = new Map<string, Kept>();
  const cache = join(root, 'npm');

  return { install };

  async function install(dependencies: readonly Dependency[], signal: AbortSignal): Promise<Installed | Failed | Retry> {
    const key = keyOf(dependencies);
    const known = kept.get(key);
    if (known !== undefined) {
      kept.delete(key);
      kept.set(key, known);
      return read(key, known);
    }
    if (npm === null) return { kind: 'retry', message: 'The dependencies cannot be installed: this worker has no npm.' };
    const folder = join(root, randomUUID());
    try {
      const made = await fresh(npm, folder, dependencies, signal);
      if ('kind' in made) {
        await remove(folder);
        return made;
      }
      if ((await folderSize(cache)) > bytes) await remove(cache);
      if (!kept.has(key) && dependencies.every(({ version }) => exact.test(version))) kept.set(key, made);
      return read(key, made);
    } catch (error) {
      await remove(folder);
      throw error;
    }
  }

  async function fresh(
    npmFile: string,
    folder: string,
    dependencies: readonly Dependency[],
    signal: AbortSignal,
  ): Promise<Kept | Failed | Retry> {
    await mkdir(folder, { recursive: true });
    const wanted = Object.fromEntries(dependencies.map(({ name, version }) => [name, version]));
    await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies: wanted }));
    const outcome = await npmInstall(npmFile, { folder, cache, registry, ms, folderBytes: bytes, signal });
    if (outcome.kind === 'late') return { kind: 'retry', message: `The dependencies were not installed within ${String(ms)} ms.` };
    if (outcome.kind === 'refused') return refusal(outcome.output, dependencies);
    const size = await folderSize(folder);
    if (outcome.kind === 'large' || size > bytes)
      return failed(buildError('too_large', `The dependencies have more than ${String(bytes)} bytes when they are installed.`));
    if (await isForeign(folder)) return foreign;
    return { folder, dependencies: await Promise.all(dependencies.map(({ name }) => resolved(folder, name))), bytes: size, readers: 0 };
  }

  function read(key: string, entry: Kept): Installed {
    entry.readers += 1;
    const release = async (): Promise<void> => {
      entry.readers -= 1;
      if (kept.get(key) !== entry && entry.readers === 0) await remove(entry.folder);
      await makeRoom();
    };
    return { kind: 'installed', folder: entry.folder, dependencies: entry.dependencies, release };
  }

  async function makeRoom(): Promise<void> {
    let total = [...kept.values()].reduce((sum, entry) => sum + entry.bytes, 0);
    for (const [key, entry] of kept) {
      if (total <= bytes) return;
      if (entry.readers > 0) continue;
      kept.delete(key);
      total -= entry.bytes;
      await remove(entry.folder);
    }
  }
}

function keyOf(dependencies: readonly Dependency[]): string {
  return JSON.stringify(dependencies.map(({ name, version }) => [name, version]).sort(([a = ''], [b = '']) => (a < b ? -1 : 1)));
}

const installedPackage = z.object({ version: z.string() });

async function resolved(folder: string, name: string): Promise<Dependency> {
  const text = await readFile(join(folder, 'node_modules', name, 'package.json'), 'utf8');
  return { name, version: installedPackage.parse(JSON.parse(text)).version };
}

const lockfile = z.object({
  packages: z.record(z.string(), z.object({ resolved: z.string().optional(), link: z.boolean().optional() })),
});

/** Whether something was installed that is no package of a registry. */
async function isForeign(folder: string): Promise<boolean> {
  const text = await readFile(join(folder, 'node_modules', '.package-lock.json'), 'utf8');
  const packages = Object.values(lockfile.parse(JSON.parse(text)).packages);
  return packages.some(({ link, resolved: from }) => link === true || from !== undefined);
}

function remove(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true, maxRetries: 3 });
}
