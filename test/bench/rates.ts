import { type Figure, figure, rounded } from './figure.js';
import { concurrently, now } from './pace.js';
import { type Stand, idle } from './stand.js';
import { p50, p99, steadyRuns } from './steady.js';
import { acknowledged, triggerOf } from './triggers.js';
import type { Wire } from './wire.js';

const calmPerSecond = 10;
const roundSeconds = 5;

/** Trigger to final where a run finds nothing to do, and where four fifths of what can be done at all are asked for. */
export async function measureRates(stand: Stand, wire: Wire, floor: Figure): Promise<Figure[]> {
  const calm = await inRounds(stand, wire, calmPerSecond);
  const most = await saturation(stand, wire);
  const busy = await inRounds(stand, wire, 0.8 * most);
  const about = 'request to Run.finishedAt of transform runs by single triggers';
  return [
    figure({
      name: 'latency-10-p50',
      about: `${about}, ${calmPerSecond} a second`,
      unit: 'ms',
      rounds: calm.map(p50),
      ceiling: floor,
      target: { atMost: 5 },
    }),
    figure({ name: 'latency-10-p99', about: `${about}, ${calmPerSecond} a second`, unit: 'ms', rounds: calm.map(p99), ceiling: floor }),
    ...[p50, p99].map((part, nth) =>
      figure({
        name: `latency-saturated-${nth === 0 ? 'p50' : 'p99'}`,
        about: `${about}, at four fifths of what 32 requests at once came to just before`,
        unit: 'ms',
        rounds: busy.map(part),
        ceiling: floor,
        counts: { perSecond: rounded(0.8 * most) },
      }),
    ),
  ];
}

async function inRounds(stand: Stand, wire: Wire, perSecond: number): Promise<number[][]> {
  const rounds: number[][] = [];
  for (let round = 0; round < (stand.quick ? 2 : 4); round += 1) {
    rounds.push(await steadyRuns(stand, wire, perSecond, Math.round(perSecond * (stand.quick ? 2 : roundSeconds))));
    await idle(stand);
  }
  return rounds;
}

/** Runs a second, from the first trigger until all are final. */
async function saturation(stand: Stand, wire: Wire): Promise<number> {
  const count = stand.quick ? 1_000 : 4_000;
  let best = 0;
  for (let round = 0; round < 3; round += 1) {
    const begun = now();
    await concurrently(count, 32, async (index) => {
      acknowledged(await wire.post(stand.seeded.tokens[0], triggerOf(stand.seeded.transform, index)), 1);
    });
    await idle(stand);
    best = Math.max(best, (count * 1_000) / (now() - begun));
  }
  return best;
}
