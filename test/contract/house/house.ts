import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { cycles, importBreaches } from './imports.js';
import { lineBreaches } from './lines.js';
import { packageBreaches } from './packages.js';
import { pairBreaches } from './pairs.js';
import { shapeBreaches } from './shape.js';
import { said } from './source.js';
import type { Source } from './source.js';

/** Every rule of the house by its name, and the lines that break it. */
export function inspect(root: string, sources: readonly Source[]): Record<string, string[]> {
  return {
    'imports follow the layers': importBreaches(sources).map(said),
    'nothing imports itself in a ring': cycles(sources).map(said),
    'packages are imported where they belong': packageBreaches(sources).map(said),
    'lines keep the house rules': lineBreaches(sources, models(root)).map(said),
    'files have their place and a name': shapeBreaches(sources).map(said),
    'what is declared is answered': pairBreaches(sources).map(said),
  };
}

/** Accessors of Prisma's models: `StepRun` is `stepRun`. */
function models(root: string): Set<string> {
  const files = readdirSync(path.join(root, 'prisma')).filter((name) => name.endsWith('.prisma'));
  const text = files.map((name) => readFileSync(path.join(root, 'prisma', name), 'utf8')).join('\n');
  return new Set([...text.matchAll(/^model (\w+)/gm)].map(([, name = '']) => name.charAt(0).toLowerCase() + name.slice(1)));
}
