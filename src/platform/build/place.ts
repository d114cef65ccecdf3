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

/** Source maps that were read, by their texts. To read one takes tens of milliseconds, and code that fails does so often. */
const known = new Map<string, TraceMap>();
const mostKnown = 4;

function mapOf(sourceMap: string): TraceMap {
  const map = known.get(sourceMap) ?? new TraceMap(sourceMap);
  known.delete(sourceMap);
  known.set(sourceMap, map);
  const oldest = known.keys().next().value;
  if (known.size > mostKnown && oldest !== undefined) known.delete(oldest);
  return map;
}

/** Brings a place in a bundle back to the text that it was made of; null when it stands for none. */
export function placeInSource(sourceMap: string, line: number, column: number | null): SourcePlace | null {
  if (line < 1) return null;
  const found = originalPositionFor(mapOf(sourceMap), { line, column: Math.max((column ?? 1) - 1, 0) });
  if (found.source === null) return null;
  const file = found.source.startsWith(`${actionFile}:`) ? actionFile : found.source;
  return { file, line: found.line, column: found.column + 1 };
}
