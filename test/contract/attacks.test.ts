import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { attackFiles, groups, leastAttacks } from '#test/attack/groups';

const text = (file: string) => readFileSync(file, 'utf8');

/** The source of the top suites of a file by their names; what stands in none has the name ''. */
function suitesOf(file: string): ReadonlyMap<string, string> {
  const [outside = '', ...suites] = text(file).split(/^describe(?:\.each\([^\n]*\))?\(/m);
  return new Map([['', outside], ...suites.map((suite) => [/^['`](.*?)['`],/.exec(suite)?.[1] ?? '', suite] as const)]);
}

/** How many tests stand there, one for each `each`. */
const testsIn = (source: string) => [...source.matchAll(/^ *(?:it|test)(?:\.each|\.for)?[(<]/gm)].length;

describe('the suite of attacks', () => {
  it.each(Object.entries(groups))('has some of the group: %s', (_group, attacks) => {
    for (const { file, suites } of attacks) {
      const found = suitesOf(file);
      for (const suite of suites ?? found.keys()) expect([...found.keys()], file).toContain(suite);
      const sources = (suites ?? [...found.keys()]).map((suite) => found.get(suite) ?? '');
      expect(testsIn(sources.join('\n')), file).toBeGreaterThan(0);
    }
  });

  it('has every file of attacks, and enough of them', () => {
    const written = readdirSync('test/attack').flatMap((file) => (file.endsWith('.test.ts') ? [`test/attack/${file}`] : []));
    expect(written.filter((file) => !attackFiles.includes(file))).toEqual([]);
    const all = Object.values(groups).flatMap((attacks) =>
      attacks.flatMap(({ file, suites }) => {
        const found = suitesOf(file);
        return (suites ?? [...found.keys()]).map((suite) => found.get(suite) ?? '');
      }),
    );
    expect(testsIn(all.join('\n'))).toBeGreaterThanOrEqual(leastAttacks);
  });
});
