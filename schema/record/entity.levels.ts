import type { EntityLevel as LevelRow } from '#platform/db/generated/prisma/client';
import { Automation, loadAutomation } from '#schema/automation/automation';
import { builder } from '#schema/builder';
import { batched, groupedBy } from '#schema/context';
import { decodeId } from '#schema/node';
import { Run, loadRun } from '#schema/run/run';
import { Entity } from './entity.js';

/** The newest changes of a level that are shown. */
const mostHistory = 100;

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

/** By the UUID of the record, the newest first. */
const loadLevels = batched<readonly LevelRow[]>(async ({ app }, ids) => {
  const rows = await app.db.prisma.entityLevel.findMany({
    where: { entityId: { in: [...ids] } },
    distinct: ['entityId', 'automationId'],
    orderBy: [{ entityId: 'asc' }, { automationId: 'asc' }, { id: 'desc' }],
  });
  return groupedBy(rows, (row) => row.entityId);
});

builder.objectFields(Entity, (t) => ({
  levels: t.field({
    type: [EntityLevel],
    description: 'How it stands on each scorecard that looked at it.',
    resolve: async ({ id }, _args, context) => [...((await loadLevels(context, id)) ?? [])],
  }),
  levelHistory: t.field({
    type: [EntityLevel],
    description: 'How it stood on a scorecard, the newest first: at most the last 100 changes.',
    args: { scorecard: t.arg.id({ required: true, description: 'The id of the flow.' }) },
    resolve: ({ id }, { scorecard }, { app }) =>
      app.db.prisma.entityLevel.findMany({
        where: { entityId: id, automationId: decodeId('Flow', scorecard, ['scorecard']) },
        orderBy: { id: 'desc' },
        take: mostHistory,
      }),
  }),
}));
