import type { Sql } from '#platform/db/database';
import { databaseFailure } from '#platform/db/failure';
import { isStatementTimeout } from '#platform/db/symptoms';
import type { Platform } from '#platform/platform';

const pauseMs = 200;

/**
 * Tries for as long as PostgreSQL is away, or until it should give up: what was executed must be told, and the fence knows what was told
 * already. `hopeless` errors are not tried again.
 */
export async function untilAnswered<Result>(
  platform: Platform,
  giveUp: AbortSignal,
  statement: () => Promise<Result>,
  hopeless: (error: unknown) => boolean = () => false,
): Promise<Result> {
  for (;;) {
    try {
      return await statement();
    } catch (error) {
      if (databaseFailure(error) !== 'TRANSIENT' || giveUp.aborted || hopeless(error)) throw error;
      platform.log.warn({ err: error }, 'a statement about runs is tried again');
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
}

/**
 * For reads of steps: each statement waits for as long as PostgreSQL is away. One that took too long would again. `check` throws where none
 * may follow.
 */
export function patientSql(platform: Platform, giveUp: AbortSignal, check: () => void): Sql {
  return {
    query: async (statement, values) => {
      check();
      return untilAnswered(platform, giveUp, () => platform.db.sql.query(statement, values), isStatementTimeout);
    },
  };
}
