import type { FaultName } from './fault-names.js';
import type { Fleet } from './fleet.js';
import type { Ground } from './ground.js';
import { readCalls, readEnds, readFindings, readLedgers } from './findings.js';
import { type Judgement, atLeast, atMost } from './judgement.js';
import { type SeenPhases, judgePhases } from './judge.phases.js';
import type { Load } from './load.js';
import type { Hunt } from './poison.js';
import type { Reader, Revocation } from './readers.js';
import type { Receiver } from './receiver.js';
import type { DrillServices } from './services.js';
import type { Wakes } from './wakes.js';
import { feedOf } from './watch.js';

/** Everything that was seen of a drill. */
export interface Seen {
  readonly services: DrillServices;
  readonly fleet: Fleet;
  readonly load: Load;
  readonly receiver: Receiver;
  readonly readers: readonly Reader[];
  readonly wakes: Wakes;
  readonly schedules: readonly string[];
  readonly revocations: readonly Revocation[];
  readonly poison: { readonly runId: string; readonly hunt: Hunt } | null;
  /** Faults that were made, and those that were wanted. */
  readonly made: ReadonlySet<FaultName>;
  /** Seconds from the last fault until everything was done; null: it was not, within the minute. */
  readonly settledSeconds: number | null;
  readonly quick: boolean;
  readonly ground: Ground;
  readonly phases: SeenPhases;
}

/** Judges a drill from outside: by its database, its receiver and its readers. */
export async function judge(seen: Seen): Promise<Judgement[]> {
  const { services, fleet, load, readers, wakes, made, quick, poison } = seen;
  const findings = await readFindings(
    services,
    poison?.runId ?? null,
    fleet.stopped,
    seen.ground.workspaces.map(({ uuid }) => uuid),
  );
  const ids = load.acknowledged.map(({ runId }) => runId);
  const ends = await readEnds(services, poison === null ? ids : [...ids, poison.runId]);
  const lost = ids.filter((id) => !ends.has(id)).length;
  const least = (full: number, quickly: number): number => (quick ? quickly : full);
  const acknowledged = { what: 'runs acknowledged', count: ids.length, least: 50 };
  const feed = await judgeReaders(services, readers);
  const calls = await judgeCalls(seen, ends);
  const ledgers = await readLedgers(services, seen.schedules);
  const sum = (pick: (ledger: (typeof ledgers)[number]) => number): number => ledgers.reduce((all, ledger) => all + pick(ledger), 0);
  const ticks = { what: 'nominal times', count: sum((ledger) => ledger.expected), least: least(3_600, 40) };
  const delivered = { what: `events delivered over ${feed.reconnects} reconnects`, count: feed.delivered, least: 200 };
  const manyCancelled = seen.phases.cancels !== null;
  const cancels = { what: 'cancellations', count: findings.cancels, least: manyCancelled ? seen.phases.sizes.cancels : 5 };
  const failedTriggers = load.failures.length;
  const judgements = [
    atMost('acknowledged runs lost', lost, 0, '', acknowledged),
    atMost('triggers without an answer', failedTriggers, 0, '', acknowledged),
    atMost('time until everything is done after the last fault', seen.settledSeconds, 60, 's', {
      what: 'runs',
      count: findings.runs,
      least: 50,
    }),
    atMost('runs stuck after that', findings.open, 0, '', { what: 'runs', count: findings.runs, least: 50 }),
    atMost('effects doubled inside: runs of one key', findings.keysDoubled, 0, '', acknowledged),
    atMost('effects doubled inside: records of a step', findings.recordsDoubled, 0, '', {
      what: 'records',
      count: findings.records,
      least: 10,
    }),
    atMost('effects doubled inside: ends, events, counters', findings.eventsWrong + findings.countersWrong, 0, '', {
      what: 'ends',
      count: findings.finals,
      least: 50,
    }),
    atMost('calls under more than one key at the receiver', calls.doubled, 0, '', { what: 'calls', count: calls.subjects, least: 10 }),
    atMost('calls that are not in the ledger', calls.untold, 0, '', {
      what: `requests, ${calls.repeats} of them repeats`,
      count: calls.requests,
      least: 10,
    }),
    atMost('calls of succeeded runs that never arrived', calls.missing, 0, '', { what: 'calls', count: calls.subjects, least: 10 }),
    atMost('final states flipped', findings.flipped, 0, '', {
      what: `ends, ${load.tooLate} cancelled too late`,
      count: findings.finals,
      least: 50,
    }),
    atMost('wake-ups sent before their commit', wakes.early, 0, '', { what: 'wake-ups seen', count: wakes.seen, least: 50 }),
    atMost('feed: events missing for readers', feed.gaps, 0, '', delivered),
    atMost('feed: events delivered twice', feed.doubled, 0, '', delivered),
    atMost('feed: events out of order', feed.inverted + findings.inverted, 0, '', delivered),
    atMost('feed: events without a place', findings.unplaced, 0, '', { what: 'events', count: findings.events, least: 200 }),
    atMost(
      'ticks missed',
      sum((ledger) => ledger.missed),
      0,
      '',
      ticks,
    ),
    atMost(
      'ticks doubled',
      sum((ledger) => ledger.doubled),
      0,
      '',
      ticks,
    ),
    atMost('cancelled runs later shown as succeeded', findings.cancelsLost, 0, '', cancels),
    atMost('cancelling, 99 of 100', findings.cancelP99, 2, 's', {
      what: 'cancellations far from faults',
      count: findings.cancelsTimed,
      least: manyCancelled ? seen.phases.sizes.cancels / 2 : 3,
    }),
    atMost('innocent runs that failed', findings.failed, 0, '', { what: 'ends', count: findings.finals, least: 50 }),
    atLeast('runs hit by a fault', findings.hitPercent, 10, '%', { what: 'runs', count: findings.runs, least: 50 }),
    atMost('memory of a process', fleet.memory.mostMb, 512, 'MB', { what: 'looks', count: fleet.memory.looks, least: 5 }),
    atMost('processes that ended by themselves', fleet.lost.length, 0, '', { what: 'processes', count: fleet.seats.length, least: 2 }),
  ];
  const optional: readonly (readonly [readonly FaultName[], () => Judgement])[] = [
    [
      ['freeze-worker', 'cut-database'],
      () =>
        atMost('writes by stale workers', findings.stale, 0, '', {
          what: 'runs taken from workers that came back',
          count: findings.outlived,
          least: 1,
        }),
    ],
    [
      ['kill-worker'],
      () =>
        atMost('runs of killed workers taken back within', findings.reclaimSeconds, 10, 's', {
          what: 'runs',
          count: findings.reclaims,
          least: 1,
        }),
    ],
    [['poison'], () => judgePoison(seen, ends)],
    [
      ['roll'],
      () =>
        atMost('runs failed by a rolling restart', findings.rolledLost + fleet.stopped.filter(({ code }) => code !== 0).length, 0, '', {
          what: 'processes rolled',
          count: fleet.stopped.length,
          least: 2,
        }),
    ],
    [['revoke'], () => judgeRevocations(seen.revocations)],
    [
      ['reconnect'],
      () =>
        atLeast('forced reconnects', feed.reconnects, seen.phases.sizes.reconnects, '', {
          what: 'readers',
          count: readers.length,
          least: 2,
        }),
    ],
  ];
  const phases = await judgePhases(services, seen.phases, {
    schedules: seen.schedules,
    crowded: seen.ground.crowd,
    workers: fleet.workers.length,
  });
  return [...judgements, ...phases, ...optional.flatMap(([names, one]) => (names.some((name) => made.has(name)) ? [one()] : []))];
}

