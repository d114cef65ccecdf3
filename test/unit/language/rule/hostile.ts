import { maxBlock } from '#language/rule/parse';

const filled = (unit: string, end = '') => unit.repeat(Math.floor((maxBlock - end.length) / unit.length)) + end;

/** 64 kB that somebody may send as a block of a rule to be read. */
export const hostileRules: Readonly<Record<string, string>> = {
  brackets: `a: ${'('.repeat(maxBlock - 3)}`,
  shut: `a: ${')'.repeat(maxBlock - 3)}`,
  nots: `a: ${'!'.repeat(maxBlock - 3)}`,
  quotes: filled("'"),
  'open quotes': filled("'\\"),
  patterns: `a: ${'(/['.repeat(20_000)}`,
  classes: `a: ${'(/][(/]'.repeat(9_000)}`,
  sum: `a: 1${'+1'.repeat(32_000)}`,
  path: `a: a${'.a'.repeat(32_000)}`,
  choices: `a: ${'a?'.repeat(32_000)}`,
  lines: filled('a\n'),
  'good lines': Array.from({ length: 7_000 }, (_, i) => `a${String(i)}: 1`).join('\n'),
  'many lines': Array.from({ length: 990 }, (_, i) => `a${String(i)}: ${'1 + '.repeat(14)}1`).join('\n'),
  digits: `a: ${'9'.repeat(60_000)}`,
  blanks: filled(' '),
  nothing: filled('§'),
  list: `a: [${'1,'.repeat(32_000)}1]`,
  expressions: `a: ${'x.split(/a{100}b{100}\\pL{100}/)+'.repeat(1_900)}`,
  slots: `a: add note '${'{{a}}'.repeat(13_000)}'`,
  'open slots': `a: add note '${'{{'.repeat(32_000)}'`,
};

/** 64 kB that somebody may have written when an editor asks what goes on at their end. */
export const hostileDrafts: Readonly<Record<string, string>> = {
  brackets: filled('(', 'a'),
  shut: filled(')', '.a'),
  selects: filled('a.select(', 'a'),
  indexes: filled('a[', 'a'),
  path: filled('a.', 'a'),
  calls: filled('a().', 'a'),
  quotes: filled("'"),
  'open quote': `'${filled('a: b\n', 'a: b').slice(1)}`,
  'open slots': `a1: add note '${filled('{{').slice(14)}`,
  slots: `a1: add note '${filled('{{a}}', '{{a').slice(15)}`,
  'quoted slots': `a1: add note '${filled("{{\\'", '{{a').slice(15)}`,
  sum: `a: ${filled('1+', 'a').slice(4)}`,
  compares: filled('status = ', 'a'),
  lists: filled('status in [', 'a'),
  lines: filled('a: 1\n', 'b: a'),
  updates: filled('a: update a set b = 1\n', 'b: update a'),
  names: Array.from({ length: 6_000 }, (_, i) => `a${String(i + 1)}: a${String(i)}`).join('\n'),
  nothing: filled('§'),
  blanks: filled(' '),
};
