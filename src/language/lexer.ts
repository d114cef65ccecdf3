import { Fault } from './language-error.js';

export type Token =
  | { readonly type: 'name'; readonly at: number; readonly text: string }
  | { readonly type: 'number'; readonly at: number; readonly value: number; readonly text: string }
  | { readonly type: 'string'; readonly at: number; readonly value: string }
  | { readonly type: 'symbol'; readonly at: number; readonly text: string }
  | { readonly type: 'end'; readonly at: number };

export interface Lexed {
  readonly tokens: readonly Token[];
  /** Where the text goes on: after the closing braces of a slot, else its length. */
  readonly end: number;
}

const symbols = /==|!=|<=|>=|\*\*|\/\/|[<>+\-*/%~|.,:=()[\]{}]/y;
const names = /[\p{ID_Start}_$][\p{ID_Continue}$]*/uy;
const numbers = /\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const spaces = /\s+/y;

/**
 * Reads tokens from `start`. A slot ends at the first `}}` outside brackets and texts; a text that stands alone ends where it ends.
 */
export function lex(text: string, start: number, kind: 'slot' | 'whole'): Lexed {
  const tokens: Token[] = [];
  let at = start;
  let depth = 0;
  const match = (pattern: RegExp): string | null => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0] ?? null;
  };
  for (;;) {
    at += match(spaces)?.length ?? 0;
    if (at >= text.length) {
      if (kind === 'slot') throw new Fault('SYNTAX', 'The slot that opens with {{ is not closed by }}.', start);
      tokens.push({ type: 'end', at });
      return { tokens, end: at };
    }
    if (kind === 'slot' && depth === 0 && text.startsWith('}}', at)) {
      tokens.push({ type: 'end', at });
      return { tokens, end: at + 2 };
    }
    const char = text.charAt(at);
    if (char === "'" || char === '"') {
      const { value, end } = readString(text, at);
      tokens.push({ type: 'string', at, value });
      at = end;
      continue;
    }
    const number = match(numbers);
    if (number !== null) {
      // `a.0.b`: after a dot, a number is an index and the next dot another step.
      const last = tokens.at(-1);
      const digits = last?.type === 'symbol' && last.text === '.' ? (/^\d+/.exec(number)?.[0] ?? number) : number;
      if (!Number.isFinite(Number(digits))) throw new Fault('SYNTAX', 'The number is too large.', at);
      tokens.push({ type: 'number', at, value: Number(digits), text: digits });
      at += digits.length;
      continue;
    }
    const name = match(names);
    if (name !== null) {
      tokens.push({ type: 'name', at, text: name });
      at += name.length;
      continue;
    }
    const symbol = match(symbols);
    if (symbol === null)
      throw new Fault('SYNTAX', `${JSON.stringify(String.fromCodePoint(text.codePointAt(at) ?? 0))} has no meaning here.`, at);
    if ('([{'.includes(symbol)) depth++;
    if (')]}'.includes(symbol)) depth--;
    tokens.push({ type: 'symbol', at, text: symbol });
    at += symbol.length;
  }
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', '\\': '\\', "'": "'", '"': '"' };

export function readString(text: string, start: number): { readonly value: string; readonly end: number } {
  const quote = text.charAt(start);
  let value = '';
  let at = start + 1;
  for (;;) {
    if (at >= text.length) throw new Fault('SYNTAX', `The text that opens with ${quote} is not closed.`, start);
    const char = text.charAt(at);
    if (char === quote) break;
    if (char !== '\\') {
      value += char;
      at++;
      continue;
    }
    const next = text.charAt(at + 1);
    const code = /^\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2}))/.exec(text.slice(at, at + 6));
    if (code !== null) {
      value += String.fromCharCode(Number.parseInt(code[1] ?? code[2] ?? '', 16));
      at += code[0].length;
    } else {
      // A backslash before anything else stays, as in Jinja.
      value += escapes[next] ?? `\\${next}`;
      at += 2;
    }
  }
  if (/\0|\p{Surrogate}/u.test(value)) throw new Fault('SYNTAX', 'A text may hold neither NUL nor half of a surrogate pair.', start);
  return { value, end: at + 1 };
}
