import { beforeAll, describe, expect, it } from 'vitest';
import { transact } from '#platform/work/work';
import { disableAction, enableAction } from '#domain/action/action.service';
import { putOwnSchedule } from '#domain/schedule/schedule.service';
import { forgetTicks } from '#domain/schedule/schedule.forget';
import { fireDueSchedules } from '#domain/schedule/schedule.ticks';
import { decodeId } from '#schema/node';
import { type Millrace, startMillrace } from '#test/support/api';
import { type Mutate, type Result, codeOf, mutateOn } from '#test/support/mutate';
import { type SeededAction, type Workspace, seed } from '#test/support/seed';
import { statementsOf } from '#test/support/statements';

let millrace: Millrace;
let mutate: Mutate;
let workspace: Workspace;
let token: string;

beforeAll(async () => {
  millrace = await startMillrace({ worker: false });
  mutate = mutateOn(millrace);
  workspace = await seed(millrace.app).workspace();
  token = await workspace.token('EDITOR');
});

interface Shown {
  readonly id: string;
  readonly kind: string;
  readonly cron: string | null;
  readonly interval: string | null;
  readonly at: string | null;
  readonly timeZone: string;
  readonly startAt: string;
  readonly endAt: string | null;
  readonly jitter: string;
  readonly enabled: boolean;
  readonly nextFireAt: string | null;
  readonly nextNominalAt: string | null;
}

const shown = 'id kind cron interval at timeZone startAt endAt jitter enabled nextFireAt nextNominalAt';
const scheduleOf = (result: Result): Shown => {
  expect(codeOf(result)).toMatch(/Success$/);
  return result['schedule'] as Shown;
};

async function create(input: Readonly<Record<string, unknown>>, action?: SeededAction): Promise<Shown> {
  const { id } = action ?? (await workspace.action());
  return scheduleOf(await mutate(token, 'createSchedule', { automation: id, ...input }, `schedule { ${shown} }`));
}

const change = (field: string, input: Readonly<Record<string, unknown>>) => mutate(token, field, input, `schedule { ${shown} }`);

async function refused(input: Readonly<Record<string, unknown>>) {
  const { id } = await workspace.action();
  const { code, fields } = await mutate(token, 'createSchedule', { automation: id, ...input });
  expect(code).toBe('INVALID_INPUT');
  return fields?.map((field) => `${field.path.join('.')} ${field.code}`).sort();
}

const inFuture = (ms: number) => new Date(Date.now() + ms).toISOString();

/** Makes a schedule due without waiting for its time. */
async function makeDue(schedule: Shown, nominalAt: Date): Promise<void> {
  const at = { startAt: nominalAt, nextNominalAt: nominalAt, nextFireAt: nominalAt };
  await millrace.app.db.prisma.schedule.update({ where: { id: decodeId('Schedule', schedule.id) }, data: at });
}

/** Lets the only moment of a schedule, which is not going to fire, go by. */
async function goBy(schedule: Shown, ms: number): Promise<void> {
  const data = { startAt: new Date(Date.now() - ms) };
  await millrace.app.db.prisma.schedule.update({ where: { id: decodeId('Schedule', schedule.id) }, data });
}

/** Lets the nominal time of the next fire go by, so that the fire waits out its jitter for as long again. Answers the nominal time. */
async function waitOut(schedule: Shown, ms: number): Promise<string> {
  const nominalAt = new Date(Date.now() - ms);
  const data = { startAt: nominalAt, nextNominalAt: nominalAt, nextFireAt: new Date(Date.now() + ms) };
  await millrace.app.db.prisma.schedule.update({ where: { id: decodeId('Schedule', schedule.id) }, data });
  return nominalAt.toISOString();
}

const ticksOf = (schedule: Shown) =>
  millrace.app.db.prisma.tick.findMany({ where: { scheduleId: decodeId('Schedule', schedule.id) }, orderBy: { nominalAt: 'asc' } });

async function read(schedule: Shown): Promise<Shown> {
  const { data } = await millrace.ask(token, `query ($id: ID!) { schedule(id: $id) { ${shown} } }`, { id: schedule.id });
  return data?.['schedule'] as Shown;
}

