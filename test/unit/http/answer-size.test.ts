import { expect, it } from 'vitest';
import { isLargerThan } from '#server/answer-size';

it('an answer is as large as what it holds, whatever its fields are called', () => {
  const text = 'x'.repeat(1_000);
  expect(isLargerThan({ a: text }, 1_010)).toBe(false);
  expect(isLargerThan({ a: text }, 1_000)).toBe(true);
  expect(isLargerThan({ toJSON: 'short', a: text }, 1_000)).toBe(true);
  expect(isLargerThan({ __proto__: null, toJSON: null, a: [text] }, 1_000)).toBe(true);
});
