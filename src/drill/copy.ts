import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { packageRoot } from '#platform/package';
import { type Defect, patched } from './defects.js';
import type { Guard } from './guard.js';
import type { Undo } from './undo.js';

/** A copy of the built product with a defect, inside the package so that it finds what it is made of. Answers its root. */
export async function copyWith(root: string, defect: Defect, guard: Guard, undo: Undo): Promise<string> {
  const parent = path.join(packageRoot(), '.millrace');
  await mkdir(parent, { recursive: true });
  const copy = await mkdtemp(path.join(parent, 'drill-'));
  guard.folder(copy);
  undo.push(() => rm(copy, { recursive: true, force: true }));
  await cp(path.join(root, 'dist'), path.join(copy, 'dist'), { recursive: true });
  await cp(path.join(root, 'package.json'), path.join(copy, 'package.json'));
  for (const patch of defect.patches) {
    const file = path.join(copy, patch.file);
    await writeFile(file, patched(await readFile(file, 'utf8'), patch));
  }
  return copy;
}
