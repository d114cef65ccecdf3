import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Count, CountOrder } from './counting.main.js';
import { cpuPer } from './cpu.js';
import { type Figure, figure } from './figure.js';
import { now, until } from './pace.js';
import { type Stand, idle } from './stand.js';
import { acknowledged, triggersOf } from './triggers.js';
import { openWire } from './wire.js';

const subscribers = 1_000;
const subscriptionsPerSocket = 50;
/** A token may have 200 subscriptions. */
const socketsPerToken = 4;
const perRequest = 100;

/**
 * As many events as a process can deliver: runs end faster than their ends reach a thousand subscribers. The clients are a process of their
 * own and count frames.
 */
export async function measureFanout(stand: Stand, ceiling: Figure): Promise<Figure[]> {
  const select = (fields: string): string =>
    `subscription ($key: String!) { runEvents(filter: { automationKey: $key, types: [RUN_FINISHED] }) { ${fields} } }`;
  return [
    await measure(stand, ceiling, {
      name: 'fanout-same',
      about: 'with the same document, variables and rights',
      queryOf: () => select('cursor at run { id }'),
      // Events of a round; each is delivered a thousand times.
      events: stand.quick ? 200 : 1_000,
      target: { atLeast: 150_000 },
    }),
    await measure(stand, ceiling, {
      name: 'fanout-different',
      about: 'each with a document of its own',
      queryOf: (index) => select(`c${index}: cursor at run { id }`),
      events: stand.quick ? 100 : 300,
      target: { atLeast: 40_000 },
    }),
  ];
}

interface Kind {
  readonly name: string;
  readonly about: string;
  readonly queryOf: (subscriber: number) => string;
  readonly events: number;
  readonly target: { readonly atLeast: number };
}

async function measure(stand: Stand, ceiling: Figure, { name, about, queryOf, events, target }: Kind): Promise<Figure> {
  const { seeded } = stand;
  const [, ...tokens] = seeded.tokens;
  const wire = openWire(stand.url, 8);
  const trigger = async (count: number): Promise<void> =>
    void acknowledged(await wire.post(seeded.tokens[0], triggersOf(seeded.transform, 0, count)), count);
  const { port, pathname } = new URL(stand.wsUrl);
  const clients = await startCounting(stand, {
    port: Number(port),
    path: pathname,
    sockets: Array.from({ length: subscribers / subscriptionsPerSocket }, (_socket, socket) => ({
      token: tokens[Math.floor(socket / socketsPerToken)] ?? '',
      subscribe: Array.from({ length: subscriptionsPerSocket }, (_subscription, index) => ({
        query: queryOf(socket * subscriptionsPerSocket + index),
        variables: { key: seeded.transform },
      })),
    })),
  });
  try {
    await until(
      `all ${subscribers} subscribers follow`,
      60_000,
      async () => {
        await trigger(1);
        return (await clients.read(false)).least > 0;
      },
      250,
    );
    const rounds: number[] = [];
    let cpuMs: Readonly<Record<string, number>> = {};
    let surplus = 0;
    for (let round = 0; round < 4; round += 1) {
      await idle(stand);
      await until('the feed is quiet', 30_000, async () => now() - (await clients.read(false)).lastAt > 500);
      await clients.read(true);
      const before = { ...(await stand.cpu()), clients: (await clients.read(false)).cpuMs };
      await Promise.all(Array.from({ length: events / perRequest }, () => trigger(perRequest)));
      await until('every subscriber got every event', 60_000, async () => (await clients.read(false)).least >= events, 20);
      const { firstAt, lastAt, most, cpuMs: ofClients } = await clients.read(false);
      cpuMs = cpuPer(before, { ...(await stand.cpu()), clients: ofClients }, events * subscribers);
      surplus = Math.max(surplus, most - events);
      if (round > 0) rounds.push((events * subscribers * 1_000) / (lastAt - firstAt));
    }
    return figure({
      name,
      about: `RUN_FINISHED of ${events} runs that end as fast as they can to ${subscribers} subscribers on ${subscribers / subscriptionsPerSocket} sockets, ${about}: from the first receipt to the last; CPU per message, that of the runs in it`,
      unit: 'messages/s',
      rounds,
      ceiling,
      target,
      cpuMs,
      counts: { repeated: surplus },
    });
  } finally {
    await clients.stop();
    wire.close();
  }
}

async function startCounting(stand: Stand, order: CountOrder) {
  const child = fork(fileURLToPath(new URL('counting.main.ts', import.meta.url)));
  let hear: (count: Count | null) => void = () => undefined;
  const ended = once(child, 'exit').then(() => hear(null));
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  stand.atEnd(stop);
  await once(child, 'message');
  child.on('message', (count: Count) => hear(count));
  child.send(order);
  return {
    stop,
    /** What has been counted; with `reset` from here anew. */
    read: async (reset: boolean): Promise<Count> => {
      const count = await new Promise<Count | null>((resolve) => {
        hear = resolve;
        if (child.connected) child.send({ reset });
        else resolve(null);
      });
      if (count === null) throw new Error('The clients that count are gone.');
      return count;
    },
  };
}
