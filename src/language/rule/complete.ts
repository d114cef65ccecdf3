import type { IToken } from 'chevrotain';
import { type Caret, caretAt } from './caret.js';
import { actionWords, operators, triggers } from './catalogue.js';
import { type Draft, draftOf } from './draft.js';
import { fieldsOf } from './infer.js';
import { escaped, quote } from './quoted.js';
import { nameOfShape, recordOf, shapeOfField } from './shape.js';
import { type Spot, spotInAction } from './spot.js';
import { fromCatalogue, inExpression, ofField, ofValues, suggested, type Suggestion } from './suggest.js';
import type { Block, RuleText } from './syntax.js';
import { symbols } from './tokens.js';
import type { RuleTypes } from './world.js';

/** What may be written at a position, and which part of the block it takes the place of. */
export type Completion = Suggestion & { readonly replace: { readonly from: number; readonly to: number } };

const maxCompletions = 200;

/**
 * What can be written at a position of a block, an offset in units of UTF-16, as JavaScript counts. The rule need not be right: it is being
 * written. What begins as the word before the position does; nothing where nothing can be told.
 */
export function completeRule(text: RuleText, block: Block, position: number, types: RuleTypes): readonly Completion[] {
  if (block === 'trigger') return completeTrigger(text.trigger, position, types);
  const caret = caretAt(block, text[block], position);
  if (caret === null) return [];
  const { suggestions, word } = suggestionsAt(text, block, caret, position, types);
  const start = word.start.toLowerCase();
  const found = new Map<string, Completion>();
  for (const suggestion of suggestions) {
    if (found.size >= maxCompletions) break;
    // The first one is meant by the name: the nearest.
    if (suggestion.label.toLowerCase().startsWith(start) && !found.has(suggestion.label))
      found.set(suggestion.label, { ...suggestion, replace: { from: word.from, to: word.to } });
  }
  return [...found.values()];
}

function completeTrigger(text: string, position: number, types: RuleTypes): readonly Completion[] {
  const start = normal(text.slice(0, position));
  return triggersOf(types)
    .filter(({ label }) => label.startsWith(start))
    .slice(0, maxCompletions)
    .map((suggestion) => ({ ...suggestion, replace: { from: 0, to: text.length } }));
}

const normal = (text: string) => text.slice(0, 200).trimStart().toLowerCase().replaceAll(/\s+/g, ' ');

/** All there are for a type of records. */
export function triggersOf(types: RuleTypes): readonly Suggestion[] {
  const fields = [...(types.types.get(types.record)?.fields ?? [])];
  return [...triggers].flatMap(([label, { documentation }]) => {
    if (label !== 'on field update') return [suggested(label, 'KEYWORD', 'trigger', documentation)];
    return fields.map(([name, field]) =>
      suggested(`on ${name.replaceAll('_', ' ')} update`, 'KEYWORD', nameOfShape(shapeOfField(field)), documentation),
    );
  });
}

interface Suggested {
  readonly suggestions: readonly Suggestion[];
  readonly word: { readonly from: number; readonly to: number; readonly start: string };
}

/** All that may stand where a word does, whatever its beginning. */
export function suggestionsAt(
  text: RuleText,
  block: Exclude<Block, 'trigger'>,
  caret: Caret,
  position: number,
  types: RuleTypes,
): Suggested {
  const draft = draftOf(text, block, position, types);
  const { before, word, within } = caret;
  if (within !== null) return withinQuoted(block, caret, text[block].slice(within.from, within.to), position, draft);
  if (caret.inSlot || block === 'condition') return { suggestions: inExpression(before, draft), word };
  // Labels are new names.
  if (before[1]?.tokenType !== symbols.Colon) return { suggestions: [], word };
  const line = before.slice(2);
  return { suggestions: block === 'expressions' ? inExpression(line, draft) : atSpot(spotInAction(line), draft), word };
}

