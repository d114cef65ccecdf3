import type { SecretOwner } from '#platform/db/generated/prisma/enums';
import { newId } from '#platform/ids';
import type { Platform } from '#platform/platform';
import type { Work } from '#domain/work';

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
