/** Wakes workers: a job carries the ids of a few runs and ends when they are claimed (docs/decisions/0003). */
export interface Queue {
  /** Never waits for the backend and never throws: runs that this loses are pulled by the workers. */
  wake(runIds: readonly string[]): void;
  /** Takes jobs until closed. */
  consume(options: ConsumeOptions): Consumer;
  /** How many jobs wait; null when the backend does not answer within a second. */
  depth(): Promise<number | null>;
  close(): Promise<void>;
}

export interface ConsumeOptions {
  /** Resolves when the job's runs are claimed or handed back. */
  readonly take: (runIds: readonly string[]) => Promise<void>;
  /** Jobs taken at once. */
  readonly concurrency: number;
}

export interface Consumer {
  close(): Promise<void>;
}
