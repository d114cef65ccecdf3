import { expect, test, vi } from 'vitest';
import { testEngine } from '#test/support/engine';
import { seedFlows } from '#test/support/flows';

vi.setConfig({ testTimeout: 180_000 });

async function listening() {
  const engine = await testEngine();
  const flows = await seedFlows(engine);
  await flows.flow('listens', {
    triggers: [{ event: { events: ['shop.order'] } }],
    steps: [{ kind: 'transform', id: 'see', args: { mapping: '{{ data.n }}' } }],
    outputs: '{{ actions.see.output }}',
  });
  const { app, viewer, workspace } = engine;
  const { prisma } = app.db;
  const emit = (data: object, entityId: string | null = null) =>
    app.emits.emit(viewer, { workspaceId: workspace.workspaceId, type: 'shop.order', data, entityId });
  const emitMany = (count: number) => Promise.all(Array.from({ length: count }, (_, n) => emit({ n })));
  /** What runs that have succeeded came to, in the order of numbers. */
  const outputs = async () => {
    const runs = await prisma.run.findMany({ where: { status: 'SUCCEEDED' }, select: { output: true } });
    return runs.map(({ output }) => Number(output)).sort((a, b) => a - b);
  };
  /** Has the database do something whenever runs are inserted. */
  const whenRuns = async (each: 'ROW' | 'STATEMENT', body: string) => {
    await prisma.$executeRawUnsafe(
      `CREATE OR REPLACE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${body} RETURN NEW; END $$`,
    );
    await prisma.$executeRawUnsafe(`CREATE TRIGGER meddle BEFORE INSERT ON "Run" FOR EACH ${each} EXECUTE FUNCTION meddle()`);
  };
  const leaveRuns = () => prisma.$executeRawUnsafe('DROP TRIGGER meddle ON "Run"');
  return { engine, ...flows, prisma, emit, emitMany, outputs, whenRuns, leaveRuns };
}

const soon = { timeout: 90_000, interval: 50 };
const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);

test('one event of fifty whose run cannot be inserted takes none of the others along, and passes when it can', async () => {
  const { engine, prisma, emitMany, outputs, whenRuns, leaveRuns, settled } = await listening();
  await whenRuns('ROW', `IF NEW.input -> 'data' ->> 'n' = '13' THEN RAISE EXCEPTION 'planted'; END IF;`);
  const ids = await emitMany(50);
  engine.work();
  await expect.poll(outputs, soon).toEqual(numbers(50).filter((n) => n !== 13));
  expect(await prisma.event.findMany({ where: { passedAt: null }, select: { id: true } })).toEqual([{ id: ids[13] }]);
  expect(await prisma.evaluation.count()).toBe(49);
  await leaveRuns();
  await settled();
  await expect.poll(outputs, soon).toEqual(numbers(50));
  expect(await prisma.evaluation.count({ where: { outcome: 'MET' } })).toBe(50);
});

test('a worker that is killed while it writes what many events start leaves nothing of it, and another one starts each flow once', async () => {
  const { engine, prisma, emitMany, outputs, whenRuns, leaveRuns } = await listening();
  await whenRuns('STATEMENT', 'PERFORM pg_sleep(2);');
  await emitMany(60);
  const worker = engine.worker();
  const writing = async () => {
    const rows = await prisma.$queryRawUnsafe<{ n: number }[]>(
      `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'`,
    );
    return rows[0]?.n ?? 0;
  };
  // The first is small: what follows it is larger the more it finds.
  await expect.poll(outputs, soon).not.toEqual([]);
  await expect.poll(writing, { ...soon, interval: 5 }).toBeGreaterThan(0);
  await worker.kill('SIGKILL');
  await expect.poll(writing, soon).toBe(0);
  const [made, passed] = [await prisma.run.count(), await prisma.event.count({ where: { passedAt: { not: null } } })];
  expect(made).toBe(passed);
  expect(made).toBeLessThan(60);
  await leaveRuns();
  const other = engine.worker();
  await expect.poll(outputs, soon).toEqual(numbers(60));
  expect(await prisma.run.count()).toBe(60);
  expect(await prisma.event.count({ where: { lost: { gt: 0 } } })).toBeGreaterThan(1);
  await other.kill('SIGTERM');
});

test('events of many records start their flows in the order of each record, each once', async () => {
  const { engine, prisma, emit, make, settled } = await listening();
  const records = await Promise.all(numbers(15).map((n) => make('service', `s${n}`)));
  for (let n = 0; n < 4; n++) await Promise.all(records.map((id) => emit({ n }, id)));
  engine.work();
  engine.work();
  await settled();
  const runs = await prisma.run.findMany({ orderBy: { id: 'asc' }, select: { entityId: true, input: true } });
  for (const id of records) {
    const own = runs.filter(({ entityId }) => entityId === id).map(({ input }) => (input as { data: { n: number } }).data.n);
    expect(own).toEqual([0, 1, 2, 3]);
  }
  expect(runs).toHaveLength(60);
});
