import type { FieldProblem } from '#domain/errors';
import { type Completion, completeRule } from '#language/rule/complete';
import { type Hover, hoverRule } from '#language/rule/hover';
import { formatRule } from '#language/rule/parse';
import { type RuleErrorCode, ruleErrorCodes } from '#language/rule/rule-error';
import type { SuggestionKind } from '#language/rule/suggest';
import { type Block, blocks, type RuleText } from '#language/rule/syntax';
import { checkDraft } from '#domain/rule/rule.draft';
import { builder } from '#schema/builder';
import { enumType } from '#schema/enums';
import { RuleDraftInput, visibleDraft } from './draft.js';

export const RuleBlock = enumType<Uppercase<Block>>('RuleBlock', 'One of the four texts of a rule.', {
  TRIGGER: 'When it is evaluated.',
  EXPRESSIONS: 'Values with names.',
  CONDITION: 'When its actions are done.',
  ACTIONS: 'What is done.',
});

export const RuleErrorCodeType = enumType<RuleErrorCode>('RuleErrorCode', 'What is wrong with a text of a rule.', {
  SYNTAX: 'It is not written as the language is.',
  UNKNOWN_NAME: 'There is no such name, type, function or rule.',
  FORWARD_REFERENCE: 'The expression that it names stands further down.',
  DUPLICATE_NAME: 'An expression or an action has this name already.',
  UNKNOWN_TRIGGER: 'There is no such trigger.',
  UNKNOWN_FIELD: 'Records of this type have no such field.',
  READ_ONLY_FIELD: 'The field cannot be written.',
  TYPE: 'The value is not of the kind that is needed.',
  TOO_LONG: 'It is beyond a limit.',
});

const SuggestionKindType = enumType<SuggestionKind>('RuleWordKind', 'What a word of a rule is.', {
  FIELD: 'A field of a record.',
  EXPRESSION: 'The name of an expression of the rule.',
  FUNCTION: 'A function.',
  VALUE: 'One of the values of a field.',
  KEYWORD: 'A word of the language, or a trigger.',
  TYPE: 'A type of records.',
  ROOT: 'What every rule can refer to.',
  RULE: 'Another rule.',
});

interface Range {
  readonly from: number;
  readonly to: number;
}

const RuleRange = builder.objectRef<Range>('RuleRange').implement({
  description: 'A part of a text of a rule. Offsets count units of UTF-16 from 0, as JavaScript does.',
  fields: (t) => ({
    from: t.exposeInt('from', { description: 'Its beginning.' }),
    to: t.exposeInt('to', { description: 'Behind its end.' }),
  }),
});

const RuleCompletion = builder.objectRef<Completion>('RuleCompletion').implement({
  description: 'What can be written at a position.',
  fields: (t) => ({
    label: t.exposeString('label', { description: 'What it is called.' }),
    kind: t.expose('kind', { type: SuggestionKindType, description: 'What it is.' }),
    detail: t.exposeString('detail', { description: 'Of a value its type, of a word of the language how it is written.' }),
    documentation: t.exposeString('documentation', { description: 'What it means; empty when nobody said.' }),
    insertText: t.exposeString('insertText', { description: 'What to write in place of `replace`.' }),
    replace: t.field({ type: RuleRange, description: 'What it takes the place of.', resolve: ({ replace }) => replace }),
  }),
});

const RuleHover = builder.objectRef<Hover>('RuleHover').implement({
  description: 'What stands at a position.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'The word.' }),
    kind: t.expose('kind', { type: SuggestionKindType, description: 'What it is.' }),
    type: t.exposeString('type', { description: 'Of a value its type, of a word of the language how it is written.' }),
    documentation: t.exposeString('documentation', { description: 'What it means; empty when nobody said.' }),
    range: t.field({ type: RuleRange, description: 'Where the word stands.', resolve: ({ range }) => range }),
  }),
});

const RuleProblem = builder.objectRef<FieldProblem>('RuleProblem').implement({
  description: 'What is wrong with a rule, and where.',
  fields: (t) => ({
    block: t.field({ type: RuleBlock, description: 'In which of its texts.', resolve: ({ path }) => blockNamed(path[0]) }),
    line: t.int({ description: 'Line of the text, counted from 1.', resolve: ({ line }) => line ?? 1 }),
    column: t.int({ description: 'Column of the line, counted from 1.', resolve: ({ column }) => column ?? 1 }),
    code: t.field({
      type: RuleErrorCodeType,
      description: 'What is wrong, for a program to read.',
      resolve: ({ code }) => codeNamed(code),
    }),
    message: t.exposeString('message', { description: 'What is wrong, for a person to read.' }),
  }),
});

