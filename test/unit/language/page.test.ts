import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compileTemplate, LanguageError, render } from '#language/template';
import type { JsonValue, ObjectValue } from '#language/value';

const page = readFileSync('docs/language.md', 'utf8');
const blocks = (kind: string) => [...page.matchAll(new RegExp(`^\`\`\`${kind}\n([\\s\\S]*?)^\`\`\``, 'gm'))].map((found) => found[1] ?? '');
const context = JSON.parse(blocks('json context')[0] ?? '') as ObjectValue;
const examples = blocks('examples').flatMap((block) => block.split('\n').filter((line) => line !== ''));

function outcome(template: string): unknown {
  try {
    return render(compileTemplate(template.startsWith('{"') ? (JSON.parse(template) as JsonValue) : template), context);
  } catch (error) {
    if (error instanceof LanguageError) return `error ${error.code}`;
    throw error;
  }
}

describe('the examples of docs/language.md', () => {
  test('there are as many as the page shows', () => {
    expect(examples.length).toBeGreaterThan(100);
  });

  test.each(examples)('%s', (example) => {
    const [template = '', expected = ''] = example.split(' → ');
    expect(outcome(template)).toEqual(expected.startsWith('error ') ? expected : JSON.parse(expected));
  });
});
