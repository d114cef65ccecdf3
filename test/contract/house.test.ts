import { expect, test } from 'vitest';
import { inspect } from './house/house.js';
import { longFiles } from './house/shape.js';
import { readTree } from './house/source.js';

const root = process.cwd();
const sources = readTree(root);

test('the whole project is read', () => {
  expect(sources.map((source) => source.path)).toEqual(
    expect.arrayContaining(['src/app.ts', 'src/domain/errors.ts', 'schema/errors.ts', 'test/contract/house.test.ts']),
  );
});

test.for(Object.entries(inspect(root, sources)))('%s', ([, breaches]) => {
  expect(breaches).toEqual([]);
});

test('long files are told', () => {
  const long = longFiles(sources);
  if (long.length > 0)
    console.info(`Files to ask which word they hide:\n${long.map(({ path, lines }) => `  ${lines} ${path}`).join('\n')}`);
  expect(long.every(({ lines }) => lines > 0)).toBe(true);
});
