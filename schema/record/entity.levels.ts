import type { EntityLevel as LevelRow, Prisma } from '#platform/db/generated/prisma/client';
import { currentLevels } from '#domain/record/entity.level.service';
import { Automation, loadAutomation } from '#schema/automation/automation';
import { builder } from '#schema/builder';
import { connectionType, pageArguments, pageComplexity } from '#schema/connection';
import { batched, groupedBy } from '#schema/context';
import { decodeId } from '#schema/node';
import { Run, loadRun } from '#schema/run/run';
import { nestedList } from '#schema/tenant/nested';
import { Entity } from './entity.js';

const EntityLevel = builder.objectRef<LevelRow>('EntityLevel').implement({
  description: 'The level that a scorecard found a record to have, since a moment.',
  fields: (t) => ({
    scorecard: t.field({
      type: Automation,
      nullable: true,
      description: 'The flow that found it.',
      resolve: ({ automationId }, _args, context) => loadAutomation(context, automationId),
    }),
    level: t.exposeString('level', { nullable: true, description: 'The name of the level; null: none of them.' }),
    rank: t.exposeInt('rank', { description: 'Its place among the levels, from 1; 0 for none.' }),
    at: t.expose('at', { type: 'DateTime', description: 'Since when.' }),
    run: t.field({
      type: Run,
      nullable: true,
      description: 'The run that found it, while it is kept.',
      resolve: ({ runId }, _args, context) => (runId === null ? null : loadRun(context, runId)),
    }),
  }),
});

const EntityLevelConnection = connectionType('EntityLevel', EntityLevel);

/** The newest first. Ids are UUIDs version 7. */
const newest = [{ column: 'id', direction: 'desc' }] as const;

/** By the UUID of the record. */
const loadLevels = batched<readonly LevelRow[]>(async ({ app }, ids) =>
  groupedBy(await currentLevels(app.db.sql, ids), (row) => row.entityId),
);

builder.objectFields(Entity, (t) => ({
  levels: t.field({
    type: [EntityLevel],
    description: 'How it stands on each scorecard that looked at it, the oldest scorecard first.',
    resolve: async ({ id }, _args, context) => [...((await loadLevels(context, id)) ?? [])],
  }),
  levelHistory: t.field({
    type: EntityLevelConnection,
    description: 'How it stood on a scorecard, the newest first: one entry for each change of its level.',
    args: { scorecard: t.arg.id({ required: true, description: 'The id of the flow.' }), ...pageArguments(t.arg) },
    complexity: pageComplexity,
    resolve: ({ id }, args, context) => {
      const { prisma } = context.app.db;
      const automationId = decodeId('Flow', args.scorecard, ['scorecard']);
      return nestedList<Prisma.EntityLevelWhereInput, Prisma.EntityLevelOrderByWithRelationInput, LevelRow>(context, {
        what: `Entity.levelHistory ${automationId}`,
        parentId: id,
        order: newest,
        args,
        find: async (ids, { where, orderBy, take }) => {
          const rows = await prisma.entity.findMany({
            relationLoadStrategy: 'join',
            where: { id: { in: ids } },
            select: { id: true, levels: { where: { AND: [{ automationId }, where] }, orderBy, take } },
          });
          return new Map(rows.map((row) => [row.id, row.levels]));
        },
        count: async (ids) => {
          const rows = await prisma.entityLevel.groupBy({ by: ['entityId'], where: { entityId: { in: ids }, automationId }, _count: true });
          return new Map(rows.map(({ entityId, _count }) => [entityId, _count]));
        },
      });
    },
  }),
}));