function atSpot(spot: Spot, draft: Draft): readonly Suggestion[] {
  switch (spot.type) {
    case 'nothing':
      return [];
    case 'action':
      return wordsOf(['set', 'add', 'remove', 'clear', 'update', 'after', 'call', 'send']);
    case 'words':
      return wordsOf(spot.words);
    case 'field':
      return fieldsAt(spot, draft);
    case 'rule':
      return rulesOf(draft).map((rule) => ({ ...rule, insertText: quote(rule.label) }));
    case 'webhook':
      return [{ ...appWebhook, insertText: quote(appWebhook.label) }];
    case 'payload':
      return expressionsOf(draft).map((name) => ({ ...name, insertText: quote(name.label) }));
    case 'expression': {
      const { tokens, more, gets } = spot;
      const field =
        gets === undefined || tokens.length > 0 || gets.path.length !== 1
          ? undefined
          : targetFields(gets.target, draft)?.get(gets.path[0]?.image ?? '');
      const values = field?.type === 'choice' ? ofValues(field.values, gets?.path[0]?.image ?? '') : [];
      const inside = inExpression(tokens, draft);
      // At the beginning of an expression its own words come, behind a value those of the action.
      const continues = inside.some(({ label }) => label === 'and');
      return [...(continues || tokens.length === 0 ? wordsOf(more) : []), ...values, ...inside];
    }
  }
}

const wordsOf = (names: readonly string[]): readonly Suggestion[] =>
  names.flatMap((name) => {
    const known = actionWords.get(name) ?? operators.get(name);
    return known === undefined ? [] : fromCatalogue(new Map([[name, known]]), 'KEYWORD');
  });

function targetFields(target: readonly IToken[] | null, draft: Draft) {
  const { surroundings } = draft;
  const type = target === null ? surroundings.names.types.record : recordOf(draft.read(target));
  return type === null ? undefined : fieldsOf(type, surroundings);
}

/** Only what can be written. */
function fieldsAt({ target, path }: Extract<Spot, { type: 'field' }>, draft: Draft): readonly Suggestion[] {
  // Behind a dot stand the fields of an object, which nobody has described.
  if (path.length > 0) return [];
  return [...(targetFields(target, draft) ?? [])]
    .filter(([, { readOnly }]) => readOnly !== true)
    .map(([name, field]) => ofField(name, field));
}

const rulesOf = ({ surroundings }: Draft): readonly Suggestion[] =>
  [...(surroundings.names.types.rules ?? [])].map((name) => suggested(name, 'RULE', 'rule', 'A rule with the trigger “after delay”.'));
const expressionsOf = ({ surroundings: { all, known } }: Draft): readonly Suggestion[] =>
  [...all].map((name) => suggested(name, 'EXPRESSION', nameOfShape(known.get(name) ?? null), 'An expression of this rule.'));
const appWebhook = suggested('{app_offering_webhook}', 'VALUE', 'webhook', 'The webhook of the app that the rule belongs to.');

/** In the quotes of the name of a rule, of a webhook or of a payload. `inside` is what stands between them. */
function withinQuoted(block: Block, { before, within }: Caret, inside: string, position: number, draft: Draft): Suggested {
  const spot = block === 'actions' && before[1]?.tokenType === symbols.Colon ? spotInAction(before.slice(2)).type : 'nothing';
  const from = within?.from ?? position;
  const whole = { from, to: from + lineOf(inside).length, start: inside.slice(0, position - from) };
  switch (spot) {
    case 'rule':
      return { suggestions: rulesOf(draft).map((rule) => ({ ...rule, insertText: escaped(rule.label) })), word: whole };
    case 'webhook':
      return { suggestions: [appWebhook], word: whole };
    case 'payload': {
      const start = /[^\s,]*$/.exec(whole.start)?.[0] ?? '';
      const rest = /^\w*/.exec(inside.slice(position - from))?.[0] ?? '';
      return { suggestions: expressionsOf(draft), word: { from: position - start.length, to: position + rest.length, start } };
    }
    default:
      return { suggestions: [], word: { from: position, to: position, start: '' } };
  }
}

/** A text that is not closed yet goes to the end of the block, but is written in one line. */
const lineOf = (text: string) => /^[^\r\n]*/.exec(text)?.[0] ?? '';
