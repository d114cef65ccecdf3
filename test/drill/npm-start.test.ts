import { execFile } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test, vi } from 'vitest';
import { createClient } from '#client/index';
import { atEnd } from '#test/support/at-end';
import { compiledStart, npmStart } from '#test/support/npm-start';

async function checkout(): Promise<string> {
  const dir = await mkdtemp(path.join(tmpdir(), 'millrace-start-'));
  // As root, PostgreSQL's user has to pass through; services.test.ts has the folder that it cannot enter.
  await chmod(dir, 0o755);
  atEnd(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

const listRuns = `{ runs(first: 200) { totalCount } }`;

test('npm start shows runs as they happen, gives a command that works, and keeps its data over a restart', {
  timeout: 120_000,
}, async () => {
  const dir = await checkout();
  const first = await npmStart(dir);
  expect(statSync(path.join(dir, '.millrace', 'dev.json')).mode & 0o777).toBe(0o600);
  await vi.waitFor(() => expect(first.printed()).toMatch(/heartbeat +RUN_FINISHED +run_\S+ +SUCCEEDED/), { timeout: 30_000, interval: 50 });

  // The box names the token, and what stands below it can be pasted.
  expect(first.printed()).toContain(`GraphiQL  ${first.url}`);
  expect(first.printed()).toContain(first.token);
  const command = /^curl .*$/m.exec(first.printed())?.[0];
  const { stdout } = await promisify(execFile)('sh', ['-c', command ?? 'false']);
  expect(JSON.parse(stdout)).toMatchObject({ data: { triggerAction: { __typename: 'TriggerActionSuccess', run: { status: 'QUEUED' } } } });
  await vi.waitFor(() => expect(first.printed()).toMatch(/hello +LOG .* Hello you\n/), { timeout: 10_000, interval: 50 });
  await vi.waitFor(() => expect(first.printed()).toMatch(/hello +RUN_FINISHED .* SUCCEEDED/), { timeout: 10_000, interval: 50 });
  // Logs are in their file, not among the events.
  expect(first.printed()).not.toMatch(/"level":/);

  const keys = await readFile(path.join(dir, '.millrace', 'secrets-keys'), 'utf8');
  expect(statSync(path.join(dir, '.millrace', 'secrets-keys')).mode & 0o777).toBe(0o600);

  const { DATABASE_URL } = JSON.parse(await readFile(path.join(dir, '.millrace', 'services.json'), 'utf8')) as { DATABASE_URL: string };
  expect(await first.interrupt()).toBe(0);
  expect(first.printed()).toContain('Stopped.');
  expect(existsSync(path.join(dir, '.millrace', 'dev.json'))).toBe(false);
  expect(await isFree(Number(new URL(DATABASE_URL).port))).toBe(true);

  const second = await compiledStart(dir);
  expect(second.token).toBe(first.token);
  expect(second.workspace).toBe(first.workspace);
  expect(await readFile(path.join(dir, '.millrace', 'secrets-keys'), 'utf8')).toBe(keys);
  const client = createClient({ url: second.url, token: second.token });
  atEnd(() => client.close());
  const { runs } = await client.request<{ runs: { totalCount: number } }, Record<string, never>>(listRuns, {});
  expect(runs.totalCount).toBeGreaterThanOrEqual(2);
  expect(await second.interrupt()).toBe(0);
});

test('two checkouts run side by side; a port that was asked for and is taken is an error that says so', { timeout: 240_000 }, async () => {
  const [left, right] = await Promise.all([compiledStart(await checkout()), compiledStart(await checkout())]);
  expect(left.url).not.toBe(right.url);
  expect(left.token).not.toBe(right.token);
  const port = new URL(left.url).port;
  await expect(compiledStart(await checkout(), { PORT: port })).rejects.toThrow(`Port ${port} is taken.`);
  expect(await Promise.all([left.interrupt(), right.interrupt()])).toEqual([0, 0]);
});

test('SIGTERM while it starts leaves nothing behind', { timeout: 60_000 }, async () => {
  const dir = await checkout();
  const pidFile = path.join(dir, '.millrace', 'postgres', 'data', 'postmaster.pid');
  const starting = compiledStart(dir);
  starting.catch(() => undefined);
  await vi.waitFor(() => expect(existsSync(pidFile)).toBe(true), { timeout: 30_000, interval: 5 });
  process.kill(await ownerOf(dir), 'SIGTERM');
  await vi.waitFor(() => expect(existsSync(pidFile)).toBe(false), { timeout: 30_000, interval: 25 });
  await starting.catch(() => undefined);
});

async function ownerOf(dir: string): Promise<number> {
  const { pid } = JSON.parse(await readFile(path.join(dir, '.millrace', 'owner.json'), 'utf8')) as { pid: number };
  return pid;
}

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
