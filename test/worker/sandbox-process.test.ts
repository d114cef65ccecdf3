import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import type * as SandboxProcessFile from '#platform/sandbox/sandbox-process';
import { compiled } from '#test/support/compiled';

test('a built sandbox process runs code and may neither read other files, nor write, nor start anything', async () => {
  const built = compiled('src/platform/sandbox/sandbox-process.ts');
  const { startProcess } = (await import(/* @vite-ignore */ pathToFileURL(built).href)) as typeof SandboxProcessFile;
  const started = startProcess({ memoryBytes: 16_000_000, outputBytes: 1_000, consoleBytes: 1_000 });
  try {
    await started.ready;
    const code = `export default (n) => new URL('https://example.com:' + n).port`;
    const call = { type: 'run', code, input: '81', context: '{}', timeoutMs: 5_000 } as const;
    await expect(started.call(call, undefined, () => undefined)).resolves.toMatchObject({ output: '"81"', failure: null });

    const [, ...commandLine] = readFileSync(`/proc/${String(started.pid)}/cmdline`, 'utf8').split('\0');
    const flags = commandLine.slice(
      0,
      commandLine.findIndex((word) => word.endsWith('child.js')),
    );
    // Where the process may read at all.
    const probe = path.join(path.dirname(built), 'probe.js');
    writeFileSync(
      probe,
      `import { readFileSync, writeFileSync } from 'node:fs';
       import { spawnSync } from 'node:child_process';
       import { Worker } from 'node:worker_threads';
       const attempts = [
         () => readFileSync('/etc/passwd'),
         () => readFileSync(${JSON.stringify(path.resolve('package.json'))}),
         () => writeFileSync(${JSON.stringify(probe)}, ''),
         () => { const { error } = spawnSync('true'); if (error) throw error },
         () => new Worker('1', { eval: true }),
       ];
       console.log(JSON.stringify(attempts.map((attempt) => { try { attempt(); return 'done' } catch (error) { return error.code } })));`,
    );
    const outcomes: unknown = JSON.parse(execFileSync(process.execPath, [...flags, probe], { encoding: 'utf8', env: {} }));
    expect(outcomes).toEqual(Array.from({ length: 5 }, () => 'ERR_ACCESS_DENIED'));
  } finally {
    started.kill();
    await started.gone;
    rmSync(path.join(path.dirname(built), 'probe.js'), { force: true });
  }
});
