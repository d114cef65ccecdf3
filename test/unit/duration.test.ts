import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatDuration, parseDuration } from '#domain/duration';

it('reads what it wrote', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 10 ** 12 }), (milliseconds) => parseDuration(formatDuration(milliseconds)) === milliseconds),
  );
});

it.each([
  ['PT0S', 0],
  ['PT1M30.5S', 90_500],
  ['P1DT2H', 93_600_000],
  ['P2W', 1_209_600_000],
  ['PT90M', 5_400_000],
  ['PT0,25S', 250],
  ['PT0.0019S', 1],
])('%s is %i milliseconds', (text, milliseconds) => {
  expect(parseDuration(text)).toBe(milliseconds);
});

it.each(['', 'P', 'PT', '5', '5s', 'P1Y', 'P1M', 'PT-1S', '-PT1S', 'PT1S ', 'P1DT', 'PT1.5M', 'PT.5S', `P${'9'.repeat(10)}D`])(
  '%j is none',
  (text) => {
    expect(parseDuration(text)).toBeNull();
  },
);
