import { cpuPer } from './cpu.js';
import { measureFanout } from './fanout.js';
import { type Figure, figure, quantile } from './figure.js';
import { now, steadily, until } from './pace.js';
import { startYardstick } from './processes.js';
import { type Stand, idle } from './stand.js';
import { type Follower, type Followers, follow } from './followers.js';
import { acknowledged, triggerOf } from './triggers.js';
import { openWire } from './wire.js';

const perSecond = 50;
const subscriptionsPerSocket = 50;
/** A token may have 200 subscriptions. */
const socketsPerToken = 4;

/** One event to many subscribers: how fast, how late, and whether everybody got all of it in one order. */
export async function measureFeed(stand: Stand): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const subscribers of [100, 1_000]) {
    const ceiling = await measureBroadcast(stand, subscribers);
    figures.push(ceiling, ...(await measure(stand, subscribers, ceiling)));
    if (subscribers === 1_000) figures.push(...(await measureFanout(stand, ceiling)));
  }
  return figures;
}

async function measure(stand: Stand, subscribers: number, ceiling: Figure): Promise<Figure[]> {
  const { seeded } = stand;
  const wire = openWire(stand.url, 32);
  const trigger = async (number: number): Promise<void> =>
    void acknowledged(await wire.post(seeded.tokens[0], triggerOf(seeded.transform, number)), 1);
  const [, ...tokens] = seeded.tokens;
  const followers = await follow({
    url: stand.wsUrl,
    sockets: subscribers / subscriptionsPerSocket,
    subscriptionsPerSocket,
    tokenOf: (socket) => tokens[Math.floor(socket / socketsPerToken)] ?? '',
    automationKey: seeded.transform,
  });
  try {
    await until(
      `all ${subscribers} subscribers follow`,
      60_000,
      async () => {
        await trigger(-1);
        return followers.all.every(({ events }) => events > 0);
      },
      250,
    );
    await idle(stand);
    await settled(followers);
    const rounds: Round[] = [];
    let cpuMs: Readonly<Record<string, number>> = {};
    const roundSeconds = stand.quick ? 2 : 4;
    for (let round = 0; round < 3; round += 1) {
      followers.reset();
      const before = await stand.cpu();
      const begun = now();
      const count = perSecond * roundSeconds;
      await steadily(perSecond, count, trigger);
      await until('every subscriber got every event', 60_000, () => followers.all.every(({ events }) => events >= count)).catch(
        (error: unknown) => stand.say(String(error)),
      );
      cpuMs = cpuPer(before, await stand.cpu(), count * subscribers);
      rounds.push(judge(followers, count, begun));
    }
    const sum = (part: (round: Round) => number) => rounds.reduce((all, round) => all + part(round), 0);
    const counts = {
      missing: sum((round) => round.missing),
      repeated: sum((round) => round.repeated),
      disordered: sum((round) => round.disordered),
    };
    const about = `RUN_FINISHED of ${perSecond} runs a second to ${subscribers} subscribers on ${subscribers / subscriptionsPerSocket} sockets`;
    const of = (name: string, part: (round: Round) => number): Figure =>
      figure({
        name: `feed-${subscribers}-${name}`,
        about: `${about}, from the event's time to its receipt`,
        unit: 'ms',
        rounds: rounds.map(part),
      });
    return [
      figure({
        name: `feed-${subscribers}-rate`,
        about: `${about}; CPU per message`,
        unit: 'messages/s',
        rounds: rounds.map((round) => round.rate),
        ceiling,
        cpuMs,
        counts,
      }),
      of('p50', (round) => round.p50),
      of('p99', (round) => round.p99),
    ];
  } finally {
    followers.close();
    wire.close();
  }
}

interface Round {
  readonly rate: number;
  readonly p50: number;
  readonly p99: number;
  readonly missing: number;
  readonly repeated: number;
  readonly disordered: number;
}

function judge({ all, latencies, order, lastAt }: Followers, count: number, begun: number): Round {
  const sorted = Float64Array.from(latencies).sort();
  const total = (part: (follower: Follower) => number): number => all.reduce((sum, follower) => sum + part(follower), 0);
  return {
    rate: (total(({ events }) => events) * 1_000) / (lastAt() - begun),
    p50: quantile([...sorted], 0.5),
    p99: quantile([...sorted], 0.99),
    missing: total(({ events }) => Math.max(0, count - events)),
    repeated: total(({ events }) => Math.max(0, events - count)) + (order.length - new Set(order).size),
    disordered: total(({ disordered }) => disordered),
  };
}

/** Waits until nothing has come for half a second. */
async function settled(followers: Followers): Promise<void> {
  await until('the feed is quiet', 30_000, () => now() - followers.lastAt() > 500);
}

/** The same messages to the same number of sockets from a process that only sends them. */
async function measureBroadcast(stand: Stand, subscribers: number): Promise<Figure> {
  const { port, tell, stop } = await startYardstick(new URL('broadcast.main.ts', import.meta.url), [], stand.atEnd);
  try {
    const followers = await follow({
      url: `ws://127.0.0.1:${port}`,
      sockets: subscribers / subscriptionsPerSocket,
      subscriptionsPerSocket,
      tokenOf: () => '',
      automationKey: stand.seeded.transform,
    });
    const count = (stand.quick ? 20_000 : 100_000) / subscribers;
    const rounds: number[] = [];
    for (let round = 0; round < 4; round += 1) {
      followers.reset();
      const begun = now();
      tell({ count, subscribers });
      await until('the broadcast is through', 60_000, () => followers.all.every(({ events }) => events >= count), 5);
      if (round > 0) rounds.push((count * subscribers * 1_000) / (followers.lastAt() - begun));
    }
    followers.close();
    return figure({
      name: `broadcast-${subscribers}`,
      about: `a process that does nothing but send such messages to ${subscribers} subscribers on ${subscribers / subscriptionsPerSocket} sockets`,
      unit: 'messages/s',
      rounds,
    });
  } finally {
    await stop();
  }
}
