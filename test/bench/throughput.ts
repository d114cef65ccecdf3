import { cpuPer, medianCpu } from './cpu.js';
import type { Ceilings } from './ceilings.js';
import { type Figure, type Target, figure, rounded } from './figure.js';
import { concurrently, now, until } from './pace.js';
import { type Stand, idle } from './stand.js';
import { acknowledged, triggerOf, triggersOf } from './triggers.js';
import { type Wire, openWire, operation } from './wire.js';

interface Load {
  readonly name: string;
  readonly about: string;
  /** Sends the request with this number, and throws unless all of it was acknowledged. */
  readonly send: (wire: Wire, index: number) => Promise<void>;
  /** Runs of one round. */
  readonly count: number;
  /** Runs of one request. */
  readonly perRequest: number;
  /** Requests at once. */
  readonly width: number;
  readonly target?: Target;
  readonly ceiling: Figure | null;
}

const emit =
  'mutation ($input: EmitEventInput!) { emitEvent(input: $input) { __typename ... on EmitEventSuccess { event { id } } ... on Error { message } } }';
const emitSeveral =
  'mutation ($input: EmitEventsInput!) { emitEvents(input: $input) { __typename ... on EmitEventsSuccess { results { __typename ... on EmitEventSuccess { event { id } } ... on Error { message code } } } ... on Error { message code } } }';

/** Runs per second from the first trigger to the end of the last run. */
export async function measureThroughput(stand: Stand, ceilings: Ceilings): Promise<Figure[]> {
  const { transform, code, tokens, event } = stand.seeded;
  const one = async (wire: Wire, index: number): Promise<void> =>
    void acknowledged(await wire.post(tokens[0], triggerOf(transform, index)), 1);
  const hundred =
    (key: string) =>
    async (wire: Wire, index: number): Promise<void> =>
      void acknowledged(await wire.post(tokens[0], triggersOf(key, index * 100, 100)), 100);
  const byHundreds: Load = {
    name: 'transform-by-hundreds',
    about: 'transform runs through triggerActions, 100 a request, 4 requests at once',
    send: hundred(transform),
    count: 6_000,
    perRequest: 100,
    width: 4,
    target: { atLeast: 3_000 },
    ceiling: ceilings.jobs,
  };
  const loads: Load[] = [
    byHundreds,
    {
      name: 'transform-one-by-one',
      about: 'transform runs through triggerAction, 32 requests at once',
      send: one,
      count: 4_000,
      perRequest: 1,
      width: 32,
      target: { atLeast: 1_800 },
      ceiling: ceilings.requests,
    },
    {
      name: 'code-by-hundreds',
      about: 'code runs through triggerActions, 100 a request, 4 requests at once',
      send: hundred(code),
      count: 1_500,
      perRequest: 100,
      width: 4,
      ceiling: ceilings.jobs,
    },
    {
      name: 'flow-by-events',
      about: 'runs of a flow of one transform, each started by an event of emitEvent, 32 requests at once',
      send: async (wire) => {
        const answer = await wire.post(tokens[0], operation(emit, { input: { type: event } }));
        if (!answer.includes('"id":"evt_')) throw new Error(answer.slice(0, 500));
      },
      count: 4_000,
      perRequest: 1,
      width: 32,
      target: { atLeast: 3_000 },
      ceiling: ceilings.requests,
    },
    {
      name: 'flow-by-hundreds-of-events',
      about: 'the same flow, started by events of emitEvents, 100 a request, 4 requests at once',
      send: async (wire) => {
        const items = Array.from({ length: 100 }, () => ({ type: event }));
        const answer = await wire.post(tokens[0], operation(emitSeveral, { input: { items } }));
        if (answer.split('"id":"evt_').length !== 101) throw new Error(answer.slice(0, 500));
      },
      count: 6_000,
      perRequest: 100,
      width: 4,
      target: { atLeast: 3_000 },
      ceiling: ceilings.jobs,
    },
  ];
  const wire = openWire(stand.url, 32);
  try {
    const figures: Figure[] = [];
    for (const load of loads) figures.push(await measure(stand, wire, load));
    const stop = stand.moreWorker('worker-2');
    figures.push(
      await measure(stand, wire, { ...byHundreds, name: 'transform-by-hundreds-2-workers', about: `${byHundreds.about}, two workers` }),
    );
    await stop();
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
async function one(stand: Stand, wire: Wire, { send, perRequest, width }: Load, count: number) {
  const { pool } = stand;
  const newest = await pool.query<{ id: string }>('SELECT id FROM "Run" ORDER BY id DESC LIMIT 1');
  const after = newest.rows[0]?.id ?? '00000000-0000-0000-0000-000000000000';
  const begun = now();
  await concurrently(count / perRequest, width, (index) => send(wire, index));
  const acceptedAt = now();
  // What an event starts comes after its acknowledgement.
  await until(
    'all events have passed',
    90_000,
    async () => (await pool.query('SELECT FROM "Event" WHERE "passedAt" IS NULL LIMIT 1')).rowCount === 0,
  );
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
