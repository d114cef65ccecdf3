import { displayDuration, displayTime } from '#language/rule/operations';
import { isKind, isRuleList, plainText, type RuleTime, type RuleValue } from '#language/rule/value';
import type { FieldType } from '#language/rule/world';
import { storableText } from '#platform/json';
import type { Json } from '#plan/plan';

/** RFC 3339, the seconds left out or not; a date alone is no moment, unless its field says that it is one. */
const moment = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;
const date = /^\d{4}-\d\d-\d\d$/;

function timeOf(text: string): RuleTime | null {
  const ms = moment.test(text) || date.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(ms) ? null : { kind: 'time', ms };
}

/** A property as rules see it. */
export function propertyValue(value: Json | undefined, field: FieldType): RuleValue {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string') {
    if (field.type === 'time') return timeOf(value);
    // Where no schema tells what a text is, one that can only be a moment is one: `custom_fields.from - 1.hour`.
    return (field.type === 'object' || field.type === 'any') && moment.test(value) ? timeOf(value) : value;
  }
  if (typeof value !== 'object') return value;
  if (Array.isArray(value)) return (value as readonly Json[]).map((item) => propertyValue(item, inner));
  return { kind: 'object', entries: new Map(Object.entries(value).map(([name, item]) => [name, propertyValue(item, inner)])) };
}

const inner: FieldType = { type: 'any' };

/** What a rule's value is as a property. `format`: `date` of a property that is one. */
export function storedValue(value: RuleValue, format?: Json): Json {
  if (value === null || typeof value !== 'object') return value;
  if (isRuleList(value)) return value.map((item) => storedValue(item));
  switch (value.kind) {
    case 'time':
      return format === 'date' ? displayTime(value).slice(0, 10) : displayTime(value);
    case 'duration':
      return displayDuration(value);
    case 'choice':
      return value.value;
    case 'record':
      return { id: value.id, name: value.name };
    case 'object':
      return Object.fromEntries([...value.entries].map(([name, entry]) => [name, storedValue(entry)]));
  }
}

/** Longest JSON that is kept of one value of an expression. */
const mostKept = 8_000;

/** A value as it is kept with an evaluation and shown; what is long is cut, and says so. */
export function keptValue(value: RuleValue): Json {
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return value;
  const short = plainText(value);
  if (short !== null && short.length < mostKept / 6) return storableText(short);
  const json = storableJson(storedValue(value));
  const text = JSON.stringify(json);
  return text.length <= mostKept ? json : { truncated: `${text.slice(0, mostKept).toWellFormed()}…` };
}

/** Longest JSON that is kept of all values of one evaluation, in characters. */
const mostKeptTogether = 64_000;
const cut = '…';

export interface KeptValue {
  readonly name: string;
  readonly value: Json;
  /** As a log line has it. */
  readonly shown: string;
}

/** Values as they are kept with an evaluation; those after as many as are kept are cut, and say so. */
export function keptValues(values: readonly { readonly name: string; readonly value: RuleValue }[]): readonly KeptValue[] {
  let left = mostKeptTogether;
  return values.map(({ name, value }) => {
    const kept = left > 0 ? keptValue(value) : { truncated: cut };
    left -= sizeOf(kept);
    return left < 0 ? { name, value: { truncated: cut }, shown: cut } : { name, value: kept, shown: loggedValue(value) };
  });
}

function sizeOf(value: Json): number {
  if (typeof value === 'string') return value.length;
  return typeof value === 'object' && value !== null ? JSON.stringify(value).length : 8;
}

/** PostgreSQL stores neither NUL nor half of a surrogate pair, which a rule may cut out of a text. */
function storableJson(json: Json): Json {
  const text = JSON.stringify(json);
  return /\\u(0000|d[89a-f])/i.test(text)
    ? (JSON.parse(text, (_name, value: unknown) => (typeof value === 'string' ? storableText(value) : value)) as Json)
    : json;
}

/** A value as a log line has it. */
export function loggedValue(value: RuleValue): string {
  if (typeof value === 'boolean' || typeof value === 'number') return String(value);
  const text = plainText(value) ?? (isKind(value, 'record') ? value.name : value === null ? 'nil' : JSON.stringify(keptValue(value)));
  return text.length <= mostKept ? text : `${text.slice(0, mostKept).toWellFormed()}…`;
}
