import { type Figure, figure, percentile } from './figure.js';
import { follow } from './followers.js';
import { now } from './pace.js';
import { p99, steadyRuns } from './steady.js';
import { type Stand, idle } from './stand.js';
import { openWire } from './wire.js';

const perSecond = 50;

interface Sample {
  readonly api: number;
  readonly worker: number;
  readonly connections: number;
  readonly latency: number;
}

/** Half an hour of steady work under watching eyes: whether anything grows that should not. */
export async function measureSoak(stand: Stand): Promise<Figure[]> {
  const minutes = stand.quick ? 1 : 30;
  const wire = openWire(stand.url, 16);
  const followers = await follow({
    url: stand.wsUrl,
    sockets: 2,
    subscriptionsPerSocket: 50,
    tokenOf: () => stand.seeded.tokens[1] ?? '',
    automationKey: stand.seeded.transform,
  });
  const samples: Sample[] = [];
  try {
    // Warm: the first minute fills caches and pools.
    await steadyRuns(stand, wire, perSecond, perSecond * (stand.quick ? 10 : 60));
    const end = now() + minutes * 60_000;
    while (now() < end) {
      followers.reset();
      const latency = p99(await steadyRuns(stand, wire, perSecond, perSecond * 10));
      const { api = NaN, worker = NaN } = await stand.memoryMb();
      const { rows } = await stand.pool.query<{ connections: number }>(
        'SELECT count(*)::int AS connections FROM pg_stat_activity WHERE datname = current_database()',
      );
      samples.push({ api, worker, connections: rows[0]?.connections ?? NaN, latency });
    }
    await idle(stand);
  } finally {
    followers.close();
    wire.close();
  }
  const third = Math.max(1, Math.floor(samples.length / 3));
  const growth = (name: keyof Sample, about: string, atMost: number): Figure => {
    const middle = (some: readonly Sample[]): number =>
      percentile(
        some.map((sample) => sample[name]),
        0.5,
      );
    const [first, last] = [middle(samples.slice(0, third)), middle(samples.slice(-third))];
    return figure({
      name: `soak-${name}`,
      about: `${about}: the last third of ${minutes} minutes to the first`,
      unit: 'times',
      rounds: [last / first],
      target: { atMost },
      counts: { first: Math.round(first), last: Math.round(last), samples: samples.length },
    });
  };
  return [
    growth('api', 'memory of the API in MB', 1.15),
    growth('worker', 'memory of the worker in MB', 1.15),
    growth('connections', 'connections to PostgreSQL', 1.1),
    growth('latency', `p99 of ${perSecond} runs a second in ms`, 1.5),
  ];
}
