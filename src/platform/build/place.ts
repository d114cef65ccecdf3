import { originalPositionFor, TraceMap } from '@jridgewell/trace-mapping';

/** A place in a text that somebody wrote, counted from 1. */
export interface SourcePlace {
  /** `action` for the code of the action itself, `actions:<key>` for a module, else a file of a package. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** The name of the action's own code in source maps. */
export const actionFile = 'action';

/** Brings a place in a bundle back to the text that it was made of; null when it stands for none. */
export function placeInSource(sourceMap: string, line: number, column: number | null): SourcePlace | null {
  if (line < 1) return null;
  const found = originalPositionFor(new TraceMap(sourceMap), { line, column: Math.max((column ?? 1) - 1, 0) });
  if (found.source === null) return null;
  const file = found.source.startsWith(`${actionFile}:`) ? actionFile : found.source;
  return { file, line: found.line, column: found.column + 1 };
}
