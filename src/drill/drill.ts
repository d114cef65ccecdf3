import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '#platform/clock';
import { type Environment, processEnvironment } from '#platform/config/config';
import { packageRoot } from '#platform/package';
import { createApi } from './api.js';
import { copyWith } from './copy.js';
import { type DefectName, defects } from './defects.js';
import type { FaultName } from './fault-names.js';
import { type Stage, make } from './faults.js';
import { type Fleet, startFleet } from './fleet.js';
import { startGuard } from './guard.js';
import { type Ground, layGround } from './ground.js';
import { readUndone } from './findings.js';
import { judge } from './judge.js';
import type { Judgement } from './judgement.js';
import { openLine } from './line.js';
import { createLoad } from './load.js';
import { cancelMany } from './phase.cancels.js';
import { crowdIn } from './phase.crowd.js';
import { killWhileTicking } from './phase.ticks.js';
import { type PhaseName, fullSizes, quickSizes } from './phases.js';
import type { DrillOptions } from './options.js';
import { startPoison } from './poison.js';
import { createRandom } from './random.js';
import { type Reader, type Revocation, startReader } from './readers.js';
import { type Receiver, startReceiver } from './receiver.js';
import { type DrillServices, startDrillServices } from './services.js';
import { settle } from './settle.js';
import { type Undo, undoAll } from './undo.js';
import { watchWakes } from './wakes.js';
import { type FaultRecord, installWatch, recordFaults, working } from './watch.js';
import { type Works, makeCrowd, makeWorks } from './works.js';

/** What a drill came to. */
export interface DrillReport {
  readonly seed: number;
  readonly defect: DefectName | null;
  readonly startedAt: string;
  readonly seconds: number;
  readonly judgements: readonly Judgement[];
  readonly faults: readonly { readonly name: string; readonly since: string; readonly until: string; readonly apps: readonly string[] }[];
  /** What could not be done on this machine, and why. */
  readonly impossible: Readonly<Record<string, string>>;
  /** What else went wrong: triggers that failed, processes that ended. */
  readonly remarks: readonly string[];
  readonly green: boolean;
}

const calmMs = 4_000;

/** Runs a drill. Whatever happens, everything that it started is ended before it answers or rejects. */
export async function runDrill(options: DrillOptions, say: (line: string) => void, signal: AbortSignal): Promise<DrillReport> {
  const undo: Undo = [];
  try {
    return await drill(options, say, signal, undo);
  } finally {
    for (const failure of await undoAll(undo)) say(`not ended cleanly: ${String(failure)}`);
  }
}

/** The folder of `dist`: the one that this was loaded from, or that of the package where it runs from source. */
function builtRoot(): string {
  const above = path.resolve(import.meta.dirname, '..', '..', '..');
  return path.relative(above, import.meta.dirname) === path.join('dist', 'src', 'drill') ? above : packageRoot();
}

