import type { Role } from '#platform/db/generated/prisma/enums';
import { ForbiddenError, NotFoundError } from '#domain/errors';
import type { Viewer } from './viewer.js';

/** All that can be permitted, and the lowest role that may do it. A new operation names one of these or adds one. */
const lowestRole = {
  'workspace.read': 'VIEWER',
  'workspace.update': 'ADMIN',
  'workspace.delete': 'OWNER',
  'environment.write': 'ADMIN',
  'member.read': 'VIEWER',
  'member.write': 'ADMIN',
  'member.owner': 'OWNER',
  'token.read': 'ADMIN',
  'token.write': 'ADMIN',
  'audit.read': 'ADMIN',
  'automation.read': 'VIEWER',
  'automation.write': 'EDITOR',
  'automation.enable': 'OPERATOR',
  'automation.trigger': 'OPERATOR',
  'schedule.read': 'VIEWER',
  'schedule.write': 'EDITOR',
  'run.read': 'VIEWER',
  'run.cancel': 'OPERATOR',
  'run.retry': 'OPERATOR',
  'run.approve': 'OPERATOR',
  'app.read': 'VIEWER',
  'app.write': 'EDITOR',
  'connection.read': 'VIEWER',
  'connection.write': 'EDITOR',
  'secret.read': 'EDITOR',
  'secret.write': 'EDITOR',
  'webhook.read': 'EDITOR',
  'webhook.write': 'EDITOR',
  'notification.read': 'VIEWER',
  'notification.write': 'EDITOR',
  'notification.redrive': 'OPERATOR',
  'point.read': 'VIEWER',
  'point.write': 'EDITOR',
  'integration.read': 'VIEWER',
  'integration.write': 'EDITOR',
  'blueprint.read': 'VIEWER',
  'blueprint.write': 'EDITOR',
  'entity.read': 'VIEWER',
  'entity.write': 'OPERATOR',
  'event.read': 'VIEWER',
  'event.emit': 'OPERATOR',
  'pause.read': 'VIEWER',
  'pause.write': 'OPERATOR',
} as const satisfies Record<string, Role>;

export type Permission = keyof typeof lowestRole;
export const permissions = Object.keys(lowestRole) as readonly Permission[];

const rank: Record<Role, number> = { VIEWER: 0, OPERATOR: 1, EDITOR: 2, ADMIN: 3, OWNER: 4 };

/** Whether `role` is at least `other`. */
export function atLeast(role: Role, other: Role): boolean {
  return rank[role] >= rank[other];
}

export function lowerRole(role: Role, other: Role): Role {
  return atLeast(role, other) ? other : role;
}

export function permissionsOf(role: Role): readonly Permission[] {
  return permissions.filter((permission) => atLeast(role, lowestRole[permission]));
}

export function can(viewer: Viewer, workspaceId: string, permission: Permission): boolean {
  const role = viewer.roles.get(workspaceId);
  return role !== undefined && atLeast(role, lowestRole[permission]);
}

/** A workspace that the viewer is no member of does not exist for it. */
export function assertCan(viewer: Viewer, workspaceId: string, permission: Permission): void {
  const role = viewer.roles.get(workspaceId);
  if (role === undefined) throw new NotFoundError('No such workspace.');
  if (!can(viewer, workspaceId, permission))
    throw new ForbiddenError(`This needs the permission ${permission}, which the role ${role} does not have.`);
}

/** The workspaces in which the viewer may do this: the `where` of every read. */
export function workspacesWhere(viewer: Viewer, permission: Permission): string[] {
  return [...viewer.roles.keys()].filter((workspaceId) => can(viewer, workspaceId, permission));
}

/**
 * Something that was looked up, for a viewer who wants to change it. Not being there and not being visible are the same NotFoundError;
 * what is visible but not permitted is a ForbiddenError.
 */
export function permitted<Thing extends { readonly workspaceId: string }>(
  viewer: Viewer,
  thing: Thing | null,
  needs: { readonly see: Permission; readonly change: Permission; readonly noun: string },
): Thing {
  if (thing === null || !can(viewer, thing.workspaceId, needs.see)) throw new NotFoundError(`No such ${needs.noun}.`);
  assertCan(viewer, thing.workspaceId, needs.change);
  return thing;
}

/** Giving a role to a member, an invitation or a token: never one above one's own, and only owners name owners. */
export function assertMayGrant(viewer: Viewer, workspaceId: string, role: Role): void {
  const own = viewer.roles.get(workspaceId);
  if (own === undefined) throw new NotFoundError('No such workspace.');
  if (role === 'OWNER') assertCan(viewer, workspaceId, 'member.owner');
  if (!atLeast(own, role)) throw new ForbiddenError(`The role ${own} cannot give the role ${role}.`);
}
