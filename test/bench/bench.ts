import { measureCeilings } from './ceilings.js';
import { measureChains } from './chains.js';
import { measureFeed } from './feed.js';
import { measureFlows } from './flows.js';
import { measureGrowth } from './growth.js';
import { measureIdle } from './idle.js';
import { type Figure, inWords } from './figure.js';
import { measureLatency } from './latency.js';
import { measureList } from './list.js';
import type { BenchOptions, Part } from './options.js';
import { now } from './pace.js';
import { run } from './processes.js';
import { measureSchedules } from './schedules.js';
import { measureEntities } from './entities.js';
import { measureRules } from './rules.js';
import { measureSandbox } from './sandbox.js';
import { measureSoak } from './soak.js';
import { measureStartup } from './startup.js';
import { measureStatements } from './statements.js';
import { type Stand, type Undo, makeStand } from './stand.js';
import { type Surroundings, loadNow, readSurroundings } from './surroundings.js';
import { measureThroughput } from './throughput.js';

export interface Report extends Surroundings {
  readonly quick: boolean;
  readonly tookSeconds: number;
  readonly ceilings: readonly Figure[];
  readonly figures: readonly Figure[];
}

/** Measures, and undoes everything that it made: at its end, at a failure, and when `ending` aborts. */
export async function bench(options: BenchOptions, say: (line: string) => void, ending: AbortController): Promise<Report> {
  const { signal } = ending;
  const undo: Undo = [];
  const aborted = new Promise<never>((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
  // Nobody listens before there is a stand, which looks at the signal itself.
  aborted.catch(() => undefined);
  const begun = now();
  const load = loadNow();
  try {
    if (options.build) {
      say('building');
      await run('npm', ['run', '--silent', 'build'], signal);
    }
    const stand = await makeStand({ ...options, counting: options.only.includes('statements'), say, ending }, undo);
    const surroundings = await readSurroundings(stand, load);
    const figures = await Promise.race([measure(stand, options), aborted]);
    return { ...surroundings, quick: options.quick, tookSeconds: Math.round((now() - begun) / 1_000), ...figures };
  } finally {
    say('stopping');
    for (let next = undo.pop(); next !== undefined; next = undo.pop()) await next().catch((error: unknown) => say(String(error)));
  }
}

async function measure(stand: Stand, options: BenchOptions): Promise<Pick<Report, 'ceilings' | 'figures'>> {
  const told = (figures: readonly Figure[]): readonly Figure[] => {
    for (const one of figures) stand.say(inWords(one));
    return figures;
  };
  stand.say('measuring ceilings');
  const ceilings = await measureCeilings(stand);
  const ceilingFigures = told(Object.values(ceilings).filter((one): one is Figure => one !== null));
  const parts: Record<Part, () => Promise<Figure[]>> = {
    latency: () => measureLatency(stand),
    throughput: () => measureThroughput(stand, ceilings),
    chains: () => measureChains(stand),
    list: () => measureList(stand),
    feed: () => measureFeed(stand),
    schedules: () => measureSchedules(stand),
    sandbox: () => measureSandbox(stand),
    rules: () => measureRules(stand),
    entities: () => measureEntities(stand),
    flows: () => measureFlows(stand),
    idle: () => measureIdle(stand),
    startup: () => measureStartup(stand),
    growth: () => measureGrowth(stand),
    soak: () => measureSoak(stand),
    statements: () => measureStatements(stand),
  };
  const figures: Figure[] = [];
  for (const part of options.only) {
    stand.say(`measuring ${part}`);
    figures.push(...told(await parts[part]()));
  }
  return { ceilings: ceilingFigures, figures };
}
