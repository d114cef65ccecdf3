import { describe, expect, it } from 'vitest';
import { ConfigError } from '#platform/config/config';
import { startFailure } from '#platform/start-failure';

describe('a process that cannot start', () => {
  it('names every setting at fault and nothing else', () => {
    expect(startFailure(new ConfigError(['PORT: not a number', 'DATABASE_URL: required']))).toBe(
      'The configuration is not valid:\n  PORT: not a number\n  DATABASE_URL: required',
    );
  });

  it('says what to check when the database does not answer', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' });
    expect(startFailure(refused)).toContain('Check DATABASE_URL');
  });

  it('tells a fault of ours with its place', () => {
    expect(startFailure(new Error('odd'))).toMatch(/^Error: odd\n +at /);
  });
});
