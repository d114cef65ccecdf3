export const languageErrorCodes = [
  'SYNTAX',
  'UNKNOWN_FILTER',
  'UNKNOWN_TEST',
  'UNKNOWN_FUNCTION',
  'UNKNOWN_OPERATOR',
  'ARGUMENTS',
  'TYPE',
  'TOO_DEEP',
  'TOO_LARGE',
  'TOO_COSTLY',
] as const;
export type LanguageErrorCode = (typeof languageErrorCodes)[number];

/** What is wrong with a text of ours, and where. The message is for its author. */
export class LanguageError extends Error {
  override readonly name = 'LanguageError';
  readonly code: LanguageErrorCode;
  /** Within the text, counted from 1. */
  readonly line: number;
  readonly column: number;
  /** Where the text stands in its JSON: `['headers', '0']`; empty for a text that stands alone. */
  readonly path: readonly string[];

  constructor(
    code: LanguageErrorCode,
    message: string,
    place: { readonly line: number; readonly column: number },
    path: readonly string[] = [],
  ) {
    super(message);
    this.code = code;
    this.line = place.line;
    this.column = place.column;
    this.path = path;
  }
}

/** A problem at an offset of a text whose line and place in JSON are added by whoever knows them. */
export class Fault extends Error {
  override readonly name = 'Fault';
  readonly code: LanguageErrorCode;
  readonly at: number;

  constructor(code: LanguageErrorCode, message: string, at: number) {
    super(message);
    this.code = code;
    this.at = at;
  }
}

/** A text of an author's in a message, which is not to become as long as the text. */
export function quoted(text: string): string {
  return `“${shortened(text, 64)}”`;
}

/** Whole characters. */
export function shortened(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most).replace(/[\ud800-\udbff]$/, '')}…`;
}

export function placeOf(text: string, at: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, at);
  const lineStart = before.lastIndexOf('\n') + 1;
  return { line: before.split('\n').length, column: at - lineStart + 1 };
}

/** The same for many offsets of one text. */
export function placesIn(text: string): (at: number) => { readonly line: number; readonly column: number } {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return (at) => {
    let [low, high] = [0, starts.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= at) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: at - (starts[low] ?? 0) + 1 };
  };
}

/** A text of an author's. */
export interface Source {
  readonly text: string;
  /** Where it stands in its JSON. */
  readonly path: readonly string[];
}

/** Turns a {@link Fault} in a text into an error that tells its place. */
export function located<T>({ text, path }: Source, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (error instanceof Fault) throw new LanguageError(error.code, error.message, placeOf(text, error.at), path);
    throw error;
  }
}
