import { expect, test } from 'vitest';
import { firstIdAt, newId } from '#platform/ids';
import { transact } from '#platform/work/work';
import { forgetLevels } from '#domain/record/entity.level.service';
import { createFlow } from '#domain/flow/flow.service';
import { beforeEveryId } from '#domain/run/run.forget';
import { encodeId } from '#schema/node';
import { fewBlueprints } from '#test/support/records';
import { testGraph } from '#test/support/graph';
import { seedWorkspace } from '#test/support/tenancy';

const dayMs = 86_400_000;
const ago = (days: number) => new Date(Date.now() - days * dayMs);
/** An id as it was made then. */
const idOf = (days: number) => firstIdAt(ago(days).getTime()).slice(0, 14) + newId().slice(14);

/** Two records and two scorecards; `found` is what a scorecard found of a record so many days ago, with the rank as the level. */
async function records() {
  const graph = await testGraph();
  const { app, workspace } = graph;
  const { prisma } = app.db;
  await fewBlueprints(app, workspace.uuid);
  const [pay, log] = await Promise.all(
    ['pay', 'log'].map(async (key) => {
      const text = `mutation { upsertEntity(input: { blueprint: "ci", key: "${key}", properties: { name: "${key}" } }) { ... on UpsertEntitySuccess { entity { id } } } }`;
      return ((await graph.answer(text))['upsertEntity'] as { entity: { id: string } }).entity.id.slice('ent_'.length);
    }),
  );
  const card = (key: string) =>
    transact(
      app,
      workspace.owner,
      async (work) => (await createFlow(work, { key, name: key, type: 'AUTOMATION', workspaceId: workspace.uuid })).id,
    );
  const cards = [await card('maturity'), await card('safety')] as const;
  const found = (entityId: string, automationId: string, ...levels: readonly (readonly [days: number, rank: number])[]) =>
    prisma.entityLevel.createMany({
      data: levels.map(([days, rank]) => ({
        id: idOf(days),
        workspaceId: workspace.uuid,
        entityId,
        automationId,
        level: rank === 0 ? null : `Level ${String(rank)}`,
        rank,
        at: ago(days),
      })),
    });
  return { ...graph, prisma, pay: pay ?? '', log: log ?? '', cards, found };
}

test('a record tells its level on each scorecard, and page by page how it was, the newest first; nobody else is told', async () => {
  const { app, ask, answer, pay, log, cards, found } = await records();
  const [maturity, safety] = cards;
  await found(pay, maturity, [3, 0], [2, 1], [1, 2]);
  await found(pay, safety, [4, 3]);
  await found(log, maturity, [5, 1]);
  const levels = (
    await answer(
      '{ entities(blueprint: "ci", orderBy: { field: CREATED_AT }) { edges { node { key levels { level rank scorecard { key } at run { id } } } } } }',
    )
  )['entities'] as { edges: { node: { key: string; levels: unknown[] } }[] };
  const present = new Map(levels.edges.map(({ node }) => [node.key, node.levels]));
  const now = (key: string, rank: number) => ({
    level: `Level ${String(rank)}`,
    rank,
    scorecard: { key },
    run: null,
    at: expect.anything() as unknown,
  });
  expect(present.get('pay')).toEqual([now('maturity', 2), now('safety', 3)]);
  expect(present.get('log')).toEqual([now('maturity', 1)]);

  const history = `query ($id: ID!, $scorecard: ID!, $after: Cursor) { entity(id: $id) {
    levelHistory(scorecard: $scorecard, first: 2, after: $after) { totalCount pageInfo { hasNextPage endCursor } edges { node { level rank } } } } }`;
  const variables = { id: encodeId('Entity', pay), scorecard: encodeId('Flow', maturity) };
  const page = async (after: string | null) => {
    const { entity } = await answer(history, { ...variables, after });
    return (entity as { levelHistory: { pageInfo: { endCursor: string } } }).levelHistory;
  };
  const first = await page(null);
  expect(first).toMatchObject({
    totalCount: 3,
    pageInfo: { hasNextPage: true },
    edges: [{ node: { level: 'Level 2', rank: 2 } }, { node: { level: 'Level 1', rank: 1 } }],
  });
  expect(await page(first.pageInfo.endCursor)).toMatchObject({
    pageInfo: { hasNextPage: false },
    edges: [{ node: { level: null, rank: 0 } }],
  });
  const stranger = await (await seedWorkspace(app)).token('OWNER');
  expect(await ask(stranger.viewer, history, variables)).toEqual({ data: { entity: null }, errors: [] });
});

test('earlier levels go a while after they were replaced; the present one stays, and so does what was true at that time', async () => {
  const { app, prisma, pay, log, cards, found } = await records();
  const [maturity, safety] = cards;
  await found(pay, maturity, [400, 1], [390, 2], [370, 3], [10, 4]);
  await found(pay, safety, [380, 1]);
  await found(log, maturity, [381, 1], [1, 2]);
  expect(await forgetLevels(app.db.sql, beforeEveryId, ago(365))).toMatchObject({ gone: 2 });
  const left = async (entityId: string) =>
    (await prisma.entityLevel.findMany({ where: { entityId }, orderBy: { id: 'asc' } })).map(({ automationId, rank }) => [
      automationId,
      rank,
    ]);
  expect(await left(pay)).toEqual([
    [safety, 1],
    [maturity, 3],
    [maturity, 4],
  ]);
  expect(await left(log)).toEqual([
    [maturity, 1],
    [maturity, 2],
  ]);
});
