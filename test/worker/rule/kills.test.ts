import { describe, expect, it } from 'vitest';
import { testEngine } from '#test/support/engine';
import { serviceDesk } from '#test/support/service-desk';

describe('when workers are killed in the middle of passes', () => {
  it('each rule takes effect once for each event, and nothing is lost', { timeout: 240_000 }, async () => {
    const engine = await testEngine();
    const { app } = engine;
    const first = engine.worker();
    const desk = await serviceDesk(app);
    // One after the other: so they have their positions.
    const rules: string[] = [];
    for (const name of ['one', 'two', 'three'])
      rules.push(
        await desk.rule({
          name,
          on: 'Req',
          trigger: 'on create',
          expressions: ['n: notes.size'],
          condition: 'n < 9',
          actions: [`a1: add note '${name}'`],
        }),
      );
    await desk.rule({
      name: 'follows',
      on: 'Req',
      trigger: 'on note added',
      condition: "notes[last].text = 'three'",
      actions: ['a1: set impact = top'],
    });
    const names = Array.from({ length: 40 }, (_, n) => `New ${n}`);
    for (const name of names) await desk.make('request', name, { properties: { impact: 'low' } });
    const evaluated = () => app.db.prisma.evaluation.count({ where: { automationId: { in: rules } } });
    let worker = first;
    for (const share of [10, 40, 70]) {
      await expect.poll(evaluated, { timeout: 60_000, interval: 5 }).toBeGreaterThan(share);
      await worker.kill('SIGKILL');
      worker = engine.worker();
    }
    await desk.settled(120_000);
    for (const name of names) {
      expect(await desk.notes(name)).toEqual(['one', 'two', 'three']);
      expect((await desk.read(name)).properties['impact']).toBe('top');
    }
    expect(await evaluated()).toBe(names.length * rules.length);
    expect(await app.db.prisma.run.count({ where: { automationId: { in: rules }, status: 'SUCCEEDED' } })).toBe(
      names.length * rules.length,
    );
    await worker.kill('SIGTERM');
  });
});