describe('a cron schedule', () => {
  it('knows its next fire, in its time zone', async () => {
    const schedule = await create({
      cron: '30  2 * *  *',
      timeZone: 'Europe/Paris',
      startAt: '2027-03-27T12:00:00Z',
      endAt: '2027-04-30T00:00:00Z',
    });
    expect(schedule).toMatchObject({
      kind: 'CRON',
      cron: '30 2 * * *',
      interval: null,
      at: null,
      // The clocks leap over 02:30.
      nextFireAt: '2027-03-28T01:00:00.000Z',
      nextNominalAt: '2027-03-28T01:00:00.000Z',
    });
  });

  it('counts its next fire anew with another time zone, and not with another payload', async () => {
    const schedule = await create({ cron: '0 9 * * *', timeZone: 'UTC', startAt: '2027-06-01T00:00:00Z' });
    expect(schedule.nextFireAt).toBe('2027-06-01T09:00:00.000Z');
    const moved = scheduleOf(await change('updateSchedule', { id: schedule.id, timeZone: 'Asia/Kolkata' }));
    expect(moved.nextFireAt).toBe('2027-06-01T03:30:00.000Z');
    const same = scheduleOf(await change('updateSchedule', { id: schedule.id, payload: { a: 1 } }));
    expect(same).toEqual(moved);
    const bytes = async () =>
      (await millrace.app.db.prisma.schedule.findUniqueOrThrow({ where: { id: decodeId('Schedule', schedule.id) } })).payloadBytes;
    expect(await bytes()).toBe('{"a":1}'.length);
    await change('updateSchedule', { id: schedule.id, payload: null });
    expect(await bytes()).toBe(0);
  });

  it('fires, and goes on with the next time of its pattern', async () => {
    const schedule = await create({ cron: '* * * * *', overlap: 'ALLOW' });
    const minute = new Date(Math.floor(Date.now() / 60_000) * 60_000);
    await makeDue(schedule, minute);
    await fireDueSchedules(millrace.app);
    const ticks = await ticksOf(schedule);
    expect(ticks[0]?.nominalAt).toEqual(minute);
    expect((await read(schedule)).nextNominalAt).toBe(new Date((ticks.at(-1)?.nominalAt.getTime() ?? 0) + 60_000).toISOString());
  });

  it('is shown with the runs that it fired, with one statement for all, and not with others', async () => {
    const action = await workspace.action();
    const schedule = await create({ cron: '* * * * *', overlap: 'ALLOW', misfire: 'RUN_ALL' }, action);
    await makeDue(schedule, new Date(Math.floor(Date.now() / 60_000 - 2) * 60_000));
    await fireDueSchedules(millrace.app);
    await workspace.run(action);
    const text =
      'query ($id: ID!, $first: Int) { action(id: $id) { runs(first: $first) { edges { node { trigger schedule { id cron } } } } } }';
    const ask = async (first: number) =>
      ((await millrace.ask(token, text, { id: action.id, first })).data?.['action'] as { runs: { edges: { node: object }[] } }).runs.edges;
    const fired = { node: { trigger: 'SCHEDULE', schedule: { id: schedule.id, cron: '* * * * *' } } };
    expect(await ask(3)).toEqual([{ node: { trigger: 'API', schedule: null } }, fired, fired]);
    expect((await statementsOf(() => ask(3))).length).toBe((await statementsOf(() => ask(2))).length);
  });

  it('takes up missed times in batches when it runs all of them', async () => {
    const schedule = await create({ cron: '* * * * *', misfire: 'RUN_ALL', overlap: 'ALLOW' });
    const hours = new Date((Math.floor(Date.now() / 60_000) - 450) * 60_000);
    await makeDue(schedule, hours);
    await fireDueSchedules(millrace.app);
    expect(await ticksOf(schedule)).toHaveLength(200);
    while ((await fireDueSchedules(millrace.app)) > 0);
    const ticks = await ticksOf(schedule);
    expect(ticks.length).toBeGreaterThanOrEqual(451);
    expect(ticks.every((tick, index) => tick.nominalAt.getTime() === hours.getTime() + index * 60_000)).toBe(true);
    expect(new Set(ticks.map((tick) => tick.runId)).size).toBe(ticks.length);
  });
});

