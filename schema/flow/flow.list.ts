import type { Automation as AutomationRow, Prisma } from '#platform/db/generated/prisma/client';
import { listedAutomations } from '#domain/automation/automation.policy';
import { automationOrders, withTimes } from '#schema/automation/automation.order';
import { builder } from '#schema/builder';
import { FlowType } from '#schema/enums';
import { anyOf, containing } from '#schema/filter';
import { searchField } from '#schema/keyed';
import { listing, nestedField, rootField } from '#schema/listing';
import { orderInput } from '#schema/order';
import { App } from '#schema/tenant/app';
import { TimeRange, within } from '#schema/time-range';
import { referenceOf } from '#schema/written';
import { Flow } from './flow.js';
import { TagInput } from './tag.js';

const FlowFilter = builder.inputType('FlowFilter', {
  description: 'Which flows are wanted. All given conditions hold.',
  fields: (t) => ({
    ...searchField(t),
    type: t.field({ type: [FlowType], description: 'Those for one of these purposes.' }),
    enabled: t.boolean({ description: 'Whether they can be started.' }),
    needsApproval: t.boolean({ description: 'Whether their runs wait for an approval.' }),
    tag: t.field({ type: TagInput, description: 'Those with this tag.' }),
    label: t.string({ description: 'Those with this label.' }),
    blueprint: t.string({ description: 'Those that records of the blueprint with this key start.' }),
    app: t.id({ description: 'Those of this app: its id, or its key.' }),
    createdAt: t.field({ type: TimeRange, description: 'When they were made.' }),
    updatedAt: t.field({ type: TimeRange, description: 'When they were last changed.' }),
  }),
});

const position = { of: 'flow', column: 'position', integer: true } as const;

const order = orderInput(
  'Flow',
  {
    POSITION: { ...position, description: 'By position: the order in which they take one event, and of catalogues.' },
    ...automationOrders,
  },
  [
    { ...position, direction: 'asc' },
    { column: 'key', direction: 'asc' },
  ],
);

type Where = Prisma.AutomationWhereInput;

function matching(filter: typeof FlowFilter.$inferInput): Where[] {
  const { search, type, enabled, needsApproval, tag, label, blueprint, createdAt, updatedAt } = filter;
  const contains = typeof search === 'string' && search !== '' ? containing(search) : null;
  const app = referenceOf('App', filter.app, ['filter', 'app']);
  return [
    ...(contains === null ? [] : [{ OR: [{ name: contains }, { key: contains }, { description: contains }] }]),
    ...(type == null ? [] : [{ flow: { type: { in: anyOf('type', type) } } }]),
    ...(enabled == null ? [] : [{ enabled }]),
    ...(needsApproval == null ? [] : [{ flow: { needsApproval } }]),
    ...(tag == null ? [] : [{ flow: { tags: { array_contains: [{ key: tag.key, value: tag.value }] } } }]),
    ...(label == null ? [] : [{ labels: { has: label } }]),
    ...(blueprint == null ? [] : [{ flow: { blueprints: { has: blueprint } } }]),
    ...(app == null ? [] : [{ app }]),
    ...(createdAt == null ? [] : [{ createdAt: within(createdAt) }]),
    ...(updatedAt == null ? [] : [{ updatedAt: within(updatedAt) }]),
  ];
}

/** For cursors of lists by position. */
const withFlow = (orderBy: readonly Prisma.AutomationOrderByWithRelationInput[]) => ({
  include: { flow: true, ...withTimes(orderBy).include },
});

const flows = listing<Where, Prisma.AutomationOrderByWithRelationInput, AutomationRow, typeof FlowFilter.$inferInput>({
  name: 'Flow',
  type: Flow,
  find: (prisma, asked) => prisma.automation.findMany({ ...asked, ...withFlow(asked.orderBy) }),
  count: (prisma, asked) => prisma.automation.count(asked),
  visible: (viewer, workspaceIds) => ({ AND: [listedAutomations(viewer, workspaceIds), { kind: 'FLOW' }] }),
  filter: FlowFilter,
  matching,
  order,
  inOrder: 'by position and key',
});

rootField(flows, 'flows', 'automation.read', 'The flows that the viewer may read.');

nestedField(flows, App, 'flows', {
  description: 'The flows that belong to it.',
  find: async (prisma, ids, automations) => {
    const rows = await prisma.app.findMany({
      relationLoadStrategy: 'join',
      where: { id: { in: ids } },
      select: { id: true, automations: { ...automations, ...withFlow(automations.orderBy) } },
    });
    return rows.map((row) => [row.id, row.automations]);
  },
  count: async (prisma, ids, where) => {
    const rows = await prisma.automation.groupBy({ by: ['appId'], where: { AND: [{ appId: { in: ids } }, where] }, _count: true });
    return rows.map(({ appId, _count }) => [appId, _count]);
  },
});
