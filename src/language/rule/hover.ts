import { type Caret, caretAt } from './caret.js';
import { suggestionsAt, triggersOf } from './complete.js';
import { draftOf } from './draft.js';
import { RuleFault } from './rule-error.js';
import { meaningOf } from './scope.js';
import { nameOfShape, shapeOfField } from './shape.js';
import { suggested, type Suggestion, type SuggestionKind } from './suggest.js';
import type { Block, RuleText } from './syntax.js';
import { symbols } from './tokens.js';
import { parseTrigger, printTrigger } from './trigger.js';
import type { RuleTypes } from './world.js';

/** What stands at a position. */
export interface Hover {
  readonly name: string;
  readonly kind: SuggestionKind;
  /** Of a value its type, of a word of the language how it is written. */
  readonly type: string;
  readonly documentation: string;
  readonly range: { readonly from: number; readonly to: number };
}

/** Tells of the word at a position of a block, an offset in units of UTF-16; null where none is, or where it means nothing. */
export function hoverRule(text: RuleText, block: Block, position: number, types: RuleTypes): Hover | null {
  if (block === 'trigger') return hoverTrigger(text.trigger, types);
  // A word is met from its first character to behind its last one.
  const [caret = null] = [position, position + 1]
    .map((place) => caretAt(block, text[block], place))
    .filter((found) => found !== null && found.word.whole !== '');
  if (caret === null) return null;
  const { word } = caret;
  const found = meant(text, block, caret, types);
  if (found === null) return null;
  return {
    name: word.whole,
    kind: found.kind,
    type: found.detail,
    documentation: found.documentation,
    range: { from: word.from, to: word.to },
  };
}

function hoverTrigger(text: string, types: RuleTypes): Hover | null {
  try {
    const name = printTrigger(parseTrigger(text));
    const found = triggersOf(types).find(({ label }) => label === name);
    if (found === undefined) return null;
    return { name, kind: found.kind, type: found.detail, documentation: found.documentation, range: { from: 0, to: text.length } };
  } catch (error) {
    if (error instanceof RuleFault) return null;
    throw error;
  }
}

function meant(text: RuleText, block: Exclude<Block, 'trigger'>, caret: Caret, types: RuleTypes): Suggestion | null {
  const { whole, from } = caret.word;
  const { suggestions } = suggestionsAt(text, block, caret, from, types);
  // `1.day` is written without an s.
  const found = suggestions.find(({ label }) => label === whole) ?? suggestions.find(({ label }) => label === `${whole}s`);
  if (found !== undefined) return found;
  if (!caret.inSlot && block !== 'condition' && caret.before.length < 2)
    return block === 'expressions' ? labelOf(whole, text, types) : null;
  return caret.before.at(-1)?.tokenType === symbols.Dot ? null : named(whole, text, block, from, types);
}

function labelOf(name: string, text: RuleText, types: RuleTypes): Suggestion | null {
  const { known } = draftOf(text, 'condition', 0, types).surroundings;
  return known.has(name) ? suggested(name, 'EXPRESSION', nameOfShape(known.get(name) ?? null), 'An expression of this rule.') : null;
}

/** What is not suggested there, and still means something: a value beside another field, a field that cannot be written. */
function named(name: string, text: RuleText, block: Block, position: number, types: RuleTypes): Suggestion | null {
  const { names, known } = draftOf(text, block, position, types).surroundings;
  const meaning = meaningOf(name, (word) => known.has(word), names);
  if (meaning?.type === 'static') return suggested(name, 'VALUE', 'value', '');
  return meaning?.type === 'field'
    ? suggested(name, 'FIELD', nameOfShape(shapeOfField(meaning.field)), meaning.field.description ?? '')
    : null;
}
