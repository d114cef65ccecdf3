import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { promisify } from 'node:util';
import pg from 'pg';
import { expect, inject, test } from 'vitest';
import { migrate, pendingMigrations } from '#platform/db/migrate';
import { newId } from '#platform/ids';
import { atEnd } from '#test/support/at-end';

const names = readdirSync('prisma/migrations', { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)
  .sort();

async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

/** The URL of a database that does not exist yet. */
function missingDatabase(): string {
  const url = new URL(inject('databaseUrl'));
  const name = `${inject('template')}_${newId()}`;
  const admin = new URL(url);
  admin.pathname = '/postgres';
  atEnd(async () => void (await query(admin.href, `DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`)));
  url.pathname = `/${name}`;
  return url.href;
}

test('a database that is missing is made and migrated, and the second time nothing is left to do', async () => {
  const url = missingDatabase();
  expect(await migrate(url)).toEqual(names);
  expect(await pendingMigrations(url)).toEqual([]);
  expect(await migrate(url)).toEqual([]);
  expect(await query(url, 'SELECT count(*)::int AS runs FROM "Run"')).toEqual([{ runs: 0 }]);
});

test('of processes that migrate at once, one does it and all can go on', async () => {
  const url = missingDatabase();
  const applied = await Promise.all([migrate(url), migrate(url), migrate(url)]);
  expect(applied.filter((list) => list.length > 0)).toEqual([names]);
  expect(await query(url, 'SELECT migration_name AS name FROM _prisma_migrations ORDER BY 1')).toEqual(names.map((name) => ({ name })));
});

test('a migration that PostgreSQL refuses says what PostgreSQL said', async () => {
  const url = missingDatabase();
  await migrate(url);
  await query(url, `DELETE FROM _prisma_migrations WHERE migration_name = '${names[0] ?? ''}'`);
  await expect(migrate(url)).rejects.toThrow(/could not be migrated: .* already exists/);
});

test('migrations whose migrator was killed at their end are applied again, and what it left half made is made anew', async () => {
  const url = missingDatabase();
  await migrate(url);
  // Older ones cannot be applied twice.
  const again = names.filter((name) => name > '20261128');
  await query(url, `UPDATE _prisma_migrations SET finished_at = NULL WHERE migration_name > '20261128'`);
  const invalid = `SELECT count(*)::int AS invalid FROM pg_index WHERE NOT indisvalid`;
  await query(url, `UPDATE pg_index SET indisvalid = false WHERE indexrelid IN ('"Run_tags_idx"'::regclass, '"Event_held_idx"'::regclass)`);
  expect(await query(url, invalid)).toEqual([{ invalid: 2 }]);
  expect(await migrate(url)).toEqual(again);
  expect(await query(url, invalid)).toEqual([{ invalid: 0 }]);
  expect(await pendingMigrations(url)).toEqual([]);
});

test('the stock command of Prisma makes a database and finds it in step with the schema', { timeout: 120_000 }, async () => {
  const url = missingDatabase();
  const dev = () => promisify(execFile)('npx', ['prisma', 'migrate', 'dev'], { env: { ...process.env, DATABASE_URL: url, NO_COLOR: '1' } });
  expect((await dev()).stdout).toContain('in sync with your schema');
  expect((await dev()).stdout).toContain('Already in sync');
});
