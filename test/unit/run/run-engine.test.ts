import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { closeLostAttempts, countedAttempts, retryDelayMs } from '#domain/run/run.engine';

const policy = { max: 3, delayMs: 1_000, backoff: 'EXPONENTIAL', maxDelayMs: 3_000, jitter: 0 } as const;

describe('the pause before a retry', () => {
  it('doubles up to its longest', () => {
    expect([1, 2, 3].map((failures) => retryDelayMs(policy, failures, 0))).toEqual([1_000, 2_000, 3_000]);
  });

  it('stays the same when fixed', () => {
    expect([1, 2].map((failures) => retryDelayMs({ ...policy, backoff: 'FIXED' }, failures, 0.9))).toEqual([1_000, 1_000]);
  });

  it('does not come after the last retry', () => {
    expect(retryDelayMs(policy, 4, 0)).toBeNull();
    expect(retryDelayMs({ ...policy, max: 0 }, 1, 0)).toBeNull();
  });

  it('is spread by the jitter, never beyond its length', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 0.999, noNaN: true }), (jitter, random) => {
        const delay = retryDelayMs({ ...policy, jitter }, 1, random) ?? -1;
        expect(delay).toBeLessThanOrEqual(1_000);
        expect(delay).toBeGreaterThanOrEqual(Math.floor(1_000 * (1 - jitter)));
      }),
    );
  });
});

describe('attempts that a worker left open', () => {
  const open = { number: 1, startedAt: '2026-01-01T00:00:00.000Z', finishedAt: null, error: null };

  it('are shown as lost and do not use up a retry', () => {
    const closed = closeLostAttempts([open], new Date('2026-01-01T00:01:00Z'));
    expect(closed).toMatchObject([{ finishedAt: '2026-01-01T00:01:00.000Z', error: { code: 'WORKER_LOST' } }]);
    expect(countedAttempts(closed)).toBe(0);
  });
});
