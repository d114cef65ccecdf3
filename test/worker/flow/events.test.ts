import { expect, test, vi } from 'vitest';
import { transact } from '#platform/work/work';
import { newId } from '#platform/ids';
import { waitForEvent } from '#domain/flow/flow.event-wait';
import { pause, resume } from '#domain/run/pause.service';
import { createRule } from '#domain/rule/rule.service';
import { testEngine } from '#test/support/engine';
import { seedFlows } from '#test/support/flows';

vi.setConfig({ testTimeout: 120_000 });

async function working() {
  const engine = await testEngine();
  engine.work();
  return { engine, ...(await seedFlows(engine)) };
}

const map = (id: string, mapping: unknown, more: object = {}) => ({ kind: 'transform', id, args: { mapping: mapping as never }, ...more });
const onService = (events: string[], ...conditions: object[]) => ({
  event: { events, conditions: [{ field: 'data.blueprintId', operator: 'eq', value: 'service' }, ...conditions] as never },
});

test('what happens to a record starts the flows that ask for it, in their order, and tells why others were not', async () => {
  const { engine, flow, make, change, settled, final } = await working();
  const seen = {
    steps: [map('see', '{{ event.action }} {{ data.id }} {{ previous.properties.stage }} {{ data.properties.stage }}')],
    outputs: '{{ actions.see.output }}',
  };
  const second = await flow('b-second', { ...seen, position: 2, triggers: [onService(['update'])] });
  const first = await flow('z-first', {
    ...seen,
    position: 1,
    triggers: [onService(['create', 'update'], { field: 'data.properties.stage', operator: 'eq', value: 'live' })],
  });
  const never = await flow('never', {
    ...seen,
    position: 3,
    triggers: [onService(['update'], { field: 'data.properties.level', operator: 'gt', value: 5 })],
  });
  await flow('off', { ...seen, enabled: false, triggers: [onService(['update'])] });
  const id = await make('service', 'pay', { properties: { stage: 'beta', level: 3 } });
  await settled();
  expect(await engine.app.db.prisma.run.count()).toBe(0);
  await change(id, { properties: { stage: 'live' } });
  await settled();
  const runs = await engine.app.db.prisma.run.findMany({ orderBy: { id: 'asc' } });
  expect(runs.map(({ automationId }) => automationId)).toEqual([first, second]);
  for (const run of runs)
    expect(await final(run.id)).toMatchObject({ status: 'SUCCEEDED', output: 'update pay beta live', trigger: 'EVENT', entityId: id });
  const evaluations = await engine.app.db.prisma.evaluation.findMany({ orderBy: { automationId: 'asc' } });
  expect(evaluations.map(({ automationId, outcome, runId }) => [automationId, outcome, runId])).toEqual(
    [
      [first, 'MET', runs[0]?.id],
      [second, 'MET', runs[1]?.id],
      [never, 'NOT_MET', null],
    ].sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)),
  );
  expect(evaluations.find(({ outcome }) => outcome === 'NOT_MET')?.failed).toMatchObject({
    values: [{ text: 'data.properties.level', value: 3 }],
  });
});

