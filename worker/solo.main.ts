import { once } from 'node:events';
import { createApp } from '#app';
import type { Config } from '#platform/config/config';
import { hasSuspects } from '#domain/run/run.claim';
import { startWorker } from './worker.js';

/** Time without suspects after which the process ends, in milliseconds. */
const idleMs = 5_000;
const askMs = 1_000;

const [config] = (await once(process, 'message')) as [Config];
const app = await createApp(config);
const worker = startWorker(app, { solo: true });
let idleSince = app.clock.elapsed();
let closing: Promise<void> | null = null;

async function close(): Promise<void> {
  clearInterval(timer);
  await worker.close();
  await app.close();
  process.exit(0);
}
const end = (): void => void (closing ??= close());

const timer = setInterval(() => {
  hasSuspects(app.db.sql).then(
    (some) => {
      if (some || worker.busy() > 0) idleSince = app.clock.elapsed();
      else if (app.clock.elapsed() - idleSince > idleMs) end();
    },
    (error: unknown) => app.log.warn({ err: error }, 'suspects could not be counted'),
  );
}, askMs);

process.on('SIGTERM', end);
process.on('SIGINT', end);
// The worker that started it is gone.
process.on('disconnect', end);
// It may have gone before anybody listened for that.
if (!process.connected) end();
