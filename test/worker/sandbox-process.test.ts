import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, cpSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type * as SandboxProcessFile from '#platform/sandbox/sandbox-process';

const folder = mkdtempSync(join(tmpdir(), 'millrace-sandbox-'));

/** The sandbox as `npm run build` leaves it. */
beforeAll(() => {
  const sources = resolve('src/platform/sandbox');
  for (const file of readdirSync(sources)) {
    const { outputText } = ts.transpileModule(readFileSync(join(sources, file), 'utf8'), {
      compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 },
    });
    writeFileSync(join(folder, file.replace(/\.ts$/, '.js')), outputText);
  }
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  cpSync(resolve('node_modules/quickjs-wasi'), join(folder, 'node_modules/quickjs-wasi'), { recursive: true });
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

test('a built sandbox process runs code and may neither read other files, nor write, nor start anything', async () => {
  const { startProcess } = (await import(
    /* @vite-ignore */ pathToFileURL(join(folder, 'sandbox-process.js')).href
  )) as typeof SandboxProcessFile;
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
    const probe = join(folder, 'probe.js');
    writeFileSync(
      probe,
      `import { readFileSync, writeFileSync } from 'node:fs';
       import { spawnSync } from 'node:child_process';
       import { Worker } from 'node:worker_threads';
       const attempts = [
         () => readFileSync('/etc/passwd'),
         () => readFileSync(${JSON.stringify(resolve('package.json'))}),
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
  }
});
