import { describe, expect, test } from 'vitest';
import { namesUsed } from '#language/names';
import { compileTemplate, LanguageError, render } from '#language/template';
import { costOf, largeContext, mostMs } from './hostile.js';
import { hostileTemplates } from './hostile.templates.js';

const context = largeContext(100_000);

describe('hostile templates', () => {
  test.each(hostileTemplates)('%s', (_, template) => {
    let longest = 0;
    const took = costOf(() => {
      try {
        const compiled = compileTemplate(template, { functions: ['standardize_status'] });
        namesUsed(compiled);
        render(compiled, context, { functions: { standardize_status: (value) => value } });
      } catch (error) {
        if (!(error instanceof LanguageError)) throw error;
        longest = error.message.length;
      }
    });
    expect(longest).toBeLessThan(1_000);
    expect(took).toBeLessThan(mostMs);
  });
});
