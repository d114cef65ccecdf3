import { describe, expect, test } from 'vitest';
import { costOf, largeContext, mostMs } from './hostile.js';
import { attack, hostileTemplates } from './hostile.templates.js';

const context = largeContext(100_000);

describe('hostile templates', () => {
  test.each(hostileTemplates)('%s', (_, template) => {
    let longest = 0;
    const took = costOf(() => {
      longest = attack(template, context)?.message.length ?? 0;
    });
    expect(longest).toBeLessThan(1_000);
    expect(took).toBeLessThan(mostMs);
  });
});
