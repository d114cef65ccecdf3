import { expect, test, vi } from 'vitest';
import { newId } from '#platform/ids';
import { transact } from '#platform/work/work';
import { decideRun } from '#domain/run/approval.service';
import type { Viewer } from '#domain/tenant/viewer';
import { testEngine } from '#test/support/engine';
import { seedFlows } from '#test/support/flows';

vi.setConfig({ testTimeout: 120_000 });

test('PostgreSQL may be away while a step reads: the step goes on, and starts nothing twice', async () => {
  const engine = await testEngine();
  const { app, workspace } = engine;
  const { flow, start, waiting, final, make } = await seedFlows(engine);
  await make('service', 'a');
  await flow('child', { steps: [{ kind: 'delay', id: 'rest', args: { for: 'PT0.1S' } }], outputs: 'done' });
  const conditions = [{ field: 'blueprintId', operator: 'eq', value: 'service' }];
  await flow('reads', {
    steps: [
      { kind: 'fetchResource', id: 'one', args: { conditions } },
      { kind: 'fetchFieldsFromResources', id: 'all', args: { conditions, fields: ['id'] } },
      { kind: 'runFlow', id: 'child', args: { flow: 'child' } },
      { kind: 'triggerAutomations', id: 'each', args: { automationIds: 'child', entities: { conditions } } },
      { kind: 'approval', id: 'ask', args: {} },
    ],
    outputs: [
      '{{ actions.one.output.id }}',
      '{{ actions.all.output.id }}',
      '{{ actions.child.output }}',
      '{{ actions.ask.output.approved }}',
    ],
  });
  const { sql } = app.db;
  const query = sql.query.bind(sql);
  const failed = new Set<string>();
  const names = new Set(['run.spawn.child', 'run.spawn.known', 'approval.read', '']);
  vi.spyOn(sql, 'query').mockImplementation((statement, values) => {
    if (!names.has(statement.name) || failed.has(statement.text)) return query(statement, values);
    failed.add(statement.text);
    return Promise.reject(Object.assign(new Error('terminating connection due to administrator command'), { code: '57P01' }));
  });
  engine.work();
  const id = await start('reads');
  await waiting(id, 'APPROVAL');
  const reviewer: Viewer = {
    actor: { kind: 'USER', id: newId(), name: 'Grace' },
    tokenId: null,
    roles: new Map([[workspace.workspaceId, 'OPERATOR' as const]]),
    expiresAt: null,
  };
  await transact(app, reviewer, (work) => decideRun(work, 'approveRun', { runId: id }, ''));
  expect(await final(id)).toMatchObject({ errorMessage: null, status: 'SUCCEEDED', output: ['a', ['a'], 'done', true] });
  expect(failed.size).toBeGreaterThanOrEqual(4);
  expect(await app.db.prisma.run.count({ where: { parentId: id, parentPath: 'child' } })).toBe(1);
});

test('a statement of a step that takes too long ends the step, not the worker for an hour', async () => {
  const engine = await testEngine();
  const { db } = engine.app;
  const { flow, outcome, read } = await seedFlows(engine);
  await flow('writes', { steps: [{ kind: 'upsertResource', id: 'save', args: { data: { id: 'slow', blueprintId: 'team' } } }] });
  const begin = db.begin.bind(db);
  vi.spyOn(db, 'begin').mockImplementation((make) =>
    begin((sql) =>
      make({
        query: (statement, values) =>
          statement.text.includes('INSERT INTO "Entity"')
            ? Promise.reject(Object.assign(new Error('canceling statement due to statement timeout'), { code: '57014' }))
            : sql.query(statement, values),
      }),
    ),
  );
  engine.work();
  expect(await outcome('writes')).toMatchObject({ status: 'TIMED_OUT', errorCode: 'TIMEOUT', steps: [{ status: 'TIMED_OUT' }] });
  expect(await read('team', 'slow')).toBeNull();
});
