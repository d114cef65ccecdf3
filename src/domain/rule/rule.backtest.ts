import { setImmediate } from 'node:timers/promises';
import { type Effect, evaluateRule } from '#language/rule/run';
import { createStream, type Stream } from '#platform/events/stream';
import type { Platform } from '#platform/platform';
import type { Json } from '#plan/plan';
import { createTally, type Tallied, type Telling } from '#domain/tally';
import { workspacesOfRecords } from '#domain/event/event.seen.policy';
import { loadBlueprints } from '#domain/record/blueprint.load.service';
import type { BlueprintSpec } from '#domain/record/blueprint.spec';
import type { Viewer } from '#domain/tenant/viewer';
import { toldEffect } from './rule.effect.js';
import { languageFailure, readFailure, type RuleFailure } from './rule.failure.js';
import type { ActingInstance } from './rule.load.js';
import { changeOf, mostDepth } from './rule.pass.service.js';
import { countPast, type PastEvent, pastRecord, type PastQuestion, readPast } from './rule.past.js';
import { RecordReader } from './rule.reader.js';
import { actingIn, type TriedRule } from './rule.trial.js';
import { typesOf } from './rule.types.js';
import { keptValue } from './rule.values.js';
import { createWorld } from './rule.world.js';

/** What is to be tried on which events. */
export interface BacktestQuestion {
  readonly rule: TriedRule;
  /** The saved rule with whose outcomes those of `rule` are compared; null: with none. */
  readonly compared: string | null;
  readonly from: Date;
  readonly to: Date;
  /** The most events that are evaluated, the oldest first. */
  readonly limit: number;
}

const pageSize = 200;

/** A stored event for which the rule would have acted. */
export interface BacktestMatch {
  readonly eventId: string;
  readonly at: Date;
  readonly entityId: string;
  readonly name: string;
  readonly values: readonly { readonly name: string; readonly value: Json }[];
  readonly effects: readonly { readonly label: string; readonly text: string }[];
}

export interface BacktestFailure {
  readonly eventId: string;
  readonly at: Date;
  readonly failure: RuleFailure;
}

export type Backtest = Tallied<BacktestMatch, BacktestFailure, never>;

/**
 * Tries a rule on stored events: each with its record as the event has it, and with other records as they are now. It only reads, one
 * statement after the other, and ends with its stream. `closed` is called once when it has ended.
 */
export function backtestRule(platform: Platform, viewer: Viewer, question: BacktestQuestion, closed: () => void): Stream<Backtest> {
  return createStream<Backtest>({ produce: (_bell, ended) => backtest(platform, viewer, question, ended), closed });
}

async function* backtest(
  platform: Platform,
  viewer: Viewer,
  question: BacktestQuestion,
  ended: () => boolean,
): AsyncGenerator<Backtest, void, undefined> {
  const { sql } = platform.db;
  const { rule, compared, from, to, limit } = question;
  const past: PastQuestion = { blueprint: rule.blueprint, triggerKey: rule.triggerKey, from, to, automationId: compared };
  const places = await placesOf(platform, viewer, rule);
  const tally = createTally<BacktestMatch, BacktestFailure, never>({ ...question, compared: compared !== null });
  for (const { workspaceId } of places) {
    if (ended() || tally.total > limit) break;
    tally.total += await countPast(sql, workspaceId, past, limit + 1 - tally.total);
  }
  yield tally.told(false);
  for (const place of places) {
    let after: string | null = null;
    while (!ended() && tally.done < limit) {
      const { all } = await loadBlueprints(sql, place.workspaceId);
      const page: readonly PastEvent[] = await readPast(sql, place.workspaceId, past, after, Math.min(pageSize, limit - tally.done));
      for (const event of page) {
        if (ended()) return;
        const then = await evaluateThen(platform, question, event, all, place.acting);
        tally.count(event, then.outcome, tellingOf(event, then));
        // Nothing else of the process waits for longer than one event.
        await setImmediate();
      }
      after = page.at(-1)?.id ?? null;
      if (after === null || page.length < pageSize) break;
      yield tally.told(false);
    }
  }
  if (!ended()) yield tally.told(true);
}

