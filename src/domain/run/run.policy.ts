import type { Prisma } from '#platform/db/generated/prisma/client';
import { workspacesWhere } from '#domain/tenant/permission';
import type { Viewer } from '#domain/tenant/viewer';

/** The runs that the viewer may read. */
export function readableRuns(viewer: Viewer, workspaceIds = workspacesWhere(viewer, 'run.read')): Prisma.RunWhereInput {
  return { workspaceId: { in: workspaceIds } };
}