describe('a schedule that fires once', () => {
  it('fires and disables itself, so that nothing is left to fire', async () => {
    const schedule = await create({ at: inFuture(3_600_000) });
    expect(schedule).toMatchObject({ kind: 'ONCE', enabled: true, nextFireAt: schedule.at, startAt: schedule.at });
    await makeDue(schedule, new Date(Date.now() - 100));
    await fireDueSchedules(millrace.app);
    expect(await ticksOf(schedule)).toMatchObject([{ status: 'FIRED' }]);
    expect(await read(schedule)).toMatchObject({ enabled: false, nextFireAt: null, nextNominalAt: null });
  });

  it('is over as well when it was missed', async () => {
    const schedule = await create({ at: inFuture(3_600_000) });
    await makeDue(schedule, new Date(Date.now() - 90_000));
    await fireDueSchedules(millrace.app);
    expect(await ticksOf(schedule)).toMatchObject([{ status: 'SKIPPED' }]);
    expect(await read(schedule)).toMatchObject({ enabled: false, nextFireAt: null });
  });

  it('is refused in the past, when it is made, changed or enabled', async () => {
    const past = '2020-01-01T00:00:00Z';
    expect(await refused({ at: past })).toEqual(['at IN_THE_PAST']);
    const schedule = await create({ at: inFuture(3_600_000) });
    expect(await change('updateSchedule', { id: schedule.id, at: past })).toMatchObject({
      fields: [{ path: ['at'], code: 'IN_THE_PAST' }],
    });
    await makeDue(schedule, new Date(Date.now() - 100));
    await fireDueSchedules(millrace.app);
    expect(await change('enableSchedule', { id: schedule.id })).toMatchObject({ fields: [{ path: ['at'], code: 'IN_THE_PAST' }] });
  });

  it('is armed again by another moment, also when the ledger has forgotten the one before', async () => {
    const schedule = await create({ at: inFuture(3_600_000), overlap: 'ALLOW' });
    for (const forgotten of [false, true]) {
      await makeDue(schedule, new Date(Date.now() - 100));
      await fireDueSchedules(millrace.app);
      if (forgotten) while ((await forgetTicks(millrace.app.db.sql, new Date())) > 0);
      expect(await ticksOf(schedule)).toHaveLength(forgotten ? 0 : 1);
      const at = inFuture(7_200_000);
      expect(scheduleOf(await change('updateSchedule', { id: schedule.id, at }))).toMatchObject({ enabled: true, at, nextFireAt: at });
    }
  });

  it('that a person disabled stays so with another moment, also when its own went by since', async () => {
    const [early, late, waiting] = [
      await create({ at: inFuture(3_600_000), enabled: false }),
      await create({ at: inFuture(3_600_000) }),
      await create({ at: inFuture(3_600_000), jitter: 'PT1H' }),
    ];
    await change('disableSchedule', { id: late.id });
    await goBy(late, 60_000);
    await waitOut(waiting, 60_000);
    await change('disableSchedule', { id: waiting.id });
    for (const schedule of [early, late, waiting]) {
      const at = inFuture(7_200_000);
      expect(scheduleOf(await change('updateSchedule', { id: schedule.id, at }))).toMatchObject({ enabled: false, at, nextFireAt: null });
    }
  });

  it('is not caught up when its moment went by while its action was disabled', async () => {
    const action = await workspace.action();
    const schedule = await create({ at: inFuture(3_600_000) }, action);
    await transact(millrace.app, workspace.owner, (work) => disableAction(work, { id: action.uuid }));
    expect(await read(schedule)).toMatchObject({ enabled: true, nextFireAt: null, nextNominalAt: null });
    await goBy(schedule, 60_000);
    await transact(millrace.app, workspace.owner, (work) => enableAction(work, { id: action.uuid }));
    expect(await read(schedule)).toMatchObject({ enabled: false, nextFireAt: null });
    expect(await ticksOf(schedule)).toMatchObject([
      { status: 'SKIPPED', reason: expect.stringMatching(/while its automation was disabled/) },
    ]);
    // No person disabled it.
    const at = inFuture(7_200_000);
    expect(scheduleOf(await change('updateSchedule', { id: schedule.id, at }))).toMatchObject({ enabled: true, nextFireAt: at });
  });
});

