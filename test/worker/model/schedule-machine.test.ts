import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import pg from 'pg';
import type { App } from '#app';
import type { MisfirePolicy, TickStatus } from '#platform/db/generated/prisma/enums';
import { transact } from '#platform/work/work';
import { createSchedule, deleteSchedule, disableSchedule, enableSchedule, updateSchedule } from '#domain/schedule/schedule.service';
import { fireDueSchedules } from '#domain/schedule/schedule.ticks';
import { type Engine, testEngine } from '#test/support/engine';
import { check, commandsOf } from './machine.js';
import { type ModelTiming, crons, decisions, nominalTimes, same } from './schedule-oracle.js';

const mostSchedules = 4;
const minuteMs = 60_000;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

interface ModelSchedule {
  timing: ModelTiming;
  misfire: MisfirePolicy;
  enabled: boolean;
  /** Times after this moment are not decided. */
  from: number;
  readonly ticks: Map<number, TickStatus>;
}

interface Model {
  now: number;
  readonly timeZone: string;
  readonly schedules: ModelSchedule[];
}

interface Real {
  readonly engine: Engine;
  /** Processes that decide, of which any may be the one that does. */
  readonly deciders: readonly [App, ...App[]];
  readonly automationId: string;
  readonly setClock: (now: number) => Promise<void>;
  readonly ids: string[];
}

type Command = fc.AsyncCommand<Model, Real>;

async function agrees({ schedules }: Model, { deciders: [{ db }], ids }: Real): Promise<void> {
  const ticks = await db.prisma.tick.findMany({ orderBy: { nominalAt: 'asc' } });
  const runs = await db.prisma.run.findMany({ where: { scheduleId: { in: ids } }, select: { id: true } });
  const shown = ids.map((id) =>
    ticks.filter((tick) => tick.scheduleId === id).map(({ nominalAt, status }) => `${nominalAt.toISOString()} ${status}`),
  );
  const expected = schedules.map(({ ticks: told }) =>
    [...told].sort(([a], [b]) => a - b).map(([at, status]) => `${new Date(at).toISOString()} ${status}`),
  );
  expect(shown).toEqual(expected);
  // One run for each that fired, and none besides.
  const fired = ticks.flatMap(({ status, runId }) => (status === 'SKIPPED' ? [] : [runId]));
  expect(runs.map(({ id }) => id).sort()).toEqual(fired.sort());
}

const command = commandsOf<Model, Real>(agrees);

/** The first time that has come and is not decided; null: there is none. */
function pendingOf({ timing, enabled, from }: ModelSchedule, now: number): number | null {
  return enabled ? (nominalTimes(timing, from, now)[0] ?? null) : null;
}

function skipPending(schedule: ModelSchedule, now: number): void {
  const pending = pendingOf(schedule, now);
  if (pending !== null) schedule.ticks.set(pending, 'SKIPPED');
}

interface Wish {
  readonly cron: number | null;
  readonly intervalMs: number;
  /** null: where the clocks change. */
  readonly timeZone: string | null;
  /** From now. */
  readonly startMs: number;
  /** From the start. */
  readonly lengthMs: number | null;
  readonly misfire: MisfirePolicy;
}

function wished({ cron, intervalMs, timeZone, startMs, lengthMs }: Wish, { now, timeZone: here }: Model): ModelTiming {
  const startAt = now + startMs;
  return { cron, intervalMs, timeZone: timeZone ?? here, startAt, endAt: lengthMs === null ? null : startAt + lengthMs };
}

const inputOf = ({ cron, intervalMs, timeZone, startAt, endAt }: ModelTiming, misfire: MisfirePolicy) => ({
  ...(cron === null ? { interval: `PT${intervalMs / minuteMs}M` } : { cron: crons[cron]?.cron ?? '' }),
  timeZone,
  startAt: new Date(startAt),
  endAt: endAt === null ? null : new Date(endAt),
  misfire,
});

const create = (wish: Wish): Command =>
  command(`create ${JSON.stringify(wish)}`, async (model, { engine, deciders: [app], automationId, ids }) => {
    if (ids.length === mostSchedules) return;
    const { schedules, now } = model;
    const timing = wished(wish, model);
    const input = { automationId, overlap: 'ALLOW', ...inputOf(timing, wish.misfire) } as const;
    ids.push(await transact(app, engine.viewer, (work) => createSchedule(work, input)));
    schedules.push({ timing, misfire: wish.misfire, enabled: true, from: now, ticks: new Map() });
  });

