import { workspacesWhere } from '#domain/tenant/permission';
import type { Viewer } from '#domain/tenant/viewer';

/** The blueprints that the viewer may read. */
export function readableBlueprints(viewer: Viewer, workspaceIds = workspacesWhere(viewer, 'blueprint.read')) {
  return { workspaceId: { in: [...workspaceIds] } };
}

/** The records and notes that the viewer may read. */
export function readableEntities(viewer: Viewer, workspaceIds = workspacesWhere(viewer, 'entity.read')) {
  return { workspaceId: { in: [...workspaceIds] } };
}
