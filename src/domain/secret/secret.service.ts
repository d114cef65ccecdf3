import type { SecretOwner } from '#platform/db/generated/prisma/enums';
import { newId } from '#platform/ids';
import type { Platform } from '#platform/platform';
import { type FieldProblem, InvalidInputError } from '#domain/errors';
import type { Work } from '#domain/work';
import type { SecretsInput } from './secret.input.js';

/** To what secrets belong: one row that has names for them. */
export interface SecretPlace {
  readonly workspaceId: string;
  readonly owner: SecretOwner;
  /** The row of the owner; the workspace's own id for WORKSPACE. */
  readonly ownerId: string;
}

/** Where a value stands, which it is bound to: who can write rows cannot give it to another owner, or another name. */
export function sealPlace({
  workspaceId,
  ownerId,
  name,
}: {
  readonly workspaceId: string;
  readonly ownerId: string;
  readonly name: string;
}) {
  return `${workspaceId}/${ownerId}/${name}`;
}

/** Makes those who write the secrets of one owner wait for each other until the end of the work: else a count would miss the other's. */
export async function lockSecrets(work: Work, ownerId: string): Promise<void> {
  await work.sql.query(lock, [ownerId]);
}

const lock = { name: 'secret.lock', text: `SELECT pg_advisory_xact_lock(hashtextextended('secrets of ' || $1, 0)) IS NULL AS held` };

/** Writes values under their names; other names of the owner stay. Rights and limits are the caller's. */
export async function putSecrets(work: Work, place: SecretPlace, values: Readonly<Record<string, string>>): Promise<void> {
  const { workspaceId, owner, ownerId } = place;
  await lockSecrets(work, ownerId);
  for (const [name, value] of Object.entries(values)) {
    const sealed = work.platform.secrets.seal(sealPlace({ workspaceId, ownerId, name }), value);
    await work.tx.secret.upsert({
      where: { ownerId_name: { ownerId, name } },
      create: { id: newId(), workspaceId, owner, ownerId, name, ...sealed, createdAt: work.now, updatedAt: work.now },
      update: { ...sealed, updatedAt: work.now },
    });
  }
}

/** Forgets all secrets of an owner, or those with the given names. */
export async function dropSecrets(work: Work, ownerId: string, names?: readonly string[]): Promise<void> {
  await work.tx.secret.deleteMany({ where: { ownerId, ...(names === undefined ? {} : { name: { in: [...names] } }) } });
}

/** The values of some owners' secrets by owner and name; inside a transaction `reader` is its own, which needs no second connection. For workers and verifiers only: never for an answer of the graph. */
export async function openSecrets(
  { db, secrets }: Pick<Platform, 'db' | 'secrets'>,
  ownerIds: readonly string[],
  reader: Pick<Work['tx'], 'secret'> = db.prisma,
): Promise<ReadonlyMap<string, ReadonlyMap<string, string>>> {
  const opened = new Map<string, Map<string, string>>();
  if (ownerIds.length === 0) return opened;
  const rows = await reader.secret.findMany({ where: { ownerId: { in: [...ownerIds] } } });
  for (const row of rows) {
    const own = opened.get(row.ownerId) ?? new Map<string, string>();
    opened.set(row.ownerId, own.set(row.name, secrets.open(sealPlace(row), row)));
  }
  return opened;
}

/**
 * Makes the secrets of an owner be as listed: those that are not listed go, a name without a value keeps the one it has. Throws
 * InvalidInputError (`secrets.0.value`) for a new name without a value, before anything is written.
 */
export async function replaceSecrets(work: Work, place: SecretPlace, wanted: SecretsInput): Promise<void> {
  const { ownerId } = place;
  await lockSecrets(work, ownerId);
  const rows = await work.tx.secret.findMany({ where: { ownerId }, select: { name: true } });
  const known = new Set(rows.map((row) => row.name));
  const problems = wanted.flatMap(({ name, value }, index): FieldProblem[] =>
    value != null || known.has(name)
      ? []
      : [{ path: ['secrets', String(index), 'value'], message: 'A new secret needs a value.', code: 'REQUIRED' }],
  );
  if (problems.length > 0) throw new InvalidInputError(problems);
  const listed = new Set(wanted.map(({ name }) => name));
  await dropSecrets(
    work,
    ownerId,
    [...known].filter((name) => !listed.has(name)),
  );
  await putSecrets(work, place, Object.fromEntries(wanted.flatMap(({ name, value }) => (value == null ? [] : [[name, value]]))));
}

/** Gives an owner the secrets of another one as they are now, in place of all it had; each keeps the moment at which it was last set. */
export async function copySecrets(work: Work, fromOwnerId: string, place: SecretPlace): Promise<void> {
  await lockSecrets(work, fromOwnerId);
  await lockSecrets(work, place.ownerId);
  await dropSecrets(work, place.ownerId);
  const values = (await openSecrets(work.platform, [fromOwnerId], work.tx)).get(fromOwnerId) ?? new Map<string, string>();
  await putSecrets(work, place, Object.fromEntries(values));
  for (const { name, updatedAt } of await work.tx.secret.findMany({
    where: { ownerId: fromOwnerId },
    select: { name: true, updatedAt: true },
  }))
    await work.tx.secret.update({ where: { ownerId_name: { ownerId: place.ownerId, name } }, data: { updatedAt } });
}
