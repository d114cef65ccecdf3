import type { Database } from '#platform/db/database';
import { NotFoundError } from '#domain/errors';
import { invalid } from '#domain/input';
import { assertCan, workspacesWhere } from '#domain/tenant/permission';
import type { Viewer } from '#domain/tenant/viewer';
import type { EventFeedFilter } from './event.feed.log.js';

/** What a viewer asks the feed of events for; ids are UUIDs. What is absent lets all through. */
export interface EventQuestion {
  readonly workspaceId: string | null;
  /** Keys. */
  readonly blueprints: readonly string[] | null;
  readonly entityIds: readonly string[] | null;
  readonly types: readonly string[] | null;
  readonly labels: readonly string[] | null;
}

/** An event is compared with each of them. */
export const mostFilterEntities = 100;

/**
 * The filter of a subscription, within what the viewer may read. Throws NotFoundError for a workspace, a blueprint or an entity that is not the
 * viewer's to read: a subscription that waits for what cannot come would look like one that works.
 */
export async function eventFeedFilter({ prisma }: Database, viewer: Viewer, question: EventQuestion): Promise<EventFeedFilter> {
  const { workspaceId, ...rest } = question;
  const { blueprints, entityIds } = rest;
  if (workspaceId !== null) assertCan(viewer, workspaceId, 'event.read');
  const workspaceIds = workspaceId === null ? workspacesWhere(viewer, 'event.read') : [workspaceId];
  const within = { workspaceId: { in: workspaceIds } };
  if (blueprints !== null) {
    const rows = await prisma.blueprint.findMany({
      where: { ...within, key: { in: [...blueprints] } },
      distinct: ['key'],
      select: { key: true },
    });
    const missing = blueprints.find((key) => !rows.some((row) => row.key === key));
    if (missing !== undefined) throw new NotFoundError(`There is no blueprint with the key ${missing}.`);
  }
  if (entityIds !== null) {
    const wanted = [...new Set(entityIds)];
    if (wanted.length > mostFilterEntities) throw invalid(['filter', 'entities'], `At most ${mostFilterEntities} entities.`, 'TOO_LONG');
    if ((await prisma.entity.count({ where: { ...within, id: { in: wanted } } })) < wanted.length)
      throw new NotFoundError('There is no such entity.');
  }
  return { ...rest, workspaceIds };
}
