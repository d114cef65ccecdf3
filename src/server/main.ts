import { createApp } from '#app';
import { readConfig } from '#platform/config/config';
import { startFailure } from '#platform/start-failure';
import { startServer } from './server.js';

const ending = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => ending.abort());

const closers: (() => Promise<void>)[] = [];
const failures: unknown[] = [];
try {
  const app = await createApp(readConfig());
  closers.push(() => app.close());
  const server = await startServer(app);
  closers.push(() => server.close());
  app.log.info({ url: server.url, wsUrl: server.wsUrl }, 'the API is ready');
  if (!ending.signal.aborted) await new Promise((resolve) => ending.signal.addEventListener('abort', resolve));
  app.log.info('the API is stopping');
} catch (error) {
  failures.push(error);
}
for (const close of closers.reverse()) await close().catch((error: unknown) => failures.push(error));
// What goes wrong here has no log any more: it is told as it is, and ends the process.
if (failures.length > 0) {
  process.stderr.write(`${failures.map(startFailure).join('\n')}\n`);
  process.exit(1);
}
