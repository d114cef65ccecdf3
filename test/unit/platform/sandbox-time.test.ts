import { expect, it } from 'vitest';
import { createGuest } from '#platform/sandbox/guest';

const guest = createGuest({ memoryBytes: 16_777_216, outputBytes: 1_000, consoleBytes: 1_000 });
const tell = { lines: () => undefined, fetch: () => undefined };
/** Nothing of this process goes on meanwhile, as where a machine has no processor for it. */
const starve = (ms: number) => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

async function ran(code: string, timeoutMs: number, starvedMs: number) {
  const outcome = (await guest).run({ type: 'run', run: 1, code, input: 'null', context: 'null', timeoutMs }, tell);
  await Promise.resolve();
  starve(starvedMs);
  return outcome;
}
const sleeping = (ms: number) => `export default () => new Promise((done) => setTimeout(() => done('awake'), ${ms}))`;

it('code that waits for less than its time is not timed out because its process had no processor meanwhile', async () => {
  await expect(ran(sleeping(100), 400, 600)).resolves.toMatchObject({ output: '"awake"', failure: null });
});

it('code that waits for longer than its time is timed out, with a processor or without', async () => {
  await expect(ran(sleeping(60_000), 200, 0)).resolves.toMatchObject({ failure: { code: 'TIMEOUT' } });
  await expect(ran(sleeping(60_000), 200, 300)).resolves.toMatchObject({ failure: { code: 'TIMEOUT' } });
});

it('code that fires timers without end is timed out all the same, since being late is made up for once at most', async () => {
  const begun = performance.now();
  const endless = 'export default () => new Promise(() => setInterval(() => undefined, 0))';
  await expect(ran(endless, 300, 150)).resolves.toMatchObject({ failure: { code: 'TIMEOUT' } });
  expect(performance.now() - begun).toBeGreaterThanOrEqual(300);
});
