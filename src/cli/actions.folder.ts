import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { keyPattern } from '#domain/input';
import { type ActionFile, type LocalAction, codeName, readActionFile, sameFile, writeActionFile } from './actions.file.js';

/** What is told of a file, in the form in which editors find the place. */
export function placeIn(folder: string, key: string, name: string): string {
  return path.join(folder, key, name);
}

/** The keys of the actions in a folder: its folders that have an `action.json`. */
export async function localKeys(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    throw isMissing(error) ? new Error(`There is no folder ${folder}.`) : error;
  });
  const found = await Promise.all(
    entries
      .filter((entry) => !entry.isFile())
      .map(async ({ name }) => ((await readText(placeIn(folder, name, 'action.json'))) === null ? [] : [name])),
  );
  return found.flat().sort();
}

/** The action of a folder; null: there is none. Throws an Error that begins with the file at fault. */
export async function readLocal(folder: string, key: string): Promise<LocalAction | null> {
  const file = await readLocalFile(folder, key);
  if (file === null) return null;
  const name = placeIn(folder, key, codeName(file));
  const code = await readText(name);
  if (code === null) throw new Error(`${name}: This file is missing: the language is ${file.language}.`);
  return { file, code };
}

/** An `action.json` without its code. */
export async function readLocalFile(folder: string, key: string): Promise<ActionFile | null> {
  assertFolderName(key);
  const name = placeIn(folder, key, 'action.json');
  const text = await readText(name);
  if (text === null) return null;
  try {
    return readActionFile(JSON.parse(text));
  } catch (error) {
    const lines = (error instanceof Error ? error.message : String(error)).split('\n');
    throw new Error(lines.map((line) => `${name}: ${line}`).join('\n'));
  }
}

/** Writes an action as a server has it; what means the same already stays to the byte, and so does every other file. Answers whether anything was written. */
export async function writeLocal(folder: string, key: string, { file, code }: LocalAction): Promise<boolean> {
  const before = await readLocalFile(folder, key);
  const codeFile = placeIn(folder, key, codeName(file));
  const sameCode = (await readText(codeFile)) === code;
  const same = before !== null && sameFile(before, file);
  if (same && sameCode) return false;
  await mkdir(path.join(folder, key), { recursive: true });
  if (!sameCode) await writeFile(codeFile, code);
  if (!same) await writeFile(placeIn(folder, key, 'action.json'), writeActionFile(file));
  // The code in the language that it had is this command's own.
  if (before !== null && codeName(before) !== codeName(file)) await rm(placeIn(folder, key, codeName(before)), { force: true });
  return true;
}

/** A key is the name of a folder in the folder, and leads nowhere else. */
function assertFolderName(key: string): void {
  if (!keyPattern.test(key) || key === '.' || key === '..') throw new Error(`"${key}" is no key that can be a folder.`);
}

async function readText(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOENT' || code === 'ENOTDIR';
}
