import { randomBytes } from 'node:crypto';

/** Where the addresses of webhooks begin. */
export const hooksPath = '/hooks/';

/** The part of an address that nobody can guess: 256 random bits. */
export function mintHookToken(): string {
  return randomBytes(32).toString('base64url');
}

/** The path of a webhook's address. */
export function hookPath(token: string): string {
  return `${hooksPath}${token}`;
}

export interface HookAddress {
  readonly token: string;
  /** As it stands in the path; null: the webhook's own environment. */
  readonly environmentKey: string | null;
}

/** What a path below {@link hooksPath} names; null: it is no address of a webhook. */
export function readHookPath(path: string): HookAddress | null {
  const [token = '', environmentKey = null, ...more] = path.slice(hooksPath.length).split('/');
  return more.length === 0 && /^[A-Za-z0-9_-]{43}$/.test(token) ? { token, environmentKey } : null;
}
