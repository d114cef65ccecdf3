import { listedAutomations } from '#domain/automation/automation.policy';
import { type RuleExport as Exported, exportRules } from '#domain/rule/rule.export';
import { invalid } from '#domain/input';
import { builder, heavyComplexity } from '#schema/builder';
import { workspacesOf } from '#schema/scope';
import { referenceOf } from '#schema/written';
import { TableFormat } from './rule.import.js';
import { RuleList, listed } from './rule.list.js';

const RuleExport = builder.objectRef<Exported>('RuleExport').implement({
  description: 'A table of rules that `importRules` takes: it then finds that nothing is to be changed, or makes the same rules elsewhere.',
  fields: (t) => ({
    document: t.exposeString('document', { description: 'The table.' }),
    count: t.exposeInt('rules', { description: 'How many rules are in it.' }),
    lastNumber: t.exposeInt('last', { nullable: true, description: 'The number of the last rule in it; null when there is none.' }),
    hasMore: t.exposeBoolean('more', { description: 'Whether there are more: export again with `after: lastNumber`.' }),
  }),
});

builder.queryField('exportRules', (t) =>
  t.field({
    type: RuleExport,
    description:
      'The rules of a workspace as a table, in the order of their numbers: at most 1,000, and not more than one request can carry back. Labels, owners and what they did are not in it.',
    args: {
      workspace: t.arg.id({ description: 'Whose rules; not needed when the viewer belongs to one workspace.' }),
      app: t.arg.id({ description: 'Only those of this app: its id, or its key.' }),
      list: t.arg({ type: RuleList, description: 'Only those of one of the predefined lists.' }),
      format: t.arg({ type: TableFormat, required: true, description: 'How the table is written. Only JSON tells a list from a text.' }),
      after: t.arg.int({ description: 'Only those with a number above this one: the `lastNumber` of the table before.' }),
    },
    complexity: heavyComplexity * 20,
    resolve: (_root, { workspace, app, list, format, after }, context) => {
      const workspaceIds = workspacesOf(context, 'automation.read', workspace);
      if (workspaceIds.length > 1) throw invalid(['workspace'], 'You belong to several workspaces: name one.', 'REQUIRED');
      const of = referenceOf('App', app, ['app']);
      const where = {
        AND: [
          listedAutomations(context.viewer, workspaceIds),
          { kind: 'RULE' as const },
          ...(of == null ? [] : [{ app: of }]),
          ...listed(list),
        ],
      };
      return exportRules(context.app.db.prisma, { where, format, after: after ?? null });
    },
  }),
);
