import { expect, test, vi } from 'vitest';
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

test('flows that lead to each other end, and the end is told', async () => {
  const { engine, flow, make, settled } = await working();
  await flow('loop', {
    triggers: [onService(['create', 'update'])],
    steps: [
      {
        kind: 'upsertResource',
        id: 'more',
        args: { data: { id: '{{ data.id }}', blueprintId: 'service', properties: { level: '{{ data.properties.level + 1 }}' } } },
      },
    ],
  });
  await make('service', 'pay', { properties: { level: 0 } });
  await expect.poll(() => engine.app.db.prisma.evaluation.count({ where: { outcome: 'TOO_DEEP' } }), { timeout: 30_000 }).toBe(1);
  await settled();
  expect(await engine.app.db.prisma.run.count()).toBe(10);
});

test('a webhook, a schedule or a client may start a flow, and an action is none', async () => {
  const { engine, flow, start, final } = await working();
  await flow('hand', { steps: [map('see', '{{ inputs.a }}')], outputs: '{{ actions.see.output }}' });
  const action = await engine.action({ transform: 1 });
  await expect(start(action)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(engine.trigger('hand')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  expect(await final(await start('hand', { a: 5 }))).toMatchObject({ status: 'SUCCEEDED', output: 5 });
});
