import { readableEntities } from '#domain/record/record.policy';
import { builder } from '#schema/builder';
import { batched } from '#schema/context';
import { Entity, loadEntity } from './entity.js';

/** Most that one record shows of either side. */
const most = 200;

const inOrder = [{ createdAt: 'asc' }, { entityId: 'asc' }, { sourceId: 'asc' }] as const;

/** A record may feed, or be fed by, very many: each parent's are cut off by PostgreSQL. */
const loadSources = batched<readonly string[]>(async ({ app, viewer }, ids) => {
  const rows = await app.db.prisma.entity.findMany({
    relationLoadStrategy: 'join',
    where: { AND: [{ id: { in: [...ids] } }, readableEntities(viewer)] },
    select: { id: true, sources: { orderBy: [...inOrder], take: most, select: { sourceId: true } } },
  });
  return new Map(rows.map(({ id, sources }) => [id, sources.map(({ sourceId }) => sourceId)]));
});

const loadFed = batched<readonly string[]>(async ({ app, viewer }, ids) => {
  const rows = await app.db.prisma.entity.findMany({
    relationLoadStrategy: 'join',
    where: { AND: [{ id: { in: [...ids] } }, readableEntities(viewer)] },
    select: { id: true, feeds: { orderBy: [...inOrder], take: most, select: { entityId: true } } },
  });
  return new Map(rows.map(({ id, feeds }) => [id, feeds.map(({ entityId }) => entityId)]));
});

builder.objectFields(Entity, (t) => ({
  sources: t.field({
    type: [Entity],
    description: 'The records that feed it: those at which flows found it. At most 200.',
    resolve: async ({ id }, _args, context) => {
      const ids = (await loadSources(context, id)) ?? [];
      return (await Promise.all(ids.map((one) => loadEntity(context, one)))).filter((row) => row !== null);
    },
  }),
  sourceOf: t.field({
    type: [Entity],
    description: 'The records that it feeds. At most 200.',
    resolve: async ({ id }, _args, context) => {
      const ids = (await loadFed(context, id)) ?? [];
      return (await Promise.all(ids.map((one) => loadEntity(context, one)))).filter((row) => row !== null);
    },
  }),
}));
