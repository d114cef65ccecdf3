import type { Automation as AutomationRow, Blueprint as BlueprintRow } from '#platform/db/generated/prisma/client';
import { rulesOfBlueprints } from '#domain/rule/rule.lists';
import { readableBlueprints } from '#domain/record/record.policy';
import { loadRule } from '#schema/automation/automation';
import { builder } from '#schema/builder';
import { pageArguments, pageComplexity } from '#schema/connection';
import { batched } from '#schema/context';
import { pagedList } from '#schema/paged';
import { Blueprint } from '#schema/record/blueprint';
import { RuleConnection } from './rule.list.js';
import { Rule } from './rule.js';

/** By the UUID of the automation of a rule: the blueprint of its workspace that has the key. */
const loadBlueprintOf = batched<BlueprintRow>(async ({ app, viewer }, automationIds) => {
  const { prisma } = app.db;
  const rules = await prisma.rule.findMany({
    where: { automationId: { in: [...automationIds] } },
    select: { automationId: true, workspaceId: true, blueprint: true },
  });
  const blueprints = await prisma.blueprint.findMany({
    where: {
      AND: [
        readableBlueprints(viewer),
        { workspaceId: { in: rules.map(({ workspaceId }) => workspaceId) }, key: { in: rules.map(({ blueprint }) => blueprint) } },
      ],
    },
  });
  return new Map(
    rules.flatMap(({ automationId, workspaceId, blueprint }) => {
      const found = blueprints.find((one) => one.workspaceId === workspaceId && one.key === blueprint);
      return found === undefined ? [] : [[automationId, found] as const];
    }),
  );
});

builder.objectField(Rule, 'blueprint', (t) =>
  t.field({
    type: Blueprint,
    nullable: true,
    description: 'The type of records that `recordType` named when it was saved; null when it was deleted since.',
    resolve: ({ id }, _args, context) => loadBlueprintOf(context, id),
  }),
);

type PlacedRule = AutomationRow & { readonly rule: { readonly number: unknown } };

const rules = pagedList<PlacedRule>({
  rows: rulesOfBlueprints,
  order: [{ of: 'rule', column: 'number', direction: 'asc', integer: true }],
  load: async (context, id, [number]) => {
    const row = await loadRule(context, id);
    return row === null ? null : { ...row, rule: { number } };
  },
});

builder.objectField(Blueprint, 'rules', (t) =>
  t.field({
    type: RuleConnection,
    description: 'The rules of its workspace about its records, by number.',
    args: pageArguments(t.arg),
    complexity: pageComplexity,
    resolve: ({ id }, args, context) => rules(context, id, args),
  }),
);
