import type { Prisma } from '#platform/db/generated/prisma/client';
import type { BulkKind, BulkStatus } from '#platform/db/generated/prisma/enums';
import { type Permission, workspacesWhere } from '#domain/tenant/permission';
import type { Viewer } from '#domain/tenant/viewer';

/** What an operation of a kind needs the permission for. */
export const bulkPermission = { CANCEL: 'run.cancel', RETRY: 'run.retry' } as const satisfies Record<BulkKind, Permission>;

/** The operations that the viewer may read. */
export function readableBulkOperations(viewer: Viewer, workspaceIds = workspacesWhere(viewer, 'run.read')): Prisma.BulkOperationWhereInput {
  return { workspaceId: { in: workspaceIds } };
}

/** Whether nothing more will happen to it. */
export function isOver(status: BulkStatus): boolean {
  return status !== 'RUNNING';
}
