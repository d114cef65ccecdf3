import { randomUUID } from 'node:crypto';
import { Queue, Worker } from 'bullmq';
import { openRedis } from '#platform/redis/redis';
import { createLog } from '#platform/telemetry/log';
import { type Figure, figure } from './figure.js';
import { during, now } from './pace.js';
import type { Stand } from './stand.js';
import { openWire, operation } from './wire.js';

/** What the machine does with next to nothing in between; null where there is no Redis. */
export interface Ceilings {
  readonly jobs: Figure | null;
  readonly inserts: Figure;
  readonly rows: Figure;
  readonly requests: Figure;
}

export async function measureCeilings(stand: Stand): Promise<Ceilings> {
  const jobs = stand.redisUrl === null ? null : await measureJobs(stand, stand.redisUrl);
  await stand.pool.query('CREATE TABLE bench_row (id uuid PRIMARY KEY, at timestamptz NOT NULL, body jsonb)');
  const inserts = await measureInserts(stand);
  const rows = await measureRows(stand);
  await stand.pool.query('DROP TABLE bench_row');
  return { jobs, inserts, rows, requests: await measureRequests(stand) };
}

const body = JSON.stringify({ greeting: 'Hello world', number: 1 });

/** As many at once as the worker takes. */
const jobsAtOnce = 32;

async function measureJobs(stand: Stand, redisUrl: string): Promise<Figure> {
  const count = stand.quick ? 2_000 : 10_000;
  const log = createLog('silent', {});
  const connections = [
    openRedis(redisUrl, { name: 'bench', log, whenAway: 'wait' }),
    openRedis(redisUrl, { name: 'bench', log, whenAway: 'wait' }),
  ] as const;
  const options = { prefix: stand.prefix };
  const queue = new Queue('bench', { connection: connections[0], ...options });
  let ended = 0;
  let all = (): void => undefined;
  const worker = new Worker(
    'bench',
    () => {
      ended += 1;
      if (ended === count) all();
      return Promise.resolve();
    },
    { connection: connections[1], concurrency: jobsAtOnce, removeOnComplete: { count: 0 }, ...options },
  );
  try {
    await worker.waitUntilReady();
    const rounds: number[] = [];
    for (let round = 0; round < (stand.quick ? 2 : 4); round += 1) {
      ended = 0;
      const done = new Promise<void>((resolve) => (all = resolve));
      const begun = now();
      for (let from = 0; from < count; from += 500)
        await queue.addBulk(
          Array.from({ length: Math.min(500, count - from) }, (_, index) => ({
            name: 'bench',
            data: { index },
            opts: { removeOnComplete: true },
          })),
        );
      await done;
      if (round > 0) rounds.push((count * 1_000) / (now() - begun));
    }
    return figure({
      name: 'bullmq-jobs',
      about: 'BullMQ jobs that do nothing: added 500 at a time and taken 32 at once, by one process',
      unit: 'jobs/s',
      rounds,
    });
  } finally {
    await worker.close();
    await queue.close();
    for (const connection of connections) connection.disconnect();
  }
}

async function measureInserts(stand: Stand): Promise<Figure> {
  const rounds = await timed(stand, 10, () =>
    stand.pool.query({
      name: 'bench.insert',
      text: 'INSERT INTO bench_row (id, at, body) VALUES ($1, now(), $2)',
      values: [randomUUID(), body],
    }),
  );
  return figure({
    name: 'pg-inserts',
    about: 'plain pg: one row and one commit a statement, 10 connections, synchronous_commit on',
    unit: 'statements/s',
    rounds,
  });
}

async function measureRows(stand: Stand): Promise<Figure> {
  const batch = 100;
  const bodies = Array.from({ length: batch }, () => body);
  const rounds = await timed(stand, 2, () =>
    stand.pool.query({
      name: 'bench.batch',
      text: 'INSERT INTO bench_row (id, at, body) SELECT id, now(), body FROM unnest($1::uuid[], $2::jsonb[]) AS t(id, body)',
      values: [bodies.map(() => randomUUID()), bodies],
    }),
  );
  return figure({
    name: 'pg-rows',
    about: 'plain pg: rows in UNNEST batches of 100, one commit a batch, 2 connections',
    unit: 'rows/s',
    rounds: rounds.map((rate) => rate * batch),
  });
}

async function measureRequests(stand: Stand): Promise<Figure> {
  const wire = openWire(stand.url, 32);
  const empty = operation('{ __typename }');
  try {
    const rounds = await timed(stand, 32, () => wire.post(stand.seeded.tokens[0], empty));
    return figure({
      name: 'http-requests',
      about: 'POST { __typename } to the API, 32 at once, kept-alive connections',
      unit: 'requests/s',
      rounds,
    });
  } finally {
    wire.close();
  }
}

/** Times per second, over rounds after one that warms up. */
export async function timed(stand: Stand, width: number, each: (index: number) => Promise<unknown>): Promise<number[]> {
  const roundMs = stand.quick ? 500 : 1_500;
  await during(roundMs, width, each);
  const rounds: number[] = [];
  for (let round = 0; round < (stand.quick ? 2 : 3); round += 1) {
    const { count, tookMs } = await during(roundMs, width, each);
    rounds.push((count * 1_000) / tookMs);
  }
  return rounds;
}
