import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test, vi } from 'vitest';
import type { DrillReport } from '#drill/drill';
import { descendants } from '#drill/memory';
import { listProcesses } from '#drill/programs';
import { atEnd } from '#test/support/at-end';
import { compile } from '#test/support/compiled';

test('a short drill loses, doubles and misorders nothing, and leaves nothing behind', { timeout: 300_000 }, async () => {
  // A program of its own: what is left of it is known by its folder.
  const { folder: root, remove } = await compile();
  atEnd(remove);
  const file = path.join(root, 'report.json');
  const faults = 'kill-worker,cut-database,flush-redis,lost-answers,stop-database,reconnect';
  const options = ['--quick', '--seed', '7', '--minutes', '0.1', '--runs', '200', '--faults', faults, '--json', file];
  const drill = spawn(process.execPath, [path.join(root, 'dist/src/cli/main.js'), 'drill', ...options], {
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  atEnd(() => void drill.kill('SIGTERM'));
  let told = '';
  drill.stderr.setEncoding('utf8').on('data', (part: string) => (told += part));
  await once(drill, 'close');

  const report = JSON.parse(await readFile(file, 'utf8').catch(() => Promise.reject(new Error(told)))) as DrillReport;
  expect(report.faults).toHaveLength(6);
  // How long something took says more about the machine that the tests share than about Millrace.
  const wrong = report.judgements.filter(({ target, verdict }) => target === '0' && verdict === 'RED');
  expect(wrong, report.remarks.join('\n')).toEqual([]);
  expect(report.judgements.length).toBeGreaterThan(20);
  expect((await listProcesses()).filter(({ command }) => command.includes(root))).toEqual([]);
});

test('a drill that is killed in the middle leaves nothing behind', { timeout: 180_000 }, async () => {
  const { folder: root, remove } = await compile();
  atEnd(remove);
  const temporary = await mkdtemp(path.join(tmpdir(), 'drill-killed-'));
  // The user of PostgreSQL has to pass through.
  await chmod(temporary, 0o711);
  atEnd(() => rm(temporary, { recursive: true, force: true }));
  const drill = spawn(process.execPath, [path.join(root, 'dist/src/cli/main.js'), 'drill', '--quick', '--faults', 'revoke'], {
    env: { PATH: process.env['PATH'], TMPDIR: temporary },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  atEnd(() => void drill.kill('SIGTERM'));
  let told = '';
  drill.stderr.setEncoding('utf8').on('data', (part: string) => (told += part));
  await vi.waitFor(() => expect(told).toContain('calm for'), { timeout: 120_000, interval: 50 });
  const family = descendants(await listProcesses(), [drill.pid ?? 0]);
  // Two APIs, two workers, their sandboxes, PostgreSQL with its own, and Redis.
  expect(family.length).toBeGreaterThan(8);
  drill.kill('SIGKILL');

  const left = async () => {
    const now = new Set((await listProcesses()).map(({ pid, command }) => `${pid} ${command}`));
    return family.filter(({ pid, command }) => pid !== drill.pid && now.has(`${pid} ${command}`)).map(({ command }) => command);
  };
  await vi.waitFor(async () => expect(await left()).toEqual([]), { timeout: 30_000, interval: 100 });
  await vi.waitFor(async () => expect(await readdir(temporary)).toEqual([]), { timeout: 30_000, interval: 100 });
});
