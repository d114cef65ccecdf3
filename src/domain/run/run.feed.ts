import type { Approval, BulkOperation, Run } from '#platform/db/generated/prisma/client';
import { type Stream, createStreamGroup } from '#platform/events/stream';
import type { Platform } from '#platform/platform';
import { type Following, followFeed } from '#domain/feed';
import { createApprovalChanges, createBulkChanges, createRunChanges } from './run.feed.changes.js';
import { type FeedEvent, type FeedFilter, runFeedLog } from './run.feed.log.js';

export type { FeedEvent, FeedFilter } from './run.feed.log.js';

/** The live feed of runs of this process (docs/protocol.md). */
export interface Feed extends Following<FeedEvent, FeedFilter> {
  /** The run as given, then as it is after each change, coalesced to the latest; ends after the final state. */
  changes(run: Run): Stream<Run>;
  /** The same of a bulk operation. */
  bulkChanges(operation: BulkOperation): Stream<BulkOperation>;
  /** The same of an approval. */
  approvalChanges(approval: Approval): Stream<Approval>;
}

export function createFeed(platform: Platform): Feed {
  const streams = createStreamGroup();
  const following = followFeed(platform, runFeedLog, streams);
  const changes = createRunChanges(platform, streams);
  const bulkChanges = createBulkChanges(platform, streams);
  const approvalChanges = createApprovalChanges(platform, streams);
  return {
    events: (request) => following.events(request),
    changes: (run) => changes.follow(run),
    bulkChanges: (operation) => bulkChanges.follow(operation),
    approvalChanges: (approval) => approvalChanges.follow(approval),
    close: async () => {
      streams.end(new Error('The server is stopping.'));
      await Promise.all([following.close(), changes.close(), bulkChanges.close(), approvalChanges.close()]);
    },
  };
}
