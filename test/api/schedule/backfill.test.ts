import { beforeAll, describe, expect, it } from 'vitest';
import { transact } from '#platform/work/work';
import { forgetTicks } from '#domain/schedule/schedule.forget';
import { fireDueSchedules } from '#domain/schedule/schedule.ticks';
import { createEnvironment } from '#domain/tenant/environment.service';
import { decodeId } from '#schema/node';
import { type Millrace, startMillrace } from '#test/support/api';
import { type Mutate, type Result, codeOf, mutateOn } from '#test/support/mutate';
import { type Workspace, seed } from '#test/support/seed';

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

const hour = 3_600_000;
const midnight = Date.parse('2026-01-01T00:00:00Z');
const at = (hours: number) => new Date(midnight + hours * hour).toISOString();

/** An hourly schedule since the beginning of 2026 that never fired. */
async function hourly(input: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const action = await workspace.action();
  const timing = { automation: action.id, cron: '0 * * * *', startAt: at(0), payload: { n: 1 } };
  const made = await mutate(token, 'createSchedule', { ...timing, ...input }, 'schedule { id }');
  return (made['schedule'] as { readonly id: string }).id;
}

const backfill = (input: Readonly<Record<string, unknown>>): Promise<Result> =>
  mutate(token, 'backfillSchedule', input, 'count first dryRun', '... on LimitExceededError { limit }');

const ticksOf = (id: string) =>
  millrace.app.db.prisma.tick.findMany({
    where: { scheduleId: decodeId('Schedule', id) },
    orderBy: { nominalAt: 'asc' },
    include: { run: true },
  });
const runsOf = (id: string) => millrace.app.db.prisma.run.count({ where: { scheduleId: decodeId('Schedule', id) } });

