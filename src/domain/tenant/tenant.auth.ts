import { JwksUnreachableError, type VerifyJwt, createJwtVerifier } from '#platform/auth/jwt';
import { hashToken, isToken } from '#platform/auth/token';
import { type Batch, createBatch } from '#platform/batch';
import type { Platform } from '#platform/platform';
import { UnauthenticatedError } from '#domain/errors';
import { type Memberships, type TokenGrant, rolesOfToken, rolesOfUser } from './roles.js';
import { signIn } from './sign-in.service.js';
import type { Viewer } from './viewer.js';

/**
 * Who is asking, from an `Authorization` header. No header: null. Anything that is no valid credential rejects with
 * {@link UnauthenticatedError}, a JWT that cannot be checked now with {@link JwksUnreachableError}. Nothing is remembered from one call
 * to the next, so a revoked token is refused at once; calls at the same time share a statement.
 */
export async function resolveViewer(platform: Platform, authorization: string | null): Promise<Viewer | null> {
  if (authorization === null) return null;
  const credential = /^bearer +(\S+)$/i.exec(authorization)?.[1];
  if (credential === undefined) throw new UnauthenticatedError('The Authorization header must be "Bearer <token>".');
  const auth = authOf(platform);
  if (isToken('mr', credential)) return tokenViewer(auth, credential);
  if (auth.verifyJwt === null || credential.split('.').length !== 3) throw new UnauthenticatedError('This token is not known.');
  return jwtViewer(platform, auth, auth.verifyJwt, credential);
}

async function tokenViewer(auth: Auth, token: string): Promise<Viewer> {
  const row = await auth.tokens.add(hashToken(token));
  if (row === null) throw new UnauthenticatedError('This token is not known.');
  if (row.revoked) throw new UnauthenticatedError('This token has been revoked.');
  if (row.expired) throw new UnauthenticatedError('This token has expired.');
  if (row.stale) auth.used(row.id);
  return {
    actor:
      row.userId === null
        ? { kind: 'TOKEN', id: row.id, name: row.name }
        : { kind: 'USER', id: row.userId, name: row.userName ?? row.name },
    tokenId: row.id,
    roles: rolesOfToken(row),
    expiresAt: row.expiresAt,
  };
}

async function jwtViewer(platform: Platform, auth: Auth, verify: VerifyJwt, token: string): Promise<Viewer> {
  const identity = await verify(token).catch((error: unknown) => {
    if (!(error instanceof JwksUnreachableError)) throw new UnauthenticatedError('This JWT is not valid.', { cause: error });
    platform.log.warn({ err: error }, 'the key set of the identity provider cannot be read');
    throw error;
  });
  let user = await auth.users.add([identity.issuer, identity.subject]);
  if (user === null && (await signIn(platform, identity))) user = await auth.users.add([identity.issuer, identity.subject]);
  if (user === null) throw new UnauthenticatedError('This person has no account here: ask for an invitation to a verified e-mail address.');
  return {
    actor: { kind: 'USER', id: user.id, name: user.name },
    tokenId: null,
    roles: rolesOfUser(user.memberships),
    expiresAt: identity.expiresAt,
  };
}

interface TokenRow extends TokenGrant {
  readonly hash: string;
  readonly id: string;
  readonly name: string;
  readonly userId: string | null;
  readonly userName: string | null;
  readonly expiresAt: Date | null;
  readonly revoked: boolean;
  readonly expired: boolean;
  /** Its last use was noted more than a minute ago. */
  readonly stale: boolean;
}

interface UserRow {
  readonly id: string;
  readonly name: string;
  readonly memberships: Memberships | null;
  /** Which of the asked pairs this is, from 1. */
  readonly place: bigint;
}

interface Auth {
  readonly tokens: Batch<Buffer, TokenRow | null>;
  readonly users: Batch<readonly [issuer: string, subject: string], UserRow | null>;
  readonly verifyJwt: VerifyJwt | null;
  /** Notes the use of a token, later and together with others. */
  used(tokenId: string): void;
}

const auths = new WeakMap<Platform['db'], Auth>();

function authOf(platform: Platform): Auth {
  const known = auths.get(platform.db);
  if (known !== undefined) return known;
  const made = createAuth(platform);
  auths.set(platform.db, made);
  return made;
}

function createAuth({ db, config, clock, log }: Platform): Auth {
  const noted = new Set<string>();
  const uses = createBatch<string, null>({
    most: 500,
    separable: () => false,
    flush: async (ids) => {
      try {
        await db.sql.query(noteUse, [ids]);
      } catch (error) {
        log.warn({ err: error }, 'the last use of tokens could not be noted');
      }
      for (const id of ids) noted.delete(id);
      return ids.map(() => null);
    },
  });
  return {
    // Two lanes: a look-up that arrives during a round trip does not wait for its end.
    tokens: createBatch({
      most: 200,
      lanes: 2,
      separable: () => false,
      flush: async (hashes) => {
        const rows = await db.sql.query<TokenRow>(findTokens, [hashes]);
        const byHash = new Map(rows.map((row) => [row.hash, row]));
        return hashes.map((hash) => byHash.get(hash.toString('hex')) ?? null);
      },
    }),
    users: createBatch({
      most: 200,
      lanes: 2,
      separable: () => false,
      flush: async (pairs) => {
        const rows = await db.sql.query<UserRow>(findUsers, [pairs.map(([issuer]) => issuer), pairs.map(([, subject]) => subject)]);
        const byPlace = new Map(rows.map((row) => [Number(row.place), row]));
        return pairs.map((_pair, index) => byPlace.get(index + 1) ?? null);
      },
    }),
    verifyJwt: config.auth.jwt === null ? null : createJwtVerifier(config.auth.jwt, clock),
    used: (id) => {
      if (noted.has(id)) return;
      noted.add(id);
      void uses.add(id);
    },
  };
}

const findTokens = {
  name: 'auth.tokens',
  text: `SELECT encode(t."tokenHash", 'hex') AS hash, t.id, t.name, t.role, t."workspaceId", t."userId", u.name AS "userName", t."expiresAt",
      t."revokedAt" IS NOT NULL AS revoked,
      coalesce(t."expiresAt" <= now(), false) AS expired,
      coalesce(t."lastUsedAt" < now() - interval '1 minute', true) AS stale,
      (SELECT jsonb_object_agg(m."workspaceId", m.role) FROM "Membership" m WHERE m."userId" = t."userId") AS memberships
    FROM "ApiToken" t LEFT JOIN "User" u ON u.id = t."userId"
    WHERE t."tokenHash" = ANY($1::bytea[])`,
};

const findUsers = {
  name: 'auth.users',
  text: `SELECT asked.place, u.id, u.name, (SELECT jsonb_object_agg(m."workspaceId", m.role) FROM "Membership" m WHERE m."userId" = u.id) AS memberships
    FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS asked (issuer, subject, place)
    JOIN "User" u ON u.issuer = asked.issuer AND u.subject = asked.subject`,
};

const noteUse = {
  name: 'auth.use',
  text: `UPDATE "ApiToken" SET "lastUsedAt" = now() WHERE id = ANY($1::uuid[]) AND ("lastUsedAt" IS NULL OR "lastUsedAt" < now() - interval '1 minute')`,
};
