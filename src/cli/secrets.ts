import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import { type KeyUse, keysInUse, rotateSecrets } from '#domain/secret/rotation.service';
import { systemClock } from '#platform/clock';
import { openDatabase } from '#platform/db/database';
import { createSecretBox } from '#platform/secrets/secret-box';
import { commandConfig } from './environment.js';

export function configure(command: Command): void {
  command
    .command('key')
    .description('Print a new key for SECRETS_KEYS')
    .action(() => console.log(newKey(systemClock.now())));
  command
    .command('rotate')
    .description('Seal every secret with the first key of SECRETS_KEYS; beside a running system, and as often as you like')
    .action(rotate);
}

/** `k20261127-3f9a:…`: the day tells people which one is older. */
function newKey(now: Date): string {
  const day = now.toISOString().slice(0, 10).replaceAll('-', '');
  return `k${day}-${randomBytes(2).toString('hex')}:${randomBytes(32).toString('base64')}`;
}

async function rotate(): Promise<void> {
  const config = await commandConfig();
  const secrets = createSecretBox(config.secrets.keys);
  const db = openDatabase(config.database, { onIdleError: () => undefined });
  const stopped = new AbortController();
  const stop = (): void => stopped.abort();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    const others = (await keysInUse(db)).filter(({ keyId }) => keyId !== secrets.keyId);
    const total = others.reduce((sum, use) => sum + use.secrets, 0);
    const { sealed, failed } = await rotateSecrets({
      db,
      secrets,
      signal: stopped.signal,
      onBatch: (done) => console.log(`${done.sealed} of ${total} sealed with ${secrets.keyId}`),
    });
    if (stopped.signal.aborted) console.log('Stopped: run it again to go on.');
    else console.log(sealed === 0 ? 'There was nothing to do.' : `${sealed} secrets are sealed with ${secrets.keyId} now.`);
    for (const line of keyLines(
      config.secrets.keys.map(({ id }) => id),
      await keysInUse(db),
    ))
      console.log(line);
    if (failed > 0) {
      console.error(`${failed} secrets do not open: give their keys back to SECRETS_KEYS, or set them again.`);
      process.exitCode = 1;
    }
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
    await db.close();
  }
}

/** What is left to do with each key. */
function keyLines([first, ...others]: readonly string[], uses: readonly KeyUse[]): string[] {
  const left = new Map(uses.map(({ keyId, secrets }) => [keyId, secrets]));
  const known = others.map((id) => {
    const secrets = left.get(id) ?? 0;
    return secrets > 0
      ? `The key ${id} is still needed: it sealed ${secrets} secrets.`
      : `The key ${id} is no longer needed. Remove it from SECRETS_KEYS once every process has ${String(first)} as its first key.`;
  });
  const unknown = uses.filter(({ keyId }) => keyId !== first && !others.includes(keyId));
  return [...known, ...unknown.map(({ keyId, secrets }) => `The key ${keyId} is not in SECRETS_KEYS: it sealed ${secrets} secrets.`)];
}
