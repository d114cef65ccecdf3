import { readableEntities } from '#domain/record/record.policy';
import { builder } from '#schema/builder';
import { batched } from '#schema/context';
import { Entity, loadEntity } from './entity.js';

/** Most that one record shows of either side. */
const most = 200;

function linked(side: 'entityId' | 'sourceId') {
  const other = side === 'entityId' ? 'sourceId' : 'entityId';
  return batched<readonly string[]>(async ({ app, viewer }, ids) => {
    const where = { [side]: { in: [...ids] }, entity: readableEntities(viewer), source: readableEntities(viewer) };
    const rows = await app.db.prisma.entitySource.findMany({
      where,
      orderBy: [{ createdAt: 'asc' }, { entityId: 'asc' }, { sourceId: 'asc' }],
    });
    const found = new Map<string, string[]>(ids.map((id) => [id, []]));
    for (const row of rows) {
      const list = found.get(row[side]);
      if (list !== undefined && list.length < most) list.push(row[other]);
    }
    return found;
  });
}

const loadSources = linked('entityId');
const loadFed = linked('sourceId');

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
