/** Wakes workers: a job carries the ids of a few runs and ends when they are claimed (docs/decisions/0003). */
export interface Queue {
  /** Never waits for Redis and never throws: runs that this loses are pulled by the workers. */
  wake(runIds: readonly string[]): void;
  /** Takes jobs until closed. `take` resolves when the job's runs are claimed or handed back. */
  consume(options: ConsumeOptions): Consumer;
  /** Whether the queue's backend answers now, and how many jobs wait; null when it does not answer within a second. */
  depth(): Promise<number | null>;
  close(): Promise<void>;
}

export interface ConsumeOptions {
  readonly take: (runIds: readonly string[]) => Promise<void>;
  /** Jobs taken at once. */
  readonly concurrency: number;
}

export interface Consumer {
  pause(): void;
  resume(): void;
  close(): Promise<void>;
}
