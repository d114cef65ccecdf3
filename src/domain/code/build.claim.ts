import type { Sql, Statement } from '#platform/db/database';
import type { BuildError, BuildRequest, Built } from '#platform/build/build';

/** A build that this process makes now. */
export interface ClaimedBuild {
  readonly hash: string;
  readonly request: BuildRequest;
  /** This one included: with the owner it is the fence of everything that is written of it. */
  readonly attempts: number;
}

type Claim = Pick<ClaimedBuild, 'hash' | 'attempts'>;

/** One at a time: an owner that claims again is done with what it had. */
const claim: Statement = {
  name: 'build.claim',
  text: `
WITH due AS (
  SELECT hash FROM "Build"
  WHERE status <> ALL (ARRAY['BUILT'::"BuildStatus", 'FAILED'::"BuildStatus"])
    AND coalesce("leaseUntil", '-infinity') < clock_timestamp() AND coalesce("notBefore", '-infinity') <= clock_timestamp()
  ORDER BY "createdAt" LIMIT 1 FOR UPDATE SKIP LOCKED
)
UPDATE "Build" b SET status = 'BUILDING', attempts = b.attempts + 1, "leaseOwner" = $1::uuid,
  "leaseUntil" = clock_timestamp() + $2 * interval '1 millisecond', "notBefore" = NULL, "updatedAt" = clock_timestamp()
FROM due WHERE b.hash = due.hash
RETURNING b.hash, b.request, b.attempts`,
};

/** The oldest build that waits for a worker, or was left behind by one; null: there is none. */
export async function claimBuild(sql: Sql, owner: string, leaseMs: number): Promise<ClaimedBuild | null> {
  const [claimed] = await sql.query<ClaimedBuild>(claim, [owner, leaseMs]);
  return claimed ?? null;
}

/** Whose claim it still is. Parameters 1 to 3 of each statement that has it. */
const fence = `hash = $1 AND "leaseOwner" = $2::uuid AND attempts = $3 AND status = ANY (ARRAY['BUILDING'::"BuildStatus", 'PACKAGED'::"BuildStatus"])`;

const renew: Statement = {
  name: 'build.renew',
  text: `UPDATE "Build" SET "leaseUntil" = clock_timestamp() + $4 * interval '1 millisecond' WHERE ${fence} RETURNING hash`,
};

/** False: it is somebody else's, or over. */
export async function renewBuild(sql: Sql, owner: string, { hash, attempts }: Claim, leaseMs: number): Promise<boolean> {
  return (await sql.query(renew, [hash, owner, attempts, leaseMs])).length > 0;
}

const packaged: Statement = {
  name: 'build.packaged',
  text: `UPDATE "Build" SET status = 'PACKAGED', "updatedAt" = clock_timestamp() WHERE ${fence} RETURNING hash`,
};

export async function markPackaged(sql: Sql, owner: string, { hash, attempts }: Claim): Promise<boolean> {
  return (await sql.query(packaged, [hash, owner, attempts])).length > 0;
}

const over = `"leaseOwner" = NULL, "leaseUntil" = NULL, "updatedAt" = clock_timestamp()`;

const built: Statement = {
  name: 'build.built',
  text: `
UPDATE "Build" SET status = 'BUILT', bundle = $4, "sourceMap" = $5, resolved = $6::jsonb, errors = '[]', "builtAt" = clock_timestamp(), ${over}
WHERE ${fence} RETURNING hash`,
};

export async function finishBuild(
  sql: Sql,
  owner: string,
  { hash, attempts }: Claim,
  { bundle, sourceMap, dependencies }: Omit<Built, 'kind'>,
): Promise<boolean> {
  return (await sql.query(built, [hash, owner, attempts, bundle, sourceMap, JSON.stringify(dependencies)])).length > 0;
}

const failedFor: Statement = {
  name: 'build.failed',
  text: `UPDATE "Build" SET status = 'FAILED', errors = $4::jsonb, ${over} WHERE ${fence} RETURNING hash`,
};

export async function failBuild(sql: Sql, owner: string, { hash, attempts }: Claim, errors: readonly BuildError[]): Promise<boolean> {
  return (await sql.query(failedFor, [hash, owner, attempts, JSON.stringify(errors)])).length > 0;
}

const retried: Statement = {
  name: 'build.retry',
  text: `
UPDATE "Build" SET status = 'RETRYING', errors = $4::jsonb, "notBefore" = clock_timestamp() + $5 * interval '1 millisecond', ${over}
WHERE ${fence} RETURNING hash`,
};

/** `errors` say why, until the next attempt says something else. */
export async function retryBuild(
  sql: Sql,
  owner: string,
  { hash, attempts }: Claim,
  errors: readonly BuildError[],
  ms: number,
): Promise<boolean> {
  return (await sql.query(retried, [hash, owner, attempts, JSON.stringify(errors), ms])).length > 0;
}

const released: Statement = {
  name: 'build.release',
  text: `UPDATE "Build" SET status = 'PENDING', attempts = attempts - 1, ${over} WHERE ${fence}`,
};

/** Gives a claimed build back as if it had not been taken. */
export async function releaseBuild(sql: Sql, owner: string, { hash, attempts }: Claim): Promise<void> {
  await sql.query(released, [hash, owner, attempts]);
}
