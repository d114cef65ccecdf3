import { expect, test } from 'vitest';
import { readConfig } from '#platform/config/config';
import { expiries } from '#worker/retention';

const read = (settings: Readonly<Record<string, string>>) => readConfig({ DATABASE_URL: 'postgresql://x@y/z', ...settings });
const now = new Date('2026-12-01T00:00:00Z');
const kept = (settings: Readonly<Record<string, string>>) => expiries(read(settings), now);

test('things are kept as long as they are configured to be', () => {
  expect(kept({})).toEqual({
    runs: new Date('2026-11-21T00:00:00Z'),
    // An hour longer than a cursor of the feed, which may lead to them.
    logs: new Date('2026-11-23T23:00:00Z'),
    events: new Date('2026-11-01T00:00:00Z'),
    ticks: new Date('2026-11-01T00:00:00Z'),
    levels: new Date('2025-12-01T00:00:00Z'),
    deliveries: new Date('2026-11-01T00:00:00Z'),
    audit: null,
  });
  expect(
    kept({ RETENTION_AUDIT_DAYS: '30', RETENTION_TICKS_DAYS: '1', RETENTION_DELIVERIES_DAYS: '2', RETENTION_LEVELS_DAYS: '3' }),
  ).toMatchObject({
    audit: new Date('2026-11-01T00:00:00Z'),
    ticks: new Date('2026-11-30T00:00:00Z'),
    deliveries: new Date('2026-11-29T00:00:00Z'),
    levels: new Date('2026-11-28T00:00:00Z'),
  });
});

test('what a cursor of the feed can lead to is not deleted before the cursor has expired', () => {
  const settings = { RETENTION_RUNS_DAYS: '1', RETENTION_LOGS_DAYS: '1', FEED_RETENTION_MS: '86400000' };
  expect(kept(settings)).toMatchObject({ runs: new Date('2026-11-29T23:00:00Z'), logs: new Date('2026-11-29T23:00:00Z') });
  expect(kept({ RETENTION_EVENTS_DAYS: '1' })).toMatchObject({ events: new Date('2026-11-23T23:00:00Z') });
  expect(() => read({ ...settings, FEED_RETENTION_MS: '86400001' })).toThrow('RETENTION_LOGS_DAYS: not shorter than FEED_RETENTION_MS');
});

test('a time that makes no sense is refused', () => {
  expect(() => read({ RETENTION_RUNS_DAYS: '7', RETENTION_LOGS_DAYS: '8' })).toThrow(
    'RETENTION_RUNS_DAYS: not shorter than RETENTION_LOGS_DAYS',
  );
  for (const days of ['0', '-1', '1.5', 'a week', '4000']) expect(() => read({ RETENTION_RUNS_DAYS: days })).toThrow('RETENTION_RUNS_DAYS');
  expect(() => read({ RETENTION_AUDIT_DAYS: '1' })).toThrow('RETENTION_AUDIT_DAYS');
});
