import type { Prisma } from '#platform/db/generated/prisma/client';
import { workspacesWhere } from './permission.js';
import type { Viewer } from './viewer.js';

/** The apps, namespaces and threads that the viewer may read. */
export function readableApps(viewer: Viewer, workspaceIds = workspacesWhere(viewer, 'app.read')) {
  return { workspaceId: { in: [...workspaceIds] } };
}

/** The instances that the viewer may read: those of workspaces in which it may, wherever their apps are at home. */
export function readableInstances(viewer: Viewer, workspaceIds = workspacesWhere(viewer, 'app.read')): Prisma.AppInstanceWhereInput {
  return { workspaceId: { in: [...workspaceIds] } };
}
