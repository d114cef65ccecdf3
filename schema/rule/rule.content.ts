import type { FieldMap } from '@pothos/core';
import { type Line, linesOf, noLines, type RuleSpec, specOf, textOf } from '#domain/rule/rule.spec';
import { codeHtml, markdownHtml } from '#language/markdown';
import { AutomationVersion, loadLive, loadSpec } from '#schema/automation/version';
import { type GraphTypes, builder, heavyComplexity } from '#schema/builder';
import type { SignedIn } from '#schema/context';

type Types = PothosSchemaTypes.ExtendDefaultTypes<GraphTypes>;

export const RuleLine = builder.objectRef<Line>('RuleLine').implement({
  description: 'One of the expressions or actions of a rule.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'The name of the expression, or the label of the action.' }),
    value: t.exposeString('value', { description: 'What it says.' }),
  }),
});

/** The fields that show what a rule says, for a type whose rows lead to a spec. */
export function contentFields<Parent extends object>(
  t: PothosSchemaTypes.ObjectFieldBuilder<Types, Parent>,
  of: (parent: Parent, context: SignedIn) => RuleSpec | Promise<RuleSpec>,
): FieldMap {
  const text = (description: string, read: (spec: RuleSpec) => string) =>
    t.string({
      description,
      complexity: heavyComplexity,
      resolve: async (parent, _args, context) => read(await of(parent, context)),
    });
  const lines = (block: 'expressions' | 'actions', description: string) =>
    t.field({
      type: [RuleLine],
      description,
      complexity: heavyComplexity,
      resolve: async (parent, _args, context) => [...linesOf(block, (await of(parent, context))[block])],
    });
  return {
    recordType: t.string({
      description: 'The type of records that it is about, as it was written: `request`, or one of its aliases, `Req`.',
      resolve: async (parent, _args, context) => (await of(parent, context)).recordType,
    }),
    trigger: t.string({
      description: 'When it is evaluated: `on create`, `on status update`, `on note added`, `after delay` …',
      resolve: async (parent, _args, context) => (await of(parent, context)).trigger,
    }),
    expressions: text('Its expressions as one text: byte for byte as it was given, or one line for each entry of the list.', (spec) =>
      textOf(spec.expressions),
    ),
    expressionList: lines('expressions', 'Its expressions as a list: byte for byte as it was given, or as the text says.'),
    condition: text('Its condition; empty when it always acts.', ({ condition }) => condition),
    actions: text('Its actions as one text: byte for byte as it was given, or one line for each entry of the list.', (spec) =>
      textOf(spec.actions),
    ),
    actionList: lines('actions', 'Its actions as a list: byte for byte as it was given, or as the text says.'),
    actionsHtml: text('Its actions as safe HTML.', (spec) => codeHtml(textOf(spec.actions))),
    descriptionHtml: text('Its description, which is Markdown, as safe HTML.', ({ description }) => markdownHtml(description)),
  };
}

const nothing: RuleSpec = {
  recordType: '',
  blueprint: '',
  trigger: '',
  triggerKey: '',
  expressions: noLines,
  condition: '',
  actions: noLines,
  description: '',
};

/** What a version of a rule says, by the UUID of the version. */
async function contentOf(context: SignedIn, versionId: string): Promise<RuleSpec> {
  const version = await loadSpec(context, versionId);
  return version === null ? nothing : specOf(version.spec);
}

/** What a rule says, by the UUID of its automation. */
export async function liveContent(context: SignedIn, automationId: string): Promise<RuleSpec> {
  const live = await loadLive(context, automationId);
  return live === null ? nothing : contentOf(context, live.versionId);
}

const RuleContent = builder.objectRef<RuleSpec>('RuleContent').implement({
  description: 'What a version of a rule says.',
  fields: (t) => ({
    ...contentFields<RuleSpec>(t, (spec) => spec),
    description: t.exposeString('description', { description: 'What it is for, in Markdown.' }),
  }),
});

builder.objectField(AutomationVersion, 'rule', (t) =>
  t.field({
    type: RuleContent,
    nullable: true,
    description: 'What it says, when it is a version of a rule.',
    resolve: ({ id, stepKind }, _args, context) => (stepKind === 'rule' ? contentOf(context, id) : null),
  }),
);
