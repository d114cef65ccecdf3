import type { Block } from '#language/rule/syntax';
import type { Json } from '#plan/plan';
import type { RuleFailure } from '#domain/rule/rule.failure';
import { builder } from '#schema/builder';
import { blockNamed, RuleBlock } from './editor.js';

/** A value of an expression, as it is kept. */
export interface NamedValue {
  readonly name: string;
  readonly value: Json;
}

export const RuleValue = builder.objectRef<NamedValue>('RuleValue').implement({
  description: 'What an expression of a rule came to.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'The name of the expression.' }),
    value: t.field({
      type: 'JSON',
      nullable: true,
      description: 'Its value; a record is its number and its name. What is long is cut.',
      resolve: ({ value }) => value,
    }),
  }),
});

interface ReasonValue {
  readonly text: string;
  readonly value: Json;
}

export interface Reason {
  readonly text: string;
  readonly values: readonly ReasonValue[];
}

const RuleReasonValue = builder.objectRef<ReasonValue>('RuleReasonValue').implement({
  description: 'A value in a condition.',
  fields: (t) => ({
    text: t.exposeString('text', { description: 'What has it, as the rule says it: `status_was`.' }),
    value: t.field({ type: 'JSON', nullable: true, description: 'The value.', resolve: ({ value }) => value }),
  }),
});

export const RuleReason = builder.objectRef<Reason>('RuleReason').implement({
  description: 'Why a condition was not met: the first part of it that was false.',
  fields: (t) => ({
    text: t.exposeString('text', { description: 'The part, as the rule says it: `status_was != completed`.' }),
    values: t.field({ type: [RuleReasonValue], description: 'The values in it.', resolve: ({ values }) => [...values] }),
  }),
});

/** A failure as it stands with an evaluation: in JSON the block may be anything. */
export type Failure = Omit<RuleFailure, 'block'> & { readonly block: Block | null };

export const RuleFailureType = builder.objectRef<Failure>('RuleFailure').implement({
  description: 'Why nothing of a rule was done.',
  fields: (t) => ({
    code: t.exposeString('code', {
      description: 'What went wrong, for a program to read: `TYPE`, `CONFLICT`, `INVALID_INPUT` and others.',
    }),
    message: t.exposeString('message', { description: 'What went wrong, for a person to read.' }),
    block: t.field({
      type: RuleBlock,
      nullable: true,
      description: 'In which text of the rule; null where that is not known, as `line` and `column`.',
      resolve: ({ block }) => (block === null ? null : blockNamed(block)),
    }),
    line: t.exposeInt('line', { nullable: true, description: 'Line of the text, counted from 1.' }),
    column: t.exposeInt('column', { nullable: true, description: 'Column of the line, counted from 1.' }),
    label: t.exposeString('label', { nullable: true, description: 'The action that failed.' }),
  }),
});

/** What was kept of an evaluation, which is JSON of ours. */
export const reasonOf = (json: unknown): Reason | null => (json as Reason | null) ?? null;
export const valuesOf = (json: unknown): readonly NamedValue[] => (Array.isArray(json) ? (json as readonly NamedValue[]) : []);
export const failureOf = (json: unknown): Failure | null => (json as Failure | null) ?? null;
