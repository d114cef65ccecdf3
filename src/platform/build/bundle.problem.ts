import type { Location, Message } from 'esbuild';
import { type BuildError, type BuildErrorId, buildError, buildErrorIds } from './build.js';
import { builtinOf, namespaces, packageOfFile } from './bundle.files.js';

/** What the bundler found, for the author: places in the author's own text, packages by their names, no path of this machine. */
export function problemOf(message: Message): BuildError {
  const { location, text } = message;
  const origin = originOf(location);
  const known = idOf(message.detail);
  const place = origin.kind === 'package' || location === null ? undefined : placeOf(location);
  if (known !== null) return buildError(known, named(origin, text), place);
  const [, missing] = /^Could not resolve "(.*)"/s.exec(text) ?? [];
  if (missing !== undefined) return unresolved(missing, origin, place);
  if (origin.kind === 'package') return buildError('not_built', `The package "${origin.name}" cannot be bundled: ${text}`);
  if (text.startsWith('No matching export')) return buildError('import_not_found', named(origin, text), place);
  return buildError(location === null ? 'not_built' : 'syntax', named(origin, text), place);
}

type Origin = { readonly kind: 'action' } | { readonly kind: 'module' | 'package'; readonly name: string };
type Place = { readonly line: number; readonly column: number };

function originOf(location: Location | null): Origin {
  if (location === null) return { kind: 'action' };
  const { file } = location;
  if (file.startsWith(`${namespaces.module}:`)) return { kind: 'module', name: file.slice(namespaces.module.length + 1) };
  const name = packageOfFile(file);
  return name === null ? { kind: 'action' } : { kind: 'package', name };
}

function unresolved(specifier: string, origin: Origin, place: Place | undefined): BuildError {
  if (origin.kind !== 'package') return buildError('import_not_found', named(origin, `"${specifier}" is not there.`), place);
  const builtin = builtinOf(specifier);
  return builtin === null
    ? buildError('import_not_found', `The package "${origin.name}" imports "${specifier}", which is not there.`)
    : buildError('node_builtin', `The package "${origin.name}" needs "${builtin}" of Node, and code does not run in Node.`);
}

function named(origin: Origin, text: string): string {
  if (origin.kind === 'action') return text;
  return origin.kind === 'module' ? `In the module "${origin.name}": ${text}` : `In the package "${origin.name}": ${text}`;
}

/** The bundler counts columns in bytes, from 0. */
function placeOf({ line, column, lineText }: Location): Place {
  return { line, column: Buffer.from(lineText).subarray(0, column).toString().length + 1 };
}

function idOf(detail: unknown): BuildErrorId | null {
  if (typeof detail !== 'object' || detail === null || !('id' in detail)) return null;
  return buildErrorIds.find((id) => id === detail.id) ?? null;
}
