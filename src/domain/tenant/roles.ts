import type { Role } from '#platform/db/generated/prisma/enums';
import { lowerRole } from './permission.js';

/** A person's role by workspace id, as PostgreSQL aggregates it; null: none. */
export type Memberships = Readonly<Record<string, Role>>;

/** What a token's rights follow from. */
export interface TokenGrant {
  readonly role: Role;
  /** Set for a service's token. */
  readonly workspaceId: string | null;
  /** Of the person whose token it is. */
  readonly memberships: Memberships | null;
}

/** The rights of a token: its workspace's, or its person's memberships, none above the token's own role. */
export function rolesOfToken(token: TokenGrant): ReadonlyMap<string, Role> {
  if (token.workspaceId !== null) return new Map([[token.workspaceId, token.role]]);
  return new Map(Object.entries(token.memberships ?? {}).map(([workspaceId, role]) => [workspaceId, lowerRole(role, token.role)]));
}

export function rolesOfUser(memberships: Memberships | null): ReadonlyMap<string, Role> {
  return new Map(Object.entries(memberships ?? {}));
}
