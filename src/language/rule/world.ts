import type { Answer } from './answer.js';
import type { RuleDuration, RuleRecord, RuleTime, RuleValue } from './value.js';

/** The type of a field of a record. */
export type FieldType = {
  readonly readOnly?: boolean;
  /** For who writes rules. */
  readonly description?: string;
} & (
  | { readonly type: 'text' | 'number' | 'boolean' | 'time' | 'duration' | 'object' | 'any' }
  /** One of some values, in their order. */
  | { readonly type: 'choice'; readonly values: readonly string[] }
  /** A link to one record, or to a collection of them. */
  | { readonly type: 'one' | 'many'; readonly of: string }
);

export interface RecordType {
  readonly fields: ReadonlyMap<string, FieldType>;
}

/** The types of records that rules know, by the names that rules call them. */
export interface RuleTypes {
  /** The type of the record that the rule runs for. */
  readonly record: string;
  readonly types: ReadonlyMap<string, RecordType>;
  /** What every rule can refer to beside its record: `rule_app_instance`, `current_user`. */
  readonly roots: ReadonlyMap<string, FieldType>;
  /** The rules that `after … trigger` may name; null where that is not known. */
  readonly rules: ReadonlySet<string> | null;
}

/** All that a rule reaches of the world. It only reads: what a rule wants done is its effects. What was read before is answered at once. */
export interface RuleWorld {
  readonly types: RuleTypes;
  readonly record: RuleRecord;
  readonly now: RuleTime;
  /** Values of choices may be plain texts. */
  field(record: RuleRecord, name: string): Answer<RuleValue>;
  /** Told of records whose fields will be asked for next, one by one, so that they can be read at once. */
  prefetch?(records: readonly RuleRecord[]): Answer<void>;
  /** What a field of the rule's record was before the change. */
  was(name: string): Answer<RuleValue>;
  root(name: string): Answer<RuleValue>;
  /** The first match on id, source id, e-mail or name. */
  find(type: string, key: string | number): Answer<RuleRecord | null>;
  findAll(type: string, text: string): Answer<readonly RuleRecord[]>;
  /** When so much working time has passed. */
  targetAt(calendar: RuleRecord, start: RuleTime, length: RuleDuration): Answer<RuleTime | null>;
  /** The working time between two moments. */
  workingTime(calendar: RuleRecord, start: RuleTime, end: RuleTime): Answer<RuleDuration>;
}

const statics = new WeakMap<RuleTypes['types'], ReadonlySet<string>>();

/** Names that are values of some field: `status = assigned` needs no quotes. They are looked for once for the same types: every evaluation asks. */
export function staticValues({ types }: RuleTypes): ReadonlySet<string> {
  const known = statics.get(types);
  if (known !== undefined) return known;
  const found = new Set(
    [...types.values()].flatMap(({ fields }) => [...fields.values()].flatMap((field) => (field.type === 'choice' ? field.values : []))),
  );
  statics.set(types, found);
  return found;
}

/** The field that `status_was` is the old value of. */
export function fieldOfWas(name: string): string | null {
  return name.endsWith('_was') ? name.slice(0, -4) : null;
}
