import { describe, expect, it } from 'vitest';
import { cronAfter, cronProblem } from '#domain/schedule/schedule.cron';

// The levels of the Open Cron Pattern Specification (https://github.com/open-source-cron/ocps): what each pattern means is said there, and
// which day that is by the calendar. What docs/schedules.md does not take is refused.

const start = Date.parse('2026-01-01T00:00:00Z');

/** The first three instants after the start of 2026. */
function firstThree(pattern: string, timeZone: string): string[] {
  const found: string[] = [];
  for (let time = start; found.length < 3; ) {
    const fire = cronAfter(pattern, timeZone, time);
    if (fire === null) break;
    time = fire.instant;
    found.push(new Date(time).toISOString().replace('.000Z', 'Z'));
  }
  return found;
}

const days = (...all: readonly string[]): string[] => all.map((day) => (day.includes('T') ? day : `${day}T00:00:00Z`));

type Row = readonly [pattern: string, timeZone: string, expected: readonly string[]];

const levels: Readonly<Record<string, readonly Row[]>> = {
  '1.0, what POSIX and Vixie say': [
    ['*/15 9-10 * * *', 'UTC', days('2026-01-01T09:00:00Z', '2026-01-01T09:15:00Z', '2026-01-01T09:30:00Z')],
    ['0 0 1,15 * WED', 'UTC', days('2026-01-07', '2026-01-14', '2026-01-15')],
    ['0 12 * jan,JUL mon', 'UTC', days('2026-01-05T12:00:00Z', '2026-01-12T12:00:00Z', '2026-01-19T12:00:00Z')],
    ['0 0 * * 5-7', 'UTC', days('2026-01-02', '2026-01-03', '2026-01-04')],
    ['30 4 1-7/3 * *', 'UTC', days('2026-01-01T04:30:00Z', '2026-01-04T04:30:00Z', '2026-01-07T04:30:00Z')],
    ['0 0 29 2 *', 'UTC', days('2028-02-29', '2032-02-29', '2036-02-29')],
    ['0 0 1 1 *', 'Asia/Kathmandu', days('2026-12-31T18:15:00Z', '2027-12-31T18:15:00Z', '2028-12-31T18:15:00Z')],
  ],
  '1.1, nicknames': [
    ['@yearly', 'UTC', days('2027-01-01', '2028-01-01', '2029-01-01')],
    ['@annually', 'UTC', days('2027-01-01', '2028-01-01', '2029-01-01')],
    ['@monthly', 'UTC', days('2026-02-01', '2026-03-01', '2026-04-01')],
    ['@weekly', 'UTC', days('2026-01-04', '2026-01-11', '2026-01-18')],
    ['@midnight', 'UTC', days('2026-01-02', '2026-01-03', '2026-01-04')],
    ['@daily', 'America/New_York', days('2026-01-01T05:00:00Z', '2026-01-02T05:00:00Z', '2026-01-03T05:00:00Z')],
    ['@hourly', 'Asia/Kolkata', days('2026-01-01T00:30:00Z', '2026-01-01T01:30:00Z', '2026-01-01T02:30:00Z')],
  ],
  '1.2, seconds': [
    ['*/20 59 23 31 12 *', 'UTC', days('2026-12-31T23:59:00Z', '2026-12-31T23:59:20Z', '2026-12-31T23:59:40Z')],
    ['5,10 0 0 * * *', 'UTC', days('2026-01-01T00:00:05Z', '2026-01-01T00:00:10Z', '2026-01-02T00:00:05Z')],
  ],
  '1.3, L, W and #': [
    ['0 0 L 2 *', 'UTC', days('2026-02-28', '2027-02-28', '2028-02-29')],
    ['0 0 * * 5L', 'UTC', days('2026-01-30', '2026-02-27', '2026-03-27')],
    ['0 0 * * MON#5', 'UTC', days('2026-03-30', '2026-06-29', '2026-08-31')],
    ['0 0 15W * *', 'UTC', days('2026-01-15', '2026-02-16', '2026-03-16')],
    ['0 0 1W 8 *', 'UTC', days('2026-08-03', '2027-08-02', '2028-08-01')],
    ['0 0 31W * *', 'UTC', days('2026-01-30', '2026-03-31', '2026-05-29')],
    ['0 0 LW * *', 'UTC', days('2026-01-30', '2026-02-27', '2026-03-31')],
    ['0 0 L * *', 'Asia/Tokyo', days('2026-01-30T15:00:00Z', '2026-02-27T15:00:00Z', '2026-03-30T15:00:00Z')],
    ['0 0 * * MON#1', 'Pacific/Kiritimati', days('2026-01-04T10:00:00Z', '2026-02-01T10:00:00Z', '2026-03-01T10:00:00Z')],
    ['0 9 15W * *', 'America/New_York', days('2026-01-15T14:00:00Z', '2026-02-16T14:00:00Z', '2026-03-16T13:00:00Z')],
  ],
  '1.4, + and ?': [
    ['0 0 1 * +MON', 'UTC', days('2026-06-01', '2027-02-01', '2027-03-01')],
    ['0 0 13 * +FRI', 'UTC', days('2026-02-13', '2026-03-13', '2026-11-13')],
    ['0 0 ? * ?', 'UTC', days('2026-01-02', '2026-01-03', '2026-01-04')],
  ],
  // On the day on which the clocks change, which is itself told by a pattern.
  'where clocks change': [
    ['30 2 * 3 0L', 'Europe/Paris', days('2026-03-29T01:00:00Z', '2027-03-28T01:00:00Z', '2028-03-26T01:00:00Z')],
    ['30 2 * 10 0L', 'Europe/Paris', days('2026-10-25T00:30:00Z', '2027-10-31T00:30:00Z', '2028-10-29T00:30:00Z')],
    ['30 2 * 3 SUN#2', 'America/New_York', days('2026-03-08T07:00:00Z', '2027-03-14T07:00:00Z', '2028-03-12T07:00:00Z')],
    ['30 1 * 11 SUN#1', 'America/New_York', days('2026-11-01T05:30:00Z', '2027-11-07T05:30:00Z', '2028-11-05T05:30:00Z')],
  ],
};

describe.each(Object.entries(levels))('open cron patterns, %s', (_level, rows) => {
  it.each(rows)('%s in %s', (pattern, timeZone, expected) => {
    expect(cronProblem(pattern)).toBeNull();
    expect(firstThree(pattern, timeZone)).toEqual(expected);
  });
});

describe('open cron patterns that Millrace does not take', () => {
  it.each([
    ['years', '0 0 0 1 1 * 2027', /fields|parts/i],
    ['a start of the program', '@reboot', /reboot|fields|parts/i],
    ['intervals', '@every 5m', /fields|parts|every/i],
    ['a nickname that there is not', '@fortnightly', /fields|parts|fortnightly/i],
    ['four fields', '0 0 * *', /fields|parts/i],
    ['a W without a day', '0 0 W * *', /W/],
    ['a W after a range', '0 0 1-5W * *', /W/],
    ['the sixth of a week', '0 0 * * MON#6', /#|6|nth/i],
    ['the zeroth of a week', '0 0 * * MON#0', /#|0|nth/i],
    ['a hash of Jenkins', 'H 0 * * *', /H/],
    ['a range that wraps around', '0 22-2 * * *', /22-2/],
    ['a step behind a number', '5/15 * * * *', /5\/15/],
    ['an hour beyond the day', '0 24 * * *', /24|hour/i],
  ])('%s are refused, with what is wrong: %s', (_what, pattern, message) => {
    expect(cronProblem(pattern)).toMatch(message);
  });
});
