import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { compiled } from '#test/support/compiled';
import { createDatabase } from '#test/support/database';
import { testSecretsKeys } from '#test/support/secrets';

/** What a process says when it refuses to start, and its exit code. */
async function refusal(entry: string, environment: Readonly<Record<string, string>>) {
  const child = promisify(execFile)(process.execPath, [compiled(entry)], {
    env: { PATH: process.env['PATH'], LOG_LEVEL: 'silent', ...environment },
  });
  return child.then(
    () => ({ text: '', code: 0 }),
    (error: unknown) => {
      const { stderr, code } = error as { stderr: string; code: number };
      return { text: stderr, code };
    },
  );
}

describe.each(['src/server/main.ts', 'worker/main.ts'])('%s', (entry) => {
  it('does not start without keys for secrets, and says how to make one', async () => {
    const { text, code } = await refusal(entry, { DATABASE_URL: await createDatabase() });
    expect(text).toContain('SECRETS_KEYS: required.');
    expect(text).toContain('openssl rand -base64 32');
    expect(code).toBe(1);
  });

  it('does not start with a key that is short or not random, and tells every setting at fault', async () => {
    const databaseUrl = await createDatabase();
    for (const keys of ['k1:c2hvcnQ=', `k1:${Buffer.alloc(32).toString('base64')}`, testSecretsKeys.replace('t1:', '')]) {
      const { text, code } = await refusal(entry, { DATABASE_URL: databaseUrl, SECRETS_KEYS: keys, PORT: 'many' });
      expect(text).toMatch(/SECRETS_KEYS: .*key/);
      expect(text).toContain('PORT: ');
      expect(code).toBe(1);
    }
  });
});
