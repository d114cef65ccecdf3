import { lstat, readFile, realpath } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { dirname, extname, isAbsolute, relative, resolve, sep } from 'node:path';
import type { Loader, OnLoadResult, OnResolveArgs, OnResolveResult, PartialMessage, Plugin } from 'esbuild';
import type { BuildErrorId, BuildLanguage, BuildRequest } from './build.js';
import { packageOf } from './dependency.js';
import { actionFile } from './place.js';

/** Namespaces of what comes from the request instead of a file. */
export const namespaces = { action: actionFile, module: 'actions' } as const;

/** What an import of a package may bring into a bundle, and how it is read. */
const loaders: Readonly<Record<string, Loader>> = {
  '.js': 'js',
  '.cjs': 'js',
  '.mjs': 'js',
  '.jsx': 'jsx',
  '.ts': 'ts',
  '.cts': 'ts',
  '.mts': 'ts',
  '.tsx': 'tsx',
  '.json': 'json',
};

const builtins = new Set(builtinModules);

/** `fs` of `fs`, `node:fs` and `node:fs/promises`; null when Node has no such part. */
export function builtinOf(specifier: string): string | null {
  if (specifier.startsWith('node:')) return specifier.slice('node:'.length);
  return builtins.has(specifier) ? specifier : null;
}

/** The bundler keeps it with the error that it makes of the message. */
export interface Detail {
  readonly id: BuildErrorId;
}

export interface Confinement {
  readonly request: BuildRequest;
  /** What the bundler may read: where the dependencies are installed. */
  readonly folder: string;
  /** Larger files make no bundle that is small enough. */
  readonly fileBytes: number;
}

/**
 * Code comes from the request, packages from their folder, and nothing from anywhere else. The bundler itself finds the files of packages;
 * whatever it finds, and however it was led there (a link, a field of package.json, an import), its content passes through here.
 */
export function confinedFiles({ request, folder, fileBytes }: Confinement): Plugin {
  const declared = new Set(request.dependencies.map(({ name }) => name));
  const modules = new Map(request.modules.map((module) => [module.name, module]));

  function resolveImport(args: OnResolveArgs): OnResolveResult | undefined {
    if (args.kind === 'entry-point') return { path: 'code', namespace: namespaces.action };
    return args.namespace === 'file' ? ofPackage(args) : ofAuthor(args);
  }

  function ofAuthor({ path, with: attributes }: OnResolveArgs): OnResolveResult | undefined {
    if (path.startsWith('actions:')) {
      const key = path.slice('actions:'.length);
      if (modules.has(key)) return { path: key, namespace: namespaces.module };
      return refused('unknown_module', `The module "${key}" is not among the modules of this action: add it, or remove this import.`);
    }
    const type = attributes['type'];
    if (type !== undefined && type !== 'json')
      return refused('unsupported_file', `Nothing can be imported as ${JSON.stringify(type)}, only code and JSON.`);
    const name = packageOf(path);
    const builtin = builtinOf(path);
    if (builtin !== null && (name === null || !declared.has(name)))
      return refused('node_builtin', `Code does not run in Node: it has no module "${builtin}".`);
    if (name === null)
      return refused('import_not_found', `"${path}" cannot be imported: import packages by their names, modules as actions:<key>.`);
    if (declared.has(name)) return undefined;
    return refused('undeclared_dependency', `Add "${name}" to the dependencies of this action, or remove this import.`);
  }

  function ofPackage({ path, resolveDir }: OnResolveArgs): OnResolveResult | undefined {
    const address = /^(?:[a-z]+:)?\/\//i.test(path) || path.startsWith('file:');
    const outside = isAbsolute(path) || (path.startsWith('.') && !isInside(folder, resolve(resolveDir, path)));
    return address || outside ? refused('import_not_found', outsideMessage) : undefined;
  }

  async function loadFile(path: string): Promise<OnLoadResult> {
    const real = await realpath(path);
    if (!isInside(folder, real)) return refused('import_not_found', outsideMessage);
    const file = await lstat(real);
    if (!file.isFile()) return refused('import_not_found', outsideMessage);
    if (file.size > fileBytes) return refused('too_large', `A file of a dependency is larger than ${String(fileBytes)} bytes.`);
    const loader = loaders[extname(real)];
    if (loader === undefined)
      return refused('unsupported_file', `A dependency imports a file ${JSON.stringify(extname(real))}, which is neither code nor JSON.`);
    return { contents: withoutMap(await readFile(real, 'utf8')), loader, resolveDir: dirname(real) };
  }

  return {
    name: 'confined files',
    setup(build) {
      build.onResolve({ filter: /.*/ }, resolveImport);
      build.onLoad({ filter: /.*/, namespace: namespaces.action }, () => authored(request.code, request.language));
      build.onLoad({ filter: /.*/, namespace: namespaces.module }, ({ path }) => {
        const module = modules.get(path);
        return module === undefined ? refused('unknown_module', `There is no module "${path}".`) : authored(module.code, module.language);
      });
      build.onLoad({ filter: /.*/, namespace: 'file' }, ({ path }) => loadFile(path));
    },
  };

  function authored(code: string, language: BuildLanguage): OnLoadResult {
    return { contents: withoutMap(code), loader: language === 'TYPESCRIPT' ? 'ts' : 'js', resolveDir: folder };
  }
}

const outsideMessage = 'A dependency imports something that does not belong to it or to another package.';

/** The bundler would read the source map that a comment names, wherever it is, and put it into the bundle's own. As long as before. */
function withoutMap(text: string): string {
  return text.replace(/(\/[/*][#@] sourceMappingURL)=/g, '$1:');
}

function refused(id: BuildErrorId, text: string): { errors: PartialMessage[] } {
  return { errors: [{ text, detail: { id } satisfies Detail }] };
}

export function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/** The package that a file belongs to: `node_modules/@scope/name/index.js` or `node_modules/a/node_modules/b/b.js`. */
export function packageOfFile(path: string): string | null {
  const at = path.lastIndexOf('node_modules/');
  return at === -1 ? null : packageOf(path.slice(at + 'node_modules/'.length));
}
