import { RuleFault } from './rule-error.js';
import type { Trigger } from './syntax.js';

/** Longest text of a trigger, in characters. */
const maxTrigger = 128;
const choices = 'There are: on create, on update, on <field> update, on note added, after delay.';

const fixed: Readonly<Record<string, Trigger>> = {
  'on create': { type: 'create' },
  'on update': { type: 'update' },
  'on note added': { type: 'note' },
  'after delay': { type: 'delay' },
};

/** In capitals or not, and with any blanks between the words. Throws {@link RuleFault}. */
export function parseTrigger(text: string): Trigger {
  if (text.length > maxTrigger) throw new RuleFault('TOO_LONG', `A trigger is at most ${String(maxTrigger)} characters long.`, 0);
  const words = text.trim().toLowerCase().split(/\s+/);
  const known = Object.hasOwn(fixed, words.join(' ')) ? fixed[words.join(' ')] : undefined;
  if (known !== undefined) return known;
  const field = words.slice(1, -1);
  if (words[0] === 'on' && words.at(-1) === 'update' && field.length > 0 && field.every((word) => /^[a-z0-9_]+$/.test(word)))
    return { type: 'field', field: field.join('_') };
  throw new RuleFault('UNKNOWN_TRIGGER', `There is no trigger ${JSON.stringify(text.slice(0, 60))}. ${choices}`, 0);
}

export function printTrigger(trigger: Trigger): string {
  if (trigger.type === 'field') return `on ${trigger.field.replaceAll('_', ' ')} update`;
  return Object.entries(fixed).find(([, { type }]) => type === trigger.type)?.[0] ?? '';
}