interface Place {
  readonly workspaceId: string;
  readonly acting: ActingInstance | null;
}

/** Where the rule acts and the viewer sees records, its own workspace first. */
async function placesOf({ db }: Platform, viewer: Viewer, rule: TriedRule): Promise<readonly Place[]> {
  const visible = workspacesOfRecords(viewer);
  if (rule.appId === null) return visible.includes(rule.workspaceId) ? [{ workspaceId: rule.workspaceId, acting: null }] : [];
  const where = { appId: rule.appId, workspaceId: { in: visible } };
  const instances = await db.prisma.appInstance.findMany({ where, orderBy: { id: 'asc' }, select: { workspaceId: true } });
  const places: Place[] = [];
  for (const { workspaceId } of instances) places.push({ workspaceId, acting: await actingIn(db, rule, workspaceId) });
  return places.sort((a, b) => Number(b.workspaceId === rule.workspaceId) - Number(a.workspaceId === rule.workspaceId));
}

type Then =
  | { readonly outcome: 'MET'; readonly values: BacktestMatch['values']; readonly effects: readonly Effect[]; readonly name: string }
  | { readonly outcome: 'NOT_MET' | 'SKIPPED' }
  | { readonly outcome: 'FAILED'; readonly failure: RuleFailure };

async function evaluateThen(
  { db }: Platform,
  { rule, compared }: BacktestQuestion,
  event: PastEvent,
  blueprints: readonly BlueprintSpec[],
  acting: ActingInstance | null,
): Promise<Then> {
  const { entityId } = event;
  if (rule.tree === null && rule.failure !== null) return { outcome: 'FAILED', failure: rule.failure };
  if (rule.tree === null || entityId === null || event.depth >= mostDepth || event.chain.includes(`${compared ?? ''} ${entityId}`))
    return { outcome: 'SKIPPED' };
  const reader = new RecordReader(db.sql, event.workspaceId, blueprints);
  const change = changeOf(event);
  const blueprint = reader.blueprint(rule.blueprint);
  const then = blueprint === null ? null : pastRecord(entityId, blueprint, change.snapshot);
  if (then !== null) reader.assume(then.record, then.links, event.at);
  const record = then?.record ?? (await reader.record(entityId));
  if (record === null) return { outcome: 'SKIPPED' };
  const world = createWorld({
    reader,
    types: typesOf(blueprints, record.blueprint, rule.appId, null),
    record,
    change,
    instance: acting?.instance ?? null,
    scopes: acting?.scopes ?? [],
    now: event.at,
  });
  try {
    const outcome = await evaluateRule(rule.tree, world);
    if (outcome.status === 'FAILED') return { outcome: 'FAILED', failure: languageFailure(outcome.error) };
    if (outcome.status === 'NOT_MET') return { outcome: 'NOT_MET' };
    const values = outcome.values.map(({ name, value }) => ({ name, value: keptValue(value) }));
    return { outcome: 'MET', values, effects: outcome.effects, name: record.name };
  } catch (error) {
    const failure = readFailure(error);
    if (failure === null) throw error;
    return { outcome: 'FAILED', failure };
  }
}

/** What came of an event, to be told one by one. */
function tellingOf(event: PastEvent, then: Then): Telling<BacktestMatch, BacktestFailure, never> {
  const { id: eventId, at, entityId } = event;
  if (then.outcome === 'FAILED') return { failure: { eventId, at, failure: then.failure } };
  if (then.outcome !== 'MET' || entityId === null) return {};
  const effects = then.effects.map((effect) => ({ label: effect.label, text: toldEffect(effect) }));
  return { match: { eventId, at, entityId, name: then.name, values: then.values, effects } };
}
