import { beforeAll, describe, expect, it, vi } from 'vitest';
import { PauseDocument, ResumeDocument } from '#client/index';
import { encodeId } from '#schema/node';
import { type Millrace, startMillrace } from '#test/support/api';
import { type Mutate, mutateOn } from '#test/support/mutate';
import { type Workspace, seed } from '#test/support/seed';
import { statementsOf } from '#test/support/statements';

let millrace: Millrace;
let mutate: Mutate;
let workspace: Workspace;
let operator: string;

beforeAll(async () => {
  millrace = await startMillrace();
  mutate = mutateOn(millrace);
});

/** A workspace of the test's own, so that its pauses hold back nobody else's runs. */
async function begin(): Promise<void> {
  workspace = await seed(millrace.app).workspace();
  operator = await workspace.token('OPERATOR');
}

const trigger = (id: string, payload?: unknown) => mutate(operator, 'triggerAction', { id, payload }, 'run { id status }');
const waiting = `query ($id: ID!) { run(id: $id) { status waitingFor { kind detail until pause { id kind reason heldRuns createdBy } } } }`;
const run = async (id: unknown) => (await millrace.ask(operator, waiting, { id })).data?.['run'];
const idOf = (result: Readonly<Record<string, unknown>>, field: string) => (result[field] as { readonly id: string }).id;

describe('a paused workspace', () => {
  it('answers triggers as always, shows why their runs wait, and executes them after the resume', async () => {
    await begin();
    const client = millrace.client(operator);
    const action = await workspace.action({ transform: 1 });
    const { pause } = await client.request(PauseDocument, { input: { workspace: workspace.id, reason: 'new database' } });
    if (pause.__typename !== 'PauseSuccess') throw new Error(pause.message);
    const triggered = await trigger(action.id, { n: 1 });
    expect(triggered).toMatchObject({ __typename: 'TriggerActionSuccess', run: { status: 'QUEUED' } });
    const id = idOf(triggered, 'run');
    await expect
      .poll(() => run(id), { timeout: 20_000 })
      .toEqual({
        status: 'WAITING',
        waitingFor: {
          kind: 'PAUSED',
          detail: 'The workspace is paused: new database',
          until: null,
          pause: { id: pause.pause.id, kind: 'WORKSPACE', reason: 'new database', heldRuns: 1, createdBy: 'OPERATOR token' },
        },
      });
    const { resume } = await client.request(ResumeDocument, { input: { workspace: workspace.id } });
    expect(resume).toMatchObject({ __typename: 'ResumeSuccess', pause: { id: pause.pause.id } });
    await expect.poll(() => run(id), { timeout: 20_000, interval: 20 }).toEqual({ status: 'SUCCEEDED', waitingFor: null });
  });

  it('is paused once, however often and by however many at once', async () => {
    await begin();
    const input = { workspace: workspace.id };
    const answers = await Promise.all(Array.from({ length: 5 }, () => mutate(operator, 'pause', input, 'pause { id }')));
    expect(new Set(answers.map((answer) => idOf(answer, 'pause'))).size).toBe(1);
    const where = { workspaceId: workspace.uuid };
    expect(await millrace.app.db.prisma.pause.count({ where })).toBe(1);
    expect(await millrace.app.db.prisma.auditEntry.count({ where: { ...where, operation: 'pause' } })).toBe(1);
    const resumed = await Promise.all(Array.from({ length: 5 }, () => mutate(operator, 'resume', input, 'pause { id }')));
    expect(resumed.filter((answer) => answer['pause'] !== null)).toHaveLength(1);
    expect(resumed.every((answer) => answer.__typename === 'ResumeSuccess')).toBe(true);
    expect(await millrace.app.db.prisma.auditEntry.count({ where: { ...where, operation: 'resume' } })).toBe(1);
  });

  it('goes on ticking: a schedule that skips overlaps has one run, and says why the others are missing', async () => {
    await begin();
    const editor = await workspace.token('EDITOR');
    const action = await workspace.action({ transform: 1 });
    await mutate(operator, 'pause', { workspace: workspace.id });
    await mutate(editor, 'createSchedule', { automation: action.id, interval: 'PT1S' }, 'schedule { id }');
    const { prisma } = millrace.app.db;
    const ticks = () => prisma.tick.findMany({ where: { schedule: { automationId: action.uuid } }, orderBy: { nominalAt: 'asc' } });
    await vi.waitFor(async () => expect((await ticks()).filter(({ status }) => status === 'SKIPPED').length).toBeGreaterThan(0), {
      timeout: 10_000,
    });
    expect(await prisma.run.findMany({ where: { automationId: action.uuid }, select: { status: true } })).toEqual([{ status: 'WAITING' }]);
  });
});

