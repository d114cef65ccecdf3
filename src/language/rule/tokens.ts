import { createToken, Lexer, type TokenType } from 'chevrotain';

/** Longest pattern, in characters with its slashes. It also bounds how far the lexer looks for its end. */
export const maxPattern = 258;

/** Any word: after a dot, all of them are names of fields. */
const Word = createToken({ name: 'Word', pattern: Lexer.NA, label: 'a word' });
/** A word that may name an expression, a field or a value. */
const Name = createToken({ name: 'Name', pattern: Lexer.NA, label: 'a name', categories: [Word] });
const CompareOperator = createToken({ name: 'CompareOperator', pattern: Lexer.NA, label: 'a comparison' });
const SumOperator = createToken({ name: 'SumOperator', pattern: Lexer.NA, label: '+ or -' });
const ProductOperator = createToken({ name: 'ProductOperator', pattern: Lexer.NA, label: '*, / or %' });

const Identifier = createToken({ name: 'Identifier', pattern: /[A-Za-z_][A-Za-z0-9_]*/, label: 'a name', categories: [Name] });
/** A function whose name ends in a question mark: only these, so that `ready? a : b` is a choice. */
const Predicate = createToken({ name: 'Predicate', pattern: /(?:empty|blank|present|include)\?/, label: 'a function' });

const symbol = (name: string, pattern: string, categories: TokenType[] = []) => createToken({ name, pattern, label: pattern, categories });
const word = (text: string, categories: TokenType[]) =>
  createToken({ name: `Word_${text}`, pattern: text, label: text, longer_alt: Identifier, categories });
const reserved = (text: string) => word(text, [Word]);
const compare = (text: string) => word(text, [Word, CompareOperator]);
/** Has a meaning in actions, and is a name elsewhere. */
const soft = (text: string) => word(text, [Name]);

const Newline = createToken({ name: 'Newline', pattern: /\r\n|\n|\r/, label: 'the end of the line' });
const Blank = createToken({ name: 'Blank', pattern: /[ \t\f\v\u00a0\ufeff]+/, group: Lexer.SKIPPED });
const Text = createToken({ name: 'Text', pattern: /'(?:[^'\\]|\\[\s\S])*'|"(?:[^"\\]|\\[\s\S])*"/, label: 'a quoted text' });
/** Takes the rest, so that it is looked for once. */
const OpenText = createToken({ name: 'OpenText', pattern: /['"][\s\S]*/ });
const NumberLiteral = createToken({ name: 'NumberLiteral', pattern: /\d+(?:\.\d+)?/, label: 'a number' });

const words = {
  Or: reserved('or'),
  And: reserved('and'),
  Not: reserved('not'),
  Then: reserved('then'),
  Else: reserved('else'),
  True: reserved('true'),
  False: reserved('false'),
  Nil: reserved('nil'),
  NotIn: compare('not_in'),
  In: compare('in'),
  Contains: compare('contains'),
  StartsWith: compare('starts_with'),
  EndsWith: compare('ends_with'),
  Update: soft('update'),
  After: soft('after'),
  Trigger: soft('trigger'),
  Call: soft('call'),
  Webhook: soft('webhook'),
  With: soft('with'),
  Payload: soft('payload'),
  Send: soft('send'),
  Email: soft('email'),
  To: soft('to'),
  Subject: soft('subject'),
  Body: soft('body'),
  Set: soft('set'),
  Add: soft('add'),
  Note: soft('note'),
  Remove: soft('remove'),
  From: soft('from'),
  Clear: soft('clear'),
  First: soft('first'),
  Last: soft('last'),
};

const symbols = {
  Matches: symbol('Matches', '=~', [CompareOperator]),
  NotEqual: symbol('NotEqual', '!=', [CompareOperator]),
  LessEqual: symbol('LessEqual', '<=', [CompareOperator]),
  GreaterEqual: symbol('GreaterEqual', '>=', [CompareOperator]),
  Holds: symbol('Holds', '*=', [CompareOperator]),
  Equal: symbol('Equal', '=', [CompareOperator]),
  Less: symbol('Less', '<', [CompareOperator]),
  Greater: symbol('Greater', '>', [CompareOperator]),
  Bang: symbol('Bang', '!'),
  Plus: symbol('Plus', '+', [SumOperator]),
  Minus: symbol('Minus', '-', [SumOperator]),
  Times: symbol('Times', '*', [ProductOperator]),
  Divide: symbol('Divide', '/', [ProductOperator]),
  Modulo: symbol('Modulo', '%', [ProductOperator]),
  Dot: symbol('Dot', '.'),
  Comma: symbol('Comma', ','),
  Colon: symbol('Colon', ':'),
  Question: symbol('Question', '?'),
  OpenParen: symbol('OpenParen', '('),
  CloseParen: symbol('CloseParen', ')'),
  OpenBracket: symbol('OpenBracket', '['),
  CloseBracket: symbol('CloseBracket', ']'),
};

/** Where a slash begins a pattern: where nothing stands that it could divide. */
const beforePattern: ReadonlySet<TokenType> = new Set([symbols.Matches, symbols.OpenParen, symbols.Comma]);

const Pattern = createToken({
  name: 'Pattern',
  label: 'a pattern',
  start_chars_hint: ['/'],
  line_breaks: false,
  pattern: (text, start, before): [string] | null => {
    const last = before.at(-1);
    if (text.charAt(start) !== '/' || last === undefined || !beforePattern.has(last.tokenType)) return null;
    const end = endOfPattern(text, start + 1);
    return end < 0 ? null : [text.slice(start, end + 1)];
  },
});

const code = { newline: 10, return: 13, slash: 47, open: 91, backslash: 92, close: 93 } as const;

/** The last character of the pattern that begins before `start`; -1 where it is none. */
export function endOfPattern(text: string, start: number): number {
  let isInClass = false;
  const last = Math.min(text.length, start + maxPattern);
  // In codes: a text of slashes is looked through from each of them.
  for (let i = start; i < last; i++)
    switch (text.charCodeAt(i)) {
      case code.newline:
      case code.return:
        return -1;
      case code.backslash:
        i++;
        break;
      case code.open:
        isInClass = true;
        break;
      case code.close:
        isInClass = false;
        break;
      case code.slash:
        if (!isInClass) return i === start ? -1 : i;
    }
  return -1;
}

export const categories = { Word, Name, CompareOperator, SumOperator, ProductOperator };
export const literals = { Identifier, Predicate, Newline, Blank, Text, OpenText, NumberLiteral, Pattern };
export { symbols, words };

/** In the order in which they are tried. */
export const tokenTypes: TokenType[] = [
  Blank,
  Newline,
  Text,
  OpenText,
  NumberLiteral,
  Predicate,
  // The long ones first: what begins with `not` and is longer would else be taken for an identifier.
  ...Object.values(words).sort((a, b) => b.name.length - a.name.length),
  Identifier,
  Pattern,
  ...Object.values(symbols),
  ...Object.values(categories),
];
