import { beforeAll, describe, expect, it } from 'vitest';
import { RunStatsDocument, type RunStatsGrouping, type RunStatsQueryVariables } from '#client/index';
import { newId } from '#platform/ids';
import { encodeId } from '#schema/node';
import type { RunStatus, RunTrigger } from '#platform/db/generated/prisma/enums';
import { type Millrace, startMillrace } from '#test/support/api';
import { type SeededAction, type Workspace, seed } from '#test/support/seed';
import { statementsOf } from '#test/support/statements';

let millrace: Millrace;
let workspace: Workspace;
let token: string;

beforeAll(async () => {
  millrace = await startMillrace({ worker: false });
});

async function begin(): Promise<SeededAction> {
  workspace = await seed(millrace.app).workspace();
  token = await workspace.token('VIEWER');
  return workspace.action();
}

let made = 0;

/** A run of that time: its id holds it as well, as ids do. */
async function at(
  action: SeededAction,
  time: string,
  more: {
    readonly status?: RunStatus;
    readonly trigger?: RunTrigger;
    readonly errorCode?: string;
    readonly dryRun?: boolean;
    readonly seconds?: number;
  } = {},
): Promise<void> {
  const queuedAt = new Date(time);
  const { seconds, ...columns } = more;
  made += 1;
  const hex = queuedAt.getTime().toString(16).padStart(12, '0');
  await millrace.app.db.prisma.run.create({
    data: {
      id: `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-${String(made).padStart(12, '0')}`,
      workspaceId: workspace.uuid,
      environmentId: workspace.environmentId,
      automationId: action.uuid,
      planHash: 'none',
      status: 'SUCCEEDED',
      trigger: 'API',
      actorKind: 'SYSTEM',
      queuedAt,
      startedAt: seconds === undefined ? null : new Date(queuedAt.getTime() + 500),
      finishedAt: seconds === undefined ? null : new Date(queuedAt.getTime() + 500 + seconds * 1_000),
      ...columns,
    },
  });
}

async function stats(variables: Partial<RunStatsQueryVariables> & { readonly from: string; readonly until: string }) {
  return (await millrace.client(token).request(RunStatsDocument, { interval: 'HOUR', ...variables })).runStats;
}

async function refusal(variables: Readonly<Record<string, unknown>>) {
  const text = `query ($from: DateTime!, $until: DateTime!, $interval: RunStatsInterval!, $timeZone: TimeZone) {
    runStats(from: $from, until: $until, interval: $interval, timeZone: $timeZone) { total { count } } }`;
  return (await millrace.ask(token, text, { interval: 'HOUR', ...variables })).errors[0]?.extensions;
}

