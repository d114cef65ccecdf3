import { cpuPer, medianCpu } from './cpu.js';
import type { Ceilings } from './ceilings.js';
import { type Figure, type Target, figure, rounded } from './figure.js';
import { concurrently, now } from './pace.js';
import { type Stand, idle } from './stand.js';
import { acknowledged, triggerOf, triggersOf } from './triggers.js';
import { type Wire, openWire } from './wire.js';

interface Load {
  readonly name: string;
  readonly about: string;
  readonly key: string;
  /** Runs of one round. */
  readonly count: number;
  /** Runs of one request. */
  readonly perRequest: number;
  /** Requests at once. */
  readonly width: number;
  readonly target?: Target;
  readonly ceiling: Figure | null;
}

/** Runs per second from the first trigger to the end of the last run. */
export async function measureThroughput(stand: Stand, ceilings: Ceilings): Promise<Figure[]> {
  const { transform, code } = stand.seeded;
  const loads: Load[] = [
    {
      name: 'transform-by-hundreds',
      about: 'transform runs through triggerActions, 100 a request, 4 requests at once',
      key: transform,
      count: 6_000,
      perRequest: 100,
      width: 4,
      target: { atLeast: 1_500 },
      ceiling: ceilings.jobs,
    },
    {
      name: 'transform-one-by-one',
      about: 'transform runs through triggerAction, 32 requests at once',
      key: transform,
      count: 4_000,
      perRequest: 1,
      width: 32,
      target: { atLeast: 800 },
      ceiling: ceilings.requests,
    },
    {
      name: 'code-by-hundreds',
      about: 'code runs through triggerActions, 100 a request, 4 requests at once',
      key: code,
      count: 1_500,
      perRequest: 100,
      width: 4,
      ceiling: ceilings.jobs,
    },
  ];
  const wire = openWire(stand.url, 32);
  try {
    const figures: Figure[] = [];
    for (const load of loads) figures.push(await measure(stand, wire, load));
    return figures;
  } finally {
    wire.close();
  }
}

async function measure(stand: Stand, wire: Wire, load: Load): Promise<Figure> {
  const count = stand.quick ? load.count / 5 : load.count;
  const rounds: number[] = [];
  const accepted: number[] = [];
  const cpu: Readonly<Record<string, number>>[] = [];
  // The first round warms up.
  for (let round = 0; round < (stand.quick ? 3 : 5); round += 1) {
    const before = await stand.cpu();
    const { begun, acceptedAt, endedAt } = await one(stand, wire, load, count);
    if (round === 0) continue;
    rounds.push((count * 1_000) / (endedAt - begun));
    accepted.push((count * 1_000) / (acceptedAt - begun));
    cpu.push(cpuPer(before, await stand.cpu(), count));
  }
  const { name, about, target, ceiling } = load;
  accepted.sort((a, b) => a - b);
  return figure({
    name,
    about: `${about}; rounds of ${count}; CPU per run`,
    unit: 'runs/s',
    rounds,
    cpuMs: medianCpu(cpu),
    counts: { lost: 0, acknowledgedPerSecond: rounded(accepted[accepted.length >> 1] ?? NaN) },
    ...(target === undefined ? {} : { target }),
    ...(ceiling === null ? {} : { ceiling }),
  });
}

/** One round; throws when a run is lost or has not succeeded. */
async function one(stand: Stand, wire: Wire, { key, perRequest, width }: Load, count: number) {
  const { pool, seeded } = stand;
  const newest = await pool.query<{ id: string }>('SELECT id FROM "Run" ORDER BY id DESC LIMIT 1');
  const after = newest.rows[0]?.id ?? '00000000-0000-0000-0000-000000000000';
  const begun = now();
  await concurrently(count / perRequest, width, async (index) => {
    const body = perRequest === 1 ? triggerOf(key, index) : triggersOf(key, index * perRequest, perRequest);
    acknowledged(await wire.post(seeded.tokens[0], body), perRequest);
  });
  const acceptedAt = now();
  // What the feed owes belongs to these runs and not to the next round.
  await idle(stand);
  const { rows } = await pool.query<{ succeeded: number; endedAt: Date }>(
    `SELECT count(*)::int AS succeeded, max("finishedAt") AS "endedAt" FROM "Run" WHERE id > $1 AND status = 'SUCCEEDED'`,
    [after],
  );
  const [row] = rows;
  if (row?.succeeded !== count) throw new Error(`${count} runs were acknowledged and ${String(row?.succeeded)} succeeded.`);
  return { begun, acceptedAt, endedAt: row.endedAt.getTime() };
}
