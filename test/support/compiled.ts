import { readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';
import { inject } from 'vitest';

export interface Compiled {
  readonly folder: string;
  remove(): Promise<void>;
}

/**
 * The program as JavaScript, for tests that start processes: one that compiles itself takes three times the processor time to start.
 * It lies below node_modules, where its imports find what ours find.
 */
export async function compile(): Promise<Compiled> {
  const cache = path.resolve('node_modules/.cache');
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(path.join(cache, 'millrace-'));
  const sources = ['src', 'schema', 'worker'].flatMap((part) =>
    readdirSync(part, { recursive: true, withFileTypes: true })
      .filter((file) => file.isFile() && file.name.endsWith('.ts'))
      .map((file) => path.join(file.parentPath, file.name)),
  );
  await build({
    entryPoints: sources,
    outbase: '.',
    outdir: path.join(folder, 'dist'),
    format: 'esm',
    target: 'node20',
    logLevel: 'warning',
  });
  const { imports, ...rest } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    imports: Record<string, { default: string } | string>;
  };
  // Without its sources, which are not there, also for who looks for sources first: our test processes.
  const built = Object.entries(imports).flatMap(([name, at]) => (typeof at === 'string' ? [] : [[name, at.default] as const]));
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ ...rest, imports: Object.fromEntries(built) }));
  symlinkSync(path.resolve('prisma'), path.join(folder, 'prisma'));
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** The compiled file of a source file such as `worker/main.ts`, to be started with Node alone. */
export function compiled(source: string): string {
  return path.join(inject('compiled'), 'dist', source.replace(/\.ts$/, '.js'));
}
