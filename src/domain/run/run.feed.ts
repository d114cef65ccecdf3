import type { RunEventType, RunStatus } from '#platform/db/generated/prisma/enums';

/** One event of the feed, complete without a further query. */
export interface FeedEvent {
  readonly position: bigint;
  readonly workspaceId: string;
  readonly runId: string;
  readonly automationId: string | null;
  readonly sequence: number;
  readonly type: RunEventType;
  readonly at: Date;
  readonly status: RunStatus;
  readonly stepPath: string | null;
  readonly data: unknown;
}

export interface Feed {
  close(): Promise<void>;
}
