import { type CompiledConditions, compileConditions, type Condition, meets, type TriedCondition } from '#language/condition/condition';
import { LanguageError } from '#language/template';
import { newId } from '#platform/ids';
import type { Platform } from '#platform/platform';
import { transactPlainly } from '#platform/work/work';
import type { Json } from '#plan/plan';
import type { ClaimedEvent } from '#domain/event/event.claim';
import { linkOf } from '#domain/event/event.emit.service';
import { isObject } from '#domain/record/blueprint.spec';
import { insertNewRuns, type NewRun } from '#domain/run/run.insert';
import { signalRuns } from '#domain/run/run.signal.service';
import { systemActor } from '#domain/tenant/viewer';
import { productionKey } from '#domain/tenant/workspace.service';
import {
  argumentsOf,
  type CausingActor,
  causingActor,
  endWaits,
  holdEvent,
  type FlowEvaluation,
  type MatchedTrigger,
  matchTriggers,
  mostHeld,
  openWaits,
  recordFlows,
} from './flow.match.js';
import { conditionsIn, type FlowSpec, type JsonObject } from './flow.spec.js';
import { tellEvent, type ToldEvent } from './flow.told.js';
import { eventTriggersOf, pinsOf } from './flow.trigger.js';

/** Deepest chain of automations; what goes on from there is cut. */
export const mostDepth = 10;
/** Leases after which a fault of ours is told. */
const mostLeases = 5;
const internal = { code: 'INTERNAL', path: [], message: 'The conditions could not be evaluated by a fault of the server.' };
/** Runs that are inserted by one statement. */
const mostTogether = 500;

/** An event that found no room for the runs of its flows is looked at again so much later. */
export const heldMs = 1_000;

/** What came of the flows of an event. */
export type PassedFlows =
  | { readonly kind: 'PASSED'; readonly outcomes: readonly FlowEvaluation['outcome'][] }
  /** It is looked at again after `heldMs`. `many`: so are so many others of its workspace that newer ones are to wait as well. */
  | { readonly kind: 'HELD'; readonly many: boolean };

/** How many runs wait: the backlog of run. */
export interface Room {
  /** The workspace's cap on waiting runs when it is reached, else null. */
  fullAt(workspaceId: string): number | null;
  added(workspaceId: string): void;
}

/** The event is no longer this worker's: nothing was written. */
export class FlowEventLost extends Error {
  override readonly name = 'FlowEventLost';
}

/**
 * Starts the flows whose conditions an event meets, in their order, and wakes the steps that wait for it. Runs, evaluations and that the
 * event has passed commit together: whoever is killed when, each flow is started once. HELD: it would start some, and the workspace has as
 * many waiting runs as it may, so that the event is held back. Steps that wait for it when it has its turn go on even then: what is before
 * them in the queue may wait for them. Throws FlowEventLost where another worker has the event.
 */
export async function passFlows(platform: Platform, room: Room, event: ClaimedEvent): Promise<PassedFlows> {
  const { sql } = platform.db;
  const told = await tellEvent(sql, event);
  const [triggers, waits] = await Promise.all([matchTriggers(sql, event, pinsIn(told.data)), event.held ? [] : openWaits(sql, event)]);
  const evaluations = await evaluateFlows(platform, event, told, triggers);
  const ended = waits.filter(({ conditions, text }) => isMet(conditionsIn(conditions), text, { ...told }));
  const met = evaluations.filter(({ outcome }) => outcome === 'MET');
  const runs = met.length === 0 ? [] : runsOf(event, await causingActor(sql, event), told, met);
  const held = runs.length > 0 && room.fullAt(event.workspaceId) !== null;
  const viewer = { actor: systemActor, tokenId: null, roles: new Map(), expiresAt: null };
  const many = await transactPlainly(platform, viewer, async (work) => {
    const others = held ? await holdEvent(work.sql, event, heldMs) : null;
    const ours = held ? others !== null : await recordFlows(work.sql, event, evaluations);
    if (!ours) throw new FlowEventLost();
    const made = held ? [] : runs;
    for (let from = 0; from < made.length; from += mostTogether) {
      const inserted = await insertNewRuns(work.sql, made.slice(from, from + mostTogether));
      work.enqueue(
        [...inserted.values()].flatMap(({ id, versionId, asks, waits: blocked }) => (versionId === null || asks || blocked ? [] : [id])),
      );
    }
    const waiting = await endWaits(work.sql, ended, event.id);
    work.enqueue(await signalRuns(work.sql, waiting));
    if (made.length > 0 || waiting.length > 0) work.wake('batch', []);
    return others !== null && others >= mostHeld;
  });
  if (held) return { kind: 'HELD', many };
  for (const run of runs) room.added(run.workspaceId);
  return { kind: 'PASSED', outcomes: evaluations.map(({ outcome }) => outcome) };
}

const pinsIn = (data: Json): readonly string[] => (isObject(data) && isObject(data['properties']) ? pinsOf(data['properties']) : []);

