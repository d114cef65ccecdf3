import { displayTime } from '#language/rule/operations';
import type { Effect } from '#language/rule/run';
import { loggedValue } from './rule.values.js';

/** Longest part of a text that is told. */
const mostText = 200;
const shorten = (text: string) => (text.length > mostText ? `${text.slice(0, mostText).toWellFormed()}…` : text);

/** What a rule wants done, in a line for a person to read. */
export function toldEffect(effect: Effect): string {
  switch (effect.type) {
    case 'create':
      return `make the ${effect.record.type} ${shorten(effect.record.name)}`;
    case 'set':
      return `set ${effect.field.join('.')} of ${shorten(effect.target.name)} to ${shorten(loggedValue(effect.value))}`;
    case 'add':
      return `add ${shorten(loggedValue(effect.value))} to ${effect.field.join('.')} of ${shorten(effect.target.name)}`;
    case 'remove':
      return `remove ${shorten(loggedValue(effect.value))} from ${effect.field.join('.')} of ${shorten(effect.target.name)}`;
    case 'clear':
      return `clear ${effect.field.join('.')} of ${shorten(effect.target.name)}`;
    case 'note':
      return `add a note to ${shorten(effect.target.name)}: ${shorten(effect.text)}`;
    case 'skip':
      return 'nothing: the target is nil';
    case 'trigger':
      return `trigger ${shorten(effect.rule)} at ${displayTime(effect.due)}`;
    case 'webhook':
      return `call ${shorten(effect.webhook)}`;
    case 'email':
      return `send an e-mail to ${shorten(effect.to.map((to) => (typeof to === 'string' ? to : to.name)).join(', '))}: ${shorten(effect.subject)}`;
  }
}
