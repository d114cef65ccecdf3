import { type IToken, tokenMatcher } from 'chevrotain';
import { type Line, linesIn } from './lines.js';
import { looseTokens, maxBlock } from './parse.js';
import { endOfSlot, readQuoted } from './quoted.js';
import { RuleFault } from './rule-error.js';
import type { Block } from './syntax.js';
import { categories, literals } from './tokens.js';

/** What stands before a position of a text that is being written, which need not be right. */
export interface Caret {
  /** The words and signs of the line before the word at the position, with its label. */
  readonly before: readonly IToken[];
  /** The word at the position: its beginning, its end and what of it stands before the position. Empty where none is. */
  readonly word: { readonly from: number; readonly to: number; readonly start: string; readonly whole: string };
  /** What the position is inside of, but for expressions: the quoted text that begins here. */
  readonly within: { readonly open: IToken; readonly from: number; readonly to: number } | null;
  /** Whether it is in a slot of a quoted text: then all that stands before it is an expression. */
  readonly inSlot: boolean;
}

export const isA = (token: IToken | undefined, type: IToken['tokenType']): boolean => token !== undefined && tokenMatcher(token, type);

const endOf = (token: IToken) => token.startOffset + token.image.length;

/** Longest part of a line outside of quotes in which a position is looked at; it takes some milliseconds. */
const maxBare = 8_000;

/** Null where nothing can be told: beyond the text, within a number, behind a quoted text. */
export function caretAt(block: Block, text: string, position: number): Caret | null {
  if (!Number.isInteger(position) || position < 0 || position > text.length || text.length > maxBlock) return null;
  const lines = linesIn(text);
  if (block === 'condition')
    return caretIn(block, text, { start: 0, end: text.length, bare: lines.reduce((sum, { bare }) => sum + bare, 0) }, position);
  const line = lines.find(({ start, end }) => start <= position && position <= end);
  return line === undefined
    ? { before: [], word: wordOf(null, position), within: null, inSlot: false }
    : caretIn(block, text, line, position);
}

function caretIn(block: Block, text: string, { start, end, bare }: Line, position: number): Caret | null {
  if (bare > maxBare) return null;
  const tokens = looseTokens(text.slice(start, end), start).filter(({ tokenType }) => tokenType !== literals.Newline);
  const at = firstFrom(tokens, position);
  const touched = tokens[at];
  const before = tokens.slice(0, at);
  if (touched === undefined || touched.startOffset >= position)
    return { before, word: wordOf(null, position), within: null, inSlot: false };
  if (isText(touched) && !(touched.tokenType === literals.Text && position === endOf(touched)))
    return inQuoted(block, before, touched, position);
  // Behind a number or a quoted text nothing can follow without a blank.
  return isWord(touched) ? { before, word: wordOf(touched, position), within: null, inSlot: false } : null;
}

const isText = ({ tokenType }: IToken) => tokenType === literals.Text || tokenType === literals.OpenText;
const isWord = (token: IToken) => isA(token, categories.Word) || token.tokenType === literals.Predicate;

function wordOf(token: IToken | null, position: number, shift = (offset: number) => offset): Caret['word'] {
  if (token === null) return { from: shift(position), to: shift(position), start: '', whole: '' };
  const { image, startOffset } = token;
  return { from: shift(startOffset), to: shift(endOf(token)), start: image.slice(0, position - startOffset), whole: image };
}

/** Where the first one stands that ends at the position or behind it. A word that ends there is still being written; a sign is not. */
function firstFrom(tokens: readonly IToken[], position: number): number {
  let [low, high] = [0, tokens.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const token = tokens[middle];
    const isBefore = token === undefined || endOf(token) < position || (endOf(token) === position && !isWritten(token));
    if (isBefore) low = middle + 1;
    else high = middle;
  }
  return low;
}

const isWritten = (token: IToken) => isWord(token) || isText(token) || token.tokenType === literals.NumberLiteral;

function inQuoted(block: Block, before: readonly IToken[], open: IToken, position: number): Caret | null {
  const closed = open.tokenType === literals.Text;
  const slot = block === 'actions' ? slotAt(open, closed, position) : null;
  if (slot !== null) return slot;
  return {
    before,
    word: { from: position, to: position, start: '', whole: '' },
    within: { open, from: open.startOffset + 1, to: closed ? endOf(open) - 1 : endOf(open) },
    inSlot: false,
  };
}

/** Within `{{ }}` stands an expression, its quotes and backslashes escaped once more. */
function slotAt(open: IToken, closed: boolean, position: number): Caret | null {
  const quoted = quotedOf(closed ? open.image : `${open.image}${open.image.charAt(0)}`, open.startOffset);
  if (quoted === null) return null;
  const { text, offsets, plain } = quoted;
  let place = offsets.findIndex((offset) => offset >= position);
  if (place < 0) place = text.length;
  for (let from = 0; ; ) {
    const start = text.indexOf('{{', from);
    if (start < 0 || start + 2 > place) return null;
    if (plain.has(start) || plain.has(start + 1)) {
      from = start + 1;
      continue;
    }
    const end = endOfSlot(text, start + 2);
    if (end >= 0 && end < place) {
      from = end + 2;
      continue;
    }
    const first = start + (text.charAt(start + 2) === '@' ? 3 : 2);
    return first > place
      ? null
      : inSlot(text.slice(first, end < 0 ? place : end), place - first, (offset) => offsets[first + offset] ?? position);
  }
}

function quotedOf(image: string, start: number) {
  try {
    return readQuoted(image, (index) => start + index);
  } catch (error) {
    if (error instanceof RuleFault) return null;
    throw error;
  }
}

function inSlot(text: string, position: number, shift: (offset: number) => number): Caret | null {
  const caret = caretIn('condition', text, { start: 0, end: text.length, bare: text.length }, position);
  if (caret?.within !== null) return null;
  const { word } = caret;
  const from = shift(word.from);
  // Behind the last character of the word: what follows may be written with a backslash.
  return { ...caret, word: { ...word, from, to: word.to === word.from ? from : shift(word.to - 1) + 1 }, inSlot: true };
}
