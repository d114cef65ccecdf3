import type { Automation as AutomationRow, AutomationCounter } from '#platform/db/generated/prisma/client';
import { readableAutomations } from '#domain/automation/automation.policy';
import { builder } from '#schema/builder';
import { type SignedIn, batched, byKey } from '#schema/context';
import { PublishPolicy } from '#schema/enums';
import { Node, type NodeName, encodeId, nodeType } from '#schema/node';

const typeOfKind = { ACTION: 'Action', RULE: 'Rule', FLOW: 'Flow' } as const satisfies Record<AutomationRow['kind'], NodeName>;

/** Automations by their UUIDs, deleted ones included; of one kind, or of any. */
async function findAutomations({ app, viewer }: SignedIn, ids: readonly string[], kind?: AutomationRow['kind']) {
  const rows = await app.db.prisma.automation.findMany({
    where: { id: { in: [...ids] }, ...readableAutomations(viewer), ...(kind === undefined ? {} : { kind }) },
  });
  return byKey(rows, (row) => row.id);
}

export const loadAutomation = batched<AutomationRow>((context, ids) => findAutomations(context, ids));
export const loadAction = nodeType('Action', (context, ids) => findAutomations(context, ids, 'ACTION'));
export const loadRule = nodeType('Rule', (context, ids) => findAutomations(context, ids, 'RULE'));
export const loadFlow = nodeType('Flow', (context, ids) => findAutomations(context, ids, 'FLOW'));

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
      description:
        'Whether it happens by itself: whether the schedules of an action fire and its webhooks trigger it, by hand it can be triggered all the same; whether a rule acts; whether a flow can be started at all.',
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
