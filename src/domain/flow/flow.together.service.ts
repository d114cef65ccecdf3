import { setImmediate } from 'node:timers/promises';
import { isDatabaseAway } from '#platform/db/symptoms';
import type { Platform } from '#platform/platform';
import { transactPlainly, waitForLocksAtMost } from '#platform/work/work';
import type { ClaimedEvent } from '#domain/event/event.claim';
import type { NewRun } from '#domain/run/run.insert';
import { asksForArguments, evaluateFlows } from './flow.evaluate.js';
import { argumentsOf, causingActors, type FlowEvaluation, matchTriggers, recordFlows } from './flow.match.js';
import { flowViewer, insertRunsOf, mostInserted, type Room, runsOf } from './flow.pass.service.js';
import { tellEvents, type ToldEvent } from './flow.told.js';
import { pinsIn } from './flow.trigger.js';

/** What became of an event among others. */
export type PassedTogether =
  | { readonly kind: 'PASSED'; readonly outcomes: readonly FlowEvaluation['outcome'][] }
  /** Another worker has it. */
  | { readonly kind: 'LOST' }
  /** It is to have its turn by itself: something about it, or about one that was written with it, is not as it is with most. */
  | { readonly kind: 'ALONE'; readonly error: unknown };

export interface EventAmongOthers {
  readonly event: ClaimedEvent;
  /** Whether flows may be started by it; else it passes without any. */
  readonly starts: boolean;
}

interface Evaluated {
  readonly event: ClaimedEvent;
  readonly told: ToldEvent;
  readonly evaluations: readonly FlowEvaluation[];
}

/** How long flows are evaluated before others have their turn. */
const longestTurnMs = 20;

/** Most characters of input that are written at once, but for those of a single event. */
const mostCharacters = 4_000_000;

/** Events of all workspaces wait with the one whose rows somebody has locked: not for long, then each has its turn by itself. */
const patienceMs = 500;

/**
 * Starts the flows of several events, each of another record or of none, that no rule concerns and no step waits for. What is read for them
 * is read together, and their runs, evaluations and that they have passed are one transaction, behind the fence of each. Where that fails, or one of them
 * is at fault, nothing of it is written and those are ALONE: they are to be passed one by one, so that none takes the others along. Throws what is the database's fault.
 */
export async function passTogether(
  platform: Platform,
  room: Room,
  events: readonly EventAmongOthers[],
): Promise<ReadonlyMap<string, PassedTogether>> {
  const passed = new Map<string, PassedTogether>();
  const evaluated = await evaluateTogether(platform, events, passed);
  const { sql } = platform.db;
  const met = evaluated.filter(({ evaluations }) => evaluations.some(({ runId }) => runId !== null));
  const causing = await causingActors(
    sql,
    met.map(({ event }) => event.id),
  );
  // Of what is written at once: each run repeats its event.
  let size = 0;
  let part: { readonly one: Evaluated; readonly runs: readonly NewRun[] }[] = [];
  let runs = 0;
  const write = async (): Promise<void> => {
    if (part.length > 0) await writeTogether(platform, part, passed);
    part = [];
    runs = 0;
    size = 0;
  };
  for (const one of evaluated) {
    const { event, told, evaluations } = one;
    const made = runsOf(event, causing.get(event.id), told, evaluations);
    if (made.length > 0 && room.fullAt(event.workspaceId) !== null) {
      passed.set(event.id, { kind: 'ALONE', error: null });
      continue;
    }
    const weight = JSON.stringify(event.data).length * made.length;
    if (runs + made.length > mostInserted || size + weight > mostCharacters) await write();
    for (const run of made) room.added(run.workspaceId);
    part.push({ one, runs: made });
    runs += made.length;
    size += weight;
  }
  await write();
  return passed;
}

async function evaluateTogether(
  { db, clock }: Platform,
  events: readonly EventAmongOthers[],
  passed: Map<string, PassedTogether>,
): Promise<readonly Evaluated[]> {
  const { sql } = db;
  const told = await tellEvents(
    sql,
    events.map(({ event }) => event),
  );
  const seen = events.flatMap(({ event, starts }, index) => {
    const own = told[index];
    return own === undefined ? [] : [{ event, told: own, asked: starts ? { ...event, pins: pinsIn(own.data) } : null }];
  });
  const triggersOf = await matchTriggers(
    sql,
    seen.flatMap(({ asked }) => asked ?? []),
  );
  const asking = seen.flatMap(({ asked }) => (asked === null ? [] : triggersOf(asked).filter(asksForArguments)));
  const given = await argumentsOf(
    sql,
    asking.map(({ versionId }) => versionId),
  );
  const evaluated: Evaluated[] = [];
  let since = clock.elapsed();
  for (const { event, told: own, asked } of seen) {
    try {
      evaluated.push({ event, told: own, evaluations: asked === null ? [] : evaluateFlows(event, own, triggersOf(asked), given) });
    } catch (error) {
      passed.set(event.id, { kind: 'ALONE', error });
    }
    if (clock.elapsed() - since > longestTurnMs) {
      await setImmediate();
      since = clock.elapsed();
    }
  }
  return evaluated;
}

async function writeTogether(
  platform: Platform,
  part: readonly { readonly one: Evaluated; readonly runs: readonly NewRun[] }[],
  passed: Map<string, PassedTogether>,
): Promise<void> {
  try {
    const ours = await transactPlainly(platform, flowViewer, async (work) => {
      await waitForLocksAtMost(work.sql, patienceMs);
      const fenced = await recordFlows(
        work.sql,
        part.map(({ one }) => one),
      );
      const runs = part.flatMap(({ one, runs: own }) => (fenced.has(one.event.id) ? own : []));
      await insertRunsOf(work, runs);
      if (runs.length > 0) work.wake('batch', []);
      return fenced;
    });
    for (const { one } of part)
      passed.set(
        one.event.id,
        ours.has(one.event.id) ? { kind: 'PASSED', outcomes: one.evaluations.map(({ outcome }) => outcome) } : { kind: 'LOST' },
      );
  } catch (error) {
    // Whether it was committed may be unknown: alone, the fence tells.
    if (isDatabaseAway(error)) throw error;
    for (const { one } of part) passed.set(one.event.id, { kind: 'ALONE', error });
  }
}
