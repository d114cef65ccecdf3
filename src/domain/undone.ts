import type { Statement } from '#platform/db/database';
import { isSerializationFailure, isStatementTimeout } from '#platform/db/symptoms';
import type { Platform } from '#platform/platform';
import { transactPlainly } from '#platform/work/work';
import { ConflictError, LimitExceededError } from './errors.js';
import type { PlainWork } from './work.js';
import type { Viewer } from '#domain/tenant/viewer';

/** The longest that locks of records may be held for what is not kept anyway, and one statement of it. */
const mostMs = 25_000;
const mostStatementMs = 5_000;

/** Carries what was found out of a transaction that is undone. */
class Undone<Found> extends Error {
  override readonly name = 'Undone';
  readonly found: Found;

  constructor(found: Found) {
    super('The transaction is undone.');
    this.found = found;
  }
}

/** Does something as it would be done, and undoes it. What it would have woken is not. Throws ConflictError (BUSY) and LimitExceededError. */
export async function undone<Found>(platform: Platform, viewer: Viewer, body: (work: PlainWork) => Promise<Found>): Promise<Found> {
  const begun = platform.clock.elapsed();
  try {
    return await transactPlainly(platform, viewer, async (work): Promise<Found> => {
      await work.sql.query(limit, [String(mostStatementMs)]);
      const sql: PlainWork['sql'] = {
        query: (statement, values) => {
          if (platform.clock.elapsed() - begun > mostMs) throw tooLong();
          return work.sql.query(statement, values);
        },
      };
      throw new Undone(await body({ ...work, sql }));
    });
  } catch (error) {
    if (error instanceof Undone) return error.found as Found;
    if (isStatementTimeout(error)) throw tooLong();
    if (isSerializationFailure(error)) throw new ConflictError('The records are being changed: try it again.', 'BUSY');
    throw error;
  }
}

const tooLong = () => new LimitExceededError(`A dry run takes at most ${String(mostMs / 1_000)} seconds.`, mostMs / 1_000);
const limit: Statement = { name: 'dry.limit', text: `SELECT set_config('statement_timeout', $1, true)` };