describe('a backfill', () => {
  it('tells first how many runs are missing, and writes nothing', async () => {
    const id = await hourly();
    expect(await backfill({ id, from: at(0), until: at(24), dryRun: true })).toMatchObject({
      count: 24,
      dryRun: true,
      first: Array.from({ length: 10 }, (_, index) => at(index)),
    });
    expect([await ticksOf(id), await runsOf(id)]).toEqual([[], 0]);
  });

  it('makes them in the order of their times, from the beginning of the range to before its end', async () => {
    const id = await hourly();
    expect(await backfill({ id, from: at(1), until: at(4) })).toMatchObject({ count: 3, dryRun: false, first: [at(1), at(2), at(3)] });
    const ticks = await ticksOf(id);
    expect(ticks.map((tick) => tick.nominalAt.toISOString())).toEqual([at(1), at(2), at(3)]);
    for (const tick of ticks)
      expect(tick).toMatchObject({
        status: 'LATE',
        reason: 'Backfilled.',
        run: { trigger: 'SCHEDULE', status: 'QUEUED', input: { n: 1 } },
      });
    const order = ticks.map((tick) => tick.runId);
    expect(order).toEqual([...order].sort());
  });

  it('fills gaps only: what was skipped, not what ran', async () => {
    const id = await hourly();
    await backfill({ id, from: at(0), until: at(2) });
    const before = await ticksOf(id);
    const scheduleId = decodeId('Schedule', id);
    await millrace.app.db.prisma.tick.create({
      data: { scheduleId, nominalAt: new Date(at(2)), status: 'SKIPPED', reason: 'It was missed.' },
    });
    expect(await backfill({ id, from: at(0), until: at(4) })).toMatchObject({ count: 2, first: [at(2), at(3)] });
    const after = await ticksOf(id);
    expect(after.slice(0, 2)).toEqual(before);
    expect(after.map((tick) => tick.status)).toEqual(['LATE', 'LATE', 'LATE', 'LATE']);
    expect(await backfill({ id, from: at(0), until: at(4) })).toMatchObject({ count: 0, first: [] });
    expect(await runsOf(id)).toBe(4);
  });

  it('of many workers and clients at once makes each run once', async () => {
    const id = await hourly();
    const answers = await Promise.all(Array.from({ length: 6 }, () => backfill({ id, from: at(0), until: at(50) })));
    expect(answers.map((answer) => answer['count']).sort()).toEqual([0, 0, 0, 0, 0, 50]);
    expect(await runsOf(id)).toBe(50);
    expect(new Set((await ticksOf(id)).map((tick) => tick.runId)).size).toBe(50);
  });

  it('leaves to the schedule what it will still decide itself', async () => {
    const id = await hourly({ misfire: 'RUN_ALL', overlap: 'ALLOW' });
    const due = new Date(at(3));
    await millrace.app.db.prisma.schedule.update({
      where: { id: decodeId('Schedule', id) },
      data: { endAt: new Date(at(5)), nextNominalAt: due, nextFireAt: due },
    });
    const [answer] = await Promise.all([backfill({ id, from: at(0), until: at(6) }), fireDueSchedules(millrace.app)]);
    expect([3, 6]).toContain(answer['count']);
    while ((await fireDueSchedules(millrace.app)) > 0);
    expect((await ticksOf(id)).map((tick) => tick.nominalAt.toISOString()).slice(-3)).toEqual([at(3), at(4), at(5)]);
    expect(await runsOf(id)).toBe((await ticksOf(id)).length);
  });

  it('begins after what is no longer known of the ledger, for that ran', async () => {
    const id = await hourly({ enabled: false });
    expect(await backfill({ id, from: at(0), until: at(2) })).toMatchObject({ count: 2 });
    const { prisma, sql } = millrace.app.db;
    const scheduleId = decodeId('Schedule', id);
    await prisma.tick.updateMany({ where: { scheduleId }, data: { decidedAt: new Date(at(0)) } });
    expect(await forgetTicks(sql, new Date(at(24)))).toBe(2);
    for (const dryRun of [true, false])
      expect(await backfill({ id, from: at(1), until: at(4), dryRun })).toMatchObject({ fields: [{ path: ['from'], code: 'TOO_EARLY' }] });
    expect(await backfill({ id, from: at(2), until: at(4) })).toMatchObject({ count: 2 });
    expect(await runsOf(id)).toBe(4);
  });

  it('does not reach into the future', async () => {
    const id = await hourly();
    const soon = new Date(Date.now() + 48 * hour).toISOString();
    expect(await backfill({ id, from: new Date(Date.now() + 60_000).toISOString(), until: soon })).toMatchObject({ count: 0 });
    const { count } = await backfill({ id, from: new Date(Date.now() - 10 * hour).toISOString(), until: soon, dryRun: true });
    expect(count).toBeLessThanOrEqual(10);
  });

  it('works on a disabled schedule', async () => {
    const id = await hourly({ enabled: false });
    expect(await backfill({ id, from: at(0), until: at(2) })).toMatchObject({ count: 2 });
    expect(await runsOf(id)).toBe(2);
  });

  it('makes nothing beyond its limit, and tells how many there are', async () => {
    const id = await hourly();
    const refused = await backfill({ id, from: at(0), until: at(24), limit: 10 });
    expect(refused).toMatchObject({ code: 'LIMIT_EXCEEDED', limit: 10 });
    expect(refused.message).toContain('24');
    expect(await backfill({ id, from: at(0), until: at(24 * 60) })).toMatchObject({ code: 'LIMIT_EXCEEDED', limit: 1_000 });
    const id2 = await hourly({ cron: '* * * * *' });
    expect(await backfill({ id: id2, from: at(0), until: at(24 * 60), dryRun: true })).toMatchObject({
      code: 'LIMIT_EXCEEDED',
      limit: 10_000,
    });
    expect(await runsOf(id)).toBe(0);
  });

  it('of a thousand is one whole', async () => {
    const id = await hourly();
    expect(await backfill({ id, from: at(0), until: at(1_000) })).toMatchObject({ count: 1_000 });
    expect(await runsOf(id)).toBe(1_000);
  });

  it('makes all or nothing: where nothing is deployed it is a conflict and the ledger stays', async () => {
    await transact(millrace.app, workspace.owner, (work) =>
      createEnvironment(work, { workspaceId: workspace.uuid, name: 'Bare', key: 'bare' }),
    );
    const id = await hourly({ environment: 'bare' });
    expect(await backfill({ id, from: at(0), until: at(2) })).toMatchObject({ code: 'CONFLICT' });
    expect(await ticksOf(id)).toEqual([]);
  });

  it('is made once per idempotency key, and answers the same again', async () => {
    const id = await hourly();
    const input = { id, from: at(0), until: at(3), idempotencyKey: 'fill' };
    const first = await backfill(input);
    expect(first).toMatchObject({ count: 3 });
    expect(await backfill(input)).toEqual(first);
    expect(codeOf(await backfill({ ...input, until: at(4) }))).toBe('IDEMPOTENCY_CONFLICT');
    expect(await runsOf(id)).toBe(3);
  });

  it('is refused for a range that is none, and to who may only look', async () => {
    const id = await hourly();
    expect(await backfill({ id, from: at(2), until: at(2) })).toMatchObject({ fields: [{ path: ['until'], code: 'OUT_OF_RANGE' }] });
    expect(await backfill({ id, from: at(0), until: at(2), limit: 1_001 })).toMatchObject({ fields: [{ path: ['limit'] }] });
    const viewer = await workspace.token('VIEWER');
    for (const dryRun of [true, false])
      expect(codeOf(await mutate(viewer, 'backfillSchedule', { id, from: at(0), until: at(2), dryRun }))).toBe('FORBIDDEN');
  });
});
