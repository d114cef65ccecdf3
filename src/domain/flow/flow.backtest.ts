import { setImmediate } from 'node:timers/promises';
import { LanguageError } from '#language/template';
import { createStream, type Stream } from '#platform/events/stream';
import type { Platform } from '#platform/platform';
import { workspacesOfRecords } from '#domain/event/event.seen.policy';
import { linkOf } from '#domain/event/event.emit.service';
import { createTally, type Tallied, type TalliedRange, type Telling } from '#domain/tally';
import type { Viewer } from '#domain/tenant/viewer';
import { mostDepth, triggersMet, type UnmetCondition } from './flow.evaluate.js';
import { countPast, type PastEvent, readPast } from './flow.past.js';
import { tellEvent } from './flow.told.js';
import type { TriedFlow } from './flow.trial.js';

/** What is to be tried on which events. */
export interface FlowBacktestQuestion extends TalliedRange {
  readonly flow: TriedFlow;
  /** The saved flow with whose outcomes those of `flow` are compared; null: with none. */
  readonly compared: string | null;
}

/** A stored event by which the flow would have been started. */
export interface FlowMatch {
  readonly eventId: string;
  readonly at: Date;
  readonly entityId: string | null;
}

/** One by which it would not have been. */
export interface FlowMiss extends FlowMatch {
  readonly failed: UnmetCondition | null;
}

export interface FlowBacktestFailure extends FlowMatch {
  readonly code: string;
  readonly message: string;
}

export type FlowBacktest = Tallied<FlowMatch, FlowBacktestFailure, FlowMiss>;

const pageSize = 200;

/**
 * Tries the triggers of a flow on stored events. It only reads, one statement after the other, and ends with its stream. `closed` is called once
 * when it has ended.
 */
export function backtestFlow(platform: Platform, viewer: Viewer, question: FlowBacktestQuestion, closed: () => void): Stream<FlowBacktest> {
  return createStream<FlowBacktest>({ produce: (_bell, ended) => backtest(platform, viewer, question, ended), closed });
}

async function* backtest(
  { db }: Platform,
  viewer: Viewer,
  question: FlowBacktestQuestion,
  ended: () => boolean,
): AsyncGenerator<FlowBacktest, void, undefined> {
  const { sql } = db;
  const { flow, compared, from, to, limit } = question;
  const { workspaceId, spec } = flow;
  const past = { workspaceId, spec, from, to, automationId: compared };
  const tally = createTally<FlowMatch, FlowBacktestFailure, FlowMiss>({ ...question, compared: compared !== null });
  const visible = workspacesOfRecords(viewer).includes(workspaceId);
  if (visible) tally.total = await countPast(sql, past, limit + 1);
  yield tally.told(false);
  let after: string | null = null;
  while (visible && !ended() && tally.done < limit) {
    const page: readonly PastEvent[] = await readPast(sql, past, after, Math.min(pageSize, limit - tally.done));
    for (const event of page) {
      if (ended()) return;
      const told = await tellEvent(sql, event);
      const repeated = event.entityId !== null && event.chain.includes(linkOf(compared ?? '', event.entityId));
      const { outcome, telling } = repeated || event.depth >= mostDepth ? skipped : evaluated(event, () => triggersMet(spec, event, told));
      // Most events that do not start a flow are never evaluated for it: it was not started, either way.
      tally.count({ at: event.at, outcome: event.outcome ?? 'NOT_MET' }, outcome, telling);
      // Nothing else of the process waits for longer than one event.
      await setImmediate();
    }
    after = page.at(-1)?.id ?? null;
    if (after === null || page.length < pageSize) break;
    yield tally.told(false);
  }
  if (!ended()) yield tally.told(true);
}

interface Evaluated {
  readonly outcome: 'MET' | 'NOT_MET' | 'FAILED' | 'SKIPPED';
  readonly telling: Telling<FlowMatch, FlowBacktestFailure, FlowMiss>;
}

const skipped: Evaluated = { outcome: 'SKIPPED', telling: {} };

function evaluated({ id: eventId, at, entityId }: PastEvent, ask: () => ReturnType<typeof triggersMet>): Evaluated {
  const place = { eventId, at, entityId };
  try {
    const { met, failed } = ask();
    return met ? { outcome: 'MET', telling: { match: place } } : { outcome: 'NOT_MET', telling: { miss: { ...place, failed } } };
  } catch (error) {
    if (!(error instanceof LanguageError)) throw error;
    const { code, path, message } = error;
    return { outcome: 'FAILED', telling: { failure: { ...place, code, message: [...path, message].join(': ') } } };
  }
}
