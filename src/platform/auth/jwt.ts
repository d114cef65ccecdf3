import { createRemoteJWKSet, errors, jwtVerify } from 'jose';
import { z } from 'zod';
import type { Clock } from '#platform/clock';
import type { JwtConfig } from '#platform/config/config';

/** What an identity provider says of a person, after its signature was checked. */
export interface Identity {
  readonly issuer: string;
  readonly subject: string;
  /** Lower case; null unless the provider says that it has verified it. */
  readonly verifiedEmail: string | null;
  readonly name: string | null;
  readonly expiresAt: Date;
}

/** The token is not valid. */
export class JwtInvalidError extends Error {
  override readonly name = 'JwtInvalidError';
}

/** The token could not be checked: the identity provider does not hand out its keys. */
export class JwksUnreachableError extends Error {
  override readonly name = 'JwksUnreachableError';
}

/** Checks a JWT. Rejects with {@link JwtInvalidError} or {@link JwksUnreachableError}. */
export type VerifyJwt = (token: string) => Promise<Identity>;

// Asymmetric ones only: with HS256 in the list, the public key itself would do as the secret.
const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'];

// PostgreSQL takes no NUL, and two lone surrogates would be stored as the same text.
const text = z.string().refine((value) => !value.includes('\0') && !/\p{Surrogate}/u.test(value));

const claims = z.object({
  iss: z.string(),
  sub: text.min(1).max(255),
  exp: z.number(),
  email: text.trim().toLowerCase().max(254).optional().catch(undefined),
  email_verified: z.boolean().optional().catch(undefined),
  name: text.trim().min(1).max(128).optional().catch(undefined),
});

/** A verifier whose key set is fetched when it is first needed and again for an unknown key, at most every 30 seconds. */
export function createJwtVerifier(config: JwtConfig, clock: Clock): VerifyJwt {
  const keys = createRemoteJWKSet(new URL(config.jwksUrl), { timeoutDuration: 5_000, cooldownDuration: 30_000 });
  return async (token) => {
    const payload = await jwtVerify(token, keys, {
      issuer: config.issuer,
      audience: config.audience,
      algorithms,
      requiredClaims: ['sub', 'exp'],
      // Clocks of two machines differ by a few seconds.
      clockTolerance: 5,
      currentDate: clock.now(),
    }).then(
      (verified) => claims.safeParse(verified.payload),
      (error: unknown) => {
        throw reason(error);
      },
    );
    if (!payload.success) throw new JwtInvalidError('Its claims do not have the right types.');
    const { iss, sub, exp, email, email_verified, name } = payload.data;
    return {
      issuer: iss,
      subject: sub,
      verifiedEmail: email_verified === true && email !== undefined ? email : null,
      name: name ?? null,
      expiresAt: new Date(exp * 1_000),
    };
  };
}

function reason(error: unknown): Error {
  const away =
    error instanceof errors.JWKSTimeout ||
    error instanceof errors.JWKSInvalid ||
    !(error instanceof errors.JOSEError) ||
    error.code === 'ERR_JOSE_GENERIC';
  const message = error instanceof Error ? error.message : String(error);
  return away ? new JwksUnreachableError(message, { cause: error }) : new JwtInvalidError(message, { cause: error });
}
