import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Cadence, dueTimes, nextNominal } from '#domain/schedule/schedule.time';

const every10s: Cadence = { startAt: 100_000, intervalMs: 10_000, endAt: null };

describe('the nominal times of an interval schedule', () => {
  it('begin at the start and follow at whole intervals', () => {
    expect(nextNominal(every10s, 0)).toBe(100_000);
    expect(nextNominal(every10s, 99_999)).toBe(100_000);
    expect(nextNominal(every10s, 100_000)).toBe(110_000);
    expect(nextNominal(every10s, 104_000)).toBe(110_000);
  });

  it('end with the schedule, its end included', () => {
    const ending = { ...every10s, endAt: 120_000 };
    expect(nextNominal(ending, 110_000)).toBe(120_000);
    expect(nextNominal(ending, 120_000)).toBeNull();
  });

  it('are never skipped and never repeated, whatever the start and the interval', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1e12 }),
        fc.integer({ min: 1_000, max: 1e9 }),
        fc.integer({ min: 0, max: 1e12 }),
        (startAt, intervalMs, time) => {
          const next = nextNominal({ startAt, intervalMs, endAt: null }, time) ?? 0;
          expect(next).toBeGreaterThan(time);
          expect((next - startAt) % intervalMs).toBe(0);
          if (next !== startAt) expect(next - intervalMs).toBeLessThanOrEqual(time);
        },
      ),
    );
  });
});

describe('what is due', () => {
  const fires = (now: number, policy: 'SKIP' | 'RUN_ONCE' | 'RUN_ALL') =>
    dueTimes(every10s, 100_000, now, policy, 500)
      .filter((time) => time.fire)
      .map((time) => time.nominal);

  it('fires in time under every policy', () => {
    for (const policy of ['SKIP', 'RUN_ONCE', 'RUN_ALL'] as const) expect(fires(100_003, policy)).toEqual([100_000]);
  });

  it('fires nothing that was missed under SKIP, but what is still in time', () => {
    expect(fires(133_000, 'SKIP')).toEqual([130_000]);
    expect(fires(137_000, 'SKIP')).toEqual([]);
  });

  it('fires only the newest of what was missed under RUN_ONCE', () => {
    expect(fires(137_000, 'RUN_ONCE')).toEqual([130_000]);
  });

  it('fires nothing that is more than a minute late under RUN_ONCE', () => {
    expect(dueTimes({ ...every10s, intervalMs: 600_000 }, 100_000, 161_000, 'RUN_ONCE', 500)).toEqual([
      { nominal: 100_000, fire: false, late: true },
    ]);
  });

  it('fires everything under RUN_ALL, a bounded number at a time', () => {
    expect(fires(137_000, 'RUN_ALL')).toEqual([100_000, 110_000, 120_000, 130_000]);
    expect(dueTimes(every10s, 100_000, 100_000_000, 'RUN_ALL', 500)).toHaveLength(500);
  });

  it('does not fire what comes after the end', () => {
    expect(dueTimes({ ...every10s, endAt: 115_000 }, 100_000, 137_000, 'RUN_ALL', 500).map((time) => time.nominal)).toEqual([
      100_000, 110_000,
    ]);
  });
});
