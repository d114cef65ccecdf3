import { describe, expect, it } from 'vitest';
import { testEngine } from '#test/support/engine';
import { seedFlows } from '#test/support/flows';

const map = (id: string, mapping: unknown) => ({ kind: 'transform', id, args: { mapping: mapping as never } });

describe('when workers are killed in the middle of flows', () => {
  it('each record is written once, each run is started once, and every flow comes to its end', { timeout: 480_000 }, async () => {
    const engine = await testEngine();
    const { flow, start, final, make, settled } = await seedFlows(engine);
    const { prisma } = engine.app.db;
    let worker = engine.worker();
    await flow('one', {
      steps: [{ kind: 'upsertResource', id: 'note', args: { data: { title: 'of {{ data.id }}', blueprintId: 'team' } } }],
    });
    await flow('child', {
      steps: [{ kind: 'upsertResource', id: 'note', args: { data: { title: 'child', blueprintId: 'team' } } }],
      outputs: '{{ inputs.n }}',
    });
    await flow('reacts', {
      triggers: [
        {
          event: {
            events: ['create'],
            conditions: [
              { field: 'data.blueprintId', operator: 'eq', value: 'service' },
              { field: 'data.title', operator: 'eq', value: 'made' },
            ],
          },
        },
      ],
      steps: [{ kind: 'upsertResource', id: 'note', args: { data: { title: 'reaction', blueprintId: 'team' } } }],
    });
    for (let n = 0; n < 12; n++) await make('service', `s${n}`);
    const parents = 2;
    const items = Array.from({ length: 10 }, (_, n) => n);
    await flow('many', {
      steps: [
        {
          kind: 'forEach',
          id: 'each',
          args: { items, parallel: 3 },
          steps: [
            map('seen', '{{ item }}'),
            {
              kind: 'upsertResource',
              id: 'made',
              args: { data: { title: 'made', blueprintId: 'service', properties: { level: '{{ item }}' } } },
            },
            { kind: 'runFlow', id: 'child', args: { flow: 'child', inputs: { n: '{{ index }}' } } },
          ],
        },
        {
          kind: 'triggerAutomations',
          id: 'all',
          args: {
            automationIds: ['one'],
            entities: {
              conditions: [
                { field: 'blueprintId', operator: 'eq', value: 'service' },
                { field: 'id', operator: 'in', value: Array.from({ length: 12 }, (_, n) => `s${n}`) },
              ],
            },
          },
        },
      ],
      outputs: { each: '{{ actions.each.output }}', runs: '{{ actions.all.output.runs }}' },
    });
    const ids: string[] = [];
    for (let n = 0; n < parents; n++) ids.push(await start('many'));
    const made = () => prisma.entity.count({ where: { name: 'made' } });
    for (const share of [2, 7, 13]) {
      await expect.poll(made, { timeout: 60_000, interval: 5 }).toBeGreaterThan(share);
      await worker.kill('SIGKILL');
      worker = engine.worker();
    }
    for (const id of ids)
      await expect.poll(async () => (await prisma.run.findUniqueOrThrow({ where: { id } })).status, { timeout: 120_000 }).toBe('SUCCEEDED');
    for (const id of ids) expect(await final(id)).toMatchObject({ output: { each: items, runs: 12 } });
    await expect.poll(() => prisma.run.count({ where: { finishedAt: null } }), { timeout: 60_000 }).toBe(0);
    await settled();
    await expect.poll(() => prisma.run.count({ where: { finishedAt: null } }), { timeout: 60_000 }).toBe(0);
    expect(await made()).toBe(parents * items.length);
    const named = async (name: string) => prisma.entity.count({ where: { name: { startsWith: name }, blueprint: { key: 'team' } } });
    expect(await named('child')).toBe(parents * items.length);
    expect(await named('reaction')).toBe(parents * items.length);
    expect(await named('of ')).toBe(parents * 12);
    expect(await prisma.run.count({ where: { status: { not: 'SUCCEEDED' } } })).toBe(0);
    await worker.kill('SIGTERM');
  });
});
