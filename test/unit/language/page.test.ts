import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { HostFunctions } from '#language/functions';
import { compileTemplate, LanguageError, render } from '#language/template';
import type { JsonValue, ObjectValue } from '#language/value';

const page = readFileSync('docs/language.md', 'utf8');
const blocks = (kind: string) => [...page.matchAll(new RegExp(`^\`\`\`${kind}\n([\\s\\S]*?)^\`\`\``, 'gm'))].map((found) => found[1] ?? '');
const context = JSON.parse(blocks('json context')[0] ?? '') as ObjectValue;
const examples = blocks('examples').flatMap((block) => block.split('\n').filter((line) => line !== ''));

/** As the page says. */
const functions: HostFunctions = { standardize_status: (value) => (value === 'doing' ? 'IN_PROGRESS' : undefined) };

function outcome(template: string): unknown {
  try {
    const json = template.startsWith('{"') ? (JSON.parse(template) as JsonValue) : template;
    return render(compileTemplate(json, { functions: ['standardize_status'] }), context, { functions });
  } catch (error) {
    if (error instanceof LanguageError) return `error ${error.code}`;
    throw error;
  }
}

describe('the examples of docs/language.md', () => {
  test('there are as many as the page shows', () => {
    expect(examples.length).toBeGreaterThan(150);
  });

  test.each(examples)('%s', (example) => {
    const [template = '', expected = ''] = example.split(' → ');
    expect(outcome(template)).toEqual(expected.startsWith('error ') ? expected : JSON.parse(expected));
  });
});
