import type { App } from '#app';
import { createSandbox } from '#platform/sandbox/sandbox';
import type { ClaimedRun } from '#domain/run/run.claim';
import { createBuilder } from './builder.js';
import { createBuilds } from './builds.js';
import { createBulk } from './bulk.js';
import { createClaims } from './claims.js';
import { createConnections } from './connections.js';
import { createDeliverer } from './deliverer.js';
import { createHolds } from './holds.js';
import { createLedger } from './ledger.js';
import { createNotifier } from './notifier.js';
import { createPasses } from './passes.js';
import { createPlans } from './plans.js';
import { createReconciler } from './reconciler.js';
import { startRetention } from './retention.js';
import { executeRun } from './runner.js';
import { createSlots } from './slots.js';
import { createSoloLane } from './solo.js';
import { createTester } from './tester.js';
import { startThreads } from './threads.js';
import { createTicker } from './ticker.js';
import { createTokens } from './tokens.js';
import { createRunWriter } from './writer.js';

export interface WorkerOptions {
  /** One run at a time, and only suspects: see `solo.ts`. */
  readonly solo?: boolean;
}

export interface Worker {
  /** Runs in execution now. */
  busy(): number;
  /** Stops taking runs, lets those in execution finish within the grace, and hands the others back. */
  close(): Promise<void>;
}

/** Jobs taken from the queue at once; each claims as many runs as there are places. */
const mostJobs = 16;

/**
 * Runs of which nothing is left but to write their end take no place, up to so many: a batch that is being written and one that collects.
 * So batches grow with the load, beyond the number of places, and each run's part of their cost shrinks.
 */
const mostEnding = 400;

/** Time to write what is handed over; while PostgreSQL is away, the leases tell the other workers instead. */
const handOverMs = 3_000;

export function startWorker(app: App, { solo = false }: WorkerOptions = {}): Worker {
  const { config, log, metrics } = app;
  const total = solo ? 1 : config.worker.concurrency;
  const sandbox = createSandbox({ ...config.sandbox, ...(solo ? { processes: 1, spares: 0 } : {}), log });
  const slots = createSlots(total, (busy) => metrics.slotsBusy.set(busy));
  const giveUp = new AbortController();
  const writer = createRunWriter(app, giveUp.signal);
  const holds = createHolds(app);
  const plans = createPlans(app.db);
  const ledger = createLedger(app, giveUp.signal);
  const outside = { connections: createConnections(app), ledger, tokens: createTokens(app), builds: createBuilds(app.db) };
  const lane = solo ? null : createSoloLane(config, log);
  const executing = new Set<Promise<void>>();
  const deliverer = solo ? null : createDeliverer(app);
  const notifier = deliverer === null ? null : createNotifier(app, () => deliverer.poke());
  const threads = solo ? null : startThreads(app);
  const ticker = solo ? null : createTicker(app, { pull: () => claims.pull(), fired: () => threads?.poke() });
  const passes = solo
    ? null
    : createPasses({ platform: app, room: app.backlog, delivered: () => deliverer?.poke(), timed: (ms) => ticker?.poke(ms) });

  let ending = 0;
  function start(run: ClaimedRun, done?: () => void): void {
    let early = false;
    const ends = (): void => {
      if (early || solo || ending >= mostEnding) return;
      early = true;
      ending += 1;
      slots.give(1);
    };
    const parts = { platform: app, holds, plans, writer, sandbox, outside, waiting: (ms: number) => ticker?.poke(ms), ends };
    const execution = executeRun(parts, run).finally(() => {
      executing.delete(execution);
      if (early) ending -= 1;
      else slots.give(1);
      done?.();
    });
    executing.add(execution);
  }

  const claims = createClaims({ platform: app, slots, total, options: { owner: app.id, leaseMs: config.run.leaseMs }, solo, start });
  const reconciler = createReconciler({ platform: app, claims, onSuspects: lane === null ? null : () => lane.ensure() });
  const retention = solo ? null : startRetention(app);
  const bulk = solo ? null : createBulk(app, () => claims.pull());
  const builder = solo ? null : createBuilder(app);
  const tester = solo ? null : createTester(app, sandbox, outside);
  const consumer = solo ? null : app.queue.consume({ take: (runIds) => claims.take(runIds), concurrency: Math.min(total, mostJobs) });

  return {
    busy: () => executing.size,
    close: async () => {
      const deadline = app.clock.elapsed() + config.worker.drainMs;
      const gone = lane?.close();
      await Promise.allSettled([
        consumer?.close(),
        passes?.close(config.worker.drainMs),
        reconciler.close(),
        ticker?.close(),
        bulk?.close(),
        builder?.close(),
        tester?.close(),
        retention?.close(),
        threads?.close(),
        notifier?.close(),
        deliverer?.close(),
        claims.close(),
      ]);
      await settled(executing, deadline - app.clock.elapsed());
      for (const hold of holds.all()) hold.stop('HANDED_OVER');
      await settled(executing, handOverMs);
      giveUp.abort();
      await settled(executing, handOverMs);
      await Promise.allSettled([gone, holds.close(), writer.idle(), ledger.idle(), sandbox.close()]);
    },
  };
}

/** Waits until the set is empty, at most so long. */
async function settled(executing: ReadonlySet<Promise<void>>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<true>((resolve) => (timer = setTimeout(() => resolve(true), Math.max(ms, 0))));
  while (executing.size > 0 && (await Promise.race([Promise.allSettled(executing), late])) !== true);
  clearTimeout(timer);
}
