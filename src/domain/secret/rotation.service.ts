import type { Database } from '#platform/db/database';
import type { Secret } from '#platform/db/generated/prisma/client';
import { type Sealed, type SecretBox, SecretKeyError } from '#platform/secrets/secret-box';
import { sealPlace } from './secret.service.js';

export interface KeyUse {
  readonly keyId: string;
  /** Secrets that this key sealed. */
  readonly secrets: number;
}

/** Which keys sealed how many secrets, by the keys' ids. */
export async function keysInUse({ prisma }: Database): Promise<readonly KeyUse[]> {
  const rows = await prisma.secret.groupBy({ by: ['keyId'], _count: true, orderBy: { keyId: 'asc' } });
  return rows.map(({ keyId, _count }) => ({ keyId, secrets: _count }));
}

export interface Rotation {
  /** Secrets that the first key seals from now on. */
  readonly sealed: number;
  /** Secrets that do not open: their key is not there, or they were tampered with. */
  readonly failed: number;
}

interface RotationOptions {
  readonly db: Database;
  readonly secrets: SecretBox;
  /** Told after each batch, with what was done until then. */
  readonly onBatch?: (done: Rotation) => void;
  /** Ends after the batch under way; the next rotation goes on from there. */
  readonly signal?: AbortSignal;
  readonly batch?: number;
}

const batchSize = 200;

/**
 * Seals with the first key what other keys have sealed. It runs beside a live system: each secret is one statement that changes it only
 * while it is as it was read, so a value that is set meanwhile stays, and an interruption leaves each secret sealed by one key or the other.
 */
export async function rotateSecrets({ db, secrets, onBatch, signal, batch = batchSize }: RotationOptions): Promise<Rotation> {
  let [sealed, failed] = [0, 0];
  for (let after: string | null = null; signal?.aborted !== true; ) {
    const rows = await othersAfter(db, secrets.keyId, after, batch);
    for (const row of rows) {
      const again = reseal(secrets, row);
      if (again === null) failed += 1;
      // That it was sealed anew is no change of the secret: `updatedAt` tells when it was last set.
      else sealed += (await db.prisma.secret.updateMany({ where: row, data: { ...again, updatedAt: row.updatedAt } })).count;
    }
    after = rows.at(-1)?.id ?? null;
    if (after === null) break;
    onBatch?.({ sealed, failed });
  }
  return { sealed, failed };
}

type SealedRow = Pick<Secret, 'id' | 'workspaceId' | 'ownerId' | 'name' | 'keyId' | 'sealed' | 'updatedAt'>;

/** Some secrets that another key has sealed, by their ids. */
function othersAfter({ prisma }: Database, keyId: string, after: string | null, take: number): Promise<SealedRow[]> {
  return prisma.secret.findMany({
    where: { keyId: { not: keyId }, ...(after === null ? {} : { id: { gt: after } }) },
    select: { id: true, workspaceId: true, ownerId: true, name: true, keyId: true, sealed: true, updatedAt: true },
    orderBy: { id: 'asc' },
    take,
  });
}

/** Null: it does not open. */
function reseal(secrets: SecretBox, row: SealedRow): Sealed | null {
  const place = sealPlace(row);
  try {
    return secrets.seal(place, secrets.open(place, row));
  } catch (error) {
    if (!(error instanceof SecretKeyError)) throw error;
    return null;
  }
}
