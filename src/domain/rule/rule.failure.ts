import { placeOf } from '#language/language-error';
import { type RuleError, RuleFault } from '#language/rule/rule-error';
import type { Block, Rule } from '#language/rule/syntax';
import type { Json } from '#plan/plan';
import { DomainError } from '#domain/errors';
import { ScopeFault } from './rule.scope.js';

/** Why nothing of a rule was done. */
export interface RuleFailure {
  /** Of the language, of the graph's errors, or INTERNAL. */
  readonly code: string;
  readonly message: string;
  /** Where in the rule's text, counted from 1; null where that is not known. */
  readonly block: Block | null;
  readonly line: number | null;
  readonly column: number | null;
  /** The action that failed. */
  readonly label: string | null;
}

/** An action cannot be done. */
export class ActionFault extends Error {
  override readonly name = 'ActionFault';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export function languageFailure({ code, message, block, line, column }: RuleError): RuleFailure {
  return { code, message, block, line, column, label: null };
}

/** What an action met, told with its place. Null: it is no fault of the rule's, nor of what it asks for. */
export function actionFailure(error: unknown, rule: Rule, label: string): RuleFailure | null {
  const told = toldFault(error);
  if (told === null) return null;
  const at = rule.actions.find((action) => action.label === label)?.at ?? 0;
  return { ...told, block: 'actions', ...placeOf(rule.text.actions, at), label };
}

/** The same for what was met while the rule was evaluated: its place is not known. */
export function readFailure(error: unknown): RuleFailure | null {
  const told = toldFault(error);
  return told === null ? null : { ...told, block: null, line: null, column: null, label: null };
}

function toldFault(error: unknown): Pick<RuleFailure, 'code' | 'message'> | null {
  if (error instanceof ScopeFault) return { code: 'FORBIDDEN', message: error.message };
  // What is read for an action has limits, too.
  if (error instanceof ActionFault || error instanceof DomainError || error instanceof RuleFault)
    return { code: error.code, message: error.message };
  return null;
}

/** A fault of ours, after it could not be got over. */
export const internalFailure: RuleFailure = {
  code: 'INTERNAL',
  message: 'Millrace could not do it; its log tells why.',
  block: null,
  line: null,
  column: null,
  label: null,
};

export function failureJson({ code, message, block, line, column, label }: RuleFailure): Json {
  return { code, message, block, line, column, label };
}
