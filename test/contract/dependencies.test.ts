import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';

const packageFile = z.object({ dependencies: z.record(z.string(), z.string()), devDependencies: z.record(z.string(), z.string()) });
const { dependencies, devDependencies } = packageFile.parse(JSON.parse(readFileSync('package.json', 'utf8')));
const used = { ...dependencies, ...devDependencies };

test('every dependency has one exact version', () => {
  expect(Object.entries(used).filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
});

test('every dependency and its version stands in the decision with its reason, and nothing else does', () => {
  const text = readFileSync('docs/decisions/0001-dependencies.md', 'utf8');
  const rows = [...text.matchAll(/^\| ([@\w/.-]+) \| (\d\S*) \| (\S.*) \|$/gm)].map(([, name, version]) => [name, version] as const);
  expect(Object.fromEntries(rows)).toEqual(used);
});
