import { createPulse } from '#platform/events/pulse';
import { isDatabaseAway } from '#platform/db/symptoms';
import type { EvaluationOutcome } from '#platform/db/generated/prisma/enums';
import type { Platform } from '#platform/platform';
import { type ClaimedEvent, claimEvents, countPendingEvents, giveBackEvents, passIdleEvents, renewEvents } from '#domain/event/event.claim';
import { afterTaking, type Turns } from '#domain/event/event.turns';
import { hearersOf } from '#domain/flow/flow.match';
import { FlowEventLost, heldMs, passFlows, type Room } from '#domain/flow/flow.pass.service';
import { type EventAmongOthers, type PassedTogether, passTogether } from '#domain/flow/flow.together.service';
import { createRuleShelf } from '#domain/rule/rule.load';
import { dueRule, type MatchedRule, matchRules } from '#domain/rule/rule.match';
import { passEvent } from '#domain/rule/rule.pass.service';
import { EventLost } from '#domain/rule/rule.record';

/** Evaluates the rules that events concern, in any number of workers at once. */
export interface Passes {
  /** Takes no more events, lets those under way end within the grace, and gives the others back. */
  close(graceMs: number): Promise<void>;
}

export interface PassesParts {
  readonly platform: Platform;
  readonly room: Room;
  /** Something is to be sent. */
  readonly delivered: () => void;
  /** A rule is due in so many milliseconds. */
  readonly timed: (ms: number) => void;
}

/** An event that is passed by itself. */
interface Turn {
  readonly event: ClaimedEvent;
  readonly rules: readonly MatchedRule[];
  /** Flows may be started by it, or wait for it. */
  readonly heard: boolean;
}

/** Turns that one worker gives at once; each may hold a connection, of which half is left to runs. */
const mostEvents = 4;
/** Events that are passed together, which costs each of them a part of what it costs alone: a few milliseconds of work. */
const mostTogether = 100;
/** Longest sleep: what another process wrote is found within it. */
const longestMs = 1_000;
const countEveryMs = 15_000;
/** Counting is cut off there. */
const mostCounted = 100_000;

