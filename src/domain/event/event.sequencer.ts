import { type Sequencer, startSequencer } from '#platform/events/sequencer';
import type { Platform } from '#platform/platform';

/**
 * Gives committed events their place in the feed, in a table of its own: the rows of events are being leased and evaluated meanwhile.
 *
 * Why the order is right: a record's events are written under the lock of its row, with times that never fall and together with their
 * EventBatch row. So whoever sees the batch of a later event also sees the batch of every earlier one of that record, and a round that
 * takes all batches it sees never places an event before an earlier one. A limit on batches would break this.
 */
export function startEventSequencer(platform: Platform): Sequencer {
  return startSequencer(platform, {
    name: 'events',
    hears: 'events',
    tells: 'placed',
    waiting: 'EXISTS (SELECT FROM "EventBatch")',
    place,
    positions: '"EventPosition"',
    batches: '"EventBatch"',
    retentionMs: platform.config.feed.retentionMs,
    lag: (seconds) => platform.metrics.eventFeedLag.set(seconds),
  });
}

/** LIMIT 1 changes nothing (it is a primary key) but the plan: a look-up per event, whatever the statistics say. */
const place = `taken AS (
  DELETE FROM "EventBatch" WHERE EXISTS (SELECT FROM lease) RETURNING "eventIds"
), event AS MATERIALIZED (
  SELECT e.id, e."workspaceId", e."entityId", e.sequence, e.at FROM taken, unnest(taken."eventIds") AS t(id)
  CROSS JOIN LATERAL (SELECT * FROM "Event" WHERE id = t.id LIMIT 1) e
), placed AS (
  INSERT INTO "EventPosition" (position, "workspaceId", "eventId", at)
  SELECT coalesce((SELECT max(position) FROM "EventPosition"), 0) + row_number() OVER (ORDER BY at, "entityId", sequence, id), "workspaceId", id, clock_timestamp()
  FROM event
)`;