describe('a schedule with jitter', () => {
  it('tells the exact time of its next fire, and keeps the nominal time in the ledger', async () => {
    const schedule = await create({ interval: 'PT1H', jitter: 'PT30M', startAt: '2027-01-01T00:00:00Z' });
    expect(schedule).toMatchObject({ jitter: 'PT30M', nextNominalAt: '2027-01-01T00:00:00.000Z' });
    const delay = Date.parse(schedule.nextFireAt ?? '') - Date.parse('2027-01-01T00:00:00.000Z');
    expect(delay).toBeGreaterThanOrEqual(0);
    expect(delay).toBeLessThan(1_800_000);
    const without = scheduleOf(await change('updateSchedule', { id: schedule.id, jitter: null }));
    expect(without).toMatchObject({ jitter: 'PT0S', nextFireAt: '2027-01-01T00:00:00.000Z' });
    const again = scheduleOf(await change('updateSchedule', { id: schedule.id, jitter: 'PT30M' }));
    expect(again.nextFireAt).toBe(schedule.nextFireAt);
  });

  it('loses no fire that waits out its jitter: it stays where the new timing has its time, too, and else is skipped with a reason', async () => {
    const hourly = async () => {
      const action = await workspace.action();
      const schedule = await create({ interval: 'PT1H', jitter: 'PT30M' }, action);
      return { action, schedule, nominalAt: await waitOut(schedule, 600_000) };
    };
    const kept = await hourly();
    for (const timing of [{ interval: 'PT2H' }, { jitter: 'PT50M' }, { jitter: null }])
      expect(scheduleOf(await change('updateSchedule', { id: kept.schedule.id, ...timing })).nextNominalAt).toBe(kept.nominalAt);
    expect(await ticksOf(kept.schedule)).toEqual([]);
    await fireDueSchedules(millrace.app);
    expect(await ticksOf(kept.schedule)).toMatchObject([{ nominalAt: new Date(kept.nominalAt), status: 'FIRED' }]);

    const moved = await hourly();
    // Every minute since then was nobody's fire.
    const often = scheduleOf(await change('updateSchedule', { id: moved.schedule.id, interval: 'PT1M', jitter: null }));
    expect(Date.parse(often.nextNominalAt ?? '')).toBeGreaterThan(Date.now());
    const disabled = await hourly();
    await change('disableSchedule', { id: disabled.schedule.id });
    const stopped = await hourly();
    const { uuid: id } = stopped.action;
    await transact(millrace.app, workspace.owner, (work) => disableAction(work, { id }));
    const due = await hourly();
    await makeDue(due.schedule, new Date(due.nominalAt));
    await change('disableSchedule', { id: due.schedule.id });
    const reasons = [/was changed while/, /^It was disabled while/, /automation was disabled while/, /^It was disabled before/];
    for (const [index, { schedule, nominalAt }] of [moved, disabled, stopped, due].entries())
      expect(await ticksOf(schedule)).toMatchObject([
        { nominalAt: new Date(nominalAt), status: 'SKIPPED', reason: expect.stringMatching(reasons[index] ?? ''), runId: null },
      ]);

    // Enabled again at once, what is skipped stays so.
    await change('enableSchedule', { id: disabled.schedule.id });
    await transact(millrace.app, workspace.owner, (work) => enableAction(work, { id }));
    for (const { schedule, nominalAt } of [disabled, stopped]) {
      expect(Date.parse((await read(schedule)).nextNominalAt ?? '')).toBe(Date.parse(nominalAt) + 3_600_000);
      expect(await ticksOf(schedule)).toHaveLength(1);
    }
  });

  it('must be shorter than the interval', async () => {
    expect(await refused({ interval: 'PT10S', jitter: 'PT10S' })).toEqual(['jitter OUT_OF_RANGE']);
    const schedule = await create({ interval: 'PT1M', jitter: 'PT30S' });
    expect(await change('updateSchedule', { id: schedule.id, interval: 'PT30S' })).toMatchObject({ fields: [{ path: ['jitter'] }] });
  });
});