async function evaluateFlows(
  { db }: Platform,
  { depth, chain, entityId, lost }: ClaimedEvent,
  told: ToldEvent,
  triggers: readonly MatchedTrigger[],
): Promise<readonly FlowEvaluation[]> {
  const flows = new Map<string, MatchedTrigger[]>();
  for (const trigger of triggers) {
    const own = flows.get(trigger.automationId) ?? [];
    own.push(trigger);
    flows.set(trigger.automationId, own);
  }
  const asking = triggers.flatMap(({ text, versionId }) => (text.includes('arguments') ? [versionId] : []));
  const given = await argumentsOf(db.sql, [...new Set(asking)]);
  return [...flows].map(([automationId, own]): FlowEvaluation => {
    const versionId = own[0]?.versionId ?? '';
    const base = { automationId, versionId, failed: null, error: null, runId: null };
    if (depth >= mostDepth) return { ...base, outcome: 'TOO_DEEP' };
    if (entityId !== null && chain.includes(linkOf(automationId, entityId))) return { ...base, outcome: 'REPEATED' };
    try {
      let failed: UnmetCondition | null = null;
      for (const { conditions, text } of own) {
        const { met, tried } = meets(compiled(conditionsIn(conditions), text), {
          ...told,
          arguments: given.get(versionId) ?? {},
          actions: {},
        });
        if (met) return { ...base, outcome: 'MET', runId: newId() };
        failed = reasonOf(tried.at(-1));
      }
      return { ...base, outcome: 'NOT_MET', failed: failed as JsonObject | null };
    } catch (error) {
      // A fault of ours is told at the flow that met it, in the end, so that the others, and what happens later, are not kept from their turn for ever.
      if (!(error instanceof LanguageError) && lost + 1 < mostLeases) throw error;
      const { code, path, message } = error instanceof LanguageError ? error : internal;
      return { ...base, outcome: 'FAILED', error: { code, message: [...path, message].join(': ') } };
    }
  });
}

/** What one event makes of the triggers of a flow; throws LanguageError where that cannot be said. `failed`: of the last trigger for such events. */
export function triggersMet(
  spec: FlowSpec,
  { type, blueprint }: Pick<ClaimedEvent, 'type' | 'blueprint'>,
  told: ToldEvent,
): { readonly met: boolean; readonly failed: UnmetCondition | null } {
  let failed: UnmetCondition | null = null;
  for (const trigger of eventTriggersOf(spec)) {
    if (trigger.eventType !== type || (trigger.blueprint !== null && trigger.blueprint !== blueprint)) continue;
    const conditions = conditionsIn(trigger.conditions);
    const context = { ...told, arguments: spec.arguments, actions: {} };
    const { met, tried } = meets(compiled(conditions, JSON.stringify(conditions)), context);
    if (met) return { met, failed: null };
    failed = reasonOf(tried.at(-1));
  }
  return { met: false, failed };
}

/** A condition that did not hold, as rules tell it. */
export interface UnmetCondition {
  readonly text: string;
  readonly values: readonly { readonly text: string; readonly value: Json }[];
}

/** In the form in which rules tell it. */
export function reasonOf(tried: Pick<TriedCondition, 'field' | 'operator' | 'actual' | 'expected'> | undefined): UnmetCondition | null {
  if (tried === undefined) return null;
  const { field, operator, actual, expected } = tried;
  return {
    text: `${field} ${operator} ${JSON.stringify(expected)}`,
    values: [{ text: field, value: actual }],
  };
}

/** Conditions by their text; the oldest make room. */
const known = new Map<string, CompiledConditions>();
const mostKnown = 10_000;

function compiled(conditions: readonly Condition[], text: string): CompiledConditions {
  const found = known.get(text);
  if (found !== undefined) return found;
  const made = compileConditions(conditions);
  known.set(text, made);
  const oldest = known.keys().next().value;
  if (known.size > mostKnown && oldest !== undefined) known.delete(oldest);
  return made;
}

/** What cannot be said of an event is not what is waited for. */
function isMet(conditions: readonly Condition[], text: string, context: JsonObject): boolean {
  try {
    return meets(compiled(conditions, text), context).met;
  } catch (error) {
    if (!(error instanceof LanguageError)) throw error;
    return false;
  }
}

/** A run is made for whoever started what led to it: nobody approves what they have caused. */
function runsOf(event: ClaimedEvent, causing: CausingActor | null, told: ToldEvent, met: readonly FlowEvaluation[]): readonly NewRun[] {
  const { actorKind, actorId, actorName } = event;
  const input = JSON.stringify(told);
  return met.flatMap(({ automationId, runId }): NewRun[] =>
    runId === null
      ? []
      : [
          {
            id: runId,
            workspaceId: event.workspaceId,
            automationId,
            automationKey: null,
            versionId: null,
            environmentKey: productionKey,
            input,
            priority: null,
            idempotencyKey: null,
            trigger: 'EVENT',
            kind: 'FLOW',
            ...(causing ?? { actorKind, actorId, actorName }),
            scheduleId: null,
            retriedFromId: null,
            eventId: event.id,
            entityId: event.entityId,
            depth: event.depth + 1,
            dispatched: true,
          },
        ],
  );
}
