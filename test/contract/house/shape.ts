import type { Breach, Source } from './source.js';

/** Where tests live. `drill` and `bench` hold programs, too, that are started by hand. */
const testFolders = /^test\/(unit|api|worker|attack|contract|drill)\//;
/** Words that say nothing about what is inside. */
const empty = new Set(['util', 'utils', 'helper', 'helpers', 'common', 'misc', 'manager', 'handler', 'data', 'info']);
/** Above the first a file is asked which word it hides; above the second it is refused. */
export const sizes = { asked: 300, refused: 600 } as const;

export function shapeBreaches(sources: readonly Source[]): Breach[] {
  return sources.flatMap(({ path, text }) => {
    const problems: string[] = [];
    if (/\.test\.[mc]?[jt]sx?$/.test(path) || /^test\/.*\.spec\./.test(path)) {
      if (!(testFolders.test(path) && path.endsWith('.test.ts')))
        problems.push('a test is a *.test.ts in test/{unit,api,worker,attack,contract,drill}: elsewhere nobody runs it');
    }
    if (/(^|\/)__tests__\//.test(path)) problems.push('tests live in test/');
    if (/\.[mc]?jsx?$|\.tsx$/.test(path)) problems.push('the house is written in TypeScript');
    const word = path
      .replace(/\.[a-z]+$/, '')
      .split(/[/.-]/)
      .find((part) => empty.has(part.toLowerCase()));
    if (word !== undefined) problems.push(`"${word}" names nothing`);
    const lines = lineCount(text);
    if (lines > sizes.refused) problems.push(`${lines} lines: split it by the word it hides`);
    return problems.map((problem) => ({ path, line: 0, problem }));
  });
}

/** The files that are long enough to be asked, longest first. */
export function longFiles(sources: readonly Source[]): { readonly path: string; readonly lines: number }[] {
  return sources
    .map(({ path, text }) => ({ path, lines: lineCount(text) }))
    .filter(({ lines }) => lines > sizes.asked)
    .sort((a, b) => b.lines - a.lines);
}

function lineCount(text: string): number {
  return text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
}