/** Something that is done to one schedule, if there is any. */
const toOne = (
  name: string,
  index: number,
  done: (schedule: ModelSchedule, id: string, model: Model, real: Real) => Promise<void>,
): Command =>
  command(`${name} ${index}`, async (model, real) => {
    const place = model.schedules.length === 0 ? -1 : index % model.schedules.length;
    const schedule = model.schedules[place];
    const id = real.ids[place];
    if (schedule !== undefined && id !== undefined) await done(schedule, id, model, real);
  });

const update = (index: number, wish: Wish): Command =>
  toOne(`update to ${JSON.stringify(wish)}`, index, async (schedule, id, model, { engine, deciders: [app] }) => {
    const { now } = model;
    const timing = wished(wish, model);
    await transact(app, engine.viewer, (work) => updateSchedule(work, id, inputOf(timing, wish.misfire)));
    if (!same(timing, schedule.timing) && schedule.enabled) {
      const pending = pendingOf(schedule, now);
      // What was about to fire still does where it is a time of the new timing, and the newest.
      const [first, second] = pending === null ? [] : nominalTimes(timing, pending - 1, now);
      const kept = pending !== null && first === pending && second === undefined;
      if (!kept) skipPending(schedule, now);
      schedule.from = kept ? pending - 1 : now;
    }
    schedule.timing = timing;
    schedule.misfire = wish.misfire;
  });

/** The timing stays as it is. */
const changePolicy = (index: number, misfire: MisfirePolicy): Command =>
  toOne(`misfire ${misfire}`, index, async (schedule, id, _model, { engine, deciders: [app] }) => {
    await transact(app, engine.viewer, (work) => updateSchedule(work, id, { misfire }));
    schedule.misfire = misfire;
  });

const pause = (index: number): Command =>
  toOne('pause', index, async (schedule, id, { now }, { engine, deciders: [app] }) => {
    await transact(app, engine.viewer, (work) => disableSchedule(work, id));
    skipPending(schedule, now);
    schedule.enabled = false;
  });

const resume = (index: number): Command =>
  toOne('resume', index, async (schedule, id, { now }, { engine, deciders: [app] }) => {
    await transact(app, engine.viewer, (work) => enableSchedule(work, id));
    if (!schedule.enabled) schedule.from = now;
    schedule.enabled = true;
  });

const remove = (index: number): Command =>
  toOne('delete', index, async (schedule, id, { schedules }, { engine, deciders: [app], ids }) => {
    await transact(app, engine.viewer, (work) => deleteSchedule(work, id));
    schedules.splice(schedules.indexOf(schedule), 1);
    ids.splice(ids.indexOf(id), 1);
  });

async function decideAll(model: Model, { deciders }: Real): Promise<void> {
  // One that finds everything locked by another answers as if nothing were due.
  while ((await Promise.all(deciders.map((app) => fireDueSchedules(app)))).some((decided) => decided > 0));
  for (const schedule of model.schedules) {
    if (!schedule.enabled) continue;
    const times = nominalTimes(schedule.timing, schedule.from, model.now);
    for (const [at, status] of decisions(times, model.now, schedule.misfire)) schedule.ticks.set(at, status);
    schedule.from = model.now;
  }
}

const decide = (): Command => command('decide', decideAll);

const pass = (ms: number): Command =>
  command(`pass ${ms} ms`, async (model, { setClock }) => {
    model.now += ms;
    await setClock(model.now);
  });

/** To the next time of a schedule, or a little later, where what is late and what is not part. */
const passTo = (index: number, laterMs: number): Command =>
  toOne(`pass to the next time and ${laterMs} ms of`, index, async ({ timing }, _id, model, real) => {
    const [next] = nominalTimes(timing, model.now, model.now + 2 * dayMs);
    if (next === undefined) return;
    model.now = next + laterMs;
    await real.setClock(model.now);
    await decideAll(model, real);
  });

/** A database whose clock stands until it is moved: what is due is decided by it. */
async function clockOf(databaseUrl: string): Promise<(now: number) => Promise<void>> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  onTestFinished(() => client.end());
  await client.query('CREATE SCHEMA model');
  await client.query('CREATE TABLE model.clock AS SELECT pg_catalog.now() AS at');
  for (const name of ['now', 'statement_timestamp', 'transaction_timestamp', 'clock_timestamp'])
    await client.query(`CREATE FUNCTION model.${name}() RETURNS timestamptz LANGUAGE sql STABLE AS 'SELECT at FROM model.clock'`);
  // What is named last is searched last: without its name the catalogue would be searched first.
  await client.query(`ALTER DATABASE "${new URL(databaseUrl).pathname.slice(1)}" SET search_path = model, public, pg_catalog`);
  return async (now) => void (await client.query('UPDATE model.clock SET at = $1', [new Date(now)]));
}

