import type { Value } from './value.js';

/** The names of arguments, in order; they may be given by place or by name. */
export interface Signature {
  readonly parameters: readonly string[];
  /** How many of them must be given. */
  readonly required: number;
}

export type FunctionName = 'standardize_status';

/** Every function of the language. What one does is its host's affair: it knows the records. */
export const functions: ReadonlyMap<string, Signature> = new Map<FunctionName, Signature>([
  ['standardize_status', { parameters: ['value', 'targetBlueprintId'], required: 2 }],
]);

/** Answers undefined for what it does not know, and never throws. Its time is not paid for: it looks things up in what it has at hand. */
export type HostFunction = (...args: readonly Value[]) => Value;

export type HostFunctions = Readonly<Partial<Record<FunctionName, HostFunction>>>;

export function isFunctionName(name: string): name is FunctionName {
  return functions.has(name);
}
