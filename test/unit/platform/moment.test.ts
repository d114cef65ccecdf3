import fc from 'fast-check';
import pg from 'pg';
import { expect, it } from 'vitest';
import { momentReader } from '#platform/db/moment';

const read = momentReader();
const reference = pg.types.getTypeParser(pg.types.builtins.TIMESTAMPTZ) as (text: string) => Date;

it.each([
  '2026-11-28 09:00:00+00',
  '2026-11-28 09:00:00.1+00',
  '2026-11-28 09:00:00.123456+00',
  '0001-01-01 00:00:00+00',
  '0044-03-15 12:00:00+00 BC',
  '12026-01-01 00:00:00+00',
  '2026-11-28 09:00:00.5+05:30',
  '2026-11-28 09:00:00-03',
  '1880-01-01 00:00:00+00:34:08',
  'infinity',
  '-infinity',
])('reads %s like pg itself', (text) => {
  expect(read(text)).toEqual(reference(text));
});

it('reads every moment like pg itself', () => {
  const moment = fc.date({ min: new Date('0100-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true });
  fc.assert(
    fc.property(moment, fc.nat(999), fc.constantFrom('+00', '+01', '-11:30'), (date, micros, zone) => {
      const iso = date.toISOString();
      const digits = `${iso.slice(20, 23)}${String(micros).padStart(3, '0')}`.replace(/0+$/, '');
      const text = `${iso.slice(0, 10)} ${iso.slice(11, 19)}${digits === '' ? '' : `.${digits}`}${zone}`;
      expect(read(text)).toEqual(reference(text));
    }),
  );
});
