import { fairness } from './fairness.js';
import { readCrowd, readTicks } from './findings.phases.js';
import type { GroundWorkspace } from './ground.js';
import { type Judgement, atLeast, atMost } from './judgement.js';
import type { Cancelled } from './phase.cancels.js';
import type { Crowd } from './phase.crowd.js';
import type { TickWindow } from './phase.ticks.js';
import type { PhaseSizes } from './phases.js';
import type { DrillServices } from './services.js';

/** What was seen of phases; null: it was not wanted. */
export interface SeenPhases {
  readonly sizes: PhaseSizes;
  readonly cancels: Cancelled | null;
  readonly ticks: TickWindow | null;
  readonly crowd: Crowd | null;
}

/** `cancelP99`: seconds, of cancellations far from faults. */
export async function judgePhases(
  services: DrillServices,
  { sizes, cancels, ticks, crowd }: SeenPhases,
  {
    schedules,
    crowded,
    workers,
  }: { readonly schedules: readonly string[]; readonly crowded: readonly GroundWorkspace[]; readonly workers: number },
): Promise<Judgement[]> {
  return [
    ...(cancels === null ? [] : judgeCancels(cancels, sizes)),
    ...(ticks === null ? [] : await judgeTicks(services, ticks, sizes, schedules, workers)),
    ...(crowd === null ? [] : await judgeCrowd(services, crowd, sizes, crowded)),
  ];
}

function judgeCancels({ answered, tooLate, failures }: Cancelled, { cancels }: PhaseSizes): Judgement[] {
  return [
    atMost('cancellations without an answer', failures.length, 0, '', {
      what: `cancellations in a row, ${tooLate} more too late`,
      count: answered,
      least: cancels,
    }),
  ];
}

async function judgeTicks(
  services: DrillServices,
  window: TickWindow,
  sizes: PhaseSizes,
  schedules: readonly string[],
  workers: number,
): Promise<Judgement[]> {
  const { missed, doubled } = await readTicks(services, schedules, window);
  const evidence = [
    {
      what: `nominal times of ${schedules.length} schedules`,
      count: schedules.length * window.seconds,
      least: sizes.schedules * 2 * sizes.tickSeconds,
    },
    { what: `kills of ${workers} workers`, count: window.kills, least: sizes.tickKills },
  ];
  return [
    atMost('ticks missed while workers are killed', missed, 0, '', ...evidence),
    atMost('ticks doubled while workers are killed', doubled, 0, '', ...evidence),
  ];
}

const leastFair = 0.95;
const mostMb = 512;
/** Of what could be served while all have something queued: the rest makes up for what is under way when it is counted. */
const counted = 0.8;

async function judgeCrowd(
  services: DrillServices,
  crowd: Crowd,
  sizes: PhaseSizes,
  workspaces: readonly GroundWorkspace[],
): Promise<Judgement[]> {
  const firsts = Math.floor(workspaces.length * sizes.neighbour * counted);
  const { backlogged, steady, succeeded } = await readCrowd(
    services,
    workspaces.map(({ uuid }) => uuid),
    firsts,
  );
  const all = sizes.flood + (workspaces.length - 1) * sizes.neighbour;
  const got = (shares: typeof steady): number => shares.reduce((sum, share) => sum + share.got, 0);
  const queued = { what: 'runs queued at once', count: crowd.queued, least: all };
  return [
    atMost(
      'queued runs that did not succeed',
      Math.abs(crowd.acknowledged - succeeded) + crowd.failures.length + (crowd.done ? 0 : 1),
      0,
      '',
      queued,
    ),
    atMost('memory of a process with all of them queued', crowd.memory.mostMb, mostMb, 'MB', queued, {
      what: 'looks',
      count: crowd.memory.looks,
      least: 5,
    }),
    atLeast('fairness between workspaces that all wait (Jain)', fairness(backlogged), leastFair, '', {
      what: `runs that ended first, of one with ${sizes.flood} queued and its neighbours: ${backlogged.map((share) => share.got).join(', ')}`,
      count: got(backlogged),
      least: firsts,
    }),
    atLeast('fairness between a flood and steady neighbours (Jain)', fairness(steady), leastFair, '', {
      what: `runs of ${workspaces.length} workspaces, ${steady
        .slice(1)
        .map((share) => `${share.got} of ${share.asked}`)
        .join(', ')} of the neighbours`,
      count: got(steady),
      least: Math.floor(sizes.flood * counted),
    }),
  ];
}
