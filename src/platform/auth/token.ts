import { createHash, randomBytes } from 'node:crypto';

/** `mr_` for API tokens, `mri_` for invitations: a leaked one says what it opens, and scanners can find it. */
export type TokenKind = 'mr' | 'mri';

export interface MintedToken {
  /** Shown once, never stored. */
  readonly token: string;
  /** The first characters, enough to recognise it in a list: 6 of the 43 random ones. */
  readonly prefix: string;
  readonly hash: Buffer;
}

/** A new secret of 256 random bits. */
export function mintToken(kind: TokenKind): MintedToken {
  const token = `${kind}_${randomBytes(32).toString('base64url')}`;
  return { token, prefix: token.slice(0, kind.length + 7), hash: hashToken(token) };
}

/**
 * SHA-256, which is enough for a secret of 256 random bits. Tokens are looked up by it, so the time that a look-up takes
 * tells nothing about the token.
 */
export function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** Whether a text has the shape of such a token, before anything is asked of the database. */
export function isToken(kind: TokenKind, text: string): boolean {
  return text.length === kind.length + 44 && text.startsWith(`${kind}_`) && /^[A-Za-z0-9_-]{43}$/.test(text.slice(kind.length + 1));
}
