import { workspacesWhere } from './permission.js';
import type { Viewer } from './viewer.js';

/** The apps, namespaces and threads that the viewer may read. */
export function readableApps(viewer: Viewer, workspaceIds = workspacesWhere(viewer, 'app.read')) {
  return { workspaceId: { in: [...workspaceIds] } };
}
