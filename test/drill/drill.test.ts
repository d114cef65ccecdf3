import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { DrillReport } from '#drill/drill';
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
