import path from 'node:path';
import type { Breach, Import, Source } from './source.js';

export type Layer =
  | 'language'
  | 'plan'
  | 'platform'
  | 'domain'
  | 'schema'
  | 'server'
  | 'worker'
  | 'app'
  | 'dev'
  | 'client'
  | 'cli'
  | 'drill'
  | 'test'
  | 'prisma'
  | 'tool';

const layers = ['language', 'plan', 'platform', 'domain', 'server', 'dev', 'client', 'cli', 'drill'] as const;

/** The layer of a file of the project: its first folder says it. */
export function layerOf(file: string): Layer {
  if (file === 'src/app.ts') return 'app';
  const [top, second] = file.split('/');
  if (top === 'schema' || top === 'worker' || top === 'test' || top === 'prisma') return top;
  return (top === 'src' ? layers.find((layer) => layer === second) : undefined) ?? 'tool';
}

/** Who may import whom. What is not named here may not be imported. */
const mayImport: Record<Layer, readonly Layer[]> = {
  language: [],
  plan: ['language'],
  platform: [],
  domain: ['platform', 'plan', 'language'],
  schema: ['domain', 'plan', 'platform', 'language'],
  server: ['app', 'schema', 'domain', 'platform'],
  worker: ['app', 'domain', 'plan', 'platform', 'language'],
  app: ['domain', 'plan', 'platform', 'language'],
  dev: [],
  client: [],
  cli: ['client', 'app', 'domain', 'platform', 'drill'],
  drill: ['client', 'app', 'domain', 'platform'],
  prisma: ['domain', 'platform'],
  tool: ['schema'],
  test: ['language', 'plan', 'platform', 'domain', 'schema', 'server', 'worker', 'app', 'dev', 'client', 'cli', 'drill'],
};

/** Doors beside the table, each with its reason. */
const doors: readonly { readonly from: RegExp; readonly to: RegExp; readonly typeOnly?: boolean; readonly reason: string }[] = [
  {
    from: /^schema\//,
    to: /^src\/app\.ts$/,
    typeOnly: true,
    reason: 'the context of an operation carries the App; only its type is needed',
  },
  { from: /^src\/dev\//, to: /^src\/platform\/config\//, reason: 'embedded services read the same settings' },
  { from: /^src\/drill\//, to: /^src\/dev\//, reason: 'the drill breaks services of its own' },
  { from: /^src\/cli\/dev/, to: /^(src\/dev\/|src\/server\/|worker\/)/, reason: '`npm start` brings services and starts both mains' },
];

/** What a domain feature shows to the others; the rest of its files are its own business. */
const shown =
  /^src\/domain\/([a-z-]+\.ts|[a-z-]+\/[a-z.-]+\.(service|policy|events|errors|status|input|trigger|insert|feed|audit)\.ts|event\/event\.claim\.ts|schedule\/schedule\.zone\.ts|tenant\/(viewer|permission|idempotency)\.ts|record\/blueprint\.spec\.ts)$/;

/** Parts of the platform that the graph has no business with: a resolver that wakes workers or talks to Redis skipped its service. */
const hiddenFromSchema = /^src\/platform\/(queue|redis|sandbox)\//;

/** The file that an import means, or null for a package. `known` holds every file of the project. */
export function target(from: string, specifier: string, known: ReadonlySet<string>): string | null {
  const base = specifier.startsWith('#')
    ? mapped(specifier)
    : specifier.startsWith('.')
      ? path.posix.join(path.posix.dirname(from), specifier)
      : null;
  if (base === null) return null;
  const stem = base.replace(/\.js$/, '');
  return [stem, `${stem}.ts`, base].find((file) => known.has(file)) ?? `${stem}.ts`;
}

function mapped(specifier: string): string {
  const name = specifier.slice(1);
  return /^(schema|worker|test)\//.test(name) ? name : `src/${name}`;
}

/** Imports that cross a line of the house. */
export function importBreaches(sources: readonly Source[]): Breach[] {
  const known = new Set(sources.map((source) => source.path));
  return sources.flatMap((source) =>
    source.imports.flatMap((entry) => {
      const problem = wrong(source.path, entry, known);
      return problem === null ? [] : [{ path: source.path, line: entry.line, problem: `imports ${entry.specifier}: ${problem}` }];
    }),
  );
}

function wrong(from: string, entry: Import, known: ReadonlySet<string>): string | null {
  const { specifier } = entry;
  if (specifier.split('/').includes('..')) return 'an import across folders goes through the # map';
  if (specifier.startsWith('.')) return /\.(js|json)$/.test(specifier) ? null : 'a relative import ends in .js';
  const to = target(from, specifier, known);
  if (to === null) return null;
  if (/\.[jt]s$/.test(specifier)) return 'an import of the # map has no file ending';
  return crossing(from, to, entry.typeOnly);
}

/** Why a file may not import another one, or null. */
function crossing(from: string, to: string, typeOnly: boolean): string | null {
  const [layer, other] = [layerOf(from), layerOf(to)];
  if (doors.some((door) => door.from.test(from) && door.to.test(to) && (door.typeOnly !== true || typeOnly))) return null;
  if (other === 'dev' && layer !== 'test' && layer !== 'dev') return 'embedded services are for `npm start`, for the drill and for tests';
  if (layer !== other && !mayImport[layer].includes(other)) return `${layer} may not import ${other}`;
  if (layer === 'domain' && other === 'domain' && featureOf(from) !== featureOf(to) && !shown.test(to))
    return `this file is ${featureOf(to) ?? 'the domain'}'s own`;
  if (layer === 'schema' && hiddenFromSchema.test(to)) return 'the graph reaches this through a service only';
  return null;
}

const featureOf = (file: string): string | undefined => /^src\/domain\/([^/]+)\//.exec(file)?.[1];

/** Files that import each other in a ring at run time, and features of the domain that do so in any way. */
export function cycles(sources: readonly Source[]): Breach[] {
  const known = new Set(sources.map((source) => source.path));
  const files = new Map<string, Set<string>>();
  const features = new Map<string, Set<string>>();
  for (const source of sources) {
    for (const entry of source.imports) {
      const to = target(source.path, entry.specifier, known);
      if (to === null || to === source.path) continue;
      if (!entry.typeOnly) edge(files, source.path, to);
      const [feature, other] = [featureOf(source.path), featureOf(to)];
      if (feature !== undefined && other !== undefined && feature !== other) edge(features, feature, other);
    }
  }
  return [
    ...rings(files).map((ring) => ({ path: ring[0] ?? '', line: 0, problem: `imports itself: ${ring.join(' -> ')}` })),
    ...rings(features).map((ring) => ({
      path: `src/domain/${ring[0] ?? ''}`,
      line: 0,
      problem: `features import each other: ${ring.join(' -> ')}`,
    })),
  ];
}

function edge(graph: Map<string, Set<string>>, from: string, to: string): void {
  graph.set(from, (graph.get(from) ?? new Set()).add(to));
}

/** Each ring once, as the path from a node back to itself. */
function rings(graph: ReadonlyMap<string, ReadonlySet<string>>): string[][] {
  const found: string[][] = [];
  const done = new Set<string>();
  const trail: string[] = [];
  const visit = (node: string): void => {
    const at = trail.indexOf(node);
    if (at >= 0) found.push([...trail.slice(at), node]);
    if (at >= 0 || done.has(node)) return;
    trail.push(node);
    for (const next of graph.get(node) ?? []) visit(next);
    trail.pop();
    done.add(node);
  };
  for (const node of graph.keys()) visit(node);
  return found;
}
