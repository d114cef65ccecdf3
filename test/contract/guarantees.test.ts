import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { settings } from '#platform/config/settings';

const page = readFileSync('docs/guarantees.md', 'utf8');

const tests = readdirSync('test', { recursive: true, encoding: 'utf8' }).map((file) => `test/${file}`);

function exists(file: string): boolean {
  const [start = '', end] = file.split('*');
  return end === undefined ? existsSync(file) : tests.some((test) => test.startsWith(start) && test.endsWith(end));
}

describe('docs/guarantees.md', () => {
  it('lists every limit with its default', () => {
    const limits = Object.entries(settings).filter(([name]) =>
      /_(BYTES|MS|MAX|MB|WINDOW|DEPTH|ALIASES|TOKENS|COMPLEXITY|SUBSCRIPTIONS|SECOND|MINUTE|FIELDS|STEPS|DEFAULT|DAYS)$/.test(name),
    );
    expect(limits.length).toBeGreaterThan(30);
    for (const [name, setting] of limits) expect(page).toContain(`| \`${name}\` | ${'fallback' in setting ? setting.fallback : ''} |`);
  });

  it('names tests that exist', () => {
    const named = [...page.matchAll(/`(test\/[^`]+)`/g)].map((match) => match[1] ?? '');
    expect(named.length).toBeGreaterThan(10);
    for (const file of named) expect(exists(file), file).toBe(true);
  });
});
