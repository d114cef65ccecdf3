import { type Figure, figure } from './figure.js';
import { now } from './pace.js';
import type { Stand } from './stand.js';

/** From the start of an API process until it says that it is ready. */
export async function measureStartup(stand: Stand): Promise<Figure[]> {
  const rounds: number[] = [];
  for (let round = 0; round < (stand.quick ? 3 : 7); round += 1) {
    const begun = now();
    const stop = await stand.moreApi(`api-${round}`);
    rounds.push(now() - begun);
    await stop();
  }
  const about = 'from the start of an API process of a migrated database until /health/ready answers 200';
  return [figure({ name: 'startup-api', about, unit: 'ms', rounds })];
}