describe('the timing of a schedule', () => {
  it('is exactly one of cron, interval and at', async () => {
    expect(await refused({})).toEqual(['at ONE_OF', 'cron ONE_OF', 'interval ONE_OF']);
    expect(await refused({ cron: '0 9 * * *', interval: 'PT1H' })).toEqual(['cron ONE_OF', 'interval ONE_OF']);
  });

  it('is refused with every field at fault', async () => {
    expect(await refused({ cron: '61 * * * *', timeZone: '+01:00', jitter: 'P2D' })).toEqual([
      'cron SYNTAX',
      'jitter OUT_OF_RANGE',
      'timeZone UNKNOWN_TIME_ZONE',
    ]);
    expect(await refused({ cron: '0 0 30 2 *' })).toEqual(['cron NEVER_FIRES']);
    expect(await refused({ cron: '* '.repeat(200) })).toEqual(['cron TOO_LONG']);
    expect(await refused({ interval: 'PT0.5S' })).toEqual(['interval OUT_OF_RANGE']);
    expect(await refused({ at: inFuture(60_000), startAt: inFuture(1), endAt: inFuture(2) })).toEqual([
      'endAt NOT_APPLICABLE',
      'startAt NOT_APPLICABLE',
    ]);
    expect(await refused({ cron: '0 9 * * *', startAt: '2027-02-01T00:00:00Z', endAt: '2027-01-01T00:00:00Z' })).toEqual([
      'endAt OUT_OF_RANGE',
    ]);
  });

  it('changes its kind with its next fire', async () => {
    const schedule = await create({ interval: 'PT1H', startAt: '2027-01-01T00:00:00Z' });
    const cron = scheduleOf(await change('updateSchedule', { id: schedule.id, cron: '@yearly', startAt: '2028-06-01T00:00:00Z' }));
    expect(cron).toMatchObject({ kind: 'CRON', interval: null, cron: '@yearly', nextFireAt: '2029-01-01T00:00:00.000Z' });
    const at = inFuture(3_600_000);
    const once = scheduleOf(await change('updateSchedule', { id: schedule.id, at }));
    expect(once).toMatchObject({ kind: 'ONCE', cron: null, at, nextFireAt: at, endAt: null });
    const every = scheduleOf(await change('updateSchedule', { id: schedule.id, interval: 'PT1M' }));
    expect(every).toMatchObject({ kind: 'INTERVAL', at: null, interval: 'PT1M' });
    // One interval from now, as if it were new.
    expect(Date.parse(every.nextFireAt ?? '') - Date.now()).toBeLessThanOrEqual(60_000);
  });

  it('stays as it is in a change that does not name it', async () => {
    const schedule = await create({ cron: '0 9 * * MON', timeZone: 'Europe/Paris', jitter: 'PT5M' });
    expect(scheduleOf(await change('updateSchedule', { id: schedule.id, overlap: 'QUEUE' }))).toEqual(schedule);
  });

  it('is made once per idempotency key, a moment that has gone by since included', async () => {
    const action = await workspace.action();
    const input = { automation: action.id, at: inFuture(400), idempotencyKey: 'once' };
    const first = await mutate(token, 'createSchedule', input, 'schedule { id }');
    await expect.poll(() => Date.now() > Date.parse(input.at)).toBe(true);
    expect(await mutate(token, 'createSchedule', input, 'schedule { id }')).toEqual(first);
    expect(codeOf(await mutate(token, 'createSchedule', { ...input, at: inFuture(60_000) }))).toBe('IDEMPOTENCY_CONFLICT');
  });
});

describe('the list of schedules', () => {
  it('can be narrowed by kind, by state and by the name of what they run, and ordered by the next fire', async () => {
    const action = await workspace.action({ name: 'Weekly Zebra report' });
    const late = await create({ cron: '0 0 1 1 *', startAt: '2027-06-01T00:00:00Z' }, action);
    const early = await create({ interval: 'PT1H' }, action);
    const off = await create({ at: inFuture(60_000), enabled: false }, action);
    const list = async (filter: Readonly<Record<string, unknown>>) => {
      const { data } = await millrace.ask(
        token,
        'query ($filter: ScheduleFilter) { schedules(filter: $filter, orderBy: [{ field: NEXT_FIRE_AT }]) { edges { node { id } } } }',
        { filter },
      );
      const { edges } = data?.['schedules'] as { readonly edges: readonly { readonly node: { readonly id: string } }[] };
      return edges.map(({ node }) => node.id);
    };
    expect(await list({ search: 'zebra REPORT' })).toEqual([early.id, late.id, off.id]);
    expect(await list({ search: 'zebra', kind: ['CRON', 'ONCE'] })).toEqual([late.id, off.id]);
    expect(await list({ search: 'zebra', enabled: false })).toEqual([off.id]);
    expect(await list({ search: 'no such animal' })).toEqual([]);
  });
});

