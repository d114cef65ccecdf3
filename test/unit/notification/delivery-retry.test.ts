import { describe, expect, it } from 'vitest';
import { nextDelayMs, outcomeOfStatus, retryDelaysMs } from '#domain/notification/delivery.retry';

const now = new Date('2026-11-27T10:00:00Z');
const plain = { permanent: false, retryAfterMs: null };

describe('the schedule of retries', () => {
  it('is the one that Standard Webhooks recommends, and lasts over three days', () => {
    expect(retryDelaysMs.map((ms) => ms / 1_000)).toEqual([5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400]);
    expect(retryDelaysMs.reduce((sum, ms) => sum + ms, 0)).toBeGreaterThan(3 * 86_400_000);
  });

  it('becomes longer by a fifth at most, never shorter', () => {
    expect(nextDelayMs(1, plain, 0)).toBe(5_000);
    expect(nextDelayMs(1, plain, 1)).toBe(6_000);
    expect(nextDelayMs(9, plain, 0)).toBe(86_400_000);
  });

  it('ends after the tenth attempt, and at once when another try would be refused as well', () => {
    expect(nextDelayMs(10, plain, 0)).toBeNull();
    expect(nextDelayMs(1, { permanent: true, retryAfterMs: 60_000 }, 0)).toBeNull();
  });

  it('waits as long as the receiver wants, at most a day, and never shorter than by itself', () => {
    expect(nextDelayMs(1, { permanent: false, retryAfterMs: 60_000 }, 0)).toBe(60_000);
    expect(nextDelayMs(2, { permanent: false, retryAfterMs: 60_000 }, 0)).toBe(300_000);
    expect(nextDelayMs(1, { permanent: false, retryAfterMs: 10 ** 12 }, 0)).toBe(86_400_000);
  });
});

describe('the answer of a receiver', () => {
  it.each([200, 202, 204, 299])('%i means that it was taken', (status) => {
    expect(outcomeOfStatus(status, undefined, now)).toEqual({ kind: 'DELIVERED', statusCode: status });
  });

  it.each([100, 301, 308, 400, 404, 500])('%i means that it is tried again', (status) => {
    expect(outcomeOfStatus(status, '60', now)).toMatchObject({ kind: 'REFUSED', permanent: false, gone: false, retryAfterMs: null });
  });

  it('410 means that nothing more is wanted', () => {
    expect(outcomeOfStatus(410, undefined, now)).toMatchObject({ kind: 'REFUSED', permanent: true, gone: true });
  });

  it.each([
    ['120', 120_000],
    ['0', 0],
    ['Fri, 27 Nov 2026 10:05:00 GMT', 300_000],
    ['Fri, 27 Nov 2026 09:05:00 GMT', 0],
    ['soon', null],
    ['-5', null],
    ['2026-11-27', null],
    ['99999999999999', null],
    [undefined, null],
  ])('of 429 and 503 with Retry-After %s waits %s ms', (value, ms) => {
    for (const status of [429, 503]) {
      const outcome = outcomeOfStatus(status, value, now);
      expect(outcome.kind === 'REFUSED' ? (outcome.retryAfterMs ?? null) : undefined).toBe(ms);
    }
  });
});
