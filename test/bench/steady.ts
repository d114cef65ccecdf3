import { quantile } from './figure.js';
import { now, steadily, until } from './pace.js';
import type { Stand } from './stand.js';
import { acknowledged, triggerOf, uuidOf } from './triggers.js';
import type { Wire } from './wire.js';

/** Ascending milliseconds from the start of each request to Run.finishedAt, of transform runs at a steady rate. Throws unless all succeed. */
export async function steadyRuns({ pool, seeded }: Stand, wire: Wire, perSecond: number, count: number): Promise<number[]> {
  const begunAt = new Map<string, number>();
  await steadily(perSecond, count, async (index) => {
    const begun = now();
    const [id = ''] = acknowledged(await wire.post(seeded.tokens[0], triggerOf(seeded.transform, index)), 1);
    begunAt.set(uuidOf(id), begun);
  });
  const ids = [...begunAt.keys()];
  const finished = async () =>
    (
      await pool.query<{ id: string; finishedAt: Date }>(
        `SELECT id, "finishedAt" FROM "Run" WHERE id = ANY($1::uuid[]) AND status = 'SUCCEEDED'`,
        [ids],
      )
    ).rows;
  await until('all runs have succeeded', 60_000, async () => (await finished()).length === ids.length);
  return (await finished()).map(({ id, finishedAt }) => finishedAt.getTime() - (begunAt.get(id) ?? NaN)).sort((a, b) => a - b);
}

export const p50 = (sorted: readonly number[]): number => quantile(sorted, 0.5);
export const p99 = (sorted: readonly number[]): number => quantile(sorted, 0.99);