const upper = (block: Block) => block.toUpperCase() as Uppercase<Block>;
export const blockNamed = (name: string | undefined) => upper(blocks.find((block) => block === name) ?? 'trigger');
const codeNamed = (name: string): RuleErrorCode => ruleErrorCodes.find((code) => code === name) ?? 'SYNTAX';
const lower = (block: Uppercase<Block>) => block.toLowerCase() as Block;

const FormattedRule = builder.objectRef<RuleText>('FormattedRule').implement({
  description: 'The texts of a rule as the printer writes them: they mean the same.',
  fields: (t) => ({
    trigger: t.exposeString('trigger', { description: 'When it is evaluated.' }),
    expressions: t.exposeString('expressions', { description: 'Its expressions.' }),
    condition: t.exposeString('condition', { description: 'Its condition.' }),
    actions: t.exposeString('actions', { description: 'Its actions.' }),
  }),
});

interface RuleCheckResult {
  readonly errors: readonly FieldProblem[];
  readonly formatted: RuleText | null;
}

const RuleCheck = builder.objectRef<RuleCheckResult>('RuleCheck').implement({
  description: 'What is wrong with a rule that is being written.',
  fields: (t) => ({
    errors: t.field({
      type: [RuleProblem],
      description: 'All that is wrong, at most 20 of its kind; none when it can be saved.',
      resolve: ({ errors }) => [...errors],
    }),
    formatted: t.field({
      type: FormattedRule,
      nullable: true,
      description: 'The rule with one blank between its words; null when it cannot be read.',
      resolve: ({ formatted }) => formatted,
    }),
  }),
});

const place = 'Where in that text: an offset in units of UTF-16, as JavaScript counts.';

builder.queryField('completeRule', (t) =>
  t.field({
    type: [RuleCompletion],
    description:
      'What can be written at a position of a rule, which need not be right: at most 200, the likeliest first. Those that begin as the word before the position does.',
    args: {
      draft: t.arg({ type: RuleDraftInput, required: true, description: 'The rule as it stands in the editor.' }),
      block: t.arg({ type: RuleBlock, required: true, description: 'In which of its texts.' }),
      position: t.arg.int({ required: true, description: place }),
    },
    complexity: 10,
    resolve: async (_root, { draft, block, position }, context) => {
      const read = await visibleDraft(context, draft);
      return read === null ? [] : [...completeRule(read.text, lower(block), position, read.types)];
    },
  }),
);

builder.queryField('hoverRule', (t) =>
  t.field({
    type: RuleHover,
    nullable: true,
    description: 'What stands at a position of a rule, which need not be right; null where no word does, or one that means nothing.',
    args: {
      draft: t.arg({ type: RuleDraftInput, required: true, description: 'The rule as it stands in the editor.' }),
      block: t.arg({ type: RuleBlock, required: true, description: 'In which of its texts.' }),
      position: t.arg.int({ required: true, description: place }),
    },
    complexity: 10,
    resolve: async (_root, { draft, block, position }, context) => {
      const read = await visibleDraft(context, draft);
      return read === null ? null : hoverRule(read.text, lower(block), position, read.types);
    },
  }),
);

builder.queryField('checkRule', (t) =>
  t.field({
    type: RuleCheck,
    nullable: true,
    description:
      'What would be wrong with a rule if it were saved, and the rule well written. Nothing is saved. Null in a workspace that the viewer does not see.',
    args: { draft: t.arg({ type: RuleDraftInput, required: true, description: 'The rule as it stands in the editor.' }) },
    complexity: 25,
    resolve: async (_root, { draft }, context): Promise<RuleCheckResult | null> => {
      const read = await visibleDraft(context, draft);
      if (read === null) return null;
      const checked = checkDraft(read);
      const formatted = formatRule(read.text);
      return { errors: checked.ok ? [] : checked.problems, formatted: formatted.ok ? formatted.tree : null };
    },
  }),
);
