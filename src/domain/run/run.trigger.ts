import type { Run } from '#platform/db/generated/prisma/client';
import type { RunTrigger } from '#platform/db/generated/prisma/enums';
import type { Viewer } from '#domain/tenant/viewer';

/** One run that a client asks for. Exactly one of `automationId` and `automationKey` is given. */
export interface TriggerItem {
  readonly workspaceId: string;
  readonly automationId?: string;
  readonly automationKey?: string;
  /** `production` when absent. */
  readonly environmentKey?: string;
  readonly payload?: unknown;
  readonly priority?: number;
  readonly idempotencyKey?: string;
  readonly trigger: RunTrigger;
}

/** The trigger of runs: commits before it answers, many callers sharing one transaction. */
export interface Triggers {
  /**
   * Answers the committed run (or the earlier one of the same idempotency key).
   * Rejects with NotFoundError, ForbiddenError, InvalidInputError (`payload`), ConflictError (nothing deployed),
   * IdempotencyConflictError or LimitExceededError (the workspace's queue is full).
   */
  trigger(viewer: Viewer, item: TriggerItem): Promise<Run>;
}
