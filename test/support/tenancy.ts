import { mintToken } from '#platform/auth/token';
import type { Role } from '#platform/db/generated/prisma/enums';
import { newId } from '#platform/ids';
import type { Platform } from '#platform/platform';
import type { Viewer } from '#domain/tenant/viewer';

export interface SeededUser {
  readonly userId: string;
  readonly email: string;
  /** As a JWT would make them: no token limits them. */
  readonly viewer: Viewer;
}

export interface SeededMember extends SeededUser {
  readonly membershipId: string;
}

export interface SeededToken {
  readonly tokenId: string;
  /** What stands after `Bearer`. */
  readonly token: string;
  readonly authorization: string;
  readonly viewer: Viewer;
}

export interface SeededWorkspace {
  readonly organizationId: string;
  readonly workspaceId: string;
  readonly environmentId: string;
  /** A person who is a member with this role. */
  member(role: Role): Promise<SeededMember>;
  /** A service token with this role. */
  token(role: Role, options?: { readonly expiresAt?: Date }): Promise<SeededToken>;
}

/** A workspace with its environment `production`, without members; in an organization of its own unless one is given. */
export async function seedWorkspace(platform: Pick<Platform, 'db'>, inOrganization?: string): Promise<SeededWorkspace> {
  const { prisma } = platform.db;
  const [organizationId, workspaceId, environmentId] = [inOrganization ?? newId(), newId(), newId()];
  if (inOrganization === undefined)
    await prisma.organization.create({ data: { id: organizationId, key: `org-${organizationId}`, name: 'Acme' } });
  await prisma.workspace.create({ data: { id: workspaceId, organizationId, key: `main-${workspaceId}`, name: 'Main' } });
  await prisma.environment.create({ data: { id: environmentId, workspaceId, key: 'production', name: 'Production' } });
  return {
    organizationId,
    workspaceId,
    environmentId,
    member: async (role) => {
      const user = await seedUser(platform);
      const membershipId = newId();
      await prisma.membership.create({ data: { id: membershipId, workspaceId, userId: user.userId, role } });
      return { ...user, membershipId, viewer: { ...user.viewer, roles: new Map([[workspaceId, role]]) } };
    },
    token: async (role, options = {}) => {
      const minted = mintToken('mr');
      const tokenId = newId();
      const expiresAt = options.expiresAt ?? null;
      await prisma.apiToken.create({
        data: {
          id: tokenId,
          workspaceId,
          name: `${role} token`,
          role,
          prefix: minted.prefix,
          tokenHash: Uint8Array.from(minted.hash),
          expiresAt,
        },
      });
      const viewer: Viewer = {
        actor: { kind: 'TOKEN', id: tokenId, name: `${role} token` },
        tokenId,
        roles: new Map([[workspaceId, role]]),
        expiresAt,
      };
      return { tokenId, token: minted.token, authorization: `Bearer ${minted.token}`, viewer };
    },
  };
}

/** A person without memberships. */
export async function seedUser({ db: { prisma } }: Pick<Platform, 'db'>): Promise<SeededUser> {
  const userId = newId();
  const email = `person-${userId}@example.com`;
  await prisma.user.create({ data: { id: userId, email, name: 'Person' } });
  return {
    userId,
    email,
    viewer: { actor: { kind: 'USER', id: userId, name: 'Person' }, tokenId: null, roles: new Map(), expiresAt: null },
  };
}

/** A personal token, limited to a role; its viewer is what `resolveViewer` makes of it. */
export async function seedPersonalToken(
  { db: { prisma } }: Pick<Platform, 'db'>,
  userId: string,
  role: Role,
): Promise<Omit<SeededToken, 'viewer'>> {
  const minted = mintToken('mr');
  const tokenId = newId();
  await prisma.apiToken.create({
    data: { id: tokenId, userId, name: 'personal', role, prefix: minted.prefix, tokenHash: Uint8Array.from(minted.hash) },
  });
  return { tokenId, token: minted.token, authorization: `Bearer ${minted.token}` };
}
