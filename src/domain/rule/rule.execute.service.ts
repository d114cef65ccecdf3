import { type Answer, after, otherwise } from '#language/rule/answer';
import type { Reason } from '#language/rule/reason';
import { type Effect, evaluateRule, type Outcome } from '#language/rule/run';
import type { RuleTypes } from '#language/rule/world';
import type { Json } from '#plan/plan';
import type { Cause } from '#domain/event/event.emit.service';
import type { SharingWork } from '#domain/record/entity.write.service';
import { type AppliedEffect, type Applying, applyToRecord } from './rule.apply.js';
import { actionFailure, languageFailure, readFailure, type RuleFailure } from './rule.failure.js';
import type { ReadRule } from './rule.load.js';
import type { StoredRecord } from './rule.records.js';
import type { RecordReader } from './rule.reader.js';
import type { Scopes } from './rule.scope.js';
import {
  callWebhook,
  type Outbox,
  type RuleDelivery,
  type RuleHome,
  type RuleTimer,
  sendEmail,
  setTimer,
  tellMentioned,
} from './rule.send.js';
import { type KeptValue, keptValue, keptValues } from './rule.values.js';
import { createWorld, type RuleChange, type RuleInstance } from './rule.world.js';

/** A rule that can be executed. */
export interface RunnableRule extends RuleHome, ReadRule {
  /** What its writes are said to be done by. */
  readonly name: string;
}

/** What a rule is evaluated about, and with which rights. */
export interface RuleSubject {
  /** The workspace of the record, whose blueprints the reader has. */
  readonly reader: RecordReader;
  readonly types: RuleTypes;
  readonly record: StoredRecord;
  readonly change: RuleChange;
  readonly instance: RuleInstance | null;
  readonly scopes: Scopes;
  readonly now: Date;
}

export interface EvaluatedRule {
  readonly outcome: 'MET' | 'NOT_MET' | 'FAILED';
  /** Of the expressions, in their order, as far as it came. */
  readonly values: readonly KeptValue[];
  /** NOT_MET: the part of the condition that was false. */
  readonly failed: Json;
  readonly failure: RuleFailure | null;
}

export interface ExecutedRule extends EvaluatedRule {
  /** MET: what was done, in order. FAILED: what was done before, and is to be undone. */
  readonly effects: readonly AppliedEffect[];
  /** Whether records were written, or something tried to. */
  readonly touched: boolean;
  readonly deliveries: readonly RuleDelivery[];
  readonly timers: readonly RuleTimer[];
}

/** Evaluates a rule without doing anything: only reads. */
export function considerRule(rule: RunnableRule, subject: RuleSubject): Answer<EvaluatedRule> {
  return after(evaluated(rule, subject), ({ told }) => told);
}

interface Evaluation {
  readonly told: EvaluatedRule;
  readonly effects: readonly Effect[];
}

const nothing = { values: [], failed: null } as const;

function evaluated({ tree, failure }: RunnableRule, subject: RuleSubject): Answer<Evaluation> {
  if (tree === null) return { told: { outcome: 'FAILED', ...nothing, failure }, effects: [] };
  return otherwise<Evaluation>(
    () =>
      after(evaluateRule(tree, createWorld(subject)), (outcome) => ({
        told: toldOf(outcome),
        effects: outcome.status === 'MET' ? outcome.effects : [],
      })),
    (error) => {
      const told = readFailure(error);
      if (told === null) throw error;
      return { told: { outcome: 'FAILED', ...nothing, failure: told }, effects: [] };
    },
  );
}

function toldOf(outcome: Outcome): EvaluatedRule {
  return {
    outcome: outcome.status,
    values: keptValues(outcome.values),
    failed: outcome.status === 'NOT_MET' ? reasonJson(outcome.failed) : null,
    failure: outcome.status === 'FAILED' ? languageFailure(outcome.error) : null,
  };
}

function reasonJson({ text, values }: Reason): Json {
  return { text, values: values.map((one) => ({ text: one.text, value: keptValue(one.value) })) };
}

/**
 * Evaluates a rule and does what its actions want, in the given work: records are written, and what is to be sent or done later is answered.
 * Nothing is recorded. FAILED: the caller undoes what was written. Throws what is no fault of the rule's.
 */
export async function executeRule(work: SharingWork, rule: RunnableRule, subject: RuleSubject, cause: Cause): Promise<ExecutedRule> {
  const { told, effects: wanted } = await evaluated(rule, subject);
  const outbox: Outbox = { deliveries: [], timers: [] };
  const effects: AppliedEffect[] = [];
  if (told.outcome !== 'MET' || rule.tree === null) return { ...told, effects, touched: false, ...outbox };
  const on: Applying = { work, reader: subject.reader, scopes: subject.scopes, cause, own: subject.record, made: new Map() };
  let touched = false;
  for (const effect of wanted)
    try {
      touched ||= 'target' in effect || effect.type === 'create';
      effects.push(await apply(on, rule, outbox, effect));
    } catch (error) {
      const failure = actionFailure(error, rule.tree, effect.label);
      if (failure === null) throw error;
      return { ...told, outcome: 'FAILED', failure, effects, touched, ...outbox };
    }
  return { ...told, effects, touched, ...outbox };
}

/** The warning of an action whose target is nil. */
export const nothingToUpdate = 'There is nothing to update: the target is nil.';

async function apply(on: Applying, rule: RunnableRule, outbox: Outbox, effect: Effect): Promise<AppliedEffect> {
  switch (effect.type) {
    case 'skip':
      return {
        label: effect.label,
        type: 'skip',
        record: null,
        changed: [],
        before: null,
        after: null,
        told: { message: nothingToUpdate },
      };
    case 'note': {
      const applied = await applyToRecord(on, effect);
      await tellMentioned(on, outbox, effect);
      return applied;
    }
    case 'webhook':
      return callWebhook(on, rule, outbox, effect);
    case 'email':
      return sendEmail(on, outbox, effect);
    case 'trigger':
      return setTimer(on, rule, outbox, effect);
    default:
      return applyToRecord(on, effect);
  }
}
