import type { IToken } from 'chevrotain';
import { isA } from './caret.js';
import { categories, literals, symbols, words } from './tokens.js';

/** What may be written at a place of a line. */
export type Spot =
  | { readonly type: 'nothing' | 'action' | 'rule' | 'payload' | 'webhook' }
  | { readonly type: 'words'; readonly words: readonly string[] }
  /** A field of the target; of the record itself where there is none. */
  | { readonly type: 'field'; readonly target: readonly IToken[] | null; readonly path: readonly IToken[] }
  | {
      readonly type: 'expression';
      readonly tokens: readonly IToken[];
      /** Words of the action that may follow a value. */
      readonly more: readonly string[];
      /** The field that gets the value. */
      readonly gets?: { readonly target: readonly IToken[] | null; readonly path: readonly IToken[] };
    };

const changeWords = ['set', 'add', 'remove', 'clear'];
const nothing: Spot = { type: 'nothing' };

/** Behind the label of an action. */
export function spotInAction(tokens: readonly IToken[]): Spot {
  const [first, second] = tokens;
  switch (first?.tokenType) {
    case undefined:
      return { type: 'action' };
    case words.Update: {
      const change = firstOf(tokens, [words.Set, words.Add, words.Remove, words.Clear], 2);
      if (change < 0) return { type: 'expression', tokens: tokens.slice(1), more: changeWords };
      return spotInChange(tokens.slice(change), tokens.slice(1, change));
    }
    case words.After: {
      const trigger = firstOf(tokens, [words.Trigger], 2);
      if (trigger < 0) return { type: 'expression', tokens: tokens.slice(1), more: ['trigger'] };
      return trigger === tokens.length - 1 ? { type: 'rule' } : nothing;
    }
    case words.Call:
      return (
        (
          [
            { type: 'words', words: ['webhook'] },
            { type: 'webhook' },
            { type: 'words', words: ['with'] },
            { type: 'words', words: ['payload'] },
            { type: 'payload' },
          ] as const
        )[tokens.length - 1] ?? nothing
      );
    case words.Send:
      if (second === undefined) return { type: 'words', words: ['email'] };
      return tokens.length === 2 ? { type: 'words', words: ['to'] } : spotInEmail(tokens.slice(3));
    default:
      return spotInChange(tokens, null);
  }
}

function spotInEmail(tokens: readonly IToken[]): Spot {
  const subject = firstOf(tokens, [words.Subject], 1);
  if (subject < 0) return { type: 'expression', tokens, more: ['subject'] };
  return tokens.length === subject + 2 ? { type: 'words', words: ['body'] } : nothing;
}

function spotInChange(tokens: readonly IToken[], target: readonly IToken[] | null): Spot {
  const [first, ...rest] = tokens;
  switch (first?.tokenType) {
    case words.Set: {
      const length = lengthOfField(rest);
      const path = rest.slice(0, length);
      if (path.length === 0 || endsOpen(path)) return { type: 'field', target, path };
      // What is set may follow without a sign between them.
      if (length === rest.length) return { type: 'expression', tokens: [], more: ['='], gets: { target, path } };
      const value = rest.slice(rest[length]?.tokenType === symbols.Equal ? length + 1 : length);
      return { type: 'expression', tokens: value, more: [], gets: { target, path } };
    }
    case words.Add:
      if (rest[0]?.tokenType === words.Note && (rest.length === 1 || rest[1]?.tokenType === literals.Text)) return nothing;
      return spotOfMember(rest, words.To, target, rest.length === 0 ? ['note'] : ['to']);
    case words.Remove:
      return spotOfMember(rest, words.From, target, ['from']);
    case words.Clear:
      return rest.length === 0 || endsOpen(rest) ? { type: 'field', target, path: rest } : nothing;
    default:
      return nothing;
  }
}

function spotOfMember(
  tokens: readonly IToken[],
  type: IToken['tokenType'],
  target: readonly IToken[] | null,
  more: readonly string[],
): Spot {
  const word = firstOf(tokens, [type], 1);
  if (word < 0) return { type: 'expression', tokens, more };
  const path = tokens.slice(word + 1);
  return path.length === 0 || endsOpen(path) ? { type: 'field', target, path } : nothing;
}

const endsOpen = (tokens: readonly IToken[]) => tokens.at(-1)?.tokenType === symbols.Dot;

/** How many words and signs name a field: `custom_fields.badge` is three. */
function lengthOfField(tokens: readonly IToken[]): number {
  if (!isA(tokens[0], categories.Name)) return 0;
  let length = 1;
  while (tokens[length]?.tokenType === symbols.Dot) {
    if (!isA(tokens[length + 1], categories.Word)) return length + 1;
    length += 2;
  }
  return length;
}

/** Whether a value ends here, so that what follows goes on with it. */
export function endsValue(tokens: readonly IToken[], index: number): boolean {
  const token = tokens[index];
  if (token === undefined) return false;
  if (isA(token, categories.Word) && tokens[index - 1]?.tokenType === symbols.Dot) return true;
  return isA(token, categories.Name) || ending.has(token.tokenType);
}

const ending: ReadonlySet<IToken['tokenType']> = new Set([
  literals.Text,
  literals.NumberLiteral,
  literals.Pattern,
  literals.Predicate,
  words.True,
  words.False,
  words.Nil,
  symbols.CloseParen,
  symbols.CloseBracket,
]);

/** The first of some words that stands behind a value and in no brackets: elsewhere it is a name. */
function firstOf(tokens: readonly IToken[], types: readonly IToken['tokenType'][], from: number): number {
  let depth = 0;
  for (const [i, token] of tokens.entries()) {
    if (isOpening(token)) depth++;
    else if (isClosing(token)) depth--;
    else if (i >= from && depth === 0 && types.includes(token.tokenType) && endsValue(tokens, i - 1)) return i;
  }
  return -1;
}

export const isOpening = ({ tokenType }: IToken) => tokenType === symbols.OpenParen || tokenType === symbols.OpenBracket;
export const isClosing = ({ tokenType }: IToken) => tokenType === symbols.CloseParen || tokenType === symbols.CloseBracket;