export function createPasses({ platform, room, delivered, timed }: PassesParts): Passes {
  const { clock, config, db, id: owner, log, metrics, wake } = platform;
  const { leaseMs } = config.run;
  const mostAtOnce = Math.max(1, Math.min(mostEvents, Math.floor(config.database.pool / 2)));
  const shelf = createRuleShelf();
  /** `ended` is null while it waits for its turn. */
  const held = new Map<string, { readonly event: ClaimedEvent; readonly ended: Promise<void> | null }>();
  /** Those that wait for a turn of their own. */
  let alone: readonly Turn[] = [];
  /** Turns under way: of one event, or of several together. */
  let busy = 0;
  let together = false;
  /** Events that the next claim takes: more as long as they may be passed together. */
  let reach = mostAtOnce;
  /** Workspaces that have no room for more runs, until when those of their events are left alone that were held back, or all: only a few are looked at again in that time. */
  const resting = new Map<string, { readonly until: number; readonly wholly: boolean }>();
  let closed = false;
  let turns: Turns = new Map();
  let countAt = clock.elapsed();

  async function look(): Promise<void> {
    for (let more = true; more && !closed; ) ({ more } = await passIdleEvents(db.sql));
    await take();
    if (clock.elapsed() >= countAt) {
      countAt = clock.elapsed() + countEveryMs;
      metrics.eventsPending.set(await countPendingEvents(db.sql, mostCounted));
    }
  }

  async function take(): Promise<void> {
    while (!closed && busy < mostAtOnce && alone.length > 0) startNext();
    // Those that come while some are passed together go together, too.
    const free = closed || together ? 0 : mostAtOnce - busy;
    if (free === 0) return;
    for (const [workspaceId, { until }] of resting) if (until <= clock.elapsed()) resting.delete(workspaceId);
    const closedTo = [...resting].flatMap(([workspaceId, { wholly }]) => (wholly ? [workspaceId] : []));
    const most = Math.max(free, reach);
    const events = await claimEvents(db.sql, { owner, leaseMs, most, turns, resting: [...resting.keys()], closed: closedTo });
    turns = afterTaking(turns, events);
    if (events.length === 0) return;
    for (const event of events) held.set(event.id, { event, ended: null });
    try {
      await share(events, free, most);
    } catch (error) {
      // Their leases tell when they are to be tried again.
      for (const { id } of events) if (held.get(id)?.ended === null && !alone.some(({ event }) => event.id === id)) held.delete(id);
      throw error;
    }
  }

  /** Gives as many of the events a turn as there are places, and the others back. */
  async function share(events: readonly ClaimedEvent[], free: number, most: number): Promise<void> {
    const [rules, heardBy] = await Promise.all([
      matchRules(
        db.sql,
        events.filter((event) => !event.held),
      ),
      hearersOf(db.sql, events),
    ]);
    const likely: EventAmongOthers[] = [];
    const others: Turn[] = [];
    for (const event of events) {
      const { starts, awaited } = heardBy(event);
      const own = rules.get(event.id) ?? [];
      // One whose worker was lost takes no others along.
      if (own.length === 0 && !awaited && !event.held && event.lost === 0 && dueRule(event) === null) likely.push({ event, starts });
      else others.push({ event, rules: own, heard: starts || awaited });
    }
    const [first] = likely;
    const one = likely.length === 1 && first !== undefined ? [{ event: first.event, rules: [], heard: first.starts }] : [];
    const many = likely.length > 1 ? likely : [];
    const singles = [...one, ...others].sort((a, b) => (a.event.id < b.event.id ? -1 : 1));
    // Where there is one place, it is for the oldest.
    const gathered = many.length > 0 && (free > 1 || singles.every(({ event }) => many.some((fellow) => fellow.event.id < event.id)));
    const taken = singles.slice(0, gathered ? free - 1 : free);
    const rest = [...singles.slice(taken.length).map(({ event }) => event), ...(gathered ? [] : many.map(({ event }) => event))];
    if (rest.length > 0) reach = mostAtOnce;
    else if (events.length === most && likely.length * 2 >= most) reach = mostTogether;
    for (const turn of taken) start(turn);
    if (gathered) startTogether(many);
    for (const { id } of rest) held.delete(id);
    if (rest.length > 0) await giveBackEvents(db.sql, rest);
  }

  function startNext(): void {
    const [next, ...rest] = alone;
    alone = rest;
    if (next !== undefined) start(next);
  }

  function start(turn: Turn): void {
    busy += 1;
    const { event } = turn;
    const ended = pass(turn).finally(() => {
      busy -= 1;
      // It may have been claimed anew meanwhile, if its lease ran out.
      if (held.get(event.id)?.event === event) held.delete(event.id);
      pulse.poke();
    });
    held.set(event.id, { event, ended });
  }

  function startTogether(events: readonly EventAmongOthers[]): void {
    busy += 1;
    together = true;
    const ended = passAll(events).finally(() => {
      busy -= 1;
      together = false;
      const waiting = new Set(alone.map(({ event }) => event.id));
      for (const { event } of events)
        if (waiting.has(event.id)) held.set(event.id, { event, ended: null });
        else if (held.get(event.id)?.event === event) held.delete(event.id);
      pulse.poke();
    });
    for (const { event } of events) held.set(event.id, { event, ended });
  }

  async function passAll(events: readonly EventAmongOthers[]): Promise<void> {
    let passed: ReadonlyMap<string, PassedTogether> = new Map();
    try {
      passed = await passTogether(platform, room, events);
    } catch (error) {
      if (isDatabaseAway(error)) return log.warn({ err: error, events: events.length }, 'events are left to their leases');
      log.warn({ err: error, events: events.length }, 'events could not be passed together, and are passed one by one');
    }
    for (const { event, starts } of events) {
      const own = passed.get(event.id) ?? { kind: 'ALONE', error: null };
      switch (own.kind) {
        case 'PASSED':
          started(own.outcomes);
          metrics.eventsPassed.inc();
          break;
        case 'LOST':
          metrics.staleWrites.inc();
          break;
        case 'ALONE':
          if (own.error !== null) log.warn({ err: own.error, event: event.id }, 'an event is passed by itself');
          alone = [...alone, { event, rules: [], heard: starts }];
      }
    }
  }

  async function pass({ event, rules, heard }: Turn): Promise<void> {
    try {
      const { outcomes, delivers, dueAt } = await passEvent({ platform, shelf }, event, rules, heard);
      for (const outcome of outcomes) metrics.rulesEvaluated.inc({ outcome });
      if (!heard || (await startFlows(event))) metrics.eventsPassed.inc();
      if (delivers) delivered();
      if (dueAt !== null) {
        wake.send('timers');
        timed(dueAt.getTime() - clock.now().getTime());
      }
    } catch (error) {
      if (error instanceof EventLost || error instanceof FlowEventLost) metrics.staleWrites.inc();
      else if (isDatabaseAway(error)) log.warn({ err: error, event: event.id }, 'an event is left to its lease');
      else log.error({ err: error, event: event.id }, 'the rules of an event could not be evaluated, and are tried again');
    }
  }

  /** Answers whether the event has passed; else there is no room for what it would start. */
  async function startFlows(event: ClaimedEvent): Promise<boolean> {
    const flows = await passFlows(platform, room, event);
    if (flows.kind === 'HELD') {
      log.debug({ event: event.id, workspace: event.workspaceId }, 'an event is held back: the queue of its workspace is full');
      // What is held back meanwhile does not put off when the others are looked at again.
      const until = resting.get(event.workspaceId)?.until ?? clock.elapsed() + heldMs;
      resting.set(event.workspaceId, { until, wholly: flows.many });
      metrics.eventsHeld.inc();
      return false;
    }
    started(flows.outcomes);
    return true;
  }

  function started(outcomes: readonly EvaluationOutcome[]): void {
    const met = outcomes.filter((outcome) => outcome === 'MET').length;
    if (met > 0) metrics.runsTriggered.inc({ trigger: 'EVENT' }, met);
  }

  const pulse = createPulse({ name: 'events', log, work: look, pauseMs: () => longestMs });
  const unhear = wake.on('events', () => pulse.poke());
  const renewing = setInterval(() => {
    if (held.size === 0) return;
    const events = [...held.values()].map(({ event }) => event);
    renewEvents(db.sql, owner, events, leaseMs).catch((error: unknown) =>
      log.debug({ err: error }, 'leases of events could not be renewed'),
    );
  }, leaseMs / 6);
  pulse.poke();

  return {
    close: async (graceMs) => {
      closed = true;
      unhear();
      await pulse.close();
      const late = new Promise<void>((resolve) => setTimeout(resolve, graceMs).unref());
      await Promise.race([late, Promise.allSettled([...held.values()].flatMap(({ ended }) => ended ?? []))]);
      clearInterval(renewing);
      const left = [...held.values()].map(({ event }) => event);
      if (left.length > 0)
        await giveBackEvents(db.sql, left).catch((error: unknown) => log.debug({ err: error }, 'events are left to their leases'));
    },
  };
}
