import { databaseFailure } from '#platform/db/failure';
import type { Platform } from '#platform/platform';

const pauseMs = 200;

/** Tries for as long as PostgreSQL is away, or until it should give up: what was executed must be told, and the fence knows what was told already. */
export async function untilAnswered<Result>(platform: Platform, giveUp: AbortSignal, statement: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      return await statement();
    } catch (error) {
      if (databaseFailure(error) !== 'TRANSIENT' || giveUp.aborted) throw error;
      platform.log.warn({ err: error }, 'a statement about runs is tried again');
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
}
