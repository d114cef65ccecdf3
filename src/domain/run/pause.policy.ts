import type { Prisma } from '#platform/db/generated/prisma/client';
import { workspacesWhere } from '#domain/tenant/permission';
import type { Viewer } from '#domain/tenant/viewer';

/** The pauses that the viewer may read. */
export function readablePauses(viewer: Viewer, workspaceIds = workspacesWhere(viewer, 'pause.read')): Prisma.PauseWhereInput {
  return { workspaceId: { in: workspaceIds } };
}
