import { beforeAll, describe, expect, it } from 'vitest';
import { mostKeyed } from '#domain/keyed';
import { mostSchedules } from '#domain/schedule/schedule.service';
import { mostWebhooks } from '#domain/trigger/trigger.service';
import { newId } from '#platform/ids';
import { type Millrace, startMillrace } from '#test/support/api';
import { type Mutate, codeOf, mutateOn } from '#test/support/mutate';
import { type SeededAction, type Workspace, seed } from '#test/support/seed';

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

const many = <Row>(count: number, row: (n: number) => Row) => Array.from({ length: count }, (_, n) => row(n));

/** Two at once when there is room for one, and then one more. */
async function fillUp(field: string, input: Readonly<Record<string, unknown>>) {
  const codes = (await Promise.all([mutate(token, field, input), mutate(token, field, input)])).map(codeOf);
  return [...codes.sort(), await mutate(token, field, input)];
}

const filled = (field: string, message: RegExp) => [
  `${field.charAt(0).toUpperCase()}${field.slice(1)}Success`,
  'LIMIT_EXCEEDED',
  expect.objectContaining({ code: 'LIMIT_EXCEEDED', message: expect.stringMatching(message) as string }) as unknown,
];

describe('a workspace has at most 1 000', () => {
  const row = (n: number) => ({ id: newId(), workspaceId: workspace.uuid, key: `seeded-${String(n)}`, name: 'Seeded' });
  const rows = <More>(more: More) => many(mostKeyed - 1, (n) => ({ ...row(n), ...more }));
  const data = { name: 'One more' };

  it('apps', async () => {
    await millrace.app.db.prisma.app.createMany({ data: rows({}) });
    expect(await fillUp('createApp', data)).toEqual(filled('createApp', /at most 1000 apps/));
  });

  it('namespaces', async () => {
    await millrace.app.db.prisma.namespace.createMany({ data: rows({}) });
    expect(await fillUp('createNamespace', data)).toEqual(filled('createNamespace', /at most 1000 namespaces/));
  });

  it('modules, and of each as many versions', async () => {
    const { prisma } = millrace.app.db;
    await prisma.module.createMany({ data: rows({}) });
    const made = await mutate(token, 'createModule', { ...data, key: 'last', code: '1' }, 'module { id }');
    expect(made.__typename).toBe('CreateModuleSuccess');
    const refused = await mutate(token, 'createModule', { ...data, key: 'more', code: '1' });
    expect([refused.code, refused.message]).toEqual(['LIMIT_EXCEEDED', expect.stringMatching(/at most 1000 modules/)]);
    const { id: moduleId } = await prisma.module.findFirstOrThrow({ where: { key: 'last' } });
    await prisma.moduleVersion.updateMany({ where: { moduleId }, data: { number: 999 } });
    const change = (code: string) => mutate(token, 'updateModule', { key: 'last', workspace: workspace.id, code });
    expect([codeOf(await change('2')), codeOf(await change('3'))]).toEqual(['UpdateModuleSuccess', 'LIMIT_EXCEEDED']);
  });

  it('credentials', async () => {
    await millrace.app.db.prisma.credential.createMany({ data: rows({ kind: 'BEARER' as const, settings: {} }) });
    const settings = { bearer: { token: 'planted' } };
    expect(await fillUp('createCredential', { ...data, settings })).toEqual(filled('createCredential', /at most 1000 credentials/));
  });

  it('systems, each of which can still be written again under its key', async () => {
    const baseUrl = 'https://system.example';
    await millrace.app.db.prisma.system.createMany({ data: rows({ baseUrl }) });
    expect(await fillUp('createSystem', { ...data, baseUrl })).toEqual(filled('createSystem', /at most 1000 systems/));
    const upsert = async (key: string) => codeOf(await mutate(token, 'upsertSystem', { ...data, baseUrl, key }));
    expect([await upsert('seeded-1'), await upsert('new')]).toEqual(['UpsertSystemSuccess', 'LIMIT_EXCEEDED']);
  });

  it('endpoints', async () => {
    const [method, url] = ['GET', 'https://endpoint.example'];
    await millrace.app.db.prisma.endpoint.createMany({ data: rows({ method, url }) });
    expect(await fillUp('createEndpoint', { ...data, method, url })).toEqual(filled('createEndpoint', /at most 1000 endpoints/));
  });
});

describe('an action has at most', () => {
  const parts = ({ uuid }: SeededAction) => ({
    workspaceId: workspace.uuid,
    automationId: uuid,
    environmentId: workspace.environmentId,
  });

  it('100 schedules, which follow it together; another action has its own', async () => {
    const action = await workspace.action();
    const data = many(mostSchedules - 1, () => ({ ...parts(action), id: newId(), intervalMs: 3_600_000n, startAt: new Date() }));
    await millrace.app.db.prisma.schedule.createMany({ data });
    const input = { automation: action.id, interval: 'PT1H' };
    expect(await fillUp('createSchedule', input)).toEqual(filled('createSchedule', /at most 100 schedules/));
    expect(codeOf(await mutate(token, 'updateAction', { id: action.id, schedule: { interval: 'PT1H' } }))).toBe('LIMIT_EXCEEDED');
    const fires = () => millrace.app.db.prisma.schedule.count({ where: { automationId: action.uuid, nextFireAt: { gt: new Date() } } });
    await mutate(token, 'disableAction', { id: action.id });
    expect(await fires()).toBe(0);
    await mutate(token, 'enableAction', { id: action.id });
    expect(await fires()).toBe(mostSchedules);
    const other = await workspace.action();
    expect(codeOf(await mutate(token, 'createSchedule', { ...input, automation: other.id }))).toBe('CreateScheduleSuccess');
  });

  it('20 webhooks', async () => {
    const action = await workspace.action();
    const data = many(mostWebhooks - 1, (n) => ({ ...parts(action), id: newId(), name: 'Seeded', token: `seeded-${String(n)}` }));
    await millrace.app.db.prisma.webhook.createMany({ data });
    const input = { automation: action.id, name: 'One more', verification: 'NONE' };
    expect(await fillUp('createWebhook', input)).toEqual(filled('createWebhook', /at most 20 webhooks/));
  });
});