async function drill(options: DrillOptions, say: (line: string) => void, signal: AbortSignal, undo: Undo): Promise<DrillReport> {
  const startedAt = systemClock.now();
  const { quick, seed } = options;
  say(`seed ${seed}`);
  const root = builtRoot();
  if (!existsSync(path.join(root, 'dist', 'worker', 'main.js'))) throw new Error('The drill starts what was built: npm run build.');
  const drillRoot = path.join(root, 'dist', 'src', 'drill');
  const searchPath = processEnvironment()['PATH'] ?? '';
  const guard = startGuard(path.join(drillRoot, 'guard.main.js'), searchPath, undo);
  const defect = options.defect === null ? null : defects[options.defect];
  const productRoot = defect === null ? root : await copyWith(root, defect, guard, undo);
  if (defect !== null) say(`planted: ${defect.about}`);
  const dir = await mkdtemp(path.join(tmpdir(), 'millrace-drill-'));
  undo.push(async () => {
    if (options.keep) say(`logs and data are in ${dir}`);
    else await rm(dir, { recursive: true, force: true });
  });
  if (!options.keep) guard.folder(dir);
  // As root, PostgreSQL's user has to pass through.
  await chmod(dir, 0o711);
  await mkdir(path.join(dir, 'log'));

  say('starting PostgreSQL and Redis');
  const services = await startDrillServices({ dir, searchPath, guard, note: say }, undo);
  signal.throwIfAborted();
  const leaseMs = quick ? 4_000 : 6_000;
  const environment: Environment = {
    PATH: processEnvironment()['PATH'],
    NODE_ENV: 'production',
    LOG_LEVEL: 'info',
    SECRETS_KEYS: `drill:${randomBytes(32).toString('base64')}`,
    REDIS_PREFIX: 'drill',
    HOST: '127.0.0.1',
    MIGRATE_AT_START: 'false',
    DATABASE_POOL: '6',
    OUTGOING_ALLOW: '127.0.0.1',
    LEASE_MS: String(leaseMs),
    WORKER_DRAIN_MS: '10000',
  };
  say('migrating and seeding');
  const ground = await layGround(
    {
      ...environment,
      LOG_LEVEL: 'warn',
      MIGRATE_AT_START: 'true',
      DATABASE_URL: services.databaseUrl(services.postgresPort() ?? 0, 'ground'),
      REDIS_URL: services.redisUrl(services.redisPort() ?? 0),
    },
    quick ? 8 : 60,
  );
  await installWatch(services, defect?.sql ?? []);
  signal.throwIfAborted();
  say('starting API and worker processes');
  const fleet = await startFleet(
    {
      root: productRoot,
      clockModule: path.join(drillRoot, 'clock.main.js'),
      guard,
      apis: 2,
      workers: quick ? 2 : 5,
      environment,
      services,
      logDir: path.join(dir, 'log'),
      signal,
    },
    undo,
  );
  return perform({ options, say, signal, undo, services, ground, fleet, leaseMs, startedAt });
}

interface Scene {
  readonly options: DrillOptions;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
  readonly undo: Undo;
  readonly services: DrillServices;
  readonly ground: Ground;
  readonly fleet: Fleet;
  readonly leaseMs: number;
  readonly startedAt: Date;
}

