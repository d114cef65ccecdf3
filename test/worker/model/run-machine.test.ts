import fc from 'fast-check';
import { expect, test } from 'vitest';
import { newId } from '#platform/ids';
import type { RunStatus } from '#platform/db/generated/prisma/enums';
import { claimRuns, pullSuspectRuns } from '#domain/run/run.claim';
import { databaseNow, queueDueRuns, reclaimRuns, requestCancel } from '#domain/run/run.lease';
import { isFinal } from '#domain/run/run.status';
import { writeRuns } from '#domain/run/run.write';
import { type Engine, testEngine } from '#test/support/engine';
import { check, commandsOf } from './machine.js';

const crashesMax = 2;
const mostRuns = 3;
const longMs = 3_600_000;
const long = { owner: newId(), leaseMs: longMs };

/** What a run should look like. */
interface ModelRun {
  status: RunStatus;
  epoch: number;
  writes: number;
  crashes: number;
  soloCrashes: number;
  leaseSolo: boolean;
  cancelRequested: boolean;
}

/** A worker that holds a run, or thinks that it does. */
interface ModelHold {
  readonly run: number;
  readonly epoch: number;
  writes: number;
}

interface Model {
  readonly runs: ModelRun[];
  readonly holds: ModelHold[];
}

interface Real {
  readonly engine: Engine;
  readonly key: string;
  readonly ids: string[];
}

type Command = fc.AsyncCommand<Model, Real>;

async function agrees({ runs }: Model, { engine, ids }: Real): Promise<void> {
  const rows = await engine.app.db.prisma.run.findMany({ where: { id: { in: ids } }, orderBy: { id: 'asc' } });
  expect(
    rows.map(({ status, epoch, writes, crashes, soloCrashes, leaseSolo, cancelRequestedAt }) => ({
      status,
      epoch,
      writes,
      crashes,
      soloCrashes,
      leaseSolo,
      cancelRequested: cancelRequestedAt !== null,
    })),
  ).toEqual(runs);
  // Numbered without holes, ended at most once, and by the same status.
  const events = await engine.app.db.prisma.runEvent.findMany({
    where: { runId: { in: ids } },
    orderBy: [{ runId: 'asc' }, { sequence: 'asc' }],
  });
  for (const row of rows) {
    const own = events.filter(({ runId }) => runId === row.id);
    expect(own.map(({ sequence }) => sequence)).toEqual(Array.from({ length: row.sequence }, (_, index) => index + 1));
    expect(own.flatMap(({ type, status }) => (type === 'RUN_FINISHED' ? [status] : []))).toEqual(isFinal(row.status) ? [row.status] : []);
  }
}

const command = commandsOf<Model, Real>(agrees);

const at = (items: readonly unknown[], index: number): number => (items.length === 0 ? -1 : index % items.length);

const trigger = (): Command =>
  command('trigger', async ({ runs }, { engine, key, ids }) => {
    // Few, so that each goes a long way.
    if (ids.length === mostRuns) return;
    ids.push(await engine.trigger(key));
    runs.push({ status: 'QUEUED', epoch: 0, writes: 0, crashes: 0, soloCrashes: 0, leaseSolo: false, cancelRequested: false });
  });

function claimed({ runs, holds }: Model, run: number, solo: boolean): void {
  const model = runs[run];
  if (model === undefined) return;
  model.status = 'RUNNING';
  model.epoch += 1;
  model.leaseSolo = solo;
  holds.push({ run, epoch: model.epoch, writes: model.writes });
}

const claim = (index: number): Command =>
  command(`claim ${index}`, async (model, { engine, ids }) => {
    const run = at(ids, index);
    const found = await claimRuns(engine.app.db.sql, ids.slice(run, run + 1), long);
    const free = model.runs[run]?.status === 'QUEUED' && model.runs[run].crashes === 0;
    expect(found.length).toBe(free ? 1 : 0);
    if (free) claimed(model, run, false);
  });

const claimSuspect = (): Command =>
  command('claim a suspect', async (model, { engine, ids }) => {
    const [found] = await pullSuspectRuns(engine.app.db.sql, 1, long);
    const first = model.runs.findIndex(({ status, crashes }) => status === 'QUEUED' && crashes > 0);
    expect(found?.id).toBe(ids[first]);
    if (first >= 0) claimed(model, first, true);
  });

type Written = 'RUNNING' | 'QUEUED' | 'WAITING' | 'SUCCEEDED' | 'FAILED';
const told = { QUEUED: 'RUN_QUEUED', WAITING: 'RUN_WAITING', SUCCEEDED: 'RUN_FINISHED', FAILED: 'RUN_FINISHED' } as const;

