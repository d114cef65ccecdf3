/** The channels on which processes wake each other. A message is a hint: what is true is read from PostgreSQL. */
export const wakeChannels = [
  'runs',
  'feed',
  'cancel',
  'batch',
  'access',
  'pause',
  'bulk',
  'schedules',
  'thread',
  'builds',
  'tests',
  'events',
  'placed',
  'timers',
] as const;

export type WakeChannel =
  /** Runs, and approvals of runs, that changed, as a list of their ids: for `runUpdated` and `approvalUpdated`. */
  | 'runs'
  /** The feed has new positions. */
  | 'feed'
  /** Runs whose cancellation was asked for. */
  | 'cancel'
  /** FeedBatch rows were committed: for the sequencer. */
  | 'batch'
  /** A token, membership or workspace changed: rights are checked again. */
  | 'access'
  /** A pause was made or has ended: its runs are parked or queued again. */
  | 'pause'
  /** Bulk operations that were asked for or went on. */
  | 'bulk'
  /** A schedule fires at another time than before: for the tickers. */
  | 'schedules'
  /** Runs that wait for their thread, and runs that have left theirs to the next one, as a list of run ids. */
  | 'thread'
  /** Code that is to be built, or was. */
  | 'builds'
  /** Tests of code that are to be run, or were. */
  | 'tests'
  /** Events were committed: they need their place in the feed, and automations are evaluated for them. */
  | 'events'
  /** Events have their place in the feed now. */
  | 'placed'
  /** A rule is due at another time than before: for the tickers. */
  | 'timers';

/** Hears the ids of one or more messages. No ids: anything may have changed, for example while the connection was lost. */
export type Heard = (ids: readonly string[]) => void;

/** Redis pub/sub, or NOTIFY outside transactions where there is no Redis. Never throws and never waits: a lost message costs a poll's interval. */
export interface Wake {
  /** Ids travel as they are; messages of one turn of the loop are sent together. Listeners of this process hear them too. */
  send(channel: WakeChannel, ids?: readonly string[]): void;
  /** Answers the function that ends it. */
  on(channel: WakeChannel, heard: Heard): () => void;
  close(): Promise<void>;
}