test('flows that lead to each other go once for each record, and flows that make record after record end; both are told', async () => {
  const { engine, flow, start, make, final } = await working();
  const { prisma } = engine.app.db;
  const save = (id: string, properties: object) => ({
    kind: 'upsertResource',
    id: 'save',
    args: { data: { id, blueprintId: 'service', properties: { level: '{{ (data.properties.level or 0) + 1 }}', ...properties } } as never },
  });
  const stage = (value: string) => onService(['create', 'update'], { field: 'data.properties.stage', operator: 'eq', value });
  const ping = await flow('ping', { triggers: [stage('ping')], steps: [save('{{ data.id }}', { stage: 'pong' })] });
  const pong = await flow('pong', { triggers: [stage('pong')], steps: [save('{{ data.id }}', { stage: 'ping' })] });
  const deep = await flow('deep', { triggers: [stage('deep')], steps: [save('{{ data.id }}x', { stage: 'deep' })] });
  const came = async (automationId: string) => {
    const rows = await prisma.evaluation.groupBy({ by: ['outcome'], where: { automationId }, _count: true, orderBy: { outcome: 'asc' } });
    return Object.fromEntries(rows.map(({ outcome, _count }) => [outcome, _count]));
  };
  const reached = (automationId: string, wanted: object) => expect.poll(() => came(automationId), { timeout: 60_000 }).toEqual(wanted);

  await make('service', 'pay', { properties: { stage: 'ping' } });
  await reached(ping, { MET: 1, REPEATED: 1 });
  expect(await came(pong)).toEqual({ MET: 1 });
  await make('service', 'log', { properties: { stage: 'deep' } });
  await reached(deep, { MET: 10, TOO_DEEP: 1 });

  // Each record is a chain of its own, also where one run starts flows over several.
  for (const key of ['a', 'b']) await make('service', key, { properties: { stage: 'rest' } });
  const conditions = [{ field: 'properties.stage', operator: 'eq', value: 'rest' }];
  await flow('wake', { steps: [save('{{ data.id }}', { stage: 'ping' })] });
  await flow('sweep', {
    steps: [
      {
        kind: 'triggerAutomations',
        id: 'all',
        args: {
          automationIds: 'wake',
          entities: { conditions: [{ field: 'blueprintId', operator: 'eq', value: 'service' }, ...conditions] },
        },
      },
    ],
  });
  expect(await final(await start('sweep'))).toMatchObject({ status: 'SUCCEEDED' });
  await reached(ping, { MET: 3, REPEATED: 3 });
  expect(await came(pong)).toEqual({ MET: 3 });
});

test('an event that finds the queue full is held back until there is room, and starts its flow once; steps that wait for it go on', async () => {
  const { engine, flow, start, make, change, settled, waiting, final } = await working();
  const { app, viewer } = engine;
  const { prisma } = app.db;
  const { workspaceId } = engine.workspace;
  const listener = await flow('listens', {
    triggers: [onService(['update']), { event: { events: ['rule.due'] } }],
    steps: [map('see', 1)],
  });
  await flow('waits', { steps: [{ kind: 'waitForEvent', id: 'one', args: { type: 'entity.updated' } }] });
  const service = await make('service', 'pay');
  const others: string[] = [];
  for (let count = 1; count <= 5; count++) others.push(await make('service', `other-${count}`));
  const team = await make('team', 'first');
  const about = {
    workspaceId,
    name: 'Rule',
    recordType: 'team',
    expressions: { text: '' },
    condition: '',
    actions: { text: "a1: add note 'x'" },
  };
  const made = (trigger: string) => transact(app, viewer, (work) => createRule(work, { ...about, trigger }));
  const [rule, due] = [await made('on create'), await made('after delay')];
  await settled();
  const waiter = await start('waits');
  await waiting(waiter, 'EVENT');
  const key = await engine.action({ transform: 1 });
  const { id } = await prisma.automation.findFirstOrThrow({ where: { key } });
  const subject = { kind: 'AUTOMATION', id } as const;
  await transact(app, viewer, (work) => pause(work, { subject }));
  await prisma.workspace.updateMany({ data: { maxQueued: 1 } });
  // What waits is counted each second.
  const full = () =>
    engine.trigger(key).then(
      () => null,
      (error: unknown) => (error as { code: string }).code,
    );
  await expect.poll(full, { timeout: 20_000 }).toBe('LIMIT_EXCEEDED');

  await change(service, { properties: { stage: 'live' } });
  expect(await final(waiter)).toMatchObject({ status: 'SUCCEEDED' });
  for (const other of others) await change(other, { properties: { stage: 'live' } });
  const source = { workspaceId, type: 'rule.due', source: 'x', blueprint: 'team', data: { rule: `rul_${due}` }, chain: [], changed: [] };
  await prisma.event.create({
    data: { id: newId(), ...source, entityId: team, sequence: 9, actorKind: 'SYSTEM', actorName: 'x', at: new Date() },
  });
  const held = () => prisma.event.count({ where: { passedAt: null, heldAt: { not: null } } });
  await expect.poll(held, { timeout: 20_000 }).toBe(7);
  const late = { runId: waiter, path: 'late', workspaceId, eventType: 'entity.updated', entityId: null, conditions: [] };
  await transact(app, viewer, (work) => waitForEvent(work.sql, { ...late, until: new Date(Date.now() + 3_600_000) }));
  // Of other records, what happens meanwhile has its turn at once: each time, not only while nothing is looked at again.
  for (let count = 1; count <= 3; count++) {
    await make('team', `team-${count}`);
    await expect.poll(() => prisma.evaluation.count({ where: { automationId: rule } }), { timeout: 20_000 }).toBe(count);
    expect(await held()).toBe(7);
  }
  // What the rules of a held event wrote to another record has its turn, too.
  const cause = await prisma.event.findFirstOrThrow({ where: { heldAt: { not: null }, entityId: service } });
  const followed = await make('team', 'followed');
  await expect.poll(() => prisma.evaluation.count({ where: { automationId: rule } }), { timeout: 20_000 }).toBe(4);
  const after = { ...source, type: 'entity.created', entityId: followed, causeEventId: cause.id, sequence: 9, at: new Date() };
  await prisma.event.create({ data: { id: newId(), ...after, actorKind: 'SYSTEM', actorName: 'x' } });
  await expect.poll(() => prisma.evaluation.count({ where: { automationId: rule } }), { timeout: 20_000 }).toBe(5);
  const again = () => prisma.event.count({ where: { passedAt: null, epoch: { gt: 1 } } });
  await expect.poll(again, { timeout: 60_000 }).toBeGreaterThanOrEqual(4);
  expect(await prisma.run.count({ where: { automationId: listener } })).toBe(0);
  expect(await prisma.event.count({ where: { lost: { gt: 0 } } })).toBe(0);

  await prisma.workspace.updateMany({ data: { maxQueued: 1_000 } });
  await transact(app, viewer, (work) => resume(work, { subject }));
  await settled();
  const runs = await prisma.run.findMany({ where: { automationId: listener } });
  expect(runs).toHaveLength(7);
  expect(new Set(runs.map(({ entityId }) => entityId))).toEqual(new Set([service, ...others, team]));
  for (const run of runs) expect(await final(run.id)).toMatchObject({ status: 'SUCCEEDED', trigger: 'EVENT' });
  expect(await prisma.evaluation.findMany({ where: { automationId: due }, select: { outcome: true } })).toEqual([{ outcome: 'MET' }]);
  // What waits since the event had its turn does not hear of it.
  expect(await prisma.eventWait.count({ where: { path: 'late', eventId: { not: null } } })).toBe(0);
});