async function perform({ options, say, signal, undo, services, ground, fleet, leaseMs, startedAt }: Scene): Promise<DrillReport> {
  const { quick, seed } = options;
  const random = createRandom(seed);
  const sizes = quick ? quickSizes : fullSizes;
  const wants = (phase: PhaseName): boolean => options.phases.includes(phase);
  const answers = createRandom(seed + 1);
  const receiver: Receiver = await startReceiver(() => answers.between(20, 600));
  undo.push(() => receiver.close());
  const front = await openLine(fleet.nextApi);
  undo.push(() => front.close());
  const api = createApi(() => front.port, ground.token, signal);
  const [one, two] = ground.workspaces;
  const works: readonly [Works, Works] = [
    await makeWorks(api, one, receiver.url, sizes.schedules),
    await makeWorks(api, two, receiver.url, sizes.schedules),
  ];
  if (wants('cancels')) await makeWorks(api, ground.quitter, receiver.url, 0);
  if (wants('crowd')) for (const workspace of ground.crowd) await makeCrowd(api, workspace);
  const readers: Reader[] = [];
  for (let number = 0; number < (quick ? 6 : 12); number += 1) {
    const workspace = number % 2 === 0 ? one : two;
    const reader = await startReader({
      name: `reader-${number}`,
      workspace,
      transport: number % 4 < 2 ? 'ws' : 'sse',
      token: ground.token,
      port: fleet.nextApi,
    });
    undo.push(() => reader.close());
    readers.push(reader);
  }
  const wakes = watchWakes(services, undo);
  const load = createLoad(api, works, createRandom(seed + 2));
  undo.push(() => load.finish());
  const stormMs = options.minutes * 60_000;
  load.begin(options.runs / ((stormMs + 2 * calmMs) / 1_000 + (wants('ticks') ? sizes.tickSeconds : 0)));
  await untilUp(services, fleet, signal);
  say(`calm for ${calmMs / 1_000} s`);
  load.cancellations(quick ? 8 : 40);
  await sleep(calmMs, undefined, { signal });
  if (wants('cancels')) say(`cancelling ${sizes.cancels} runs`);
  const cancels = wants('cancels') ? await cancelMany(api, ground.quitter, sizes.cancels, createRandom(seed + 3)) : null;

  const records: FaultRecord[] = [];
  const revocations: Revocation[] = [];
  const stage: Stage = {
    services,
    fleet,
    load,
    readers,
    guests: [...ground.guests],
    api,
    frontPort: fleet.nextApi,
    random,
    leaseMs,
    quick,
    sizes,
    revocations,
    impossible: new Map(),
  };
  if (wants('ticks')) say(`${sizes.tickKills} kills in ${sizes.tickSeconds} s of ticks`);
  const ticks = wants('ticks') ? await killWhileTicking(stage, records, signal) : null;
  const poison = options.faults.includes('poison') ? await startPoison(stage, records, one.id) : null;
  const made = new Set<FaultName>(poison === null ? [] : ['poison']);
  await storm(stage, options, stormMs, records, made, say, signal);
  say('waiting for the poison run');
  const hunted = poison === null ? null : await poison.done;
  say(`calm for ${calmMs / 1_000} s`);
  await sleep(calmMs, undefined, { signal });

  const since = performance.now();
  for (const id of works.flatMap((work) => work.scheduleIds)) await api.write('disableSchedule', { id }, '__typename');
  say('waiting until everything is done');
  await load.finish();
  const settled = await settle(services, readers, since, signal);
  if (wants('crowd')) say(`queueing ${sizes.flood} runs of one workspace, and ${sizes.neighbour} of each of its neighbours`);
  const crowd = wants('crowd') ? await crowdIn({ api, services, fleet, crowd: ground.crowd, sizes, signal }, say) : null;
  say('judging');
  await recordFaults(services, records);
  const judgements = await judge({
    services,
    fleet,
    load,
    receiver,
    readers,
    wakes,
    schedules: works.flatMap((work) => work.schedules),
    revocations,
    poison: poison === null || hunted === null ? null : { runId: poison.runId, hunt: hunted },
    made,
    settledSeconds: settled.seconds,
    quick,
    ground,
    phases: { sizes, cancels, ticks, crowd },
  });
  return {
    seed,
    defect: options.defect,
    startedAt: startedAt.toISOString(),
    seconds: Math.round((systemClock.now().getTime() - startedAt.getTime()) / 1_000),
    judgements,
    faults: records.map(({ name, since: from, until, apps }) => ({ name, since: from.toISOString(), until: until.toISOString(), apps })),
    impossible: Object.fromEntries(stage.impossible),
    remarks: [
      ...(await readUndone(services)),
      ...settled.open,
      ...[...load.failures, ...(cancels?.failures ?? []), ...(crowd?.failures ?? [])].slice(0, 10),
      ...fleet.lost,
      ...readers.flatMap(({ name, failure }) => (failure === null ? [] : [`${name}: ${failure}`])),
    ],
    green: judgements.every(({ verdict }) => verdict === 'GREEN'),
  };
}

const upMs = 30_000;

/** Processes start at their own pace: how quick the product is, is asked when they are there. */
async function untilUp(services: DrillServices, { workers }: Fleet, signal: AbortSignal): Promise<void> {
  const apps = workers.map(({ program }) => program.name);
  const deadline = performance.now() + upMs;
  while (performance.now() < deadline && (await working(services, apps)) < apps.length) await sleep(100, undefined, { signal });
}

/** Each of the wanted faults once, in an order that the seed decides, and again until the time is over. */
async function storm(
  stage: Stage,
  options: DrillOptions,
  stormMs: number,
  records: FaultRecord[],
  made: Set<FaultName>,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const wanted = options.faults.filter((name) => name !== 'poison');
  if (wanted.length === 0) return;
  const until = performance.now() + stormMs;
  for (let round = 1; round === 1 || performance.now() < until; round += 1)
    for (const name of stage.random.shuffled(wanted)) {
      signal.throwIfAborted();
      if (round > 1 && performance.now() >= until) return;
      say(name);
      records.push(await make(name, stage));
      made.add(name);
      await sleep(stage.random.between(200, options.quick ? 600 : 4_000), undefined, { signal });
    }
}
