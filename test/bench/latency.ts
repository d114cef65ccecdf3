import { randomUUID } from 'node:crypto';
import { createClient } from '#client/index';
import { cpuPer } from './cpu.js';
import { type Figure, type Target, figure, percentile } from './figure.js';
import { now, steadily, until } from './pace.js';
import { measureRates } from './rates.js';
import type { Stand } from './stand.js';
import { acknowledged, triggerOf, uuidOf } from './triggers.js';
import { type Wire, openWire, operation } from './wire.js';

const perSecond = 50;
const roundSeconds = 5;

/** From the start of a client's request to the end of its run, at a steady rate. */
export async function measureLatency(stand: Stand): Promise<Figure[]> {
  const wire = openWire(stand.url, 32);
  try {
    const floor = await measureFloor(stand, wire);
    const transform = await measure(stand, wire, floor, 'transform', stand.seeded.transform, { p50: { atMost: 8 }, p99: { atMost: 30 } });
    const code = await measure(stand, wire, floor, 'code', stand.seeded.code, null);
    return [floor, ...transform, ...code, ...(await measureRates(stand, wire, floor))];
  } finally {
    wire.close();
  }
}

/** What cannot be saved: a request that does nothing, and three commits one after the other (queued, claimed, finished). */
export async function measureFloor(stand: Stand, wire: Wire): Promise<Figure> {
  const empty = operation('{ __typename }');
  await stand.pool.query('CREATE TABLE bench_floor (id uuid PRIMARY KEY)');
  const tookMs: number[] = [];
  await steadily(perSecond, stand.quick ? perSecond : 4 * perSecond, async () => {
    const begun = now();
    await wire.post(stand.seeded.tokens[0], empty);
    for (let commit = 0; commit < 3; commit += 1)
      await stand.pool.query({ name: 'bench.floor', text: 'INSERT INTO bench_floor VALUES ($1)', values: [randomUUID()] });
    tookMs.push(now() - begun);
  });
  await stand.pool.query('DROP TABLE bench_floor');
  const rounds = inRounds(tookMs, perSecond).map((round) => percentile(round, 0.5));
  return figure({ name: 'latency-floor', about: 'p50 of one empty request and three commits in a row, 50 a second', unit: 'ms', rounds });
}

async function measure(
  stand: Stand,
  wire: Wire,
  floor: Figure,
  kind: string,
  key: string,
  targets: { readonly p50: Target; readonly p99: Target } | null,
): Promise<Figure[]> {
  const client = createClient({ url: stand.url, wsUrl: stand.wsUrl, token: stand.seeded.tokens[0] });
  const seenAt = new Map<string, number>();
  const watching = watch(client, key, (id) => seenAt.set(id, now()));
  try {
    const trigger = async (number: number): Promise<string> =>
      acknowledged(await wire.post(stand.seeded.tokens[0], triggerOf(key, number)), 1)[0] ?? '';
    await until('the watcher sees a run', 30_000, async () => {
      await trigger(-1);
      return seenAt.size > 0;
    });
    await steadily(perSecond, perSecond, async (index) => void (await trigger(index)));
    const begunAt = new Map<string, number>();
    const count = perSecond * (stand.quick ? roundSeconds : 4 * roundSeconds);
    const before = await stand.cpu();
    await steadily(perSecond, count, async (index) => {
      const begun = now();
      begunAt.set(await trigger(index), begun);
    });
    await until('every run was seen to finish', 30_000, () => [...begunAt.keys()].every((id) => seenAt.has(id)));
    const cpuMs = cpuPer(before, await stand.cpu(), count);
    const finishedAt = await readFinished(stand, [...begunAt.keys()]);
    const toFinal = [...begunAt].map(([id, begun]) => (finishedAt.get(uuidOf(id)) ?? NaN) - begun);
    const toSeen = [...begunAt].map(([id, begun]) => (seenAt.get(id) ?? NaN) - begun);
    const told = (name: string, about: string, samples: readonly number[], part: number, target: Target | null): Figure =>
      figure({
        name: `latency-${kind}-${name}`,
        about: `${about}, ${perSecond} ${kind} runs a second by single triggers`,
        unit: 'ms',
        rounds: inRounds(samples, perSecond * roundSeconds).map((round) => percentile(round, part)),
        overall: percentile(samples, part),
        ceiling: floor,
        ...(target === null ? {} : { target }),
        cpuMs,
      });
    return [
      told('final-p50', 'request to Run.finishedAt', toFinal, 0.5, targets?.p50 ?? null),
      told('final-p99', 'request to Run.finishedAt', toFinal, 0.99, targets?.p99 ?? null),
      told('seen-p50', 'request to RUN_FINISHED at a subscriber', toSeen, 0.5, null),
      told('seen-p99', 'request to RUN_FINISHED at a subscriber', toSeen, 0.99, null),
    ];
  } finally {
    client.close();
    await watching;
  }
}

const finished =
  'subscription ($key: String!, $after: Cursor) { runEvents(filter: { automationKey: $key, types: [RUN_FINISHED] }, after: $after) { cursor run { id } } }';

async function watch(client: ReturnType<typeof createClient>, key: string, seen: (id: string) => void): Promise<void> {
  for await (const answer of client.subscribe<{ runEvents: { run: { id: string } } }, { key: string }>(finished, { key }))
    seen(answer.runEvents.run.id);
}

/** By the clock of the database; throws unless every run has succeeded. */
async function readFinished(stand: Stand, ids: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const { rows } = await stand.pool.query<{ id: string; finishedAt: Date }>(
    `SELECT id, "finishedAt" FROM "Run" WHERE id = ANY($1::uuid[]) AND status = 'SUCCEEDED'`,
    [ids.map(uuidOf)],
  );
  if (rows.length !== ids.length) throw new Error(`${ids.length} runs were acknowledged and ${rows.length} succeeded.`);
  return new Map(rows.map((row) => [row.id, row.finishedAt.getTime()]));
}

function inRounds(samples: readonly number[], size: number): number[][] {
  return Array.from({ length: Math.ceil(samples.length / size) }, (_, index) => samples.slice(index * size, (index + 1) * size));
}
