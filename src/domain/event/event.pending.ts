import type { Sql, Statement } from '#platform/db/database';

export interface PendingEvents {
  readonly events: number;
  /** Those among them that are held back, for the queue of their workspace is full. */
  readonly held: number;
  /** The oldest of them; null: there is none. */
  readonly eventId: string | null;
}

const pending: Statement = {
  name: 'event.pending',
  text: `SELECT count(*)::int AS events, count("heldAt")::int AS held, min(id::text) AS "eventId" FROM "Event"
    WHERE "passedAt" IS NULL AND at < clock_timestamp() - $1 * interval '1 millisecond'`,
};

/** The events for which automations are not evaluated yet and that are so old, at least. Workers evaluate them at once: none is old. */
export async function pendingEvents(sql: Sql, olderThanMs: number): Promise<PendingEvents> {
  const [row] = await sql.query<PendingEvents>(pending, [olderThanMs]);
  return row ?? { events: 0, held: 0, eventId: null };
}