/** By any worker that ever held a run: of those that lost it nothing may be left. `again`: the answer to its last write was lost. */
const write = (index: number, status: Written, again: boolean): Command =>
  command(`write ${index} ${status}${again ? ' again' : ''}`, async ({ runs, holds }, { engine, ids }) => {
    const hold = holds[at(holds, index)];
    const run = hold === undefined ? undefined : runs[hold.run];
    if (hold === undefined || run === undefined) return;
    const [written] = await writeRuns(engine.app.db.sql, [
      {
        runId: ids[hold.run] ?? '',
        epoch: hold.epoch,
        writes: hold.writes - (again ? 1 : 0),
        status,
        output: undefined,
        error: status === 'FAILED' ? { code: 'MODEL', message: 'It failed.', detail: null } : null,
        attempt: 1,
        wait: status === 'WAITING' ? { kind: 'RETRY', ms: longMs, detail: 'model' } : null,
        resolvedPayload: undefined,
        steps: [],
        events: status === 'RUNNING' ? [] : [{ type: told[status], at: new Date(), stepPath: null, data: null }],
      },
    ]);
    const own = !again && run.status === 'RUNNING' && run.epoch === hold.epoch && run.writes === hold.writes;
    const becomes = run.cancelRequested && status !== 'RUNNING' ? 'CANCELED' : status;
    expect(written?.status).toBe(own ? becomes : undefined);
    if (!own) return;
    hold.writes += 1;
    run.writes += 1;
    run.status = becomes;
    run.leaseSolo &&= becomes === 'RUNNING';
    if (becomes !== 'RUNNING' && becomes !== 'QUEUED') run.crashes = 0;
  });

/** The worker of a run is silent for longer than its lease. */
const expire = (index: number): Command =>
  command(`expire ${index}`, async ({ runs }, { engine, ids }) => {
    const { sql, prisma } = engine.app.db;
    const id = ids[at(ids, index)] ?? newId();
    await prisma.run.updateMany({ where: { id, status: 'RUNNING' }, data: { leaseUntil: new Date(0) } });
    const moved = await reclaimRuns(sql, crashesMax, await databaseNow(sql), 60_000);
    const run = runs[at(ids, index)];
    expect(moved.map((one) => one.id)).toEqual(run?.status === 'RUNNING' ? [id] : []);
    if (run?.status !== 'RUNNING') return;
    run.crashes += 1;
    run.soloCrashes += run.leaseSolo ? 1 : 0;
    run.status = run.cancelRequested ? 'CANCELED' : run.soloCrashes >= crashesMax ? 'DEAD' : 'QUEUED';
    run.leaseSolo = false;
  });

const cancel = (index: number): Command =>
  command(`cancel ${index}`, async ({ runs }, { engine, ids }) => {
    const run = runs[at(ids, index)];
    if (run === undefined) return;
    await engine.app.db.begin((sql) => requestCancel(sql, ids[at(ids, index)] ?? ''));
    if (isFinal(run.status)) return;
    run.cancelRequested = true;
    if (run.status !== 'RUNNING') run.status = 'CANCELED';
  });

/** What a run waits for is over. */
const fallDue = (index: number): Command =>
  command(`fall due ${index}`, async ({ runs }, { engine, ids }) => {
    const id = ids[at(ids, index)] ?? newId();
    await engine.app.db.prisma.run.updateMany({ where: { id, status: 'WAITING' }, data: { waitUntil: new Date(0) } });
    const moved = await queueDueRuns(engine.app.db.sql);
    const run = runs[at(ids, index)];
    expect(moved.map((one) => one.id)).toEqual(run?.status === 'WAITING' ? [id] : []);
    if (run?.status === 'WAITING') run.status = 'QUEUED';
  });

test('whatever happens in whatever order, runs move as a simple model says', { timeout: 120_000 }, async () => {
  const engine = await testEngine();
  const key = await engine.action({ transform: 1 });
  const which = fc.nat({ max: mostRuns - 1 });
  const commands = fc.commands(
    [
      fc.constant(trigger()),
      which.map(claim),
      which.map(claim),
      fc.constant(claimSuspect()),
      fc
        .tuple(
          fc.nat({ max: 20 }),
          fc.constantFrom<Written>('RUNNING', 'RUNNING', 'QUEUED', 'WAITING', 'SUCCEEDED', 'FAILED'),
          fc.boolean(),
        )
        .map(([index, status, again]) => write(index, status, again)),
      fc.constant(claimSuspect()),
      which.map(expire),
      which.map(expire),
      which.map(cancel),
      which.map(fallDue),
    ],
    { maxCommands: 60, size: 'max' },
  );
  const body = async (sequence: Iterable<Command>): Promise<void> => {
    // Suspects and what is due are looked for among all runs: those of the sequence before must not be there.
    await engine.app.db.prisma.run.deleteMany();
    const setup = () => ({ model: { runs: [], holds: [] }, real: { engine, key, ids: [] } });
    await fc.asyncModelRun(setup, sequence);
  };
  await check(commands, body, { numRuns: 25, interruptAfterTimeLimit: 15_000 });
});
