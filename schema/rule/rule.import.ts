import { type ImportedRule as Imported, importRules } from '#domain/rule/rule.import.service';
import type { TableFormat as Format } from '#domain/rule/rule.table';
import { transact } from '#platform/work/work';
import { loadRule } from '#schema/automation/automation';
import { builder, heavyComplexity } from '#schema/builder';
import { enumType } from '#schema/enums';
import { mutation } from '#schema/mutation';
import { workspaceOf } from '#schema/scope';
import { referenceOf } from '#schema/written';
import { Rule } from './rule.js';

export const TableFormat = enumType<Format>('TableFormat', 'How a table is written. Quoted fields may go over several lines.', {
  CSV: 'Fields are separated by commas (RFC 4180).',
  TSV: 'Fields are separated by tabs.',
  JSON: 'A list of objects, whose names are those of the columns; expressions and actions are texts, or lists of `{ "name", "value" }`.',
});

export const RowChange = enumType<Imported['change']>('RowChange', 'What became of a row of a table.', {
  CREATED: 'It made a thing.',
  CHANGED: 'It changed one that was there.',
  UNCHANGED: 'What was there was as it says.',
});

const ImportedRule = builder.objectRef<Imported>('ImportedRule').implement({
  description: 'A row of a table of rules, and its rule.',
  fields: (t) => ({
    row: t.exposeInt('row', { description: 'Which row; the header is 1, the first rule 2. In JSON the first rule is 1.' }),
    change: t.expose('change', { type: RowChange, description: 'What became of it.' }),
    rule: t.field({
      type: Rule,
      nullable: true,
      description: 'The rule.',
      resolve: ({ ruleId }, _args, context) => loadRule(context, ruleId),
    }),
  }),
});

const ImportRulesInput = builder.inputType('ImportRulesInput', {
  description: 'A table of rules.',
  fields: (t) => ({
    workspace: t.id({ description: 'Where they belong; not needed when the viewer belongs to one workspace.' }),
    app: t.id({ description: 'The app of those rows that name none: its id, or its key.' }),
    format: t.field({ type: TableFormat, required: true, description: 'How the table is written.' }),
    document: t.string({
      required: true,
      description:
        'The table, at most 1,000 rules and 1 MB. Its first row names the columns: `key`, `name`, `record_type` (or `rulable_type`), `trigger`, `position`, `expressions`, `condition`, `actions`, `description`, `app_offering` (the reference of an app), `enabled` or `disabled`. `id`, `created_at`, `updated_at`, `description_html` and `actions_html` are passed over.',
    }),
  }),
});

// A thousand rules that are there already, each of them changed.
const importMs = 60_000;

interface Answer {
  readonly rows: readonly Imported[];
}

mutation<typeof ImportRulesInput.$inferInput, Answer>('importRules', {
  description:
    'Makes or changes the rules of a table, all or none. A row is for the rule with its key or, without one, for the one of its name among those of its app. What has no column stays as it is. What is wrong is told for all rows at once; paths are `document`, the row and the column.',
  input: ImportRulesInput,
  errors: ['ALREADY_EXISTS'],
  success: 'All rules of the table are there.',
  fields: (t) => ({
    created: t.int({ description: 'How many rules were made.', resolve: ({ rows }) => count(rows, 'CREATED') }),
    changed: t.int({ description: 'How many were changed.', resolve: ({ rows }) => count(rows, 'CHANGED') }),
    unchanged: t.int({ description: 'How many were as they should be.', resolve: ({ rows }) => count(rows, 'UNCHANGED') }),
    rows: t.field({
      type: [ImportedRule],
      description: 'What became of each row, in their order.',
      complexity: { field: heavyComplexity, multiplier: 50 },
      resolve: ({ rows }) => [...rows],
    }),
  }),
  run: async ({ workspace, app, ...input }, context) => ({
    rows: await transact(
      context.app,
      context.viewer,
      (work) => importRules(work, { ...input, app: referenceOf('App', app, ['app']), workspaceId: workspaceOf(context, workspace) }),
      { timeoutMs: importMs },
    ),
  }),
});

const count = (rows: readonly Imported[], change: Imported['change']) => rows.filter((row) => row.change === change).length;