describe('the schedule that is written with its action', () => {
  const own = (action: SeededAction, input: Parameters<typeof putOwnSchedule>[2]) =>
    transact(millrace.app, workspace.owner, (work) =>
      putOwnSchedule(work, { id: action.uuid, workspaceId: workspace.uuid, enabled: true }, input),
    );
  const ofAction = (action: SeededAction) => millrace.app.db.prisma.schedule.findMany({ where: { automationId: action.uuid } });

  it('is one: made, changed and deleted with it', async () => {
    const action = await workspace.action();
    const other = await create({ interval: 'PT1H' }, action);
    await own(action, { cron: '0 9 * * *', timeZone: 'Europe/Paris' });
    await own(action, { cron: '0 10 * * *' });
    const rows = await ofAction(action);
    expect(rows.filter((row) => row.own)).toMatchObject([{ cron: '0 10 * * *', timeZone: 'Europe/Paris' }]);
    expect(rows).toHaveLength(2);
    await own(action, null);
    await own(action, null);
    expect((await ofAction(action)).map((row) => row.id)).toEqual([decodeId('Schedule', other.id)]);
  });

  it('names the fields at fault under schedule', async () => {
    const action = await workspace.action();
    await expect(own(action, { cron: 'never' })).rejects.toMatchObject({ fields: [{ path: ['schedule', 'cron'], code: 'SYNTAX' }] });
    await expect(own(action, {})).rejects.toMatchObject({ fields: [{ path: ['schedule', 'cron'], code: 'ONE_OF' }, {}, {}] });
    expect(await ofAction(action)).toEqual([]);
  });
});

describe('a preview', () => {
  const preview = (args: string) =>
    millrace.ask(token, `{ previewSchedule(${args}) { fires { nominalAt local note } } }`).then(({ data, errors }) => ({
      fires: (data?.['previewSchedule'] as { readonly fires: readonly Readonly<Record<string, unknown>>[] } | undefined)?.fires,
      error: errors[0]?.extensions,
    }));

  it('shows the next fires by the clocks of the zone, and what the clocks do to them', async () => {
    const spring = await preview('cron: "30 2 * * *", timeZone: "Europe/Paris", startAt: "2027-03-27T00:00:00Z", count: 3');
    expect(spring.fires).toEqual([
      { nominalAt: '2027-03-27T01:30:00.000Z', local: '2027-03-27T02:30:00+01:00[Europe/Paris]', note: null },
      {
        nominalAt: '2027-03-28T01:00:00.000Z',
        local: '2027-03-28T03:00:00+02:00[Europe/Paris]',
        note: 'The clocks go from 2027-03-28 02:00:00 to 2027-03-28 03:00:00, so 2027-03-28 02:30:00 does not exist: this is the end of the leap.',
      },
      { nominalAt: '2027-03-29T00:30:00.000Z', local: '2027-03-29T02:30:00+02:00[Europe/Paris]', note: null },
    ]);
    const autumn = await preview('cron: "30 2 * * *", timeZone: "Europe/Paris", startAt: "2027-10-31T00:00:00Z", count: 2');
    expect(autumn.fires?.map((fire) => fire['note'])).toEqual([
      'The clocks show 2027-10-31 02:30:00 twice; it fires the first time.',
      null,
    ]);
  });

  it('ends with the schedule, and knows intervals and single moments', async () => {
    const at = inFuture(60_000);
    expect((await preview(`at: "${at}"`)).fires).toMatchObject([{ nominalAt: at }]);
    const args = 'startAt: "2027-01-01T00:00:00Z", endAt: "2027-01-01T02:00:00Z"';
    expect((await preview(`interval: "PT1H", ${args}`)).fires).toHaveLength(3);
    expect((await preview(`cron: "@hourly", ${args}`)).fires).toHaveLength(3);
  });

  it('is what the schedule then does', async () => {
    const { fires } = await preview('cron: "0 */7 * * *", timeZone: "Australia/Lord_Howe", startAt: "2027-04-01T00:00:00Z", count: 1');
    const schedule = await create({ cron: '0 */7 * * *', timeZone: 'Australia/Lord_Howe', startAt: '2027-04-01T00:00:00Z' });
    expect(fires).toMatchObject([{ nominalAt: schedule.nextFireAt }]);
  });

  it('is refused for what could not be made', async () => {
    expect((await preview('cron: "0 0 30 2 *"')).error).toMatchObject({
      code: 'INVALID_INPUT',
      fields: [{ path: ['cron'], code: 'NEVER_FIRES' }],
    });
    expect((await preview('cron: "0 9 * * *", count: 101')).error).toMatchObject({ code: 'INVALID_INPUT', fields: [{ path: ['count'] }] });
    expect((await preview('at: "2020-01-01T00:00:00Z"')).error).toMatchObject({ fields: [{ path: ['at'], code: 'IN_THE_PAST' }] });
    expect((await preview('count: 1')).error).toMatchObject({ code: 'INVALID_INPUT' });
  });
});
