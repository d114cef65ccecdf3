import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calendarOf, targetAt, workingTime } from '#domain/rule/rule.calendar';

const weekdays = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'];
const office = (timeZone: string, more: Record<string, string[]> = {}) => {
  const calendar = calendarOf({ time_zone: timeZone, hours: weekdays.map((day) => ({ day, from: '09:00', to: '17:00' })), ...more });
  if (calendar === null) throw new Error('There are hours.');
  return calendar;
};
const at = (iso: string) => Date.parse(iso);
const hour = 3_600_000;
const quarter = hour / 4;

describe('the working time of a calendar', () => {
  it('stops over the night, the weekend and on holidays', () => {
    const calendar = office('UTC', { holidays: ['2026-11-30'] });
    // A Friday.
    expect(targetAt(calendar, at('2026-11-27T15:00Z'), 3 * hour)).toBe(at('2026-12-01T10:00Z'));
    expect(workingTime(calendar, at('2026-11-27T15:00Z'), at('2026-12-01T10:00Z'))).toBe(3 * hour);
    expect(workingTime(calendar, at('2026-12-01T10:00Z'), at('2026-11-27T15:00Z'))).toBe(-3 * hour);
    expect(targetAt(calendar, at('2026-11-28T12:00Z'), 0)).toBe(at('2026-11-28T12:00Z'));
  });

  it('goes by the clocks of its zone', () => {
    const calendar = office('America/Chicago');
    // The clocks go forward on the Sunday between.
    expect(targetAt(calendar, at('2026-03-06T22:00Z'), 2 * hour)).toBe(at('2026-03-09T15:00Z'));
  });

  it('counts an hour that the clocks repeat twice, and one that they leave out not at all', () => {
    const nights = calendarOf({ time_zone: 'Europe/Paris', hours: [{ day: 'sunday', from: '02:00', to: '03:00' }] });
    if (nights === null) throw new Error('There are hours.');
    expect(workingTime(nights, at('2026-10-25T00:00+02:00'), at('2026-10-26T00:00+01:00'))).toBe(2 * hour);
    expect(workingTime(nights, at('2026-03-29T00:00+01:00'), at('2026-03-30T00:00+02:00'))).toBe(0);
  });

  it('is none where there are no hours, and never reached', () => {
    const never = calendarOf({ hours: [] });
    expect(never === null ? 0 : targetAt(never, at('2026-01-01T00:00Z'), hour)).toBeNull();
    expect(calendarOf({ time_zone: 'UTC' })).toBeNull();
  });

  const zones = ['UTC', 'Europe/Paris', 'America/Chicago', 'Australia/Lord_Howe', 'Asia/Kolkata', 'America/St_Johns'];
  const days = [...weekdays, 'saturday', 'sunday'];
  const clock = (quarters: number) =>
    `${String(Math.floor(quarters / 4)).padStart(2, '0')}:${String((quarters % 4) * 15).padStart(2, '0')}`;
  const hours = fc.array(
    fc
      .record({ day: fc.constantFrom(...days), from: fc.integer({ min: 0, max: 95 }), length: fc.integer({ min: 1, max: 40 }) })
      .map(({ day, from, length }) => ({ day, from: clock(from), to: clock(Math.min(from + length, 96)) })),
    { maxLength: 8 },
  );
  // Around both changes of the clocks.
  const moment = fc
    .tuple(fc.constantFrom('2026-03-27T00:00Z', '2026-10-23T00:00Z', '2026-04-02T00:00Z'), fc.integer({ min: 0, max: 400 }))
    .map(([from, quarters]) => at(from) + quarters * quarter);
  const sample = fc.record({ zone: fc.constantFrom(...zones), hours, start: moment, quarters: fc.integer({ min: 0, max: 1_000 }) });

  it('is what somebody who looks at the clock each quarter of an hour counts', () => {
    fc.assert(
      fc.property(sample, ({ zone, hours: given, start, quarters }) => {
        const calendar = calendarOf({ time_zone: zone, hours: given });
        if (calendar === null) throw new Error('There are hours.');
        const clocks = new Intl.DateTimeFormat('en-GB', {
          timeZone: zone,
          weekday: 'long',
          hour: '2-digit',
          minute: '2-digit',
          hourCycle: 'h23',
        });
        let total = 0;
        for (let time = start; time < start + quarters * quarter; time += quarter) {
          const parts = new Map(clocks.formatToParts(time).map(({ type, value }) => [type, value]));
          const now = `${parts.get('hour') ?? ''}:${parts.get('minute') ?? ''}`;
          const day = parts.get('weekday')?.toLowerCase();
          if (given.some((one) => one.day === day && one.from <= now && now < one.to)) total += quarter;
        }
        expect(workingTime(calendar, start, start + quarters * quarter)).toBe(total);
      }),
      { numRuns: 150 },
    );
  });

  it('reaches its target with the last of the time that was asked for', () => {
    fc.assert(
      fc.property(sample, ({ zone, hours: given, start, quarters }) => {
        const calendar = calendarOf({ time_zone: zone, hours: given });
        const target = calendar === null ? null : targetAt(calendar, start, quarters * quarter + 1);
        if (calendar === null || target === null) return;
        expect(workingTime(calendar, start, target)).toBe(quarters * quarter + 1);
        expect(workingTime(calendar, start, target - 1)).toBe(quarters * quarter);
      }),
    );
  });
});
