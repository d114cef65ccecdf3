import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it, vi } from 'vitest';
import { type Engine, openRuns, tally, testEngine } from '#test/support/engine';

const soon = { timeout: 60_000, interval: 50 };
const slow = 'export default async (input) => { await new Promise((done) => setTimeout(done, 400)); return input; }';

async function allFinal(engine: Engine, runIds: readonly string[]): Promise<void> {
  await vi.waitFor(async () => expect(await openRuns(engine.app, runIds)).toBe(0), soon);
}

/** How many effects a code action left: its own log lines, one per execution. */
async function executions(engine: Engine): Promise<number> {
  return engine.app.db.prisma.runEvent.count({ where: { type: 'LOG' } });
}

describe('when a worker is killed in the middle of a step', () => {
  it('no run is lost, doubled or stuck, and the attempt is shown as lost', { timeout: 150_000 }, async () => {
    const engine = await testEngine();
    const key = await engine.action({ code: slow });
    const runIds = await Promise.all(Array.from({ length: 12 }, (_, n) => engine.trigger(key, { n })));
    const first = engine.worker();
    await vi.waitFor(
      async () => expect(await engine.app.db.prisma.stepRun.count({ where: { status: 'RUNNING' } })).toBeGreaterThan(0),
      soon,
    );
    await first.kill('SIGKILL');
    engine.worker();
    await allFinal(engine, runIds);
    expect(await tally(engine.app, runIds)).toEqual({ stuck: 0, lost: 0, doubled: 0, statuses: { SUCCEEDED: 12 } });
    const steps = await engine.app.db.prisma.stepRun.findMany();
    const lost = steps
      .flatMap((step) => step.attempts as { error: { code: string } | null }[])
      .filter((attempt) => attempt.error?.code === 'WORKER_LOST');
    expect(lost.length).toBeGreaterThan(0);
  });
});

describe('two workers with one run', () => {
  it('execute it once', { timeout: 150_000 }, async () => {
    const engine = await testEngine();
    const key = await engine.action({ code: "export default async () => { console.log('executed'); return 1; }" });
    engine.work();
    engine.work();
    const runIds = await Promise.all(Array.from({ length: 20 }, () => engine.trigger(key)));
    // Every wake-up twice more.
    engine.app.queue.wake([...runIds, ...runIds]);
    await allFinal(engine, runIds);
    expect(await tally(engine.app, runIds)).toEqual({ stuck: 0, lost: 0, doubled: 0, statuses: { SUCCEEDED: 20 } });
    expect(await executions(engine)).toBe(20);
  });
});

describe('a worker that slept past its lease', () => {
  it('changes nothing when it wakes up', { timeout: 150_000 }, async () => {
    const engine = await testEngine();
    const key = await engine.action({ code: slow });
    const stale = engine.worker();
    const runIds = await Promise.all(Array.from({ length: 4 }, (_, n) => engine.trigger(key, { n })));
    await vi.waitFor(async () => expect(await engine.app.db.prisma.run.count({ where: { status: 'RUNNING' } })).toBeGreaterThan(0), soon);
    await stale.kill('SIGSTOP');
    engine.worker();
    await allFinal(engine, runIds);
    const before = await engine.app.db.prisma.run.findMany({ orderBy: { id: 'asc' } });
    await stale.kill('SIGCONT');
    // It is awake again when it has executed a run of its own.
    const fresh = await engine.trigger(key, { n: 5 });
    await allFinal(engine, [fresh]);
    const after = await engine.app.db.prisma.run.findMany({ where: { id: { in: runIds } }, orderBy: { id: 'asc' } });
    expect(after).toEqual(before);
    expect(await tally(engine.app, runIds)).toMatchObject({ doubled: 0, statuses: { SUCCEEDED: 4 } });
  });
});

/** The processes that this one has started, by the kernel's own list. */
async function childrenOf(pid: number): Promise<number[]> {
  const found: number[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
    if (Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === pid) found.push(Number(name));
  }
  return found;
}

describe('a run that kills every process it is executed in', () => {
  it('ends DEAD after three times alone, and its neighbours succeed', { timeout: 240_000 }, async () => {
    const engine = await testEngine({ CRASHES_MAX: '2', SANDBOXES: '1' });
    const poison = await engine.trigger(
      await engine.action({ code: 'export default async () => { await new Promise((done) => setTimeout(done, 4_000)); }' }),
    );
    const first = engine.worker();
    await vi.waitFor(
      async () => expect((await engine.app.db.prisma.run.findUniqueOrThrow({ where: { id: poison } })).status).toBe('RUNNING'),
      soon,
    );
    await first.kill('SIGKILL');
    const second = engine.worker();
    const neighbour = await engine.action({ transform: { hello: '{{ payload.name }}' } });
    const neighbours = await Promise.all(['a', 'b', 'c'].map((name) => engine.trigger(neighbour, { name })));
    for (let crash = 1; crash <= 2; crash += 1) {
      await vi.waitFor(
        async () =>
          expect(await engine.app.db.prisma.run.findUniqueOrThrow({ where: { id: poison } })).toMatchObject({
            status: 'RUNNING',
            leaseSolo: true,
            soloCrashes: crash - 1,
          }),
        soon,
      );
      for (const pid of await childrenOf(second.pid)) {
        const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
        if (command.includes('solo.main')) process.kill(pid, 'SIGKILL');
      }
      await vi.waitFor(
        async () => expect((await engine.app.db.prisma.run.findUniqueOrThrow({ where: { id: poison } })).soloCrashes).toBe(crash),
        soon,
      );
    }
    expect(await engine.app.db.prisma.run.findUniqueOrThrow({ where: { id: poison } })).toMatchObject({
      status: 'DEAD',
      errorCode: 'WORKER_CRASHED',
    });
    await allFinal(engine, neighbours);
    expect(await tally(engine.app, neighbours)).toMatchObject({ lost: 0, doubled: 0, statuses: { SUCCEEDED: 3 } });
    await second.kill('SIGTERM');
  });
});

describe('a worker that is asked to stop', () => {
  it('finishes what it can within its grace and hands the rest over', { timeout: 150_000 }, async () => {
    const engine = await testEngine({ WORKER_DRAIN_MS: '300' });
    const key = await engine.action({ code: slow });
    const acknowledged = await Promise.all(Array.from({ length: 8 }, (_, n) => engine.trigger(key, { n })));
    const first = engine.worker();
    await vi.waitFor(async () => expect(await engine.app.db.prisma.run.count({ where: { status: 'RUNNING' } })).toBeGreaterThan(0), soon);
    await first.kill('SIGTERM');
    // Handed over, not left to expire: nothing is RUNNING once the process is gone, and nobody counts it as a crash.
    expect(await engine.app.db.prisma.run.count({ where: { status: 'RUNNING' } })).toBe(0);
    expect(await engine.app.db.prisma.run.count({ where: { crashes: { gt: 0 } } })).toBe(0);
    engine.worker();
    await allFinal(engine, acknowledged);
    expect(await tally(engine.app, acknowledged)).toEqual({ stuck: 0, lost: 0, doubled: 0, statuses: { SUCCEEDED: 8 } });
  });
});
