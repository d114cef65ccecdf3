import { expect, test, vi } from 'vitest';
import { transact } from '#platform/work/work';
import { cancelRun } from '#domain/run/run.service';
import { testEngine } from '#test/support/engine';
import { seedFlows } from '#test/support/flows';

vi.setConfig({ testTimeout: 60_000 });

const body = { kind: 'transform', id: 'it', args: { mapping: 1 } };
const statement = (text: string) => ({ name: '', text });

test('what a cancelled run started while it was cancelled is cancelled, too', async () => {
  const engine = await testEngine();
  const { flow, start, cancel, final } = await seedFlows(engine);
  const { prisma } = engine.app.db;
  await flow('slow', { steps: [{ kind: 'delay', id: 'rest', args: { for: 'P1D' } }] });
  const [parent, child, grandchild, other] = [await start('slow'), await start('slow'), await start('slow'), await start('slow')];
  await cancel(parent);
  await prisma.run.update({ where: { id: child }, data: { parentId: parent } });
  await prisma.run.update({ where: { id: grandchild }, data: { parentId: child } });
  engine.work();
  expect(await final(child)).toMatchObject({ status: 'CANCELED', errorCode: 'CANCELED' });
  expect(await final(grandchild)).toMatchObject({ status: 'CANCELED' });
  expect((await prisma.run.findUniqueOrThrow({ where: { id: other } })).finishedAt).toBeNull();
});

test('a run may be cancelled while one that it waits for ends', async () => {
  const engine = await testEngine();
  const { flow, start } = await seedFlows(engine);
  const { app, viewer } = engine;
  await flow('it', { steps: [body] });
  const [parent, child] = [await start('it'), await start('it')];
  await app.db.prisma.run.update({ where: { id: child }, data: { parentId: parent } });
  const lock = statement('SELECT id FROM "Run" WHERE id = $1::uuid FOR UPDATE');
  let canceling: Promise<unknown> = Promise.resolve();
  await app.db.begin(async (sql) => {
    await sql.query(lock, [child]);
    canceling = transact(app, viewer, (work) => cancelRun(work, { runId: parent }));
    const blocked = statement(`SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`);
    await expect.poll(async () => (await app.db.sql.query(blocked, [])).length, { timeout: 20_000 }).toBe(1);
    await sql.query(lock, [parent]);
  });
  await canceling;
  expect(await app.db.prisma.run.findMany({ select: { status: true } })).toEqual([{ status: 'CANCELED' }, { status: 'CANCELED' }]);
});
