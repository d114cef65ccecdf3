import type { Event } from '#platform/db/generated/prisma/client';
import { can, workspacesWhere } from '#domain/tenant/permission';
import type { Viewer } from '#domain/tenant/viewer';
import type { ClaimedEvent } from './event.claim.js';

/** An event as automations see it. */
export type SeenEvent = Omit<ClaimedEvent, 'epoch' | 'lost' | 'held'>;

export function seenEvent(row: Event): SeenEvent {
  const { id, workspaceId, type, entityId, blueprint, changed, actorKind, actorId, actorName, depth, chain, at } = row;
  const json = row as unknown as Pick<SeenEvent, 'data' | 'previous'>;
  const { data, previous } = json;
  return { id, workspaceId, type, entityId, blueprint, data, previous, changed, actorKind, actorId, actorName, depth, chain, at };
}

/** Where the viewer sees records and what happens to them. */
export function workspacesOfRecords(viewer: Viewer): string[] {
  return workspacesWhere(viewer, 'entity.read').filter((id) => can(viewer, id, 'event.read'));
}
