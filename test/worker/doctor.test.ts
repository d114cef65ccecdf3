import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { createApp } from '#app';
import { stuckRuns } from '#domain/run/run.invariant';
import { sealPlace } from '#domain/secret/secret.service';
import { readConfig } from '#platform/config/config';
import { newId } from '#platform/ids';
import { createSecretBox } from '#platform/secrets/secret-box';
import { atEnd } from '#test/support/at-end';
import { compiled } from '#test/support/compiled';
import { createDatabase } from '#test/support/database';
import { testPlatform } from '#test/support/platform';
import { redisPrefix, redisUrl } from '#test/support/redis';
import { testSecretsKeys } from '#test/support/secrets';
import { seed } from '#test/support/seed';
import { seedWorkspace } from '#test/support/tenancy';

/** What the command prints, and its exit code. */
async function doctor(environment: Readonly<Record<string, string>>): Promise<{ readonly text: string; readonly code: number }> {
  const child = promisify(execFile)(process.execPath, [compiled('src/cli/main.ts'), 'doctor'], {
    env: { PATH: process.env['PATH'], NO_COLOR: '1', ...environment },
  });
  return child.then(
    ({ stdout }) => ({ text: stdout, code: 0 }),
    (error: unknown) => {
      const { stdout, code } = error as { stdout: string; code: number };
      return { text: stdout, code };
    },
  );
}

test('a healthy installation passes', async () => {
  const { text, code } = await doctor({ DATABASE_URL: await createDatabase(), REDIS_URL: redisUrl(), SECRETS_KEYS: testSecretsKeys });
  expect(text).toMatch(/ok +PostgreSQL: \d+/);
  expect(text).toMatch(/ok +Migrations: all applied/);
  expect(text).toMatch(/ok +Runs: every open run/);
  expect(text).toMatch(/ok +Secrets: none/);
  expect(text).toMatch(/ok +Eviction: noeviction/);
  expect(code).toBe(0);
});

test('what is wrong is named with what to do, all at once', async () => {
  const away = await doctor({ DATABASE_URL: 'postgresql://postgres@127.0.0.1:1/nothing', REDIS_URL: 'redis://127.0.0.1:1' });
  expect(away.text).toMatch(/WRONG +PostgreSQL: does not answer: .*ECONNREFUSED.*\n +Check DATABASE_URL/);
  expect(away.text).toMatch(/WRONG +Redis: does not answer: .*\n +Check REDIS_URL/);
  expect(away.text).toMatch(/WRONG +SECRETS_KEYS: not set\n +.*secrets key/);
  expect(away.text).toContain('3 things are wrong.');
  expect(away.code).toBe(1);

  const unreadable = await doctor({ PORT: 'many' });
  expect(unreadable.text).toMatch(/WRONG +Settings: PORT: /);
  expect(unreadable.text).toMatch(/WRONG +Settings: DATABASE_URL: required/);
  expect(unreadable.code).toBe(1);
});

test('secrets that no longer open, and those that a rotation has not reached, are counted', async () => {
  const databaseUrl = await createDatabase();
  const [old, next, lost] = ['old', 'next', 'lost'].map((id) => `${id}:${randomBytes(32).toString('base64')}`);
  const platform = await testPlatform({ databaseUrl, settings: { SECRETS_KEYS: String(old) } });
  const { workspaceId } = await seedWorkspace(platform);
  const put = async (keys: string, name: string) => {
    const box = createSecretBox(readConfig({ DATABASE_URL: databaseUrl, SECRETS_KEYS: keys }).secrets.keys);
    const place = { workspaceId, ownerId: workspaceId, name };
    const sealed = box.seal(sealPlace(place), 'planted');
    await platform.db.prisma.secret.create({ data: { id: newId(), owner: 'WORKSPACE', ...place, ...sealed } });
  };
  await put(String(old), 'A');
  await put(String(lost), 'B');
  const { text, code } = await doctor({ DATABASE_URL: databaseUrl, REDIS_URL: redisUrl(), SECRETS_KEYS: `${String(next)},${String(old)}` });
  expect(text).toMatch(/WRONG +Secrets: 1 sealed by the key lost, which is not in SECRETS_KEYS\n/);
  expect(text).toMatch(/note +Secrets: 1 sealed by another key than the first one\n +.*millrace secrets rotate/);
  expect(code).toBe(1);
});

test('a run that nobody will ever finish is found', async () => {
  const databaseUrl = await createDatabase();
  const app = await createApp(
    readConfig({
      DATABASE_URL: databaseUrl,
      REDIS_URL: redisUrl(),
      REDIS_PREFIX: redisPrefix(),
      LOG_LEVEL: 'silent',
      SECRETS_KEYS: testSecretsKeys,
    }),
  );
  atEnd(() => app.close());
  const workspace = await seed(app).workspace();
  const action = await workspace.action();
  const [first, second, third] = await Promise.all([workspace.run(action), workspace.run(action), workspace.run(action)]);
  expect(await stuckRuns(app.db.sql, 30_000)).toEqual([]);

  await app.db.prisma.run.update({ where: { id: first.uuid }, data: { status: 'RUNNING', leaseOwner: null, leaseUntil: null } });
  await app.db.prisma.run.update({
    where: { id: second.uuid },
    data: { status: 'WAITING', waitKind: 'RETRY', waitUntil: new Date(Date.now() - 60_000) },
  });
  await app.db.prisma.run.update({ where: { id: third.uuid }, data: { dispatchedAt: new Date(Date.now() - 60_000) } });
  expect(await stuckRuns(app.db.sql, 30_000)).toEqual([
    { reason: 'NOT_TAKEN', runs: 1, runId: third.uuid },
    { reason: 'NO_LEASE', runs: 1, runId: first.uuid },
    { reason: 'TIMER_OVERDUE', runs: 1, runId: second.uuid },
  ]);
  const { text, code } = await doctor({ DATABASE_URL: databaseUrl, REDIS_URL: redisUrl() });
  expect(text).toContain(`WRONG  Runs: 1 are RUNNING in nobody's hands, such as ${first.id}`);
  expect(text).toContain('no worker takes them');
  expect(code).toBe(1);
});

test('an event that waits for its rules for longer than a minute is found', async () => {
  const databaseUrl = await createDatabase();
  const platform = await testPlatform({ databaseUrl });
  const { workspaceId } = await seedWorkspace(platform);
  const pending = async (at: Date): Promise<string> => {
    const [id, actor] = [newId(), { actorKind: 'SYSTEM', actorName: 'Millrace' } as const];
    await platform.db.prisma.event.create({
      data: { id, workspaceId, type: 'x.happened', source: '/x', data: {}, changed: [], chain: [], ...actor, at },
    });
    return id;
  };
  await pending(new Date());
  const environment = { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl(), SECRETS_KEYS: testSecretsKeys };
  expect((await doctor(environment)).text).toMatch(/ok +Events: /);
  const late = await pending(new Date(Date.now() - 120_000));
  const { text, code } = await doctor(environment);
  expect(text).toMatch(
    new RegExp(`WRONG +Events: 1 wait for longer than a minute for automations to be evaluated, such as evt_${late}\n +\\S`),
  );
  expect(code).toBe(1);

  await platform.db.prisma.event.update({ where: { id: late }, data: { heldAt: new Date() } });
  expect((await doctor(environment)).text).toMatch(/WRONG +Events: .*; 1 of them are held back\n +The queue of a workspace is full/);
});
