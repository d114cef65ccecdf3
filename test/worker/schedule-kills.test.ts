import { describe, expect, it, vi } from 'vitest';
import { transact } from '#platform/work/work';
import { createSchedule, disableSchedule } from '#domain/schedule/schedule.service';
import { type Engine, type SpawnedProcess, testEngine } from '#test/support/engine';

const soon = { timeout: 90_000, interval: 50 };

async function everySecond(engine: Engine, wish: Readonly<Record<string, unknown>>): Promise<string> {
  const key = await engine.action({ transform: 1 });
  const { id: automationId } = await engine.app.db.prisma.automation.findFirstOrThrow({ where: { key } });
  return transact(engine.app, engine.viewer, (work) => createSchedule(work, { automationId, ...wish }));
}

describe('schedules that fire every second while their workers are killed', () => {
  it('have each second once in their ledger, and one run for each that fired', { timeout: 400_000 }, async () => {
    const engine = await testEngine();
    const { prisma } = engine.app.db;
    const schedules = await Promise.all([
      everySecond(engine, { interval: 'PT1S', misfire: 'RUN_ALL', overlap: 'ALLOW' }),
      everySecond(engine, { cron: '* * * * * *', timeZone: 'Europe/Paris', misfire: 'RUN_ALL', overlap: 'ALLOW' }),
      everySecond(engine, { cron: '* * * * * *', jitter: 'PT0.9S', misfire: 'RUN_ALL', overlap: 'ALLOW' }),
      everySecond(engine, { interval: 'PT1S', misfire: 'SKIP', overlap: 'SKIP' }),
      everySecond(engine, { interval: 'PT1S', overlap: 'QUEUE' }),
    ]);
    const [first] = schedules;
    const workers: SpawnedProcess[] = [engine.worker(), engine.worker()];
    const ticks = () => prisma.tick.count({ where: { scheduleId: first } });
    const moreTicks = async (count: number) => {
      const before = await ticks();
      await vi.waitFor(async () => expect(await ticks()).toBeGreaterThanOrEqual(before + count), soon);
    };
    await moreTicks(3);
    for (let kill = 0; kill < 6; kill += 1) {
      const victim = workers.shift();
      // At another place of its second each time: in the middle of a batch, too.
      await moreTicks(1);
      await new Promise((resolve) => setTimeout(resolve, kill * 7));
      await victim?.kill('SIGKILL');
      workers.push(engine.worker());
      await moreTicks(2);
    }
    for (const id of schedules) await transact(engine.app, engine.viewer, (work) => disableSchedule(work, id));

    for (const scheduleId of schedules) {
      const ledger = await prisma.tick.findMany({ where: { scheduleId }, orderBy: { nominalAt: 'asc' } });
      const from = ledger[0]?.nominalAt.getTime() ?? 0;
      expect(ledger.map((tick) => tick.nominalAt.getTime())).toEqual(ledger.map((_tick, index) => from + index * 1_000));
      const fired = ledger.filter((tick) => tick.status !== 'SKIPPED').map((tick) => tick.runId);
      expect(ledger.filter((tick) => tick.status === 'SKIPPED' && (tick.runId !== null || tick.reason === null))).toEqual([]);
      const runs = await prisma.run.findMany({ where: { scheduleId }, select: { id: true } });
      expect(runs.map((run) => run.id).sort()).toEqual([...fired].sort());
    }
    // But for what was about to fire when they were disabled.
    const missed = { status: 'SKIPPED' as const, NOT: { reason: { startsWith: 'It was disabled' } } };
    for (const scheduleId of schedules.slice(0, 3)) expect(await prisma.tick.count({ where: { scheduleId, ...missed } })).toBe(0);
    expect(await ticks()).toBeGreaterThanOrEqual(20);
  });
});

describe('a schedule that was made to fire in a moment', () => {
  it('fires at its time and not at the next look of an idle worker', { timeout: 60_000 }, async () => {
    const engine = await testEngine();
    engine.work();
    const key = await engine.action({ transform: 1 });
    const { id: automationId } = await engine.app.db.prisma.automation.findFirstOrThrow({ where: { key } });
    const late: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      const at = new Date(Date.now() + 150);
      const scheduleId = await transact(engine.app, engine.viewer, (work) => createSchedule(work, { automationId, at }));
      // On a slow machine it may be known to the worker only after its time.
      const known = Math.max(at.getTime(), Date.now());
      await vi.waitFor(async () => expect(await engine.app.db.prisma.tick.count({ where: { scheduleId } })).toBe(1), soon);
      const tick = await engine.app.db.prisma.tick.findFirstOrThrow({ where: { scheduleId } });
      late.push(tick.decidedAt.getTime() - known);
    }
    // Without a wake-up the median is half a second: the worker looks once a second.
    expect(late.sort((a, b) => a - b)[2]).toBeLessThan(300);
  });
});
