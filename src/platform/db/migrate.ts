import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import { packageRoot } from '#platform/package';

/** A migration as it lies on disk. */
export interface Migration {
  /** The name of its folder, which begins with the time it was made: names sort in the order of application. */
  readonly name: string;
  readonly sql: string;
}

/** Serialises the migrators of one database. Beside it the engine takes a lock of its own, with a time limit of 10 s that a long migration would exceed. */
const LOCK = 7_265_091_443;
/** The engine's own. */
const ENGINE_LOCK = 72_707_369;
const retryMs = 200;

/**
 * Brings the database to this version's schema, and creates it first when it is missing; answers the names of the migrations
 * that this call applied. Any number of processes may call it at once. The rows and checksums of `_prisma_migrations` are
 * those that `prisma migrate deploy` writes.
 */
export async function migrate(databaseUrl: string): Promise<string[]> {
  const migrations = await readMigrations();
  const client = await connectOrCreate(databaseUrl);
  try {
    if ((await pending(client, migrations)).length === 0) return [];
    while (!(await locked(client, LOCK))) await setTimeout(retryMs);
    if ((await pending(client, migrations)).length === 0) return [];
    await giveUpUnfinished(client);
    // 4 MB of WebAssembly, loaded only when there is something to do.
    const { applyMigrations } = await import('./schema-engine.js');
    return await applyMigrations(databaseUrl, migrations);
  } finally {
    // Ends the session and with it the lock.
    await client.end();
  }
}

/** The names of the migrations that the database lacks. */
export async function pendingMigrations(databaseUrl: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    return await pending(client, await readMigrations());
  } finally {
    await client.end();
  }
}

/** Takes the lock if it is free. Who waited within a statement would be waited for by a migration that makes an index concurrently. */
async function locked(client: pg.Client, lock: number): Promise<boolean> {
  const { rows } = await client.query<{ locked: boolean }>('SELECT pg_try_advisory_lock($1) AS locked', [lock]);
  return rows[0]?.locked === true;
}

/**
 * A migration whose migrator was killed, or that PostgreSQL refused, is to be applied again: the engine applies nothing more while it stands as
 * begun. Under the engine's lock, which a migrator of Prisma's own command holds, or the session of one that was killed until it ends.
 */
async function giveUpUnfinished(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ found: boolean }>(`SELECT to_regclass('_prisma_migrations') IS NOT NULL AS found`);
  if (rows[0]?.found !== true) return;
  while (!(await locked(client, ENGINE_LOCK))) await setTimeout(retryMs);
  await client.query('UPDATE _prisma_migrations SET rolled_back_at = now() WHERE finished_at IS NULL AND rolled_back_at IS NULL');
  await client.query('SELECT pg_advisory_unlock($1)', [ENGINE_LOCK]);
}

async function pending(client: pg.Client, migrations: readonly Migration[]): Promise<string[]> {
  const { rows: tables } = await client.query<{ found: boolean }>(`SELECT to_regclass('_prisma_migrations') IS NOT NULL AS found`);
  if (tables[0]?.found !== true) return migrations.map(({ name }) => name);
  const { rows } = await client.query<{ name: string }>(
    'SELECT migration_name AS name FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL',
  );
  const applied = new Set(rows.map(({ name }) => name));
  return migrations.map(({ name }) => name).filter((name) => !applied.has(name));
}

async function readMigrations(): Promise<Migration[]> {
  const folder = path.join(packageRoot(), 'prisma', 'migrations');
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  return Promise.all(names.map(async (name) => ({ name, sql: await readFile(path.join(folder, name, 'migration.sql'), 'utf8') })));
}

async function connectOrCreate(databaseUrl: string): Promise<pg.Client> {
  const connect = async (url: string) => {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000, application_name: 'millrace migrate' });
    await client.connect();
    return client;
  };
  try {
    return await connect(databaseUrl);
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || error.code !== '3D000') throw error;
  }
  const server = new URL(databaseUrl);
  const name = decodeURIComponent(server.pathname.slice(1));
  server.pathname = '/postgres';
  const admin = await connect(server.href);
  try {
    // Databases are made one at a time: two at once fail on each other's use of the template.
    await admin.query('SELECT pg_advisory_lock($1)', [LOCK]);
    const { rowCount } = await admin.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
    if (rowCount === 0) await admin.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`);
  } finally {
    await admin.end();
  }
  return connect(databaseUrl);
}
