import type { Prisma } from '#platform/db/generated/prisma/client';
import { workspacesWhere } from './permission.js';
import type { Viewer } from './viewer.js';

/** What of tenancy a viewer may see: the one `where` of each table. */

export function visibleWorkspaces(viewer: Viewer): Prisma.WorkspaceWhereInput {
  return { id: { in: workspacesWhere(viewer, 'workspace.read') } };
}

export function visibleOrganizations(viewer: Viewer): Prisma.OrganizationWhereInput {
  return { workspaces: { some: visibleWorkspaces(viewer) } };
}

export function visibleEnvironments(viewer: Viewer): Prisma.EnvironmentWhereInput {
  return { workspaceId: { in: workspacesWhere(viewer, 'workspace.read') } };
}

export function visibleMemberships(viewer: Viewer): Prisma.MembershipWhereInput {
  return { workspaceId: { in: workspacesWhere(viewer, 'member.read') } };
}

/** Oneself, and the people of one's workspaces. */
export function visibleUsers(viewer: Viewer): Prisma.UserWhereInput {
  return {
    OR: [
      { memberships: { some: visibleMemberships(viewer) } },
      ...(viewer.actor.kind === 'USER' && viewer.actor.id !== null ? [{ id: viewer.actor.id }] : []),
    ],
  };
}

export function visibleInvitations(viewer: Viewer): Prisma.InvitationWhereInput {
  return { workspaceId: { in: workspacesWhere(viewer, 'member.write') } };
}

/** The service tokens of one's workspaces, and one's own. */
export function visibleApiTokens(viewer: Viewer): Prisma.ApiTokenWhereInput {
  return { OR: [{ workspaceId: { in: workspacesWhere(viewer, 'token.read') } }, ownApiTokens(viewer)] };
}

export function ownApiTokens({ actor, tokenId }: Viewer): Prisma.ApiTokenWhereInput {
  if (actor.kind === 'USER' && actor.id !== null) return { userId: actor.id };
  // A service token may look at itself.
  return { id: { in: tokenId === null ? [] : [tokenId] } };
}

export function visibleAuditEntries(viewer: Viewer): Prisma.AuditEntryWhereInput {
  return { workspaceId: { in: workspacesWhere(viewer, 'audit.read') } };
}
