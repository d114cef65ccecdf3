export type BuildLanguage = 'JAVASCRIPT' | 'TYPESCRIPT';

/** A package of the registry. In a request `version` is a version, a range or a tag; as resolved it is a version. */
export interface Dependency {
  readonly name: string;
  readonly version: string;
}

/** Code that others import as `actions:<name>`. */
export interface BuildModule {
  readonly name: string;
  readonly code: string;
  readonly language: BuildLanguage;
}

export interface BuildRequest {
  readonly code: string;
  readonly language: BuildLanguage;
  readonly dependencies: readonly Dependency[];
  readonly modules: readonly BuildModule[];
  /** Names under which a handler may be exported; none: the default export is called. */
  readonly handlers: readonly string[];
}

/** What can be wrong with what was asked; `docs/code.md` says what each means. */
export const buildErrorIds = [
  'syntax',
  'no_default_export',
  'no_handler',
  'import',
  'import_not_found',
  'undeclared_dependency',
  'unknown_module',
  'node_builtin',
  'unsupported_file',
  'invalid_dependency',
  'dependencies_off',
  'dependency_not_allowed',
  'dependency_not_found',
  'version_not_found',
  'dependency_refused',
  'too_large',
  'not_built',
] as const;
export type BuildErrorId = (typeof buildErrorIds)[number];

export interface BuildError {
  readonly id: BuildErrorId;
  readonly message: string;
  readonly url: string | null;
  /** In the author's own text, counted from 1; null where no place is known. */
  readonly line: number | null;
  readonly column: number | null;
}

export interface Built {
  readonly kind: 'built';
  /** One ES module. */
  readonly bundle: string;
  readonly sourceMap: string | null;
  /** The asked ones, as they were resolved. */
  readonly dependencies: readonly Dependency[];
}

/** It would fail again: what was asked must change. */
export interface Failed {
  readonly kind: 'failed';
  readonly errors: readonly BuildError[];
}

/** It may succeed another time. */
export interface Retry {
  readonly kind: 'retry';
  readonly message: string;
}

export type BuildOutcome = Built | Failed | Retry;

/** Most characters of a message: what packages are called and hold comes into it. */
const messageLength = 2_000;

const nowhere = { line: null, column: null } as const;

export function buildError(
  id: BuildErrorId,
  message: string,
  place: { readonly line: number | null; readonly column: number | null } = nowhere,
): BuildError {
  // PostgreSQL keeps neither NUL nor halves of surrogate pairs.
  const text = message.replace(/\0|\p{Surrogate}/gu, '\ufffd');
  return { id, message: text.length > messageLength ? `${text.slice(0, messageLength)}…` : text, url: null, ...place };
}

export function failed(...errors: readonly BuildError[]): Failed {
  return { kind: 'failed', errors };
}
