import type { Database } from '#platform/db/database';
import type { RunEventType, RunStatus } from '#platform/db/generated/prisma/enums';
import { NotFoundError } from '#domain/errors';
import { invalid } from '#domain/input';
import { listedAutomations, readableAutomations } from '#domain/automation/automation.policy';
import { assertCan, workspacesWhere } from '#domain/tenant/permission';
import type { Viewer } from '#domain/tenant/viewer';
import type { FeedFilter } from './run.feed.log.js';
import { readableRuns } from './run.policy.js';

/** What a viewer asks the feed for; ids are UUIDs. What is absent lets all through. */
export interface FeedQuestion {
  readonly workspaceId: string | null;
  readonly automationId: string | null;
  readonly automationKey: string | null;
  readonly runIds: readonly string[] | null;
  readonly types: readonly RunEventType[] | null;
  readonly statuses: readonly RunStatus[] | null;
}

/** An event is compared with each of them. */
export const mostFilterRuns = 100;

/**
 * The filter of a subscription, within what the viewer may read. Throws NotFoundError for a workspace, an automation or a run that is not the viewer's to
 * read: a subscription that waits for what cannot come would look like one that works.
 */
export async function feedFilter(db: Database, viewer: Viewer, question: FeedQuestion): Promise<FeedFilter> {
  const { workspaceId, runIds, types, statuses } = question;
  if (workspaceId !== null) assertCan(viewer, workspaceId, 'run.read');
  const workspaceIds = workspaceId === null ? workspacesWhere(viewer, 'run.read') : [workspaceId];
  if (runIds !== null) await checkRuns(db, viewer, runIds);
  return { workspaceIds, automationIds: await automationsOf(db, viewer, workspaceIds, question), runIds, types, statuses };
}

async function automationsOf(
  { prisma }: Database,
  viewer: Viewer,
  workspaceIds: string[],
  { automationId, automationKey }: FeedQuestion,
): Promise<string[] | null> {
  if (automationId === null && automationKey === null) return null;
  const rows = await prisma.automation.findMany({
    where:
      automationId === null
        ? { ...listedAutomations(viewer, workspaceIds), key: automationKey ?? '' }
        : // The history of a deleted automation stays readable by its id.
          { ...readableAutomations(viewer), id: automationId, ...(automationKey === null ? {} : { key: automationKey }) },
    select: { id: true },
  });
  if (rows.length === 0) throw new NotFoundError('There is no such automation.');
  return rows.map(({ id }) => id);
}

async function checkRuns({ prisma }: Database, viewer: Viewer, runIds: readonly string[]): Promise<void> {
  const wanted = new Set(runIds);
  if (wanted.size > mostFilterRuns) throw invalid(['filter', 'runs'], `At most ${mostFilterRuns} runs.`, 'TOO_LONG');
  const found = await prisma.run.count({ where: { id: { in: [...wanted] }, ...readableRuns(viewer) } });
  if (found < wanted.size) throw new NotFoundError('There is no such run.');
}
