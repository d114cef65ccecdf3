import { randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import { inject } from 'vitest';
import { migrate } from '#platform/db/migrate';
import { atEnd } from './at-end.js';

/** Runs statements on the server's own database, outside of any that a test uses. */
async function onServer<Result>(serverUrl: string, body: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: named(serverUrl, 'postgres'), connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    return await body(client);
  } finally {
    await client.end();
  }
}

function named(serverUrl: string, database: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return url.href;
}

const drop = (client: pg.Client, name: string) => client.query(`DROP DATABASE IF EXISTS ${pg.escapeIdentifier(name)} WITH (FORCE)`);

/** A migrated database to copy from. `drop` also drops the copies that a killed test file left behind. */
export async function makeTemplate(
  serverUrl: string,
  options: { readonly durable: boolean },
): Promise<{ readonly name: string; drop(): Promise<void> }> {
  const name = `millrace_test_${randomBytes(5).toString('hex')}`;
  await onServer(serverUrl, async (client) => {
    if (!options.durable) {
      // A server that lives as long as the run: only an operating system's crash would need its data on disk.
      await client.query('ALTER SYSTEM SET fsync = off');
      await client.query('SELECT pg_reload_conf()');
    }
    await client.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`);
  });
  await migrate(named(serverUrl, name));
  return {
    name,
    drop: () =>
      onServer(serverUrl, async (client) => {
        const { rows } = await client.query<{ datname: string }>('SELECT datname FROM pg_database WHERE starts_with(datname, $1)', [name]);
        for (const row of rows) await drop(client, row.datname);
      }),
  };
}

/** The URL of a fresh, migrated database for this test file alone; it is dropped after the file's last test. */
export async function createDatabase(): Promise<string> {
  const serverUrl = inject('databaseUrl') as string | undefined;
  if (serverUrl === undefined)
    throw new Error(
      'Tests in test/unit and test/contract run without services; one that needs a database lives in another folder of test/.',
    );
  const template = inject('template');
  const name = `${template}_${randomBytes(5).toString('hex')}`;
  await onServer(serverUrl, (client) =>
    client.query(`CREATE DATABASE ${pg.escapeIdentifier(name)} TEMPLATE ${pg.escapeIdentifier(template)}`),
  );
  atEnd(() =>
    onServer(serverUrl, async (client) => {
      const left = await connectionsLeft(client, name);
      await drop(client, name);
      if (left.length > 0) throw new Error(`Connections to the test's database were left open; their last statements: ${left.join(' | ')}`);
    }),
  );
  return named(serverUrl, name);
}

/** The last statements of connections that are still there after a moment: a closed one takes a few milliseconds to end on the server. */
async function connectionsLeft(client: pg.Client, database: string): Promise<string[]> {
  for (let look = 0; ; look += 1) {
    const { rows } = await client.query<{ query: string }>('SELECT query FROM pg_stat_activity WHERE datname = $1', [database]);
    if (rows.length === 0 || look === 40) return rows.map((row) => row.query.slice(0, 80));
    await setTimeout(50);
  }
}
