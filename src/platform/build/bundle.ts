import { type BuildContext, type BuildFailure, type BuildOptions, type BuildResult, context } from 'esbuild';
import { type BuildError, buildError, type BuildRequest, type Failed, failed, type Retry } from './build.js';
import { confinedFiles, namespaces } from './bundle.files.js';
import { problemOf } from './bundle.problem.js';

export interface BundleLimits {
  readonly bundleBytes: number;
  readonly ms: number;
}

export interface Bundled {
  readonly kind: 'bundled';
  readonly bundle: string;
  readonly sourceMap: string | null;
}

/** Most errors that an author is told of. */
const mostErrors = 20;
/** How much more than its bundle may hold a file of a package may have, and a bundle's source map. */
const slack = 10;

/** Makes one ES module for the sandbox. `folder`: an absolute path without links; the dependencies are in its `node_modules`. */
export async function bundle(
  request: BuildRequest,
  folder: string,
  limits: BundleLimits,
  signal: AbortSignal,
): Promise<Bundled | Failed | Retry> {
  const late = AbortSignal.timeout(limits.ms);
  const stop = AbortSignal.any([signal, late]);
  try {
    const result = await bundled(request, folder, limits, stop);
    const problem = handlerProblem(request, result);
    return problem === null ? bundledOf(result, limits) : failed(problem);
  } catch (error) {
    signal.throwIfAborted();
    if (late.aborted) return { kind: 'retry', message: `The bundler took longer than ${String(limits.ms)} ms.` };
    if (!isBuildFailure(error)) return { kind: 'retry', message: 'The bundler failed.' };
    return failed(...unique(error.errors.map(problemOf)).slice(0, mostErrors));
  }
}

type Result = BuildResult<{ write: false; metafile: true }>;

async function bundled(request: BuildRequest, folder: string, limits: BundleLimits, stop: AbortSignal): Promise<Result> {
  stop.throwIfAborted();
  const options = {
    entryPoints: ['code'],
    outfile: `${folder}/bundle.js`,
    absWorkingDir: folder,
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    // Of what packages offer, this is nearest to the sandbox: no Node, standard globals.
    platform: 'browser',
    conditions: ['browser', 'module'],
    mainFields: ['browser', 'module', 'main'],
    target: 'es2023',
    charset: 'utf8',
    legalComments: 'none',
    sourcemap: 'external',
    sourcesContent: false,
    define: { 'process.env.NODE_ENV': '"production"', global: 'globalThis' },
    // Given here, no tsconfig.json of any folder is looked for.
    tsconfigRaw: '{}',
    nodePaths: [],
    logLevel: 'silent',
    logLimit: mostErrors,
    plugins: [confinedFiles({ request, folder, fileBytes: limits.bundleBytes * slack })],
  } as const satisfies BuildOptions;
  const bundler: BuildContext<typeof options> = await context(options);
  const onAbort = (): void => void bundler.cancel().catch(() => undefined);
  stop.addEventListener('abort', onAbort, { once: true });
  try {
    return await bundler.rebuild();
  } finally {
    stop.removeEventListener('abort', onAbort);
    await bundler.dispose();
  }
}

/** What CommonJS exports shows when it runs; ES modules say it before. */
function handlerProblem({ code, handlers }: BuildRequest, { metafile }: Result): BuildError | null {
  const own = Object.entries(metafile.inputs).find(([file]) => file.startsWith(`${namespaces.action}:`))?.[1];
  if (own?.format === 'cjs' || /\bexports\b/.test(code)) return null;
  const exported = Object.values(metafile.outputs).flatMap((output) => output.exports);
  if (['default', ...handlers].some((name) => exported.includes(name))) return null;
  const [handler] = handlers;
  return handler === undefined
    ? buildError('no_default_export', 'The code needs a default export that is a function: export default async (input, context) => output')
    : buildError('no_handler', `The code exports no handler: export const ${handler} = async (event, api) => { }`);
}

function bundledOf({ outputFiles }: Result, { bundleBytes }: BundleLimits): Bundled | Failed {
  const code = outputFiles.find(({ path }) => path.endsWith('.js'));
  const map = outputFiles.find(({ path }) => path.endsWith('.map'));
  if (code === undefined) return failed(buildError('not_built', 'Nothing came of the code.'));
  const bytes = code.contents.byteLength;
  if (bytes > bundleBytes)
    return failed(
      buildError(
        'too_large',
        `The code has ${String(bytes)} bytes with its dependencies and modules; at most ${String(bundleBytes)} are allowed.`,
      ),
    );
  const kept = map !== undefined && map.contents.byteLength <= bundleBytes * slack;
  // PostgreSQL keeps no NUL; where one can stand in code its escape means the same.
  return { kind: 'bundled', bundle: code.text.replaceAll('\0', '\\x00'), sourceMap: kept ? map.text : null };
}

function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && 'errors' in error && Array.isArray(error.errors) && error.errors.length > 0;
}

function unique(errors: readonly BuildError[]): BuildError[] {
  return [...new Map(errors.map((error) => [JSON.stringify(error), error])).values()];
}
