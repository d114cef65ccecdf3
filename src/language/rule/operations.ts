import { type Fuel, spend, spendSearch, spendText } from '#language/fuel';
import { RuleFault } from './rule-error.js';
import type { CompareOperator, DurationNode } from './syntax.js';
import { isKind, isRuleList, kindName, plainText, type RuleDuration, type RuleTime, type RuleValue } from './value.js';

/** What an operation costs, and where it stands. */
export interface Cost {
  readonly fuel: Fuel;
  readonly at: number;
}

const minute = 60_000;
const lengths: Readonly<Record<DurationNode['unit'], { readonly months: number; readonly ms: number }>> = {
  minute: { months: 0, ms: minute },
  hour: { months: 0, ms: 60 * minute },
  day: { months: 0, ms: 1_440 * minute },
  week: { months: 0, ms: 10_080 * minute },
  month: { months: 1, ms: 0 },
  year: { months: 12, ms: 0 },
};
/** The mean month of the calendar, to tell which of two durations is longer. */
const meanMonth = 2_629_746_000;

export function durationOf({ amount, unit }: Pick<DurationNode, 'amount' | 'unit'>): RuleDuration {
  return { kind: 'duration', months: amount * lengths[unit].months, ms: amount * lengths[unit].ms };
}

/** Months first: a day that the month does not have becomes its last. */
export function later(time: RuleTime, { months, ms }: RuleDuration, at: number): RuleTime {
  const date = new Date(time.ms);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + months);
  const lastDay = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(day, lastDay));
  const result = new Date((months === 0 ? time.ms : date.getTime()) + ms).getTime();
  if (Number.isNaN(result)) throw new RuleFault('TYPE', 'There is no such time.', at);
  return { kind: 'time', ms: result };
}

export function negative(value: RuleValue, at: number): RuleValue {
  if (value === null) return null;
  if (typeof value === 'number') return 0 - value;
  if (isKind(value, 'duration')) return { kind: 'duration', months: 0 - value.months, ms: 0 - value.ms };
  throw new RuleFault('TYPE', `- does not go with ${kindName(value)}.`, at);
}

/** A record is what it is called where it meets a text. */
export function isEqual(left: RuleValue, right: RuleValue, cost: Cost): boolean {
  spend(cost.fuel, 1, cost.at);
  if (isRuleList(left) || isRuleList(right))
    return (
      isRuleList(left) &&
      isRuleList(right) &&
      left.length === right.length &&
      left.every((item, i) => isEqual(item, right[i] ?? null, cost))
    );
  if (isKind(left, 'record') && isKind(right, 'record')) return left.type === right.type && left.id === right.id;
  const [leftText, rightText] = [nameOf(left), nameOf(right)];
  if (leftText !== null && rightText !== null) {
    spend(cost.fuel, leftText.length >> 6, cost.at);
    return leftText === rightText;
  }
  if (isKind(left, 'time') && isKind(right, 'time')) return left.ms === right.ms;
  if (isKind(left, 'duration') && isKind(right, 'duration')) return left.ms === right.ms && left.months === right.months;
  return left === right;
}

/** What a value is compared by as a text. */
const nameOf = (value: RuleValue): string | null => (isKind(value, 'record') ? value.name : plainText(value));

/** Below, equal, above: negative, 0, positive; null where one side is nil. */
export function order(left: RuleValue, right: RuleValue, cost: Cost): number | null {
  spend(cost.fuel, 1, cost.at);
  if (left === null || right === null) return null;
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  if (isKind(left, 'time') && isKind(right, 'time')) return left.ms - right.ms;
  if (isKind(left, 'duration') && isKind(right, 'duration')) return (left.months - right.months) * meanMonth + left.ms - right.ms;
  const [leftText, rightText] = [nameOf(left), nameOf(right)];
  if (leftText !== null && rightText !== null) {
    const values = isKind(left, 'choice') ? left.order : isKind(right, 'choice') ? right.order : [];
    const [leftPlace, rightPlace] = [values.indexOf(leftText), values.indexOf(rightText)];
    if (leftPlace >= 0 && rightPlace >= 0) return leftPlace - rightPlace;
    spend(cost.fuel, Math.min(leftText.length, rightText.length) >> 6, cost.at);
    return byCodePoint(leftText, rightText);
  }
  throw new RuleFault('TYPE', `${kindName(left)} and ${kindName(right)} have no order.`, cost.at);
}

/** Units of UTF-16 would put what lies outside the first plane before its end. */
function byCodePoint(left: string, right: string): number {
  for (let i = 0; i < left.length && i < right.length; i++) {
    if (left.charCodeAt(i) === right.charCodeAt(i)) continue;
    const isPair = (text: string) => i > 0 && (text.charCodeAt(i) & 0xfc00) === 0xdc00;
    const from = isPair(left) && isPair(right) ? i - 1 : i;
    return (left.codePointAt(from) ?? 0) - (right.codePointAt(from) ?? 0);
  }
  return left.length - right.length;
}

export function isMember(item: RuleValue, list: readonly RuleValue[], cost: Cost): boolean {
  return list.some((other) => isEqual(item, other, cost));
}

/** Whether a text or a list holds something. */
export function holds(container: RuleValue, item: RuleValue, cost: Cost): boolean {
  if (isRuleList(container)) return isMember(item, container, cost);
  const [text, part] = [plainText(container), plainText(item)];
  if (text !== null && part !== null) {
    spendSearch(cost.fuel, text, part, cost.at);
    return text.includes(part);
  }
  if (container === null || item === null) return false;
  throw new RuleFault('TYPE', `${kindName(container)} cannot contain ${kindName(item)}.`, cost.at);
}

