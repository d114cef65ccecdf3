import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** The folder of this package, from its sources as from `dist`: the nearest one above that holds the migrations. */
export function packageRoot(): string {
  for (let folder = import.meta.dirname; ; folder = path.dirname(folder)) {
    if (existsSync(path.join(folder, 'prisma', 'migrations'))) return folder;
    if (folder === path.dirname(folder))
      throw new Error(`The folder prisma/migrations is missing: it belongs beside package.json, above ${import.meta.dirname}.`);
  }
}

/** As it stands in package.json. */
export function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(path.join(packageRoot(), 'package.json'), 'utf8')) as { readonly version: string };
  return version;
}
