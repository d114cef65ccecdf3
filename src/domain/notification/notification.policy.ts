import type { Prisma } from '#platform/db/generated/prisma/client';
import { workspacesWhere } from '#domain/tenant/permission';
import type { Viewer } from '#domain/tenant/viewer';

/** The workspaces of groups, recipients and deliveries that the viewer may read: the one `where` of all three. */
export function readableNotifications(
  viewer: Viewer,
  workspaceIds = workspacesWhere(viewer, 'notification.read'),
): { readonly workspaceId: Prisma.UuidFilter } {
  return { workspaceId: { in: workspaceIds } };
}
