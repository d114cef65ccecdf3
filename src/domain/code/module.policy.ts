import type { Prisma } from '#platform/db/generated/prisma/client';
import { workspacesWhere } from '#domain/tenant/permission';
import type { Viewer } from '#domain/tenant/viewer';

/** The modules that the viewer may read. */
export function readableModules(viewer: Viewer, workspaceIds = workspacesWhere(viewer, 'automation.read')): Prisma.ModuleWhereInput {
  return { workspaceId: { in: workspaceIds } };
}
