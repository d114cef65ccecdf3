import { execFileSync } from 'node:child_process';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createSandbox, type Sandbox, type SandboxJson } from '#platform/sandbox/sandbox';
import { createLog } from '#platform/telemetry/log';

let sandbox: Sandbox;
let stop = new AbortController();

beforeAll(async () => {
  sandbox = createSandbox({
    processes: 3,
    spares: 2,
    defaultMs: 20_000,
    maxMs: 20_000,
    memoryMb: 16,
    outputBytes: 1_000,
    consoleBytes: 1_000,
    log: createLog('silent', {}),
  });
  await sandbox.ready;
}, 30_000);

afterEach(() => {
  stop.abort();
  stop = new AbortController();
});

afterAll(() => sandbox.close());

function run(code: string, tenant: string, name: string): Promise<SandboxJson> {
  return sandbox.run({ code, owner: { tenant, name }, input: null, context: null, timeoutMs: null, signal: stop.signal });
}
const neighbour = (tenant: string, name: string) => run('export default () => 1', tenant, name);

/** Loops without end; answers how many of them have ended. */
function loops(count: number, tenant: string, name: string, text = 'for (;;);'): () => number {
  let ended = 0;
  for (let i = 0; i < count; i += 1)
    run(`export default async () => { ${text} }`, tenant, name).then(
      () => (ended += 1),
      () => (ended += 1),
    );
  return () => ended;
}

/** How far behind others each sandbox process of this one stands. */
function niceness(): number[] {
  const rows = execFileSync('ps', ['-o', 'ni=,args=', '--ppid', String(process.pid)], { encoding: 'utf8' }).split('\n');
  return rows.filter((row) => row.includes('millrace-sandbox/child-')).map((row) => Number(row.trim().split(/\s+/)[0]));
}

test('a neighbour is served while the loops of one automation run and wait', async () => {
  const ended = loops(8, 'bad', 'loop');
  await expect(neighbour('good', 'a')).resolves.toBe(1);
  await expect(neighbour('bad', 'other')).resolves.toBe(1);
  expect(ended()).toBe(0);
});

test('so he is while loops of other tenants hold all processes', async () => {
  const ended = [loops(2, 'bad', 'loop'), loops(2, 'worse', 'loop')];
  await expect(neighbour('good', 'a')).resolves.toBe(1);
  expect(ended.map((count) => count())).toEqual([0, 0]);
});

test('so he is while one tenant has more loops than there are processes', async () => {
  const ended = [1, 2, 3, 4].map((n) => loops(2, 'bad', `loop ${n}`));
  await expect(neighbour('good', 'a')).resolves.toBe(1);
  expect(ended.map((count) => count())).toEqual([0, 0, 0, 0]);
});

test('code that computes long is put behind the others, and processes that are not are there for them', async () => {
  const ended = loops(2, 'bad', 'loop');
  await expect.poll(() => niceness().filter((nice) => nice > 0).length, { timeout: 10_000 }).toBeGreaterThanOrEqual(2);
  await expect.poll(() => niceness().filter((nice) => nice === 0).length, { timeout: 10_000 }).toBeGreaterThanOrEqual(3);
  expect(niceness().length).toBeLessThanOrEqual(5);
  expect(ended()).toBe(0);
  stop.abort();
  stop = new AbortController();
  await expect(neighbour('bad', 'loop')).resolves.toBe(1);
});