/** Where and when clocks change soon, or show an hour again. */
const seasons = [
  { beginning: '2026-03-28T20:00:00Z', timeZone: 'Europe/Paris' },
  { beginning: '2026-03-29T00:10:00Z', timeZone: 'Europe/Paris' },
  { beginning: '2026-03-08T05:30:00Z', timeZone: 'America/New_York' },
  { beginning: '2026-10-24T18:00:00Z', timeZone: 'Europe/Paris' },
  { beginning: '2026-10-25T01:10:00Z', timeZone: 'Europe/Paris' },
  { beginning: '2026-11-01T06:10:00Z', timeZone: 'America/New_York' },
  { beginning: '2026-10-03T12:00:00Z', timeZone: 'Australia/Lord_Howe' },
  { beginning: '2026-06-10T00:00:00Z', timeZone: 'Asia/Kolkata' },
] as const;
type Season = (typeof seasons)[number];

test('whatever is done to schedules, each of their times is decided once, as a simple model says', { timeout: 120_000 }, async () => {
  const engine = await testEngine();
  const key = await engine.action({ transform: 1 });
  const { id: automationId } = await engine.app.db.prisma.automation.findFirstOrThrow({ where: { key } });
  const setClock = await clockOf(engine.environment['DATABASE_URL'] ?? '');
  // Connections that are there already have the clock of before.
  const deciders = [await engine.twin(), await engine.twin(), await engine.twin()] as const;
  const which = fc.nat({ max: mostSchedules - 1 });
  const policy = fc.constantFrom<MisfirePolicy>('RUN_ALL', 'RUN_ALL', 'RUN_ONCE', 'SKIP');
  const wish: fc.Arbitrary<Wish> = fc.record({
    cron: fc.option(fc.nat({ max: crons.length - 1 }), { freq: 2 }),
    intervalMs: fc.constantFrom(20, 60, 7 * 60, 24 * 60).map((minutes) => minutes * minuteMs),
    timeZone: fc.constantFrom(null, null, null, 'America/New_York', 'UTC'),
    startMs: fc.constantFrom(-7 * hourMs, 0, 10 * minuteMs, 26 * hourMs),
    lengthMs: fc.constantFrom(null, null, 0, 5 * hourMs, 3 * dayMs),
    misfire: policy,
  });
  const commands = fc.commands(
    [
      wish.map(create),
      wish.map(create),
      fc.tuple(which, wish).map(([index, to]) => update(index, to)),
      fc.tuple(which, policy).map(([index, to]) => changePolicy(index, to)),
      which.map(pause),
      which.map(resume),
      which.map(remove),
      fc.constant(decide()),
      fc.constant(decide()),
      fc.constantFrom(3_000, 30_000, 20 * minuteMs, 3 * hourMs, 3 * hourMs, dayMs, 9 * dayMs).map(pass),
      fc.constantFrom(7 * minuteMs, hourMs, hourMs, 14 * hourMs).map(pass),
      fc.tuple(which, fc.constantFrom(0, 4_000, 6_000, 59_000, 61_000)).map(([index, ms]) => passTo(index, ms)),
      fc.tuple(which, fc.constantFrom(0, 5_000, 5_001, 60_000)).map(([index, ms]) => passTo(index, ms)),
    ],
    { maxCommands: 40, size: 'max' },
  );
  const body = async ([{ beginning, timeZone }, sequence]: readonly [Season, Iterable<Command>]): Promise<void> => {
    const now = Date.parse(beginning);
    await setClock(now);
    await deciders[0].db.prisma.schedule.deleteMany();
    await deciders[0].db.prisma.run.deleteMany();
    const setup = () => ({ model: { now, timeZone, schedules: [] }, real: { engine, deciders, automationId, setClock, ids: [] } });
    await fc.asyncModelRun(setup, sequence);
  };
  await check(fc.tuple(fc.constantFrom(...seasons), commands), body, { numRuns: 40, interruptAfterTimeLimit: 10_000 });
});
