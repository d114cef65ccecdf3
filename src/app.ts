import type { Triggers } from '#domain/run/run.trigger';
import type { Feed } from '#domain/run/run.feed';
import type { Platform } from '#platform/platform';

/** What the API and the worker are made of. */
export interface App extends Platform {
  readonly triggers: Triggers;
  readonly feed: Feed;
  /** Ends everything in reverse order of its start. */
  close(): Promise<void>;
}
