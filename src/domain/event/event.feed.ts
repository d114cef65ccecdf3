import { createStreamGroup } from '#platform/events/stream';
import type { Platform } from '#platform/platform';
import { type Following, followFeed } from '#domain/feed';
import { type EventFeedFilter, type PlacedEvent, eventFeedLog } from './event.feed.log.js';

export type { EventFeedFilter, LightEvent, PlacedEvent } from './event.feed.log.js';

/** The live feed of events of this process (docs/protocol.md). */
export type EventFeed = Following<PlacedEvent, EventFeedFilter>;

export function createEventFeed(platform: Platform): EventFeed {
  const streams = createStreamGroup();
  const following = followFeed(platform, eventFeedLog, streams);
  return {
    events: (request) => following.events(request),
    close: async () => {
      streams.end(new Error('The server is stopping.'));
      await following.close();
    },
  };
}