function judgePoison({ poison }: Seen, ends: Awaited<ReturnType<typeof readEnds>>): Judgement {
  const end = poison === null ? undefined : ends.get(poison.runId);
  const wrong = end?.status === 'DEAD' && end.soloCrashes === 3 ? 0 : 1;
  return atMost(`poison runs that are not DEAD after 3 crashes alone (${end?.status ?? 'gone'}, ${end?.soloCrashes ?? 0})`, wrong, 0, '', {
    what: 'crashes alone',
    count: poison?.hunt.solo ?? 0,
    least: 3,
  });
}

function judgeRevocations(revocations: readonly Revocation[]): Judgement {
  const slow = revocations.filter(({ endedMs }) => endedMs === null);
  const most = slow.length > 0 ? null : Math.max(0, ...revocations.map(({ endedMs }) => endedMs ?? 0)) / 1_000;
  return atMost(
    `end of a subscription whose reader lost the right to it${slow.map(({ reason }) => ` (${reason})`).join('')}`,
    most,
    1,
    's',
    {
      what: 'memberships ended',
      count: revocations.length,
      least: 1,
    },
  );
}

async function judgeReaders(services: DrillServices, readers: readonly Reader[]) {
  const total = { gaps: 0, doubled: 0, inverted: 0, delivered: 0, reconnects: 0 };
  const feeds = new Map<string, string[]>();
  for (const { workspace, heard, reconnects, failure } of readers) {
    const feed = feeds.get(workspace.uuid) ?? (await feedOf(services, workspace.uuid));
    feeds.set(workspace.uuid, feed);
    total.delivered += heard.length;
    total.reconnects += reconnects;
    const placeOf = new Map(feed.map((event, place) => [event, place]));
    const places = heard.map((event) => placeOf.get(event) ?? -1);
    const different = new Set(heard);
    total.doubled += heard.length - different.size;
    total.inverted += places.filter((place, index) => index > 0 && place < (places[index - 1] ?? 0)).length;
    const from = Math.min(...places);
    // One that was refused has missed everything that came after.
    total.gaps += Math.max(failure === null ? 0 : 1, feed.length - (Number.isFinite(from) ? from : 0) - different.size);
  }
  return total;
}

async function judgeCalls({ services, load, receiver }: Seen, ends: Awaited<ReturnType<typeof readEnds>>) {
  const told = await readCalls(services);
  const requests = [...receiver.requests.values()].reduce((all, count) => all + count, 0);
  return {
    subjects: receiver.keys.size,
    requests,
    repeats: requests - receiver.requests.size,
    doubled: [...receiver.keys.values()].filter((keys) => keys.size > 1).length + receiver.keyless,
    untold: [...receiver.requests].filter(([key, count]) => count > (told.get(key) ?? 0)).length,
    missing: load.acknowledged.filter(
      ({ kind, runId, subject }) =>
        (kind === 'outside' || kind === 'flow') && ends.get(runId)?.status === 'SUCCEEDED' && !receiver.keys.has(subject),
    ).length,
  };
}
