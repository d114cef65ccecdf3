import type { RetryPolicy } from '#plan/plan';
import type { StepAttempt } from './run.write.js';

/** Codes of attempts that ended through no fault of the step: they are shown, and do not use up its retries. */
const uncounted: readonly string[] = ['WORKER_LOST', 'HANDED_OVER', 'PAUSED'];

/** Attempts that count against the retry policy. */
export function countedAttempts(attempts: readonly StepAttempt[]): number {
  return attempts.filter((attempt) => attempt.error === null || !uncounted.includes(attempt.error.code)).length;
}

/**
 * The pause before the next attempt, in milliseconds, or null when there is none.
 * `failures` counts the attempts that failed so far, `random` is in [0, 1): with jitter j the pause is spread evenly
 * over [1 - j, 1] of its length, so that runs which failed together do not come back together.
 */
export function retryDelayMs(policy: RetryPolicy, failures: number, random: number): number | null {
  if (failures > policy.max) return null;
  const factor = policy.backoff === 'EXPONENTIAL' ? 2 ** (failures - 1) : 1;
  const full = Math.min(policy.delayMs * factor, policy.maxDelayMs);
  return Math.round(full * (1 - policy.jitter * random));
}

/** Attempts stored by a worker that was lost are closed, so that each shows how it ended. */
export function closeLostAttempts(attempts: readonly StepAttempt[], at: Date): StepAttempt[] {
  return attempts.map((attempt) =>
    attempt.finishedAt === null
      ? { ...attempt, finishedAt: at.toISOString(), error: { code: 'WORKER_LOST', message: 'The worker was lost during this attempt.' } }
      : attempt,
  );
}
