import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Sql } from '#platform/db/database';
import { ConflictError, IdempotencyConflictError } from '#domain/errors';
import { parseInput, wellFormed } from '#domain/input';
import type { Work } from '#domain/work';

export interface OnceOptions {
  /** Whose keys these are. What belongs to no workspace uses the id of the user who asks. */
  readonly workspaceId: string;
  /** The operation in the words of the graph: `createAction`. */
  readonly operation: string;
  /** Chosen by the client; without one every call makes. */
  readonly key: string | null | undefined;
  /** All that decides what is made, without the key. */
  readonly body: unknown;
  /** Looks for what an earlier call made; null when it has been deleted since. */
  readonly find: (id: string) => Promise<object | null>;
}

const keySchema = wellFormed(z.string().min(1).max(255));

/**
 * Makes a thing once per idempotency key and answers its id, or the id that an earlier call with this key and body answered.
 * The key and the thing commit together. Two calls at once: the second waits for the first to commit or roll back.
 * Throws {@link IdempotencyConflictError} when the key was used with another body, {@link ConflictError} when what it made is deleted,
 * InvalidInputError (`idempotencyKey`) for a key that is none.
 */
export async function once(work: Work, options: OnceOptions, make: () => Promise<string>): Promise<string> {
  if (options.key === null || options.key === undefined) return make();
  const key = readKey(options.key);
  const place = [options.workspaceId, options.operation, key];
  const hash = bodyHash(options.body);
  const forgotten = new Date(work.now.getTime() - work.platform.config.run.idempotencyMs);
  const taken = await work.sql.query<{ key: string }>(take, [...place, hash, work.now, forgotten]);
  if (taken.length > 0) {
    const id = await make();
    await work.sql.query(fill, [...place, id]);
    return id;
  }
  const [earlier] = await work.sql.query<{ bodyHash: Uint8Array; resultId: string }>(find, place);
  if (earlier === undefined) throw new Error('An idempotency key was there and is not.');
  if (!Buffer.from(earlier.bodyHash).equals(hash))
    throw new IdempotencyConflictError(`The idempotency key "${key}" was used for ${options.operation} with another input.`);
  if ((await options.find(earlier.resultId)) === null)
    throw new ConflictError(`What ${options.operation} made with the idempotency key "${key}" has been deleted.`, 'DELETED');
  return earlier.resultId;
}

/** Throws InvalidInputError (`idempotencyKey`) for a key that is none. */
export const readKey = (idempotencyKey: string): string =>
  parseInput(z.object({ idempotencyKey: keySchema }), { idempotencyKey }).idempotencyKey;

/** A key for what is made in the same transaction. */
export interface KeyTaken {
  readonly workspaceId: string;
  readonly key: string;
  /** {@link bodyHash} of all that decides what is made. */
  readonly hash: Buffer;
  /** What is made. */
  readonly resultId: string;
}

/** Takes keys, of which no two are alike, and answers what is to be made by those that were free. One in another open transaction is waited for. */
export async function takeKeys(
  { sql, now, platform }: Pick<Work, 'sql' | 'now' | 'platform'>,
  operation: string,
  keys: readonly KeyTaken[],
): Promise<ReadonlySet<string>> {
  if (keys.length === 0) return new Set();
  const forgotten = new Date(now.getTime() - platform.config.run.idempotencyMs);
  const rows = await sql.query<{ resultId: string }>(takeMany, [
    operation,
    keys.map(({ workspaceId }) => workspaceId),
    keys.map(({ key }) => key),
    keys.map(({ hash }) => hash),
    keys.map(({ resultId }) => resultId),
    now,
    forgotten,
  ]);
  return new Set(rows.map(({ resultId }) => resultId));
}

/** SHA-256 of a value's canonical JSON: object keys sorted, absent and undefined the same. */
export function bodyHash(body: unknown): Buffer {
  return createHash('sha256').update(canonical(body)).digest();
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_name, part: unknown) => {
    if (typeof part === 'bigint') return part.toString();
    if (part === null || typeof part !== 'object' || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

// The nil UUID stands only until the same transaction fills in the result: nobody else can read it.
const take = {
  name: 'idempotency.take',
  text: `INSERT INTO "IdempotencyKey" AS known ("workspaceId", operation, key, "bodyHash", "resultId", "createdAt")
    VALUES ($1::uuid, $2, $3, $4, '00000000-0000-0000-0000-000000000000', $5::timestamptz)
    ON CONFLICT ("workspaceId", operation, key) DO UPDATE SET "bodyHash" = EXCLUDED."bodyHash", "createdAt" = EXCLUDED."createdAt"
    WHERE known."createdAt" < $6::timestamptz
    RETURNING key`,
};
const takeMany = {
  name: 'idempotency.take-many',
  // Ordered, so that two batches with the same keys wait for each other instead of dying together.
  text: `INSERT INTO "IdempotencyKey" AS known ("workspaceId", operation, key, "bodyHash", "resultId", "createdAt")
    SELECT t."workspaceId", $1, t.key, t.hash, t."resultId", $6::timestamptz
    FROM unnest($2::uuid[], $3::text[], $4::bytea[], $5::uuid[]) AS t("workspaceId", key, hash, "resultId") ORDER BY t."workspaceId", t.key
    ON CONFLICT ("workspaceId", operation, key) DO UPDATE SET "bodyHash" = EXCLUDED."bodyHash", "resultId" = EXCLUDED."resultId", "createdAt" = EXCLUDED."createdAt"
    WHERE known."createdAt" < $7::timestamptz
    RETURNING known."resultId"`,
};
const fill = {
  name: 'idempotency.fill',
  text: `UPDATE "IdempotencyKey" SET "resultId" = $4::uuid WHERE "workspaceId" = $1::uuid AND operation = $2 AND key = $3`,
};
const find = {
  name: 'idempotency.find',
  text: `SELECT "bodyHash", "resultId" FROM "IdempotencyKey" WHERE "workspaceId" = $1::uuid AND operation = $2 AND key = $3`,
};

const forget = {
  name: 'idempotency.forget',
  // A bounded batch, and rows in use are left for the next one: any number of workers may call it.
  text: `DELETE FROM "IdempotencyKey" k USING (
    SELECT "workspaceId", operation, key FROM "IdempotencyKey" WHERE "createdAt" < now() - $1 * interval '1 millisecond' LIMIT 1000 FOR UPDATE SKIP LOCKED
  ) old WHERE k."workspaceId" = old."workspaceId" AND k.operation = old.operation AND k.key = old.key RETURNING 1 AS gone`,
};

/** Deletes some keys that are older than they are kept; answers how many. */
export async function forgetIdempotencyKeys(sql: Sql, keepMs: number): Promise<number> {
  return (await sql.query(forget, [keepMs])).length;
}
