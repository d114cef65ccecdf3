import { createPostgresBackend, Queue as BullQueue, Worker as BullWorker } from 'bullmq';
import type { Config } from '#platform/config/config';
import { openRedis } from '#platform/redis/redis';
import type { Log } from '#platform/telemetry/log';
import type { Queue } from './queue.js';

interface RunsJob {
  readonly runIds: readonly string[];
}

const name = 'runs';

/** Few enough that a burst spreads over workers, many enough that a job's cost is shared. */
const mostRunsPerJob = 16;
/** Jobs sent in one round trip. */
const mostJobs = 100;
const lockMs = 5_000;
/** Round trips without an answer, beyond which a backend that hangs gets no more to keep. */
const mostInFlight = 50;
const depthMs = 1_000;
/** Longest wait for a goodbye: a backend that is away must not keep a process from ending. */
const closeMs = 2_000;

const jobOptions = { attempts: 1, removeOnComplete: true, removeOnFail: true } as const;

/** On Redis where it is configured, else on BullMQ's own PostgreSQL backend. `lost` hears of runs for which no job could be sent. */
export function createQueue(
  config: Pick<Config, 'redis' | 'prefix' | 'database'>,
  log: Log,
  lost: (runIds: readonly string[]) => void,
): Queue {
  const { redis } = config;
  const producer = redis === null ? null : openRedis(redis.url, { name: 'queue', log, whenAway: 'refuse' });
  const queue =
    producer === null
      ? new BullQueue(name, { connection: postgres(config) }, createPostgresBackend)
      : new BullQueue(name, { connection: producer, prefix: config.prefix });
  let waiting: string[] = [];
  let scheduled = false;
  let sending: Promise<unknown> = Promise.resolve();
  let inFlight = 0;
  let failing = false;

  const failed = (error: unknown): void => {
    if (!failing) log.warn({ err: error }, 'workers could not be woken; they pull instead');
    failing = true;
  };
  queue.on('error', failed);

  function flush(): void {
    scheduled = false;
    const runIds = waiting;
    waiting = [];
    if ((producer !== null && producer.status !== 'ready') || inFlight >= mostInFlight) {
      failed(new Error('The queue does not answer.'));
      return lost(runIds);
    }
    const jobs = Array.from({ length: Math.ceil(runIds.length / mostRunsPerJob) }, (_, index) => ({
      name,
      data: { runIds: runIds.slice(index * mostRunsPerJob, (index + 1) * mostRunsPerJob) },
      opts: jobOptions,
    }));
    for (let from = 0; from < jobs.length; from += mostJobs) {
      const part = jobs.slice(from, from + mostJobs);
      inFlight += 1;
      sending = queue
        .addBulk(part)
        .then(
          () => {
            failing = false;
          },
          (error: unknown) => {
            failed(error);
            lost(part.flatMap((job) => job.data.runIds));
          },
        )
        .finally(() => {
          inFlight -= 1;
        });
    }
  }

  return {
    wake: (runIds) => {
      if (runIds.length === 0) return;
      waiting.push(...runIds);
      if (scheduled) return;
      scheduled = true;
      queueMicrotask(flush);
    },
    consume: ({ take, concurrency }) => {
      const connection = redis === null ? null : openRedis(redis.url, { name: 'consumer', log, whenAway: 'wait' });
      const options = {
        concurrency,
        lockDuration: lockMs,
        stalledInterval: lockMs,
        maxStalledCount: 1,
        drainDelay: 2,
        removeOnComplete: { count: 0 },
        removeOnFail: { count: 0 },
      };
      const run = (job: { readonly data: RunsJob }): Promise<void> => take(job.data.runIds);
      const worker =
        connection === null
          ? new BullWorker(name, run, { ...options, connection: postgres(config) }, createPostgresBackend)
          : new BullWorker(name, run, { ...options, connection, prefix: config.prefix });
      worker.on('error', (error) => log.debug({ err: error }, 'the consumer of the queue'));
      return {
        close: async () => {
          // Jobs are short; without Redis there are none, and BullMQ would wait for its return.
          await atMost(closeMs, worker.close(connection !== null && connection.status !== 'ready'));
          connection?.disconnect();
        },
      };
    },
    depth: () =>
      atMost(
        depthMs,
        queue.getWaitingCount().catch(() => null),
      ),
    close: async () => {
      await atMost(closeMs, sending);
      await atMost(
        closeMs,
        queue.close().catch((error: unknown) => log.debug({ err: error }, 'closing the queue')),
      );
      producer?.disconnect();
    },
  };
}

/** The promise's value, or null when it takes longer. */
async function atMost<Value>(ms: number, promise: Promise<Value>): Promise<Value | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => (timer = setTimeout(() => resolve(null), ms)));
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

function postgres(config: Pick<Config, 'database'>): { readonly connectionString: string; readonly migrate: true } {
  return { connectionString: config.database.url, migrate: true };
}
