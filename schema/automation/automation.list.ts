import type { Automation as AutomationRow, Prisma } from '#platform/db/generated/prisma/client';
import { listedAutomations } from '#domain/automation/automation.policy';
import { builder } from '#schema/builder';
import { containing } from '#schema/filter';
import { searchField } from '#schema/keyed';
import { listing, nestedField } from '#schema/listing';
import { orderInput } from '#schema/order';
import { App, loadApp } from '#schema/tenant/app';
import { Automation } from './automation.js';
import { automationOrders, withTimes } from './automation.order.js';

builder.interfaceField(Automation, 'app', (t) =>
  t.field({
    type: App,
    nullable: true,
    description: 'The app that it belongs to.',
    resolve: ({ appId }, _args, context) => (appId === null ? null : loadApp(context, appId)),
  }),
);

const AutomationFilter = builder.inputType('AutomationFilter', {
  description: 'Which automations are wanted.',
  fields: (t) => ({
    ...searchField(t),
    enabled: t.boolean({ description: 'Whether they happen by themselves: by schedules, webhooks and events.' }),
  }),
});

const order = orderInput('Automation', automationOrders, [{ column: 'name', direction: 'asc' }]);

const automations = listing<
  Prisma.AutomationWhereInput,
  Prisma.AutomationOrderByWithRelationInput,
  AutomationRow,
  typeof AutomationFilter.$inferInput
>({
  name: 'Automation',
  type: Automation,
  find: (prisma, asked) => prisma.automation.findMany({ ...asked, ...withTimes(asked.orderBy) }),
  count: (prisma, asked) => prisma.automation.count(asked),
  visible: listedAutomations,
  filter: AutomationFilter,
  matching: ({ search, enabled }) => [
    ...(typeof search === 'string' && search !== '' ? [anywhere(search)] : []),
    ...(typeof enabled === 'boolean' ? [{ enabled }] : []),
  ],
  order,
  inOrder: 'by name',
});

function anywhere(search: string): Prisma.AutomationWhereInput {
  const contains = containing(search);
  return { OR: [{ name: contains }, { key: contains }, { description: contains }] };
}

export const AutomationConnection = automations.Connection;

nestedField(automations, App, 'automations', {
  description: 'The automations that belong to it.',
  find: async (prisma, ids, automations) => {
    const rows = await prisma.app.findMany({
      relationLoadStrategy: 'join',
      where: { id: { in: ids } },
      select: { id: true, automations: { ...automations, ...withTimes(automations.orderBy) } },
    });
    return rows.map((row) => [row.id, row.automations]);
  },
  count: async (prisma, ids, where) => {
    const rows = await prisma.automation.groupBy({ by: ['appId'], where: { AND: [{ appId: { in: ids } }, where] }, _count: true });
    return rows.map(({ appId, _count }) => [appId, _count]);
  },
});
