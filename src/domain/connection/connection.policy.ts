import { workspacesWhere } from '#domain/tenant/permission';
import type { Viewer } from '#domain/tenant/viewer';

/** The systems, endpoints and credentials that the viewer may read. */
export function readableConnections(viewer: Viewer, workspaceIds = workspacesWhere(viewer, 'connection.read')) {
  return { workspaceId: { in: [...workspaceIds] } };
}
