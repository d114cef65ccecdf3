import { type Fault, type LanguageErrorCode, placeOf } from '#language/language-error';
import type { Block, RuleText } from './syntax.js';

export const ruleErrorCodes = [
  'SYNTAX',
  'UNKNOWN_NAME',
  'FORWARD_REFERENCE',
  'DUPLICATE_NAME',
  'UNKNOWN_TRIGGER',
  'UNKNOWN_FIELD',
  'READ_ONLY_FIELD',
  'TYPE',
  'TOO_LONG',
] as const;
export type RuleErrorCode = (typeof ruleErrorCodes)[number];

/** What is wrong with a rule, and where. The message is for its author. */
export interface RuleError {
  readonly block: Block;
  /** Within the block, counted from 1. */
  readonly line: number;
  readonly column: number;
  readonly code: RuleErrorCode;
  readonly message: string;
}

/** A problem at an offset of a block. */
export class RuleFault extends Error {
  override readonly name = 'RuleFault';
  readonly code: RuleErrorCode;
  readonly at: number;

  constructor(code: RuleErrorCode, message: string, at: number) {
    super(message);
    this.code = code;
    this.at = at;
  }
}

/** As many as a reader takes in; more would cost time and tell nothing. */
export const maxErrors = 20;

/** The codes of the core that the language of rules calls otherwise. */
const codes: Readonly<Record<LanguageErrorCode, RuleErrorCode>> = {
  SYNTAX: 'SYNTAX',
  UNKNOWN_FILTER: 'UNKNOWN_NAME',
  UNKNOWN_TEST: 'UNKNOWN_NAME',
  UNKNOWN_FUNCTION: 'UNKNOWN_NAME',
  UNKNOWN_OPERATOR: 'UNKNOWN_NAME',
  ARGUMENTS: 'TYPE',
  TYPE: 'TYPE',
  TOO_DEEP: 'TOO_LONG',
  TOO_LARGE: 'TOO_LONG',
  TOO_COSTLY: 'TOO_LONG',
};

export function ruleError(block: Block, text: RuleText, fault: RuleFault | Fault): RuleError {
  const code = fault instanceof RuleFault ? fault.code : codes[fault.code];
  return { block, ...placeOf(text[block], fault.at), code, message: fault.message };
}
