import type { Automation as AutomationRow, Prisma, Rule as RuleRow } from '#platform/db/generated/prisma/client';
import { listedAutomations } from '#domain/automation/automation.policy';
import { invalid, keyPattern } from '#domain/input';
import { Automation } from '#schema/automation/automation';
import { builder } from '#schema/builder';
import { batched, byKey } from '#schema/context';
import { Node, decodeId, encodeId } from '#schema/node';
import { workspacesOf } from '#schema/scope';
import { contentFields, liveContent } from './rule.content.js';

/** What matching knows of a rule, by the UUID of its automation. */
const loadRow = batched<RuleRow>(async ({ app }, ids) => {
  const rows = await app.db.prisma.rule.findMany({ where: { automationId: { in: [...ids] } } });
  return byKey(rows, (row) => row.automationId);
});

export const Rule = builder.objectRef<AutomationRow>('Rule').implement({
  description:
    'An automation that is written as text: when a record is made or changes, and a condition is met, actions are done. Every save is live at once, as a new version.',
  interfaces: [Automation, Node],
  fields: (t) => ({
    id: t.id({ description: 'The id.', resolve: ({ id }) => encodeId('Rule', id) }),
    number: t.int({
      description: 'A number to call it by; rules that were made later have higher ones.',
      resolve: async ({ id }, _args, context) => (await loadRow(context, id))?.number ?? 0,
    }),
    position: t.int({
      description:
        'Of several rules for one event, the one with the lowest position goes first, and where it is equal the one with the lowest number.',
      resolve: async ({ id }, _args, context) => (await loadRow(context, id))?.position ?? 0,
    }),
    ...contentFields<AutomationRow>(t, ({ id }, context) => liveContent(context, id)),
  }),
});

builder.queryField('rule', (t) =>
  t.field({
    type: Rule,
    nullable: true,
    description: 'One rule by its id, its key or its number; null when there is none that the viewer may see.',
    args: {
      id: t.arg.id({ description: 'Its id. Give exactly one of id, key and number.' }),
      key: t.arg.string({ description: 'Its key.' }),
      number: t.arg.int({ description: 'Its number.' }),
      workspace: t.arg.id({ description: 'Where the key is looked for; not needed when the viewer belongs to one workspace.' }),
    },
    resolve: (_root, { id, key, number, workspace }, context) => {
      const given = [id, key, number].filter((one) => one != null);
      if (given.length !== 1) throw invalid(['id'], 'Give exactly one of id, key and number.', 'ONE_OF');
      const workspaceIds = workspacesOf(context, 'automation.read', workspace);
      if (typeof key === 'string' && typeof workspace !== 'string' && workspaceIds.length > 1)
        throw invalid(['workspace'], 'You belong to several workspaces: name one.', 'REQUIRED');
      if (typeof key === 'string' && !keyPattern.test(key)) return null;
      const place: Prisma.AutomationWhereInput = {
        ...(typeof id === 'string' ? { id: decodeId('Rule', id) } : {}),
        ...(typeof key === 'string' ? { key } : {}),
        ...(typeof number === 'number' ? { rule: { number } } : {}),
      };
      return context.app.db.prisma.automation.findFirst({
        where: { AND: [listedAutomations(context.viewer, workspaceIds), { kind: 'RULE' }, place] },
      });
    },
  }),
);
