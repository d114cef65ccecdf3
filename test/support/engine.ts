import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import { type App, createApp } from '#app';
import { readConfig } from '#platform/config/config';
import { transact } from '#platform/work/work';
import type { Viewer } from '#domain/tenant/viewer';
import { createAction } from '#domain/action/action.service';
import { finalStatuses, isFinal } from '#domain/run/run.status';
import { startWorker } from '#worker/worker';
import { compiled } from './compiled.js';
import { createDatabase } from './database.js';
import { emptyRedis, redisPrefix, redisUrlOrNull } from './redis.js';
import { testSecretsKeys } from './secrets.js';
import { type SeededWorkspace, seedWorkspace } from './tenancy.js';

export interface Engine {
  readonly app: App;
  readonly workspace: SeededWorkspace;
  readonly viewer: Viewer;
  /** The settings of its processes, as an environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** Makes an action and answers its key. */
  action(
    body: { readonly code?: string; readonly transform?: unknown },
    retry?: { readonly maxRetries: number; readonly delay: string },
  ): Promise<string>;
  /** Triggers and answers the run's id. */
  trigger(key: string, payload?: unknown): Promise<string>;
  /** Another workspace of the same installation, with an action of its own. */
  sibling(): Promise<{ trigger(): Promise<string> }>;
  /** Deletes all that this engine keeps in Redis. */
  emptyRedis(): Promise<void>;
  /** Another process of the same installation, as far as the database can tell. */
  twin(): Promise<App>;
  /** Starts a worker in this process. */
  work(): void;
  /** Starts a worker in a process of its own. */
  worker(): SpawnedProcess;
}

export interface SpawnedProcess {
  readonly pid: number;
  readonly child: ChildProcess;
  /** Ends it and waits until it is gone. */
  kill(signal: NodeJS.Signals): Promise<void>;
}

/** An app on a database of its own, with short leases and no worker yet. It lives as long as its test. */
export async function testEngine(settings: Readonly<Record<string, string>> = {}): Promise<Engine> {
  const redisUrl = redisUrlOrNull();
  const environment = {
    DATABASE_URL: await createDatabase(),
    REDIS_PREFIX: redisPrefix(),
    LOG_LEVEL: 'silent',
    SECRETS_KEYS: testSecretsKeys,
    LEASE_MS: '1500',
    // From source a process takes long to start; the sandbox's own tests have some.
    SANDBOX_SPARES: '0',
    MIGRATE_AT_START: 'false',
    ...(redisUrl === null ? {} : { REDIS_URL: redisUrl }),
    ...settings,
  };
  const app = await createApp(readConfig(environment));
  onTestFinished(() => app.close());
  const workspace = await seedWorkspace(app);
  const { viewer } = await workspace.token('OWNER');
  let actions = 0;
  return {
    app,
    workspace,
    viewer,
    environment,
    action: async (body, retry) => {
      actions += 1;
      const key = `action-${actions}`;
      await transact(app, viewer, (work) =>
        createAction(work, {
          workspaceId: workspace.workspaceId,
          key,
          name: key,
          code: null,
          transform: null,
          ...body,
          ...(retry === undefined ? {} : { retry }),
        }),
      );
      return key;
    },
    trigger: async (key, payload) =>
      (await app.triggers.trigger(viewer, { workspaceId: workspace.workspaceId, automationKey: key, payload, trigger: 'API' })).id,
    sibling: async () => {
      const other = await seedWorkspace(app);
      const { viewer: owner } = await other.token('OWNER');
      const { workspaceId } = other;
      await transact(app, owner, (work) => createAction(work, { workspaceId, key: 'own', name: 'own', transform: 1 }));
      return { trigger: async () => (await app.triggers.trigger(owner, { workspaceId, automationKey: 'own', trigger: 'API' })).id };
    },
    emptyRedis: () => emptyRedis(environment.REDIS_PREFIX),
    twin: async () => {
      const other = await createApp(readConfig(environment));
      onTestFinished(() => other.close());
      return other;
    },
    work: () => {
      const worker = startWorker(app);
      onTestFinished(() => worker.close());
    },
    worker: () => spawnProcess('worker/main.ts', environment),
  };
}

/** Starts an entry of the product, such as `worker/main.ts`, with exactly this environment. It is killed at the end of the test. */
export function spawnProcess(entry: string, environment: Readonly<Record<string, string>>): SpawnedProcess {
  const child = spawn(process.execPath, [compiled(entry)], {
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const ended = once(child, 'exit');
  const { pid } = child;
  if (pid === undefined) throw new Error(`${entry} could not be started.`);
  const kill = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal);
    if (signal !== 'SIGSTOP' && signal !== 'SIGCONT') await ended;
  };
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) await kill('SIGKILL');
  });
  return { pid, child, kill };
}

export interface Tally {
  /** Runs without a final state. */
  readonly stuck: number;
  /** Acknowledged runs that are not there. */
  readonly lost: number;
  /** Runs that finished more than once, or whose events have holes. */
  readonly doubled: number;
  readonly statuses: Readonly<Record<string, number>>;
}

/** Runs of these without a final state: for waiting, since `tally` reads all of their events. */
export function openRuns(app: App, runIds: readonly string[]): Promise<number> {
  return app.db.prisma.run.count({ where: { id: { in: [...runIds] }, status: { notIn: [...finalStatuses] } } });
}

/** Counts what became of acknowledged runs, from the rows that every reader sees. */
export async function tally(app: App, runIds: readonly string[]): Promise<Tally> {
  const runs = await app.db.prisma.run.findMany({ where: { id: { in: [...runIds] } } });
  const events = await app.db.prisma.runEvent.findMany({
    where: { runId: { in: [...runIds] } },
    orderBy: [{ runId: 'asc' }, { sequence: 'asc' }],
  });
  const statuses: Record<string, number> = {};
  for (const run of runs) statuses[run.status] = (statuses[run.status] ?? 0) + 1;
  const doubled = runs.filter((run) => {
    const own = events.filter((event) => event.runId === run.id);
    return (
      own.filter((event) => event.type === 'RUN_FINISHED').length > 1 ||
      own.some((event, index) => event.sequence !== index + 1) ||
      own.length !== run.sequence
    );
  });
  return { stuck: runs.filter((run) => !isFinal(run.status)).length, lost: runIds.length - runs.length, doubled: doubled.length, statuses };
}
