import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cronAfter, cronProblem, everFires } from '#domain/schedule/schedule.cron';
import { isTimeZone, spanAt, zonedText } from '#domain/schedule/schedule.zone';
import { firesByWalking } from './cron-oracle.js';

/** The fires in (from, until], as people of the zone write them. */
function fires(expression: string, timeZone: string, from: string, until: string): string[] {
  return instants(expression, timeZone, Date.parse(from), Date.parse(until)).map((time) => zonedText(timeZone, time).replace(/\[.*$/, ''));
}

function instants(expression: string, timeZone: string, from: number, until: number): number[] {
  const found: number[] = [];
  for (
    let fire = cronAfter(expression, timeZone, from);
    fire !== null && fire.instant <= until;
    fire = cronAfter(expression, timeZone, fire.instant)
  )
    found.push(fire.instant);
  return found;
}

describe('cron by clocks that leap forward: a time that does not exist fires once, at the end of the leap', () => {
  it.each([
    [
      'Europe/Paris',
      '30 2 * * *',
      '2026-03-28T00:00Z',
      '2026-03-31T00:00Z',
      ['2026-03-28T02:30:00+01:00', '2026-03-29T03:00:00+02:00', '2026-03-30T02:30:00+02:00'],
    ],
    [
      'America/New_York',
      '30 2 * * *',
      '2026-03-07T12:00Z',
      '2026-03-09T12:00Z',
      ['2026-03-08T03:00:00-04:00', '2026-03-09T02:30:00-04:00'],
    ],
    [
      'Australia/Lord_Howe',
      '15 2 * * *',
      '2026-10-03T00:00Z',
      '2026-10-05T00:00Z',
      ['2026-10-04T02:30:00+11:00', '2026-10-05T02:15:00+11:00'],
    ],
    [
      'Antarctica/Troll',
      '30 1 * * *',
      '2026-03-28T12:00Z',
      '2026-03-30T00:00Z',
      ['2026-03-29T03:00:00+02:00', '2026-03-30T01:30:00+02:00'],
    ],
    [
      'Antarctica/Troll',
      '0 1,2 * * *',
      '2026-03-28T12:00Z',
      '2026-03-30T00:00Z',
      ['2026-03-29T03:00:00+02:00', '2026-03-30T01:00:00+02:00', '2026-03-30T02:00:00+02:00'],
    ],
    ['Europe/Dublin', '30 1 * * *', '2026-03-28T12:00Z', '2026-03-30T12:00Z', ['2026-03-29T02:00:00+01:00', '2026-03-30T01:30:00+01:00']],
    [
      'America/Sao_Paulo',
      '0 0 * * *',
      '2018-11-03T12:00Z',
      '2018-11-05T12:00Z',
      ['2018-11-04T01:00:00-02:00', '2018-11-05T00:00:00-02:00'],
    ],
    ['America/Sao_Paulo', '30 0 4 11 *', '2018-11-01T00:00Z', '2018-12-01T00:00Z', ['2018-11-04T01:00:00-02:00']],
    [
      'Pacific/Apia',
      '0 9 * * *',
      '2011-12-29T00:00Z',
      '2012-01-01T00:00Z',
      ['2011-12-29T09:00:00-10:00', '2011-12-31T00:00:00+14:00', '2011-12-31T09:00:00+14:00', '2012-01-01T09:00:00+14:00'],
    ],
    ['Pacific/Apia', '0 */6 30 12 *', '2011-12-28T00:00Z', '2012-01-02T00:00Z', ['2011-12-31T00:00:00+14:00']],
    [
      'Africa/Casablanca',
      '30 2 * * *',
      '2026-03-21T12:00Z',
      '2026-03-23T12:00Z',
      ['2026-03-22T03:00:00+01:00', '2026-03-23T02:30:00+01:00'],
    ],
    ['Asia/Kolkata', '30 2 * * *', '2026-03-28T00:00Z', '2026-03-29T12:00Z', ['2026-03-29T02:30:00+05:30']],
    ['UTC', '30 2 * * *', '2026-03-28T03:00Z', '2026-03-30T00:00Z', ['2026-03-29T02:30:00+00:00']],
  ])('%s %s', (timeZone, expression, from, until, expected) => {
    expect(fires(expression, timeZone, from, until)).toEqual(expected);
  });

  it('so do many of them: they are one fire, together with the time at the end of the leap', () => {
    expect(fires('*/15 * * * *', 'Europe/Paris', '2026-03-29T00:30Z', '2026-03-29T01:30Z')).toEqual([
      '2026-03-29T01:45:00+01:00',
      '2026-03-29T03:00:00+02:00',
      '2026-03-29T03:15:00+02:00',
      '2026-03-29T03:30:00+02:00',
    ]);
  });
});

describe('cron by clocks that are set back: a time that is shown twice fires once, the first time', () => {
  it.each([
    ['Europe/Paris', '30 2 * * *', '2026-10-24T12:00Z', '2026-10-26T12:00Z', ['2026-10-25T02:30:00+02:00', '2026-10-26T02:30:00+01:00']],
    [
      'America/New_York',
      '30 1 * * *',
      '2026-10-31T12:00Z',
      '2026-11-02T12:00Z',
      ['2026-11-01T01:30:00-04:00', '2026-11-02T01:30:00-05:00'],
    ],
    [
      'Australia/Lord_Howe',
      '45 1 * * *',
      '2026-04-04T12:00Z',
      '2026-04-05T20:00Z',
      ['2026-04-05T01:45:00+11:00', '2026-04-06T01:45:00+10:30'],
    ],
    [
      'Antarctica/Troll',
      '30 1,2 * * *',
      '2026-10-24T12:00Z',
      '2026-10-25T12:00Z',
      ['2026-10-25T01:30:00+02:00', '2026-10-25T02:30:00+02:00'],
    ],
    ['Europe/Dublin', '30 1 * * *', '2026-10-24T12:00Z', '2026-10-26T12:00Z', ['2026-10-25T01:30:00+01:00', '2026-10-26T01:30:00+00:00']],
    [
      'America/Sao_Paulo',
      '30 23 * * *',
      '2018-02-17T12:00Z',
      '2018-02-19T12:00Z',
      ['2018-02-17T23:30:00-02:00', '2018-02-18T23:30:00-03:00'],
    ],
    [
      'Africa/Casablanca',
      '30 2 * * *',
      '2026-02-14T12:00Z',
      '2026-02-16T12:00Z',
      ['2026-02-15T02:30:00+01:00', '2026-02-16T02:30:00+00:00'],
    ],
  ])('%s %s', (timeZone, expression, from, until, expected) => {
    expect(fires(expression, timeZone, from, until)).toEqual(expected);
  });

  it('whatever the pattern: the clock fires nothing while it shows an hour again', () => {
    expect(fires('*/30 * * * *', 'Europe/Paris', '2026-10-25T00:00Z', '2026-10-25T02:30Z')).toEqual([
      '2026-10-25T02:30:00+02:00',
      '2026-10-25T03:00:00+01:00',
      '2026-10-25T03:30:00+01:00',
    ]);
    expect(fires('0 * * * *', 'Europe/Paris', '2026-10-24T23:30Z', '2026-10-25T03:00Z')).toEqual([
      '2026-10-25T02:00:00+02:00',
      '2026-10-25T03:00:00+01:00',
      '2026-10-25T04:00:00+01:00',
    ]);
    expect(fires('* * * * * *', 'Europe/Paris', '2026-10-25T00:59:58Z', '2026-10-25T02:00:00Z')).toEqual([
      '2026-10-25T02:59:59+02:00',
      '2026-10-25T03:00:00+01:00',
    ]);
  });

  it('also when it is asked in the middle of the repeated hour', () => {
    expect(cronAfter('45 2 * * *', 'Europe/Paris', Date.parse('2026-10-25T01:40:00Z'))?.instant).toBe(Date.parse('2026-10-26T01:45:00Z'));
  });
});

describe('cron in any zone', () => {
  /** Around changes of the clocks, or anywhere. */
  const places: readonly [string, string][] = [
    ['Europe/Paris', '2026-03-29'],
    ['Europe/Paris', '2026-10-25'],
    ['America/New_York', '2026-03-08'],
    ['America/New_York', '2026-11-01'],
    ['Australia/Lord_Howe', '2026-04-05'],
    ['Australia/Lord_Howe', '2026-10-04'],
    ['Antarctica/Troll', '2026-03-29'],
    ['Antarctica/Troll', '2026-10-25'],
    ['Europe/Dublin', '2026-03-29'],
    ['Europe/Dublin', '2026-10-25'],
    ['America/Sao_Paulo', '2018-11-04'],
    ['America/Sao_Paulo', '2018-02-18'],
    ['Pacific/Apia', '2011-12-30'],
    ['Africa/Casablanca', '2026-02-15'],
    ['Africa/Casablanca', '2026-03-22'],
    ['Asia/Kolkata', '2026-06-01'],
    ['UTC', '2026-12-31'],
  ];
  const field = (low: number, high: number) =>
    fc.oneof(
      { weight: 3, arbitrary: fc.constant('*') },
      { weight: 3, arbitrary: fc.integer({ min: low, max: high }).map(String) },
      fc.uniqueArray(fc.integer({ min: low, max: high }), { minLength: 2, maxLength: 3 }).map((values) => values.join(',')),
      fc
        .tuple(fc.integer({ min: low, max: high }), fc.integer({ min: low, max: high }))
        .map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
    );
  const stepped = (low: number, high: number) =>
    fc.oneof(
      { weight: 3, arbitrary: field(low, high) },
      fc.integer({ min: 2, max: high }).map((step) => `*/${step}`),
    );
  const expressions = fc
    .tuple(stepped(0, 59), stepped(0, 23), field(1, 31), fc.constant('*'), field(0, 6))
    .map((fields) => fields.join(' '));

  it.each(places)('fires when a walk through every minute says so: %s, about %s', (timeZone, day) => {
    const noon = Date.parse(`${day}T12:00Z`);
    const hour = 3_600_000;
    fc.assert(
      fc.property(expressions, fc.integer({ min: -36 * 60, max: 12 * 60 }), (expression, startMinute) => {
        const from = noon + startMinute * 60_000;
        expect(instants(expression, timeZone, from, from + 30 * hour)).toEqual(
          firesByWalking(expression, timeZone, from, from + 30 * hour),
        );
      }),
      { numRuns: 12 },
    );
  });

  it('goes forward only', () => {
    fc.assert(
      fc.property(fc.constantFrom(...places), fc.integer({ min: 0, max: 4e12 }), ([timeZone], time) => {
        const fire = cronAfter('*/20 * * * * *', timeZone, time);
        expect(fire?.instant).toBeGreaterThan(time);
        expect(cronAfter('*/20 * * * * *', timeZone, (fire?.instant ?? 0) - 1)?.instant).toBe(fire?.instant);
      }),
      { numRuns: 300 },
    );
  });
});

describe('the dialect', () => {
  const next = (expression: string, from = '2026-01-01T00:00Z') => {
    const fire = cronAfter(expression, 'UTC', Date.parse(from));
    return fire === null ? null : new Date(fire.instant).toISOString().replace(':00.000Z', 'Z');
  };

  it.each([
    ['five fields', '30 9 * * *', '2026-01-01T09:30Z'],
    ['six fields, seconds first', '15 30 9 * * *', '2026-01-01T09:30:15.000Z'],
    ['names of days and months', '0 9 * FEB MON', '2026-02-02T09:00Z'],
    ['ranges to Sunday', '0 9 * * SAT-SUN', '2026-01-03T09:00Z'],
    ['ranges', '0 9 * * MON-FRI', '2026-01-01T09:00Z'],
    ['steps', '*/20 * * * *', '2026-01-01T00:20Z'],
    ['steps in a range', '10-50/20 * * * *', '2026-01-01T00:10Z'],
    ['lists', '5,10 0 * * *', '2026-01-01T00:05Z'],
    ['Sunday as 0', '0 0 * * 0', '2026-01-04T00:00Z'],
    ['Sunday as 7', '0 0 * * 7', '2026-01-04T00:00Z'],
    ['? for any', '0 0 ? * MON', '2026-01-05T00:00Z'],
    ['the last day of the month', '0 0 L * *', '2026-01-31T00:00Z'],
    ['the last Friday of the month', '0 0 * * FRIL', '2026-01-30T00:00Z'],
    ['the second Monday of the month', '0 0 * * MON#2', '2026-01-12T00:00Z'],
    ['the weekday nearest to a day', '0 0 17W * *', '2026-01-16T00:00Z'],
    ['the last weekday of the month', '0 0 LW * *', '2026-01-30T00:00Z'],
    ['day of the month or day of the week when both are given', '0 0 13 * FRI', '2026-01-02T00:00Z'],
    ['day of the month and day of the week with +', '0 0 13 * +FRI', '2026-02-13T00:00Z'],
    ['@hourly', '@hourly', '2026-01-01T01:00Z'],
    ['@daily', '@daily', '2026-01-02T00:00Z'],
    ['@weekly', '@weekly', '2026-01-04T00:00Z'],
    ['@monthly', '@monthly', '2026-02-01T00:00Z'],
    ['@yearly', '@yearly', '2027-01-01T00:00Z'],
    ['a day that few years have', '0 0 29 2 *', '2028-02-29T00:00Z'],
  ])('knows %s: %s', (_what, expression, expected) => {
    expect(cronProblem(expression)).toBeNull();
    expect(next(expression)).toBe(expected);
    expect(everFires(expression)).toBe(true);
  });

  it.each([
    '',
    '* * * *',
    '* * * * * * *',
    '60 * * * *',
    '* 24 * * *',
    '* * 0 * *',
    '* * * 13 *',
    '* * * * 8',
    'a b c d e',
    '*/0 * * * *',
    '5/15 * * * *',
    '50-10 * * * *',
    '0 0 * * FRI-MON',
    '@reboot',
    '@every 5m',
    '0 0 * * MON#6',
    '0 0 32W * *',
  ])('refuses %j', (expression) => {
    expect(cronProblem(expression)).not.toBeNull();
  });

  it.each(['0 0 30 2 *', '0 0 31 4,6,9,11 *', '0 0 30W 2 *', '* * * LW * +SUN', '0 0 31 2 +MON'])(
    'knows that %s never fires',
    (expression) => {
      expect(cronProblem(expression)).toBeNull();
      expect(everFires(expression)).toBe(false);
    },
  );

  it('takes bounded time for the worst it can be asked', () => {
    const days = Array.from({ length: 31 }, (_, day) => `${day + 1}W`).join(',');
    const started = performance.now();
    for (const expression of [`* * * ${days} 2 +SUN`, '59 59 23 29 2 +MON#5', '0 0 30,31 2 *', '* * * LW * +SUN']) {
      if (everFires(expression)) cronAfter(expression, 'Antarctica/Troll', Date.parse('2026-01-01T00:00Z'));
    }
    // Milliseconds; a search without a bound takes minutes.
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});

describe('time zones', () => {
  it.each(['Europe/Paris', 'UTC', 'Etc/UTC', 'Asia/Calcutta', 'America/Argentina/Buenos_Aires', 'Etc/GMT+5', 'europe/paris'])(
    '%s is one',
    (name) => {
      expect(isTimeZone(name)).toBe(true);
    },
  );

  it.each(['', 'Mars/Olympus', '+01:00', '-05:00', '+0100', 'UTC+1', 'Europe', ' Europe/Paris', 'Z'])('%j is none', (name) => {
    expect(isTimeZone(name)).toBe(false);
  });

  it('have spans that follow each other without a hole', () => {
    for (const name of ['Europe/Paris', 'Africa/Casablanca', 'Pacific/Apia', 'America/Sao_Paulo', 'Asia/Kolkata']) {
      let span = spanAt(name, Date.parse('1990-01-01T00:00Z'));
      while (span.until < Date.parse('2040-01-01T00:00Z')) {
        const next = spanAt(name, span.until);
        expect(next.from).toBe(span.until);
        expect(next.offset).not.toBe(span.offset);
        span = next;
      }
    }
  });
});
