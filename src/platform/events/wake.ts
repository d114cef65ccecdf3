/** The channels on which processes wake each other. A message is a hint: what is true is read from PostgreSQL. */
export type WakeChannel =
  /** Runs that changed, as a list of run ids: for `runUpdated`. */
  | 'runs'
  /** The feed has new positions. */
  | 'feed'
  /** Runs whose cancellation was asked for. */
  | 'cancel'
  /** FeedBatch rows were committed: for the sequencer. */
  | 'batch'
  /** A token, membership or workspace changed: rights are checked again. */
  | 'access';

/** Redis pub/sub, or NOTIFY outside transactions where there is no Redis. Never throws and never waits: a lost message costs a poll's interval. */
export interface Wake {
  /** Ids travel as they are; messages of one turn of the loop are sent together. */
  send(channel: WakeChannel, ids?: readonly string[]): void;
  /** Answers the function that ends it. */
  on(channel: WakeChannel, heard: (ids: readonly string[]) => void): () => void;
  close(): Promise<void>;
}
