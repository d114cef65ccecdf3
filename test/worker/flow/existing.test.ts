import { describe, expect, it } from 'vitest';
import { transact } from '#platform/work/work';
import { createFlow, upsertFlow } from '#domain/flow/flow.service';
import { testEngine } from '#test/support/engine';
import { seedFlows } from '#test/support/flows';

const ofService = (...conditions: object[]) => ({
  event: {
    events: ['update', 'create'],
    conditions: [{ field: 'data.blueprintId', operator: 'eq', value: 'service' }, ...conditions] as never,
  },
});

describe('a flow that is saved for the records that are there, too', () => {
  it('runs once for each that meets one of its triggers, also when workers are killed meanwhile', { timeout: 240_000 }, async () => {
    const engine = await testEngine();
    const { workspaceId } = engine.workspace;
    const { prisma } = engine.app.db;
    const { make, final, settled } = await seedFlows(engine);
    let worker = engine.worker();
    for (let n = 0; n < 25; n++)
      await make('service', `s${n}`, { properties: { stage: n < 15 ? 'live' : 'beta', level: n >= 10 && n < 20 ? 5 : 0 } });
    await settled();
    await worker.kill('SIGTERM');
    const input = {
      workspaceId,
      key: 'late',
      name: 'Late',
      type: 'AUTOMATION' as const,
      trigger: true,
      needsApproval: false,
      arguments: { stage: 'live' },
      triggers: [
        ofService(
          { field: 'data.properties.stage', operator: 'eq', value: '{{ arguments.stage }}' },
          { field: 'event.action', operator: 'eq', value: 'update' },
        ),
        ofService({ field: 'data.properties.level', operator: 'gte', value: 5 }),
        ofService({ field: 'event.action', operator: 'eq', value: 'create' }),
      ],
      steps: [
        { kind: 'delay', id: 'rest', args: { for: 'PT0.2S' } },
        { kind: 'upsertResource', id: 'note', args: { data: { blueprintId: 'team', title: '{{ data.id }} {{ event.action }}' } } },
      ],
    };
    const { id, runId } = await transact(engine.app, engine.viewer, (work) => createFlow(work, { ...input, idempotencyKey: 'once' }));
    expect(await transact(engine.app, engine.viewer, (work) => createFlow(work, { ...input, idempotencyKey: 'once' }))).toEqual({
      id,
      runId,
    });
    worker = engine.worker();
    const notes = () => prisma.entity.findMany({ where: { blueprint: { key: 'team' } }, select: { name: true } });
    for (const share of [0, 8]) {
      await expect.poll(async () => (await notes()).length, { timeout: 60_000, interval: 5 }).toBeGreaterThan(share);
      await worker.kill('SIGKILL');
      worker = engine.worker();
    }
    expect(await final(runId ?? '')).toMatchObject({ status: 'SUCCEEDED', output: { runs: 20, entities: 20, failed: 0 } });
    await expect.poll(() => prisma.run.count({ where: { finishedAt: null } }), { timeout: 60_000 }).toBe(0);
    const runs = await prisma.run.findMany({ where: { parentId: runId } });
    expect(runs.map(({ automationId, status, entityId }) => [automationId, status, entityId !== null])).toEqual(
      runs.map(() => [id, 'SUCCEEDED', true]),
    );
    expect(new Set(runs.map(({ entityId }) => entityId)).size).toBe(20);
    expect((await notes()).map(({ name }) => name).sort()).toEqual(Array.from({ length: 20 }, (_, n) => `s${n} update`).sort());

    const saved = (change: object) => transact(engine.app, engine.viewer, (work) => upsertFlow(work, { ...input, ...change }));
    expect(await saved({ trigger: false })).toEqual({ id, runId: null });
    expect(await saved({ enabled: false })).toEqual({ id, runId: null });
    expect(await saved({ triggers: [] })).toEqual({ id, runId: null });
    const again = await saved({ needsApproval: true });
    expect(await final(again.runId ?? '')).toMatchObject({ status: 'SUCCEEDED', output: { runs: 20 } });
    expect(await prisma.run.count({ where: { parentId: again.runId, waitKind: 'APPROVAL' } })).toBe(20);
    await worker.kill('SIGTERM');
  });
});