describe('counts over time', () => {
  it('have a bucket for each hour, in order and without gaps, with counts and percentiles', async () => {
    const action = await begin();
    for (let seconds = 1; seconds <= 4; seconds += 1) await at(action, '2026-03-01T10:15:00Z', { seconds });
    await at(action, '2026-03-01T10:59:59.999Z', { status: 'FAILED', errorCode: 'HTTP_503', seconds: 10 });
    await at(action, '2026-03-01T12:00:00Z', { status: 'QUEUED' });
    await at(action, '2026-03-01T09:59:59Z', { seconds: 1 });
    await at(action, '2026-03-01T13:00:00Z', { seconds: 1 });
    await at(action, '2026-03-01T11:00:00Z', { seconds: 1, dryRun: true });
    const { buckets, total } = await stats({ from: '2026-03-01T10:00:00Z', until: '2026-03-01T13:00:00Z' });
    expect(buckets.map((bucket) => [bucket.from, bucket.until, bucket.total.count, bucket.groups])).toEqual([
      ['2026-03-01T10:00:00.000Z', '2026-03-01T11:00:00.000Z', 5, []],
      ['2026-03-01T11:00:00.000Z', '2026-03-01T12:00:00.000Z', 0, []],
      ['2026-03-01T12:00:00.000Z', '2026-03-01T13:00:00.000Z', 1, []],
    ]);
    expect(total).toMatchObject({ count: 6, succeeded: 4, failed: 1, durationP50: 'PT3S', queueTimeP50: 'PT0.5S', queueTimeP95: 'PT0.5S' });
    expect(buckets[0]?.total).toMatchObject({ durationP50: 'PT3S', durationP95: 'PT8.8S' });
    expect(buckets[1]?.total).toMatchObject({ durationP50: null, durationP95: null });
  });

  it('are told apart by status, automation, app, trigger and error', async () => {
    const [one, two] = [await begin(), await workspace.action()];
    await at(one, '2026-03-01T10:00:00Z', { seconds: 1 });
    await at(one, '2026-03-01T10:00:01Z', { seconds: 1 });
    await at(two, '2026-03-01T10:00:02Z', { seconds: 1, status: 'FAILED', errorCode: 'CODE', trigger: 'WEBHOOK' });
    const range = { from: '2026-03-01T10:00:00Z', until: '2026-03-01T11:00:00Z' };
    const groupsBy = async (...groupBy: RunStatsGrouping[]) =>
      (await stats({ ...range, groupBy })).buckets[0]?.groups.map(({ figures, ...group }) => [figures.count, group]);
    const none = { other: false, status: null, automation: null, app: null, trigger: null, errorCode: null };
    expect(await groupsBy('STATUS')).toEqual([
      [2, { ...none, status: 'SUCCEEDED' }],
      [1, { ...none, status: 'FAILED' }],
    ]);
    expect(await groupsBy('AUTOMATION', 'TRIGGER')).toEqual([
      [2, { ...none, automation: { id: one.id, key: one.key }, trigger: 'API' }],
      [1, { ...none, automation: { id: two.id, key: two.key }, trigger: 'WEBHOOK' }],
    ]);
    const app = { id: newId(), workspaceId: workspace.uuid, key: 'shop', name: 'Shop' };
    await millrace.app.db.prisma.app.create({ data: app });
    await millrace.app.db.prisma.automation.update({ where: { id: one.uuid }, data: { appId: app.id } });
    expect(await groupsBy('APP')).toEqual([
      [2, { ...none, app: { id: encodeId('App', app.id), key: 'shop' } }],
      [1, none],
    ]);
    expect(await groupsBy('ERROR_CODE', 'ERROR_CODE')).toEqual([
      [2, none],
      [1, { ...none, errorCode: 'CODE' }],
    ]);
  });

  it('put what is beyond the 50 largest groups together', async () => {
    const action = await begin();
    for (let code = 0; code < 53; code += 1) {
      await at(action, '2026-03-01T10:00:00Z', { status: 'FAILED', errorCode: `E${String(code)}`, seconds: 1 });
      if (code < 49) await at(action, '2026-03-01T11:00:00Z', { status: 'FAILED', errorCode: `E${String(code)}`, seconds: 1 });
    }
    const { buckets } = await stats({ from: '2026-03-01T10:00:00Z', until: '2026-03-01T12:00:00Z', groupBy: ['ERROR_CODE'] });
    expect(buckets[0]?.groups).toHaveLength(51);
    expect(buckets[0]?.groups.at(-1)).toMatchObject({ other: true, errorCode: null, figures: { count: 3 } });
    expect(buckets[1]?.groups.some(({ other }) => other)).toBe(false);
  });

  it('of days begin at midnight in the time zone, also where a day has 23 or 25 hours', async () => {
    const action = await begin();
    await at(action, '2026-03-28T22:59:00Z');
    await at(action, '2026-03-28T23:00:00Z');
    await at(action, '2026-03-29T21:59:00Z');
    await at(action, '2026-03-29T22:00:00Z');
    const days = await stats({ from: '2026-03-27T23:00:00Z', until: '2026-03-30T22:00:00Z', interval: 'DAY', timeZone: 'Europe/Zurich' });
    expect(days.buckets.map((bucket) => [bucket.from, bucket.total.count])).toEqual([
      ['2026-03-27T23:00:00.000Z', 1],
      ['2026-03-28T23:00:00.000Z', 2],
      ['2026-03-29T22:00:00.000Z', 1],
    ]);
    const hours = await stats({ from: '2026-10-24T23:00:00Z', until: '2026-10-25T03:00:00Z', timeZone: 'Europe/Zurich' });
    expect(hours.buckets.map((bucket) => bucket.from.slice(11, 16))).toEqual(['23:00', '00:00', '01:00', '02:00']);
    const half = await stats({ from: '2026-03-01T10:10:00Z', until: '2026-03-01T11:00:00Z', timeZone: 'Asia/Kolkata' });
    expect(half.buckets.map((bucket) => bucket.from.slice(11, 16))).toEqual(['09:30', '10:30']);
    const months = await stats({ from: '2026-01-31T12:00:00Z', until: '2026-04-01T00:00:00Z', interval: 'MONTH' });
    expect(months.buckets.map((bucket) => [bucket.from.slice(0, 10), bucket.total.count])).toEqual([
      ['2026-01-01', 0],
      ['2026-02-01', 0],
      ['2026-03-01', 4],
    ]);
  });

  it('take the filter of the list', async () => {
    const [one, two] = [await begin(), await workspace.action()];
    await at(one, '2026-03-01T10:00:00Z', { trigger: 'SCHEDULE', seconds: 1 });
    await at(two, '2026-03-01T10:00:00Z', { status: 'FAILED', errorCode: 'CODE', seconds: 1 });
    const range = { from: '2026-03-01T10:00:00Z', until: '2026-03-01T11:00:00Z' };
    for (const filter of [
      { automation: one.id },
      { automationKey: one.key },
      { trigger: ['SCHEDULE' as const] },
      { status: ['SUCCEEDED' as const] },
    ])
      expect((await stats({ ...range, filter })).total, JSON.stringify(filter)).toMatchObject({ count: 1, succeeded: 1 });
    expect((await stats({ ...range, filter: { errorCode: ['CODE', 'OTHER'] } })).total).toMatchObject({ count: 1, failed: 1 });
  });

  it('see the workspaces of the viewer only', async () => {
    const action = await begin();
    await at(action, '2026-03-01T10:00:00Z');
    const foreign = workspace.id;
    await begin();
    const range = { from: '2026-03-01T10:00:00Z', until: '2026-03-01T11:00:00Z' };
    expect((await stats(range)).total.count).toBe(0);
    expect((await stats({ ...range, workspace: foreign })).total.count).toBe(0);
  });

  it('are one statement, and one more for the automations', async () => {
    const action = await begin();
    for (let hour = 10; hour < 16; hour += 1) await at(action, `2026-03-01T${String(hour)}:00:00Z`);
    const statements = (until: string) =>
      statementsOf(() => stats({ from: '2026-03-01T10:00:00Z', until: `2026-03-01T${until}:00:00Z`, groupBy: ['AUTOMATION'] }));
    const few = await statements('11');
    expect(few.filter((text) => text.includes('percentile_cont')).length).toBe(1);
    expect((await statements('16')).length).toBe(few.length);
  });
});

describe('a question that is too much or makes no sense', () => {
  it.each([
    [{ from: '2026-03-01T10:00:00Z', until: '2026-03-01T10:00:00Z' }, { code: 'INVALID_INPUT' }],
    [{ from: '2026-03-01T10:00:00Z', until: '2026-03-02T10:00:00Z', timeZone: 'Mars/Olympus' }, { code: 'INVALID_INPUT' }],
    [{ from: '2026-03-01T10:00:00Z', until: '2026-03-02T10:00:00Z', timeZone: '+01:00' }, { code: 'INVALID_INPUT' }],
    [
      { from: '2026-03-01T10:00:00Z', until: '2026-03-02T10:00:00Z', interval: 'MINUTE' },
      { code: 'LIMIT_EXCEEDED', limit: 1_000 },
    ],
    [
      { from: '2024-03-01T10:00:00Z', until: '2026-03-02T10:00:00Z', interval: 'MONTH' },
      { code: 'LIMIT_EXCEEDED', limit: 400 },
    ],
  ])('is refused: %j', async (variables, expected) => {
    await begin();
    expect(await refusal(variables)).toMatchObject(expected);
  });
});
