import { RuleFault } from './rule-error.js';

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '\\': '\\', "'": "'", '"': '"', '{': '{' };

/** Text with the offset in the block that each of its characters was written at. */
export interface Placed {
  readonly text: string;
  readonly offsets: readonly number[];
}

export type Quoted = Placed & {
  /** Offsets within the text at which a brace was written `\{`, which opens no slot. */
  readonly plain: ReadonlySet<number>;
};

/** Reads a quoted text, given with its quotes. `offsetOf` tells where its characters stand in the block. */
export function readQuoted(image: string, offsetOf: (index: number) => number): Quoted {
  const offsets: number[] = [];
  const plain = new Set<number>();
  let text = '';
  for (let i = 1; i < image.length - 1; i++) {
    const start = i;
    let char = image.charAt(i);
    if (char === '\\') {
      const next = image.charAt(++i);
      // A backslash before anything else stays.
      char = escapes[next] ?? `\\${next}`;
      if (next === '{') plain.add(text.length);
    }
    const offset = offsetOf(start);
    while (offsets.length < text.length + char.length) offsets.push(offset);
    text += char;
  }
  if (/\0|\p{Surrogate}/u.test(text))
    throw new RuleFault('SYNTAX', 'A text may hold neither NUL nor half of a surrogate pair.', offsetOf(0));
  return { text, offsets, plain };
}

/** Literal text, and between it what stands within `{{ }}`. */
export type Part = string | { readonly mention: boolean; readonly inside: Placed; readonly at: number };

/** Splits a text of an action at its slots. */
export function splitSlots(quoted: Quoted): readonly Part[] {
  const { text, offsets, plain } = quoted;
  const parts: Part[] = [];
  let literal = 0;
  for (let from = 0; ; ) {
    const open = text.indexOf('{{', from);
    if (open < 0) break;
    if (plain.has(open) || plain.has(open + 1)) {
      from = open + 1;
      continue;
    }
    const at = offsets[open] ?? 0;
    const close = endOfSlot(text, open + 2);
    if (close < 0) throw new RuleFault('SYNTAX', 'The slot that opens with {{ is not closed by }}.', at);
    if (open > literal) parts.push(text.slice(literal, open));
    const mention = text.charAt(open + 2) === '@';
    const start = open + (mention ? 3 : 2);
    parts.push({ mention, inside: { text: text.slice(start, close), offsets: offsets.slice(start, close + 1) }, at });
    literal = from = close + 2;
  }
  if (literal < text.length || parts.length === 0) parts.push(text.slice(literal));
  return parts;
}

/** Where `}}` stands outside the quoted texts of a slot. */
export function endOfSlot(text: string, start: number): number {
  let quote = '';
  for (let i = start; i < text.length; i++) {
    const char = text.charAt(i);
    if (quote !== '') {
      if (char === '\\') i++;
      else if (char === quote) quote = '';
    } else if (char === '"' || char === "'") quote = char;
    else if (char === '}' && text.charAt(i + 1) === '}') return i;
  }
  return -1;
}

export function quote(text: string): string {
  return `'${escaped(text)}'`;
}

export function escaped(text: string): string {
  return text.replace(/[\\']/g, '\\$&');
}

/** As literal text of an action: what follows may be a slot, so that no brace at its end may stay bare. */
export function escapedLiteral(text: string): string {
  return escaped(text).replace(/\{(?=\{|$)/g, '\\{');
}
