import type { Platform } from '#platform/platform';
import { transactPlainly } from '#platform/work/work';
import type { ClaimedEvent } from '#domain/event/event.claim';
import type { PlainWork } from '#domain/work';
import { insertNewRuns, type NewRun } from '#domain/run/run.insert';
import { signalRuns } from '#domain/run/run.signal.service';
import { systemActor, type Viewer } from '#domain/tenant/viewer';
import { productionKey } from '#domain/tenant/workspace.service';
import { asksForArguments, evaluateFlows, isMet } from './flow.evaluate.js';
import {
  argumentsOf,
  type CausingActor,
  causingActors,
  endWaits,
  holdEvent,
  type FlowEvaluation,
  matchTriggers,
  mostHeld,
  openWaits,
  recordFlows,
} from './flow.match.js';
import { tellEvent, type ToldEvent } from './flow.told.js';
import { pinsIn } from './flow.trigger.js';

/** Runs that are inserted by one statement. */
export const mostInserted = 500;

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
  const matchable = { ...event, pins: pinsIn(told.data) };
  const [matched, waits] = await Promise.all([matchTriggers(sql, [matchable]), event.held ? [] : openWaits(sql, event)]);
  const triggers = matched(matchable);
  const given = await argumentsOf(
    sql,
    triggers.filter(asksForArguments).map(({ versionId }) => versionId),
  );
  const evaluations = evaluateFlows(event, told, triggers, given);
  const ended = waits.filter(({ text }) => isMet(text, { ...told }));
  const met = evaluations.some(({ runId }) => runId !== null);
  const runs = met ? runsOf(event, (await causingActors(sql, [event.id])).get(event.id), told, evaluations) : [];
  const held = runs.length > 0 && room.fullAt(event.workspaceId) !== null;
  const many = await transactPlainly(platform, flowViewer, async (work) => {
    const others = held ? await holdEvent(work.sql, event, heldMs) : null;
    const ours = held ? others !== null : (await recordFlows(work.sql, [{ event, evaluations }])).size > 0;
    if (!ours) throw new FlowEventLost();
    const made = held ? [] : runs;
    await insertRunsOf(work, made);
    const waiting = await endWaits(work.sql, ended, event.id);
    work.enqueue(await signalRuns(work.sql, waiting));
    if (made.length > 0 || waiting.length > 0) work.wake('batch', []);
    return others !== null && others >= mostHeld;
  });
  if (held) return { kind: 'HELD', many };
  for (const run of runs) room.added(run.workspaceId);
  return { kind: 'PASSED', outcomes: evaluations.map(({ outcome }) => outcome) };
}

export const flowViewer: Viewer = { actor: systemActor, tokenId: null, roles: new Map(), expiresAt: null };

/** Inserts the runs of flows, and has workers woken for those that are queued. */
export async function insertRunsOf(work: PlainWork, runs: readonly NewRun[]): Promise<void> {
  for (let from = 0; from < runs.length; from += mostInserted) {
    const inserted = await insertNewRuns(work.sql, runs.slice(from, from + mostInserted));
    work.enqueue(
      [...inserted.values()].flatMap(({ id, versionId, asks, waits: blocked }) => (versionId === null || asks || blocked ? [] : [id])),
    );
  }
}

/** A run is made for whoever started what led to it: nobody approves what they have caused. */
export function runsOf(
  event: ClaimedEvent,
  causing: CausingActor | undefined,
  told: ToldEvent,
  evaluations: readonly FlowEvaluation[],
): readonly NewRun[] {
  const { actorKind, actorId, actorName } = event;
  if (evaluations.every(({ runId }) => runId === null)) return [];
  const input = JSON.stringify(told);
  return evaluations.flatMap(({ automationId, runId }): NewRun[] =>
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
