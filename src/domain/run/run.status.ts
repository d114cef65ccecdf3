import type { RunStatus } from '#platform/db/generated/prisma/enums';

/** Statuses from which a run never moves again. */
export const finalStatuses = ['SUCCEEDED', 'PARTIAL', 'FAILED', 'CANCELED', 'TIMED_OUT', 'DEAD'] as const satisfies readonly RunStatus[];
export type FinalStatus = (typeof finalStatuses)[number];

export function isFinal(status: RunStatus): status is FinalStatus {
  switch (status) {
    case 'QUEUED':
    case 'WAITING':
    case 'RUNNING':
      return false;
    case 'SUCCEEDED':
    case 'PARTIAL':
    case 'FAILED':
    case 'CANCELED':
    case 'TIMED_OUT':
    case 'DEAD':
      return true;
  }
}

/** Whether a new run may be made from this one by `retryRun`. */
export function canRetry(status: RunStatus): boolean {
  return isFinal(status) && status !== 'SUCCEEDED';
}

/** How a final status is counted on its automation. */
export function countsAs(status: FinalStatus): 'succeeded' | 'failed' {
  return status === 'SUCCEEDED' ? 'succeeded' : 'failed';
}
