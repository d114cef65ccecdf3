import type { Automation as AutomationRow, Prisma } from '#platform/db/generated/prisma/client';
import { listedAutomations } from '#domain/automation/automation.policy';
import { triggerKeyIn } from '#domain/rule/rule.spec';
import { builder } from '#schema/builder';
import { enumType } from '#schema/enums';
import { containing } from '#schema/filter';
import { searchField } from '#schema/keyed';
import { listing, nestedField, rootField } from '#schema/listing';
import { orderInput } from '#schema/order';
import { App } from '#schema/tenant/app';
import { TimeRange, within } from '#schema/time-range';
import { referenceOf } from '#schema/written';
import { Rule } from './rule.js';

const lists = { FOR_REQUESTS: 'request', FOR_TASKS: 'task', FOR_CIS: 'ci' } as const;

export const RuleList = enumType<keyof typeof lists>('RuleList', 'Lists of rules that are asked for often.', {
  FOR_REQUESTS: 'Those about records of the blueprint `request`.',
  FOR_TASKS: 'Those about records of the blueprint `task`.',
  FOR_CIS: 'Those about records of the blueprint `ci`.',
});

const RuleFilter = builder.inputType('RuleFilter', {
  description: 'Which rules are wanted. All given conditions hold.',
  fields: (t) => ({
    ...searchField(t),
    app: t.id({ description: 'Those of this app: its id, or its key.' }),
    recordType: t.string({ description: 'Those about records of this type, as they have it written: `Req`.' }),
    blueprint: t.string({ description: 'Those about records of the blueprint with this key.' }),
    trigger: t.string({ description: 'Those with this trigger, however it is written: `on status update`.' }),
    enabled: t.boolean({ description: 'Whether they act.' }),
    createdAt: t.field({ type: TimeRange, description: 'When they were made.' }),
    updatedAt: t.field({ type: TimeRange, description: 'When they were last changed.' }),
  }),
});

const number = { of: 'rule', column: 'number', integer: true } as const;

const order = orderInput(
  'Rule',
  {
    NUMBER: { ...number, description: 'By number: the order in which they were made.' },
    POSITION: {
      of: 'rule',
      column: 'position',
      integer: true,
      description: 'By position, and where it is equal by number: the order in which they act.',
    },
    NAME: { column: 'name', description: 'By name.' },
    CREATED_AT: { column: 'createdAt', moment: true, description: 'By when they were made.' },
    UPDATED_AT: { column: 'updatedAt', moment: true, description: 'By when they were last changed.' },
  },
  [{ ...number, direction: 'asc' }],
  { ...number, direction: 'asc' },
);

type Where = Prisma.AutomationWhereInput;

/** What a predefined list holds; null: everything. */
export const listed = (list: keyof typeof lists | null | undefined): Where[] =>
  list == null ? [] : [{ rule: { blueprint: lists[list] } }];

function matching({ search, app, recordType, blueprint, trigger, enabled, createdAt, updatedAt }: typeof RuleFilter.$inferInput): Where[] {
  const contains = typeof search === 'string' && search !== '' ? containing(search) : null;
  const of = referenceOf('App', app, ['filter', 'app']);
  return [
    ...(contains === null ? [] : [{ OR: [{ name: contains }, { key: contains }, { description: contains }] }]),
    ...(of == null ? [] : [{ app: of }]),
    ...(recordType == null ? [] : [{ rule: { recordType } }]),
    ...(blueprint == null ? [] : [{ rule: { blueprint } }]),
    ...(trigger == null ? [] : [{ rule: { triggerKey: triggerKeyIn(trigger) ?? '' } }]),
    ...(enabled == null ? [] : [{ enabled }]),
    ...(createdAt == null ? [] : [{ createdAt: within(createdAt) }]),
    ...(updatedAt == null ? [] : [{ updatedAt: within(updatedAt) }]),
  ];
}

const rules = listing<Where, Prisma.AutomationOrderByWithRelationInput, AutomationRow, typeof RuleFilter.$inferInput>({
  name: 'Rule',
  type: Rule,
  // For cursors of lists by number and position.
  find: (prisma, asked) => prisma.automation.findMany({ ...asked, include: { rule: true } }),
  count: (prisma, asked) => prisma.automation.count(asked),
  visible: (viewer, workspaceIds) => ({ AND: [listedAutomations(viewer, workspaceIds), { kind: 'RULE' }] }),
  filter: RuleFilter,
  matching,
  order,
  inOrder: 'by number',
});

export const { Connection: RuleConnection } = rules;

rootField(rules, 'rules', 'automation.read', 'The rules that the viewer may read.', {
  args: (arg) => ({ list: arg({ type: RuleList, description: 'One of the predefined lists.' }) }),
  matching: ({ list }) => listed(list as keyof typeof lists | null | undefined),
});

nestedField(rules, App, 'rules', {
  description: 'The rules that belong to it.',
  find: async (prisma, ids, automations) => {
    const rows = await prisma.app.findMany({
      relationLoadStrategy: 'join',
      where: { id: { in: ids } },
      select: { id: true, automations: { ...automations, include: { rule: true } } },
    });
    return rows.map((row) => [row.id, row.automations]);
  },
  count: async (prisma, ids, where) => {
    const rows = await prisma.automation.groupBy({ by: ['appId'], where: { AND: [{ appId: { in: ids } }, where] }, _count: true });
    return rows.map(({ appId, _count }) => [appId, _count]);
  },
});
