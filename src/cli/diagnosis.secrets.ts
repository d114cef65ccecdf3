import { keysInUse } from '#domain/secret/rotation.service';
import type { Config } from '#platform/config/config';
import type { Database } from '#platform/db/database';
import type { Finding } from './diagnosis.js';

type Keys = Pick<Config, 'secrets'>;

/** Without keys no process starts. */
export function keysFindings({ secrets }: Keys): Finding[] {
  if (secrets.keys.length > 0) return [];
  return [
    {
      health: 'wrong',
      what: 'SECRETS_KEYS',
      seen: 'not set',
      advice: 'Make a key with `millrace secrets key`, and keep it: without it secrets cannot be read.',
    },
  ];
}

/** Secrets whose key is not there, and those that wait for a rotation. */
export async function secretFindings(db: Database, { secrets }: Keys): Promise<Finding[]> {
  const [first, ...others] = secrets.keys.map(({ id }) => id);
  const uses = await keysInUse(db);
  const what = 'Secrets';
  const lost = uses.filter(({ keyId }) => keyId !== first && !others.includes(keyId));
  const waiting = uses.filter(({ keyId }) => others.includes(keyId)).reduce((sum, use) => sum + use.secrets, 0);
  const total = uses.reduce((sum, use) => sum + use.secrets, 0);
  if (lost.length === 0 && waiting === 0)
    return [{ health: 'good', what, seen: total === 0 ? 'none' : `${total}, all sealed by the first key`, advice: null }];
  return [
    ...lost.map(
      ({ keyId, secrets: count }): Finding => ({
        health: 'wrong',
        what,
        seen: `${count} sealed by the key ${keyId}, which is not in SECRETS_KEYS`,
        advice: 'Give the key back to SECRETS_KEYS, or set these secrets again: what uses them fails.',
      }),
    ),
    ...(waiting === 0
      ? []
      : [
          {
            health: 'odd',
            what,
            seen: `${waiting} sealed by another key than the first one`,
            advice: 'Run `millrace secrets rotate`; after it the other keys are no longer needed.',
          } satisfies Finding,
        ]),
  ];
}