describe('what is paused', () => {
  it('is listed, and shown where it applies, with a constant number of statements', async () => {
    await begin();
    const actions = await Promise.all(Array.from({ length: 4 }, () => workspace.action({ transform: 1 })));
    for (const { id } of actions.slice(0, 2)) await mutate(operator, 'pause', { automation: id, reason: 'own' });
    await mutate(operator, 'pause', { host: 'https://API.Example.com/v1', reason: 'theirs' });
    const text = `query ($ws: ID!, $first: Int) {
      pauses(workspace: $ws) { totalCount edges { node { kind host reason heldRuns automation { key pause { id } } workspace { id pause { id } } } } }
      actions(workspace: $ws, first: $first) { edges { node { key pause { kind reason } } } } }`;
    const ask = (first: number) => millrace.ask(operator, text, { ws: workspace.id, first });
    const { data, errors } = await ask(4);
    expect(errors).toEqual([]);
    const { edges, totalCount } = data?.['pauses'] as { totalCount: number; edges: { node: Record<string, unknown> }[] };
    expect(totalCount).toBe(3);
    expect(edges.map(({ node }) => [node['kind'], node['host'], node['reason'], node['heldRuns']])).toEqual([
      ['HOST', 'api.example.com', 'theirs', 0],
      ['AUTOMATION', null, 'own', 0],
      ['AUTOMATION', null, 'own', 0],
    ]);
    const shown = (data?.['actions'] as { edges: { node: { pause: unknown } }[] }).edges.map(({ node }) => node.pause);
    expect(shown.filter((pause) => pause === null)).toHaveLength(2);
    await mutate(operator, 'pause', { workspace: workspace.id });
    const inherited = (await ask(4)).data?.['actions'] as { edges: { node: { pause: { kind: string } } }[] };
    expect(inherited.edges.map(({ node }) => node.pause.kind)).toEqual(['WORKSPACE', 'WORKSPACE', 'WORKSPACE', 'WORKSPACE']);
    // What goes on beside, such as the end of a pause before, may be counted with one of them.
    await expect.poll(async () => (await statementsOf(() => ask(4))).length - (await statementsOf(() => ask(1))).length).toBe(0);
  });

  it('may be an app: its automations show its pause, and their runs wait', async () => {
    await begin();
    const editor = await workspace.token('EDITOR');
    const app = idOf(await mutate(editor, 'createApp', { workspace: workspace.id, name: 'Shop' }, 'app { id }'), 'app');
    const action = await workspace.action({ transform: 1 });
    await millrace.app.db.prisma.automation.update({ where: { id: action.uuid }, data: { appId: app.slice(4) } });
    const made = await mutate(operator, 'pause', { app, reason: 'sale' }, 'pause { id kind app { id pause { reason } } }');
    expect(made).toMatchObject({ pause: { kind: 'APP', app: { id: app, pause: { reason: 'sale' } } } });
    const id = idOf(await trigger(action.id), 'run');
    await expect.poll(() => run(id), { timeout: 20_000 }).toMatchObject({ waitingFor: { pause: { kind: 'APP' } } });
    const { data } = await millrace.ask(operator, 'query ($id: ID!) { action(id: $id) { pause { kind reason } } }', { id: action.id });
    expect(data).toEqual({ action: { pause: { kind: 'APP', reason: 'sale' } } });
    expect(await mutate(operator, 'resume', { app }, 'pause { kind }')).toMatchObject({ pause: { kind: 'APP' } });
    await expect.poll(() => run(id), { timeout: 20_000 }).toMatchObject({ status: 'SUCCEEDED' });
  });

  it('is paused no longer when it is deleted: what was held runs, and it cannot be paused again', async () => {
    await begin();
    const editor = await workspace.token('EDITOR');
    const action = await workspace.action({ transform: 1 });
    await mutate(operator, 'pause', { automation: action.id });
    const id = idOf(await trigger(action.id), 'run');
    await expect.poll(() => run(id), { timeout: 20_000 }).toMatchObject({ waitingFor: { pause: { kind: 'AUTOMATION' } } });
    expect(await mutate(editor, 'deleteAction', { id: action.id })).toMatchObject({ __typename: 'DeleteActionSuccess' });
    await expect.poll(() => run(id), { timeout: 20_000 }).toEqual({ status: 'SUCCEEDED', waitingFor: null });
    expect(await millrace.app.db.prisma.pause.count({ where: { workspaceId: workspace.uuid } })).toBe(0);
    const audited = await millrace.app.db.prisma.auditEntry.findMany({ where: { workspaceId: workspace.uuid, operation: 'resume' } });
    expect(audited).toMatchObject([{ change: { kind: 'AUTOMATION', subject: action.uuid } }]);
    expect(await mutate(operator, 'pause', { automation: action.id })).toMatchObject({ code: 'NOT_FOUND' });
  });

  it('is filtered by what it holds back', async () => {
    await begin();
    await mutate(operator, 'pause', { host: 'api.example.com' });
    await mutate(operator, 'pause', { workspace: workspace.id });
    const text = 'query ($kind: [PauseKind!]) { pauses(filter: { kind: $kind }) { edges { node { kind } } } }';
    const { data } = await millrace.ask(operator, text, { kind: ['HOST'] });
    expect(data?.['pauses']).toEqual({ edges: [{ node: { kind: 'HOST' } }] });
  });
});

