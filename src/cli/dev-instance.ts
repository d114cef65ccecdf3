import { createHash, randomBytes } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type App, createApp } from '#app';
import { createClient } from '#client/index';
import { type Services, startServices } from '#dev/services';
import { type Environment, processEnvironment, readConfig } from '#platform/config/config';
import { type RunningServer, startServer } from '#server/server';
import { startWorker } from '#worker/worker';
import { followEvents } from './dev-feed.js';
import type { Screen } from './dev-screen.js';
import { nodeFinding } from './diagnosis.js';
import { type DevServices, devFolder, devServicesFile } from './environment.js';
import { seed } from './seeding.js';

type Closers = (() => Promise<unknown>)[];

const firstPort = 4_000;
const mostPorts = 100;

/** Everything of one installation in this process, until the signal. Rejects when a part cannot start, with all of it stopped. */
export async function runDev(screen: Screen, ending: AbortSignal): Promise<void> {
  const closers: Closers = [];
  const failures: unknown[] = [];
  try {
    await live(screen, closers, ending);
  } catch (error) {
    if (!ending.aborted) failures.push(error);
  }
  for (const close of closers.reverse()) await close().catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw failures.length === 1 ? failures[0] : new AggregateError(failures);
}

async function live(screen: Screen, closers: Closers, ending: AbortSignal): Promise<void> {
  const begun = performance.now();
  const node = nodeFinding(process.versions.node);
  if (node.advice !== null) screen.note(node.advice);
  const dir = devFolder();
  const given = processEnvironment();
  // There only while it can be used, so that a script may wait for it.
  const stateFile = path.join(dir, 'dev.json');
  const services = await startServices({ dir, log: (line) => screen.note(line) });
  closers.push(() => services.stop());
  await rm(stateFile, { force: true });
  ending.throwIfAborted();

  const settings = settingsFor(dir, given, services, await secretsKeys(dir, given));
  await writePrivately(devServicesFile(), json(settings));
  closers.push(() => rm(devServicesFile(), { force: true }));
  const app = await createApp(readConfig({ ...given, ...settings }));
  closers.push(() => app.close());
  ending.throwIfAborted();

  const tokenFile = path.join(dir, 'token');
  const { token, workspaceId } = await seed(app, { token: await readFile(tokenFile, 'utf8').catch(() => null) });
  await writePrivately(tokenFile, token);
  const worker = startWorker(app);
  closers.push(() => worker.close());
  const server = await startServerOn(
    app,
    given['PORT'] ? [app.config.http.port] : Array.from({ length: mostPorts }, (_, offset) => firstPort + offset),
  );
  closers.push(() => server.close());

  const { url, wsUrl } = server;
  const client = createClient({ url, wsUrl, token });
  closers.push(() => Promise.resolve(client.close()));
  const workspace = `ws_${workspaceId}`;
  await writePrivately(stateFile, json({ url, wsUrl, token, workspace }));
  closers.push(() => rm(stateFile, { force: true }));
  const events = followEvents(client, workspace, ending);
  screen.note(`Ready in ${((performance.now() - begun) / 1_000).toFixed(1)} s.`);
  screen.ready(
    { ...(app.config.graphql.graphiql ? { GraphiQL: `${url}#token=${token}` } : { GraphQL: url }), Token: token, Stop: 'Ctrl-C' },
    { title: 'Try this in another terminal, and watch it here:', command: exampleCommand(url, token) },
  );
  for await (const event of events) screen.event(event);
}

/** What is given stays as it is; the rest is what suits one person who tries Millrace out. */
function settingsFor(dir: string, given: Environment, services: Services, keys: string): DevServices & Environment {
  const own = {
    REDIS_PREFIX: `millrace-${createHash('sha256').update(dir).digest('hex').slice(0, 12)}`,
    GRAPHIQL: 'true',
    LOG_FILE: path.join(dir, 'log', 'millrace.log'),
    WORKER_DRAIN_MS: '5000',
    // What one tries out often runs on the same machine.
    OUTGOING_ALLOW: '127.0.0.1,localhost',
  };
  // Whoever brings a database may have more processes on it, which all need the same prefix.
  const prefix = given['REDIS_PREFIX'] || (given['DATABASE_URL'] ? 'millrace' : own.REDIS_PREFIX);
  return {
    ...Object.fromEntries(Object.entries(own).filter(([name]) => !given[name])),
    DATABASE_URL: services.databaseUrl,
    REDIS_PREFIX: prefix,
    SECRETS_KEYS: keys,
    ...(services.redisUrl === null ? {} : { REDIS_URL: services.redisUrl }),
  };
}

/** Made at the first start, and kept beside the data that it opens. */
async function secretsKeys(dir: string, given: Environment): Promise<string> {
  if (given['SECRETS_KEYS']) return given['SECRETS_KEYS'];
  const file = path.join(dir, 'secrets-keys');
  const known = await readFile(file, 'utf8').catch(() => null);
  const keys = known ?? `dev:${randomBytes(32).toString('base64')}`;
  if (known === null) await writePrivately(file, keys);
  return keys;
}

async function startServerOn(app: App, ports: readonly number[]): Promise<RunningServer> {
  for (const port of ports)
    try {
      return await startServer(app, { port });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error;
    }
  throw new Error(
    ports.length === 1
      ? `Port ${String(ports[0])} is taken. Without PORT, the next free one from ${firstPort} is used.`
      : `No port from ${firstPort} to ${firstPort + mostPorts - 1} is free. Set PORT.`,
  );
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** Whole or not at all, and for its owner's eyes: it holds secrets. */
async function writePrivately(file: string, content: string): Promise<void> {
  await writeFile(`${file}.new`, content, { mode: 0o600 });
  await rename(`${file}.new`, file);
}

function exampleCommand(url: string, token: string): string {
  const query =
    'mutation { triggerAction(input: { key: "hello", payload: { name: "you" } }) { __typename ... on TriggerActionSuccess { run { id status } } ... on Error { message code } } }';
  return `curl -s ${url} -H 'Content-Type: application/json' -H 'Authorization: Bearer ${token}' -d '${JSON.stringify({ query })}'`;
}
