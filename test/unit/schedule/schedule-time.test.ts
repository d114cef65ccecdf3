import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Cadence, delayOf, dueTimes, nextFire, nextNominal } from '#domain/schedule/schedule.time';

const every10s = { kind: 'INTERVAL', startAt: 100_000, intervalMs: 10_000, endAt: null } as const satisfies Cadence;
const sharp = { key: 'a', jitterMs: 0 };

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
          const next = nextNominal({ kind: 'INTERVAL', startAt, intervalMs, endAt: null }, time) ?? 0;
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
    dueTimes(every10s, sharp, 100_000, now, policy, 500)
      .times.filter((time) => time.fire)
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
    expect(dueTimes({ ...every10s, intervalMs: 600_000 }, sharp, 100_000, 161_000, 'RUN_ONCE', 500).times).toEqual([
      { nominal: 100_000, fire: false, late: true },
    ]);
  });

  it('fires everything under RUN_ALL, a bounded number at a time', () => {
    expect(fires(137_000, 'RUN_ALL')).toEqual([100_000, 110_000, 120_000, 130_000]);
    expect(dueTimes(every10s, sharp, 100_000, 100_000_000, 'RUN_ALL', 500).times).toHaveLength(500);
  });

  it('does not fire what comes after the end', () => {
    expect(dueTimes({ ...every10s, endAt: 115_000 }, sharp, 100_000, 137_000, 'RUN_ALL', 500).times.map((time) => time.nominal)).toEqual([
      100_000, 110_000,
    ]);
  });

  it('goes on where a bounded number ended', () => {
    const { times, next } = dueTimes(every10s, sharp, 100_000, 137_000, 'RUN_ALL', 2);
    expect(times.map((time) => time.nominal)).toEqual([100_000, 110_000]);
    expect(next).toEqual({ nominal: 120_000, fireAt: 120_000 });
  });

  it('takes the times of a cron schedule over a long pause the same way', () => {
    const hourly: Cadence = { kind: 'CRON', cron: '0 * * * *', timeZone: 'UTC', startAt: 0, endAt: null };
    const hour = 3_600_000;
    const { times, next } = dueTimes(hourly, sharp, hour, 1_000 * hour + 30_000, 'RUN_ALL', 200);
    expect(times.map((time) => time.nominal)).toEqual(Array.from({ length: 200 }, (_, index) => (index + 1) * hour));
    expect(next?.nominal).toBe(201 * hour);
    expect(dueTimes(hourly, sharp, 999 * hour, 1_000 * hour + 30_000, 'RUN_ONCE', 200).times.map((time) => time.fire)).toEqual([
      false,
      true,
    ]);
  });

  it('is the one moment of a schedule that fires once, and nothing after it', () => {
    const once: Cadence = { kind: 'ONCE', startAt: 5_000 };
    expect(nextNominal(once, 4_999)).toBe(5_000);
    expect(nextNominal(once, 5_000)).toBeNull();
    expect(dueTimes(once, sharp, 5_000, 6_000, 'SKIP', 200)).toEqual({ times: [{ nominal: 5_000, fire: true, late: false }], next: null });
  });
});

describe('jitter', () => {
  const jittered = { key: 'a schedule', jitterMs: 8_000 };

  it('delays each time by the same amount whenever and wherever it is counted, and each schedule by another', () => {
    const delays = Array.from({ length: 50 }, (_, index) => delayOf(every10s, jittered, 100_000 + index * 10_000));
    expect(Array.from({ length: 50 }, (_, index) => delayOf(every10s, jittered, 100_000 + index * 10_000))).toEqual(delays);
    expect(new Set(delays).size).toBeGreaterThan(40);
    expect(delayOf(every10s, { ...jittered, key: 'another' }, 100_000)).not.toBe(delays[0]);
  });

  it('is known before the fire, and lateness counts from it', () => {
    const next = nextFire(every10s, jittered, 99_999);
    const { fireAt } = next ?? { fireAt: 0 };
    expect(dueTimes(every10s, jittered, 100_000, fireAt - 1, 'SKIP', 9).times).toEqual([]);
    expect(dueTimes(every10s, jittered, 100_000, fireAt, 'SKIP', 9).times).toEqual([{ nominal: 100_000, fire: true, late: false }]);
  });

  it('never lets a fire overtake the next nominal time, of a cron schedule neither', () => {
    const cadence: Cadence = { kind: 'CRON', cron: '0,1 0 * * *', timeZone: 'UTC', startAt: 0, endAt: null };
    fc.assert(
      fc.property(fc.uuid(), fc.integer({ min: 1, max: 86_400_000 }), fc.integer({ min: 0, max: 1e12 }), (key, jitterMs, time) => {
        const fire = nextFire(cadence, { key, jitterMs }, time) ?? { nominal: 0, fireAt: Infinity };
        expect(fire.fireAt).toBeGreaterThanOrEqual(fire.nominal);
        expect(fire.fireAt).toBeLessThan(nextNominal(cadence, fire.nominal) ?? 0);
        expect(fire.fireAt - fire.nominal).toBeLessThan(jitterMs);
      }),
      { numRuns: 200 },
    );
  });
});