describe('a request to pause or to resume', () => {
  it('names exactly one thing', async () => {
    await begin();
    const action = await workspace.action({ transform: 1 });
    for (const input of [{}, { workspace: workspace.id, automation: action.id }, { automation: action.id, host: 'a.example' }])
      for (const field of ['pause', 'resume'])
        expect(await mutate(operator, field, input)).toMatchObject({
          code: 'INVALID_INPUT',
          fields: [{ path: ['workspace'], code: 'ONE_OF' }],
        });
    const pause = idOf(await mutate(operator, 'pause', { host: 'a.example' }, 'pause { id }'), 'pause');
    expect(await mutate(operator, 'resume', { id: pause, host: 'a.example' })).toMatchObject({
      fields: [{ path: ['id'], code: 'ONE_OF' }],
    });
  });

  it('is refused for no host, a reason that is too long, and what is another workspace’s', async () => {
    await begin();
    expect(await mutate(operator, 'pause', { host: 'a b' })).toMatchObject({
      code: 'INVALID_INPUT',
      fields: [{ path: ['host'], code: 'FORMAT' }],
    });
    expect(await mutate(operator, 'pause', { workspace: workspace.id, reason: 'x'.repeat(501) })).toMatchObject({
      fields: [{ path: ['reason'], code: 'TOO_LONG' }],
    });
    const stranger = await seed(millrace.app).workspace();
    const foreign = await stranger.action();
    for (const input of [{ workspace: stranger.id }, { automation: foreign.id }, { workspace: stranger.id, host: 'a.example' }])
      for (const field of ['pause', 'resume']) expect(await mutate(operator, field, input)).toMatchObject({ code: 'NOT_FOUND' });
    const viewer = await workspace.token('VIEWER');
    expect(await mutate(viewer, 'pause', { workspace: workspace.id })).toMatchObject({ code: 'FORBIDDEN' });
  });

  it('answers null for what is not paused, and does not find a pause that has ended', async () => {
    await begin();
    expect(await mutate(operator, 'resume', { host: 'a.example' }, 'pause { id }')).toMatchObject({
      __typename: 'ResumeSuccess',
      pause: null,
    });
    const id = idOf(await mutate(operator, 'pause', { host: 'A.Example:443' }, 'pause { id host }'), 'pause');
    expect(await mutate(operator, 'resume', { host: 'a.example.' }, 'pause { id heldRuns }')).toMatchObject({ pause: { id, heldRuns: 0 } });
    expect(await mutate(operator, 'resume', { id })).toMatchObject({ code: 'NOT_FOUND' });
    expect(await mutate(operator, 'resume', { id: encodeId('Pause', workspace.uuid) })).toMatchObject({ code: 'NOT_FOUND' });
  });

  it('is refused when a workspace has too many pauses', async () => {
    await begin();
    await millrace.app.db.prisma.pause.createMany({
      data: Array.from({ length: 500 }, (_, n) => ({
        id: `00000000-0000-7000-8000-${workspace.uuid.slice(-8)}${String(n).padStart(4, '0')}`,
        workspaceId: workspace.uuid,
        kind: 'HOST' as const,
        host: `${n}.example`,
        createdBy: 'test',
      })),
    });
    const more = '... on LimitExceededError { limit }';
    expect(await mutate(operator, 'pause', { host: 'more.example' }, '', more)).toMatchObject({ code: 'LIMIT_EXCEEDED', limit: 500 });
    expect(await mutate(operator, 'pause', { host: '7.example' })).toMatchObject({ __typename: 'PauseSuccess' });
  });
});