test('no more steps wait for events of one type than may, also when they come at once', async () => {
  const { engine, flow, start, waiting } = await working();
  const { app, viewer, workspace } = engine;
  const { workspaceId } = workspace;
  await flow('waits', { steps: [{ kind: 'waitForEvent', id: 'one', args: { type: 'entity.updated' } }] });
  const runId = await start('waits');
  await waiting(runId, 'EVENT');
  const until = new Date(Date.now() + 3_600_000);
  const wait = { runId, workspaceId, eventType: 'entity.updated', entityId: null, conditions: [], until };
  await app.db.sql.query(
    {
      name: 'test.waits',
      text: `INSERT INTO "EventWait" ("runId", path, "workspaceId", "eventType", conditions, until, "createdAt")
        SELECT $1::uuid, 'each[' || n || ']/one', $2::uuid, 'entity.updated', '[]', $3::timestamptz, now() FROM generate_series(1, 9998) AS n`,
    },
    [runId, workspaceId, until],
  );
  const waits = (path: string) => transact(app, viewer, (work) => waitForEvent(work.sql, { ...wait, path }));
  const blocked = async () =>
    expect
      .poll(
        () => app.db.sql.query({ name: 'test.blocked', text: `SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted` }, []),
        {
          timeout: 20_000,
        },
      )
      .not.toEqual([]);
  let other: Promise<unknown> = Promise.resolve();
  await transact(app, viewer, async (work) => {
    await waitForEvent(work.sql, { ...wait, path: 'last' });
    other = waits('other').then(
      () => 'WAITS',
      (error: unknown) => (error as { code: string }).code,
    );
    await Promise.race([blocked(), other]);
  });
  expect(await other).toBe('LIMIT_EXCEEDED');
});

test('a webhook, a schedule or a client may start a flow, and an action is none', async () => {
  const { engine, flow, start, final } = await working();
  await flow('hand', { steps: [map('see', '{{ inputs.a }}')], outputs: '{{ actions.see.output }}' });
  const action = await engine.action({ transform: 1 });
  await expect(start(action)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(engine.trigger('hand')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  expect(await final(await start('hand', { a: 5 }))).toMatchObject({ status: 'SUCCEEDED', output: 5 });
});
