import type { Prisma } from '#platform/db/generated/prisma/client';
import { workspacesWhere } from '#domain/tenant/permission';
import type { Viewer } from '#domain/tenant/viewer';

/** The events that the viewer may read. */
export function readableEvents(viewer: Viewer, workspaceIds = workspacesWhere(viewer, 'event.read')): Prisma.EventWhereInput {
  return { workspaceId: { in: workspaceIds } };
}
