/** What rules compute with. There is one nothing: null, written nil. */
export type RuleValue =
  | null
  | boolean
  | number
  | string
  | RuleTime
  | RuleDuration
  | RuleChoice
  | RuleRecord
  | RuleObject
  | readonly RuleValue[];

export interface RuleTime {
  readonly kind: 'time';
  /** Milliseconds since 1970, UTC. */
  readonly ms: number;
}

/** Months are kept apart: they have no fixed length. */
export interface RuleDuration {
  readonly kind: 'duration';
  readonly months: number;
  readonly ms: number;
}

/** One of the values of a field, which have an order: the states of a life cycle. */
export interface RuleChoice {
  readonly kind: 'choice';
  readonly value: string;
  readonly order: readonly string[];
}

export interface RuleRecord {
  readonly kind: 'record';
  readonly type: string;
  readonly id: number | string;
  /** What it is called: its name or its subject. */
  readonly name: string;
  /** The template that it is to be made from; it is made when an action uses it. */
  readonly template?: string;
}

/** Fields without a type of their own: `custom_fields`. */
export interface RuleObject {
  readonly kind: 'object';
  readonly entries: ReadonlyMap<string, RuleValue>;
}

export const isRuleList = (value: RuleValue): value is readonly RuleValue[] => Array.isArray(value);

/** What is not a list and not plain. */
type Kept = RuleTime | RuleDuration | RuleChoice | RuleRecord | RuleObject;
export const kindOf = (value: RuleValue): Kept['kind'] | 'list' | 'nil' | 'boolean' | 'number' | 'text' => {
  if (value === null) return 'nil';
  if (isRuleList(value)) return 'list';
  if (typeof value === 'object') return value.kind;
  return typeof value === 'string' ? 'text' : typeof value === 'number' ? 'number' : 'boolean';
};

export function isKind<Kind extends Kept['kind']>(value: RuleValue, kind: Kind): value is Extract<Kept, { readonly kind: Kind }> {
  return kindOf(value) === kind;
}

/** The text of a text or of a choice; null for all else. */
export function plainText(value: RuleValue): string | null {
  if (typeof value === 'string') return value;
  return isKind(value, 'choice') ? value.value : null;
}

/** Only nil and false are false, as where the language comes from. */
export const isTruthy = (value: RuleValue): boolean => value !== null && value !== false;

/** What a user calls it. */
export function kindName(value: RuleValue): string {
  const kind = kindOf(value);
  switch (kind) {
    case 'nil':
      return 'nil';
    case 'object':
      return 'an object';
    default:
      return `a ${kind}`;
  }
}
