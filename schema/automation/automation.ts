import type { Automation as AutomationRow, AutomationCounter } from '#platform/db/generated/prisma/client';
import { readableAutomations } from '#domain/automation/automation.policy';
import { builder } from '#schema/builder';
import { batched, byKey } from '#schema/context';
import { PublishPolicy } from '#schema/enums';
import { Node, encodeId, nodeType } from '#schema/node';

/** An automation by its UUID, deleted ones included. */
export const loadAutomation = nodeType('Action', async ({ app, viewer }, ids) => {
  const rows = await app.db.prisma.automation.findMany({ where: { id: { in: [...ids] }, ...readableAutomations(viewer) } });
  return byKey(rows, (row) => row.id);
});

const loadCounter = batched<AutomationCounter>(async ({ app }, ids) => {
  const rows = await app.db.prisma.automationCounter.findMany({ where: { automationId: { in: [...ids] } } });
  return byKey(rows, (row) => row.automationId);
});

const AutomationCounters = builder
  .objectRef<Pick<AutomationCounter, 'totalRuns' | 'succeededRuns' | 'failedRuns'>>('AutomationCounters')
  .implement({
    description: 'How the final runs of an automation ended. Counted since it was made, beyond what is kept of its runs.',
    fields: (t) => ({
      total: t.exposeInt('totalRuns', { description: 'Runs that are final.' }),
      succeeded: t.exposeInt('succeededRuns', { description: 'Runs that succeeded.' }),
      failed: t.exposeInt('failedRuns', { description: 'Runs that ended otherwise.' }),
    }),
  });

const typeOfKind = { ACTION: 'Action', RULE: 'Action' } as const satisfies Record<AutomationRow['kind'], string>;

export const Automation = builder.interfaceRef<AutomationRow>('Automation').implement({
  description: 'What happens by itself, however it was authored.',
  interfaces: [Node],
  resolveType: ({ kind }) => typeOfKind[kind],
  fields: (t) => ({
    id: t.id({ description: 'The id.', resolve: ({ id, kind }) => encodeId(typeOfKind[kind], id) }),
    key: t.exposeString('key', { description: 'The name that programs use, unique in the workspace.' }),
    name: t.exposeString('name', { description: 'The name that people read.' }),
    description: t.exposeString('description', { description: 'What it is for; empty when nobody said.' }),
    enabled: t.exposeBoolean('enabled', {
      description: 'Whether its schedules fire and its webhooks trigger it; by hand it can be triggered all the same.',
    }),
    publishPolicy: t.expose('publishPolicy', { type: PublishPolicy, description: 'When a saved change goes live.' }),
    labels: t.field({ type: ['String'], description: 'Words to find it by.', resolve: ({ labels }) => labels }),
    counters: t.field({
      type: AutomationCounters,
      description: 'How its runs ended.',
      resolve: async ({ id }, _args, context) => (await loadCounter(context, id)) ?? { totalRuns: 0, succeededRuns: 0, failedRuns: 0 },
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When it was last changed.' }),
    deletedAt: t.expose('deletedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was deleted; null while it is there. Deleted ones are met only through their runs and ids.',
    }),
  }),
});
