import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { packageRoot } from '#platform/package';
import type * as SandboxFile from '#platform/sandbox/sandbox';
import { createLog } from '#platform/telemetry/log';
import { cpuOfTree } from './cpu.js';
import { type Figure, figure, quantile } from './figure.js';
import { during, now } from './pace.js';

type Sandbox = SandboxFile.Sandbox;

/** What a sandbox call costs, and what a bad neighbour costs it. */
export async function measureSandbox({ quick }: { readonly quick: boolean }): Promise<Figure[]> {
  // The built one: from source each process would carry a compiler.
  const file = path.join(packageRoot(), 'dist/src/platform/sandbox/sandbox.js');
  const { createSandbox } = (await import(pathToFileURL(file).href)) as typeof SandboxFile;
  const sandbox = createSandbox({
    processes: 3,
    spares: 3,
    defaultMs: 5_000,
    maxMs: 30_000,
    memoryMb: 64,
    outputBytes: 256_000,
    consoleBytes: 1_000_000,
    log: createLog('silent', {}),
  });
  try {
    await sandbox.ready;
    const size = quick ? { rounds: 2, ms: 500 } : { rounds: 5, ms: 2_000 };
    const calls = await measureCalls(sandbox, size);
    const memory = await measureMemory(size.rounds);
    return [...calls, ...(memory === null ? [] : [memory]), ...(await measureNeighbour(sandbox, size))];
  } finally {
    await sandbox.close();
  }
}

interface Size {
  readonly rounds: number;
  readonly ms: number;
}

const short = 'export default async (input) => ({ greeting: `Hello ${input.name}` })';
const handler = 'export const onLogin = async (event, api) => { api.idToken.setCustomClaim("name", event.user.name) }';
const computing = 'export default () => { let sum = 0; for (let i = 0; i < 500000; i++) sum += i % 7; return sum }';
const endless = 'export default () => { for (;;); }';

const call = (sandbox: Sandbox, code: string, name: string, timeoutMs: number | null = null) =>
  sandbox.run({ code, owner: { tenant: name, name }, input: { name: 'world' }, context: {}, timeoutMs });

async function measureCalls(sandbox: Sandbox, { rounds, ms }: Size): Promise<Figure[]> {
  const kinds = {
    run: () => call(sandbox, short, 'bench'),
    handle: () =>
      sandbox.handle({
        code: handler,
        owner: { tenant: 'bench', name: 'bench' },
        handler: 'onLogin',
        fallback: 'default',
        event: { user: { name: 'Ada', roles: ['a', 'b'] }, secrets: { key: 'value' } },
        commands: ['access.deny', 'idToken.setCustomClaim', 'accessToken.setCustomClaim', 'redirect.sendUserTo'],
        timeoutMs: null,
      }),
  };
  const figures: Figure[] = [];
  for (const [kind, each] of Object.entries(kinds)) {
    await timesOf(ms, each);
    const alone: number[][] = [];
    for (let round = 0; round < rounds; round += 1) alone.push(await timesOf(ms, each));
    for (const [name, part] of [
      ['p50', 0.5],
      ['p99', 0.99],
    ] as const)
      figures.push(
        figure({
          name: `sandbox-${kind}-${name}`,
          about: `one ${kind} at a time, each in memory of its own: ${name} of the rounds`,
          unit: 'ms',
          rounds: alone.map((times) => quantile(times, part)),
        }),
      );
    const rates: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const before = await cpuOfTree(process.pid);
      const { count } = await during(ms, 4, each);
      const after = await cpuOfTree(process.pid);
      if (before !== null && after !== null) rates.push((count * 1_000) / (after - before));
    }
    if (rates.length > 0)
      figures.push(
        figure({
          name: `sandbox-${kind}-per-core`,
          about: `${kind} 4 at once: calls per second of processor time, of the sandbox processes and of the one that calls`,
          unit: 'calls/s',
          rounds: rates,
        }),
      );
  }
  return figures;
}

/** Ascending, of calls one after the other. */
async function timesOf(ms: number, each: () => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  await during(ms, 1, async () => {
    const begun = now();
    await each();
    times.push(now() - begun);
  });
  return times.sort((a, b) => a - b);
}

async function measureMemory(rounds: number): Promise<Figure | null> {
  const each = (await Promise.all(Array.from({ length: rounds }, () => residentMb()))).filter((sizes) => sizes.length > 0);
  if (each.length === 0) return null;
  const sums = each.map((sizes) => sizes.reduce((sum, size) => sum + size, 0));
  return figure({
    name: 'sandbox-memory',
    about: 'resident memory of a sandbox process after many calls, what it shares with others included',
    unit: 'MB',
    rounds: sums.map((sum, at) => sum / (each[at]?.length ?? 1)),
    counts: { processes: each[0]?.length ?? 0 },
  });
}

async function residentMb(): Promise<readonly number[]> {
  const names = await readdir('/proc').catch(() => []);
  const read = (pid: string, what: string) => readFile(`/proc/${pid}/${what}`, 'utf8').catch(() => '');
  const sizes = await Promise.all(
    names
      .filter((name) => /^\d+$/.test(name))
      .map(async (pid) => {
        const status = await read(pid, 'status');
        if (!status.includes(`PPid:\t${process.pid}\n`) || !(await read(pid, 'cmdline')).includes('sandbox/child.')) return null;
        return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1_024;
      }),
  );
  return sizes.filter((size) => size !== null);
}

/** The same calls alone and beside code that loops without end, in turns. */
async function measureNeighbour(sandbox: Sandbox, { rounds, ms }: Size): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const [kind, code] of [
    ['short', short],
    ['computing', computing],
  ] as const) {
    const each = () => call(sandbox, code, 'good');
    const alone: number[][] = [];
    const disturbed: number[][] = [];
    await timesOf(ms, each);
    for (let round = 0; round < rounds; round += 1) {
      alone.push(await timesOf(ms, each));
      disturbed.push(await beside(sandbox, () => timesOf(ms, each)));
    }
    for (const [name, part] of [
      ['p50', 0.5],
      ['p99', 0.99],
    ] as const)
      figures.push(
        figure({
          name: `sandbox-neighbour-${kind}-${name}`,
          about: `${kind} calls beside another owner's endless loops, by the same calls alone in the round before: ${name}`,
          unit: 'times',
          rounds: disturbed.map((times, at) => quantile(times, part) / quantile(alone[at] ?? [], part)),
          ...(name === 'p50' ? { target: { atMost: 2 } } : {}),
        }),
      );
  }
  return [...figures, await measureRate(sandbox, { rounds, ms })];
}

async function measureRate(sandbox: Sandbox, { rounds, ms }: Size): Promise<Figure> {
  const rate = async () => {
    const { count, tookMs } = await during(ms, 4, () => call(sandbox, short, 'good'));
    return count / tookMs;
  };
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const alone = await rate();
    times.push(alone / (await beside(sandbox, rate)));
  }
  return figure({
    name: 'sandbox-neighbour-rate',
    about: 'rate of short calls, 4 at once, alone by that beside endless loops',
    unit: 'times',
    rounds: times,
    target: { atMost: 2 },
  });
}

/** Eight endless loops at once, of which each ends at a second: new ones come all the time. */
async function beside<T>(sandbox: Sandbox, measure: () => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const loops = Array.from({ length: 8 }, async () => {
    while (!stop.signal.aborted) await call(sandbox, endless, 'bad', 1_000).catch(() => undefined);
  });
  try {
    return await measure();
  } finally {
    stop.abort();
    await Promise.all(loops);
  }
}
