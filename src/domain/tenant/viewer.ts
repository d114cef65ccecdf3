import type { ActorKind, Role } from '#platform/db/generated/prisma/enums';

/** Who is asking, resolved once per operation from a bearer token or a JWT. */
export interface Viewer {
  readonly actor: Actor;
  /** The token in use; null for a JWT. Its end ends the viewer's subscriptions. */
  readonly tokenId: string | null;
  /** The role in each workspace that the viewer belongs to, by workspace id. */
  readonly roles: ReadonlyMap<string, Role>;
  /** When this identity ends by itself (a token's or JWT's expiry); null: never. */
  readonly expiresAt: Date | null;
}

export interface Actor {
  readonly kind: ActorKind;
  /** User id or token id; null for SYSTEM. */
  readonly id: string | null;
  readonly name: string;
}

/** What Millrace does by itself. */
export const systemActor: Actor = { kind: 'SYSTEM', id: null, name: 'Millrace' };

/** A person's standing in a workspace that they have just come to. */
export interface Joined {
  readonly workspaceId: string;
  /** As their membership has it now. */
  readonly role: Role;
}

/**
 * The viewer has just become a member: the rest of the same operation may read what it joined. A role that it had already stays, for a
 * token may have lowered it.
 */
export function joined(viewer: Viewer, { workspaceId, role }: Joined): void {
  if (!viewer.roles.has(workspaceId)) (viewer.roles as Map<string, Role>).set(workspaceId, role);
}
