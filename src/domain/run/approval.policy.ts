import type { Prisma } from '#platform/db/generated/prisma/client';
import { workspacesWhere } from '#domain/tenant/permission';
import type { Viewer } from '#domain/tenant/viewer';

/** The approvals that the viewer may read: those of the runs that it may read. */
export function readableApprovals(viewer: Viewer, workspaceIds = workspacesWhere(viewer, 'run.read')): Prisma.ApprovalWhereInput {
  return { workspaceId: { in: workspaceIds } };
}