export function compare(operator: Exclude<CompareOperator, '=~'>, left: RuleValue, right: RuleValue, cost: Cost): boolean {
  const ordered = (test: (result: number) => boolean) => {
    const result = order(left, right, cost);
    return result !== null && test(result);
  };
  const edge = (test: (text: string, part: string) => boolean) => {
    const [text, part] = [nameOf(left), nameOf(right)];
    if (text !== null && part !== null) return test(text, part);
    if (left === null || right === null) return false;
    throw new RuleFault('TYPE', `${operator} compares texts, not ${kindName(text === null ? left : right)}.`, cost.at);
  };
  // In an empty list there is the empty text, and nothing else: so it is where the language comes from.
  const isIn = () => (left === '' && isRuleList(right) && right.length === 0) || holds(right, left, cost);
  switch (operator) {
    case '=':
      return isEqual(left, right, cost);
    case '!=':
      return !isEqual(left, right, cost);
    case '<':
      return ordered((result) => result < 0);
    case '<=':
      return ordered((result) => result <= 0);
    case '>':
      return ordered((result) => result > 0);
    case '>=':
      return ordered((result) => result >= 0);
    case 'in':
      return isIn();
    case 'not_in':
      return !isIn();
    case 'contains':
    case '*=':
      return holds(left, right, cost);
    case 'starts_with':
      return edge((text, part) => text.startsWith(part));
    case 'ends_with':
      return edge((text, part) => text.endsWith(part));
  }
}

export function calculate(operator: '+' | '-' | '*' | '/' | '%', left: RuleValue, right: RuleValue, cost: Cost): RuleValue {
  spend(cost.fuel, 1, cost.at);
  const text = plainText(left);
  if (operator === '+' && text !== null) {
    const more = displayOf(right, cost);
    spendText(cost.fuel, text.length + more.length, cost.at);
    return text + more;
  }
  if (left === null || right === null) return null;
  if (typeof left === 'number' && typeof right === 'number') return calculateNumbers(operator, left, right, cost.at);
  const result = calculateTimes(operator, left, right, cost.at);
  if (result !== null) return result;
  throw new RuleFault('TYPE', `${kindName(left)} ${operator} ${kindName(right)} cannot be calculated.`, cost.at);
}

function calculateNumbers(operator: '+' | '-' | '*' | '/' | '%', left: number, right: number, at: number): number | null {
  switch (operator) {
    case '+':
      return finite(left + right, at);
    case '-':
      return finite(left - right, at);
    case '*':
      return finite(left * right, at);
    case '/':
      return right === 0 ? null : finite(left / right, at);
    case '%':
      return right === 0 ? null : finite(left - right * Math.floor(left / right), at);
  }
}

function calculateTimes(operator: string, left: RuleValue, right: RuleValue, at: number): RuleValue {
  const sign = operator === '+' ? 1 : operator === '-' ? -1 : null;
  if (sign !== null && isKind(right, 'duration')) {
    if (isKind(left, 'time')) return later(left, { kind: 'duration', months: sign * right.months, ms: sign * right.ms }, at);
    if (isKind(left, 'duration')) return duration(left.months + sign * right.months, left.ms + sign * right.ms, at);
  }
  if (operator === '+' && isKind(left, 'duration') && isKind(right, 'time')) return later(right, left, at);
  if (operator === '-' && isKind(left, 'time') && isKind(right, 'time')) return duration(0, left.ms - right.ms, at);
  if (operator === '*' && isKind(left, 'duration') && typeof right === 'number') return duration(left.months * right, left.ms * right, at);
  if (operator === '/' && isKind(left, 'duration') && typeof right === 'number' && right !== 0)
    return duration(left.months / right, left.ms / right, at);
  return null;
}

function duration(months: number, ms: number, at: number): RuleDuration {
  if (!Number.isInteger(months)) throw new RuleFault('TYPE', 'A month cannot be divided.', at);
  return { kind: 'duration', months, ms: finite(ms, at) };
}

export function finite(value: number, at: number): number {
  if (!Number.isFinite(value)) throw new RuleFault('TYPE', 'The number is too large.', at);
  return value;
}

/** How a value reads within a text. */
export function displayOf(value: RuleValue, cost: Cost): string {
  spend(cost.fuel, 1, cost.at);
  if (value === null) return '';
  if (isRuleList(value)) {
    let text = '';
    for (const [i, item] of value.entries()) {
      text += (i === 0 ? '' : ', ') + displayOf(item, cost);
      spendText(cost.fuel, text.length, cost.at);
    }
    return text;
  }
  if (typeof value !== 'object') return String(value);
  switch (value.kind) {
    case 'time':
      return displayTime(value);
    case 'duration':
      return displayDuration(value);
    case 'choice':
      return value.value;
    case 'record':
      return value.name;
    case 'object':
      throw new RuleFault('TYPE', 'An object has no text of its own.', cost.at);
  }
}

/** ISO 8601, with parts of a second where there are any. */
export const displayTime = ({ ms }: RuleTime): string => new Date(ms).toISOString().replace('.000Z', 'Z');

/** ISO 8601. */
export function displayDuration({ months, ms }: RuleDuration): string {
  const sign = ms < 0 || months < 0 ? '-' : '';
  const seconds = Math.abs(ms) / 1_000;
  const parts = (count: number, unit: string) => (count === 0 ? '' : `${String(count)}${unit}`);
  const date = parts(Math.abs(months), 'M') + parts(Math.floor(seconds / 86_400), 'D');
  const time = parts(Math.floor(seconds / 3_600) % 24, 'H') + parts(Math.floor(seconds / 60) % 60, 'M') + parts(seconds % 60, 'S');
  return date === '' && time === '' ? 'PT0S' : `${sign}P${date}${time === '' ? '' : `T${time}`}`;
}
