import { type BuildError, buildError, type Dependency } from './build.js';

/** What an operator says of the packages that code may use. */
export interface DependencyRules {
  readonly on: boolean;
  /** Names, `@scope/*`, or `*` for all. */
  readonly allowed: readonly string[];
}

const namePart = '[A-Za-z0-9~-][A-Za-z0-9._~-]*';
const name = new RegExp(`^(?:@${namePart}/)?${namePart}$`);
/** npm's own limit. */
const nameLength = 214;
/** A version, a range or a tag. No colon and no slash: npm would read an address, a repository, a folder or another name. */
const version = /^[A-Za-z0-9^~<>=*|][A-Za-z0-9.^~<>=*|_+ -]{0,99}$/;
/** These npm reads as files, whatever is before them. */
const archive = /\.(?:tgz|tar|tar\.gz)$/i;

export function isPackageName(text: string): boolean {
  return text.length <= nameLength && name.test(text);
}

/** The package of `lodash/fp` or `@scope/name/part`; null when the text names none. */
export function packageOf(specifier: string): string | null {
  const [, scope, first] = /^(@[^/]*\/)?([^/]+)/.exec(specifier) ?? [];
  const named = `${scope ?? ''}${first ?? ''}`;
  return isPackageName(named) ? named : null;
}

/** `@scope/*` and `*` are the only patterns. */
export function isAllowed(packageName: string, allowed: readonly string[]): boolean {
  return allowed.some(
    (entry) => entry === '*' || entry === packageName || (entry.endsWith('/*') && packageName.startsWith(entry.slice(0, -1))),
  );
}

/** Why nothing of it is installed; none: all of it may be. */
export function dependencyProblems(dependencies: readonly Dependency[], { on, allowed }: DependencyRules): BuildError[] {
  if (dependencies.length > 0 && !on)
    return [buildError('dependencies_off', 'This installation does not let code use packages: remove the dependencies.')];
  const seen = new Set<string>();
  return dependencies.flatMap((dependency) => {
    const problem = problemOf(dependency, allowed) ?? (seen.has(dependency.name) ? twice(dependency) : null);
    seen.add(dependency.name);
    return problem === null ? [] : [problem];
  });
}

function problemOf(dependency: Dependency, allowed: readonly string[]): BuildError | null {
  if (!isPackageName(dependency.name)) return buildError('invalid_dependency', `${shown(dependency.name)} is no name of a package.`);
  if (!version.test(dependency.version) || archive.test(dependency.version))
    return buildError(
      'invalid_dependency',
      `${shown(dependency.version)} is no version of "${dependency.name}": give a version (1.2.3), a range (^1.2.0) or a tag (latest).`,
    );
  if (!isAllowed(dependency.name, allowed))
    return buildError('dependency_not_allowed', `The package "${dependency.name}" is not among those that this installation allows.`);
  return null;
}

function twice({ name: twiceNamed }: Dependency): BuildError {
  return buildError('invalid_dependency', `The package "${twiceNamed}" is there twice.`);
}

function shown(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
}
