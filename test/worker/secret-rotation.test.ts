import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { beforeEach, expect, test } from 'vitest';
import { setSecret } from '#domain/secret/named.service';
import { keysInUse, rotateSecrets } from '#domain/secret/rotation.service';
import { openSecrets } from '#domain/secret/secret.service';
import { systemActor } from '#domain/tenant/viewer';
import { newId } from '#platform/ids';
import { SecretKeyError, createSecretBox } from '#platform/secrets/secret-box';
import { readConfig } from '#platform/config/config';
import type { Platform } from '#platform/platform';
import { transact } from '#platform/work/work';
import { compiled } from '#test/support/compiled';
import { testPlatform } from '#test/support/platform';
import { seedWorkspace } from '#test/support/tenancy';

const [oldKey, newKey] = ['old', 'new'].map((id) => `${id}:${randomBytes(32).toString('base64')}`) as [string, string];

let platform: Platform & { readonly databaseUrl: string };
let workspaceId: string;
/** Sees both keys and seals with the new one. */
let rotated: Pick<Platform, 'db' | 'secrets'>;

const set = (name: string, value: string) =>
  transact(
    platform,
    {
      actor: systemActor,
      tokenId: null,
      roles: new Map([[workspaceId, 'OWNER' as const]]),
      expiresAt: null,
    },
    (work) => setSecret(work, { workspaceId, name, value }),
  );

const values = async (from: Pick<Platform, 'db' | 'secrets'>) =>
  Object.fromEntries((await openSecrets(from, [workspaceId])).get(workspaceId) ?? []);

beforeEach(async () => {
  platform = await testPlatform({ settings: { SECRETS_KEYS: oldKey } });
  ({ workspaceId } = await seedWorkspace(platform));
  const { keys } = readConfig({ DATABASE_URL: platform.databaseUrl, SECRETS_KEYS: `${newKey},${oldKey}` }).secrets;
  rotated = { db: platform.db, secrets: createSecretBox(keys) };
  for (const name of ['A', 'B', 'C', 'D', 'E']) await set(name, `value of ${name}`);
});

const all = Object.fromEntries(['A', 'B', 'C', 'D', 'E'].map((name) => [name, `value of ${name}`]));

test('every secret keeps its value and the time when it was set, and then opens with the new key alone', async () => {
  const times = await platform.db.prisma.secret.findMany({ select: { name: true, updatedAt: true }, orderBy: { name: 'asc' } });
  expect(await rotateSecrets(rotated)).toEqual({ sealed: 5, failed: 0 });
  expect(await platform.db.prisma.secret.findMany({ select: { name: true, updatedAt: true }, orderBy: { name: 'asc' } })).toEqual(times);
  const { keys } = readConfig({ DATABASE_URL: platform.databaseUrl, SECRETS_KEYS: newKey }).secrets;
  expect(await values({ db: platform.db, secrets: createSecretBox(keys) })).toEqual(all);
  expect(await rotateSecrets(rotated)).toEqual({ sealed: 0, failed: 0 });
});

test('a rotation that is interrupted leaves every secret readable, and the next one goes on', async () => {
  const stop = new AbortController();
  const first = await rotateSecrets({ ...rotated, batch: 2, signal: stop.signal, onBatch: () => stop.abort() });
  expect(first).toEqual({ sealed: 2, failed: 0 });
  expect(await keysInUse(platform.db)).toEqual([
    { keyId: 'new', secrets: 2 },
    { keyId: 'old', secrets: 3 },
  ]);
  expect(await values(rotated)).toEqual(all);
  expect(await rotateSecrets({ ...rotated, batch: 2 })).toEqual({ sealed: 3, failed: 0 });
  expect(await values(rotated)).toEqual(all);
});

test('a value that is set while the rotation has the row in hand stays', async () => {
  const { db, secrets } = rotated;
  let held: Promise<string> | null = null;
  const sealing = {
    ...secrets,
    open: (...given: Parameters<typeof secrets.open>) => secrets.open(...given),
    seal: (...given: Parameters<typeof secrets.seal>) => {
      held ??= set('E', 'set meanwhile');
      return secrets.seal(...given);
    },
  };
  // The first row is written only after the other value is there: the rows of the batch were read before.
  const stepped = {
    ...db,
    prisma: new Proxy(db.prisma, {
      get: (prisma, name) =>
        name === 'secret'
          ? new Proxy(prisma.secret, {
              get: (model, member) =>
                member === 'updateMany'
                  ? async (args: Parameters<typeof prisma.secret.updateMany>[0]) => {
                      await held;
                      return model.updateMany(args);
                    }
                  : (Reflect.get(model, member) as unknown),
            })
          : (Reflect.get(prisma, name) as unknown),
    }),
  };
  expect(await rotateSecrets({ db: stepped, secrets: sealing })).toEqual({ sealed: 4, failed: 0 });
  expect(await values(rotated)).toEqual({ ...all, E: 'set meanwhile' });
});

test('what does not open is told and left as it is, and the others are rotated', async () => {
  const broken = await platform.db.prisma.secret.findFirstOrThrow({ where: { name: 'C' } });
  const sealed = Uint8Array.from(broken.sealed).fill(0, 30);
  await platform.db.prisma.secret.update({ where: { id: broken.id }, data: { sealed } });
  expect(await rotateSecrets(rotated)).toEqual({ sealed: 4, failed: 1 });
  expect((await platform.db.prisma.secret.findFirstOrThrow({ where: { name: 'C' } })).keyId).toBe('old');
});

test('a value that was moved to another name or to another owner opens nowhere', async () => {
  const { prisma } = platform.db;
  const { sealed, keyId } = await prisma.secret.findFirstOrThrow({ where: { name: 'A' } });
  await prisma.secret.updateMany({ where: { name: 'B' }, data: { sealed, keyId } });
  await expect(openSecrets(platform, [workspaceId])).rejects.toThrow(SecretKeyError);
  const ownerId = newId();
  const owner = { workspaceId, owner: 'AUTOMATION' as const, ownerId };
  await prisma.secret.create({ data: { id: newId(), ...owner, name: 'A', sealed, keyId } });
  await expect(openSecrets(platform, [ownerId])).rejects.toThrow(SecretKeyError);
  expect(await rotateSecrets(rotated)).toEqual({ sealed: 4, failed: 2 });
});

test('the command rotates and says which keys are no longer needed, without a value in what it prints', async () => {
  const run = (...words: string[]) =>
    promisify(execFile)(process.execPath, [compiled('src/cli/main.ts'), 'secrets', ...words], {
      env: { PATH: process.env['PATH'], DATABASE_URL: platform.databaseUrl, SECRETS_KEYS: `${newKey},${oldKey}` },
    });
  const made = await run('key');
  expect(readConfig({ DATABASE_URL: platform.databaseUrl, SECRETS_KEYS: made.stdout.trim() }).secrets.keys).toHaveLength(1);
  const { stdout } = await run('rotate');
  expect(stdout).toContain('5 of 5 sealed with new');
  expect(stdout).toContain('The key old is no longer needed.');
  expect(stdout).not.toContain('value of');
  expect(await values(rotated)).toEqual(all);
});
