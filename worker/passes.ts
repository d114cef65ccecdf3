import { createPulse } from '#platform/events/pulse';
import { isDatabaseAway } from '#platform/db/symptoms';
import type { Platform } from '#platform/platform';
import { type ClaimedEvent, claimEvents, countPendingEvents, giveBackEvents, passIdleEvents, renewEvents } from '#domain/event/event.claim';
import { afterTaking, type Turns } from '#domain/event/event.turns';
import { heardEvents } from '#domain/flow/flow.match';
import { FlowEventLost, heldMs, passFlows, type Room } from '#domain/flow/flow.pass.service';
import { createRuleShelf } from '#domain/rule/rule.load';
import { type MatchedRule, matchRules } from '#domain/rule/rule.match';
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

/** Events that one worker passes at once; each may hold a connection, of which half is left to runs. */
const mostEvents = 4;
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
  const held = new Map<string, { readonly event: ClaimedEvent; readonly ended: Promise<void> }>();
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
    const free = closed ? 0 : mostAtOnce - held.size;
    if (free === 0) return;
    for (const [workspaceId, { until }] of resting) if (until <= clock.elapsed()) resting.delete(workspaceId);
    const closedTo = [...resting].flatMap(([workspaceId, { wholly }]) => (wholly ? [workspaceId] : []));
    const events = await claimEvents(db.sql, { owner, leaseMs, most: free, turns, resting: [...resting.keys()], closed: closedTo });
    turns = afterTaking(turns, events);
    if (events.length === 0) return;
    const [rules, heard] = await Promise.all([
      matchRules(
        db.sql,
        events.filter((event) => !event.held),
      ),
      heardEvents(db.sql, events),
    ]);
    for (const event of events) start(event, rules.get(event.id) ?? [], heard.has(event.id));
  }

  function start(event: ClaimedEvent, rules: readonly MatchedRule[], heard: boolean): void {
    const ended = pass(event, rules, heard).finally(() => {
      held.delete(event.id);
      pulse.poke();
    });
    held.set(event.id, { event, ended });
  }

  async function pass(event: ClaimedEvent, rules: readonly MatchedRule[], heard: boolean): Promise<void> {
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
    const started = flows.outcomes.filter((outcome) => outcome === 'MET').length;
    if (started > 0) metrics.runsTriggered.inc({ trigger: 'EVENT' }, started);
    return true;
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
      await Promise.race([late, Promise.allSettled([...held.values()].map(({ ended }) => ended))]);
      clearInterval(renewing);
      const left = [...held.values()].map(({ event }) => event);
      if (left.length > 0)
        await giveBackEvents(db.sql, left).catch((error: unknown) => log.debug({ err: error }, 'events are left to their leases'));
    },
  };
}
