import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type * as Esbuild from 'esbuild';
import { packageRoot } from '#platform/package';

export interface ChildEntry {
  readonly path: string;
  readonly execArgv: readonly string[];
}

let fromSource: string | undefined;

/** What a sandbox process executes, and what Node lets it do. */
export function childEntry(): ChildEntry {
  const { resolve } = createRequire(import.meta.url);
  const path = import.meta.url.endsWith('.ts') ? (fromSource ??= compile()) : fileURLToPath(new URL('child.js', import.meta.url));
  const engine = dirname(resolve('quickjs-wasi/quickjs.wasm'));
  // Node follows a link to node_modules only with the right to read all of it: there the process goes without these limits.
  const linked = (resolve.paths('quickjs-wasi') ?? []).every((folder) => !engine.startsWith(join(folder, 'quickjs-wasi')));
  return { path, execArgv: linked ? [] : readingOnly(dirname(path), engine) };
}

/** For whoever gets out of the engine: the process writes nothing, starts nothing, and reads these folders alone. */
function readingOnly(...folders: readonly string[]): readonly string[] {
  // Its name in Node 20.
  const flag = process.allowedNodeEnvironmentFlags.has('--permission') ? '--permission' : '--experimental-permission';
  return [flag, '--disable-warning=ExperimentalWarning', ...folders.map((folder) => `--allow-fs-read=${join(folder, '*')}`)];
}

/** From source, once in each of our processes: a sandbox that compiles itself would take ten times as long to start, and the permissions would not let it. */
function compile(): string {
  const { buildSync } = createRequire(import.meta.url)('esbuild') as typeof Esbuild;
  const { outputFiles } = buildSync({
    entryPoints: [fileURLToPath(new URL('child.ts', import.meta.url))],
    write: false,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    conditions: ['source'],
  });
  const [{ hash, contents }] = outputFiles as [Esbuild.OutputFile];
  const folder = join(packageRoot(), 'node_modules', '.cache', 'millrace-sandbox');
  const path = join(folder, `child-${hash.replaceAll(/\W/g, '')}.mjs`);
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true });
  // Another process may start the same one right now: it finds all of it or nothing.
  const draft = `${path}.${String(process.pid)}`;
  writeFileSync(draft, contents);
  renameSync(draft, path);
  return path;
}
