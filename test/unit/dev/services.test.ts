import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { expect, test } from 'vitest';
import { type Services, startServices } from '#dev/services';
import { atEnd } from '#test/support/at-end';

// Nothing is configured: what a newcomer has.
const environment = { PATH: process.env['PATH'] };

async function folder(): Promise<string> {
  const dir = await mkdtemp(path.join(tmpdir(), 'millrace-services-'));
  atEnd(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

async function start(dir: string): Promise<Services> {
  const services = await startServices({ dir, environment });
  atEnd(() => services.stop());
  return services;
}

async function sql(services: Services, text: string): Promise<unknown[]> {
  const url = new URL(services.databaseUrl);
  url.pathname = '/postgres';
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

function accepts(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    socket.on('connect', () => {
      resolve(true);
      socket.destroy();
    });
    socket.on('error', () => resolve(false));
  });
}

/** Neither server answers any more, and PostgreSQL went in an orderly way. */
async function expectStopped(dir: string, services: Pick<Services, 'databaseUrl' | 'redisUrl'>): Promise<void> {
  expect(await accepts(services.databaseUrl)).toBe(false);
  if (services.redisUrl !== null) expect(await accepts(services.redisUrl)).toBe(false);
  expect(existsSync(path.join(dir, 'postgres', 'data', 'postmaster.pid'))).toBe(false);
}

test('a second start has the data of the first, and stopping leaves no process', async () => {
  const dir = await folder();
  const first = await start(dir);
  await sql(first, 'CREATE TABLE kept AS SELECT 42 AS answer');
  await first.stop();
  await expectStopped(dir, first);

  const second = await start(dir);
  expect(await sql(second, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
  expect(await sql(second, 'SHOW synchronous_commit')).toEqual([{ synchronous_commit: 'on' }]);
  await second.stop();
  await expectStopped(dir, second);
});

test('two folders run side by side, one folder only once', async () => {
  const [left, right] = [await folder(), await folder()];
  const [first, second] = await Promise.all([start(left), start(right)]);
  await sql(first, 'CREATE TABLE mine ()');
  expect(await sql(second, `SELECT to_regclass('mine') AS mine`)).toEqual([{ mine: null }]);
  expect(new Set([first.databaseUrl, second.databaseUrl, first.redisUrl, second.redisUrl]).size).toBe(4);
  await expect(startServices({ dir: left, environment })).rejects.toThrow(`already runs in ${left}, as process ${process.pid}`);
  // The refused start took nothing away from the one that runs.
  expect(await sql(first, 'SELECT 1 AS alive')).toEqual([{ alive: 1 }]);
});

test('a start finds the servers that a killed process left behind', async () => {
  const dir = await folder();
  const program = `
    import { startServices } from '#dev/services';
    const services = await startServices({ dir: ${JSON.stringify(dir)}, environment: { PATH: process.env.PATH } });
    console.log(JSON.stringify(services));`;
  const child = spawn(process.execPath, ['--conditions=source', '--import', 'tsx', '--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const orphaned = await new Promise<Pick<Services, 'databaseUrl' | 'redisUrl'>>((resolve) =>
    child.stdout.once('data', (chunk: Buffer) => resolve(JSON.parse(chunk.toString()) as Services)),
  );
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
  expect(await accepts(orphaned.databaseUrl)).toBe(true);

  const services = await start(dir);
  expect(await accepts(orphaned.databaseUrl)).toBe(false);
  if (orphaned.redisUrl !== null) expect(await accepts(orphaned.redisUrl)).toBe(false);
  expect(await sql(services, 'SELECT 1 AS alive')).toEqual([{ alive: 1 }]);
  await services.stop();
  await expectStopped(dir, services);
});

test('it starts in a folder that other users cannot enter, also as root, and finds its data again', async () => {
  // PostgreSQL refuses to run as root, and the user it gets then cannot pass through the folder above.
  const dir = path.join(await folder(), 'closed');
  const first = await start(dir);
  const elsewhere = /The database is in (\S+):/.exec(first.notes.join())?.[1];
  if (elsewhere !== undefined) atEnd(() => rm(elsewhere, { recursive: true, force: true }));
  expect(elsewhere === undefined).toBe(existsSync(path.join(dir, 'postgres')));
  await sql(first, 'CREATE TABLE kept AS SELECT 42 AS answer');
  await first.stop();

  const second = await start(dir);
  expect(second.notes).toEqual(first.notes);
  expect(await sql(second, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
});

test('without a Redis in PATH the queue is said to run on PostgreSQL', async () => {
  const services = await startServices({ dir: await folder(), environment: { PATH: '/nowhere' } });
  atEnd(() => services.stop());
  expect(services.redisUrl).toBeNull();
  expect(services.notes).toEqual([expect.stringContaining('the queue runs on PostgreSQL')]);
});

test('what is configured is not started', async () => {
  const dir = await folder();
  const services = await startServices({ dir, environment: { DATABASE_URL: 'postgresql://elsewhere/db', REDIS_URL: 'redis://elsewhere' } });
  expect(services).toMatchObject({ databaseUrl: 'postgresql://elsewhere/db', redisUrl: 'redis://elsewhere', notes: [] });
  expect(existsSync(path.join(dir, 'postgres'))).toBe(false);
  await services.stop();
});

test('a start that fails half way stops what it had started', async () => {
  const dir = await folder();
  const broken = path.join(dir, 'redis-server');
  await writeFile(broken, '#!/bin/sh\necho "no luck" >&2\nexit 3\n', { mode: 0o755 });
  await expect(startServices({ dir, environment: { PATH: dir } })).rejects.toThrow(/Redis did not start: it ended with code 3.\nno luck/);
  expect(existsSync(path.join(dir, 'postgres', 'data', 'PG_VERSION'))).toBe(true);
  expect(existsSync(path.join(dir, 'postgres', 'data', 'postmaster.pid'))).toBe(false);
});
