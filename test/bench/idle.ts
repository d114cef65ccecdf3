import { once } from 'node:events';
import { type ClientRequest, request } from 'node:http';
import { type Figure, figure, percentile } from './figure.js';
import { follow } from './followers.js';
import { steadily, until } from './pace.js';
import { type Stand, idle } from './stand.js';
import { acknowledged, triggerOf } from './triggers.js';
import { openWire, operation } from './wire.js';

const subscriptionsPerSocket = 50;
/** A token may have 200 subscriptions. */
const perToken = 200;

/** Subscriptions that hear nothing: what one costs in memory, and what ten thousand cost those that do hear. */
export async function measureIdle(stand: Stand): Promise<Figure[]> {
  const subscriptions = stand.quick ? 2_000 : 10_000;
  return [...(await measureSockets(stand, subscriptions)), await measureStreams(stand, stand.quick ? 500 : 2_000)];
}

async function measureSockets(stand: Stand, subscriptions: number): Promise<Figure[]> {
  const { seeded } = stand;
  const [, ...tokens] = seeded.tokens;
  const wire = openWire(stand.url, 16);
  const active = subscriptions / 100;
  const open = (count: number, automationKey: string, from: number) =>
    follow({
      url: stand.wsUrl,
      sockets: Math.ceil(count / subscriptionsPerSocket),
      subscriptionsPerSocket: Math.min(count, subscriptionsPerSocket),
      tokenOf: (socket) => tokens[Math.floor((from + socket * subscriptionsPerSocket) / perToken)] ?? '',
      automationKey,
    });
  const before = await memory(stand);
  const quiet = await open(subscriptions, seeded.listed.key, 0);
  const after = await memory(stand);
  const heard = await open(active, seeded.transform, subscriptions);
  try {
    const trigger = async (number: number): Promise<void> =>
      void acknowledged(await wire.post(seeded.tokens[0], triggerOf(seeded.transform, number)), 1);
    await until('the active ones follow', 60_000, async () => {
      await trigger(-1);
      return heard.all.every(({ events }) => events > 0);
    });
    await idle(stand);
    const p99: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      heard.reset();
      const count = stand.quick ? 100 : 250;
      await steadily(50, count, trigger);
      await until('the active ones got every event', 60_000, () => heard.all.every(({ events }) => events >= count));
      p99.push(percentile(heard.latencies, 0.99));
    }
    return [
      figure({
        name: 'idle-websocket',
        about: `memory of the API for each of ${subscriptions} subscriptions that hear nothing, ${subscriptionsPerSocket} on a socket`,
        unit: 'kB',
        rounds: [((after - before) * 1_024) / subscriptions],
        target: { atMost: 15 },
      }),
      figure({
        name: 'idle-active-p99',
        about: `RUN_FINISHED of 50 runs a second at ${active} subscribers, beside ${subscriptions} that hear nothing`,
        unit: 'ms',
        rounds: p99,
        target: { atMost: 60 },
      }),
    ];
  } finally {
    quiet.close();
    heard.close();
    wire.close();
  }
}

/** What the API has once nothing is under way. */
async function memory(stand: Stand): Promise<number> {
  await idle(stand);
  let last = NaN;
  await until(
    'the memory of the API stays',
    30_000,
    async () => {
      const { api = NaN } = await stand.memoryMb();
      const stays = Math.abs(api - last) < 1;
      last = api;
      return stays;
    },
    1_000,
  );
  return last;
}

async function measureStreams(stand: Stand, streams: number): Promise<Figure> {
  const [, ...tokens] = stand.seeded.tokens;
  const body = operation('subscription ($key: String!) { runEvents(filter: { automationKey: $key, types: [RUN_FINISHED] }) { cursor } }', {
    key: stand.seeded.listed.key,
  });
  const before = await memory(stand);
  const opened: ClientRequest[] = [];
  try {
    for (let from = 0; from < streams; from += 50)
      await Promise.all(
        Array.from({ length: 50 }, async (_, n) => {
          const token = tokens[Math.floor((from + n) / perToken)] ?? '';
          const headers = { 'content-type': 'application/json', accept: 'text/event-stream', authorization: `Bearer ${token}` };
          const sent = request(stand.url, { method: 'POST', agent: false, headers });
          sent.on('error', () => undefined);
          opened.push(sent);
          sent.end(body);
          const [response] = (await once(sent, 'response')) as [{ statusCode: number; resume(): void }];
          if (response.statusCode !== 200) throw new Error(`A stream was answered with ${response.statusCode}.`);
          response.resume();
        }),
      );
    const after = await memory(stand);
    return figure({
      name: 'idle-stream',
      about: `memory of the API for each of ${streams} streams of server-sent events that hear nothing`,
      unit: 'kB',
      rounds: [((after - before) * 1_024) / streams],
      target: { atMost: 25 },
    });
  } finally {
    for (const sent of opened) sent.destroy();
  }
}
