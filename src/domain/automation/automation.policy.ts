import type { Prisma } from '#platform/db/generated/prisma/client';
import { workspacesWhere } from '#domain/tenant/permission';
import type { Viewer } from '#domain/tenant/viewer';

/** The automations that the viewer may read. Deleted ones stay readable, as the history of their runs. */
export function readableAutomations(viewer: Viewer): Prisma.AutomationWhereInput {
  return { workspaceId: { in: workspacesWhere(viewer, 'automation.read') } };
}

/** The automations that lists show and that an id or a key finds. */
export function listedAutomations(viewer: Viewer, workspaceIds = workspacesWhere(viewer, 'automation.read')): Prisma.AutomationWhereInput {
  return { workspaceId: { in: workspaceIds }, deletedAt: null };
}
