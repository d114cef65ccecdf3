import { endOfPattern } from './tokens.js';

/** A line of a block that need not be right. */
export interface Line {
  readonly start: number;
  readonly end: number;
  /** How much of it stands outside of quotes. */
  readonly bare: number;
}

/**
 * The lines of a block, in one pass: words and signs would take a hundred times as long. A quoted text goes over several lines; one that
 * is not closed ends where a line begins like a line of its own.
 */
export function linesIn(text: string): readonly Line[] {
  const lines: Line[] = [];
  let [start, quoted] = [0, 0];
  const close = (end: number) => {
    if (text.slice(start, end).trim() !== '') lines.push({ start, end, bare: end - start - quoted });
    quoted = 0;
  };
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i);
    if (char === '\n' || char === '\r') {
      close(i);
      start = i + 1;
    } else if (char === '"' || char === "'") {
      const end = endOfQuoted(text, i);
      quoted += end - i;
      i = end;
    } else if (char === '/' && /(?:[(,]|=~)\s*$/.test(text.slice(Math.max(start, i - 20), i))) {
      const end = endOfPattern(text, i + 1);
      if (end > 0) i = end;
    }
  }
  close(text.length);
  return lines;
}

/** The closing quote, or the last character that belongs to a text without one. */
function endOfQuoted(text: string, open: number): number {
  const quote = text.charAt(open);
  let fresh = -1;
  for (let i = open + 1; i < text.length; i++) {
    const char = text.charAt(i);
    if (char === '\\') i++;
    else if (char === quote) return i;
    else if (fresh < 0 && char === '\n' && label.test(text.slice(i + 1, i + 200))) fresh = i - 1;
  }
  return fresh < 0 ? text.length - 1 : fresh;
}

const label = /^[ \t]*[A-Za-z_][A-Za-z0-9_]*[ \t]*:/;

/** The name that a line begins with, and where its value does. */
export function labelOf(text: string, { start, end }: Line): { readonly name: string; readonly value: number } | null {
  const found = label.exec(text.slice(start, Math.min(end, start + 200)))?.[0];
  return found === undefined ? null : { name: found.slice(0, -1).trim(), value: start + found.length };
}
