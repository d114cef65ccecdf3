import { createApp } from '#app';
import { readConfig } from '#platform/config/config';
import { startWorker } from './worker.js';

const app = await createApp(readConfig());
const worker = startWorker(app);
app.log.info('the worker is ready');

let closing: Promise<void> | null = null;
async function close(): Promise<void> {
  app.log.info('the worker is stopping');
  await worker.close();
  await app.close();
  process.exit(0);
}
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void (closing ??= close()));
