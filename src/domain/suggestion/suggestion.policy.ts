import { workspacesWhere } from '#domain/tenant/permission';
import type { Viewer } from '#domain/tenant/viewer';

/** The suggestions that the viewer may read: they tell of records. */
export function readableSuggestions(viewer: Viewer, workspaceIds = workspacesWhere(viewer, 'entity.read')) {
  return { workspaceId: { in: [...workspaceIds] } };
}

export const needs = { see: 'entity.read', change: 'entity.write', noun: 'suggestion' } as const;
