import { type Sequencer, startSequencer as start } from '#platform/events/sequencer';
import type { Platform } from '#platform/platform';

export type { Sequencer } from '#platform/events/sequencer';

/**
 * Gives committed events of runs their place in the feed.
 *
 * Why the order is right: a run's events are written under the lock of its row, together with their FeedBatch row. So whoever
 * sees the batch of a later event also sees the batch of every earlier one of that run, and a round that takes all batches it sees
 * never places an event before an earlier one. A limit on batches would break this: ids are given before the commit.
 */
export function startSequencer(platform: Platform): Sequencer {
  return start(platform, {
    name: 'sequencer',
    hears: 'batch',
    tells: 'feed',
    waiting: 'EXISTS (SELECT FROM "FeedBatch")',
    place,
    positions: '"FeedPosition"',
    batches: '"FeedBatch"',
    retentionMs: platform.config.feed.retentionMs,
    lag: (seconds) => platform.metrics.feedLag.set(seconds),
  });
}

/**
 * The join adds the workspace; positions are numbered after it, so they have no holes. LIMIT 1 changes nothing (it is a primary key) but
 * the plan: a look-up per event, whatever the statistics say.
 */
const place = `taken AS (
  DELETE FROM "FeedBatch" WHERE EXISTS (SELECT FROM lease) RETURNING "runIds", sequences
), event AS MATERIALIZED (
  SELECT e."workspaceId", e."runId", e.sequence, e.at FROM taken, unnest(taken."runIds", taken.sequences) AS t("runId", sequence)
  CROSS JOIN LATERAL (SELECT * FROM "RunEvent" WHERE "runId" = t."runId" AND sequence = t.sequence LIMIT 1) e
), placed AS (
  INSERT INTO "FeedPosition" (position, "workspaceId", "runId", sequence, at)
  SELECT coalesce((SELECT max(position) FROM "FeedPosition"), 0) + row_number() OVER (ORDER BY "runId", sequence), "workspaceId", "runId", sequence, clock_timestamp()
  FROM event
)`;
