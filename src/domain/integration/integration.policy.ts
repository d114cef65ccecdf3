import type { Prisma } from '#platform/db/generated/prisma/client';
import { workspacesWhere } from '#domain/tenant/permission';
import type { Viewer } from '#domain/tenant/viewer';

/** The integrations that the viewer may read. */
export function readableIntegrations(
  viewer: Viewer,
  workspaceIds = workspacesWhere(viewer, 'integration.read'),
): Prisma.IntegrationWhereInput {
  return { workspaceId: { in: workspaceIds } };
}
