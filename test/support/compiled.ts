import { cpSync, readdirSync, symlinkSync } from 'node:fs';
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
  cpSync('package.json', path.join(folder, 'package.json'));
  symlinkSync(path.resolve('prisma'), path.join(folder, 'prisma'));
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** The compiled file of a source file such as `worker/main.ts`, to be started with Node alone. */
export function compiled(source: string): string {
  return path.join(inject('compiled'), 'dist', source.replace(/\.ts$/, '.js'));
}
